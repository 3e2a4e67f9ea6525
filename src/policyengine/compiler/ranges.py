"""What a formula's value can be, given only the declared ranges: proof that divisors are above zero and 64 bits suffice."""

from __future__ import annotations

from collections.abc import Mapping

from policyengine import ir, values
from policyengine.limits import LARGEST_HOUSEHOLD, LARGEST_YEARS, closed
from policyengine.units import RATIO
from policyengine.values import Number

LARGEST = 2**63 - 1


class TooLarge(Exception):
    """An intermediate result may not fit into 64 bits."""


def bounds(node: ir.Node, known: Mapping[str, Number]) -> Number:
    """The interval of a number or date; `known` has every fact, parameter and variable by id, all ends closed.

    Raises TooLarge where an intermediate result can leave 64 bits.
    """
    result = _bounds(node, known)
    low, high = values.ends(result)
    if low is None or high is None or low < -LARGEST or high > LARGEST:
        raise TooLarge
    return result


def _bounds(node: ir.Node, known: Mapping[str, Number]) -> Number:
    match node:
        case ir.Constant(value=value):
            return int(value)
        case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
            return known[name]
        case ir.Rescale(term=term, factor=factor):
            return values.times(bounds(term, known), factor)
        case ir.Arithmetic(operator=operator, terms=terms):
            parts = [bounds(term, known) for term in terms]
            match operator:
                case "add":
                    total = parts[0]
                    for part in parts[1:]:
                        total = values.add(total, part)
                    return total
                case "subtract":
                    return values.subtract(parts[0], parts[1])
                case "multiply":
                    return values.multiply(parts[0], parts[1])
                case "negate":
                    return values.negative(parts[0])
                case "min":
                    return values.minimum(parts)
                case "max":
                    return values.maximum(parts)
        case ir.Round(numerator=numerator, denominator=denominator, up=up, down=down, step=step, direction=direction):
            above = values.times(bounds(numerator, known), up)
            below = values.times(bounds(denominator, known), down) if denominator is not None else down
            for part in (above, below):
                if any(end is not None and abs(end) > LARGEST for end in values.ends(part)):
                    raise TooLarge
            return values.times(values.rounded(above, below, direction), step)
        case ir.Choose(then=then, otherwise=otherwise):
            return values.hull(bounds(then, known), bounds(otherwise, known))
        case ir.Table(rows=rows, otherwise=other):
            parts = [bounds(row.then, known) for row in rows] + ([bounds(other, known)] if other is not None else [])
            return _hulls(parts)
        case ir.Aggregate(operator=operator, body=body, where=where, default=default, others=others):
            match operator:
                case "count":
                    least = 1 if where is None and not others else 0
                    return values.interval(least, LARGEST_HOUSEHOLD)
                case "sum":
                    assert body is not None
                    low, high = values.ends(bounds(body, known))
                    assert low is not None and high is not None
                    if where is None and not others:  # at least one member
                        return values.interval(
                            low * LARGEST_HOUSEHOLD if low < 0 else low, high * LARGEST_HOUSEHOLD if high > 0 else high
                        )
                    return values.interval(min(0, low * LARGEST_HOUSEHOLD), max(0, high * LARGEST_HOUSEHOLD))
                case _:
                    assert body is not None
                    parts = [bounds(body, known)] + ([bounds(default, known)] if default is not None else [])
                    return _hulls(parts)
        case ir.Rank():
            return values.interval(1, LARGEST_HOUSEHOLD)
        case ir.Bands(argument=argument, bands=bands, progressive=progressive):
            inner = bounds(argument, known)
            kind = ir.NumberType(RATIO, 10**4) if progressive else node.type
            rates = _hulls([closed(band.value, kind) for band in bands])
            return values.multiply(_charged(inner, bands), values.hull(rates, 0)) if progressive else rates
        case ir.Cells(cells=cells, otherwise=missing):
            parts = [closed(value, node.type) for _, value in cells]
            parts += [closed(missing, node.type)] if missing is not None else []
            return _hulls(parts)
        case ir.Elapsed(unit=unit):
            return values.interval(0, (2 * LARGEST_YEARS + 2) * {"years": 1, "months": 12, "days": 366}[unit])
        case ir.DatePart(part=part):
            return {
                "year": values.interval(1850, 2150),
                "month": values.interval(1, 12),
                "day": values.interval(1, 31),
            }[part]
        case ir.Logic() | ir.Compare() | ir.OneOf() | ir.IsKnown():
            return values.interval(0, 1)
    raise AssertionError(node)


def _charged(value: Number, bands: tuple[ir.Band, ...]) -> Number:
    """How much of a value lies in the bands of a progressive scale; the first begins at 0 if it has no start."""
    first = min(0 if band.start is None else band.start for band in bands)
    high = values.ends(value)[1]
    assert high is not None
    return values.interval(0, max(0, high - first))


def _hulls(parts: list[Number]) -> Number:
    total = parts[0]
    for part in parts[1:]:
        total = values.hull(total, part)
    return total
