"""What is read the fast way is read as intake reads it, and what intake refuses is never read the fast way."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

from drawing import Source, drawn
from households import Ready, random_household, written
from policyengine import load
from policyengine.errors import PolicyError
from policyengine.intake import Household, read_household
from policyengine.interpreters.layout import HOUSEHOLD, INDEX, MEMBERS
from policyengine.plain import PlainRows
from policyengine.ready import OFTEN
from programs import random_program
from showing import Case

often = settings(max_examples=5 * settings().max_examples)
ODD = (
    "unknown",
    " unknown ",
    "none",
    None,
    True,
    False,
    0,
    -1,
    10**30,
    "1",
    "yes",
    "high",
    1.5,
    [],
    "",
    "household",
    "area",
)


@st.composite
def rows(draw: Any) -> Case:
    """A program and households as callers give them: all sorts of facts, one of them odd, keys doubled or misspelt."""
    source = drawn(draw)
    program = random_program(source)
    household = written(program, random_household(source, program))
    return Case(program, (household, spoilt(source, household), plain(household)))


def plain(household: dict[str, Any]) -> dict[str, Any]:
    """With whole numbers instead of their texts, and only truths, numbers and words left."""

    def kept(row: dict[str, Any]) -> dict[str, Any]:
        numbers = {
            key: int(value) if isinstance(value, str) and value.isdigit() else value for key, value in row.items()
        }
        return {
            key: value if key != "id" else row["id"] for key, value in numbers.items() if isinstance(value, bool | int)
        } | {key: row[key] for key in ("id",) if key in row}

    return {**kept({key: value for key, value in household.items() if key not in ("area", "members")}),
            "members": [kept(row) for row in household["members"]]}  # fmt: skip


def spoilt(source: Source, household: dict[str, Any]) -> dict[str, Any]:
    changed = plain(household)
    row = source.pick((changed, *changed["members"]))
    keys = [*(key for key in row if key != "members"), "name", "id", "household", "f0", "F0", "事实0", "nonsense"]
    row[source.pick(keys)] = source.pick(ODD)
    return changed


@often
@tried_on(rows())
def test_both_ways_read_the_same(case: Case) -> None:
    ready = Ready(case.program)
    fast = PlainRows(ready.evaluator.layout, ready.forms)
    for given in (*case.households, *case.households):  # the second time each shape is known
        found = fast.read(given)
        try:
            expected = read_household(ready.program, ready.evaluator.layout, ready.forms, given)
        except PolicyError:
            assert found is None
        else:
            assert found is None or contents(found) == contents(expected)


def test_plain_facts_are_read_the_fast_way() -> None:
    ready = Ready(random_program(Source(lambda number: 0)))
    fast = PlainRows(ready.evaluator.layout, ready.forms)
    assert fast.read({"household": "Zhang", "members": [{"id": "b", "name": "Bo"}, {"id": "a"}]}) is not None


@pytest.mark.parametrize(
    "given", [None, [], {}, {"members": []}, {"members": "ab"}, {"members": [None]}, {"members": [{}]}]
)
def test_what_is_no_household_is_left_to_intake(given: Any) -> None:
    ready = Ready(random_program(Source(lambda number: 0)))
    assert PlainRows(ready.evaluator.layout, ready.forms).read(given) is None


def contents(household: Household) -> tuple[Any, ...]:
    home = household.environment
    assert home[MEMBERS] == list(household.by_id.values())
    members = {
        key: (member[HOUSEHOLD] is home, member[INDEX], member[INDEX + 1 :]) for key, member in household.by_id.items()
    }
    return (
        household.name, household.member_ids, household.member_names, household.facts, home[MEMBERS + 1 :], members,
        list(members),
    )  # fmt: skip


def test_households_of_a_shape_seen_often_are_decided_as_before() -> None:
    pack = load("zibo")
    source = random.Random(5)
    shapes = [("dibao_recipient", "age"), ("dibao_recipient", "medical_costs_in_scope", "basic_insurance_reimbursed")]

    def household() -> dict[str, Any]:
        figures = {"age": 70, "medical_costs_in_scope": 9000, "basic_insurance_reimbursed": "1000.50"}
        members = [
            {"id": name} | {key: source.random() < 0.5 if key == "dibao_recipient" else figures[key] for key in keys}
            for name, keys in zip("ab", shapes, strict=True)
        ]
        return {"household_income": source.randrange(20_000), "members": members}

    given = [household() for _ in range(OFTEN + 20)]
    figures = {"rural_dibao_standard": 4200}
    ready = pack._on(date(2018, 6, 1))
    first = [pack.decide(item, on="2018-06-01", parameters=figures).to_dict() for item in given]
    assert len(ready.settings(figures, {}).runs) == 1
    assert not ready.settings({}, {}).runs
    fresh = load("zibo")
    assert first[OFTEN:] == [
        fresh.decide(item, on="2018-06-01", parameters=figures).to_dict() for item in given[OFTEN:]
    ]
