"""Rounded quotients of columns, exact in 64 bits: values.quotient and values.rounded, a column at a time."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from policyengine.interpreters.population.columns import BOTTOM, TOP, Ints, Numbers, flag, where
from policyengine.values import Direction

LARGE = 2**40  # above this a limit is so loose that looking at the values pays
SMALL = 64  # a divisor below this, such as the size of a household, has its multiplier in a list


def quotient(above: Ints, below: Ints, direction: Direction, limit: int | None = None) -> Ints:
    """values.quotient without a sum that could leave 64 bits; `below` is positive.

    limit: what `above` is never above, if it is never below 0.
    """
    written = getattr(above, "call", None) or getattr(below, "call", None)
    if direction == "half_up" and written:  # of symbols (writing.py)
        return written("half_up", above, below)
    if direction == "half_up" and np.size(above) and np.size(below):
        half = below >> 1
        most = at_most(above) if limit is None or limit > LARGE else limit
        if most >= 0 and most + int(np.max(half)) <= TOP:
            return _divided(above + half, below, most + int(np.max(half)))
    whole = above // below
    rest = above - whole * below
    match direction:
        case "half_up":  # away from zero at one half
            up = rest - flag(above < 0) >= below - rest
        case "half_even":
            up = flag(rest > below - rest) | (flag(rest == below - rest) & flag(whole % 2 == 1))
        case "up":
            up = flag(above >= 0) & flag(rest > 0)
        case "down":
            up = flag(above < 0) & flag(rest > 0)
    return whole + up


def at_most(values: Ints) -> int:
    """A number that no value exceeds, less than twice the largest; negative if some value is.

    The bits that stand in any of them: found in a quarter of the time that the least and the most take.
    """
    return int(np.bitwise_or.reduce(values)) if isinstance(values, np.ndarray) else int(values)


def _divided(value: Ints, divisor: Ints, most: int) -> Ints:
    """value // divisor, the value being from 0 to `most`, and no longer needed.

    Division takes ten times as long as multiplication: x // d is x * m >> s for suitable m and s as long as x is small.
    """
    if isinstance(divisor, np.ndarray) and isinstance(value, np.ndarray) and value.dtype == divisor.dtype == np.int64:
        many = _multipliers(most.bit_length()) if int(divisor.max()) < SMALL else None
        if many is None:
            return value // divisor
        value *= many[0].take(divisor)
        value >>= many[1]
        return value
    if not isinstance(divisor, int) or not isinstance(value, np.ndarray) or value.dtype != np.int64:
        return value // divisor
    twos = (divisor & -divisor).bit_length() - 1
    odd = divisor >> twos
    if twos:
        value >>= twos
    if odd == 1:
        return value
    way = _multiplier(odd, (most >> twos).bit_length())
    if way is None:
        value //= odd
    else:
        value *= way[0]
        value >>= way[1]
    return value


@cache
def _multiplier(divisor: int, bits: int) -> tuple[int, int] | None:
    """m and s so that x // divisor is x * m >> s for all x of so many bits, within 64 bits; None if there are none.

    With m = (2^s + e) / divisor the product is too large by x * e / (divisor * 2^s), which mustn't reach 1 / divisor.
    """
    most = (1 << bits) - 1
    for shift in range(63):
        factor = -(-(1 << shift) // divisor)
        if most * factor > TOP:
            return None
        if most * (factor * divisor - (1 << shift)) < 1 << shift:
            return factor, shift
    return None


@cache
def _multipliers(bits: int) -> tuple[Any, int] | None:
    """Of every small divisor the m of `_multiplier` with one s for all; None if there are none."""
    most, shift = (1 << bits) - 1, min(62, 63 - bits)
    factors = [-(-(1 << shift) // divisor) for divisor in range(1, SMALL)]
    if any(most * (factor * divisor - (1 << shift)) >= 1 << shift for divisor, factor in enumerate(factors, 1)):
        return None
    return np.array([0, *factors], np.int64), shift


def rounded(above: Numbers, below: Numbers, direction: Direction, limit: int | None = None) -> Numbers:
    """limit: what `above` is never above where it is known, if it is never below 0."""
    if above.high is None and below.high is None:
        return Numbers(quotient(above.low, below.low, direction, limit))
    low = _rounded_end(above.low, below, direction, BOTTOM if above.open_low else None, lowest=True)
    high = _rounded_end(above.top, below, direction, TOP if above.open_high else None, lowest=False)
    return Numbers(low, high, above.open_low, above.open_high)


def _rounded_end(value: Ints, below: Numbers, direction: Direction, end: int | None, *, lowest: bool) -> Ints:
    """A positive low end shrinks with the largest divisor, a negative one with the smallest; an open divisor leaves 0."""
    is_open = np.False_ if end is None else flag(value == end)
    inner = where(is_open, 0, value)
    by_most = flag(inner > 0) == np.bool_(lowest)
    divisor = where(by_most, below.top, below.low)
    found = quotient(inner, divisor, direction)
    if below.open_high:
        found = where(by_most & flag(below.top == TOP), 0, found)
    return where(is_open, 0 if end is None else end, found)
