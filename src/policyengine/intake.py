"""Read a household, an area, and a caller's parameters into the environments that a program runs in.

Everything is checked against the program's declarations, all that is wrong is reported at once, and nothing is guessed:
a key nobody knows is an error, a fact left out is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
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
from policyengine.units import parse_quantity, show_quantity
from policyengine.values import Number, Value, ends, within

OWN_KEYS = ("household", "id", "name", "members", "area", "on", "note")
MEMBER_KEYS = ("id", "name", "note")
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
    ids = {fact.id for fact in program.facts}
    for fact in program.facts:
        slots = layout.person if fact.scope == "person" else layout.household
        entry = Entry(
            fact.id, slots[fact.id], layout.absent.get(fact.id), _reader(fact, program, bits), unknown(fact.type, fact.range)
        )
        for name in {fact.id, fact.label.zh, fact.label.en}:
            if name == fact.id or (name not in ids and name not in scopes[fact.scope]):
                scopes[fact.scope][name] = entry
    parameters: dict[str, ir.Parameter] = {}
    readings: dict[str, ir.Parameter] = {}
    option_names: dict[str, dict[str, int]] = {}
    for parameter in program.parameters:
        for name in (parameter.id, parameter.label.zh, parameter.label.en):
            (readings if parameter.is_reading else parameters)[name] = parameter
        if isinstance(parameter.type, ChoiceType):
            option_names[parameter.id] = _option_names(parameter.id, parameter.type, program, bits)
    return Forms(scopes["household"], scopes["person"], scopes["area"], parameters, readings, option_names)


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
    def read(value: Any) -> int:
        if isinstance(value, str) and value.strip() in names:
            return names[value.strip()]
        if isinstance(value, list | tuple) and value:  # several are still possible
            mask = 0
            for item in value:
                mask |= read(item)
            return mask
        near = closest(str(value), names) if isinstance(value, str) else None
        hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
        assert isinstance(fact.type, ChoiceType)
        options = ", ".join(f"`{option}`" for option in fact.type.options)
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
        if not within(day, fact.range):
            day = values.meet(day, fact.range) or day
        if not within(day, fact.range):
            low, high = (_day(end) for end in ends(fact.range))
            raise Unreadable("out-of-range", found=_shown(value), range=Text(f"{low} 至 {high}", f"{low} to {high}"))
        return day

    return read


def _day(ordinal: int | None) -> str:
    return "…" if ordinal is None else date.fromordinal(ordinal).isoformat()


def _number_reader(fact: ir.Fact, type_: NumberType) -> Read:
    low, high = ends(fact.range)
    limit = technical_limit(type_, fact.scope == "area")
    least = -limit if low is None else low
    most = limit if high is None else min(high, limit)
    scale = type_.scale
    whole_only = scale == 1

    def read(value: Any) -> Number:
        if type(value) is int:
            number = value * scale
            if least <= number <= most:
                return number
            raise out_of_range(value)
        return slow(value)

    def slow(value: Any) -> Number:
        if isinstance(value, bool) or value is None:
            raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_))
        if isinstance(value, float | Decimal):
            exact = Decimal(repr(value)) if isinstance(value, float) else value
            if not exact.is_finite():
                raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_))
            scaled = exact * scale
            if scaled != scaled.to_integral_value():
                raise Unreadable("too-fine", text=_shown(value), step=step_text(type_))
            bound: Number = int(scaled)
            stated = "exact"
        elif isinstance(value, str):
            try:
                found = read_bound(value, type_)
            except FigureError as error:
                if error.code == "bad-figure":
                    raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_)) from None
                raise Unreadable(error.code, **error.values) from None
            bound, stated = found.value, found.stated
            if whole_only is False and value.strip().isdigit() is False and parse_quantity(value) is None and stated == "exact":
                raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_))
        else:
            raise Unreadable("not-a-figure", found=_shown(value), unit=_unit(type_))
        for end in ends(bound):
            if end is not None and not least <= end <= most:
                raise out_of_range(value)
        if stated != "exact":
            bound = values.meet(bound, fact.range) or bound
        return bound

    def out_of_range(value: Any) -> Unreadable:
        from fractions import Fraction

        zh, en = (
            " ".join(show_quantity(Fraction(end, scale), type_.unit, lang) for end in (least,))
            + {"zh": " 至 ", "en": " to "}[lang]
            + show_quantity(Fraction(most, scale), type_.unit, lang)
            for lang in ("zh", "en")
        )
        return Unreadable("out-of-range", found=_shown(value), range=Text(zh, en))

    return read


def _unit(type_: NumberType) -> Text:
    return Text(type_.unit.text("zh"), type_.unit.text("en"))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
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
    members, ids, names, recorded = _members(given, layout, forms, found)
    for member in members:
        member[HOUSEHOLD] = home
    home[MEMBERS] = members
    for index, key in enumerate(sorted(ids)):
        members[ids.index(key)][INDEX] = index
    if found:
        raise PolicyError(found)
    facts["members"] = recorded
    name = given.get("household", given.get("name", given.get("id", "")))
    if name:
        facts["household"] = str(name)
    return Household(str(name), tuple(ids), names, home, dict(zip(ids, members, strict=True)), facts)


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
        found.append(diagnostic("too-many-members", place_of(rows), number=str(len(rows)), limit=str(LARGEST_HOUSEHOLD)))
        return members, ids, names, recorded
    for index, row in enumerate(rows):
        path = f"members[{index}]"
        if not isinstance(row, Mapping):
            found.append(diagnostic("household-shape", place_of(row), path=path, found=_shown(row)))
            continue
        key = row.get("id")
        if key is None or isinstance(key, bool | float) or not str(key).strip():
            found.append(diagnostic("member-without-id", place_of(row), path=path))
            continue
        key = str(key)
        if key in ids:
            found.append(diagnostic("duplicate-member", place_of(row.get("id")), path=path, id=key))
            continue
        member: Environment = list(layout.person_blank)
        facts: dict[str, Any] = {"id": key}
        if row.get("name") is not None:
            names[key] = str(row["name"])
            facts["name"] = names[key]
        _fill(member, row, forms.person, MEMBER_KEYS, f"{path}.", facts, found, forms, ("household", "area"))
        ids.append(key)
        members.append(member)
        recorded.append(facts)
    return members, ids, names, recorded


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
        if value is None or (isinstance(value, str) and value in UNKNOWN):
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
            details = dict(error.details)
            hint = details.pop("hint", None)
            found.append(
                diagnostic(
                    error.code,
                    place_of(value),
                    path="" if place_of(value) else f"{path}{key}",
                    hint=hint if isinstance(hint, Text) else None,
                    **{"fact": str(key), **details},
                )
            )
        else:
            facts[entry.id] = value


def _unknown_fact(
    key: Any, entries: dict[str, Entry], own: tuple[str, ...], path: str, forms: Forms, elsewhere: tuple[str, ...]
) -> Diagnostic:
    name = str(key)
    for scope in elsewhere:
        if name in getattr(forms, scope):
            words = {"household": Text("家庭", "the household"), "person": Text("成员", "a member"), "area": Text("地区", "the area")}
            hint = Text(f"它属于{words[scope].zh}", f"it is a fact of {words[scope].en}")
            return diagnostic("unknown-fact", place_of(key), path=f"{path}{name}" if not place_of(key) else "", key=name, hint=hint)
    near = closest(name, [*entries, *own])
    near_hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
    return diagnostic("unknown-fact", place_of(key), path="" if place_of(key) else f"{path}{name}", key=name, hint=near_hint)


# parameters and readings


def set_parameters(
    home: Environment, layout: Layout, forms: Forms, given: Mapping[str, Any], readings: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put a caller's figures and readings into the environment; returns both by id, as given."""
    found: list[Diagnostic] = []
    used: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    for key, value in given.items():
        parameter = forms.parameters.get(key)
        if parameter is None:
            known = list(forms.parameters)
            found.append(_unknown_name("unknown-parameter", key, known, key in forms.readings))
            continue
        try:
            home[layout.household[parameter.id]] = _parameter_value(parameter, value)
            used[parameter.id] = str(value)
        except Unreadable as error:
            place = place_of(value)
            found.append(
                diagnostic_of(error.code, place, {"fact": str(key), **error.details}, path="" if place else str(key))
            )
    for key, value in readings.items():
        reading = forms.readings.get(key)
        if reading is None:
            found.append(_unknown_name("unknown-reading", key, list(forms.readings), False))
            continue
        names = forms.option_names[reading.id]
        if value is None or str(value) in ("open", "待定"):
            home[layout.household[reading.id]] = reading.allowed
        elif str(value) in names:
            home[layout.household[reading.id]] = names[str(value)]
        else:
            assert isinstance(reading.type, ChoiceType)
            options = ", ".join(f"`{option}`" for option in (*reading.type.options, "open"))
            found.append(
                diagnostic("unknown-choice", place_of(value), path="" if place_of(value) else str(key), fact=str(key), found=_shown(value), options=options)
            )
            continue
        chosen[reading.id] = "open" if value is None else str(value)
    if found:
        raise PolicyError(found)
    return used, chosen


def _unknown_name(code: str, key: str, known: list[str], is_reading: bool) -> Diagnostic:
    near = closest(str(key), known)
    hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
    if is_reading:
        hint = Text("它是读法：用 readings / --reading", "it is a reading: use readings / --reading")
    place = place_of(key)
    return diagnostic(code, place, path="" if place else str(key), name=str(key), hint=hint)


def _parameter_value(parameter: ir.Parameter, value: Any) -> Number:
    assert isinstance(parameter.type, NumberType | DateType)
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unreadable("bad-figure", text=_shown(value))
    text = repr(value) if isinstance(value, float) else str(value)
    try:
        bound = read_bound(text, parameter.type)
    except FigureError as error:
        raise Unreadable(error.code, **error.values) from None
    if bound.stated == "not stated":
        return parameter.value
    if isinstance(parameter.type, NumberType):
        limit = technical_limit(parameter.type, area=True)
        if any(end is not None and abs(end) > limit for end in ends(bound.value)):
            raise Unreadable("out-of-range", found=_shown(value), range=Text("过大", "too large"))
    common = values.meet(bound.value, parameter.allowed)
    if common is None or (bound.stated == "exact" and not within(bound.value, parameter.allowed)):
        raise Unreadable("beyond-document", found=_shown(value), stated=_stated(parameter))
    return common


def _stated(parameter: ir.Parameter) -> Text:
    return Text(_show_range(parameter, "zh"), _show_range(parameter, "en"))


def _show_range(parameter: ir.Parameter, lang: str) -> str:
    from fractions import Fraction

    def show(end: int) -> str:
        if isinstance(parameter.type, NumberType):
            return show_quantity(Fraction(end, parameter.type.scale), parameter.type.unit, lang)
        return date.fromordinal(end).isoformat()

    low, high = ends(parameter.allowed)
    if high is None and low is not None:
        return ("不低于 " if lang == "zh" else "at least ") + show(low)
    if low is None and high is not None:
        return ("不超过 " if lang == "zh" else "at most ") + show(high)
    assert low is not None
    assert high is not None
    return f"{show(low)} 至 {show(high)}" if lang == "zh" else f"{show(low)} to {show(high)}"


def scalar(value: str) -> Scalar:
    return Scalar.at(value, None)
