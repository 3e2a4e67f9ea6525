"""The same household under several plans: one row for each family of benefits, one column for each region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from policyengine.authoring.scenario_words import household_in_english
from policyengine.decision import Decision
from policyengine.errors import PolicyError
from policyengine.explaining.rendering import Explanation
from policyengine.intake import MEMBER_KEYS, OWN_KEYS, Forms
from policyengine.naming import language_meant
from policyengine.packs import Pack, load, shipped_packs
from policyengine.regions_table import as_html, as_text
from policyengine.results import Entitlement
from policyengine.text import Lang, Text

CellStatus = Literal["eligible", "undetermined", "ineligible", "not in this plan", "no decision"]
UNGROUPED = ""  # in the place of a family: benefits that name none
_FIRST: tuple[CellStatus, ...] = ("eligible", "undetermined", "ineligible")


@dataclass(frozen=True)
class Entry:
    """What one benefit comes to for members with the same result. who: member names, or none for the household.

    says: the amount or items, in both languages; needs: what is missing, if it is undetermined.
    """

    benefit: str
    label: Text
    who: tuple[str, ...]
    status: str
    says: Text
    needs: tuple[Text, ...]
    provisions: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One family in one region. benefits: how many the plan has in the family. is_family: or benefits that name none?"""

    status: CellStatus
    entries: tuple[Entry, ...] = ()
    benefits: int = 0
    is_family: bool = True


@dataclass(frozen=True)
class Region:
    """A column. problem: why there is no decision (the plan's term, facts that its pack refuses)."""

    id: str
    label: Text
    decision: Decision | None
    problem: PolicyError | None = None


@dataclass(frozen=True)
class RegionComparison:
    """Prints as a table (`str`, or `text(lang, width)`), shows as HTML in a notebook, `to_dict()` for other programs.

    families: labels by id; benefits that name no family stand last, under the id "".
    """

    household: str
    members: int
    on: date
    regions: tuple[Region, ...]
    families: dict[str, Text]
    cells: dict[tuple[str, str], Cell]  # (family, region)

    def rows(self, every: bool = False) -> list[str]:
        """The families in which some region grants something, may, or can't decide; `every`: all, and what is in none."""
        return [family for family in self.families if every or not (family == UNGROUPED or self.is_refused(family))]

    @property
    def ungrouped(self) -> int:
        """How many benefits of all regions name no family."""
        return sum(cell.benefits for (family, _), cell in self.cells.items() if family == UNGROUPED)

    def is_refused(self, family: str) -> bool:
        """Is nothing granted in any region, and nothing open?"""
        return all(cell.status in ("ineligible", "not in this plan") for _, cell in self._row(family))

    def text(self, lang: Lang | None = None, width: int | None = None, every: bool = False) -> str:
        return as_text(self, language_meant(lang), width, every)

    def html(self, lang: Lang | None = None, every: bool = False) -> str:
        return as_html(self, language_meant(lang), every)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: every family and region, amounts as in each decision's own `to_dict`."""
        return {
            "household": self.household,
            "on": self.on.isoformat(),
            "regions": [_region_content(region) for region in self.regions],
            "families": [
                {
                    "family": family,
                    "label": _both(label),
                    "cells": {key: _cell_content(cell) for key, cell in self._row(family)},
                }
                for family, label in self.families.items()
            ],
        }

    def _row(self, family: str) -> Iterator[tuple[str, Cell]]:
        for region in self.regions:
            yield region.id, self.cells[family, region.id]


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _region_content(region: Region) -> dict[str, Any]:
    content: dict[str, Any] = {"region": region.id, "label": _both(region.label)}
    if region.decision is not None:
        content["decision"] = region.decision.to_dict()
    if region.problem is not None:
        content["problem"] = {lang: region.problem.render(lang) for lang in ("zh", "en")}
    return content


def _cell_content(cell: Cell) -> dict[str, Any]:
    entries = [
        {
            "benefit": entry.benefit,
            "label": _both(entry.label),
            "who": list(entry.who),
            "status": entry.status,
            "says": _both(entry.says),
            "needs": [_both(need) for need in entry.needs],
            "provisions": list(entry.provisions),
        }
        for entry in cell.entries
    ]
    return {"status": cell.status, "entries": entries}


def regional_packs() -> tuple[Pack, ...]:
    """The shipped packs that encode a document."""
    return tuple(pack for pack in map(load, shipped_packs()) if pack.policy.shape.document is not None)


def compare_regions(
    household: Mapping[str, Any],
    *,
    on: date | str,
    packs: Iterable[str | Pack] | str | Pack = (),
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    readings: Mapping[str, Mapping[str, Any]] | None = None,
    supplements: bool = False,
    grades: str = "AB",
    beyond_term: bool = False,
) -> RegionComparison:
    """Decide one household under several plans (all shipped ones, unless `packs` are named) and set them side by side.

    household: as for `Pack.decide`; a fact that a region's pack doesn't know is left out there, one that none knows is
    an error. parameters, readings: by region, then as for `Pack.decide`. supplements: fill in published figures of the
    given grades. A region that can't decide (the date lies outside its term) keeps its column, with the reason. Raises
    PolicyError where nothing can be decided: facts that no pack knows, packs that don't load.
    """
    household = household_in_english(household)
    wanted = (packs,) if isinstance(packs, str | Pack) else tuple(packs)
    loaded = [pack if isinstance(pack, Pack) else load(pack) for pack in wanted or regional_packs()]
    if supplements:
        loaded = [pack.with_changes(supplements=_supplements(pack, grades), grades=grades) for pack in loaded]
    day = loaded[0].program(on).effective
    known = {pack.id: pack.forms(day) for pack in loaded}
    everywhere = _only_known(household, list(known.values()))
    if everywhere != household:  # a fact of a region that wasn't asked for is no error
        others = [pack.forms(day) for pack in regional_packs() if pack.id not in known]
        everywhere = _only_known(household, [*known.values(), *others])
    if everywhere != household:  # some key is known nowhere: the first pack says which, and what was meant
        loaded[0].decide(_nowhere_known(household, everywhere, known[loaded[0].id]), on=day, beyond_term=True)
    regions = tuple(
        _region(
            pack,
            _only_known(household, [known[pack.id]]),
            on=day,
            parameters=(parameters or {}).get(pack.id, {}),
            readings=(readings or {}).get(pack.id, {}),
            beyond_term=beyond_term,
        )
        for pack in loaded
    )
    problems = [region.problem for region in regions if region.problem is not None]
    if len(problems) == len(regions):
        raise PolicyError(problems[0].diagnostics)
    families = {str(key): item.label.text for pack in loaded for key, item in pack.policy.families.items()}
    in_use = {str(item.family) for pack in loaded for item in pack.policy.benefits.values()}
    shown = {key: label for key, label in families.items() if key in in_use}
    if any(item.family is None for pack in loaded for item in pack.policy.benefits.values()):
        shown[UNGROUPED] = Text("未归类", "not grouped")
    cells = {
        (family, region.id): _cell(family, region, pack)
        for region, pack in zip(regions, loaded, strict=True)
        for family in shown
    }
    named = next((str(household[key]) for key in ("household", "name", "id") if household.get(key) is not None), "")
    rows = household.get("members")
    return RegionComparison(named, len(rows) if isinstance(rows, list | tuple) else 0, day, regions, shown, cells)


def _supplements(pack: Pack, grades: str) -> list[str]:
    """The supplements whose figures all have one of the grades."""
    return [
        str(key)
        for key, item in pack.policy.supplements.items()
        if all(figure.grade in grades for figure in item.figures.values())
    ]


def _region(pack: Pack, household: Mapping[str, Any], **settings: Any) -> Region:
    try:
        return Region(pack.id, pack.label, pack.decide(household, **settings))
    except PolicyError as error:
        return Region(pack.id, pack.label, None, error)


# one description for all: each pack gets the facts that it knows


def _only_known(household: Mapping[str, Any], forms: list[Forms]) -> dict[str, Any]:
    """The household without the facts that none of the packs knows."""
    home = {*OWN_KEYS, *(name for form in forms for name in (*form.household, *form.shared))}
    area = {name for form in forms for name in (*form.area, *form.shared)}
    person = {*MEMBER_KEYS, *(name for form in forms for name in (*form.person, *form.shared))}
    kept = _kept(household, home)
    if isinstance(household.get("area"), Mapping):
        kept["area"] = _kept(household["area"], area)
    if isinstance(household.get("members"), list | tuple):
        rows = household["members"]
        kept["members"] = [_kept(row, person) if isinstance(row, Mapping) else row for row in rows]
    return kept


def _kept(given: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key in names}


def _nowhere_known(household: Mapping[str, Any], known: Mapping[str, Any], forms: Forms) -> Mapping[str, Any]:
    """The household with what the first pack knows, and all that no pack does."""
    mine = _only_known(household, [forms])
    found = type(mine)({**{key: value for key, value in household.items() if key not in known}, **mine})
    if "area" in mine:
        found["area"] = {**{k: v for k, v in household["area"].items() if k not in known["area"]}, **mine["area"]}
    if isinstance(household.get("members"), list | tuple):
        found["members"] = [
            {**{k: v for k, v in row.items() if k not in other}, **own} if isinstance(row, Mapping) else row
            for row, other, own in zip(household["members"], known["members"], mine["members"], strict=True)
        ]
    return found


# cells


def _cell(family: str, region: Region, pack: Pack) -> Cell:
    benefits = [str(key) for key, item in pack.policy.benefits.items() if (item.family or UNGROUPED) == family]
    is_family = family != UNGROUPED
    if not benefits:
        return Cell("not in this plan", is_family=is_family)
    if region.decision is None:
        return Cell("no decision", (), len(benefits), is_family)
    entries = tuple(_entries(region.decision, benefits))
    status = next(status for status in _FIRST if any(entry.status == status for entry in entries))
    return Cell(status, entries, len(benefits), is_family)


def _entries(decision: Decision, benefits: list[str]) -> Iterator[Entry]:
    """Each benefit's results, members with the same one together; what is granted first, refusals last."""
    zh, en = Explanation(decision, "zh", None, None), Explanation(decision, "en", None, None)
    groups: dict[tuple[str, CellStatus, Text], list[Entitlement]] = {}
    for item in decision.entitlements:
        if item.benefit in benefits:
            groups.setdefault((item.benefit, item.status, Text(zh.outcome(item), en.outcome(item))), []).append(item)
    for status in _FIRST:
        for (benefit, found, says), items in groups.items():
            if found == status:
                who = tuple(
                    decision.member_names.get(item.entity, item.entity) for item in items if item.entity != "household"
                )
                needs = dict.fromkeys(need for item in items for need in _needs(decision, item))
                declared = items[0].declaration
                yield Entry(benefit, declared.label, who, status, says, tuple(needs), declared.provisions)


def _needs(decision: Decision, item: Entitlement) -> Iterator[Text]:
    """What is missing for a result."""
    if item.status == "ineligible":
        return
    labels = (missing.label for missing in decision.missing if (item.benefit, item.entity) in missing.for_results)
    yield from dict.fromkeys(labels)
