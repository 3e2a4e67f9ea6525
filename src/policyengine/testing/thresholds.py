"""The figures with which a program's formulas compare each fact: where results change, and tests should look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from policyengine import ir, values
from policyengine.explaining.phrases import bare_node
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import Environment
from policyengine.ir import DateType, Node, NumberType
from policyengine.units import Unit


@dataclass(frozen=True)
class Threshold:
    """value: a number in `unit`, or a day's ordinal. per_head: the fact is compared after a division by the members."""

    value: Fraction
    unit: Unit | None
    per_head: bool


def thresholds(evaluator: Evaluator, home: Environment) -> dict[str, tuple[Threshold, ...]]:
    """By fact, the figures that a comparison, scale, minimum or maximum sets against it.

    home: an environment that has been run with nothing known of the household but the caller's figures: what is settled
    there is a figure, whoever the household is.
    """
    found: dict[str, dict[Threshold, None]] = {}
    cones: dict[str, frozenset[str]] = {}
    facts = {fact.id: fact for fact in evaluator.program.facts}
    for variable in evaluator.program.variables:
        cones[variable.id] = _facts_below(variable.node, cones)
        person = variable.scope == "person"
        if person and not home[0]:
            continue
        environment = home[0][0] if person else home
        for node in ir.walk(variable.node):
            for side, figure, unit in _compared(node, evaluator, environment, person):
                for name in _facts_below(side, cones):
                    threshold = _for_fact(facts[name].type, figure, unit)
                    if threshold is not None:
                        found.setdefault(name, {})[threshold] = None
    return {name: tuple(every) for name, every in found.items()}


def _facts_below(node: Node, cones: dict[str, frozenset[str]]) -> frozenset[str]:
    """The facts that a node rests on; `cones` has those of the variables before it."""
    below: set[str] = set()
    for inner in ir.walk(node):
        if isinstance(inner, ir.FactRef):
            below.add(inner.id)
        elif isinstance(inner, ir.VariableRef):
            below |= cones[inner.id]
    return frozenset(below)


def _compared(
    node: Node, evaluator: Evaluator, environment: Environment, person: bool
) -> Iterator[tuple[Node, int, ir.Type]]:
    """(what is compared, with which figure, of which type), for each figure that a node sets against something."""
    match node:
        case ir.Compare(left=left, right=right):
            pairs = [(left, right), (right, left)]
        case ir.Arithmetic(operator="min" | "max", terms=terms):
            pairs = [(one, other) for one in terms for other in terms if one is not other]
        case ir.Bands(argument=argument, bands=bands):
            yield from ((argument, band.start, argument.type) for band in bands if band.start is not None)
            return
        case _:
            return
    for side, other in pairs:
        if isinstance(other.type, NumberType | DateType):
            for end in values.ends(evaluator.evaluator(other, person)(environment)):
                if end is not None:
                    yield from _through(side, end, other.type)


def _through(side: Node, figure: int, type_: ir.Type) -> Iterator[tuple[Node, int, ir.Type]]:
    """A figure as it meets what stands inside a side: whole years up to a day are a day so many years before it."""
    inner = bare_node(side)
    if isinstance(inner, ir.Elapsed) and inner.unit == "years" and isinstance(inner.end, ir.Constant):
        end = date.fromordinal(int(inner.end.value))
        years = figure // type_.scale if isinstance(type_, NumberType) else 0
        if 0 <= years < end.year - 1:
            day = end.replace(year=end.year - years, day=min(end.day, 28))
            yield inner.start, day.toordinal(), inner.start.type
        return
    yield side, figure, type_


def _for_fact(type_: ir.Type, figure: int, compared: ir.Type) -> Threshold | None:
    """The threshold as it meets a fact: one of the same kind of quantity, perhaps for each member."""
    if isinstance(type_, DateType) and isinstance(compared, DateType):
        return Threshold(Fraction(figure), None, False)
    if not isinstance(type_, NumberType) or not isinstance(compared, NumberType):
        return None
    exact = Fraction(figure, compared.scale)
    if type_.unit == compared.unit:
        return Threshold(exact, type_.unit, False)
    if type_.unit.without("person") != compared.unit.without("person"):
        return None
    return Threshold(exact, type_.unit, compared.unit.power("person") < type_.unit.power("person"))
