"""Search by solver for the smallest household for whom a benefit isn't the same under two packs, or prove there is none.

The readings and figures are those of the comparison: a figure that a plan leaves open is one unknown for both sides where both
leave it open alike, and two (`old.NAME`, `new.NAME`) where they don't.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import z3

from policyengine import ir
from policyengine.analysis.effects import OTHER_FACTS, Effect, sides_of
from policyengine.analysis.examples import replayed
from policyengine.analysis.sides import Pair, Side, Target, yearly
from policyengine.interpreters.verification import World
from policyengine.limits import closed
from policyengine.text import Text
from policyengine.values import Value
from policyengine.verifying.search import Answer, Impossible, NotDecided, Witness, find

if TYPE_CHECKING:
    pass

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
                shown = replayed(old, new, about, answer)
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
