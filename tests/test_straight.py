"""A program written as one Python function gives what its closures give, for every variable, whatever is known."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

from drawing import EFFECTIVE, drawn, seeded
from households import Ready, complete, random_household, variable_values
from policyengine import ir
from policyengine.decision import Decision
from policyengine.interpreters.household import MANY, Evaluator
from policyengine.interpreters.layout import MEMBERS, is_settled
from policyengine.interpreters.specialised import Reduced, specialised
from policyengine.interpreters.straight import straight
from policyengine.ir import NumberType
from policyengine.text import same
from policyengine.units import YUAN
from policyengine.values import ANYTHING, Direction
from programs import random_program
from showing import Case

often = settings(max_examples=10 * settings().max_examples)


@st.composite
def programs_with_households(draw: Any) -> Case:
    source = drawn(draw)
    program = random_program(source)
    partly = random_household(source, program)
    return Case(program, (partly, complete(source, program, partly)))


@often
@tried_on(programs_with_households())
def test_the_function_fills_in_what_the_closures_fill_in(case: Case) -> None:
    ready = Ready(case.program)
    fill = straight(ready.evaluator)
    for household in case.households:
        decision = ready.decide(household)
        expected = variable_values(decision)
        _forget(decision)
        fill(decision._household.environment)
        assert variable_values(decision) == expected


@often
@tried_on(programs_with_households())
def test_the_function_for_what_is_always_given_fills_in_what_the_closures_fill_in(case: Case) -> None:
    ready = Ready(case.program)
    for household in case.households:
        decision = ready.decide(household)
        expected = variable_values(decision)
        fill = specialised(ready.evaluator, *_given(decision))
        _forget(decision)
        fill(decision._household.environment)
        assert variable_values(decision) == expected


def test_random_programs_have_what_is_sure_and_what_is_fixed(record_property: Callable[[str, object], None]) -> None:
    found: Counter[str] = Counter()
    for seed in range(100):
        source = seeded(seed)
        program = random_program(source)
        decision = Ready(program).decide(random_household(source, program))
        reduced = Reduced(decision._evaluator, *_given(decision))
        for item in program.variables:
            reduced.variable(item)
            fixed, sure = item.id in reduced.fixed, item.id in reduced.known
            found[f"{'fixed' if fixed else 'open'} and {'sure' if sure else 'not sure'}"] += 1
    record_property("counted", f"variables of households with the same facts: {dict(sorted(found.items()))}")
    assert len(found) == 4
    assert min(found.values()) >= 10


def test_a_function_for_what_is_given_leaves_nothing_behind() -> None:
    source = seeded(3)
    program = random_program(source)
    decision = Ready(program).decide(complete(source, program, random_household(source, program)))
    evaluator = decision._evaluator
    closures, kept = len(evaluator._compiled), set(evaluator.kept)
    made = weakref.ref(specialised(evaluator, *_given(decision)))
    assert (len(evaluator._compiled), set(evaluator.kept)) == (closures, kept)
    gc.collect()
    assert made() is None


def _given(decision: Decision) -> tuple[dict[int, Any], frozenset[str], frozenset[str]]:
    """The figures that a household's environment holds, the facts that are known of all in it, and others of some."""
    layout, home = decision._evaluator.layout, decision._household.environment
    always, sometimes = set(), set()
    for fact in decision.program.facts:
        person = fact.scope == "person"
        slots, blank = (layout.person, layout.person_blank) if person else (layout.household, layout.household_blank)
        slot = slots[fact.id]
        found = [place[slot] for place in (home[MEMBERS] if person else [home])]
        stated = [place[layout.absent[fact.id]] for place in (home[MEMBERS] if person else [home])
                  if fact.id in layout.absent]  # fmt: skip
        if all(is_settled(fact.type, value) for value in found) and all(stated):
            always.add(fact.id)
        elif any(value != blank[slot] for value in found):
            sometimes.add(fact.id)
    parameters = [layout.household[item.id] for item in decision.program.parameters]
    return {slot: home[slot] for slot in parameters}, frozenset(always), frozenset(sometimes)


def test_after_many_runs_the_function_takes_over() -> None:
    source = seeded(7)
    program = random_program(source)
    ready, household = Ready(program), random_household(source, program)
    first = variable_values(ready.decide(household))
    for _ in range(MANY):
        last = variable_values(ready.decide(household))
    assert ready.evaluator._straight is not None
    assert last == first


@pytest.mark.parametrize("direction", ["half_up", "half_even", "up", "down"])
def test_halves_are_rounded_alike(direction: Direction) -> None:
    yuan = NumberType(YUAN, 100)
    facts = tuple(ir.Fact(name, "household", yuan, ANYTHING, False, same(name)) for name in ("above", "below"))
    above, below = (ir.FactRef(yuan, fact.id, "household") for fact in facts)
    nodes = [ir.Round(yuan, above, divisor, 3, 2, 5, direction) for divisor in (None, below)]
    variables = tuple(ir.Variable(f"v{i}", "household", yuan, node, same("")) for i, node in enumerate(nodes))
    program = ir.Program("p", same("p"), EFFECTIVE, "", (), {}, facts, (), variables, (), ())
    evaluator = Evaluator(program)
    fill = straight(evaluator)
    for first in range(-30, 31):
        for second in range(1, 9):
            one, other = ([[], None, first, second, None, None] for _ in range(2))
            evaluator.run_closures(one)
            fill(other)
            assert one == other


def _forget(decision: Decision) -> None:
    layout, home = decision._evaluator.layout, decision._household.environment
    for item in decision.program.variables:
        if item.scope == "person":
            for member in decision._household.by_id.values():
                member[layout.person[item.id]] = "forgotten"
        else:
            home[layout.household[item.id]] = "forgotten"
