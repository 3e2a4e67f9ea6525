"""What each kind of node means: a closure over a household's or a member's environment, whatever is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from policyengine import ir, values
from policyengine.interpreters.layout import HOUSEHOLD, Environment, Evaluate
from policyengine.interpreters.lookups import bands, cells, date_part, elapsed
from policyengine.interpreters.members import aggregate, rank
from policyengine.ir import ChoiceType, ConditionType, Node, switch
from policyengine.values import Number, Truth

if TYPE_CHECKING:
    from policyengine.interpreters.household import Evaluator


def getter(place: int) -> Evaluate:
    return lambda env: env[place]


def outer(place: int) -> Evaluate:
    return lambda env: env[HOUSEHOLD][place]


def compile_node(node: Node, person: bool, ev: Evaluator) -> Evaluate:
    """One meaning for each kind of node."""

    def go(inner: Node) -> Evaluate:
        return ev.evaluator(inner, person)

    match node:
        case ir.Constant(value=value):
            return lambda env: value
        case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
            return ev.slot(name, person)
        case ir.Logic(operator=operator, terms=terms):
            return _logic(operator, [go(term) for term in terms])
        case ir.Compare(operator=operator, left=left, right=right):
            return _compare(operator, go(left), go(right), isinstance(left.type, ChoiceType))
        case ir.OneOf(term=term, mask=mask):
            return _one_of(go(term), mask)
        case ir.Rescale(term=term, factor=factor):
            return _rescale(go(term), factor)
        case ir.Arithmetic(operator=operator, terms=terms):
            return _arithmetic(operator, [go(term) for term in terms])
        case ir.Round():
            return rounding(node, go(node.numerator), None if node.denominator is None else go(node.denominator))
        case ir.Choose(condition=condition, then=then, otherwise=otherwise):
            return _choose(go(condition), go(then), go(otherwise), joiner(node.type))
        case ir.Table(rows=rows, otherwise=otherwise):
            pairs = [(go(row.when), go(row.then)) for row in rows]
            whole = switch(node)
            covered = None if whole is None else (go(whole[0]), whole[1])
            return _table(pairs, None if otherwise is None else go(otherwise), joiner(node.type), covered)
        case ir.Aggregate():
            return aggregate(node, person, ev)
        case ir.Rank():
            return rank(node, ev)
        case ir.Bands(argument=argument):
            return bands(node, go(argument))
        case ir.Cells(keys=keys):
            return cells(node, [go(key) for key in keys])
        case ir.Elapsed(unit=unit, start=start, end=end):
            return elapsed(unit, go(start), go(end))
        case ir.DatePart(part=part, term=term):
            return date_part(part, go(term))
        case ir.IsKnown(fact=fact):
            place = ev.layout.absent[fact.id]
            return getter(place) if (fact.scope == "person") == person else outer(place)


def joiner(type_: ir.Type) -> Callable[[Any, Any], Any]:
    """What two possible results have in common."""
    match type_:
        case ConditionType():
            return lambda a, b: a if a is b else None
        case ChoiceType():
            return lambda a, b: a | b
        case _:
            return values.hull


def _logic(operator: str, terms: list[Evaluate]) -> Evaluate:
    if operator == "not":
        inner = terms[0]

        def invert(env: Environment) -> Truth:
            value: Truth = inner(env)
            return None if value is None else not value

        return invert
    decisive = operator == "or"

    def connect(env: Environment) -> Truth:
        result: Truth = not decisive
        for term in terms:
            value: Truth = term(env)
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return connect


_KNOWN: dict[str, Callable[[int, int], bool]] = {
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "=": int.__eq__,
    "!=": int.__ne__,
}


def _compare(operator: str, left: Evaluate, right: Evaluate, choice: bool) -> Evaluate:
    if choice and operator == "!=":
        return lambda env: values.negation(values.same_choice(left(env), right(env)))
    if choice:
        return lambda env: values.same_choice(left(env), right(env))
    known = _KNOWN[operator]

    def compare(env: Environment) -> Truth:
        a, b = left(env), right(env)
        if type(a) is int and type(b) is int:
            return known(a, b)
        return values.compare(operator, a, b)

    return compare


def _one_of(term: Evaluate, mask: int) -> Evaluate:
    def one_of(env: Environment) -> Truth:
        possible = term(env)
        common = possible & mask
        return False if common == 0 else True if common == possible else None

    return one_of


def _rescale(term: Evaluate, factor: int) -> Evaluate:
    def rescale(env: Environment) -> Number:
        value: Number = term(env)
        return value * factor if type(value) is int else values.times(value, factor)

    return rescale


def _arithmetic(operator: str, terms: list[Evaluate]) -> Evaluate:
    if operator in ("min", "max"):
        known, partly = (min, values.minimum) if operator == "min" else (max, values.maximum)

        def extreme(env: Environment) -> Number:
            parts: list[Any] = [term(env) for term in terms]
            for part in parts:
                if type(part) is not int:
                    return partly(parts)
            result: Number = known(parts)
            return result

        return extreme
    if operator == "negate":
        inner = terms[0]
        return lambda env: values.negative(inner(env))
    left, right = terms[0], terms[1]
    if operator == "multiply":

        def multiply(env: Environment) -> Number:
            a: Number = left(env)
            b: Number = right(env)
            return a * b if type(a) is int and type(b) is int else values.multiply(a, b)

        return multiply
    if operator == "subtract":

        def subtract(env: Environment) -> Number:
            a: Number = left(env)
            b: Number = right(env)
            return a - b if type(a) is int and type(b) is int else values.subtract(a, b)

        return subtract

    def add(env: Environment) -> Number:
        total: Number = left(env)
        for term in terms[1:]:
            total = values.add(total, term(env))
        return total

    return add


def rounding(node: ir.Round, numerator: Evaluate, denominator: Evaluate | None) -> Evaluate:
    """What a node rounds its parts to, by how they are read."""
    up, down, step, direction = node.up, node.down, node.step, node.direction

    def round_(env: Environment) -> Number:
        above = numerator(env)
        below = down if denominator is None else values.times(denominator(env), down)
        if type(above) is int and type(below) is int:
            return step * values.quotient(above * up, below, direction)
        return values.times(values.rounded(values.times(above, up), below, direction), step)

    return round_


def _choose(condition: Evaluate, then: Evaluate, otherwise: Evaluate, join: Callable[[Any, Any], Any]) -> Evaluate:
    def choose(env: Environment) -> Any:
        truth = condition(env)
        if truth is None:
            return join(then(env), otherwise(env))
        return then(env) if truth else otherwise(env)

    return choose


def _table(
    rows: list[tuple[Evaluate, Evaluate]],
    otherwise: Evaluate | None,
    join: Callable[[Any, Any], Any],
    covered: tuple[Evaluate, int] | None,
) -> Evaluate:
    def table(env: Environment) -> Any:
        possible: list[Any] = []
        for when, then in rows:
            truth = when(env)
            if truth is False:
                continue
            possible.append(then(env))
            if truth:
                break
        else:
            if otherwise is not None and (covered is None or covered[0](env) & ~covered[1]):
                possible.append(otherwise(env))
            elif not possible:
                raise AssertionError("the rows were proved to cover everything")
        result = possible[0]
        for value in possible[1:]:
            result = join(result, value)
        return result

    return table
