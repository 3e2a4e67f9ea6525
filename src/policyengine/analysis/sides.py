"""The two sides of a comparison: a pack on a date under a caller's figures; and which of their benefits face each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from policyengine import ir
from policyengine.analysis.meanings import Meanings
from policyengine.authoring.reader import shown
from policyengine.packs import Pack
from policyengine.text import Lang, Text
from policyengine.values import Value

if TYPE_CHECKING:
    from policyengine.decision import Decision

OLD, NEW = ("old", "旧"), ("new", "新")


@dataclass(frozen=True)
class Side:
    """A pack on one date. parameters, readings: what the caller sets, only names that this pack knows."""

    pack: Pack
    on: date
    parameters: Mapping[str, Any]
    readings: Mapping[str, Any]

    @cached_property
    def program(self) -> ir.Program:
        return self.pack.program(self.on)

    @cached_property
    def figures(self) -> dict[str, Value]:
        """Every parameter's and reading's value, the caller's included."""
        found: dict[str, Value] = self.pack._on(self.on).figures(self.parameters, self.readings)
        return found

    @cached_property
    def meanings(self) -> Meanings:
        forms = self.pack.forms(self.on)
        known = {**forms.parameters, **forms.readings}
        return Meanings(self.program, self.figures, frozenset(known[name].id for name in self._given))

    @property
    def _given(self) -> Iterable[str]:
        return (*self.parameters, *self.readings)

    def decide(
        self,
        household: Mapping[str, Any],
        parameters: Mapping[str, Any],
        readings: Mapping[str, Any],
        *,
        area_only: bool = False,
    ) -> Decision:
        """The household evaluator's decision; further figures and readings go before the side's own."""
        settings: dict[str, Any] = {
            "on": self.on,
            "parameters": {**self.parameters, **parameters},
            "readings": {**self.readings, **readings},
            "beyond_term": True,
        }
        if area_only:
            return self.pack.decide_area(household.get("area", {}), **settings)
        return self.pack.decide(household, **settings)

    def name(self, lang: Lang) -> str:
        """The pack's label, its reforms and supplements, the date."""
        policy = self.pack.policy
        added = [
            policy.reforms[key].label.text[lang] if key in policy.reforms else key for key in self.pack.reforms
        ] + [policy.supplements[key].label.text[lang] for key in self.pack.supplements]
        joined = " + ".join([self.pack.label[lang], *added])
        return f"{joined}，{self.on}" if lang == "zh" else f"{joined}, {self.on}"

    @property
    def folder(self) -> str:
        return "" if self.pack.policy.folder is None else shown(self.pack.policy.folder)


def make_sides(
    old: Pack,
    new: Pack,
    on: date,
    on_new: date,
    parameters: Mapping[str, Any],
    readings: Mapping[str, Any],
) -> tuple[Side, Side]:
    """Each side with the figures and readings that its pack knows; `old.NAME` and `new.NAME` set one side alone.

    Raises PolicyError for a name that neither pack knows.
    """
    days = ((old, on), (new, on_new))
    forms = [pack.forms(day) for pack, day in days]
    known = [(set(each.parameters), set(each.readings)) for each in forms]
    found = []
    for (pack, day), own, other, mine, others in zip(days, known, known[::-1], (OLD, NEW), (NEW, OLD), strict=True):
        settings = (
            _of_side(given, (own[place], other[place]), mine, others)
            for place, given in enumerate((parameters, readings))
        )
        found.append(Side(pack, day, *settings))
    return found[0], found[1]


def _of_side(
    given: Mapping[str, Any], known: tuple[set[str], set[str]], mine: tuple[str, ...], others: tuple[str, ...]
) -> dict[str, Any]:
    """What is meant for one side. A name that only the other side knows is left out; one that neither knows stays."""
    shared: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, value in given.items():
        side, dot, rest = name.partition(".")
        if dot and side in (*mine, *others):
            if side in mine:
                own[rest] = value
        elif name in known[0] or name not in known[1]:
            shared[name] = value
    return {**shared, **own}


@dataclass(frozen=True)
class Pair:
    """Benefits that face each other: one each in two versions of a pack, those of one family in two regions.

    is_same: all that both rest on says the same, so their results are the same for every household.
    """

    id: str
    label: Text
    old: tuple[ir.Benefit, ...]
    new: tuple[ir.Benefit, ...]
    is_same: bool

    @property
    def is_money(self) -> bool:
        return any(item.amount is not None for item in (*self.old, *self.new))


def is_one_plan(old: Side, new: Side) -> bool:
    """Two versions of a pack have its id; otherwise they are two regions."""
    return old.pack.id == new.pack.id


@dataclass(frozen=True)
class Target:
    """An indicator in two versions of a pack; None where a version doesn't have it. is_same: as of a pair."""

    id: str
    label: Text
    old: ir.Indicator | None
    new: ir.Indicator | None
    is_same: bool


def pairs_of(old: Side, new: Side) -> tuple[Pair, ...]:
    """Two versions: by the benefit's id. Two regions: by family, for families that either has benefits in."""
    if is_one_plan(old, new):
        first, second = ({item.id: item for item in side.program.benefits} for side in (old, new))
        return tuple(_pair(key, first.get(key), second.get(key), old, new) for key in dict.fromkeys((*first, *second)))
    families = {**new.pack.policy.families, **old.pack.policy.families}
    found = []
    for key, shape in families.items():
        before, after = (tuple(item for item in side.program.benefits if item.family == key) for side in (old, new))
        if before or after:
            found.append(Pair(str(key), shape.label.text, before, after, False))
    return tuple(found)


def _pair(key: str, before: ir.Benefit | None, after: ir.Benefit | None, old: Side, new: Side) -> Pair:
    if before is None or after is None:
        only = after or before
        assert only is not None
        return Pair(key, only.label, () if before is None else (before,), () if after is None else (after,), False)
    same = old.meanings.of(before) == new.meanings.of(after) and before.period == after.period
    return Pair(key, after.label, (before,), (after,), same)


def targets_of(old: Side, new: Side) -> tuple[Target, ...]:
    """The indicators of two versions of a pack; two regions have nothing that says which of theirs face each other."""
    if not is_one_plan(old, new):
        return ()
    first, second = ({item.id: item for item in side.program.indicators} for side in (old, new))
    found = []
    for key in dict.fromkeys((*first, *second)):
        before, after = first.get(key), second.get(key)
        only = after or before
        assert only is not None
        same = before is not None and after is not None and old.meanings.of(before) == new.meanings.of(after)
        found.append(Target(key, only.label, before, after, same))
    return tuple(found)


def yearly(benefits: Sequence[ir.Benefit]) -> dict[str, int]:
    """How often each benefit's amount counts in a year: monthly ones twelve times, by school term twice, others once."""
    return {item.id: {"month": 12, "term": 2}.get(item.period or "", 1) for item in benefits}
