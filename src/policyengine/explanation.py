"""Why a result is what it is: a tree of reasons over the program's own nodes, pruned to what mattered.

A reason holds a node, the value it has, and the reasons for those parts of it that decided the value: all of a failed
`and`'s false terms, all of a fulfilled one's terms, the chosen branch, every member that counts. A parent's value follows
from its children's values by the node's own meaning; tests/test_laws.py recomputes every one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policyengine import ir, values
from policyengine.interpreters.household import (
    HOUSEHOLD,
    INDEX,
    MEMBERS,
    Environment,
    Evaluator,
    is_settled,
    switch,
)
from policyengine.ir import Node


@dataclass(slots=True, eq=False)  # not frozen: freezing costs half of the time that an explanation takes
class Reason:
    """node: what was asked; value: what it came to; member: whose value (None: the household's or area's).

    repeats: the definition of this variable has been explained before, further up; its children are left out here.
    """

    node: Node
    value: Any
    member: str | None
    children: tuple[Reason, ...] = ()
    variable: ir.Variable | None = None
    row: int | None = None  # of a table: the row that decided; None: `otherwise`, or not yet settled
    repeats: bool = False

    @property
    def is_settled(self) -> bool:
        return is_settled(self.node.type, self.value)


class Explainer:
    """Builds reasons for one decision. Each variable is explained in full once; `fresh()` begins again."""

    def __init__(self, evaluator: Evaluator, home: Environment, member_ids: dict[int, str]) -> None:
        self.evaluator, self.home, self.member_ids = evaluator, home, member_ids
        self.variables = {variable.id: variable for variable in evaluator.program.variables}
        self.seen: set[tuple[str, str | None]] = set()
        self.parameters_met: set[str] = set()
        self.open_only = False  # follow only what isn't settled: for what is missing

    def fresh(self) -> None:
        self.seen.clear()

    def of(self, name: str, environment: Environment) -> Reason:
        """The reason for a variable in a member's or the household's environment, with its definition."""
        reference = self.evaluator.references[name]
        self.seen.discard((name, self.member(environment) if reference.scope == "person" else None))
        return self.reason(reference, environment)

    def member(self, environment: Environment) -> str | None:
        return None if environment is self.home else self.member_ids[environment[INDEX]]

    def value(self, node: Node, environment: Environment) -> Any:
        return self.evaluator.evaluator(node, environment is not self.home)(environment)

    def reason(self, node: Node, environment: Environment) -> Reason:
        value, member = self.value(node, environment), self.member(environment)
        match node:
            case ir.VariableRef(id=name, scope=scope):
                variable = self.variables[name]
                place = environment if scope == "person" or environment is self.home else environment[HOUSEHOLD]
                whose = member if scope == "person" else None
                if (name, whose) in self.seen:
                    return Reason(node, value, whose, (), variable, repeats=True)
                self.seen.add((name, whose))
                return Reason(node, value, whose, (self.reason(variable.node, place),), variable)
            case ir.FactRef(scope=scope):
                return Reason(node, value, member if scope == "person" else None)
            case ir.ParameterRef(id=name):
                self.parameters_met.add(name)
                return Reason(node, value, None)
            case ir.Constant():
                return Reason(node, value, None)
            case ir.Table():
                return self._table(node, value, environment)
            case ir.Aggregate():
                return Reason(node, value, member, tuple(self._aggregate(node, environment)))
            case ir.Rank():
                return Reason(node, value, member, tuple(self._rank(node, environment)))
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                truth = self.value(condition, environment)
                parts = [
                    condition,
                    *([then] if truth is not False else []),
                    *([otherwise] if truth is not True else []),
                ]
                return Reason(node, value, member, tuple(self.reason(part, environment) for part in parts))
            case ir.IsKnown(fact=fact):
                return Reason(node, value, member if fact.scope == "person" else None)
            case ir.Logic(operator=operator, terms=terms) if operator != "not":
                reasons = [(term, self.value(term, environment)) for term in terms]
                decisive = operator == "or"
                if value is decisive:
                    reasons = [pair for pair in reasons if pair[1] is decisive]
                elif value is None and self.open_only:
                    reasons = [pair for pair in reasons if pair[1] is None]
                return Reason(node, value, member, tuple(self.reason(term, environment) for term, _ in reasons))
            case _:
                return Reason(node, value, member, tuple(self.reason(part, environment) for part in ir.children(node)))

    def _table(self, node: ir.Table, value: Any, environment: Environment) -> Reason:
        found: list[Reason] = []
        row_hit: int | None = None
        for index, row in enumerate(node.rows):
            when = self.reason(row.when, environment)
            found.append(when)
            if when.value is False:
                continue
            found.append(self.reason(row.then, environment))
            if when.value is True:
                row_hit = index
                break
        else:
            if node.otherwise is not None and self._is_open_to_otherwise(node, environment):
                found.append(self.reason(node.otherwise, environment))
        return Reason(node, value, self.member(environment), tuple(found), row=row_hit)

    def _is_open_to_otherwise(self, node: ir.Table, environment: Environment) -> bool:
        """Can none of the rows hold? Not if they cover every option that is left of their choice."""
        whole = switch(node)
        return whole is None or bool(self.value(whole[0], environment) & ~whole[1])

    def _aggregate(self, node: ir.Aggregate, environment: Environment) -> Iterator[Reason]:
        members = self.home[MEMBERS]
        for member in sorted(members, key=lambda env: env[INDEX]):
            if node.others and member is environment:
                continue
            truth = True if node.where is None else self.value(node.where, member)
            if node.where is not None:
                yield self.reason(node.where, member)
            if truth is not False and node.body is not None:
                yield self.reason(node.body, member)
        if node.default is not None:
            yield self.reason(node.default, environment)

    def _rank(self, node: ir.Rank, environment: Environment) -> Iterator[Reason]:
        yield self.reason(node.key, environment)
        for member in sorted(self.home[MEMBERS], key=lambda env: env[INDEX]):
            if member is environment:
                continue
            truth = True if node.where is None else self.value(node.where, member)
            if node.where is not None:
                yield self.reason(node.where, member)
            if truth is not False:
                yield self.reason(node.key, member)


def leaves(reason: Reason) -> Iterator[Reason]:
    """The facts, parameters and stated-or-absent tests that a reason rests on."""
    stack = [reason]
    while stack:
        current = stack.pop()
        if isinstance(current.node, ir.FactRef | ir.ParameterRef | ir.IsKnown):
            yield current
        stack.extend(current.children)


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
            yield explainer.variables[name].node, place if scope == "person" or place is home else home
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


def choice_options(program: ir.Program, mask: int) -> list[str]:
    """The options of a choice that are still possible."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(program.options[lowest.bit_length() - 1])
        mask ^= lowest
    return found
