"""What a value can be when not everything is known.

condition   True, False, or None (unknown): Kleene's three values
number      an int (known), or a pair (low, high) with low < high, either end None where it is open
date        as a number: the day's ordinal
choice      a set of bits: the options still possible; one bit when known

Numbers are integers: a scale, fixed when a program is compiled, says how many of them make one unit (100 fen a yuan).
Every function here is inclusion-isotonic: a narrower argument never gives a wider result. That is what carries
soundness and refinement (docs/decisions/0002-partly-known-values.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

Truth = bool | None
Interval = tuple[int | None, int | None]
Number = int | Interval
Value = bool | None | int | Interval
Direction = Literal["half_up", "half_even", "up", "down"]

ANYTHING: Interval = (None, None)


def interval(low: int | None, high: int | None) -> Number:
    """The number between two ends; one value when they meet."""
    return low if low is not None and low == high else (low, high)


def ends(value: Number) -> Interval:
    return (value, value) if isinstance(value, int) else value


def is_known(value: Value) -> bool:
    """Is a condition or number known? (A choice is a number here: see `single`.)"""
    return value is not None and type(value) is not tuple


def single(mask: int) -> bool:
    """Does a choice have exactly one option left?"""
    return mask != 0 and mask & (mask - 1) == 0


def hull(first: Number, second: Number) -> Number:
    """The smallest interval around both."""
    if type(first) is int and first == second:
        return first
    a, b = ends(first), ends(second)
    low = None if a[0] is None or b[0] is None else min(a[0], b[0])
    high = None if a[1] is None or b[1] is None else max(a[1], b[1])
    return interval(low, high)


def within(inner: Number, outer: Number) -> bool:
    """Is every value of `inner` one of `outer`?"""
    a, b = ends(inner), ends(outer)
    low = b[0] is None or (a[0] is not None and a[0] >= b[0])
    high = b[1] is None or (a[1] is not None and a[1] <= b[1])
    return low and high


def meet(first: Number, second: Number) -> Number | None:
    """What both allow; None where nothing is left."""
    a, b = ends(first), ends(second)
    low = a[0] if b[0] is None else b[0] if a[0] is None else max(a[0], b[0])
    high = a[1] if b[1] is None else b[1] if a[1] is None else min(a[1], b[1])
    return None if low is not None and high is not None and low > high else interval(low, high)


# conditions


def negation(value: Truth) -> Truth:
    return None if value is None else not value


def conjunction(values: Iterable[Truth]) -> Truth:
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def disjunction(values: Iterable[Truth]) -> Truth:
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


# arithmetic


def add(first: Number, second: Number) -> Number:
    if type(first) is int and type(second) is int:
        return first + second
    a, b = ends(first), ends(second)
    return interval(
        None if a[0] is None or b[0] is None else a[0] + b[0],
        None if a[1] is None or b[1] is None else a[1] + b[1],
    )


def negative(value: Number) -> Number:
    if type(value) is int:
        return -value
    low, high = ends(value)
    return interval(None if high is None else -high, None if low is None else -low)


def subtract(first: Number, second: Number) -> Number:
    return add(first, negative(second))


def times(value: Number, factor: int) -> Number:
    """By a known positive factor: a change of scale."""
    if type(value) is int:
        return value * factor
    low, high = ends(value)
    return interval(None if low is None else low * factor, None if high is None else high * factor)


def multiply(first: Number, second: Number) -> Number:
    """Interval product. An open end stands for any size, and zero times any size is zero."""
    if type(first) is int and type(second) is int:
        return first * second
    (a, b), (c, d) = ends(first), ends(second)
    corners = [
        _product(a, -1, c, -1),
        _product(a, -1, d, 1),
        _product(b, 1, c, -1),
        _product(b, 1, d, 1),
    ]
    lows = [0 if sign == 0 else value for value, sign in corners if sign <= 0 or value is not None]
    highs = [0 if sign == 0 else value for value, sign in corners if sign >= 0 or value is not None]
    low = None if any(v is None for v in lows) else min(v for v in lows if v is not None)
    high = None if any(v is None for v in highs) else max(v for v in highs if v is not None)
    return interval(low, high)


def _product(x: int | None, x_side: int, y: int | None, y_side: int) -> tuple[int | None, int]:
    """One corner: (value, sign of infinity). Value None means infinite with that sign."""
    if x is not None and y is not None:
        value = x * y
        return value, (value > 0) - (value < 0)
    x_sign = x_side if x is None else (x > 0) - (x < 0)
    y_sign = y_side if y is None else (y > 0) - (y < 0)
    sign = x_sign * y_sign
    return (0, 0) if sign == 0 else (None, sign)


def minimum(values: Iterable[Number]) -> Number:
    """The smallest; an open low end stays open, a high end is the smallest high end stated."""
    lows, highs = zip(*(ends(value) for value in values), strict=True)
    known = [high for high in highs if high is not None]
    low = None if any(end is None for end in lows) else min(end for end in lows if end is not None)
    return interval(low, min(known) if known else None)


def maximum(values: Iterable[Number]) -> Number:
    lows, highs = zip(*(ends(value) for value in values), strict=True)
    known = [low for low in lows if low is not None]
    high = None if any(end is None for end in highs) else max(end for end in highs if end is not None)
    return interval(max(known) if known else None, high)


def quotient(numerator: int, denominator: int, direction: Direction) -> int:
    """A whole quotient. Half up means away from zero at one half; up and down mean away from and towards zero.

    The denominator is positive.
    """
    sign = -1 if numerator < 0 else 1
    whole, rest = divmod(abs(numerator), denominator)
    match direction:
        case "down":
            up = False
        case "up":
            up = rest > 0
        case "half_up":
            up = 2 * rest >= denominator
        case "half_even":
            up = 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    return sign * (whole + up)


def rounded(numerator: Number, denominator: Number, direction: Direction) -> Number:
    """numerator ÷ denominator as a whole number; the denominator is known to be above zero."""
    if type(numerator) is int and type(denominator) is int:
        return quotient(numerator, denominator, direction)
    (low, high), (least, most) = ends(numerator), ends(denominator)
    assert least is not None and least > 0, "the compiler proves that a divisor is above zero"

    def end(value: int | None, lowest: bool) -> int | None:
        if value is None:
            return None
        # towards the extreme: a positive low end shrinks with the largest divisor, a negative one with the smallest
        divisor = most if (value > 0) == lowest else least
        return 0 if divisor is None else quotient(value, divisor, direction)

    bottom, top = end(low, True), end(high, False)
    return interval(bottom, top)


# comparisons


def less(first: Number, second: Number) -> Truth:
    if type(first) is int and type(second) is int:
        return first < second
    a, b = (first, first) if isinstance(first, int) else first
    c, d = (second, second) if isinstance(second, int) else second
    if b is not None and c is not None and b < c:
        return True
    if a is not None and d is not None and a >= d:
        return False
    return None


def not_less(first: Number, second: Number) -> Truth:
    truth = less(first, second)
    return None if truth is None else not truth


def equal(first: Number, second: Number) -> Truth:
    if type(first) is int and type(second) is int:
        return first == second
    return None if meet(first, second) is not None else False


COMPARISONS: dict[str, Callable[[Number, Number], Truth]] = {
    "<": less,
    "<=": lambda first, second: not_less(second, first),
    ">": lambda first, second: less(second, first),
    ">=": not_less,
    "=": equal,
    "!=": lambda first, second: negation(equal(first, second)),
}


def compare(operator: str, first: Number, second: Number) -> Truth:
    return COMPARISONS[operator](first, second)


def same_choice(first: int, second: int) -> Truth:
    if first & second == 0:
        return False
    return True if first == second and single(first) else None
