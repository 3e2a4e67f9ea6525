"""The laws of evaluation, each tried on random programs and households; `pytest --long` tries 25 times as many.

What a law has found is kept in test_found_by_laws.py; replay has its own file, test_replay.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from drawing import Source, bits, drawn
from households import (
    SCOPES,
    Given,
    Household,
    Ready,
    complete,
    given,
    holds,
    keys,
    point,
    random_household,
    refine,
    room,
    variable_values,
)
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st
from programs import closed_limits, exact, random_program
from reasons import Recomputation, every
from reference import World
from showing import Case

from policyengine import ir, values
from policyengine.compiler.ranges import bounds
from policyengine.decision import Decision
from policyengine.explanation import leaves
from policyengine.interpreters.household import is_settled
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType

law = settings(max_examples=20 * settings().max_examples)
Leaf = tuple[str, str]  # (fact, whose), or (parameter or reading, "")


def types(program: ir.Program) -> dict[str, ir.Type]:
    return {item.id: item.type for item in program.variables}


# 1. Soundness


@st.composite
def completions(draw: Any) -> Case:
    """A program and a partly known household; the same with every bound of the program and every fact settled."""
    source = drawn(draw)
    program = random_program(source)
    household = random_household(source, program)
    return Case(program, (household, complete(source, program, household)), exact(source, program))


@law
@tried_on(completions())
def test_what_is_known_of_a_partly_known_household_holds_when_everything_is_known(case: Case) -> None:
    household, completed = case.households
    partly = variable_values(Ready(case.program).decide(household))
    fully = variable_values(Ready(case.settled).decide(completed))
    kinds = types(case.program)
    wrong = {key: (partly[key], fully[key]) for key in partly if not holds(kinds[key[0]], partly[key], fully[key])}
    assert not wrong


@law
@tried_on(completions())
def test_the_ranges_that_the_compiler_proves_hold_for_every_household(case: Case) -> None:
    program, completed = case.program, case.households[1]
    limits = {item.id: closed_limits(item.range, item.type, item.scope) for item in program.facts}
    limits |= {item.id: closed_limits(item.allowed, item.type, "") for item in program.parameters}
    found = variable_values(Ready(program).decide(completed))
    for item in program.variables:
        if isinstance(item.type, NumberType | DateType):
            limits[item.id] = bounds(item.node, limits)
            for (name, _), value in found.items():
                if name == item.id and isinstance(value, int):  # what is absent or bounded may be anything on paper
                    assert values.within(value, limits[item.id])


# 2. Refinement


@st.composite
def refinements(draw: Any) -> Case:
    source = drawn(draw)
    program = random_program(source)
    household = random_household(source, program)
    return Case(program, (household, refine(source, program, household)))


@law
@tried_on(refinements())
def test_one_more_fact_never_makes_a_value_less_known(case: Case) -> None:
    ready, kinds = Ready(case.program), types(case.program)
    before, after = (variable_values(ready.decide(household)) for household in case.households)
    wrong = {key: (before[key], after[key]) for key in before if not holds(kinds[key[0]], before[key], after[key])}
    assert not wrong


# Exactness: a second meaning, written on its own


@st.composite
def complete_households(draw: Any) -> Case:
    """A program without bounds, a household of which everything is known, and the same in units for the reference."""
    source = drawn(draw)
    program = exact(source, random_program(source))
    household = complete(source, program, random_household(source, program), absences=source.chance(30))
    return Case(program, (household,), reference=world(source, program, household))


def world(source: Source, program: ir.Program, household: Household) -> World:
    declared = {item.id: item for item in program.facts}
    facts, absent = {}, set()
    for key, stated in household.facts.items():
        fact = declared[key[0]]
        if stated.absent:
            absent.add(key)
            stated = given(source, replace(fact, optional=False), room(fact), partly=False)
        facts[key] = in_units(fact.type, stated.value)
    figures = {item.id: in_units(item.type, item.default or 0) for item in program.parameters if item.is_reading}
    figures |= {item.id: in_units(item.type, household.parameters.get(item.id, item.value))
                for item in program.parameters if not item.is_reading}  # fmt: skip
    return World(program, list(household.members), facts, absent, figures | household.readings)


def in_units(type_: ir.Type, value: Any) -> Any:
    from datetime import date

    match type_:
        case NumberType(scale=scale):
            return Fraction(value, scale)
        case DateType():
            return date.fromordinal(value)
        case _:
            return value


def on_scale(type_: ir.Type, value: Any) -> Any:
    """Back from units; a number that the scale doesn't hold stays a fraction, and is wrong."""
    match type_:
        case NumberType(scale=scale):
            scaled = value * scale
            return int(scaled) if scaled.denominator == 1 else scaled
        case DateType():
            return value.toordinal()
        case _:
            return value


@law
@tried_on(complete_households())
def test_a_complete_household_comes_to_what_the_reference_says(case: Case) -> None:
    reference: World = case.reference
    decision, kinds = Ready(case.program).decide(case.households[0]), types(case.program)
    found = variable_values(decision)
    expected = {(name, whose): on_scale(kinds[name], reference.variable(name, whose)) for name, whose in found}
    if not reference.absent:
        assert found == expected
        check_results(decision, reference)
    wrong = {key: (found[key], expected[key]) for key in found if not holds(kinds[key[0]], found[key], expected[key])}
    assert not wrong


def check_results(decision: Decision, reference: World) -> None:
    """Entitlements and indicators, in decimals, against the reference."""
    for item in decision.entitlements:
        assert (item.status == "eligible") == reference.variable(item.declaration.eligible, item.entity)
        assert item.status != "undetermined"
        if item.declaration.amount is not None:
            due = reference.variable(item.declaration.amount, item.entity) if item.status == "eligible" else 0
            assert item.amount is not None
            assert Fraction(item.amount.exact or Decimal(0)) == due
    for result in decision.indicators:
        declared = result.declaration
        applies = declared.applies is None or reference.variable(declared.applies, result.entity)
        met = reference.variable(declared.met, result.entity)
        assert result.status == ("not applicable" if not applies else "met" if met else "not met")
        if result.gap is not None:
            measure, target = (reference.variable(key or "", result.entity) for key in (declared.measure, declared.target))
            if all(decimal(part) for part in (measure, target)):
                assert Fraction(result.gap.exact or Decimal(0)) == measure - target


def decimal(value: Fraction) -> bool:
    return 10**12 % value.denominator == 0


# 3. Relevance


@st.composite
def households_with_two_completions(draw: Any) -> Case:
    source = drawn(draw)
    program = random_program(source)
    household = random_household(source, program)
    ready = Ready(program)
    listed = {(item.id, item.entity) for item in ready.decide(household).missing}
    first = complete(source, program, household)
    return Case(program, (household, first, changed(source, program, household, first, listed)))


def changed(source: Source, program: ir.Program, household: Household, first: Household, kept: set[Leaf]) -> Household:
    """Another completion of the household: all that isn't kept may differ from the first."""
    second = complete(source, program, household)
    facts = {key: first.facts[key] if key in kept else stated for key, stated in second.facts.items()}
    parameters = {key: first.parameters[key] if (key, "") in kept else v for key, v in second.parameters.items()}
    readings = {key: first.readings[key] if (key, "") in kept else v for key, v in second.readings.items()}
    return Household(household.members, facts, parameters, readings)


@law
@tried_on(households_with_two_completions())
def test_what_is_not_listed_as_missing_cannot_change_a_result(case: Case) -> None:
    _, first, second = case.households
    ready = Ready(case.program)
    assert ready.decide(first)._results() == ready.decide(second)._results()
