"""Scales, tables and dates."""

from __future__ import annotations

from datetime import date

from policyengine import ir, values
from policyengine.interpreters.layout import Environment, Evaluate
from policyengine.values import Number


def bands(node: ir.Bands, argument: Evaluate) -> Evaluate:
    bands, progressive = node.bands, node.progressive
    # what is charged begins at 0 where the first band has no start
    starts = [0 if band.start is None and progressive else band.start for band in bands]

    def at(value: int) -> Number:
        if not progressive:
            return bands[_band_of(bands, value)].value
        total: Number = 0
        for band, start, end in zip(bands, starts, [*starts[1:], None]):
            upper = value if end is None or value < end else end
            if start is not None and upper > start:
                total = values.add(total, values.multiply(upper - start, band.value))
        return total

    def look_up(env: Environment) -> Number:
        value = argument(env)
        if type(value) is int:
            return at(value)
        low, high = values.ends(value)
        # the extremes lie at the ends or at the bands' starts between them; beside a start the band changes
        points = {end for end in (low, high) if end is not None}
        for start in starts:
            if start is not None:
                points |= {
                    point
                    for point in (start - 1, start, start + 1)
                    if (low is None or point >= low) and (high is None or point <= high)
                }
        if not points:
            points = {0}
        ways = [at(point) for point in sorted(points)]
        result = ways[0]
        for way in ways[1:]:
            result = values.hull(result, way)
        if high is None and progressive:
            slope = values.ends(bands[-1].value)
            result = values.interval(
                None if slope[0] is None or slope[0] < 0 else values.ends(result)[0],
                None if slope[1] is None or slope[1] > 0 else values.ends(result)[1],
            )
        return result

    return look_up


def _band_of(bands: tuple[ir.Band, ...], value: int) -> int:
    """The last band that the value reaches; below the first start it is the first."""
    found = 0
    for index, band in enumerate(bands):
        if band.start is None or value > band.start or (value == band.start and band.inclusive):
            found = index
    return found


def cells(node: ir.Cells, keys: list[Evaluate]) -> Evaluate:
    cells, table, otherwise = node.cells, dict(node.cells), node.otherwise

    def look_up(env: Environment) -> Number:
        asked = tuple(key(env) for key in keys)
        value = table.get(asked)
        if value is not None:
            return value
        matching = [item for bits, item in cells if all(bit & mask for bit, mask in zip(bits, asked, strict=True))]
        combinations = 1
        for mask in asked:
            combinations *= mask.bit_count()
        if len(matching) < combinations:
            assert otherwise is not None
            matching.append(otherwise)
        result = matching[0]
        for item in matching[1:]:
            result = values.hull(result, item)
        return result

    return look_up


def elapsed(unit: str, start: Evaluate, end: Evaluate) -> Evaluate:
    def elapsed(env: Environment) -> Number:
        first, last = start(env), end(env)
        if type(first) is int and type(last) is int:
            return whole(unit, first, last)
        (a, b), (c, d) = values.ends(first), values.ends(last)
        low = 0 if b is None or c is None else whole(unit, b, c)
        high = None if a is None or d is None else whole(unit, a, d)
        return values.interval(low, high)

    return elapsed


def whole(unit: str, first: int, last: int) -> int:
    """Whole years, months or days between two ordinals; 0 if the second lies before the first."""
    if last <= first:
        return 0
    if unit == "days":
        return last - first
    a, b = date.fromordinal(first), date.fromordinal(last)
    months = (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)
    return months // 12 if unit == "years" else months


def date_part(part: str, term: Evaluate) -> Evaluate:
    def date_part(env: Environment) -> Number:
        value = term(env)
        low, high = values.ends(value)
        first = None if low is None else date.fromordinal(low)
        last = None if high is None else date.fromordinal(high)
        if part == "year":
            return values.interval(first.year if first else None, last.year if last else None)
        if first is None or last is None or first.year != last.year:
            return values.interval(1, 12 if part == "month" else 31)
        if part == "month":
            return values.interval(first.month, last.month)
        return values.interval(first.day, last.day) if first.month == last.month else values.interval(1, 31)

    return date_part
