"""Read one fact as it is told to a case, by the rules that hold for a whole household."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policyengine import ir, values
from policyengine.errors import PolicyError, diagnostic
from policyengine.intake import MEMBER_KEYS, OWN_KEYS, WORDS, read_household
from policyengine.ir import ChoiceType, ConditionType
from policyengine.values import Value

if TYPE_CHECKING:
    from policyengine.ready import Ready


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of a fact: its value as in values.py, and of an optional fact whether there is one."""

    value: Value
    exists: bool = True


def read_fact(ready: Ready, fact: str, value: Any, entity: str) -> tuple[str, Stated | None]:
    """The fact's id, and what the value says; None where it says that it isn't known.

    entity: a member's id, "household" or "area". Raises PolicyError with everything that is wrong.
    """
    forms = ready.forms
    entries = {"area": forms.area, "household": forms.household}.get(entity, forms.person)
    if fact not in entries and fact in (*OWN_KEYS, *MEMBER_KEYS, *WORDS["household"], *WORDS["person"]):
        raise PolicyError([diagnostic("unknown-fact", path=fact, key=fact)])
    member: dict[str, Any] = {"id": "someone"}
    given: dict[str, Any] = {"members": [member]}
    if entity == "area":
        given["area"] = {fact: value}
    elif entity == "household":
        given[fact] = value
    else:
        member[fact] = value
    read = read_household(ready.program, ready.evaluator.layout, forms, given)
    entry = entries[fact]
    said = (
        read.facts["members"][0]
        if entries is forms.person
        else read.facts.get("area", {})
        if entity == "area"
        else read.facts
    )
    if entry.id not in said:
        return entry.id, None
    environment = read.by_id["someone"] if entries is forms.person else read.environment
    exists = True if entry.stated_slot is None else environment[entry.stated_slot]
    return entry.id, Stated(environment[entry.slot], exists)


def narrows(type_: ir.Type, before: Stated, now: Stated) -> bool:
    """Does what is said now fit into what was said before?"""
    if before.exists is not now.exists:
        return False
    match type_:
        case ConditionType():
            return before.value is now.value
        case ChoiceType():
            assert isinstance(before.value, int)
            assert isinstance(now.value, int)
            return now.value & ~before.value == 0
        case _:
            assert before.value is not None
            assert now.value is not None
            return values.within(now.value, before.value)
