"""Read the figures that packs, callers and households give: exact, bounded, dated, or not stated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType, Type
from policyengine.limits import FIRST_DAY, LARGEST_YEARS, LAST_DAY
from policyengine.text import Text, same
from policyengine.units import FULL_WIDTH, LONGEST_FIGURE, RATIO, Unit, day_meant, default_places, fits, parse_quantity
from policyengine.values import ANYTHING, Number, interval

Stated = Literal["exact", "at least", "at most", "between", "not stated"]
_FORMS = (
    ("at least", re.compile(r"(?:at least|不低于|至少)\s*(.+)")),
    ("at most", re.compile(r"(?:at most|不超过|至多)\s*(.+)")),
    ("between", re.compile(r"(?:between\s+(.+?)\s+and\s+(.+)|介于\s*(.+?)\s*和\s*(.+)|在\s*(.+?)\s*至\s*(.+?)之间)")),
)
_PLAIN = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,9}))?")
LONGEST_BOUND = 3 * LONGEST_FIGURE
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # Python reads 20180601 and 2018-W22-5 as well
NOT_STATED = ("not stated", "未载明")
UNKNOWN = ("unknown", "不知道", "未知", "不详")
ABSENT = ("none", "无", "没有")
OPEN = ("open", "待定")
TRUE, FALSE = ("true", "yes", "是", "有"), ("false", "no", "否", "没有", "无")


@dataclass(frozen=True, slots=True)
class Bound:
    stated: Stated
    value: Number


@dataclass
class FigureError(Exception):
    """code and values of a diagnostic."""

    code: str
    values: Mapping[str, str | Text]


def read_bound(text: str, type_: NumberType | DateType) -> Bound:
    """`at least 1.5万元` on the type's scale."""
    if (plain := _PLAIN.fullmatch(text)) and isinstance(type_, NumberType):  # a short way for most figures
        whole, part = plain.groups("")
        number, rest = divmod(int(whole + part) * type_.scale, 10 ** len(part))
        if not rest:
            return Bound("exact", number)
    text = text.strip().translate(FULL_WIDTH)
    if len(text) > LONGEST_BOUND:
        raise FigureError("bad-figure", {"text": text[:60]})
    if text in NOT_STATED:
        return Bound("not stated", ANYTHING)
    for stated, form in _FORMS:
        if found := form.fullmatch(text):
            first, *rest = [read_number(part, type_) for part in found.groups() if part is not None]
            if stated == "at least":
                return Bound("at least", interval(first, None))
            if stated == "at most":
                return Bound("at most", interval(None, first))
            if rest[0] < first:
                raise FigureError("empty-range", {"text": text})
            return Bound("between", interval(first, rest[0]))
    return Bound("exact", read_number(text, type_))


def read_number(text: str, type_: NumberType | DateType) -> int:
    """A figure on the type's scale, exactly, or FigureError."""
    if isinstance(type_, DateType):
        return read_date(text).toordinal()
    quantity = parse_quantity(text)
    if quantity is None:
        raise FigureError("bad-figure", {"text": text[:60]})
    if not fits(quantity.unit, type_.unit):
        assert quantity.unit is not None
        units = {"written": unit_text(quantity.unit), "unit": unit_text(type_.unit)}
        raise FigureError("figure-unit", {"text": text[:60], **units})
    scaled = quantity.value * type_.scale
    if scaled.denominator != 1:
        raise FigureError("too-fine", {"text": text[:60], "step": step_text(type_)})
    return scaled.numerator


def unit_text(unit: Unit) -> Text:
    return Text(unit.text("zh"), unit.text("en"))


def step_text(type_: NumberType) -> Text:
    step = Fraction(1, type_.scale)
    if type_.unit == RATIO:
        return same(f"{float(step * 100):.10g}%")
    unit = unit_text(type_.unit)
    return Text(f"{float(step):.10g} {unit.zh}", f"{float(step):.10g} {unit.en}")


def read_date(text: str) -> date:
    """A date written as 2018-06-01, within 1850 to 2150, or FigureError."""
    written = text.strip().translate(FULL_WIDTH)
    try:
        day = date.fromisoformat(written) if _DATE.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day.toordinal() <= LAST_DAY:
        raise FigureError(
            "bad-date", {"text": text[:60], "example": day_meant(text[:60]) if day is None else day_meant("")}
        )
    return day


def number_type(unit: Unit, places: int | None, figures: tuple[str, ...] = ()) -> NumberType:
    """The scale of a declared quantity: its decimals, and for a ratio also what its fractions (1/6) need."""
    scale = 10 ** (default_places(unit) if places is None else places)
    for text in figures:
        for part in re.findall(r"\d+\s*/\s*\d+", text[:LONGEST_BOUND]):
            quantity = parse_quantity(part)
            if quantity is not None and unit == RATIO:
                scale = scale * quantity.value.denominator // _gcd(scale, quantity.value.denominator)
    return NumberType(unit, scale)


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def natural_range(type_: Type) -> Number:
    """What a quantity without a stated range can be: nothing below 0; ages and durations end at 150 years."""
    match type_:
        case NumberType(unit=unit, scale=scale):
            if unit.is_duration:
                per_year = {"year": 1, "month": 12, "day": 366}[unit.dims[0][0]]
                return interval(0, LARGEST_YEARS * per_year * scale)
            return interval(0, None)
        case DateType():
            return interval(FIRST_DAY, LAST_DAY)
        case ChoiceType() | ConditionType():
            return ANYTHING
