"""What a written loop (writing.py) calls: numpy's functions of a column for one value, compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from policyengine.interpreters.population.columns import BOTTOM, TOP

F = TypeVar("F", bound=Callable[..., Any])
inlined = cast(Callable[[F], F], numba.njit(nogil=True, error_model="numpy"))


@inlined
def pick(condition: Any, one: Any, other: Any) -> Any:
    return one if condition else other


@inlined
def smaller(one: Any, other: Any) -> Any:
    return one if one <= other else other


@inlined
def larger(one: Any, other: Any) -> Any:
    return one if one >= other else other


@inlined
def half_up(above: Any, below: Any) -> Any:
    """Away from zero at one half; rounding.quotient."""
    half = below // 2
    if 0 <= above <= TOP - half:
        return (above + half) // below
    whole = above // below
    rest = above - whole * below
    if above < 0:
        return whole + (1 if rest > below - rest else 0)
    return whole + (1 if rest >= below - rest else 0)


@inlined
def stretch(one: Any, two: Any, three: Any, first: Any, last: Any, room: Any) -> Any:
    """Rows of three arrays laid end to end; they are copied into `room` only if they lie in several."""
    second, third = len(one), len(one) + len(two)
    if last <= second:
        return one[first:last]
    if first >= third:
        return three[first - third : last - third]
    if first >= second and last <= third:
        return two[first - second : last - second]
    for row in range(first, last):
        if row < second:
            room[row - first] = one[row]
        elif row < third:
            room[row - first] = two[row - second]
        else:
            room[row - first] = three[row - third]
    return room[: last - first]


@inlined
def sign(value: Any) -> Any:
    return (1 if value > 0 else 0) - (1 if value < 0 else 0)


@inlined
def ones(mask: Any) -> Any:
    """How many bits are set."""
    found = 0
    while mask != 0:
        mask &= mask - 1
        found += 1
    return found


@inlined
def place_of_bit(mask: Any) -> Any:
    """Which bit is set, of one that is."""
    found = 0
    for place in range(64):
        if mask >> place & 1:
            found = place
    return found


NAMES = {
    "BOTTOM": BOTTOM, "TOP": TOP, "pick": pick, "smaller": smaller, "larger": larger, "half_up": half_up, "sign": sign, "stretch": stretch, "ones": ones,
    "place_of_bit": place_of_bit,
}  # fmt: skip
