"""Quantities in results: exact, or between two ends, as decimals and in words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Any, NamedTuple

from policyengine.ir import NumberType
from policyengine.units import number_format
from policyengine.values import Number, ends


class Amount(NamedTuple):
    """An exact quantity, or one between two ends; None is an open end. Money is in yuan."""

    low: Decimal | None
    high: Decimal | None

    @property
    def exact(self) -> Decimal | None:
        """The value, if it is known; otherwise None."""
        return self.low if self.low == self.high else None

    def __str__(self) -> str:
        if self.exact is not None:
            return str(self.exact)
        if self.low is None and self.high is None:
            return "unknown"
        if self.high is None:
            return f"at least {self.low}"
        return f"at most {self.high}" if self.low is None else f"between {self.low} and {self.high}"


def plain_amount(amount: Amount | None) -> Any:
    """For JSON: an exact decimal as text, bounds as `at least` and `at most`."""
    if amount is None:
        return None
    if amount.exact is not None:
        return str(amount.exact)
    low, high = (None if end is None else str(end) for end in (amount.low, amount.high))
    return {"at least": low, "at most": high}


def amount_of(value: Number, type_: NumberType) -> Amount:
    """A value as decimals. A third, which no decimal is, lies between the two of six places that are next to it."""
    low, high = ends(value)
    return Amount(_decimal(low, type_, floor), _decimal(high, type_, ceil))


def _decimal(value: int | None, type_: NumberType, to_whole: Callable[[Fraction], int]) -> Decimal | None:
    if value is None:
        return None
    places = _places(type_.scale)
    if places is not None:
        return Decimal(f"{value * 10**places // type_.scale}e-{places}")
    exact = Fraction(value, type_.scale)
    places = _places(exact.denominator)
    if places is None:
        places = 6
    return Decimal(f"{to_whole(exact * 10**places)}e-{places}")


@cache
def _places(scale: int) -> int | None:
    """How many decimals every multiple of 1/scale has at most; None where there is no end to them."""
    for places in range(scale.bit_length() + 1):
        if 10**places % scale == 0:
            return places
    return None


def show_amount(value: Number, type_: NumberType, lang: str) -> str:
    """`7,500.00 元`, `at least …`, `between … and …`, or that nothing is known."""
    show = number_format(type_.unit, type_.scale, lang)
    if type(value) is int:
        return show(value)
    low, high = ends(value)
    if high is None and (low is None or low == 0):
        return "不知道" if lang == "zh" else "not known"
    if high is None:
        assert low is not None
        return ("至少 " if lang == "zh" else "at least ") + show(low)
    if low is None or (low == 0 and high > 0):
        return ("至多 " if lang == "zh" else "at most ") + show(high)
    return f"{show(low)} 至 {show(high)}" if lang == "zh" else f"{show(low)} to {show(high)}"
