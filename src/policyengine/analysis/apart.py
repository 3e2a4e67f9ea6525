"""How far a figure can lie apart under two programs, household by household: bounds of new - old.

Two bounds taken from each other say too much where both sides share what isn't known. Formulas written alike say more: what
is the same in both falls out, a sum lies as far apart as its terms together, a minimum or maximum no further than any of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from policyengine import ir
from policyengine.analysis.alike import Alike
from policyengine.analysis.meanings import Meanings
from policyengine.interpreters.population import BOTTOM, TOP, Numbers
from policyengine.interpreters.population.columns import (
    add,
    chosen,
    each,
    hull,
    larger,
    multiply,
    negative,
    number,
    smaller,
    times,
)
from policyengine.values import ends


class Apart:
    """Of two programs over one batch."""

    def __init__(self, alike: Alike) -> None:
        self.alike = alike
        self._known: dict[str, Numbers] = {}

    def figure(self, name: str) -> Numbers:
        """By row of a numeric variable that both programs have in one scope and type."""
        found = self._known.get(name)
        if found is None:
            one, other = (variables[name] for variables in self.alike.variables)
            before, after = (sight.of(name, one.scope) for sight in self.alike.sights)
            found = self._known[name] = _both(
                add(after, negative(before)), self._nodes(one.node, other.node, one.scope)
            )
        return found

    def _nodes(self, one: ir.Node, other: ir.Node, scope: str) -> Numbers:
        same, nothing = self.alike.nodes(one, other, scope), Numbers(self._full(scope, 0))
        if same.all():
            return nothing
        open_ = Numbers(self._full(scope, BOTTOM), self._full(scope, TOP), True, True)
        found = self._parts(one, other, scope) if one.type == other.type else None
        return chosen(same, nothing, open_ if found is None else found)

    def _parts(self, one: ir.Node, other: ir.Node, scope: str) -> Numbers | None:
        """None where nothing is known of the formula's kind."""
        match one, other:
            case ((ir.Constant() | ir.ParameterRef()), (ir.Constant() | ir.ParameterRef())):
                low, high = _figures_apart(self.alike.meanings[0], one, self.alike.meanings[1], other)
                if low is None or high is None:
                    return None
                return Numbers(self._full(scope, low), self._full(scope, high))
            case ir.VariableRef(id=name), ir.VariableRef(id=theirs) if name == theirs:
                return self._variable(one, name, scope)
            case ir.Rescale(factor=factor), ir.Rescale(factor=theirs) if factor == theirs:
                return times(self._nodes(one.term, other.term, scope), factor)
            case ir.Round(), ir.Round() if one.denominator is other.denominator is None and _form(one) == _form(other):
                return _rounded(one, self._nodes(one.numerator, other.numerator, scope))
            case ir.Choose(), ir.Choose():
                rest = self._nodes(one.otherwise, other.otherwise, scope)
                return self._branch(one.condition, other.condition, (one.then, other.then), rest, scope)
            case ir.Table(), ir.Table() if len(one.rows) == len(other.rows) and one.otherwise and other.otherwise:
                found = self._nodes(one.otherwise, other.otherwise, scope)
                for mine, yours in zip(reversed(one.rows), reversed(other.rows), strict=True):
                    found = self._branch(mine.when, yours.when, (mine.then, yours.then), found, scope)
                return found
            case ir.Arithmetic(), ir.Arithmetic() if one.operator == other.operator and len(one.terms) == len(
                other.terms
            ):
                if one.operator == "multiply":
                    return self._product(one.terms, other.terms, scope)
                terms = [self._nodes(mine, yours, scope) for mine, yours in zip(one.terms, other.terms, strict=True)]
                return _arithmetic(one.operator, terms)
        return None

    def _variable(self, node: ir.VariableRef, name: str, scope: str) -> Numbers | None:
        both = [variables.get(name) for variables in self.alike.variables]
        if None in both or not isinstance(node.type, ir.NumberType) or len({item.scope for item in both if item}) > 1:
            return None
        if node.scope == "person" and scope != "person":
            return None
        found = self.figure(name)
        if node.scope != "person" and scope == "person":
            spread = each(found, self.alike.nesting.spread)
            assert isinstance(spread, Numbers)
            return spread
        return found

    def _product(self, one: tuple[ir.Node, ...], other: tuple[ir.Node, ...], scope: str) -> Numbers | None:
        """Of two factors of which one is the same on both sides: it times how far the other lies apart."""
        if len(one) != 2:
            return None
        for kept, moved in ((0, 1), (1, 0)):
            value = self._value(one[kept], scope)
            if value is not None and self.alike.nodes(one[kept], other[kept], scope).all():
                return multiply(value, self._nodes(one[moved], other[moved], scope))
        return None

    def _value(self, node: ir.Node, scope: str) -> Numbers | None:
        """What is known of a factor: a variable, a fact, or a figure."""
        sight, meanings = self.alike.sights[0], self.alike.meanings[0]
        match node:
            case ir.VariableRef(id=name) if node.scope == scope:
                found = sight.of(name, scope)
                return found if isinstance(found, Numbers) else None
            case ir.Constant() | ir.ParameterRef() if isinstance(node.type, ir.NumberType):
                figure = node.value if isinstance(node, ir.Constant) else meanings.figures[node.id]
                return number(figure)  # type: ignore[arg-type]
            case ir.FactRef(id=name) if node.scope == scope:
                found = sight.batch.facts.get(name)
                if found is None:
                    return number(next(fact.range for fact in meanings.program.facts if fact.id == name))
                return found if isinstance(found, Numbers) else None
        return None

    def _branch(
        self, when: ir.Node, theirs: ir.Node, then: tuple[ir.Node, ir.Node], rest: Numbers, scope: str
    ) -> Numbers:
        """One condition: nothing is said where it may hold on one side alone."""
        before, after = (sight.of(node, scope) for sight, node in zip(self.alike.sights, (when, theirs), strict=True))
        inner = self._nodes(*then, scope)
        same = self.alike.nodes(when, theirs, scope)
        sure, never = before.sure & after.sure, ~before.may & ~after.may
        found = chosen(sure, inner, chosen(never, rest, hull(inner, rest)))
        open_ = Numbers(self._full(scope, BOTTOM), self._full(scope, TOP), True, True)
        return chosen(same | sure | never, found, open_)

    def _full(self, scope: str, value: int) -> Any:
        nesting = self.alike.nesting
        return np.full(nesting.persons if scope == "person" else len(nesting.starts), value, np.int64)


def _figures_apart(
    old: Meanings, one: ir.Constant | ir.ParameterRef, new: Meanings, other: ir.Constant | ir.ParameterRef
) -> tuple[int | None, int | None]:
    """Of two figures of the document or the caller."""
    if not isinstance(one.type, ir.NumberType):
        return None, None
    (low, high), (least, most) = (
        ends(node.value if isinstance(node, ir.Constant) else meanings.figures[node.id])  # type: ignore[arg-type]
        for meanings, node in ((old, one), (new, other))
    )
    return None if least is None or high is None else least - high, None if most is None or low is None else most - low


def _arithmetic(operator: str, terms: list[Numbers]) -> Numbers:
    match operator:
        case "subtract":
            return add(terms[0], negative(terms[1]))
        case "negate":
            return negative(terms[0])
    found = terms[0]
    for term in terms[1:]:
        found = add(found, term) if operator == "add" else hull(found, term)
    return found


def _form(node: ir.Round) -> tuple[Any, ...]:
    return node.up, node.down, node.step, node.direction


def _rounded(node: ir.Round, inner: Numbers) -> Numbers:
    """Rounding adds up to a step on either side, one more where zero lies between, and never turns more into less."""
    if node.up == node.down == node.step == 1:
        return inner
    low, high = inner.low, inner.top
    least = np.where(low == BOTTOM, BOTTOM, node.step * (np.where(low == BOTTOM, 0, low) * node.up // node.down - 1))
    most = np.where(high == TOP, TOP, node.step * (-(-np.where(high == TOP, 0, high) * node.up // node.down) + 1))
    least, most = np.where(low >= 0, np.maximum(least, 0), least), np.where(high <= 0, np.minimum(most, 0), most)
    return Numbers(least, most, True, True)


def _both(one: Numbers, other: Numbers) -> Numbers:
    """What two bounds leave together."""
    return Numbers(larger(one.low, other.low), smaller(one.top, other.top), True, True)
