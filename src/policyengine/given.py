"""Read one value that a caller gives: a fact's truth, choice, date or number, and a parameter's figure.

What it may be is declared in the program. Nothing is guessed: what can't be read is `Unreadable`, whatever it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policyengine import ir, values
from policyengine.compiler.figures import FALSE, TRUE, FigureError, read_bound, read_date, step_text
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.limits import technical_limit
from policyengine.text import Text, choices, closest
from policyengine.units import day_meant, show_quantity
from policyengine.values import Number, ends, within

Read = Callable[[Any], Any]


class Unreadable(Exception):
    """code and values of a diagnostic about one value."""

    def __init__(self, code: str, **details: str | Text) -> None:
        self.code, self.details = code, details


def names_of_options(owner: str, type_: ChoiceType, program: ir.Program, bits: dict[str, int]) -> dict[str, int]:
    """Option's id or label -> bit; a label that two options bear names neither."""
    names = {option: bits[option] for option in type_.options}
    shared: set[str] = set()
    for option in type_.options:
        label = program.option_labels.get((owner, option))
        for name in {label.zh, label.en} - {*type_.options} if label else ():
            if name in names:
                shared.add(name)
            names[name] = bits[option]
    return {name: bit for name, bit in names.items() if name not in shared}


def choices_of(owner: str, type_: ChoiceType, program: ir.Program, *others: str) -> Text:
    """The options of a fact or reading, with their labels, for whoever has named another."""
    return choices({option: program.option_labels.get((owner, option)) for option in (*type_.options, *others)})


# a fact


def reader(fact: ir.Fact, program: ir.Program, bits: dict[str, int]) -> Read:
    match fact.type:
        case ConditionType():
            return _condition
        case ChoiceType():
            options = choices_of(fact.id, fact.type, program)
            return _choice_reader(options, names_of_options(fact.id, fact.type, program, bits))
        case DateType():
            return _date_reader(fact)
        case NumberType():
            return _number_reader(fact, fact.type)


def _condition(value: Any) -> bool:
    if value is True or value is False:
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word in TRUE:
            return True
        if word in FALSE:
            return False
    raise Unreadable("not-yes-or-no", found=shown(value))


def _choice_reader(options: Text, names: dict[str, int]) -> Read:
    def read(value: Any) -> int:
        if isinstance(value, str) and value.strip() in names:
            return names[value.strip()]
        if isinstance(value, list | tuple) and value:  # several are still possible
            mask = 0
            for item in value:
                if not isinstance(item, str):
                    raise Unreadable("unknown-choice", found=shown(item), options=options)
                mask |= read(item)
            return mask
        hint = near(str(value), names) if isinstance(value, str) else None
        raise Unreadable("unknown-choice", found=shown(value), options=options, **({"hint": hint} if hint else {}))

    return read


def _date_reader(fact: ir.Fact) -> Read:
    def read(value: Any) -> Number:
        if isinstance(value, datetime):
            value = value.date()
        try:
            if isinstance(value, date):
                day: Number = read_date(value.isoformat()).toordinal()
            elif isinstance(value, str):
                day = read_bound(value, DateType()).value
            else:
                raise Unreadable("bad-date", text=shown(value), example=day_meant(shown(value)))
        except FigureError as error:
            raise Unreadable(error.code, **error.values) from None
        common = values.meet(day, fact.range)
        if common is None:
            low, high = (_day(end) for end in ends(fact.range))
            raise Unreadable("out-of-range", found=shown(value), range=Text(f"{low} 至 {high}", f"{low} to {high}"))
        return common

    return read


def _day(ordinal: int | None) -> str:
    return "…" if ordinal is None else date.fromordinal(ordinal).isoformat()


def whole_range(fact: ir.Fact) -> tuple[int, int, int] | None:
    """How a whole number is read where a number is asked for: its factor, and the least and the most that it comes to."""
    if not isinstance(fact.type, NumberType):
        return None
    low, high = ends(fact.range)
    limit = technical_limit(fact.type, fact.scope == "area")
    return fact.type.scale, -limit if low is None else low, limit if high is None else min(high, limit)


def _number_reader(fact: ir.Fact, type_: NumberType) -> Read:
    whole = whole_range(fact)
    assert whole is not None
    scale, least, most = whole

    def read(value: Any) -> Number:
        if type(value) is int:
            number = value * scale
            if least <= number <= most:
                return number
            raise out_of_range(value)
        return slow(value)

    def slow(value: Any) -> Number:
        if isinstance(value, bool) or not isinstance(value, str | float | Decimal):
            whole = None if isinstance(value, bool) else whole_number(value)
            if whole is None:
                raise Unreadable("not-a-figure", found=shown(value), unit=_unit(type_))
            return read(whole)
        if isinstance(value, str):
            try:
                found = read_bound(value, type_)
            except FigureError as error:
                if error.code == "bad-figure":
                    raise Unreadable("not-a-figure", found=shown(value), unit=_unit(type_)) from None
                raise Unreadable(error.code, **error.values) from None
            bound, stated = found.value, found.stated
        else:
            exact = _decimal(value)
            if not exact.is_finite():
                raise Unreadable("not-a-figure", found=shown(value), unit=_unit(type_))
            if exact and exact.adjusted() > FARTHEST:
                raise out_of_range(value)
            if exact and int(exact.as_tuple().exponent) < -FARTHEST:
                raise Unreadable("too-fine", text=shown(value), step=step_text(type_))
            scaled = Fraction(exact) * scale if exact else Fraction(0)
            if scaled.denominator != 1:
                raise Unreadable("too-fine", text=shown(value), step=step_text(type_))
            bound, stated = scaled.numerator, "exact"
        for end in ends(bound):
            if end is not None and not least <= end <= most:
                raise out_of_range(value)
        if stated == "exact":
            return bound
        common = values.meet(bound, fact.range)
        if common is None:
            raise out_of_range(value)
        return common

    def out_of_range(value: Any) -> Unreadable:
        return Unreadable("out-of-range", found=shown(value), range=_range_text(least, most, type_))

    return read


def _range_text(least: int, most: int, type_: NumberType) -> Text:
    low, high = Fraction(least, type_.scale), Fraction(most, type_.scale)
    return Text(
        f"{show_quantity(low, type_.unit, 'zh')} 至 {show_quantity(high, type_.unit, 'zh')}",
        f"{show_quantity(low, type_.unit, 'en')} to {show_quantity(high, type_.unit, 'en')}",
    )


def _unit(type_: NumberType) -> Text:
    return Text(type_.unit.text("zh"), type_.unit.text("en"))


FARTHEST = 30  # digits before or behind the point; more than any declared scale keeps


def _decimal(value: float | Decimal) -> Decimal:
    """The number as written: 0.1 is a tenth, whichever float is nearest to it."""
    return Decimal(float.__repr__(value)) if isinstance(value, float) else value


def whole_number(value: Any) -> int | None:
    """The whole number that another library's integer is."""
    try:
        return operator.index(value)
    except TypeError:
        return None


def own_value(value: Any) -> Any:
    """Another library's truth or day as Python's own, None for what it has in the place of nothing (NA, NaT); others as they are.

    numpy's and pandas' are meant, which aren't imported for it. NaN stays: it may also be what a computation went wrong by.
    """
    if type(value).__name__ in ("NAType", "NaTType") and type(value).__module__.startswith("pandas."):
        return None
    if getattr(value, "shape", None) != () or not hasattr(value, "item"):
        return value
    item = value.item()
    return item if item is None or isinstance(item, bool | date) else value


def is_blank(value: Any) -> bool:
    """Is it a text without words, or no number (NaN)?"""
    if isinstance(value, float | Decimal):
        return value.is_nan() if isinstance(value, Decimal) else value != value
    return isinstance(value, str) and not value.strip()


# a parameter


def parameter_value(parameter: ir.Parameter, value: Any) -> tuple[Number, str]:
    """A caller's figure within what the document says, and how it is written in a record."""
    assert isinstance(parameter.type, NumberType | DateType)
    text = _written(value)
    if text is None:
        raise Unreadable("bad-figure", text=shown(value))
    try:
        bound = read_bound(text, parameter.type)
    except FigureError as error:
        raise Unreadable(error.code, **error.values) from None
    if bound.stated == "not stated":
        return parameter.value, text
    if isinstance(parameter.type, NumberType):
        limit = technical_limit(parameter.type, area=False)
        if any(end is not None and abs(end) > limit for end in ends(bound.value)):
            low = ends(parameter.allowed)[0]
            raise Unreadable(
                "out-of-range",
                found=shown(value),
                range=_range_text(-limit if low is None else low, limit, parameter.type),
            )
    common = values.meet(bound.value, parameter.allowed)
    if common is None or (bound.stated == "exact" and not within(bound.value, parameter.allowed)):
        low, high = ends(parameter.allowed)
        is_range = parameter.stated == "not stated" or (parameter.stated == "exact" and low != high)
        if is_range:  # declared for callers; the document doesn't say it
            raise Unreadable("out-of-range", found=shown(value), range=_stated(parameter))
        raise Unreadable("beyond-document", found=shown(value), stated=_stated(parameter))
    return common, text


def _written(value: Any) -> str | None:
    """A figure as text that reads the same; None for what can't be one."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        exact = _decimal(value)
        fits = exact.is_finite() and abs(exact.adjusted()) <= FARTHEST and int(exact.as_tuple().exponent) >= -FARTHEST
        return format(exact, "f") if fits else None
    whole = None if isinstance(value, bool) else whole_number(value)
    return str(whole) if whole is not None and whole.bit_length() <= 200 else None


def _stated(parameter: ir.Parameter) -> Text:
    return Text(_show_range(parameter, "zh"), _show_range(parameter, "en"))


def _show_range(parameter: ir.Parameter, lang: str) -> str:
    def show(end: int) -> str:
        if isinstance(parameter.type, NumberType):
            return show_quantity(Fraction(end, parameter.type.scale), parameter.type.unit, lang)
        return date.fromordinal(end).isoformat()

    low, high = ends(parameter.allowed)
    if low is not None and low == high:
        return show(low)
    if high is None and low is not None:
        return ("不低于 " if lang == "zh" else "at least ") + show(low)
    if low is None and high is not None:
        return ("不超过 " if lang == "zh" else "at most ") + show(high)
    assert low is not None
    assert high is not None
    return f"{show(low)} 至 {show(high)}" if lang == "zh" else f"{show(low)} to {show(high)}"


# as messages show it


def shown(value: Any) -> str:
    """A value as messages show it: short, whatever it is."""
    match value:
        case str():
            text: str = value
        case int() if value.bit_length() > 200:
            text = f"{'-' if value < 0 else ''}10^{value.bit_length() * 30103 // 100000}…"
        case float():
            text = float.__repr__(value)
        case date():
            text = value.isoformat()
        case Decimal():
            text = str(value)
        case Mapping():
            text = "{…}" if value else "{}"
        case list() | tuple():
            parts = ["[…]" if isinstance(item, list | tuple) else shown(item) for item in value[:3]]
            text = f"[{', '.join(parts)}{', …' if len(value) > 3 else ''}]"
        case _:
            try:
                text = repr(value)
            except Exception:  # whatever it is, the message comes out
                text = "?"
    return text if len(text) <= 60 else text[:57] + "…"


def near(name: str, known: Iterable[str]) -> Text | None:
    """Did the caller mean one of the known names?"""
    likeliest = closest(name, known)
    return Text(f"是否想写 `{likeliest}`？", f"did you mean `{likeliest}`?") if likeliest else None
