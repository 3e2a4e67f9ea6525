"""Search by solver for the smallest household for whom a benefit isn't the same under two packs, or prove there is none.

The readings and figures are those of the comparison: a figure that a plan leaves open is one unknown for both sides where both
leave it open alike, and two (`old.NAME`, `new.NAME`) where they don't.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import z3

from policyengine import ir
from policyengine.analysis.effects import OTHER_FACTS, Effect, Shown, differs, result_of, sides_of
from policyengine.analysis.sides import Pair, Side, Target, yearly
from policyengine.errors import PolicyError
from policyengine.interpreters.verification import World
from policyengine.limits import closed
from policyengine.text import Text
from policyengine.values import Value, ends
from policyengine.verifying.search import Answer, Impossible, NotDecided, Witness, find, written

if TYPE_CHECKING:
    from policyengine.results import Entitlement, IndicatorResult

TIMED_OUT = Text("限时内没有结论", "not settled in the time")
NOT_CONFIRMED = Text(
    "求解器找到一户，家庭判定没有证实", "the solver found a household that deciding it doesn't confirm"
)


def settle(
    old: Side, new: Side, about: Pair | Target, behind: tuple[str, ...], sizes: tuple[int, ...], seconds: float
) -> Effect:
    """Try the sizes in order: the first household found is a smallest one."""
    began, proved = time.monotonic(), list[int]()
    programs = _programs(old, new)
    if programs is None:
        return Effect(about, "open", behind, why=OTHER_FACTS)
    before, after = (items[0] for items in sides_of(about))
    if before.scope == "area":
        sizes = sizes[:1]
    for size in sizes:
        worlds = tuple(World(program, size) for program in programs)
        members: tuple[int | None, ...] = tuple(range(size)) if before.scope == "person" else (None,)
        claims = [claim for member in members for claim in _claims(before, after, worlds, member)]
        answer = _found(worlds, z3.Or(*claims), seconds)
        spent = time.monotonic() - began
        match answer:
            case Impossible():
                proved.append(size)
            case NotDecided():
                return Effect(about, "open", behind, tuple(proved), spent, TIMED_OUT)
            case Witness():
                shown = _replayed(old, new, about, answer)
                if shown is None:
                    return Effect(about, "open", behind, tuple(proved), spent, NOT_CONFIRMED)
                return Effect(about, "changes", behind, tuple(proved), spent, shown=shown)
    return Effect(about, "proved", behind, tuple(proved), time.monotonic() - began)


def _found(worlds: tuple[World, ...], claim: Any, seconds: float) -> Answer:
    """What the solver finds, in a thread beside: by itself it would take Ctrl-C for a time-out and go on."""
    z3.set_param("ctrl_c", False)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(find, worlds, claim, seconds=seconds)
        try:
            return answer.result()
        except KeyboardInterrupt:
            while not answer.done():
                z3.main_ctx().interrupt()
                time.sleep(0.02)
            raise
        finally:
            z3.set_param("ctrl_c", True)


def _claims(
    before: ir.Benefit | ir.Indicator, after: ir.Benefit | ir.Indicator, worlds: tuple[World, ...], member: int | None
) -> Iterator[Any]:
    """What makes two results of a member (None: the household or area) different."""
    if isinstance(before, ir.Indicator) and isinstance(after, ir.Indicator):
        applies = [
            z3.BoolVal(True) if item.applies is None else world.variable(item.applies, member)
            for world, item in zip(worlds, (before, after), strict=True)
        ]
        met = [world.variable(item.met, member) for world, item in zip(worlds, (before, after), strict=True)]
        yield applies[0] != applies[1]
        yield z3.And(applies[0], applies[1], met[0] != met[1])
    if isinstance(before, ir.Benefit) and isinstance(after, ir.Benefit):
        who = [world.variable(item.eligible, member) for world, item in zip(worlds, (before, after), strict=True)]
        yield who[0] != who[1]
        if before.amount is not None and after.amount is not None:
            factors = [yearly([item])[item.id] for item in (before, after)]
            names = before.amount, after.amount
            due = [world.variable(n, member) * f for world, n, f in zip(worlds, names, factors, strict=True)]
            yield z3.And(who[0], who[1], due[0] != due[1])
        elif before.amount is not after.amount:
            yield z3.And(who[0], who[1])


# the household found, decided under both packs


@dataclass(frozen=True)
class Example:
    """What shows a change. figures and readings: for both sides, or (`old.NAME`) for one."""

    household: dict[str, Any]
    figures: dict[str, str]
    readings: dict[str, str]


def _replayed(old: Side, new: Side, about: Pair | Target, found: Witness) -> Shown | None:
    """The example with the documents' own bounds, where they show the change too, and no more facts than that takes.

    None where deciding the household doesn't show it.
    """
    example = Example(found.household, found.parameters, found.readings)
    try:
        shown = _shown(old, new, about, example)
    except PolicyError:  # no such household can be given
        return None
    if shown is None:
        return None
    for name, bound in _bounds(old, new, example):
        other = replace(example, figures={**example.figures, name: bound})
        better = _shown(old, new, about, other)
        if better is not None and all(_is_exact(item) for item in better.results(about.id)):
            example, shown = other, better
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


def _bounds(old: Side, new: Side, example: Example) -> Iterator[tuple[str, str]]:
    """For each figure that is assumed, the bound that the document gives it."""
    for name in example.figures:
        side = old if name.startswith("old.") else new
        key = name.removeprefix("old.").removeprefix("new.")
        for item in side.program.parameters:
            if item.id == key and item.stated in ("at least", "at most"):
                end = ends(item.value)[0 if item.stated == "at least" else 1]
                assert end is not None
                yield name, written(end, item.type, side.program)


Key = tuple[str, int, str]  # of which part, of which member, the name


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


def _for_side(given: Mapping[str, str], side: Side, start: str) -> dict[str, str]:
    """The figures for both sides that this side has, and those for this side alone."""
    known = {item.id for item in side.program.parameters}
    shared = {name: value for name, value in given.items() if name in known}
    return {**shared, **{n.removeprefix(start): value for n, value in given.items() if n.startswith(start)}}


# programs for one household


def _programs(old: Side, new: Side) -> tuple[ir.Program, ir.Program] | None:
    """Both programs under the caller's figures, what they leave open by names of one's own where they don't do so alike.

    None where a fact of both is of another type in each, so that one household can't have it in both.
    """
    facts = [{fact.id: fact for fact in side.program.facts} for side in (old, new)]
    if any(facts[0][name].type != facts[1][name].type for name in facts[0].keys() & facts[1].keys()):
        return None
    settled = [{item.id: _settled(side, item) for item in side.program.parameters} for side in (old, new)]
    apart = {name for name in settled[0].keys() & settled[1].keys() if not _alike(old, new, settled, name)}
    scales = [_open_tables(side.program) for side in (old, new)]
    apart |= {name for name in scales[0].keys() & scales[1].keys() if scales[0][name] != scales[1][name]}
    return tuple(  # type: ignore[return-value]
        _renamed(side.program, parameters, {name: start + name for name in apart})
        for side, parameters, start in zip((old, new), settled, ("old.", "new."), strict=True)
    )


def _settled(side: Side, item: ir.Parameter) -> ir.Parameter:
    """The figure or option taken; a figure left open is what a caller could give."""
    value: Value = side.figures[item.id]
    assert value is not None
    if not isinstance(item.type, ir.ChoiceType):
        value = closed(value, item.type)
    return replace(item, value=value, allowed=value)


def _alike(old: Side, new: Side, settled: list[dict[str, ir.Parameter]], name: str) -> bool:
    one, other = settled[0][name], settled[1][name]
    if isinstance(one.type, ir.ChoiceType):
        return _options(old, one) == _options(new, other)
    return (one.type, one.value) == (other.type, other.value)


def _options(side: Side, item: ir.Parameter) -> set[str]:
    assert isinstance(item.value, int)
    return {option for place, option in enumerate(side.program.options) if item.value >> place & 1}


def _open_tables(program: ir.Program) -> dict[str, Any]:
    """What scales and tables say, by id."""
    found: dict[str, Any] = {}
    for variable in program.variables:
        for node in ir.walk(variable.node):
            if isinstance(node, ir.Bands):
                found[node.parameter] = node.bands
            elif isinstance(node, ir.Cells):
                found[node.parameter] = (repr(node.cells), node.otherwise)
    return found


def _renamed(program: ir.Program, parameters: dict[str, ir.Parameter], names: Mapping[str, str]) -> ir.Program:
    return replace(
        program,
        parameters=tuple(replace(item, id=names.get(key, key)) for key, item in parameters.items()),
        variables=tuple(replace(item, node=_node(item.node, names)) for item in program.variables),
    )


def _node(node: Any, names: Mapping[str, str]) -> Any:
    """The node with its parameters by other names."""
    match node:
        case ir.ParameterRef(id=name):
            return replace(node, id=names[name]) if name in names else node
        case tuple():
            return tuple(_node(item, names) for item in node)
        case ir.Row():
            return replace(node, when=_node(node.when, names), then=_node(node.then, names))
        case ir.Bands(parameter=name) | ir.Cells(parameter=name):
            node = replace(node, parameter=names.get(name, name))
    if not isinstance(node, ir.Node):
        return node
    changed = {
        field.name: _node(value, names)
        for field in fields(node)
        if isinstance(value := getattr(node, field.name), ir.Node | tuple)
    }
    return replace(node, **changed) if changed else node
