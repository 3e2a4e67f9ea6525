"""What figures can't fall below where everything is known, so that `max(0, …)` around them needn't be computed.

max(0, costs - min(costs, paid)) is what it is without `max` as long as costs have no bounds but one value. Between bounds it
isn't: what an interval forgets, that both costs are the same, `max` puts right.
"""

from __future__ import annotations

from collections.abc import Mapping

from policyengine import ir
from policyengine.ir import Node
from policyengine.values import Value, ends


class Leasts:
    """The least values of a program's numbers. definitions: the nodes of variables, as they become known."""

    def __init__(self, program: ir.Program, figures: Mapping[str, Value]) -> None:
        self.ranges = {fact.id: fact.range for fact in program.facts}
        self.figures = figures
        self.definitions: dict[str, Node] = {}
        self._found: dict[Node, int | None] = {}

    def of(self, node: Node) -> int | None:
        """A number that the node's value is never below; None if none is known."""
        if node not in self._found:
            self._found[node] = self._of(node)
        return self._found[node]

    def _of(self, node: Node) -> int | None:
        match node:
            case ir.Constant(value=value):
                return int(value)
            case ir.ParameterRef(id=name):
                return _least(self.figures[name])
            case ir.FactRef(id=name):
                return _least(self.ranges[name])
            case ir.VariableRef(id=name):
                return self.of(self.definitions[name])
            case ir.Rescale(term=term, factor=factor):
                least = self.of(term)
                return None if least is None else least * factor
            case ir.Round(numerator=numerator):
                least = self.of(numerator)
                return 0 if least is not None and least >= 0 else None
            case ir.Arithmetic(operator=operator, terms=terms):
                return self._of_terms(operator, terms)
        return None

    def _of_terms(self, operator: str, terms: tuple[Node, ...]) -> int | None:
        leasts = [self.of(term) for term in terms]
        known = [least for least in leasts if least is not None]
        match operator:
            case "max" if known:
                return max(known)
            case "subtract" if self.is_within(terms[1], terms[0]):
                return 0
        if len(known) < len(leasts):
            return None
        match operator:
            case "min":
                return min(known)
            case "add":
                return sum(known)
            case "multiply" if min(known) >= 0:
                return known[0] * known[1]
        return None

    def is_within(self, node: Node, limit: Node) -> bool:
        """Is a node's value never above another's, in whatever row?"""
        node, limit = self._defined(node), self._defined(limit)
        if node == limit:
            return True
        match node:
            case ir.Constant() | ir.ParameterRef():
                least, most = self.of(limit), self.most(node)
                return least is not None and most is not None and most <= least
            case ir.Arithmetic(operator="min", terms=terms):
                return any(self.is_within(term, limit) for term in terms)
            case ir.Arithmetic(operator="max", terms=terms):
                return all(self.is_within(term, limit) for term in terms)
        return False

    def most(self, node: Node) -> int | None:
        """A number that the node's value is never above; None if none is known without looking at the facts."""
        match node:
            case ir.Constant(value=value):
                return int(value)
            case ir.ParameterRef(id=name):
                figure = self.figures[name]
                return None if figure is None else ends(figure)[1]
            case ir.VariableRef(id=name):
                return self.most(self.definitions[name])
            case ir.Rescale(term=term, factor=factor):
                most = self.most(term)
                return None if most is None else most * factor
            case ir.Arithmetic(operator="min", terms=terms):
                return min((most for term in terms if (most := self.most(term)) is not None), default=None)
        return None

    def _defined(self, node: Node) -> Node:
        while isinstance(node, ir.VariableRef):
            node = self.definitions[node.id]
        return node


def _least(value: Value) -> int | None:
    return None if value is None else ends(value)[0]
