"""A program written for what one caller keeps giving: the same facts of every household, under the same figures.

What rests on the figures alone, and on facts that are never given, is worked out while the function is written; what is
given needs no test of whether it is known. tests/test_straight.py compares the function with the closures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from policyengine import ir
from policyengine.interpreters.straight import Writer, straight
from policyengine.ir import Constant, Node
from policyengine.values import Value, single

if TYPE_CHECKING:
    from policyengine.interpreters.household import Evaluator
    from policyengine.interpreters.layout import Environment


def specialised(
    evaluator: Evaluator, figures: Mapping[int, Value], always: frozenset[str], sometimes: frozenset[str]
) -> Callable[[Environment], None]:
    """The function that fills in every variable of a household's environment, as the evaluator's closures do.

    figures: by slot, what a caller sets of the parameters and readings. always: the facts that are known of everybody
    who can have them, each as one value; sometimes: those that may be known. Of all others nothing is known.
    """
    own = copy(evaluator)
    own._compiled = {}  # closures of nodes made here: they go when the function goes, and the nodes live as long as it
    reduced = Reduced(own, figures, always, sometimes)
    variables = [replace(item, node=reduced.variable(item)) for item in evaluator.program.variables]
    writer = _Sure(own, reduced.known)
    writer.names["nodes"] = (variables, reduced.worked_out)
    return straight(own, variables, writer)


class Reduced:
    """Nodes with what is the same for every such household worked out.

    fixed: by id, the one value of parameters, facts and variables that have but one, known or not. known: ids of facts and
    variables that are known of every household.
    """

    def __init__(
        self, evaluator: Evaluator, figures: Mapping[int, Value], always: frozenset[str], sometimes: frozenset[str]
    ) -> None:
        from policyengine.interpreters.layout import asked

        program, layout = evaluator.program, evaluator.layout
        blank = layout.household_blank
        places = {item.id: layout.household[item.id] for item in program.parameters}
        self.evaluator, self.known = evaluator, set(always)
        self.worked_out: list[Node] = []
        self.fixed: dict[str, Any] = {name: figures.get(slot, blank[slot]) for name, slot in places.items()}
        asked_for = asked(program) - set(layout.absent)  # but for those that can be stated to be absent
        for fact in program.facts:
            if fact.id in asked_for and fact.id not in always and fact.id not in sometimes:
                slots, of = (
                    (layout.person, layout.person_blank) if fact.scope == "person" else (layout.household, blank)
                )
                self.fixed[fact.id] = of[slots[fact.id]]

    def variable(self, item: ir.Variable) -> Node:
        node = self.node(item.node)
        if isinstance(node, Constant):
            self.fixed[item.id] = node.value
        if is_sure(node, self.known):
            self.known.add(item.id)
        return node

    def node(self, node: Node) -> Node:
        match node:
            case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
                return Constant(node.type, self.fixed[name]) if name in self.fixed else node
            case ir.Logic(operator="and" | "or", terms=terms):
                return self.logic(node, [self.node(term) for term in terms])
            case ir.Logic(terms=terms) | ir.Arithmetic(terms=terms):
                return self.folded(replace(node, terms=tuple(self.node(term) for term in terms)))
            case ir.Compare(left=left, right=right):
                return self.folded(replace(node, left=self.node(left), right=self.node(right)))
            case ir.OneOf(term=term) | ir.Rescale(term=term) | ir.DatePart(term=term):
                return self.folded(replace(node, term=self.node(term)))
            case ir.Round(numerator=above, denominator=below):
                below = None if below is None else self.node(below)
                return self.folded(replace(node, numerator=self.node(above), denominator=below))
            case ir.Elapsed(start=start, end=end):
                return self.folded(replace(node, start=self.node(start), end=self.node(end)))
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                return self.rows(node, ((condition, then),), otherwise)
            case ir.Table(rows=rows, otherwise=otherwise):
                return self.rows(node, tuple((row.when, row.then) for row in rows), otherwise)
            case _:
                return node

    def folded(self, node: Node) -> Node:
        """The value of a node below which all is constant."""
        if all(isinstance(inner, Constant) for inner in ir.children(node)):
            self.worked_out.append(node)
            return Constant(node.type, self.evaluator.evaluator(node, person=False)([]))
        return node

    def logic(self, node: ir.Logic, terms: list[Node]) -> Node:
        decisive = node.operator == "or"
        values = [term.value if isinstance(term, Constant) else ... for term in terms]
        if any(value is decisive for value in values):
            return Constant(node.type, decisive)
        rest = tuple(term for term, value in zip(terms, values, strict=True) if value is not (not decisive))
        if not rest:
            return Constant(node.type, not decisive)
        return rest[0] if len(rest) == 1 else self.folded(replace(node, terms=rest))

    def rows(self, node: ir.Choose | ir.Table, rows: tuple[tuple[Node, Node], ...], otherwise: Node | None) -> Node:
        """Without the rows that never hold and those behind one that always does; as it is where that isn't known."""
        left: list[ir.Row] = []
        for when, then in rows:
            test = self.node(when)
            if isinstance(test, Constant):
                if test.value is None:
                    return node
                if test.value is False:
                    continue
                otherwise = then
                break
            left.append(ir.Row(test, self.node(then)))
        if otherwise is None:
            return node
        last = self.node(otherwise)
        return ir.Table(node.type, tuple(left), last) if left else last


def is_sure(node: Node, known: set[str]) -> bool:
    """Does the node come to one value in every household, given what is known of each?"""
    match node:
        case Constant(type=ir.ChoiceType(), value=value):
            return single(value)
        case Constant(value=value):
            return isinstance(value, int)
        case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
            return name in known
        case ir.Aggregate(operator="count", where=None, others=False):
            return True
        case ir.Logic() | ir.Compare() | ir.OneOf() | ir.Rescale() | ir.Arithmetic() | ir.Round() | ir.Choose():
            return all(is_sure(inner, known) for inner in ir.children(node))
        case ir.Table(otherwise=otherwise):
            return otherwise is not None and all(is_sure(inner, known) for inner in ir.children(node))
        case _:
            return False


class _Sure(Writer):
    """Writes nodes without asking whether what is sure to be known is known."""

    def __init__(self, evaluator: Evaluator, sure: set[str]) -> None:
        super().__init__(evaluator)
        self.sure = sure

    def is_sure(self, node: Node) -> bool:
        return is_sure(node, self.sure)
