"""What each kind of node means on columns, compiled once into closures over batches.

Whatever is the same for every row (figures, readings, facts that nobody gave) is computed while compiling; a household's
value is spread over its members only where theirs meets it; a node that stands in several formulas is computed once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from typing import Any

import numpy as np

from policyengine import ir
from policyengine.interpreters.population import members
from policyengine.interpreters.population.branches import select
from policyengine.interpreters.population.calendar import date_part, elapsed
from policyengine.interpreters.population.code import CONSTANT, HOUSEHOLD, PERSON, Batch, Code, Columns, kept
from policyengine.interpreters.population.columns import (
    COMPARISONS,
    Choices,
    Column,
    Numbers,
    Truths,
    add,
    both,
    choice,
    each,
    either,
    local_bits,
    maximum,
    minimum,
    multiply,
    negation,
    negative,
    number,
    one_of,
    recoded,
    same_choice,
    times,
    truth,
)
from policyengine.interpreters.population.least import Leasts
from policyengine.interpreters.population.lookups import bands, cells
from policyengine.interpreters.population.members import Circle, Lifted
from policyengine.interpreters.population.rounding import rounded
from policyengine.interpreters.population.shortening import shortened
from policyengine.ir import ChoiceType, ConditionType, Node
from policyengine.values import Value


def compile_columns(
    program: ir.Program,
    given: Iterable[str],
    figures: Mapping[str, Value],
    wanted: Iterable[str],
    parts: Mapping[str, Node] | None = None,
) -> Columns:
    """Make the wanted variables of a program ready, and what they rest on.

    given: the facts that batches have columns for; others are unknown. figures: every parameter's value. parts: nodes
    of the wanted variables that are asked for too, by a name of the caller's.
    """
    compiler = _Compiler(program, frozenset(given), figures)
    needed = _needed(program, set(wanted))
    compiler.count(needed)
    compiler.uses.update((parts or {}).values())
    with np.errstate(over="ignore"):
        for variable in needed:
            compiler.define(variable)
        named = {name: compiler.code(node) for name, node in (parts or {}).items()}
    return Columns(compiler.variables | named)


def _needed(program: ir.Program, wanted: set[str]) -> list[ir.Variable]:
    """The wanted variables and those they rest on, in order."""
    needed, found = set(wanted), []
    for variable in reversed(program.variables):
        if variable.id in needed:
            found.append(variable)
            needed |= {node.id for node in ir.walk(variable.node) if isinstance(node, ir.VariableRef)}
    return found[::-1]


class _Compiler:
    def __init__(self, program: ir.Program, given: frozenset[str], figures: Mapping[str, Value]) -> None:
        self.options, self.given, self.figures = program.options, given, figures
        self.facts = {fact.id: fact for fact in program.facts}
        self.variables: dict[str, Code] = {}
        self.types: dict[str, ir.Type] = {}
        self.codes: dict[Node, Code] = {}
        self.uses: Counter[Node] = Counter()
        self.spreads: dict[int, Callable[[Batch], Column]] = {}
        self.leasts = Leasts(program, figures)

    def count(self, needed: list[ir.Variable]) -> None:
        for variable in needed:
            self.uses.update(ir.walk(variable.node))

    def define(self, variable: ir.Variable) -> None:
        code, self.types[variable.id] = self.code(variable.node), variable.node.type
        self.leasts.definitions[variable.id] = variable.node
        name = ("variable", variable.id)
        self.variables[variable.id] = code if code.value is not None else code._replace(of=kept(name, code.of))

    def code(self, node: Node) -> Code:
        found = self.codes.get(node)
        if found is None:
            found = _compile(node, self)
            if self.uses[node] > 1 and found.value is None and ir.children(node):
                found = found._replace(of=kept(("node", len(self.codes)), found.of))
            self.codes[node] = found
        return found

    def single(self, type_: ir.Type, value: Value) -> Column:
        """One value for all rows, as values.py has it."""
        if isinstance(type_, ConditionType):
            return truth(None if value is None else bool(value))
        assert value is not None
        if isinstance(type_, ChoiceType):
            assert isinstance(value, int)
            return choice(value, type_, self.options)
        return number(value)

    def spread(self, code: Code, level: int) -> Callable[[Batch], Column]:
        """A household's value where a person's is wanted; spread once in a batch."""
        if code.level != HOUSEHOLD or level != PERSON:
            return code.of
        key = id(code.of)
        if key not in self.spreads:
            of = code.of
            self.spreads[key] = kept(("spread", of), lambda batch: each(of(batch), batch.nesting.spread))
        return self.spreads[key]


def _constant(value: Column) -> Code:
    value = _settled(value)
    return Code(CONSTANT, lambda batch: value, value, int(value.mask) if isinstance(value, Choices) else None)


def _settled(value: Column) -> Column:
    """A single value without a second bound that is the same as the first."""
    match value:
        case Truths(sure=sure, possible=possible) if possible is not None and bool(sure) is bool(possible):
            return Truths(np.bool_(sure))
        case Numbers(low=low, high=high) if high is not None and low == high:
            return Numbers(low)
        case Choices(mask=mask, exact=False) if int(mask) & (int(mask) - 1) == 0:
            return Choices(mask, True)
    return value


def _apply(compiler: _Compiler, function: Callable[..., Any], *codes: Code) -> Code:
    """A function of columns; of constants it is applied at once."""
    if all(code.value is not None for code in codes):
        return _constant(function(*[code.value for code in codes]))
    level = max(code.level for code in codes)
    parts = [compiler.spread(code, level) for code in codes]
    if len(parts) == 1:
        only = parts[0]
        return Code(level, lambda batch: function(only(batch)))
    if len(parts) == 2:
        one, other = parts
        return Code(level, lambda batch: function(one(batch), other(batch)))
    return Code(level, lambda batch: function(*[part(batch) for part in parts]))


def _compile(node: Node, compiler: _Compiler) -> Code:
    """One meaning for each kind of node."""
    go = compiler.code
    match node:
        case ir.Constant(type=type_, value=value):
            return _constant(compiler.single(type_, value))
        case ir.FactRef(id=name):
            return _fact(name, compiler)
        case ir.ParameterRef(type=type_, id=name):
            return _constant(compiler.single(type_, compiler.figures[name]))
        case ir.VariableRef(type=type_, id=name):
            return _as_type(compiler.variables[name], compiler.types[name], type_, compiler)
        case ir.Logic(operator="not", terms=terms):
            return _apply(compiler, negation, go(terms[0]))
        case ir.Logic(operator=operator, terms=terms):
            return _logic(operator == "or", [go(term) for term in terms], compiler)
        case ir.Compare(operator=operator, left=left, right=right) if isinstance(left.type, ChoiceType):
            return _compare_choices(operator, left, right, compiler)
        case ir.Compare(operator=operator, left=left, right=right):
            return _apply(compiler, COMPARISONS[operator], go(left), go(right))
        case ir.OneOf(term=term, mask=mask):
            return _one_of(term, mask, compiler)
        case ir.Rescale(term=term, factor=factor):
            return _apply(compiler, lambda value: times(value, factor), go(term))
        case ir.Arithmetic(operator=operator, terms=terms):
            return _arithmetic(operator, terms, compiler)
        case ir.Round():
            return _round(node, compiler)
        case ir.Choose(condition=condition, then=then, otherwise=otherwise):
            return _rows(node.type, [(condition, then)], otherwise, None, compiler)
        case ir.Table(rows=rows, otherwise=otherwise):
            pairs = [(row.when, row.then) for row in rows]
            return _rows(node.type, pairs, otherwise, ir.switch(node), compiler)
        case ir.Aggregate():
            return _aggregate(node, compiler)
        case ir.Rank():
            return _rank(node, compiler)
        case ir.Bands(argument=argument):
            return _apply(compiler, lambda value: bands(node, value), go(argument))
        case ir.Cells(keys=keys):
            return _apply(compiler, lambda *found: cells(node, list(found), compiler.options), *map(go, keys))
        case ir.Elapsed(unit=unit, start=start, end=end):
            return _apply(compiler, lambda first, last: elapsed(unit, first, last), go(start), go(end))
        case ir.DatePart(part=part, term=term):
            return _apply(compiler, lambda value: date_part(part, value), go(term))
        case ir.IsKnown(fact=fact):
            if fact.id not in compiler.given:
                return _constant(truth(None))
            name = fact.id
            return Code(PERSON if fact.scope == "person" else HOUSEHOLD, lambda batch: batch.stated[name])


def _fact(name: str, compiler: _Compiler) -> Code:
    fact = compiler.facts[name]
    if name not in compiler.given:
        unknown = None if isinstance(fact.type, ConditionType) else fact.range
        return _constant(compiler.single(fact.type, unknown))
    return Code(PERSON if fact.scope == "person" else HOUSEHOLD, lambda batch: batch.facts[name])


def _as_type(code: Code, before: ir.Type, after: ir.Type, compiler: _Compiler) -> Code:
    """A choice as bits of another type that has its options; anything else as it is."""
    if not isinstance(after, ChoiceType) or not isinstance(before, ChoiceType) or before.options == after.options:
        return code
    found = _apply(compiler, lambda column: recoded(column, before, after), code)
    if code.reach is None:
        return found
    places = [
        (after.options.index(option), place) for place, option in enumerate(before.options) if option in after.options
    ]
    return found._replace(reach=sum(1 << to for to, place in places if code.reach >> place & 1))


def _logic(decisive: bool, terms: list[Code], compiler: _Compiler) -> Code:
    """Constants first, then households' terms, then persons': what is the same for all members is combined once."""
    connect = either if decisive else both
    known = truth(not decisive)
    for term in terms:
        if isinstance(term.value, Truths):
            known = connect(known, term.value)
    known = _settled(known)  # type: ignore[assignment]
    if known.possible is None and bool(known.sure) is decisive:
        return _constant(known)
    parts = [_constant(known)] if known.possible is not None else []
    for level in (HOUSEHOLD, PERSON):
        own = [term for term in terms if term.level == level and term.value is None]
        if own:
            parts.append(reduce(lambda one, other: _apply(compiler, connect, one, other), own))
    return reduce(lambda one, other: _apply(compiler, connect, one, other), parts) if parts else _constant(known)


def _compare_choices(operator: str, left: Node, right: Node, compiler: _Compiler) -> Code:
    assert isinstance(left.type, ChoiceType)
    assert isinstance(right.type, ChoiceType)
    joint = ChoiceType(tuple(dict.fromkeys((*left.type.options, *right.type.options))))
    sides = [_as_type(compiler.code(side), side.type, joint, compiler) for side in (left, right)]
    same = _apply(compiler, same_choice, *sides)
    return _apply(compiler, negation, same) if operator == "!=" else same


def _one_of(term: Node, mask: int, compiler: _Compiler) -> Code:
    assert isinstance(term.type, ChoiceType)
    bits, choice_ = local_bits(mask, term.type, compiler.options), compiler.code(term)
    if choice_.reach is not None and choice_.value is None:
        if not choice_.reach & int(bits):
            return _constant(truth(False))
        if not choice_.reach & ~int(bits):
            return _constant(truth(True))
    return _apply(compiler, lambda column: one_of(column, bits, ~bits), choice_)


def _arithmetic(operator: str, nodes: tuple[Node, ...], compiler: _Compiler) -> Code:
    terms = [compiler.code(node) for node in nodes]
    match operator:
        case "max" if len(nodes) == 2:
            return _larger(nodes, terms, compiler)
        case "negate":
            return _apply(compiler, negative, terms[0])
        case "subtract":
            return _apply(
                compiler,
                lambda one, other: add(one, negative(other)) if other.high is not None else _less(one, other),
                *terms,
            )
        case "add":
            function = add
        case "multiply":
            function = multiply
        case "min":
            function = minimum
        case _:
            function = maximum
    return reduce(lambda one, other: _apply(compiler, function, one, other), terms)


def _larger(nodes: tuple[Node, ...], terms: list[Code], compiler: _Compiler) -> Code:
    """Of a known figure and what is never below it, the other, unless that lies between bounds."""
    for known, term, node in ((terms[0], terms[1], nodes[1]), (terms[1], terms[0], nodes[0])):
        figure, least = known.value, compiler.leasts.of(node)
        if isinstance(figure, Numbers) and figure.high is None and least is not None and int(figure.low) <= least:
            return _apply(compiler, partial(_unless_known, figure), term)
    return _apply(compiler, maximum, *terms)


def _unless_known(figure: Numbers, column: Numbers) -> Numbers:
    """Of a symbol (writing.py) it is said nonetheless: a compiler makes quicker code of what it knows not to be negative."""
    is_array = isinstance(column.low, np.ndarray)
    return column if column.high is None and is_array else maximum(figure, column)


def _less(one: Numbers, other: Numbers) -> Numbers:
    return Numbers(one.low - other.low) if one.high is None else add(one, negative(other))


def _round(node: ir.Round, compiler: _Compiler) -> Code:
    node = shortened(node, compiler.figures)
    up, down, step, direction = node.up, node.down, node.step, node.direction
    above = compiler.code(node.numerator)
    least, most = compiler.leasts.of(node.numerator), compiler.leasts.most(node.numerator)
    limit = None if least is None or least < 0 or most is None else most * up
    below = _constant(number(1)) if node.denominator is None else compiler.code(node.denominator)

    def round_(numerator: Numbers, denominator: Numbers) -> Numbers:
        return times(rounded(times(numerator, up), times(denominator, down), direction, limit), step)

    return _apply(compiler, round_, above, below)


# branches

Switch = tuple[Node, int] | None


def _rows(
    type_: ir.Type, rows: list[tuple[Node, Node]], otherwise: Node | None, switch: Switch, compiler: _Compiler
) -> Code:
    """The first row whose condition holds; where one may hold, what the rows that may decide have in common."""
    tests: list[Code] = []
    thens: list[Code] = []
    last: Code | None
    for when, then in rows:
        test = compiler.code(when)
        if isinstance(test.value, Truths) and not bool(test.value.may):
            continue
        thens.append(_as_type(compiler.code(then), then.type, type_, compiler))
        if isinstance(test.value, Truths) and test.value.possible is None:  # always taken, if it comes to it
            otherwise, switch, last = None, None, thens.pop()
            break
        tests.append(test)
    else:
        last = None if otherwise is None else _as_type(compiler.code(otherwise), otherwise.type, type_, compiler)
    if not tests:
        assert last is not None, "the rows were proved to cover everything"
        return last
    left = [] if switch is None or last is None else [_left_over(switch, compiler)]
    parts = [*tests, *thens, *left, *([] if last is None else [last])]
    count = len(tests)

    def decide(*found: Any) -> Any:
        rest = list(found[2 * count :])
        reaches = rest.pop(0) if left else None
        return select(list(found[:count]), list(found[count : 2 * count]), reaches, rest[0] if rest else None)

    ways = [way.reach for way in (*thens, *([] if last is None else [last]))]
    return _apply(compiler, decide, *parts)._replace(reach=_union(ways))


def _union(ways: list[int | None]) -> int | None:
    return reduce(lambda one, other: None if one is None or other is None else one | other, ways)


def _left_over(switch: tuple[Node, int], compiler: _Compiler) -> Code:
    """Is an option left that no row asks for?"""
    term, mask = switch
    assert isinstance(term.type, ChoiceType)
    covered = local_bits(mask, term.type, compiler.options)
    return _apply(compiler, lambda column: Truths((column.mask & ~covered) != 0), compiler.code(term))


# members


def _aggregate(node: ir.Aggregate, compiler: _Compiler) -> Code:
    everybody = _constant(truth(True))
    who = everybody if node.where is None else compiler.code(node.where)
    body = everybody if node.body is None else compiler.code(node.body)
    level = PERSON if node.others else HOUSEHOLD
    default = None if node.default is None else compiler.code(node.default)
    who_of, body_of = compiler.spread(who, PERSON), compiler.spread(body, PERSON)
    operator, others = node.operator, node.others

    def gather(batch: Batch) -> tuple[Circle, Any, Any]:
        return Circle(batch.nesting, others), who_of(batch), body_of(batch)

    match operator:
        case "count":
            return Code(level, lambda batch: members.count(*gather(batch)[:2]))
        case "any":
            return Code(level, lambda batch: members.any_of(*gather(batch)))
        case "all":
            return Code(level, lambda batch: members.all_of(*gather(batch)))
        case "sum":
            return Code(level, lambda batch: members.total(*gather(batch)))
    assert default is not None
    if (
        default.level > level
    ):  # a person's formula: what is taken over all is the same for every member, the default isn't
        level = default.level
    smallest, lift = operator == "min", level == PERSON and not others
    default_of = compiler.spread(default, level)

    def extreme(batch: Batch) -> Column:
        circle, meant, values_ = gather(batch)
        own = Lifted(batch.nesting, False) if lift else circle
        return members.extreme(own, meant, values_, default_of(batch), smallest=smallest)  # type: ignore[arg-type]

    return Code(level, extreme)


def _rank(node: ir.Rank, compiler: _Compiler) -> Code:
    who = _constant(truth(True)) if node.where is None else compiler.code(node.where)
    who_of: Any = compiler.spread(who, PERSON)
    key_of: Any = compiler.spread(compiler.code(node.key), PERSON)
    descending = node.descending
    return Code(PERSON, lambda batch: members.rank(batch.nesting, who_of(batch), key_of(batch), descending=descending))
