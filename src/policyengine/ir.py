"""The program a pack is compiled into: a frozen tree, the same for every interpreter.

A number is an integer; its type's `scale` says how many make one unit. The compiler has put `Rescale` wherever two scales
meet, so no node converts silently. A choice is a set of bits, one per option of the program (`Program.options`).
Formulas are total: under complete facts every node has a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from policyengine.source import Source
from policyengine.text import Text
from policyengine.units import Unit
from policyengine.values import Direction, Number

Scope = Literal["area", "household", "person"]
Comparison = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class ConditionType:
    pass


@dataclass(frozen=True, slots=True)
class NumberType:
    unit: Unit
    scale: int  # how many of the integer make one unit


@dataclass(frozen=True, slots=True)
class DateType:
    """A day, as its ordinal."""


@dataclass(frozen=True, slots=True)
class ChoiceType:
    options: tuple[str, ...]


Type = ConditionType | NumberType | DateType | ChoiceType


# nodes


@dataclass(frozen=True, slots=True)
class Constant:
    """value: a truth, a number, a date's ordinal or a choice's bit."""

    type: Type
    value: bool | int
    name: Text | None = None  # what the document calls it (the effective date)


@dataclass(frozen=True, slots=True)
class FactRef:
    type: Type
    id: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class ParameterRef:
    type: Type
    id: str


@dataclass(frozen=True, slots=True)
class VariableRef:
    type: Type
    id: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Logic:
    type: ConditionType
    operator: Literal["and", "or", "not"]
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Both sides are numbers of one unit and scale, dates, or (= and != only) choices."""

    type: ConditionType
    operator: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class OneOf:
    """Is the choice one of these options?"""

    type: ConditionType
    term: Node
    mask: int


@dataclass(frozen=True, slots=True)
class Rescale:
    """The same number on a finer scale."""

    type: NumberType
    term: Node
    factor: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    type: NumberType
    operator: Literal["add", "subtract", "multiply", "min", "max", "negate"]
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """step × rounded(numerator × up ÷ (denominator × down)); a denominator of None is 1."""

    type: NumberType
    numerator: Node
    denominator: Node | None
    up: int
    down: int
    step: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Choose:
    type: Type
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Row:
    when: Node
    then: Node
    provisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The first row whose condition holds. A table with hit policy `unique` has been proved to have disjoint rows.

    otherwise: None where the rows have been proved to cover everything; the last row then needs no test.
    """

    type: Type
    rows: tuple[Row, ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Over the members for whom `where` holds. count has no body; max and min of nobody are `default`."""

    type: Type
    operator: Literal["count", "sum", "any", "all", "max", "min"]
    body: Node | None
    where: Node | None
    default: Node | None
    others: bool  # leave out the person the formula is about


@dataclass(frozen=True, slots=True)
class Rank:
    """1 + how many other members (for whom `where` holds) come before this one; equals in order of member id."""

    type: NumberType
    key: Node
    where: Node | None
    descending: bool


@dataclass(frozen=True, slots=True)
class Band:
    start: int | None  # on the argument's scale; None: no lower end
    inclusive: bool  # does the band include its start
    value: Number  # on the result's scale (lookup) or the rate's (progressive)


@dataclass(frozen=True, slots=True)
class Bands:
    """Look a number up in bands, or charge each band of it at its own rate (progressive)."""

    type: NumberType
    parameter: str
    argument: Node
    bands: tuple[Band, ...]
    progressive: bool


@dataclass(frozen=True, slots=True)
class Cells:
    """Look choices up in a table; `cells` are (bits of the keys, value). A combination without cell is `otherwise`."""

    type: NumberType
    parameter: str
    keys: tuple[Node, ...]
    cells: tuple[tuple[tuple[int, ...], Number], ...]
    otherwise: Number | None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Whole years, months or days from one date to another; 0 if it lies before. 29 February counts from 1 March."""

    type: NumberType
    unit: Literal["years", "months", "days"]
    start: Node
    end: Node


@dataclass(frozen=True, slots=True)
class DatePart:
    """The year, month or day of the month of a date."""

    type: NumberType
    part: Literal["year", "month", "day"]
    term: Node


@dataclass(frozen=True, slots=True)
class IsKnown:
    """Is a value stated for an optional fact? False where its absence is stated, unknown where nothing is."""

    type: ConditionType
    fact: FactRef


Node = (
    Constant
    | FactRef
    | ParameterRef
    | VariableRef
    | Logic
    | Compare
    | OneOf
    | Rescale
    | Arithmetic
    | Round
    | Choose
    | Table
    | Aggregate
    | Rank
    | Bands
    | Cells
    | Elapsed
    | DatePart
    | IsKnown
)


# declarations


@dataclass(frozen=True, slots=True)
class Fact:
    """range: what the fact can be at all (a number, or the bits of a choice's options)."""

    id: str
    scope: Scope
    type: Type
    range: Number
    optional: bool
    label: Text
    place: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """value: the figure in force on the effective date; an interval where the document gives a bound or nothing.

    stated: how the document puts it. allowed: what a caller may supply. from_supplement: the grade and source of a
    published figure that stands in for a missing one.
    """

    id: str
    type: Type
    value: Number
    stated: Literal["exact", "at least", "at most", "between", "not stated"]
    allowed: Number
    label: Text
    provisions: tuple[str, ...] = ()
    is_reading: bool = False
    default: int | None = None  # a reading's default option
    needs: Text | None = None
    why: Text | None = None
    supplement: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """role: what the variable stands for; those made by the compiler (a benefit's eligibility …) have their own words."""

    id: str
    scope: Scope
    type: Type
    node: Node
    label: Text
    provisions: tuple[str, ...] = ()
    role: Literal["variable", "eligible", "amount", "granted", "capped", "received", "paid", "left", "indicator"] = (
        "variable"
    )
    place: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Benefit:
    """eligible and amount name variables; amount is None for a benefit without one."""

    id: str
    scope: Scope
    kind: str
    label: Text
    eligible: str
    amount: str | None
    period: str | None
    payer: Text | None
    items: tuple[Text, ...]
    open_list: bool
    provisions: tuple[str, ...]
    note: Text | None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """applies, met, measure and target name variables; `gap` is measure - target."""

    id: str
    scope: Scope
    label: Text
    met: str
    applies: str | None
    measure: str | None
    target: str | None
    operator: Comparison | None
    provisions: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """A pack as it is in force on one date. `variables` stand in order: each after those it needs."""

    pack: str
    label: Text
    effective: date
    digest: str  # of the pack it was compiled from
    options: tuple[str, ...]  # bit i of a choice is options[i]
    option_labels: dict[tuple[str, str], Text]  # (fact, reading or variable, option)
    facts: tuple[Fact, ...]
    parameters: tuple[Parameter, ...]
    variables: tuple[Variable, ...]
    benefits: tuple[Benefit, ...]
    indicators: tuple[Indicator, ...]
    table_labels: dict[str, Text] = field(default_factory=dict)  # of scales and tables
    places: dict[str, str] = field(default_factory=dict)  # provision id -> place in the document
    notice: Text | None = (
        None  # what a reader has to know of this date: it lies before the document was issued, or beyond its term
    )


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order they are written."""
    match node:
        case Constant() | FactRef() | ParameterRef() | VariableRef():
            return ()
        case Logic(terms=terms) | Arithmetic(terms=terms):
            return terms
        case Compare(left=left, right=right):
            return left, right
        case OneOf(term=term) | Rescale(term=term) | DatePart(term=term):
            return (term,)
        case Round(numerator=numerator, denominator=denominator):
            return (numerator,) if denominator is None else (numerator, denominator)
        case Choose(condition=condition, then=then, otherwise=otherwise):
            return condition, then, otherwise
        case Table(rows=rows, otherwise=otherwise):
            below = tuple(node for row in rows for node in (row.when, row.then))
            return below if otherwise is None else (*below, otherwise)
        case Aggregate(body=body, where=where, default=default):
            return tuple(part for part in (where, body, default) if part is not None)
        case Rank(key=key, where=where):
            return (key,) if where is None else (where, key)
        case Bands(argument=argument):
            return (argument,)
        case Cells(keys=keys):
            return keys
        case Elapsed(start=start, end=end):
            return start, end
        case IsKnown(fact=fact):
            return (fact,)


def with_children(node: Node, parts: tuple[Node, ...]) -> Node:
    """The node with other nodes directly below, as many as `children` gives and in its order."""
    match node:
        case Constant() | FactRef() | ParameterRef() | VariableRef():
            return node
        case Logic() | Arithmetic():
            return replace(node, terms=parts)
        case Compare():
            return replace(node, left=parts[0], right=parts[1])
        case OneOf() | Rescale() | DatePart():
            return replace(node, term=parts[0])
        case Round():
            return replace(node, numerator=parts[0], denominator=parts[1] if len(parts) > 1 else None)
        case Choose():
            return replace(node, condition=parts[0], then=parts[1], otherwise=parts[2])
        case Table(rows=rows):
            pairs = zip(rows, parts[0::2], parts[1::2])
            changed = tuple(replace(row, when=when, then=then) for row, when, then in pairs)
            return replace(node, rows=changed, otherwise=parts[-1] if len(parts) % 2 else None)
        case Aggregate(body=body, where=where, default=default):
            left = iter(parts)
            condition, inner, other = (None if part is None else next(left) for part in (where, body, default))
            return replace(node, where=condition, body=inner, default=other)
        case Rank():
            return replace(node, key=parts[-1], where=parts[0] if len(parts) > 1 else None)
        case Bands():
            return replace(node, argument=parts[0])
        case Cells():
            return replace(node, keys=parts)
        case Elapsed():
            return replace(node, start=parts[0], end=parts[1])
        case IsKnown():
            assert isinstance(parts[0], FactRef)
            return replace(node, fact=parts[0])


def walk(node: Node) -> list[Node]:
    """The node and all below it, depth first."""
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(reversed(children(current)))
    return found


def switch(node: Table) -> tuple[Node, int] | None:
    """If every row asks for options of one choice: that choice, and the options that the rows cover together.

    Kleene's logic doesn't see that `x = a or x = b` holds when only a and b are left; this does.
    """
    tests = [row.when for row in node.rows]
    first = tests[0]
    if not isinstance(first, OneOf) or not all(isinstance(test, OneOf) and test.term == first.term for test in tests):
        return None
    mask = 0
    for test in tests:
        assert isinstance(test, OneOf)
        mask |= test.mask
    return first.term, mask
