"""The ways in which a parameter can be changed: its figure, the kind of bound it is, the day on which it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.authoring.schema import ParameterShape
from policyengine.compiler.figures import FigureError, read_date
from policyengine.testing.mutation.nodes import DIRECTIONS, moved
from policyengine.units import RATIO
from policyengine.values import ends, interval

FigureKind = Literal["figure", "bound", "reading"]


def figures(parameter: ir.Parameter) -> Iterator[tuple[FigureKind, str, ir.Parameter]]:
    """A parameter with its figure changed: one step up, one down, a bound for an exact figure and the other way round;
    a reading with each of its other options as default."""
    if parameter.is_reading:
        assert isinstance(parameter.type, ir.ChoiceType)
        assert isinstance(parameter.allowed, int)
        bits, left = [], parameter.allowed
        while left:
            bits.append(left & -left)
            left &= left - 1
        for index, bit in enumerate(bits):
            if bit != parameter.default:
                yield "reading", f"option-{index + 1}", replace(parameter, value=bit, default=bit)
        return
    if parameter.stated == "not stated" or parameter.supplement:
        return
    for direction in DIRECTIONS:
        value = moved(_stated(parameter), parameter.type, direction)
        if value is not None:
            yield "figure", direction, _with(parameter, value, parameter.stated)
    low, high = ends(_stated(parameter))
    if isinstance(parameter.type, ir.NumberType):
        if parameter.stated == "exact":
            yield "bound", "at-least", _with(parameter, interval(low, None), "at least")
        elif parameter.stated in ("at least", "at most"):
            end = low if parameter.stated == "at least" else high
            assert end is not None
            yield "bound", "exact", _with(parameter, end, "exact")


def _stated(parameter: ir.Parameter) -> int | tuple[int | None, int | None]:
    """The figure without what its kind adds to it: at least 75% reaches to 100% only because a share does."""
    low, high = ends(parameter.value)
    if parameter.stated == "at least":
        return interval(low, None)
    return interval(None, high) if parameter.stated == "at most" else interval(low, high)


def _with(
    parameter: ir.Parameter,
    value: int | tuple[int | None, int | None],
    stated: Literal["exact", "at least", "at most", "between", "not stated"],
) -> ir.Parameter:
    low, high = ends(value)
    type_ = parameter.type
    if stated == "at least" and isinstance(type_, ir.NumberType) and type_.unit == RATIO and low is not None:
        value = interval(low, type_.scale if low <= type_.scale else None)
    if stated == "at most":
        value = interval(0, high)
    allowed = value if parameter.allowed == parameter.value else parameter.allowed
    return replace(parameter, value=value, allowed=allowed, stated=stated)


def with_date(shape: ParameterShape, when: str, key: str) -> ParameterShape | None:
    """The parameter with one figure beginning a day or a year earlier or later; None where another begins that day."""
    values = dict(shape.values or {})
    entry = next((start for start in values if str(start) == when), None)
    if entry is None or when == "always":
        return None
    start = shifted(when, key)
    if start is None or any(str(other) == start for other in values):
        return None
    changed = {(Scalar.at(start, place_of(each)) if each == entry else each): value for each, value in values.items()}
    return shape.model_copy(update={"values": changed})


SHIFTS = ("+1d", "-1d", "+1y", "-1y")


def shifted(when: str, key: str) -> str | None:
    """The day that lies a day or a year before or after another."""
    try:
        day = read_date(when)
        sign = 1 if key[0] == "+" else -1
        if key.endswith("d"):
            return (day + timedelta(days=sign)).isoformat()
        return day.replace(year=day.year + sign, day=min(day.day, 28) if day.month == 2 else day.day).isoformat()
    except FigureError:
        return None


def is_a_change(policy: PolicyPack, shape: ParameterShape, since: Scalar) -> bool:
    """Does another figure hold before it, or none from the plan's first day on? Where the plan begins there is no other side."""
    term = policy.shape.term
    if since == "always":
        return False
    values = shape.values or {}
    before = [start for start in values if start == "always" or str(start) < str(since)]
    if not before:
        return term is not None and str(since) > str(term.from_)
    latest = max(before, key=lambda start: "" if start == "always" else str(start))
    return str(values[latest]) != str(values[since])


def is_seen(policy: PolicyPack, since: str, key: str) -> bool:
    """Does a day of the plan's term lie between the two beginnings?"""
    term, other = policy.shape.term, shifted(since, key)
    if term is None or other is None:
        return other is not None
    return min(since, other) <= str(term.to) and max(since, other) > str(term.from_)
