"""Compare two packs: what they say differently, which benefits that changes and for whom, and what it does to a population."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policyengine.amounts import plain_amount
from policyengine.analysis.differences import Difference, Part, differences
from policyengine.analysis.effects import SIZES, Effect, effects_of
from policyengine.analysis.outcomes import Impact, plain_text
from policyengine.analysis.sides import Pair, Side, Target, is_one_plan, make_sides, pairs_of, targets_of
from policyengine.errors import PolicyError, diagnostic
from policyengine.naming import language_meant
from policyengine.packs import Pack, load
from policyengine.text import Lang, several

if TYPE_CHECKING:
    from policyengine.results import Entitlement, IndicatorResult


@dataclass(frozen=True)
class Comparison:
    """Prints as text (`str`, or `text(lang)`), shows as HTML in a notebook, `to_dict()` for other programs.

    differences: what two versions of a pack say differently; empty for two regions. effects: on every benefit and
    indicator, or on every family of two regions. impact: None without a population, `population` is what it is called.
    """

    old: Side
    new: Side
    differences: tuple[Difference, ...]
    effects: tuple[Effect, ...]
    impact: Impact | None = None
    population: str = ""

    @property
    def is_one_plan(self) -> bool:
        """Two versions of one pack, not two regions."""
        return is_one_plan(self.old, self.new)

    @property
    def says_the_same(self) -> bool:
        """The same digest, date, figures and readings."""
        return self.old.pack.digest == self.new.pack.digest and self._settings(self.old) == self._settings(self.new)

    @staticmethod
    def _settings(side: Side) -> Any:
        return side.on, dict(side.parameters), dict(side.readings)

    @cached_property
    def has_effect(self) -> bool | None:
        """Does some result change for somebody? None: not settled. False is proved, as far as `effects` says."""
        if not self.is_one_plan:
            return True
        found = {effect.status for effect in self.effects}
        if found & {"changes", "added", "removed"}:
            return True
        return None if "open" in found else False

    def place(self, where: str) -> str:
        """A place in a pack that lies elsewhere on the disk by the pack's own name: `zibo/parameters/…:22:1`."""
        for side in (self.old, self.new):
            if side.pack.policy.folder is not None:
                where = where.removeprefix(f"{side.pack.policy.folder.resolve().parent}/")
        return where

    def text(self, lang: Lang | None = None, width: int | None = None) -> str:
        """For a terminal of that many cells; by default its own width."""
        from policyengine.analysis.report import as_text

        return as_text(self, language_meant(lang), width)

    def html(self, lang: Lang | None = None) -> str:
        """A fragment with its own style and charts."""
        from policyengine.analysis.page import as_html

        return as_html(self, language_meant(lang))

    def chart(self, lang: Lang | None = None) -> str:
        """SVG: winners and losers, and what it costs, by income tenth and by benefit. Raises PolicyError without a population."""
        from policyengine.analysis.charts import impact_chart

        if self.impact is None:
            raise PolicyError([diagnostic("no-population")])
        return impact_chart(self.impact, language_meant(lang))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "old": _plain_side(self.old),
            "new": _plain_side(self.new),
            "says_the_same": self.says_the_same,
            "has_effect": self.has_effect,
            "differences": [_plain_difference(item) for item in self.differences],
            "effects": [_plain_effect(item) for item in self.effects],
            "population": None if self.impact is None else {"source": self.population, **self.impact.to_dict()},
        }


def compare(
    old: str | Path | Pack,
    new: str | Path | Pack | None = None,
    *,
    on: date | str,
    on_new: date | str | None = None,
    reforms: Iterable[str | Path] | str | Path = (),
    supplements: Iterable[str] | str = (),
    grades: str = "AB",
    parameters: Mapping[str, Any] | None = None,
    readings: Mapping[str, Any] | None = None,
    population: Any = None,
    by: str | None = None,
    skip: Iterable[str] | str = (),
    prove: bool | None = None,
    sizes: Sequence[int] = SIZES,
    seconds: float = 10.0,
    beyond_term: bool = False,
    progress: Callable[[Pair | Target | int], None] | None = None,
) -> Comparison:
    """Compare two packs on a date: two versions of a plan, a pack and its reform, or two regions.

    old, new: packs, names or folders. new: by default `old`; reforms (ids or files) are applied to it. supplements go to both
    sides. on_new: another date for the new side. parameters, readings: for both sides, `old.NAME` and `new.NAME` for one.
    population: households as `decide_table` takes them, or a pair of tables (households, persons); it needs the extra
    `population`. by: the household's fact or variable that makes its tenths, by default income per head. prove: search by
    solver for households that show a change (extra `verify`); by default where it is installed. sizes, seconds: how large
    households are tried, and how long for each benefit and size. Raises PolicyError with all that is wrong.

    >>> compare("zibo", reforms=["ratio_80"], on="2019-06-01").has_effect  # doctest: +SKIP
    True
    """
    before = old if isinstance(old, Pack) else load(old)
    after = before if new is None else new if isinstance(new, Pack) else load(new)
    before = before.with_changes(supplements=supplements, grades=grades)
    after = after.with_changes(reforms=reforms, supplements=supplements, grades=grades)
    day = before.day_in_term(on, beyond_term)
    day_new = after.day_in_term(day if on_new is None else on_new, beyond_term)
    sides = make_sides(before, after, day, day_new, parameters or {}, readings or {})
    for side in sides:
        _ = side.figures  # what is wrong with a figure is told before anything is computed
    changed = differences(before.policy, after.policy) if is_one_plan(*sides) else ()
    pairs = pairs_of(*sides)
    effects = effects_of(
        *sides, (*pairs, *targets_of(*sides)), changed, prove=prove, sizes=sizes, seconds=seconds, progress=progress
    )
    found, name = None, ""
    if population is not None:
        found, name = _impact(sides, pairs, population, by, several(skip), progress)
        effects = tuple(_seen(effect, found) for effect in effects)
    return Comparison(*sides, changed, effects, found, name)


def _impact(
    sides: tuple[Side, Side],
    pairs: Sequence[Pair],
    population: Any,
    by: str | None,
    skip: tuple[str, ...],
    progress: Callable[[Pair | Target | int], None] | None,
) -> tuple[Impact, str]:
    try:
        from policyengine.analysis.impact import impact
        from policyengine.population.streams import source
    except ModuleNotFoundError as error:
        if error.name not in ("numpy", "pyarrow", "polars"):
            raise
        raise PolicyError([diagnostic("extra-needed", name="population", package=str(error.name))]) from None
    given = source(*population) if isinstance(population, tuple) else source(population)
    wanted = [pair for pair in pairs if not pair.is_same]
    return impact(*sides, wanted, given, by=by, skip=skip, progress=progress), given.name


def _seen(effect: Effect, impact: Impact) -> Effect:
    """What the population shows needs no other household."""
    moved = {line.id for line in impact.lines if line.moves}
    if effect.status in ("open", "proved") and isinstance(effect.about, Pair) and effect.about.id in moved:
        return replace(effect, status="changes", why=None)
    return effect


# as plain values


def _plain_side(side: Side) -> dict[str, Any]:
    return {
        "pack": side.pack.id,
        "label": plain_text(side.pack.label),
        "folder": side.folder,
        "digest": side.pack.digest,
        "on": side.on.isoformat(),
        "reforms": list(side.pack.reforms),
        "supplements": list(side.pack.supplements),
        "parameters": {key: str(value) for key, value in side.parameters.items()},
        "readings": {key: str(value) for key, value in side.readings.items()},
    }


def _plain_difference(item: Difference) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "id": item.id,
        "label": plain_text(item.label),
        "how": item.how,
        "provisions": list(item.provisions),
        "places": list(item.places),
        "parts": [_plain_part(part) for part in item.parts],
    }


def _plain_part(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "since": part.since or None,
        "before": None if part.before is None else plain_text(part.before),
        "after": None if part.after is None else plain_text(part.after),
        "places": list(part.places),
    }


def _plain_effect(effect: Effect) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": effect.about.id,
        "kind": "indicator" if isinstance(effect.about, Target) else "benefit",
        "label": plain_text(effect.about.label),
        "status": effect.status,
        "behind": list(effect.behind),
    }
    if effect.sizes:
        found["proved_for_members"] = list(effect.sizes)
    if effect.why is not None:
        found["why"] = plain_text(effect.why)
    if effect.shown is not None:
        before, after = effect.shown.results(effect.about.id)
        found["shown_by"] = {
            "household": effect.shown.household,
            "entity": effect.shown.entity,
            "figures": dict(effect.shown.figures),
            "readings": dict(effect.shown.readings),
            "old": _plain_result(before),
            "new": _plain_result(after),
        }
    return found


def _plain_result(item: Entitlement | IndicatorResult) -> dict[str, Any]:
    return {"status": item.status, "amount": plain_amount(getattr(item, "amount", None))}
