"""Years, months and days of columns of dates, which are days counted from 0001-01-01 as day 1."""

from __future__ import annotations

from typing import Literal

from policyengine.interpreters.population.columns import BOTTOM, TOP, Ints, Numbers, flag, larger, smaller, where

SPAN = 146_097  # days in 400 years
EARLIEST, LATEST = 1, 3_652_059  # the days that have a date at all


def civil(day: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of the month, counting years from 1 March as the Gregorian calendar's leap days suggest."""
    shifted = day + 305  # days since 0000-03-01
    era = shifted // SPAN
    of_era = shifted - era * SPAN
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    of_month = of_year - (153 * march + 2) // 5 + 1
    month = where(flag(march < 10), march + 3, march - 9)
    return year + era * 400 + flag(month <= 2), month, of_month


def whole(unit: str, first: Ints, last: Ints) -> Ints:
    """Whole years, months or days between two days; 0 if the second lies before the first."""
    if unit == "days":
        return larger(last - first, 0)
    (year, month, day), (to_year, to_month, to_day) = civil(first), civil(last)
    months = (to_year - year) * 12 + to_month - month - flag(to_day < day)
    return where(flag(last > first), months // 12 if unit == "years" else months, 0)


def elapsed(unit: str, start: Numbers, end: Numbers) -> Numbers:
    if start.high is None and end.high is None:
        return Numbers(whole(unit, start.low, end.low))
    soonest = whole(unit, _dated(start.top), _dated(end.low))
    latest = whole(unit, _dated(start.low), _dated(end.top))
    no_low = flag(start.top == TOP) | flag(end.low == BOTTOM)
    no_high = flag(start.low == BOTTOM) | flag(end.top == TOP)
    return Numbers(where(no_low, 0, soonest), where(no_high, TOP, latest), False, start.open_low or end.open_high)


def _dated(day: Ints) -> Ints:
    """Some date in the place of an open end."""
    return smaller(larger(day, EARLIEST), LATEST)


def date_part(part: Literal["year", "month", "day"], term: Numbers) -> Numbers:
    place = ("year", "month", "day").index(part)
    first = civil(_dated(term.low))
    if term.high is None:
        return Numbers(first[place])
    last = civil(_dated(term.high))
    no_low, no_high = flag(term.low == BOTTOM), flag(term.high == TOP)
    if part == "year":
        low, high = where(no_low, BOTTOM, first[0]), where(no_high, TOP, last[0])
        return Numbers(low, high, term.open_low, term.open_high)
    same = ~no_low & ~no_high & flag(first[0] == last[0])
    if part == "day":
        same = same & flag(first[1] == last[1])
    return Numbers(where(same, first[place], 1), where(same, last[place], 12 if part == "month" else 31))
