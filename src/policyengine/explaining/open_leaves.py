"""What keeps a result open: the facts, figures and readings that aren't known and can still change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policyengine import ir, values
from policyengine.explaining.explanation import Explainer, Reason
from policyengine.interpreters.layout import MEMBERS, Environment, is_settled
from policyengine.ir import Node


@dataclass
class OpenLeaves:
    """The unsettled facts and parameters that keep a result from being settled.

    read_once: each was met on one path only, below nodes that every part moves. Then nothing can cancel out and each of
    them matters; otherwise the list may be too long, never too short.
    """

    leaves: list[Reason]
    read_once: bool = True


def open_leaves(explainer: Explainer, name: str, environment: Environment) -> OpenLeaves:
    """Follow the unsettled parts of a result; a settled part can't change, by soundness."""
    found = OpenLeaves([])
    done: set[tuple[int, int]] = set()
    named: set[tuple[str, str | None]] = set()
    stack: list[tuple[Node, Environment]] = [(explainer.evaluator.references[name], environment)]
    while stack:
        node, place = stack.pop()
        value = explainer.value(node, place)
        if is_settled(node.type, value):
            continue
        if (id(node), id(place)) in done:
            found.read_once = False
            continue
        done.add((id(node), id(place)))
        found.read_once = found.read_once and _is_moved_by_all(explainer, node, place)
        match node:
            case (
                ir.FactRef(id=key, scope=scope)
                | ir.VariableRef(id=key, scope=scope)
                | ir.IsKnown(fact=ir.FactRef(id=key, scope=scope))
            ):
                whose = explainer.member(place) if scope == "person" else None
            case ir.ParameterRef(id=key):
                whose = None
            case _:
                stack.extend(_below(explainer, node, place, value))
                continue
        if (key, whose) in named:
            found.read_once = False
            continue
        named.add((key, whose))
        if isinstance(node, ir.VariableRef):
            stack.extend(_below(explainer, node, place, value))
        else:
            found.leaves.append(Reason(node, value, whose))
    return found


def _is_moved_by_all(explainer: Explainer, node: Node, place: Environment) -> bool:
    """Can each unsettled part, on its own, move an unsettled node, and a number through all between its ends?

    Most numbers can't promise it: `(0 if c else 100) < y` doesn't depend on a y from 50 to 51, nor `min(x, z) < 5` on a
    z from 6. What is stated to be absent is never settled, whatever else becomes known.
    """
    match node:
        case ir.FactRef(id=name, scope=scope) if (slot := explainer.evaluator.layout.absent.get(name)) is not None:
            return (place if scope == "person" else explainer.home)[slot] is not False
        case ir.FactRef() | ir.ParameterRef() | ir.VariableRef() | ir.IsKnown():
            return True
        case ir.Logic() | ir.Compare() | ir.OneOf():
            return True
        case ir.Choose(type=type_):
            return isinstance(type_, ir.ConditionType)
        case ir.Aggregate(operator=operator):
            return operator in ("any", "all", "count")
        case ir.Arithmetic(operator=operator):
            return operator in ("add", "subtract", "negate")
        case ir.Elapsed(start=start, end=end):
            return any(is_settled(part.type, explainer.value(part, place)) for part in (start, end))
        case _:
            return False


def _below(explainer: Explainer, node: Node, place: Environment, value: Any) -> Iterator[tuple[Node, Environment]]:
    """The parts of a node that can still move its value."""
    match node:
        case ir.VariableRef(id=name, scope=scope):
            home = explainer.home
            yield explainer.evaluator.variables[name].node, place if scope == "person" or place is home else home
        case ir.Choose(condition=condition, then=then, otherwise=otherwise):
            truth = explainer.value(condition, place)
            yield condition, place
            if truth is not False:
                yield then, place
            if truth is not True:
                yield otherwise, place
        case ir.Table(rows=rows, otherwise=otherwise):
            for row in rows:
                truth = explainer.value(row.when, place)
                yield row.when, place
                if truth is not False:
                    yield row.then, place
                if truth is True:
                    return
            if otherwise is not None:
                yield otherwise, place
        case ir.Arithmetic(operator=operator, terms=terms) if operator in ("min", "max"):
            for term in terms:
                if _can_move(explainer.value(term, place), value, operator):
                    yield term, place
        case ir.Aggregate(body=body, where=where, default=default, others=others):
            for member in explainer.home[MEMBERS]:
                if others and member is place:
                    continue
                truth = True if where is None else explainer.value(where, member)
                if where is not None:
                    yield where, member
                if body is not None and truth is not False:
                    yield body, member
            if default is not None:
                yield default, place
        case ir.Rank(key=key, where=where):
            yield key, place
            for member in explainer.home[MEMBERS]:
                if member is not place:
                    if where is not None:
                        yield where, member
                    if where is None or explainer.value(where, member) is not False:
                        yield key, member
        case _:
            for part in ir.children(node):
                yield part, place


def _can_move(term: values.Number, result: values.Number, operator: str) -> bool:
    """Can this term of a min (max) still decide it? Not if it surely lies above (below) the whole result."""
    (low, high), (least, most) = values.ends(term), values.ends(result)
    if operator == "min":
        return low is None or most is None or low < most
    return high is None or least is None or high > least
