"""Random formulas: well-typed trees of every kind of node, as the compiler makes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import product
from math import lcm

from drawing import (
    CHOICES,
    COMMON_UNITS,
    CONDITION,
    DATE,
    EFFECTIVE,
    PRODUCTS,
    QUOTIENTS,
    SCALES,
    STEPS,
    YUAN_EACH,
    Source,
    bits,
    figure,
    mask_of,
)
from policyengine import ir, values
from policyengine.compiler.scene import Quotient, joined_type, rescaled, round_to
from policyengine.ir import ChoiceType, ConditionType, DateType, Node, NumberType, Scope
from policyengine.text import Text
from policyengine.units import DAYS, MONTHS, PERSONS, RANK, RATIO, YEARS, YUAN, Unit
from policyengine.values import Number


def number_type(node: Node) -> NumberType:
    assert isinstance(node.type, NumberType)
    return node.type


def aligned(nodes: Sequence[Node]) -> list[Node]:
    """On one scale, as the compiler brings the sides of a comparison or sum together."""
    scale = lcm(*(number_type(node).scale for node in nodes))
    return [rescaled(node, scale) for node in nodes]


class Formulas:
    """Makes formulas of a wanted type for a scope; `leaves` and `optional` hold what may be named in each scope.

    depth: how many more levels may stand below; what is asked for at 0 is a leaf, or nearly so.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.leaves: defaultdict[tuple[Scope, Hashable], list[Node]] = defaultdict(list)
        self.optional: defaultdict[Scope, list[ir.FactRef]] = defaultdict(list)

    def node(self, type_: ir.Type, scope: Scope, depth: int) -> Node:
        match type_:
            case NumberType(unit=unit):
                return self.number(unit, scope, depth)
            case ConditionType():
                return self.condition(scope, depth)
            case DateType():
                return self.date(scope, depth)
            case ChoiceType():
                return self.choice(type_, scope, depth)

    def leaf(self, key: Hashable, scope: Scope) -> Node | None:
        """A fact, parameter or variable; None for a constant."""
        known = self.leaves.get((scope, key))
        return None if not known or self.source.chance(15) else self.source.pick(known)

    def unit(self, scope: Scope) -> Unit:
        """A unit to make a number of: mostly one that something known has."""
        if self.source.chance(30):
            return self.source.pick((*COMMON_UNITS, YEARS, MONTHS, DAYS, *((RANK,) * 4 if scope == "person" else ())))
        return self.source.pick([unit for unit in COMMON_UNITS if self.leaves.get((scope, unit))] or COMMON_UNITS)

    def condition(self, scope: Scope, depth: int) -> Node:
        source = self.source
        if depth <= 0 or source.chance(15):
            if depth > -2 and source.chance(30):
                return self.compared(scope, depth)
            return self.leaf(CONDITION, scope) or ir.Constant(CONDITION, source.pick((True, False)))
        ways = [self.compared, self.connected, self.inverted, self.listed, self.compared, self.connected]
        ways += [lambda *a: self.chosen(CONDITION, *a), lambda *a: self.table(CONDITION, *a)]
        ways += [self.of_an_age]
        if scope != "area":
            ways += [self.any_or_all, self.any_or_all]
        if scope == "person":
            ways += [self.ranked]
        if self.optional[scope]:
            ways += [self.stated, self.stated]
        return source.pick(ways)(scope, depth - 1)

    def connected(self, scope: Scope, depth: int) -> Node:
        terms = tuple(self.condition(scope, depth) for _ in range(2 + self.source.below(2)))
        return ir.Logic(CONDITION, self.source.pick(("and", "or")), terms)

    def inverted(self, scope: Scope, depth: int) -> Node:
        return ir.Logic(CONDITION, "not", (self.condition(scope, depth),))

    def stated(self, scope: Scope, depth: int) -> Node:
        return ir.IsKnown(CONDITION, self.source.pick(self.optional[scope]))

    def listed(self, scope: Scope, depth: int) -> Node:
        type_ = self.source.pick(CHOICES)
        return ir.OneOf(CONDITION, self.choice(type_, scope, depth), self.options_of(type_))

    def options_of(self, type_: ChoiceType) -> int:
        """Some of a choice's options."""
        every = bits(mask_of(type_))
        return self.source.pick(every) | self.source.pick(every)

    def compared(self, scope: Scope, depth: int) -> Node:
        source = self.source
        kind = source.pick(("number", "number", "number", "date", "choice"))
        if kind == "choice":
            type_ = source.pick(CHOICES)
            sides = [
                self.choice(type_, scope, depth),
                self.choice(source.pick((type_, source.pick(CHOICES))), scope, depth - 1),
            ]
            return ir.Compare(CONDITION, source.pick(("=", "!=")), *sides)
        operator = source.pick(("<", "<=", ">", ">=", "=", "!="))
        if kind == "date":
            return ir.Compare(CONDITION, operator, self.date(scope, depth), self.date(scope, depth - 1))
        unit = self.unit(scope)
        sides = aligned([self.number(unit, scope, depth), self.number(unit, scope, depth - 1)])
        return ir.Compare(CONDITION, operator, *sides)

    def of_an_age(self, scope: Scope, depth: int) -> Node:
        unit = self.source.pick((YEARS, MONTHS, DAYS))
        part = self.source.pick((self.elapsed, self.elapsed, self.part_of_date))(unit, scope, depth)
        return ir.Compare(CONDITION, self.source.pick((">=", "<", "=")), part, self.constant(number_type(part)))

    def ranked(self, scope: Scope, depth: int) -> Node:
        rank = self.rank(RANK, scope, depth)
        return ir.Compare(CONDITION, self.source.pick(("<=", ">", "=")), rank, self.constant(number_type(rank)))

    def any_or_all(self, scope: Scope, depth: int) -> Node:
        operator = self.source.pick(("any", "all"))
        return ir.Aggregate(
            CONDITION, operator, self.condition("person", depth), self.where(depth), None, self.others(scope)
        )

    def where(self, depth: int) -> Node | None:
        return self.condition("person", depth) if self.source.chance(50) else None

    def others(self, scope: Scope) -> bool:
        return scope == "person" and self.source.chance(40)

    def date(self, scope: Scope, depth: int) -> Node:
        if depth <= 0 or self.source.chance(50):
            return self.leaf(DATE, scope) or self.constant(DATE)
        return self.source.pick((self.chosen, self.table))(DATE, scope, depth - 1)

    def choice(self, type_: ChoiceType, scope: Scope, depth: int) -> Node:
        if depth <= 0 or self.source.chance(40):
            return self.leaf(type_, scope) or ir.Constant(type_, self.source.pick(bits(mask_of(type_))))
        return self.source.pick((self.chosen, self.table))(type_, scope, depth - 1)

    def constant(self, type_: NumberType | DateType) -> ir.Constant:
        name = Text("判断日", "effective date") if isinstance(type_, DateType) and self.source.chance(30) else None
        return ir.Constant(type_, EFFECTIVE.toordinal() if name else figure(self.source, type_), name)

    def chosen(self, type_: ir.Type, scope: Scope, depth: int) -> Node:
        then, otherwise = self.branches(type_, scope, depth, 2)
        return ir.Choose(joined_type([then, otherwise]), self.condition(scope, depth), then, otherwise)

    def branches(self, type_: ir.Type, scope: Scope, depth: int, count: int) -> list[Node]:
        """Results of one type; of a choice, some may have fewer options."""
        if isinstance(type_, ChoiceType):
            some = [kind for kind in CHOICES if set(kind.options) <= set(type_.options)]
            return [self.choice(self.source.pick((type_, *some)), scope, depth) for _ in range(count)]
        nodes = [self.node(type_, scope, depth) for _ in range(count)]
        return aligned(nodes) if isinstance(type_, NumberType) else nodes

    def table(self, type_: ir.Type, scope: Scope, depth: int) -> Node:
        """Rows with `otherwise`, or rows that cover everything: a last one that always holds, both sides of a question, a switch."""
        source, depth = self.source, depth - 1
        cover = source.pick(("otherwise", "always", "both", "switch"))
        tests: list[Node] = [self.condition(scope, depth) for _ in range(1 + source.below(2))]
        if cover == "always":
            tests.append(ir.Constant(CONDITION, True))
        elif cover == "both":
            tests = [*tests[:1], ir.Logic(CONDITION, "not", (tests[0],))]
        elif cover == "switch":
            options = source.pick(CHOICES)
            term, first = self.choice(options, scope, depth), self.options_of(options)
            tests = [
                ir.OneOf(CONDITION, term, mask)
                for mask in (first, mask_of(options) & ~first, self.options_of(options))
                if mask
            ]
        whole = cover in ("always", "both") or (cover == "switch" and source.chance(50))
        results = self.branches(type_, scope, depth, len(tests) + (not whole))
        rows = tuple(ir.Row(when, then) for when, then in zip(tests, results))
        return ir.Table(joined_type(results), rows, None if whole else results[-1])

    # numbers

    def number(self, unit: Unit, scope: Scope, depth: int) -> Node:
        if depth <= 0 or self.source.chance(20):
            return self.leaf(unit, scope) or self.constant(NumberType(unit, SCALES[unit][0]))
        ways = [
            self.extreme,
            self.total,
            self.product,
            self.quotient,
            self.extreme,
            self.total,
            self.product,
            self.quotient,
        ]
        ways += [
            self.negated,
            self.finer,
            self.looked_up,
            self.progressive,
            self.cells,
            self.choose_number,
            self.table_of_numbers,
        ]
        if scope != "area":
            ways += [self.extreme_of_members] + ([self.sum_of_members] * 2 if unit != YUAN_EACH else [])
            ways += [self.count] * 10 if unit == PERSONS else []
        if unit == RANK and scope == "person":
            ways += [self.rank] * 40
        if unit.is_duration:
            ways += [self.elapsed] * 10 + [self.part_of_date] * 5
        return self.source.pick(ways)(unit, scope, depth - 1)

    def some(self, unit: Unit, scope: Scope, depth: int, count: int) -> list[Node]:
        return aligned([self.number(unit, scope, depth) for _ in range(count)])

    def extreme(self, unit: Unit, scope: Scope, depth: int) -> Node:
        terms = self.some(unit, scope, depth, 2 + self.source.below(2))
        return ir.Arithmetic(number_type(terms[0]), self.source.pick(("min", "max")), tuple(terms))

    def total(self, unit: Unit, scope: Scope, depth: int) -> Node:
        operator = self.source.pick(("add", "subtract"))
        terms = self.some(unit, scope, depth, 2)
        return ir.Arithmetic(number_type(terms[0]), operator, tuple(terms))

    def negated(self, unit: Unit, scope: Scope, depth: int) -> Node:
        term = self.number(unit, scope, depth)
        return ir.Arithmetic(number_type(term), "negate", (term,))

    def finer(self, unit: Unit, scope: Scope, depth: int) -> Node:
        term = self.number(unit, scope, depth)
        return rescaled(term, number_type(term).scale * self.source.pick((10, 100, 3)))

    def product(self, unit: Unit, scope: Scope, depth: int) -> Node:
        left, right = (self.number(part, scope, depth) for part in self.source.pick(PRODUCTS[unit]))
        type_ = NumberType(unit, number_type(left).scale * number_type(right).scale)
        return ir.Arithmetic(type_, "multiply", (left, right))

    def quotient(self, unit: Unit, scope: Scope, depth: int) -> Node:
        """A rounding, mostly of a quotient."""
        source = self.source
        above, below = source.pick(QUOTIENTS[unit])
        numerator = self.number(above, scope, depth)
        value = numerator if below is None else Quotient(numerator, self.positive(below, scope, depth), (0, 1))
        return round_to(value, source.pick(STEPS), source.pick(("half_up", "up", "down", "half_even")))

    def positive(self, unit: Unit, scope: Scope, depth: int) -> Node:
        """A divisor that is above zero whatever the facts are."""
        one = ir.Constant(NumberType(unit, 1), 1 + self.source.below(3))
        if unit == PERSONS and scope != "area" and self.source.chance(50):
            return ir.Aggregate(NumberType(PERSONS, 1), "count", None, None, None, False)
        if self.source.chance(20):
            return one
        terms = aligned([self.number(unit, scope, depth), one])
        return ir.Arithmetic(number_type(terms[0]), "max", tuple(terms))

    def choose_number(self, unit: Unit, scope: Scope, depth: int) -> Node:
        return self.chosen(NumberType(unit, 1), scope, depth)

    def table_of_numbers(self, unit: Unit, scope: Scope, depth: int) -> Node:
        return self.table(NumberType(unit, 1), scope, depth)

    def sum_of_members(self, unit: Unit, scope: Scope, depth: int) -> Node:
        body = self.number(YUAN_EACH if unit == YUAN else unit, "person", depth)
        return ir.Aggregate(
            NumberType(unit, number_type(body).scale), "sum", body, self.where(depth), None, self.others(scope)
        )

    def count(self, unit: Unit, scope: Scope, depth: int) -> Node:
        return ir.Aggregate(NumberType(PERSONS, 1), "count", None, self.where(depth), None, self.others(scope))

    def extreme_of_members(self, unit: Unit, scope: Scope, depth: int) -> Node:
        body, default = aligned([self.number(unit, "person", depth), self.number(unit, scope, depth - 1)])
        operator = self.source.pick(("max", "min"))
        return ir.Aggregate(body.type, operator, body, self.where(depth), default, self.others(scope))

    def rank(self, unit: Unit, scope: Scope, depth: int) -> Node:
        key = (
            self.date("person", depth) if self.source.chance(40) else self.number(self.unit("person"), "person", depth)
        )
        return ir.Rank(NumberType(RANK, 1), key, self.where(depth), self.source.chance(50))

    def elapsed(self, unit: Unit, scope: Scope, depth: int) -> Node:
        word = {"year": "years", "month": "months", "day": "days"}[unit.dims[0][0]]
        return ir.Elapsed(NumberType(unit, 1), word, self.date(scope, depth), self.date(scope, depth - 1))  # type: ignore[arg-type]

    def part_of_date(self, unit: Unit, scope: Scope, depth: int) -> Node:
        return ir.DatePart(NumberType(unit, 1), unit.dims[0][0], self.date(scope, depth))  # type: ignore[arg-type]

    def looked_up(self, unit: Unit, scope: Scope, depth: int) -> Node:
        argument = self.number(self.unit(scope), scope, depth)
        type_ = NumberType(unit, SCALES[unit][0])
        return self.bands(type_, argument, type_, progressive=False)

    def progressive(self, unit: Unit, scope: Scope, depth: int) -> Node:
        argument = self.number(unit, scope, depth)
        rate = NumberType(RATIO, self.source.pick(SCALES[RATIO]))
        return self.bands(rate, argument, NumberType(unit, rate.scale), progressive=True)

    def bands(self, value: NumberType, argument: Node, type_: NumberType, progressive: bool) -> Node:
        asked = NumberType(number_type(argument).unit, SCALES[number_type(argument).unit][0])
        scale = lcm(number_type(argument).scale, asked.scale)
        argument = rescaled(argument, scale)
        starts = sorted({figure(self.source, asked) for _ in range(1 + self.source.below(4))})
        first = self.source.chance(40)
        rows = tuple(
            ir.Band(
                None if first and index == 0 else start * (scale // asked.scale),
                self.source.chance(50) or (first and index == 0),
                self.figure_or_bound(value),
            )
            for index, start in enumerate(starts)
        )
        if progressive:
            type_ = NumberType(type_.unit, scale * value.scale)
        return ir.Bands(type_, "scale", argument, rows, progressive)

    def cells(self, unit: Unit, scope: Scope, depth: int) -> Node:
        source, type_ = self.source, NumberType(unit, SCALES[unit][0])
        kinds = [source.pick(CHOICES) for _ in range(1 + source.below(2))]
        every = [tuple(key) for key in product(*(bits(mask_of(kind)) for kind in kinds))]
        otherwise = self.figure_or_bound(type_) if source.chance(60) else None
        kept = [key for key in every if otherwise is None or not source.chance(30)]
        cells = tuple((key, self.figure_or_bound(type_)) for key in sorted(kept))
        return ir.Cells(type_, "cells", tuple(self.choice(kind, scope, depth) for kind in kinds), cells, otherwise)

    def figure_or_bound(self, type_: NumberType) -> Number:
        """A figure of a scale or table; of a bound nothing below zero is meant."""
        source, first = self.source, figure(self.source, type_)
        kind = source.pick(("exact", "exact", "exact", "at least", "between", "not stated"))
        if kind == "exact" or first < 0:
            return first
        return {"at least": (first, None), "between": values.interval(first, first + 1 + source.below(50))}.get(
            kind, (0, None)
        )
