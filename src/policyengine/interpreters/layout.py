"""Where a household's facts and results stand while it is decided.

The household's environment is a list [members, area and household facts, parameters, area and household variables]; a
member's is [household, member's index in order of id, facts, variables]. See values.py for what a slot holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from policyengine import ir, values
from policyengine.ir import ChoiceType, ConditionType
from policyengine.values import Number, Value

Environment = list[Any]
Evaluate = Callable[[Environment], Any]
HOUSEHOLD, INDEX = 0, 1  # slots of a member's environment
MEMBERS = 0  # slot of a household's environment
ABSENT = "absent"  # an optional fact whose absence is stated


@dataclass(frozen=True)
class Layout:
    """Which slot holds what."""

    household: dict[str, int]  # area and household facts, parameters, variables by id
    person: dict[str, int]
    household_blank: tuple[Any, ...]  # an environment in which nothing has been stated yet
    person_blank: tuple[Any, ...]
    absent: dict[str, int]  # optional fact -> the slot that says whether it is stated: True, False (absent), None


UNUSED_HOME, UNUSED_EACH = 1, 2  # where facts go that no rule asks for: vocabularies have many, and slots cost time


def lay_out(program: ir.Program) -> Layout:
    household: dict[str, int] = {}
    person: dict[str, int] = {}
    absent: dict[str, int] = {}
    home: list[Any] = [None, None]
    each: list[Any] = [None, 0, None]
    used = asked(program)
    for fact in program.facts:
        slots, blank = (person, each) if fact.scope == "person" else (household, home)
        if fact.id not in used and not fact.optional:
            slots[fact.id] = UNUSED_HOME if blank is home else UNUSED_EACH
            continue
        slots[fact.id] = len(blank)
        blank.append(unknown(fact.type, fact.range))
        if fact.optional:
            absent[fact.id] = len(blank)
            blank.append(None)
    for parameter in program.parameters:
        household[parameter.id] = len(home)
        home.append(parameter.value)
    for variable in program.variables:
        slots, blank = (person, each) if variable.scope == "person" else (household, home)
        slots[variable.id] = len(blank)
        blank.append(None)
    return Layout(household, person, tuple(home), tuple(each), absent)


def asked(program: ir.Program) -> set[str]:
    """The facts that some rule asks for; the others share a slot, in which nothing can be found again."""
    return {node.id for item in program.variables for node in ir.walk(item.node) if isinstance(node, ir.FactRef)}


def unknown(type_: ir.Type, allowed: Number) -> Value:
    """The value of which nothing more is known than its range."""
    return None if isinstance(type_, ConditionType) else allowed


def is_settled(type_: ir.Type, value: Value) -> bool:
    """Is nothing left open in this value?"""
    match type_:
        case ConditionType():
            return value is not None
        case ChoiceType():
            return isinstance(value, int) and values.single(value)
        case _:
            return type(value) is int
