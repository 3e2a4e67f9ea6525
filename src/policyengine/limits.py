"""What no input may exceed, so that 64 bits suffice for every result."""

from __future__ import annotations

from datetime import date

from policyengine.ir import DateType, NumberType, Type
from policyengine.values import Number, ends, interval

# yuan for a person or household, and for an area
LARGEST_MONEY, LARGEST_AREA_MONEY = 10**8, 10**11
LARGEST_COUNT, LARGEST_YEARS, LARGEST_RATIO = 10**7, 150, 1000
LARGEST_HOUSEHOLD = 100
FIRST_DAY, LAST_DAY = date(1850, 1, 1).toordinal(), date(2150, 12, 31).toordinal()


def technical_limit(type_: NumberType, area: bool) -> int:
    """The largest magnitude any input may have, on the type's scale."""
    if type_.unit.power("yuan"):
        return (LARGEST_AREA_MONEY if area else LARGEST_MONEY) * type_.scale
    if not any(power > 0 for _, power in type_.unit.dims):
        return LARGEST_RATIO * type_.scale
    return LARGEST_COUNT * type_.scale


def closed(value: Number, type_: Type, area: bool = False) -> Number:
    """The range with its open ends closed by the technical limit."""
    low, high = ends(value)
    if isinstance(type_, DateType):
        return interval(FIRST_DAY if low is None else low, LAST_DAY if high is None else high)
    if not isinstance(type_, NumberType):
        return value
    limit = technical_limit(type_, area)
    return interval(-limit if low is None else low, limit if high is None else high)
