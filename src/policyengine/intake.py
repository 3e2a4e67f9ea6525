"""Read a household, an area, and a caller's parameters into the environments that a program runs in.

Everything is checked against the program's declarations, all that is wrong is reported at once, and nothing is guessed:
a key nobody knows is an error, a fact left out is unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policyengine import ir, values
from policyengine.authoring.reader import Scalar, place_of
from policyengine.compiler.figures import (
    ABSENT,
    FALSE,
    TRUE,
    UNKNOWN,
    FigureError,
    read_bound,
    read_date,
    step_text,
    technical_limit,
)
from policyengine.errors import Diagnostic, PolicyError, diagnostic, diagnostic_of
from policyengine.interpreters.household import HOUSEHOLD, INDEX, MEMBERS, Environment, Layout, unknown
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.text import Text, closest
from policyengine.units import show_quantity
from policyengine.values import Number, Value, ends, within

OWN_KEYS = ("household", "id", "name", "members", "area", "on", "note")
MEMBER_KEYS = ("id", "name", "note")
RESERVED_IDS = ("household", "area")  # what results call the household and the area themselves
LARGEST_HOUSEHOLD = 100

Read = Callable[[Any], Any]


class Unreadable(Exception):
    """code and values of a diagnostic about one value."""

    def __init__(self, code: str, **details: str | Text) -> None:
        self.code, self.details = code, details


@dataclass(frozen=True)
class Entry:
    """One fact that may be given: where it goes and how it is read."""

    id: str
    slot: int
    stated_slot: int | None  # of an optional fact
    read: Read
    unknown: Value


@dataclass(frozen=True)
class Forms:
    """Every name under which a fact of each scope can be given, and every parameter that can be set."""

    household: dict[str, Entry]
    person: dict[str, Entry]
    area: dict[str, Entry]
    parameters: dict[str, ir.Parameter]
    readings: dict[str, ir.Parameter]
    option_names: dict[str, dict[str, int]]  # reading -> option id or label -> bit
    shared: dict[str, tuple[str, ...]] = field(default_factory=dict)  # a label of several things -> their ids


@dataclass(frozen=True)
class Household:
    """Who a household is; its facts are in the environment."""

    name: str
    member_ids: tuple[str, ...]  # in the order given
    member_names: dict[str, str]
    environment: Environment
    by_id: dict[str, Environment]
    facts: dict[str, Any]  # as given, for the record


def prepare(program: ir.Program, layout: Layout) -> Forms:
    scopes: dict[str, dict[str, Entry]] = {"household": {}, "person": {}, "area": {}}
    bits = {option: 1 << index for index, option in enumerate(program.options)}
    shared: dict[str, tuple[str, ...]] = {}
    for scope, entries in scopes.items():
        facts = [fact for fact in program.facts if fact.scope == scope]
        slots = layout.person if scope == "person" else layout.household
        made = {
            fact.id: Entry(
                fact.id,
                slots[fact.id],
                layout.absent.get(fact.id),
                _reader(fact, program, bits),
                unknown(fact.type, fact.range),
            )
            for fact in facts
        }
        for name, ids in _names(facts, (*OWN_KEYS, *MEMBER_KEYS)).items():
            if len(ids) == 1:
                entries[name] = made[ids[0]]
            else:
                shared[name] = ids
    by_id = {parameter.id: parameter for parameter in program.parameters}
    parameters: dict[str, ir.Parameter] = {}
    readings: dict[str, ir.Parameter] = {}
    for name, ids in _names(program.parameters, ()).items():
        if len(ids) == 1:
            (readings if by_id[ids[0]].is_reading else parameters)[name] = by_id[ids[0]]
        else:
            shared[name] = ids
    option_names = {
        parameter.id: _option_names(parameter.id, parameter.type, program, bits)
        for parameter in program.parameters
        if isinstance(parameter.type, ChoiceType)
    }
    return Forms(scopes["household"], scopes["person"], scopes["area"], parameters, readings, option_names, shared)


def _names(declared: Iterable[ir.Fact | ir.Parameter], taken: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Which ids each id or label stands for: an id for itself, a label for all that bear it and `taken` for none."""
    items = list(declared)
    names: dict[str, tuple[str, ...]] = {item.id: (item.id,) for item in items}
    ids = {*names, *taken}
    for item in items:
        for name in {item.label.zh, item.label.en} - ids:
            names[name] = (*names.get(name, ()), item.id)
    return names


def _option_names(owner: str, type_: ChoiceType, program: ir.Program, bits: dict[str, int]) -> dict[str, int]:
    names = {}
    for option in type_.options:
        label = program.option_labels.get((owner, option))
        for name in (option, label.zh, label.en) if label else (option,):
            names[name] = bits[option]
    return names


# one value


def _reader(fact: ir.Fact, program: ir.Program, bits: dict[str, int]) -> Read:
    match fact.type:
        case ConditionType():
            return _condition
        case ChoiceType():
            return _choice_reader(fact, _option_names(fact.id, fact.type, program, bits))
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
    raise Unreadable("not-yes-or-no", found=_shown(value))


def _choice_reader(fact: ir.Fact, names: dict[str, int]) -> Read:
    assert isinstance(fact.type, ChoiceType)
    options = ", ".join(f"`{option}`" for option in fact.type.options)

    def read(value: Any) -> int:
        if isinstance(value, str) and value.strip() in names:
            return names[value.strip()]
        if isinstance(value, list | tuple) and value:  # several are still possible
            mask = 0
            for item in value:
                if not isinstance(item, str):
                    raise Unreadable("unknown-choice", found=_shown(item), options=options)
                mask |= read(item)
            return mask
        hint = _near(str(value), names) if isinstance(value, str) else None
        raise Unreadable("unknown-choice", found=_shown(value), options=options, **({"hint": hint} if hint else {}))

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
                raise Unreadable("bad-date", text=_shown(value))
        except FigureError as error:
            raise Unreadable(error.code, **error.values) from None
        common = values.meet(day, fact.range)
        if common is None:
            low, high = (_day(end) for end in ends(fact.range))
            raise Unreadable("out-of-range", found=_shown(value), range=Text(f"{low} 至 {high}", f"{low} to {high}"))
        return common

    return read


def _day(ordinal: int | None) -> str:
    return "…" if ordinal is None else date.fromordinal(ordinal).isoformat()


def _number_reader(fact: ir.Fact, type_: NumberType) -> Read:
    low, high = ends(fact.range)
    limit = technical_limit(type_, fact.scope == "area")
    least = -limit if low is None else low
    most = limit if high is None else min(high, limit)
    scale = type_.scale

    def read(value: Any) -> Number:
        if type(value) is int:
            number = value * scale
            if least <= number <= most:
                return number
            raise out_of_range(value)
        return slow(value)

    def slow(value: Any) -> Number:
        if isinstance(value, bool) or not isinstance(value, str | float | Decimal):
            whole = None if isinstance(value, bool) else _whole(value)
            if whole is None:
                raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_))
            return read(whole)
        if isinstance(value, str):
            try:
                found = read_bound(value, type_)
            except FigureError as error:
                if error.code == "bad-figure":
                    raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_)) from None
                raise Unreadable(error.code, **error.values) from None
            bound, stated = found.value, found.stated
        else:
            exact = _decimal(value)
            if not exact.is_finite():
                raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_))
            if exact and exact.adjusted() > FARTHEST:
                raise out_of_range(value)
            if exact and int(exact.as_tuple().exponent) < -FARTHEST:
                raise Unreadable("too-fine", text=_shown(value), step=step_text(type_))
            scaled = Fraction(exact) * scale if exact else Fraction(0)
            if scaled.denominator != 1:
                raise Unreadable("too-fine", text=_shown(value), step=step_text(type_))
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
        return Unreadable("out-of-range", found=_shown(value), range=_range_text(least, most, type_))

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


def _whole(value: Any) -> int | None:
    """The whole number that another library's integer is."""
    try:
        return operator.index(value)
    except TypeError:
        return None


def _shown(value: Any) -> str:
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
            parts = ["[…]" if isinstance(item, list | tuple) else _shown(item) for item in value[:3]]
            text = f"[{', '.join(parts)}{', …' if len(value) > 3 else ''}]"
        case _:
            try:
                text = repr(value)
            except Exception:  # whatever it is, the message comes out
                text = "?"
    return text if len(text) <= 60 else text[:57] + "…"


# a household


def read_household(program: ir.Program, layout: Layout, forms: Forms, given: Mapping[str, Any]) -> Household:
    """Put a household's facts into fresh environments. Raises PolicyError with everything that is wrong."""
    found: list[Diagnostic] = []
    if not isinstance(given, Mapping):
        raise PolicyError([diagnostic("household-shape", found=_shown(given))])
    home: Environment = list(layout.household_blank)
    facts: dict[str, Any] = {}
    _fill(home, given, forms.household, OWN_KEYS, "", facts, found, forms, ("person", "area"))
    area = given.get("area")
    if area is not None:
        if isinstance(area, Mapping):
            area_facts: dict[str, Any] = {}
            _fill(home, area, forms.area, (), "area.", area_facts, found, forms, ("household", "person"))
            facts["area"] = area_facts
        else:
            found.append(diagnostic("household-shape", place_of(area), path="area", found=_shown(area)))
    named = next((key for key in ("household", "name", "id") if given.get(key) is not None), "household")
    name = _word(given.get(named), named, found) or ""
    members, ids, names, recorded = _members(given, layout, forms, found)
    for member in members:
        member[HOUSEHOLD] = home
    home[MEMBERS] = members
    for index, key in enumerate(sorted(ids)):
        members[ids.index(key)][INDEX] = index
    if found:
        raise PolicyError(found)
    facts["members"] = recorded
    if name:
        facts["household"] = name
    return Household(name, tuple(ids), names, home, dict(zip(ids, members, strict=True)), facts)


def _members(
    given: Mapping[str, Any], layout: Layout, forms: Forms, found: list[Diagnostic]
) -> tuple[list[Environment], list[str], dict[str, str], list[Any]]:
    rows = given.get("members")
    members: list[Environment] = []
    ids: list[str] = []
    names: dict[str, str] = {}
    recorded: list[Any] = []
    if not isinstance(rows, list | tuple) or not rows:
        found.append(diagnostic("no-members", place_of(rows) or place_of(given)))
        return members, ids, names, recorded
    if len(rows) > LARGEST_HOUSEHOLD:
        found.append(
            diagnostic("too-many-members", place_of(rows), number=str(len(rows)), limit=str(LARGEST_HOUSEHOLD))
        )
        return members, ids, names, recorded
    for index, row in enumerate(rows):
        path = f"members[{index}]"
        if not isinstance(row, Mapping):
            found.append(diagnostic("household-shape", place_of(row), path=path, found=_shown(row)))
            continue
        key = _word(row.get("id"), f"{path}.id", found)
        if key is None or not key.strip():
            if key is not None:
                found.append(diagnostic("member-without-id", place_of(row), path=path))
            key = ""
        elif key in RESERVED_IDS:
            found.append(diagnostic("reserved-id", place_of(row.get("id")), path=path, id=key))
        elif key in ids:
            found.append(diagnostic("duplicate-member", place_of(row.get("id")), path=path, id=_shown(key)))
        member: Environment = list(layout.person_blank)
        facts: dict[str, Any] = {"id": key}
        if row.get("name") is not None:
            names[key] = facts["name"] = _word(row["name"], f"{path}.name", found) or ""
        _fill(member, row, forms.person, MEMBER_KEYS, f"{path}.", facts, found, forms, ("household", "area"))
        ids.append(key)
        members.append(member)
        recorded.append(facts)
    return members, ids, names, recorded


def _word(value: Any, path: str, found: list[Diagnostic]) -> str | None:
    """A name or id as text, "" where there is none; None if it is neither text nor a whole number."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    whole = None if isinstance(value, bool) else _whole(value)
    if whole is not None and whole.bit_length() <= 64:
        return str(whole)
    found.append(diagnostic("not-a-word", place_of(value), path=path, found=_shown(value)))
    return None


def _fill(
    environment: Environment,
    given: Mapping[str, Any],
    entries: dict[str, Entry],
    own: tuple[str, ...],
    path: str,
    facts: dict[str, Any],
    found: list[Diagnostic],
    forms: Forms,
    elsewhere: tuple[str, ...],
) -> None:
    for key, value in given.items():
        entry = entries.get(key)
        if entry is None:
            if key not in own:
                found.append(_unknown_fact(key, entries, own, path, forms, elsewhere))
            continue
        if value is None or (isinstance(value, str) and value.strip() in UNKNOWN):
            continue
        if entry.id in facts:
            found.append(diagnostic("fact-twice", place_of(key), path=f"{path}{key}", id=entry.id))
            continue
        if entry.stated_slot is not None:
            if isinstance(value, str) and value.strip().lower() in ABSENT:
                environment[entry.stated_slot] = False
                facts[entry.id] = "none"
                continue
            environment[entry.stated_slot] = True
        try:
            environment[entry.slot] = entry.read(value)
        except Unreadable as error:
            found.append(_unreadable(error, f"{path}{key}", str(key), value))
        else:
            facts[entry.id] = value


def _unreadable(error: Unreadable, path: str, name: str, value: Any) -> Diagnostic:
    details = {"fact": name, **error.details}
    hint = details.pop("hint", None)
    return diagnostic_of(error.code, place_of(value), details, path, hint if isinstance(hint, Text) else None)


_WHOSE = {
    "household": Text("家庭", "the household"),
    "person": Text("成员", "a member"),
    "area": Text("地区", "the area"),
}


def _unknown_fact(
    key: Any, entries: dict[str, Entry], own: tuple[str, ...], path: str, forms: Forms, elsewhere: tuple[str, ...]
) -> Diagnostic:
    name = _shown(key)
    path = f"{path}{name}"
    for scope in elsewhere:
        if key in getattr(forms, scope):
            where = Text(f"它属于{_WHOSE[scope].zh}", f"it is a fact of {_WHOSE[scope].en}")
            return diagnostic("unknown-fact", place_of(key), path=path, key=name, hint=where)
    if key in forms.shared:
        return _ambiguous(key, path, forms)
    hint = _near(name, [*entries, *own]) if isinstance(key, str) else None
    return diagnostic("unknown-fact", place_of(key), path=path, key=name, hint=hint)


def _near(name: str, known: Iterable[str]) -> Text | None:
    near = closest(name, known)
    return Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None


def _ambiguous(key: str, path: str, forms: Forms) -> Diagnostic:
    ids = ", ".join(f"`{one}`" for one in forms.shared[key])
    return diagnostic("ambiguous-name", place_of(key), path=path, name=str(key), ids=ids)


# parameters and readings


def set_parameters(
    home: Environment, layout: Layout, forms: Forms, given: Mapping[str, Any], readings: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put a caller's figures and readings into the environment; returns both by id, as given."""
    found: list[Diagnostic] = []
    used: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    for path, values_given in (("parameters", given), ("readings", readings)):
        if not isinstance(values_given, Mapping):
            found.append(diagnostic("household-shape", path=path, found=_shown(values_given)))
    if found:
        raise PolicyError(found)
    for key, value in given.items():
        parameter = forms.parameters.get(key)
        if parameter is None:
            found.append(_unknown_name("unknown-parameter", key, forms))
            continue
        if parameter.id in used:
            found.append(diagnostic("fact-twice", place_of(key), path=str(key), id=parameter.id))
            continue
        used[parameter.id] = ""
        try:
            home[layout.household[parameter.id]], used[parameter.id] = _parameter_value(parameter, value)
        except Unreadable as error:
            found.append(_unreadable(error, str(key), str(key), value))
    for key, value in readings.items():
        reading = forms.readings.get(key)
        if reading is None:
            found.append(_unknown_name("unknown-reading", key, forms))
            continue
        if reading.id in chosen:
            found.append(diagnostic("fact-twice", place_of(key), path=str(key), id=reading.id))
            continue
        chosen[reading.id] = "open" if value is None else _shown(value)
        names = forms.option_names[reading.id]
        if value is None or (isinstance(value, str) and value in ("open", "待定")):
            home[layout.household[reading.id]] = reading.allowed
        elif isinstance(value, str) and value in names:
            home[layout.household[reading.id]] = names[value]
        else:
            assert isinstance(reading.type, ChoiceType)
            options = ", ".join(f"`{option}`" for option in (*reading.type.options, "open"))
            found.append(
                diagnostic(
                    "unknown-choice",
                    place_of(value),
                    path=str(key),
                    fact=str(key),
                    found=_shown(value),
                    options=options,
                )
            )
    if found:
        raise PolicyError(found)
    return used, chosen


def _unknown_name(code: str, key: Any, forms: Forms) -> Diagnostic:
    name = _shown(key)
    if key in forms.shared:
        return _ambiguous(key, name, forms)
    if code == "unknown-parameter":
        hint = _near(name, forms.parameters)
        if key in forms.readings:
            hint = Text("它是读法：用 readings / --reading", "it is a reading: use readings / --reading")
    else:
        hint = _near(name, forms.readings)
        if key in forms.parameters:
            hint = Text("它是参数：用 parameters / --set", "it is a parameter: use parameters / --set")
    return diagnostic(code, place_of(key), path=name, name=name, hint=hint)


def _parameter_value(parameter: ir.Parameter, value: Any) -> tuple[Number, str]:
    """A caller's figure within what the document says, and how it is written in a record."""
    assert isinstance(parameter.type, NumberType | DateType)
    text = _written(value)
    if text is None:
        raise Unreadable("bad-figure", text=_shown(value))
    try:
        bound = read_bound(text, parameter.type)
    except FigureError as error:
        raise Unreadable(error.code, **error.values) from None
    if bound.stated == "not stated":
        return parameter.value, text
    if isinstance(parameter.type, NumberType):
        limit = technical_limit(parameter.type, area=True)
        if any(end is not None and abs(end) > limit for end in ends(bound.value)):
            low = ends(parameter.allowed)[0]
            raise Unreadable(
                "out-of-range",
                found=_shown(value),
                range=_range_text(-limit if low is None else low, limit, parameter.type),
            )
    common = values.meet(bound.value, parameter.allowed)
    if common is None or (bound.stated == "exact" and not within(bound.value, parameter.allowed)):
        low, high = ends(parameter.allowed)
        if parameter.stated == "not stated" or (
            parameter.stated == "exact" and low != high
        ):  # a range, not the document
            raise Unreadable("out-of-range", found=_shown(value), range=_stated(parameter))
        raise Unreadable("beyond-document", found=_shown(value), stated=_stated(parameter))
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
    whole = None if isinstance(value, bool) else _whole(value)
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


def scalar(value: str) -> Scalar:
    return Scalar.at(value, None)
