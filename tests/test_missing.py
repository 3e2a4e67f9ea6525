"""The third law, relevance: what is listed as missing, what isn't, and what is said to matter for sure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

from drawing import CONDITION, EFFECTIVE, Source, bits, drawn
from households import Given, Household, Key, Ready, complete, keys, point, random_household, room
from policyengine import ir, values
from policyengine.ir import ChoiceType, ConditionType
from policyengine.text import same
from policyengine.units import YUAN
from policyengine.values import Value
from programs import closed_limits, random_program
from showing import Case

law = settings(max_examples=20 * settings().max_examples)


@st.composite
def households_with_two_completions(draw: Any) -> Case:
    """A household, a result of it, and two completions that differ in nothing that is listed as missing for the result."""
    source = drawn(draw)
    program = random_program(source)
    household = random_household(source, program)
    decision = Ready(program).decide(household)
    result = source.pick(list(decision._results()))
    listed = {(item.id, item.entity) for item in decision.missing if result in item.for_results}
    first = complete(source, program, household)
    return Case(program, (household, first, changed(source, program, household, first, listed)), reference=result)


def changed(source: Source, program: ir.Program, household: Household, first: Household, kept: set[Key]) -> Household:
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
    assert ready.decide(first)._results()[case.reference] == ready.decide(second)._results()[case.reference]


@st.composite
def households_with_something_missing(draw: Any) -> Case:
    """A household and pairs of its completions that differ only in one fact that is listed as missing."""
    source = drawn(draw)
    program = random_program(source)
    household = random_household(source, program)
    missing = Ready(program).decide(household).missing
    if not missing:
        return Case(program, ())
    item = source.pick(missing)
    pairs = []
    for _ in range(6):
        first, other = complete(source, program, household), complete(source, program, household)
        pairs.append((first, only(first, other, (item.id, item.entity))))
    return Case(program, tuple(pairs))


def only(first: Household, other: Household, key: Key) -> Household:
    """The first household, with what the other says of one fact, parameter or reading."""
    if key in first.facts:
        return replace(first, facts={**first.facts, key: other.facts[key]})
    if key[0] in other.readings:
        return replace(first, readings={**first.readings, key[0]: other.readings[key[0]]})
    return replace(first, parameters={**first.parameters, key[0]: other.parameters[key[0]]})


def test_most_of_what_is_listed_as_missing_can_be_seen_to_change_a_result(record_property: Any) -> None:
    """The list may be too long; how long is measured: the share of entries for which six tries find a witness."""
    seen: Counter[bool] = Counter()

    @settings(law, max_examples=law.max_examples // 4)
    @tried_on(households_with_something_missing())
    def look_for_a_witness(case: Case) -> None:
        if case.households:
            ready = Ready(case.program)
            seen[any(ready.decide(a)._results() != ready.decide(b)._results() for a, b in case.households)] += 1

    look_for_a_witness()
    share = seen[True] / seen.total()
    record_property("share of missing entries confirmed", share)
    print(f"{seen[True]} of {seen.total()} entries listed as missing have a witness: {share:.0%}")
    assert share > 0.3 or seen.total() < 50


@st.composite
def households_with_few_ways_on(draw: Any) -> Case:
    """A household to which little can be added, and every way to add it (at most some thousands)."""
    source = drawn(draw)
    program = random_program(source)
    household = narrowed(source, program, random_household(source, program))
    missing = Ready(program).decide(household).missing
    rest = complete(source, program, household)
    declared = {fact.id: fact for fact in program.facts}
    ways: dict[Key, list[Given]] = {}
    for item in missing:
        if item.kind == "fact":
            key = item.id, item.entity
            ways[key] = possible(declared[item.id], household.facts.get(key))
    number = 1
    for found in ways.values():
        number *= len(found)
    if not any(item.is_certain for item in missing) or number > 3000:
        return Case(program, ())
    completions = (
        replace(rest, facts=rest.facts | dict(zip(ways, way, strict=True))) for way in product(*ways.values())
    )
    return Case(program, (household, *completions), reference=tuple(ways))


def narrowed(source: Source, program: ir.Program, household: Household) -> Household:
    """Readings and figures settled, and every number that isn't known between figures that lie close together."""
    facts = dict(household.facts)
    for fact, whose in keys(program, household.members):
        stated = facts.get((fact.id, whose))
        left: Value = room(fact) if stated is None else stated.value
        if (
            not isinstance(fact.type, ConditionType | ChoiceType)
            and not isinstance(left, int)
            and not (stated and stated.absent)
        ):
            low = point(source, fact.type, left, fact.scope)  # type: ignore[arg-type]
            most = values.ends(closed_limits(left, fact.type, fact.scope))[1]  # type: ignore[arg-type]
            near = values.interval(low, min(low + source.below(4), most or 0))
            facts[fact.id, whose] = Given(near)
    settled = complete(source, program, household)
    return Household(household.members, facts, settled.parameters, settled.readings)


def possible(fact: ir.Fact, stated: Given | None) -> list[Given]:
    """Everything that a fact can turn out to be."""
    left: Value = room(fact) if stated is None else stated.value
    match fact.type:
        case ConditionType():
            found = [Given(True), Given(False)] if left is None else [Given(left)]
        case ChoiceType():
            found = [Given(bit) for bit in bits(left)]  # type: ignore[arg-type]
        case _:
            low, high = values.ends(left)  # type: ignore[arg-type]
            found = [Given(value) for value in range(low or 0, (high or 0) + 1)]
    return [*found, Given(absent=True)] if fact.optional and stated is None else found


@law
@tried_on(households_with_few_ways_on())
def test_what_is_said_to_matter_for_sure_does(case: Case) -> None:
    if not case.households:
        return
    ready, (household, *completions) = Ready(case.program), case.households
    decision = ready.decide(household)
    outcomes = [(one.facts, ready.decide(one)._results()) for one in completions]
    for item in decision.missing:
        if item.is_certain and item.kind == "fact":
            others = [key for key in case.reference if key != (item.id, item.entity)]
            by_rest: dict[Any, Any] = {}
            assert any(
                by_rest.setdefault(tuple(facts[key] for key in others), results) != results
                for facts, results in outcomes
            )


@st.composite
def households_under_readings(draw: Any) -> Case:
    """A household, and the same under every other option of every reading that isn't set."""
    source = drawn(draw)
    program = random_program(source)
    household = random_household(source, program)
    open_ones = [item for item in program.parameters if item.is_reading and item.id not in household.readings]
    others = {
        (item.id, bit): replace(household, readings={**household.readings, item.id: bit})
        for item in open_ones
        for bit in bits(values.ends(item.allowed)[0] or 0)
        if bit != item.default
    }
    return Case(program, (household, *others.values()), reference=tuple(others))


@law
@tried_on(households_under_readings())
def test_a_reading_at_its_default_is_told_where_another_option_changes_a_result_and_only_there(case: Case) -> None:
    ready, (household, *others) = Ready(case.program), case.households
    decision = ready.decide(household)
    here = decision._results()
    expected: dict[str, set[Key]] = {}
    for (reading, _), other in zip(case.reference, others, strict=True):
        changed = {key for key, value in ready.decide(other)._results().items() if value != here[key]}
        if changed:
            expected.setdefault(reading, set()).update(changed)
    assert {item.reading: set(item.changes) for item in decision.assumptions} == expected


@pytest.mark.parametrize("operator", ["min", "max"])
def test_of_two_terms_of_an_extreme_exactly_those_that_can_decide_it_are_missing(operator: Any) -> None:
    """Every way in which two intervals of 0 to 3 can lie to each other."""
    money = ir.NumberType(YUAN, 100)
    ends = [(low, high) for low in range(4) for high in range(low, 4)]
    x, y = (ir.FactRef(money, name, "household") for name in ("x", "y"))
    always = ir.Variable("always", "household", CONDITION, ir.Constant(CONDITION, True), same("always"))
    amount = ir.Variable("amount", "household", money, ir.Arithmetic(money, operator, (x, y)), same("amount"))
    benefit = ir.Benefit("b", "household", "cash", same("b"), "always", "amount", None, None, (), False, (), None)
    extreme = min if operator == "min" else max
    for first, second in product(ends, ends):
        facts = tuple(
            ir.Fact(name, "household", money, values.interval(*span), False, same(name))
            for name, span in (("x", first), ("y", second))
        )
        program = ir.Program("", same(""), EFFECTIVE, "", (), {}, facts, (), (always, amount), (benefit,), ())
        listed = {item.id for item in Ready(program).decide(Household(("a",), {})).missing}
        one, two = (range(low, high + 1) for low, high in (first, second))
        needed = {"x"} if any(len({extreme(a, b) for a in one}) > 1 for b in two) else set()
        needed |= {"y"} if any(len({extreme(a, b) for b in two}) > 1 for a in one) else set()
        assert listed == needed
