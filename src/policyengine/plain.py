"""Read households of plain facts fast: a row whose keys have been seen before has a function of its own.

Plain is a truth, a whole number, or a word. Of everything else, above all of what is wrong with a household, intake.py
speaks: `read` gives it back unread. Both make the same of what both read (tests/test_plain.py). Only slot numbers are
written into a function; a row's keys and the readers of its facts are handed to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from policyengine.interpreters.layout import HOUSEHOLD, INDEX, MEMBERS, Environment, Layout

NAMES = ("household", "name", "id")
SHAPES_KEPT = 1000
Fill = Callable[[dict[str, Any], Environment, dict[str, Any]], bool]  # False: not plain, nothing may be used


@dataclass(frozen=True, eq=False, slots=True)
class Shape:
    """What rows with the same keys have in common. facts: the ids of those that are given, each known as one value."""

    fill: Fill
    facts: frozenset[str]


class PlainRows:
    """Reads the plain households of one program. Threads may share it."""

    def __init__(self, layout: Layout, forms: Forms) -> None:
        self.home, self.person, self.forms = layout.household_blank, layout.person_blank, forms
        self.households: dict[tuple[str, ...], Shape] = {}
        self.members: dict[tuple[str, ...], Shape] = {}

    def read(self, given: Any) -> Household | None:
        """A household whose facts are all plain and right; None for any other.

        `shapes` of the household are its own and then those of its members, each once: equal shapes are the same facts.
        """
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
        keys = tuple(given)
        shape = self.households.get(keys) or self._learn(self.households, keys, self.forms.household, OWN_KEYS)
        if not shape.fill(given, home, facts):
            return None
        shapes = [shape]
        members: list[Environment] = []
        by_id: dict[str, Environment] = {}
        names: dict[str, str] = {}
        recorded: list[Any] = []
        person, known = self.person, self.members
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
            keys = tuple(row)
            shape = known.get(keys) or self._learn(known, keys, self.forms.person, MEMBER_KEYS)
            member: Environment = list(person)
            if not shape.fill(row, member, own):
                return None
            if shape not in shapes:
                shapes.append(shape)
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
        return Household(called, tuple(by_id), names, home, by_id, facts, tuple(shapes))

    def _learn(
        self,
        known: dict[tuple[str, ...], Shape],
        keys: tuple[str, ...],
        entries: dict[str, Entry],
        own: tuple[str, ...],
    ) -> Shape:
        if len(known) >= SHAPES_KEPT:
            known.clear()
        known[keys] = _write(keys, entries, own)
        return known[keys]


def _write(keys: tuple[str, ...], entries: dict[str, Entry], own: tuple[str, ...]) -> Shape:
    """A function that puts the facts of a row into an environment, and beside it as they were given."""
    facts = [(key, entries[key]) for key in keys if key in entries]
    ids = frozenset(entry.id for _, entry in facts)
    if len(ids) < len(facts) or any(key not in entries and key not in own for key in keys):
        return Shape(lambda row, environment, given: False, ids)
    names: dict[str, Any] = {"type": type, "int": int, "str": str, "unknown": UNKNOWN, "__builtins__": {}}
    lines = ["def fill(row, environment, given):"]
    for index, (key, entry) in enumerate(facts):
        names |= {f"k{index}": key, f"i{index}": entry.id, f"r{index}": entry.read}
        lines.append(f" v = row[k{index}]")
        if entry.unknown is None:  # a condition
            lines += [" if v is not True and v is not False: return False", f" environment[{entry.slot}] = v"]
        else:
            lines += _figure_or_word(index, entry)
        if entry.stated_slot is not None:
            lines.append(f" environment[{entry.stated_slot}] = True")
        lines.append(f" given[i{index}] = v")
    lines.append(" return True")
    exec("\n".join(lines), names)
    return Shape(names["fill"], ids)


def _figure_or_word(index: int, entry: Entry) -> list[str]:
    """A whole number within its range, or a word for one value."""
    lines = []
    if entry.whole is not None:
        factor, least, most = entry.whole
        lines += [
            " if type(v) is int:",
            f"  n = v * {factor}",
            f"  if n < {least} or n > {most}: return False",
            f"  environment[{entry.slot}] = n",
        ]
    if entry.stated_slot is None:
        lines += [
            f" {'el' if lines else ''}if type(v) is str and v.strip() not in unknown:",
            f"  n = r{index}(v)",
            "  if type(n) is not int: return False",
            f"  environment[{entry.slot}] = n",
        ]
    return [*lines, " else: return False"] if lines else [" return False"]
