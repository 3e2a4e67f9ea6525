"""In which households a variable is sure to be the same under two programs, even where nobody knows what it is.

It is where its value is known and equal; where whatever its two formulas say differently can't be reached; and where all that
its formula is made of is itself the same. So an unknown that both sides share isn't taken for two unknowns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from policyengine import ir
from policyengine.analysis.meanings import Meanings
from policyengine.interpreters.population import Batch, Nesting, Numbers, Truths

Bools = Any  # an array of bools, a row each


class Sight(Protocol):
    """The columns of one side of a batch, by variable or condition."""

    @property
    def batch(self) -> Batch: ...

    def of(self, name: Any, scope: str) -> Any: ...


def conditions(mine: Meanings, other: Meanings, needed: frozenset[str]) -> Iterator[ir.Node]:
    """The conditions of tables and choices in formulas that mean something else on the other side: their values are asked for."""
    for variable in mine.program.variables:
        if variable.id in needed and mine.digests[variable.id] != other.digests.get(variable.id, ""):
            yield from _conditions(variable.node)


def _conditions(node: ir.Node) -> Iterator[ir.Node]:
    match node:
        case ir.Aggregate() | ir.Rank():  # what is said of other members has other rows
            return
        case ir.Table(rows=rows):
            yield from (row.when for row in rows)
        case ir.Choose(condition=condition):
            yield condition
    for child in ir.children(node):
        yield from _conditions(child)


class Alike:
    """Of two programs over one batch."""

    def __init__(self, old: Meanings, new: Meanings, before: Sight, after: Sight) -> None:
        self.meanings, self.sights = (old, new), (before, after)
        self.variables = tuple({item.id: item for item in each.program.variables} for each in self.meanings)
        self._known: dict[str, Bools] = {}

    @property
    def nesting(self) -> Nesting:
        return self.sights[0].batch.nesting

    def rows(self, name: str) -> Bools:
        """By row of the variable's scope; nowhere where only one program has it, or in another scope."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._rows(name)
        return found

    def _rows(self, name: str) -> Bools:
        (old, new), one = self.meanings, self.variables[0][name]
        other = self.variables[1].get(name)
        if other is None or one.scope != other.scope:
            return self._full(one.scope, False)
        if old.digests[name] == new.digests[name]:
            return self._full(one.scope, True)
        known = _equal(*(sight.of(name, one.scope) for sight in self.sights))
        return self._full(one.scope, False) | known | self.nodes(one.node, other.node, one.scope)

    def nodes(self, one: ir.Node, other: ir.Node, scope: str) -> Bools:
        """Are two formulas (parts of formulas) of one scope the same?"""
        if self.meanings[0].said(one) == self.meanings[1].said(other):
            return self._full(scope, True)
        match one, other:
            case ir.VariableRef(id=name), ir.VariableRef(id=theirs) if name == theirs:
                return self._at(name, scope, False)
            case ir.Choose(), ir.Choose():
                branches = [(one.condition, other.condition, one.then, other.then)]
                return self._branches(branches, one.otherwise, other.otherwise, scope)
            case ir.Table(), ir.Table() if len(one.rows) == len(other.rows):
                rows = zip(one.rows, other.rows, strict=True)
                branches = [(mine.when, theirs.when, mine.then, theirs.then) for mine, theirs in rows]
                return self._branches(branches, one.otherwise, other.otherwise, scope)
            case ir.Aggregate() | ir.Rank(), _:
                if self.meanings[0].own_said(one) != self.meanings[1].own_said(other):
                    return self._full(scope, False)
                names = [node.id for node in ir.walk(one) if isinstance(node, ir.VariableRef)]
                return self._all([self._at(name, scope, True) for name in names], scope)
            case (ir.Logic() | ir.Arithmetic(), _) if type(one) is type(other):
                alike = one.operator == other.operator and one.type == other.type
            case ir.Compare(), ir.Compare():
                alike = one.operator == other.operator
            case ir.Rescale(), ir.Rescale():
                alike = (one.factor, one.type) == (other.factor, other.type)
            case ir.Round(), ir.Round():
                same = [(n.type, n.up, n.down, n.step, n.direction, n.denominator is None) for n in (one, other)]
                alike = same[0] == same[1]
            case _:
                alike = False
        below = ir.children(one), ir.children(other)
        if not alike or len(below[0]) != len(below[1]):
            return self._full(scope, False)
        return self._all([self.nodes(mine, theirs, scope) for mine, theirs in zip(*below, strict=True)], scope)

    def _branches(
        self,
        branches: list[tuple[ir.Node, ir.Node, ir.Node, ir.Node]],
        otherwise: ir.Node | None,
        theirs: ir.Node | None,
        scope: str,
    ) -> Bools:
        """Branches that can't be taken on either side may differ."""
        found = self._full(scope, True)
        taken = self._full(scope, False)
        for when, their_when, then, their_then in branches:
            may = [sight.of(node, scope) for sight, node in zip(self.sights, (when, their_when), strict=True)]
            never = ~may[0].may & ~may[1].may
            same = self.nodes(when, their_when, scope) & self.nodes(then, their_then, scope)
            found = found & (never | same | taken)
            taken = taken | (may[0].sure & may[1].sure)
        if otherwise is not None and theirs is not None:
            return found & (taken | self.nodes(otherwise, theirs, scope))
        return found if otherwise is theirs is None else self._full(scope, False)

    def _at(self, name: str, scope: str, together: bool) -> Bools:
        """Is a variable the same, seen from rows of a scope? together: in all members at home."""
        rows, nesting = self.rows(name), self.nesting
        if self.variables[0][name].scope == "person":
            if scope == "person":
                return nesting.spread(nesting.all(rows)) if together else rows
            return nesting.all(rows)
        return nesting.spread(rows) if scope == "person" else rows

    def _all(self, found: list[Bools], scope: str) -> Bools:
        every = self._full(scope, True)
        for each in found:
            every = every & each
        return every

    def _full(self, scope: str, value: bool) -> Bools:
        nesting = self.nesting
        return np.full(nesting.persons if scope == "person" else len(nesting.starts), value)


def _equal(one: Any, other: Any) -> Bools:
    """Rows in which both are known and the same. Choices of two programs have bits of their own, so nothing is said of them."""
    match one, other:
        case Truths(), Truths():
            return (one.sure == one.may) & (other.sure == other.may) & (one.sure == other.sure)
        case Numbers(), Numbers():
            return (one.low == one.top) & (other.low == other.top) & (one.low == other.low)
        case _:
            return np.False_
