"""A second, naive meaning of programs, for complete households only: fractions, plain recursion, no sharing, no speed.

It knows nothing of the library but the shape of its trees (ir.py). Numbers are in their units, not on a scale; dates are
`date`; a choice is the one bit of its option. An optional fact that is stated to be absent still has to be given some
value here: what the library says must hold whatever that value is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from policyengine import ir


@dataclass
class World:
    """facts: (id, member's id or scope) -> value; absent: those of the facts that are stated not to exist."""

    program: ir.Program
    members: list[str]
    facts: dict[tuple[str, str], Any]
    absent: set[tuple[str, str]]
    parameters: dict[str, Any]

    def variable(self, name: str, whose: str) -> Any:
        """A variable's value for a member, or for the household or area."""
        found = next(item for item in self.program.variables if item.id == name)
        return self.value(found.node, whose)

    def value(self, node: ir.Node, me: str) -> Any:
        """me: the member whom the formula is about; "household" or "area" outside of members."""
        match node:
            case ir.Constant(type=type_, value=value):
                return date.fromordinal(value) if isinstance(type_, ir.DateType) else in_units(value, type_)
            case ir.FactRef(id=name, scope=scope):
                return self.facts[name, me if scope == "person" else scope]
            case ir.ParameterRef(id=name):
                return self.parameters[name]
            case ir.VariableRef(id=name, scope=scope):
                return self.variable(name, me if scope == "person" else scope)
            case ir.Logic(operator="not", terms=terms):
                return not self.value(terms[0], me)
            case ir.Logic(operator="and", terms=terms):
                return all(self.value(term, me) for term in terms)
            case ir.Logic(operator="or", terms=terms):
                return any(self.value(term, me) for term in terms)
            case ir.Compare(operator=operator, left=left, right=right):
                return compared(operator, self.value(left, me), self.value(right, me))
            case ir.OneOf(term=term, mask=mask):
                return self.value(term, me) in [1 << place for place in range(64) if mask >> place & 1]
            case ir.Rescale(term=term):
                return self.value(term, me)
            case ir.Arithmetic(operator=operator, terms=terms):
                return calculated(operator, [self.value(term, me) for term in terms])
            case ir.Round(numerator=above, denominator=below, step=step, direction=direction, type=type_):
                exact = self.value(above, me) / (self.value(below, me) if below is not None else 1)
                return rounded(exact, Fraction(step, type_.scale), direction)
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                return self.value(then if self.value(condition, me) else otherwise, me)
            case ir.Table(rows=rows, otherwise=otherwise):
                hits = [row.then for row in rows if self.value(row.when, me)]
                chosen = hits[0] if hits else otherwise
                assert chosen is not None, "the rows should cover everything"
                return self.value(chosen, me)
            case ir.Aggregate():
                return self.aggregated(node, me)
            case ir.Rank(key=key, where=where, descending=descending):
                rivals = [who for who in self.members if who != me and (where is None or self.value(where, who))]
                # Python's sort is stable: members in order of id first, then by the key
                order = sorted(sorted([*rivals, me]), key=lambda who: self.value(key, who), reverse=False)
                if descending:
                    order = sorted(sorted([*rivals, me], reverse=True), key=lambda who: self.value(key, who))[::-1]
                return Fraction(order.index(me) + 1)
            case ir.Bands(progressive=True):
                return self.charged(node, me)
            case ir.Bands(argument=argument, bands=bands):
                scale = argument.type.scale  # type: ignore[union-attr]
                return in_units(bands[band_of(bands, self.value(argument, me), scale)].value, node.type)
            case ir.Cells(keys=keys, cells=cells, otherwise=otherwise):
                asked = tuple(self.value(key, me) for key in keys)
                found = [value for key, value in cells if key == asked]
                return in_units(found[0] if found else otherwise, node.type)
            case ir.Elapsed(unit=unit, start=start, end=end):
                return Fraction(elapsed(unit, self.value(start, me), self.value(end, me)))
            case ir.DatePart(part=part, term=term):
                return Fraction(getattr(self.value(term, me), part))
            case ir.IsKnown(fact=fact):
                return (fact.id, me if fact.scope == "person" else fact.scope) not in self.absent
        raise AssertionError(node)

    def aggregated(self, node: ir.Aggregate, me: str) -> Any:
        chosen = [who for who in self.members if not (node.others and who == me)]
        if node.where is not None:
            chosen = [who for who in chosen if self.value(node.where, who)]
        if node.operator == "count":
            return Fraction(len(chosen))
        assert node.body is not None
        parts = [self.value(node.body, who) for who in chosen]
        match node.operator:
            case "sum":
                return sum(parts, Fraction(0))
            case "any":
                return any(parts)
            case "all":
                return all(parts)
        assert node.default is not None
        if not parts:
            return self.value(node.default, me)
        return max(parts) if node.operator == "max" else min(parts)

    def charged(self, node: ir.Bands, me: str) -> Fraction:
        """Each band of the argument at the band's own rate; a first band without a start begins at nothing."""
        scale = node.argument.type.scale  # type: ignore[union-attr]
        argument = self.value(node.argument, me)
        starts = [Fraction(0) if band.start is None else Fraction(band.start, scale) for band in node.bands]
        total = Fraction(0)
        for index, (start, band) in enumerate(zip(starts, node.bands, strict=True)):
            end = starts[index + 1] if index + 1 < len(starts) else max(argument, start)
            part = max(Fraction(0), min(argument, end) - start)
            total += part * Fraction(band.value, node.type.scale // scale)  # type: ignore[arg-type]
        return total


def in_units(value: Any, type_: ir.Type) -> Any:
    if isinstance(type_, ir.NumberType):
        return Fraction(value, type_.scale)
    return value


def compared(operator: str, a: Any, b: Any) -> bool:
    return {"=": a == b, "!=": a != b}[operator] if operator in ("=", "!=") else {
        "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b
    }[operator]  # fmt: skip


def calculated(operator: str, parts: list[Fraction]) -> Fraction:
    match operator:
        case "add":
            return sum(parts, Fraction(0))
        case "subtract":
            return parts[0] - parts[1]
        case "multiply":
            return parts[0] * parts[1]
        case "negate":
            return -parts[0]
        case "min":
            return min(parts)
        case "max":
            return max(parts)
    raise AssertionError(operator)


def rounded(exact: Fraction, step: Fraction, direction: str) -> Fraction:
    """To a multiple of step: up is away from zero, down towards it, a half goes up or to the even multiple."""
    size = abs(exact) / step
    below = size.numerator // size.denominator
    rest = size - below
    match direction:
        case "down":
            steps = below
        case "up":
            steps = below + (rest > 0)
        case "half_up":
            steps = below + (rest >= Fraction(1, 2))
        case "half_even":
            steps = below + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1))
        case _:
            raise AssertionError(direction)
    return (steps if exact >= 0 else -steps) * step


def band_of(bands: tuple[ir.Band, ...], argument: Fraction, scale: int) -> int:
    """The last band that the argument reaches; below the first start it is the first."""
    reached = [0]
    for index, band in enumerate(bands):
        start = None if band.start is None else Fraction(band.start, scale)
        if start is None or argument > start or (band.inclusive and argument == start):
            reached.append(index)
    return max(reached)


def elapsed(unit: str, start: date, end: date) -> int:
    """How many whole anniversaries of the start have come, counted one by one; a day that a month lacks is its next month's first."""
    if unit == "days":
        return max(0, (end - start).days)
    step = 12 if unit == "years" else 1
    count = 0
    while anniversary(start, (count + 1) * step) <= end:
        count += 1
    return count


def anniversary(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    try:
        return date(year, month + 1, start.day)
    except ValueError:
        return date(year + (month == 11), 1 if month == 11 else month + 2, 1)
