"""Read households of plain facts fast: a row whose keys have been seen before has a function of its own.

Plain is a truth, a whole number, or a word. Of everything else, above all of what is wrong with a household, intake.py
speaks: `read` gives it back unread. Both make the same of what both read (tests/test_plain.py). Only slot numbers are
written into a function; a row's keys and the readers of its facts are handed to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policyengine.compiler.figures import UNKNOWN
from policyengine.given import Unreadable
from policyengine.intake import (
    LARGEST_HOUSEHOLD,
    MEMBER_KEYS,
    OWN_KEYS,
    RESERVED_IDS,
    Entry,
    Forms,
    Household,
)
from policyengine.interpreters.household import HOUSEHOLD, INDEX, MEMBERS, Environment, Layout

NAMES = ("household", "name", "id")
SHAPES_KEPT = 1000
Fill = Callable[[dict[str, Any], Environment, dict[str, Any]], bool]  # False: not plain, nothing may be used


class PlainRows:
    """Reads the plain households of one program. Threads may share it."""

    def __init__(self, layout: Layout, forms: Forms) -> None:
        self.home, self.person, self.forms = layout.household_blank, layout.person_blank, forms
        self.households: dict[tuple[str, ...], Fill] = {}
        self.members: dict[tuple[str, ...], Fill] = {}

    def read(self, given: Any) -> Household | None:
        """A household whose facts are all plain and right; None for any other."""
        if type(given) is not dict or given.get("area") is not None:
            return None
        rows = given.get("members")
        if type(rows) is not list or not 0 < len(rows) <= LARGEST_HOUSEHOLD:
            return None
        try:
            return self._household(given, rows)
        except Unreadable:
            return None

    def _household(self, given: dict[str, Any], rows: list[Any]) -> Household | None:
        home: Environment = list(self.home)
        facts: dict[str, Any] = {}
        shape = tuple(given)
        fill = self.households.get(shape) or self._learn(self.households, shape, self.forms.household, OWN_KEYS)
        if not fill(given, home, facts):
            return None
        members: list[Environment] = []
        by_id: dict[str, Environment] = {}
        names: dict[str, str] = {}
        recorded: list[Any] = []
        person, shapes = self.person, self.members
        for row in rows:
            key = row.get("id") if type(row) is dict else None
            if type(key) is not str or key in by_id or key in RESERVED_IDS or not key.strip():
                return None
            own = {"id": key}
            name = row.get("name")
            if name is not None:
                if type(name) is not str:
                    return None
                names[key] = own["name"] = name
            shape = tuple(row)
            fill = shapes.get(shape) or self._learn(shapes, shape, self.forms.person, MEMBER_KEYS)
            member: Environment = list(person)
            if not fill(row, member, own):
                return None
            member[HOUSEHOLD] = home
            by_id[key] = member
            members.append(member)
            recorded.append(own)
        home[MEMBERS] = members
        for index, key in enumerate(sorted(by_id)):
            by_id[key][INDEX] = index
        facts["members"] = recorded
        called: Any = ""
        for key in NAMES:
            if given.get(key) is not None:
                called = given[key]
                break
        if type(called) is not str:
            return None
        if called:
            facts["household"] = called
        return Household(called, tuple(by_id), names, home, by_id, facts)

    def _learn(
        self, known: dict[tuple[str, ...], Fill], keys: tuple[str, ...], entries: dict[str, Entry], own: tuple[str, ...]
    ) -> Fill:
        if len(known) >= SHAPES_KEPT:
            known.clear()
        known[keys] = _write(keys, entries, own)
        return known[keys]


def _write(keys: tuple[str, ...], entries: dict[str, Entry], own: tuple[str, ...]) -> Fill:
    """A function that puts the facts of a row into an environment, and beside it as they were given."""
    facts = [(key, entries[key]) for key in keys if key in entries]
    if len({entry.id for _, entry in facts}) < len(facts) or any(key not in entries and key not in own for key in keys):
        return lambda row, environment, given: False
    names: dict[str, Any] = {"type": type, "int": int, "str": str, "unknown": UNKNOWN, "__builtins__": {}}
    lines = ["def fill(row, environment, given):"]
    for index, (key, entry) in enumerate(facts):
        names |= {f"k{index}": key, f"i{index}": entry.id, f"r{index}": entry.read}
        lines.append(f" v = row[k{index}]")
        if entry.unknown is None:  # a condition
            lines += [" if v is not True and v is not False: return False", f" environment[{entry.slot}] = v"]
        else:
            word = " and (type(v) is not str or v.strip() in unknown)" if entry.stated_slot is None else ""
            lines += [f" if type(v) is not int{word}: return False", f" environment[{entry.slot}] = r{index}(v)"]
        if entry.stated_slot is not None:
            lines.append(f" environment[{entry.stated_slot}] = True")
        lines.append(f" given[i{index}] = v")
    lines.append(" return True")
    exec("\n".join(lines), names)
    fill: Fill = names["fill"]
    return fill
