"""The household that a solver found, decided under both packs, and made as plain as it can be while it shows the change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from policyengine import ir
from policyengine.analysis.effects import Shown, differs, result_of, sides_of
from policyengine.analysis.sides import Pair, Side, Target
from policyengine.errors import PolicyError
from policyengine.values import ends
from policyengine.verifying.search import Witness, written

if TYPE_CHECKING:
    from policyengine.results import Entitlement, IndicatorResult

PLAIN = ("0", "1000", "10000", "20000", "50000", "100000")  # figures that one would rather read
Key = tuple[str, int, str]  # of which part, of which member, the name


@dataclass(frozen=True)
class Example:
    """What shows a change. figures and readings: for both sides, or (`old.NAME`) for one."""

    household: dict[str, Any]
    figures: dict[str, str]
    readings: dict[str, str]


def replayed(old: Side, new: Side, about: Pair | Target, found: Witness) -> Shown | None:
    """The example with the documents' own bounds, where they show the change too, and no more facts than that takes.

    None where deciding the household doesn't show it.
    """
    example = Example(found.household, found.parameters, found.readings)
    shown = _shown_if_given(old, new, about, example)
    if shown is None:
        return None
    for other in _plainer(old, new, example):
        better = _shown_if_given(old, new, about, other(example))
        if better is not None and all(_is_exact(item) for item in better.results(about.id)):
            example, shown = other(example), better
    wanted = shown.entity, [_said(item) for item in shown.results(about.id)]
    for key in _keys(example):
        less = _without(example, key)
        smaller = _shown(old, new, about, less)
        if smaller is not None and (smaller.entity, [_said(item) for item in smaller.results(about.id)]) == wanted:
            example, shown = less, smaller
    return shown


def _said(item: Entitlement | IndicatorResult) -> tuple[str, Any]:
    return item.status, getattr(item, "amount", None)


def _is_exact(item: Entitlement | IndicatorResult) -> bool:
    amount = getattr(item, "amount", None)
    return item.status != "undetermined" and (amount is None or amount.exact is not None)


def _plainer(old: Side, new: Side, example: Example) -> Iterator[Callable[[Example], Example]]:
    """Each figure that is assumed as the bound that the document gives it; then each fact as a plain figure."""
    for name in example.figures:
        side = old if name.startswith("old.") else new
        key = name.removeprefix("old.").removeprefix("new.")
        for item in side.program.parameters:
            if item.id == key and item.stated in ("at least", "at most"):
                end = ends(item.value)[0 if item.stated == "at least" else 1]
                assert end is not None
                yield _setting(("figures", 0, name), written(end, item.type, side.program))
    money = {fact.id for fact in new.program.facts if isinstance(fact.type, ir.NumberType) and fact.type.unit.is_money}
    for said in _keys(example):
        if said[2] in money and (before := _value(example, said)) not in PLAIN and before != "none":
            yield from (_setting(said, figure) for figure in reversed(PLAIN))


def _setting(key: Key, value: str) -> Callable[[Example], Example]:
    """The example with one thing as another value."""

    def change(example: Example) -> Example:
        part, place, name = key
        home = example.household
        match part:
            case "figures":
                return replace(example, figures={**example.figures, name: value})
            case "household":
                return replace(example, household={**home, name: value})
            case "area":
                return replace(example, household={**home, "area": {**home["area"], name: value}})
            case _:
                rows = [{**row, name: value} if index == place else row for index, row in enumerate(home["members"])]
                return replace(example, household={**home, "members": rows})

    return change


def _value(example: Example, key: Key) -> Any:
    part, place, name = key
    home = example.household
    match part:
        case "household":
            return home[name]
        case "area":
            return home["area"][name]
        case "members":
            return home["members"][place][name]
    return None


def _keys(example: Example) -> list[Key]:
    """Everything that the example says, what is assumed first."""
    home = example.household
    return [
        *(("readings", 0, name) for name in example.readings),
        *(("figures", 0, name) for name in example.figures),
        *(("household", 0, name) for name in home if name not in ("members", "area")),
        *(("area", 0, name) for name in home.get("area", ())),
        *(("members", place, name) for place, row in enumerate(home["members"]) for name in row if name != "id"),
    ]


def _without(example: Example, key: Key) -> Example:
    """The example that leaves one thing unsaid."""
    part, place, name = key
    home = example.household
    match part:
        case "readings":
            return replace(example, readings=_but(example.readings, name))
        case "figures":
            return replace(example, figures=_but(example.figures, name))
        case "household":
            return replace(example, household=_but(home, name))
        case "area":
            area = _but(home["area"], name)
            return replace(example, household={**home, "area": area} if area else _but(home, "area"))
        case _:
            rows = [_but(row, name) if index == place else row for index, row in enumerate(home["members"])]
            return replace(example, household={**home, "members": rows})


def _but(given: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key != name}


def _shown(old: Side, new: Side, about: Pair | Target, example: Example) -> Shown | None:
    """The example decided under both packs, if that shows a difference."""
    scope = sides_of(about)[0][0].scope
    sides = [
        side.decide(
            example.household,
            _for_side(example.figures, side, start),
            _for_side(example.readings, side, start),
            area_only=scope == "area",
        )
        for side, start in ((old, "old."), (new, "new."))
    ]
    rows = [row["id"] for row in example.household["members"]] if scope == "person" else [scope]
    for entity in rows:
        one, other = (result_of(decision, about.id, entity) for decision in sides)
        if differs(one, other):
            return Shown(example.household, entity, sides[0], sides[1], example.figures, example.readings)
    return None


def _shown_if_given(old: Side, new: Side, about: Pair | Target, example: Example) -> Shown | None:
    """None also where no such household can be given."""
    try:
        return _shown(old, new, about, example)
    except PolicyError:
        return None


def _for_side(given: Mapping[str, str], side: Side, start: str) -> dict[str, str]:
    """The figures for both sides that this side has, and those for this side alone."""
    known = {item.id for item in side.program.parameters}
    shared = {name: value for name, value in given.items() if name in known}
    return {**shared, **{n.removeprefix(start): value for n, value in given.items() if n.startswith(start)}}
