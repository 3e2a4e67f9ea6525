"""What a program means in exact integers for z3: one term a node, over a household of a given size whose facts are free.

Facts are complete here: each has one value in its range (an optional fact may be stated to be absent). Figures that the
plan bounds or doesn't state, and readings, are free within what is allowed. A number is an integer on its type's scale,
a day its ordinal, a choice the number of its option, the same in every program.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import z3

from policyengine import ir, values
from policyengine.interpreters.lookups import whole
from policyengine.interpreters.verification_terms import COMPARED, Term, goes_up, hull, quotient, split, total
from policyengine.ir import ChoiceType, ConditionType, DateType, Node, NumberType
from policyengine.limits import closed
from policyengine.values import Number

Member = int | None  # a member's position in order of id; None: the household or area
Span = tuple[date, date]  # the first and last day
MOST_SPLIT = 12  # a divisor or factor with up to so many values is told apart case by case, which keeps terms linear

_OPTIONS: dict[str, int] = {}
_fresh = count()


def option_number(option: str) -> int:
    """The number of an option, the same wherever it stands."""
    return _OPTIONS.setdefault(option, len(_OPTIONS))


class World:
    """A program over `size` members. Facts, figures and readings of one id are the same constants in every world of
    the same `name`, so two programs are compared over one household, and one program over two households.

    during: spans of days, each with its first and last, on which the program says the same: then the effective date is any
    of them. sharing: a world whose figures, readings and date hold here too.
    limits: what the constants used so far may be; it grows as terms are asked for (the date has its own: `days`).
    """

    def __init__(
        self,
        program: ir.Program,
        size: int,
        *,
        name: str = "",
        during: tuple[Span, ...] = (),
        sharing: World | None = None,
    ) -> None:
        self.program, self.size, self.name = program, size, name
        self.during: tuple[Span, ...] = during if sharing is None else sharing.during
        self.effective: Term | None = None  # the effective date, where a term has asked for one that is free
        self.limits: list[Term] = []
        self.facts: dict[tuple[str, Member], Term] = {}
        self.stated: dict[tuple[str, Member], Term] = {}  # of optional facts: is there such a thing?
        self.parameters: dict[str, Term] = {}
        self.sharing = sharing
        self.replaced: dict[str, Term] = {}  # figures and readings that stand for those of the program, by id
        self._variables = {item.id: item for item in program.variables}
        self._facts = {item.id: item for item in program.facts}
        self._parameters = {item.id: item for item in program.parameters}
        self._terms: dict[tuple[int, Member], Term] = {}
        self._named: dict[tuple[str, Member], Term] = {}
        self._days: dict[Any, tuple[Term, Term, Term]] = {}

    # what can be asked for

    def variable(self, name: str, member: Member = None) -> Term:
        """A variable of a member (or, member None, of the household or area)."""
        variable = self._variables[name]
        whose = member if variable.scope == "person" else None
        found = self._named.get((name, whose))
        if found is None:
            found = self._named[name, whose] = self.value(variable.node, whose)
        return found

    def fact(self, name: str, member: Member = None) -> Term:
        fact = self._facts[name]
        whose = member if fact.scope == "person" else None
        if (name, whose) not in self.facts:
            term = self._constant(f"{self.name}{name}{_whose(whose)}", fact.type)
            self.facts[name, whose] = term
            self._limit(term, fact.type, fact.range, fact.scope == "area")
        return self.facts[name, whose]

    def parameter(self, name: str) -> Term:
        """A figure or reading: the plan's own where it states it exactly, otherwise free within what is allowed."""
        if name in self.replaced:
            return self.replaced[name]
        if self.sharing is not None:
            return self.sharing.parameter(name)
        item = self._parameters[name]
        if not isinstance(item.type, ChoiceType) and isinstance(item.value, int):
            return z3.IntVal(item.value)
        if name not in self.parameters:
            term = self.parameters[name] = self._constant(f"{self.name}{name}", item.type)
            allowed = item.allowed if item.is_reading else values.meet(item.value, item.allowed)
            assert allowed is not None, "a figure lies within what is allowed"
            self._limit(term, item.type, allowed, area=False)
        return self.parameters[name]

    def day(self) -> Term:
        """The effective date of a world whose date is free."""
        if self.sharing is not None:
            return self.sharing.day()
        if self.effective is None:
            self.effective = z3.Int("effective date")
        return self.effective

    def days(self) -> list[Term]:
        """That the effective date, if it has been asked for, is one of those it may be."""
        if self.effective is None:
            return []
        spans = [(first.toordinal(), last.toordinal()) for first, last in self.during]
        return [z3.Or(*(z3.And(self.effective >= first, self.effective <= last) for first, last in spans))]

    def option(self, option: str) -> Term:
        return z3.IntVal(option_number(option))

    def defaults(self) -> list[Term]:
        """That every reading used so far is taken as it is by default."""
        found = []
        for name, term in self.parameters.items():
            default = self._parameters[name].default
            if default is not None:
                found.append(term == self._mask_number(default))
        return found

    def all_stated(self) -> list[Term]:
        """That no optional fact used so far is absent."""
        return list(self.stated.values())

    # nodes

    def value(self, node: Node, member: Member = None) -> Term:
        """The term of a node in a member's or (None) the household's environment."""
        key = (id(node), member)
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = self._value(node, member)
        return found

    def _value(self, node: Node, member: Member) -> Term:
        match node:
            case ir.Constant(type=DateType(), name=name) if name is not None and self.during:
                return self.day()
            case ir.Constant(type=type_, value=value):
                return self.literal(type_, value)
            case ir.FactRef(id=name):
                return self.fact(name, member)
            case ir.ParameterRef(id=name):
                return self.parameter(name)
            case ir.VariableRef(id=name):
                return self.variable(name, member)
            case ir.Logic(operator=operator, terms=terms):
                parts = [self.value(term, member) for term in terms]
                return z3.Not(parts[0]) if operator == "not" else (z3.And if operator == "and" else z3.Or)(*parts)
            case ir.Compare(operator=operator, left=left, right=right):
                return COMPARED[operator](self.value(left, member), self.value(right, member))
            case ir.OneOf(term=term, mask=mask):
                inner = self.value(term, member)
                return z3.Or(*(inner == number for number in self._numbers(mask)))
            case ir.Rescale(term=term, factor=factor):
                return self.value(term, member) * factor
            case ir.Arithmetic():
                return self._arithmetic(node, member)
            case ir.Round():
                return self._round(node, member)
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                return z3.If(self.value(condition, member), self.value(then, member), self.value(otherwise, member))
            case ir.Table(rows=rows, otherwise=otherwise):
                last = rows[-1].then if otherwise is None else otherwise
                term = self.value(last, member)
                for row in reversed(rows if otherwise is not None else rows[:-1]):
                    term = z3.If(self.value(row.when, member), self.value(row.then, member), term)
                return term
            case ir.Aggregate():
                return self._aggregate(node, member)
            case ir.Rank():
                return self._rank(node, member)
            case ir.Bands():
                return self._bands(node, member)
            case ir.Cells():
                return self._cells(node, member)
            case ir.Elapsed():
                return self._elapsed(node, member)
            case ir.DatePart(part=part, term=term):
                return self._civil(self.value(term, member))[("year", "month", "day").index(part)]
            case ir.IsKnown(fact=fact):
                return self._is_stated(fact, member)

    def literal(self, type_: ir.Type, value: bool | int) -> Term:
        match type_:
            case ConditionType():
                return z3.BoolVal(bool(value))
            case ChoiceType():
                return self._mask_number(int(value))
            case _:
                return z3.IntVal(value)

    def _is_stated(self, fact: ir.FactRef, member: Member) -> Term:
        key = (fact.id, member if fact.scope == "person" else None)
        if key not in self.stated:
            self.stated[key] = z3.Bool(f"{self.name}{fact.id}?{_whose(key[1])}")
            self.fact(fact.id, member)
        return self.stated[key]

    def _arithmetic(self, node: ir.Arithmetic, member: Member) -> Term:
        parts = [self.value(term, member) for term in node.terms]
        match node.operator:
            case "add":
                return z3.Sum(*parts)
            case "subtract":
                return parts[0] - parts[1]
            case "negate":
                return -parts[0]
            case "multiply":
                first, second = node.terms
                if (few := self.few(first)) is not None and not z3.is_int_value(parts[0]):
                    return split(parts[0], few, lambda factor: parts[1] * factor)
                if (few := self.few(second)) is not None and not z3.is_int_value(parts[1]):
                    return split(parts[1], few, lambda factor: parts[0] * factor)
                return parts[0] * parts[1]
            case "min" | "max":
                best = parts[0]
                for part in parts[1:]:
                    best = z3.If(best <= part if node.operator == "min" else best >= part, best, part)
                return best

    def _round(self, node: ir.Round, member: Member) -> Term:
        above = self.value(node.numerator, member) * node.up
        below = node.down
        if node.denominator is None:
            return node.step * quotient(above, below, node.direction)
        divisor = z3.simplify(self.value(node.denominator, member))
        if z3.is_int_value(divisor):
            return node.step * quotient(above, below * divisor.as_long(), node.direction)
        few = self.few(node.denominator)
        if few is not None:
            return node.step * split(
                divisor, [part for part in few if part > 0], lambda part: quotient(above, below * part, node.direction)
            )
        return node.step * self._quotient_of(above, divisor * below, node.direction)

    def _quotient_of(self, above: Term, divisor: Term, direction: str) -> Term:
        """A quotient by a term that can be many values: named, and defined by what it leaves."""
        size = z3.If(above >= 0, above, -above)
        whole_part, rest = z3.Int(f"quotient!{next(_fresh)}"), z3.Int(f"rest!{next(_fresh)}")
        self.limits += [size == whole_part * divisor + rest, rest >= 0, rest < divisor, whole_part >= 0]
        result = whole_part + z3.If(goes_up(whole_part, rest, divisor, direction), 1, 0)
        return z3.If(above >= 0, result, -result)

    def _aggregate(self, node: ir.Aggregate, member: Member) -> Term:
        chosen = [
            (other, z3.BoolVal(True) if node.where is None else self.value(node.where, other))
            for other in range(self.size)
            if not (node.others and other == member)
        ]
        if node.operator == "count":
            return z3.IntVal(len(chosen)) if node.where is None else total(z3.If(counts, 1, 0) for _, counts in chosen)
        assert node.body is not None
        parts = [(counts, self.value(node.body, other)) for other, counts in chosen]
        match node.operator:
            case "sum":
                return total(z3.If(counts, part, 0) for counts, part in parts)
            case "any":
                return z3.Or(*(z3.And(counts, part) for counts, part in parts))
            case "all":
                return z3.And(*(z3.Implies(counts, part) for counts, part in parts))
        assert node.default is not None
        best, found = self.value(node.default, member), z3.BoolVal(False)
        for counts, part in parts:
            better = part < best if node.operator == "min" else part > best
            best = z3.If(z3.And(counts, z3.Or(z3.Not(found), better)), part, best)
            found = z3.Or(found, counts)
        return best

    def _rank(self, node: ir.Rank, member: Member) -> Term:
        assert member is not None
        mine, before = self.value(node.key, member), [z3.IntVal(1)]
        for other in range(self.size):
            if other == member:
                continue
            theirs = self.value(node.key, other)
            ahead = mine < theirs if node.descending else theirs < mine
            if other < member:
                ahead = z3.Or(ahead, mine == theirs)
            if node.where is not None:
                ahead = z3.And(self.value(node.where, other), ahead)
            before.append(z3.If(ahead, 1, 0))
        return z3.Sum(*before)

    def _bands(self, node: ir.Bands, member: Member) -> Term:
        argument = self.value(node.argument, member)
        figures = [self._figure(f"{node.parameter}[{index}]", band.value) for index, band in enumerate(node.bands)]
        if node.progressive:
            starts = [0 if band.start is None else band.start for band in node.bands]
            parts = []
            for start, end, figure in zip(starts, [*starts[1:], None], figures):
                upper = argument if end is None else z3.If(argument < end, argument, end)
                parts.append(z3.If(upper > start, (upper - start) * figure, 0))
            return z3.Sum(*parts)
        found = figures[0]
        for band, figure in zip(node.bands, figures):
            if band.start is None:
                found = figure
            else:
                found = z3.If(argument >= band.start if band.inclusive else argument > band.start, figure, found)
        return found

    def _cells(self, node: ir.Cells, member: Member) -> Term:
        keys = [self.value(key, member) for key in node.keys]
        cells = [
            (bits, self._figure(f"{node.parameter}[{index}]", value)) for index, (bits, value) in enumerate(node.cells)
        ]
        if node.otherwise is not None:
            found = self._figure(f"{node.parameter}[]", node.otherwise)
        else:
            found = cells[-1][1]
        for bits, figure in cells:
            found = z3.If(z3.And(*(key == self._mask_number(bit) for key, bit in zip(keys, bits))), figure, found)
        return found

    def _figure(self, name: str, value: Number) -> Term:
        """A figure of a scale or table; where it has bounds, any within them."""
        if isinstance(value, int):
            return z3.IntVal(value)
        term, (low, high) = z3.Int(f"{(self.sharing or self).name}{name}"), value
        self.limits += ([term >= low] if low is not None else []) + ([term <= high] if high is not None else [])
        return term

    def _elapsed(self, node: ir.Elapsed, member: Member) -> Term:
        start, end = self.value(node.start, member), self.value(node.end, member)
        if z3.is_int_value(start) and z3.is_int_value(end):
            return z3.IntVal(whole(node.unit, start.as_long(), end.as_long()))
        if node.unit == "days":
            return z3.If(end > start, end - start, 0)
        (year, month, day), (to_year, to_month, to_day) = self._civil(start), self._civil(end)
        if node.unit == "years":
            passed = to_year - year - z3.If(32 * to_month + to_day < 32 * month + day, 1, 0)
        else:
            passed = (to_year - year) * 12 + to_month - month - z3.If(to_day < day, 1, 0)
        return z3.If(end > start, passed, 0)

    def _civil(self, ordinal: Term) -> tuple[Term, Term, Term]:
        """Year, month and day of the month, by whole quotients alone: the year is taken to begin in March."""
        found = self._days.get(ordinal)
        if found is None:
            passed = ordinal + 305  # days since 1 March of the year 0
            era = passed / 146097
            of_era = passed - era * 146097
            of_era_years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365
            of_year = of_era - (365 * of_era_years + of_era_years / 4 - of_era_years / 100)
            since_march = (5 * of_year + 2) / 153
            month = z3.If(since_march < 10, since_march + 3, since_march - 9)
            day = of_year - (153 * since_march + 2) / 5 + 1
            year = era * 400 + of_era_years + z3.If(month <= 2, 1, 0)
            found = self._days[ordinal] = year, month, day
        return found

    def few(self, node: Node) -> list[int] | None:
        """The values that a whole number can have, where they are few whatever the facts are."""
        span = self._span(node)
        if span is None or span[1] - span[0] >= MOST_SPLIT:
            return None
        return list(range(span[0], span[1] + 1))

    def _span(self, node: Node) -> tuple[int, int] | None:
        match node:
            case ir.Constant(type=NumberType(), value=value):
                return int(value), int(value)
            case ir.VariableRef(id=name, type=NumberType()):
                return self._span(self._variables[name].node)
            case ir.Aggregate(operator="count", where=None, others=others):
                return (self.size - others, self.size - others)
            case ir.Aggregate(operator="count", others=others):
                return (0, self.size - others)
            case ir.Rank():
                return (1, self.size)
            case ir.Choose(then=then, otherwise=otherwise):
                return hull([self._span(then), self._span(otherwise)])
            case ir.Arithmetic(operator="min" | "max", terms=terms):
                spans = [self._span(term) for term in terms]
                best = min if node.operator == "min" else max
                known = [span for span in spans if span is not None]
                if len(known) < len(spans):
                    return None
                return best(low for low, _ in known), best(high for _, high in known)
            case ir.Arithmetic(operator="add", terms=terms):
                spans = [self._span(term) for term in terms]
                if any(span is None for span in spans):
                    return None
                return sum(span[0] for span in spans if span), sum(span[1] for span in spans if span)
        return None

    # constants

    def _constant(self, name: str, type_: ir.Type) -> Term:
        return z3.Bool(name) if isinstance(type_, ConditionType) else z3.Int(name)

    def _limit(self, term: Term, type_: ir.Type, allowed: Number, area: bool) -> None:
        match type_:
            case ConditionType():
                return
            case ChoiceType():
                assert isinstance(allowed, int)
                self.limits.append(z3.Or(*(term == number for number in self._numbers(allowed))))
            case _:
                low, high = values.ends(closed(allowed, type_, area))
                self.limits += [term >= low, term <= high]

    def _numbers(self, mask: int) -> list[int]:
        return [option_number(option) for place, option in enumerate(self.program.options) if mask >> place & 1]

    def _mask_number(self, bit: int) -> Term:
        return z3.IntVal(option_number(self.program.options[bit.bit_length() - 1]))


def _whose(member: Member) -> str:
    return "" if member is None else f"@{member}"
