"""Read a household, an area, and a caller's parameters into the environments that a program runs in.

Everything is checked against the program's declarations, all that is wrong is reported at once, and nothing is guessed:
a key nobody knows is an error, a fact left out is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from policyengine import ir
from policyengine.authoring import scenario_words
from policyengine.authoring.reader import place_of
from policyengine.authoring.scenario_words import household_in_english
from policyengine.compiler.figures import ABSENT, OPEN, UNKNOWN
from policyengine.errors import Diagnostic, PolicyError, diagnostic, diagnostic_of
from policyengine.given import (
    Read,
    Unreadable,
    choices_of,
    is_blank,
    names_of_options,
    near,
    own_value,
    parameter_value,
    reader,
    shown,
    whole_number,
    whole_range,
)
from policyengine.interpreters.layout import HOUSEHOLD, INDEX, MEMBERS, Environment, Layout, unknown
from policyengine.ir import ChoiceType
from policyengine.text import Text
from policyengine.values import Value

OWN_KEYS = ("household", "id", "name", "members", "area", "on", "note")
MEMBER_KEYS = ("id", "name", "note")
WORDS = {
    # 地区 with keys and values below it is the area; otherwise it may be a fact's name
    "household": tuple(word for word, key in scenario_words.HOUSEHOLD.items() if key != "area"),
    "person": (*scenario_words.MEMBER,),
    "area": (),
}  # the same in Chinese
RESERVED_IDS = ("household", "area")  # what results call the household and the area themselves
LARGEST_HOUSEHOLD = 100


@dataclass(frozen=True)
class Entry:
    """One fact that may be given: where it goes and how it is read."""

    id: str
    slot: int
    stated_slot: int | None  # of an optional fact
    read: Read
    unknown: Value
    whole: tuple[int, int, int] | None  # of a number: see given.whole_range


@dataclass(frozen=True)
class Forms:
    """Every name under which a fact of each scope can be given, and every parameter that can be set."""

    household: dict[str, Entry]
    person: dict[str, Entry]
    area: dict[str, Entry]
    parameters: dict[str, ir.Parameter]
    readings: dict[str, ir.Parameter]
    option_names: dict[str, dict[str, int]]  # reading -> option id or label -> bit
    choices: dict[str, Text]  # reading -> what may be chosen, in words
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
    shapes: tuple[Any, ...] = ()  # which facts are known, of one read the fast way (plain.py)


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
                reader(fact, program, bits),
                unknown(fact.type, fact.range),
                whole_range(fact),
            )
            for fact in facts
        }
        for name, ids in _names(facts, (*OWN_KEYS, *MEMBER_KEYS, *WORDS[scope])).items():
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
        parameter.id: names_of_options(parameter.id, parameter.type, program, bits)
        for parameter in program.parameters
        if isinstance(parameter.type, ChoiceType)
    }
    words = {
        parameter.id: choices_of(parameter.id, parameter.type, program, "open")
        for parameter in program.parameters
        if isinstance(parameter.type, ChoiceType)
    }
    return Forms(
        scopes["household"], scopes["person"], scopes["area"], parameters, readings, option_names, words, shared
    )


def _names(declared: Iterable[ir.Fact | ir.Parameter], taken: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Which ids each id or label stands for: an id for itself, a label for all that bear it and `taken` for none."""
    items = list(declared)
    names: dict[str, tuple[str, ...]] = {item.id: (item.id,) for item in items}
    ids = {*names, *taken}
    for item in items:
        for name in {item.label.zh, item.label.en} - ids:
            names[name] = (*names.get(name, ()), item.id)
    return names


# a household


def read_household(program: ir.Program, layout: Layout, forms: Forms, given: Mapping[str, Any]) -> Household:
    """Put a household's facts into fresh environments. Raises PolicyError with everything that is wrong."""
    found: list[Diagnostic] = []
    if not isinstance(given, Mapping):
        raise PolicyError([diagnostic("household-shape", found=shown(given))])
    given = household_in_english(given, found)
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
            found.append(diagnostic("household-shape", place_of(area), path="area", found=shown(area)))
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
            found.append(diagnostic("household-shape", place_of(row), path=path, found=shown(row)))
            continue
        key = _word(row.get("id"), f"{path}.id", found)
        if key is None or not key.strip():
            if key is not None:
                found.append(diagnostic("member-without-id", place_of(row), path=path))
            key = ""
        elif key in RESERVED_IDS:
            found.append(diagnostic("reserved-member-id", place_of(row.get("id")), path=path, id=key))
        elif key in ids:
            found.append(diagnostic("duplicate-member", place_of(row.get("id")), path=path, id=shown(key)))
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
    whole = None if isinstance(value, bool) else whole_number(value)
    if whole is not None and whole.bit_length() <= 64:
        return str(whole)
    found.append(diagnostic("not-a-word", place_of(value), path=path, found=shown(value)))
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
        if not isinstance(value, str):
            value = own_value(value)
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
    if is_blank(value) and error.code in ("unknown-choice", "bad-date"):  # the hints of others say so themselves
        hint = Text("不知道就不写", "leave it out if it isn't known")
    return diagnostic_of(error.code, place_of(value), details, path, hint if isinstance(hint, Text) else None)


_WHOSE = {
    "household": Text("家庭", "the household"),
    "person": Text("成员", "a member"),
    "area": Text("地区", "the area"),
}


def _unknown_fact(
    key: Any, entries: dict[str, Entry], own: tuple[str, ...], path: str, forms: Forms, elsewhere: tuple[str, ...]
) -> Diagnostic:
    name = shown(key)
    path = f"{path}{name}"
    for scope in elsewhere:
        if key in getattr(forms, scope):
            where = Text(f"它属于{_WHOSE[scope].zh}", f"it is a fact of {_WHOSE[scope].en}")
            return diagnostic("unknown-fact", place_of(key), path=path, key=name, hint=where)
    if key in forms.shared:
        return _ambiguous(key, path, forms)
    words = WORDS["household" if "members" in own else "person" if own else "area"]
    hint = near(name, [*entries, *own, *words]) if isinstance(key, str) else None
    return diagnostic("unknown-fact", place_of(key), path=path, key=name, hint=hint)


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
            found.append(diagnostic("household-shape", path=path, found=shown(values_given)))
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
            home[layout.household[parameter.id]], used[parameter.id] = parameter_value(parameter, value)
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
        chosen[reading.id] = "open" if value is None else shown(value)
        names = forms.option_names[reading.id]
        if value is None or (isinstance(value, str) and value in OPEN):
            home[layout.household[reading.id]] = reading.allowed
        elif isinstance(value, str) and value in names:
            home[layout.household[reading.id]] = names[value]
        else:
            found.append(
                diagnostic(
                    "unknown-choice",
                    place_of(value),
                    path=str(key),
                    fact=str(key),
                    found=shown(value),
                    options=forms.choices[reading.id],
                )
            )
    if found:
        raise PolicyError(found)
    return used, chosen


def _unknown_name(code: str, key: Any, forms: Forms) -> Diagnostic:
    name = shown(key)
    if key in forms.shared:
        return _ambiguous(key, name, forms)
    if code == "unknown-parameter":
        hint = near(name, forms.parameters)
        if key in forms.readings:
            hint = Text("它是读法：用 readings / --reading", "it is a reading: use readings / --reading")
    else:
        hint = near(name, forms.readings)
        if key in forms.parameters:
            hint = Text("它是参数：用 parameters / --set", "it is a parameter: use parameters / --set")
    return diagnostic(code, place_of(key), path=name, name=name, hint=hint)
