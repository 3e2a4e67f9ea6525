"""Cases on random programs: a program in a pack's place, and random steps that a case may take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from drawing import Source
from households import Given, Household, Ready, given, keys, random_household, refine, write_fact, write_value
from households import _reading as written_reading
from policyengine import ir
from policyengine.cases.case import Case
from policyengine.cases.conclusions import Conclusion
from policyengine.cases.file import Joined, Opening
from policyengine.intake import set_parameters
from policyengine.interpreters.layout import Environment
from policyengine.ready import Settings

Value = Any
Key = tuple[str, str]  # (variable, entity)


class ProgramPack(Ready):
    """A program in the place of a pack."""

    id, digest, reforms, supplements = "random", "0" * 64, (), ()
    policy = SimpleNamespace(facts={})

    def _on(self, on: object) -> ProgramPack:
        return self

    def settings(self, parameters: Any, readings: Any) -> Settings:
        home = list(self.evaluator.layout.household_blank)
        used, chosen = set_parameters(home, self.evaluator.layout, self.forms, parameters, readings)
        return Settings(tuple(enumerate(home))[1:], used, chosen)


def open_random(pack: ProgramPack, household: Household, members: tuple[str, ...] | None = None) -> Case:
    """A case with the household's figures and readings, of which no fact has been told."""
    types = {item.id: item.type for item in pack.program.parameters}
    figures = {key: write_value(value, types[key], False) for key, value in household.parameters.items()}
    readings = {key: written_reading(mask, pack.program.options) for key, mask in household.readings.items()}
    joined = [Joined(key) for key in (household.members if members is None else members)]
    return Case(pack, Opening(pack.program.effective, figures, readings), joined)  # type: ignore[arg-type]


def tell(case: Case, pack: ProgramPack, key: tuple[str, str], stated: Given) -> tuple[Conclusion, ...]:
    """Tell a fact as a caller writes it."""
    fact = next(item for item in pack.program.facts if item.id == key[0])
    value = "none" if stated.absent else write_fact(fact, stated, pack.program.options)
    return case.tell(fact.id, value, key[1] if fact.scope == "person" else None)


def settled(case: Case) -> dict[Key, bool]:
    """The conditions that the household evaluator settles on the facts so far, among those of the case."""
    decision = case.pack._decide(
        case.household, case.opening.on, case.opening.parameters, case.opening.readings, True, ("household", "person")
    )
    layout = decision._evaluator.layout
    inference = case._inference
    assert inference is not None
    found: dict[Key, bool] = {}
    for item in inference.compiled.rules.variables:
        places: dict[str, Environment] = {item.scope: decision._household.environment}
        if item.scope == "person":
            places = decision._household.by_id
        slots = layout.person if item.scope == "person" else layout.household
        found |= {
            (item.id, key): place[slots[item.id]] for key, place in places.items() if place[slots[item.id]] is not None
        }
    return found


def concluded(case: Case) -> dict[Key, bool]:
    """What the case has concluded, each once."""
    scopes = {item.id: item.scope for item in case._ready.program.variables}
    found = {(item.variable, item.member or scopes[item.variable]): item.truth for item in case.conclusions}
    assert len(found) == len(case.conclusions)
    return found


def random_case(source: Source, pack: ProgramPack) -> tuple[Household, list[tuple[Key, Given]]]:
    """A household, and its facts in a random order, some of them told in two steps."""
    household = random_household(source, pack.program)
    first, second = [], []
    for fact, whose in keys(pack.program, household.members):
        if source.chance(20):
            continue
        stated = household.facts.get((fact.id, whose)) or given(source, fact, room(fact), partly=source.chance(20))
        first.append(((fact.id, whose), stated))
    first = source.shuffled(first)
    told = Household(household.members, dict(first), household.parameters, household.readings)
    for _ in range(source.below(3)):
        closer = refine(source, pack.program, told)
        second += [(key, value) for key, value in closer.facts.items() if told.facts.get(key) not in (None, value)]
        told = Household(told.members, {**told.facts, **dict(second)}, told.parameters, told.readings)
    return household, [*first, *second]


def room(fact: ir.Fact) -> Value:
    return None if isinstance(fact.type, ir.ConditionType) else fact.range
