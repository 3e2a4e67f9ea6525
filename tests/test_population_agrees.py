"""Law 4 for columns: row by row they come to what the household evaluator comes to, for every variable.

The counts are printed: `pytest -s`, and with --long 25 times as many programs, and 200,000 households of every pack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

pytest.importorskip("numpy", reason="the extra `population` isn't installed")


from drawing import drawn, seeded
from households import Household, Ready, complete, random_household
from policyengine import ir
from policyengine.interpreters.layout import Environment
from policyengine.interpreters.population import Batch, Columns, compile_columns
from populations import batch_of, value_at
from programs import random_program

HOUSEHOLDS = 12  # of each random program
programs = settings(max_examples=2 * settings().max_examples)


def differences(
    program: ir.Program,
    batch: Batch,
    homes: list[Environment],
    layout: Any,
    figures: dict[str, Any],
    made: Callable[..., Columns] = compile_columns,
) -> list[Any]:
    """Every variable of every row where the columns come to something else than the environments that were run."""
    columns = made(program, batch.facts, figures, [item.id for item in program.variables])
    people = [member for home in homes for member in home[0]]
    found = []
    for item in program.variables:
        column = columns.run(batch, item.id)
        rows, slots = (people, layout.person) if item.scope == "person" else (homes, layout.household)
        homes_of = batch.nesting.homes if item.scope == "person" and columns.level(item.id) == 1 else range(len(rows))
        for place, row in enumerate(rows):
            value = value_at(column, item.node.type, homes_of[place], program.options)
            if value != row[slots[item.id]] or type(value) is not type(row[slots[item.id]]):
                found.append((item.id, place, row[slots[item.id]], value))
    return found


def decided(ready: Ready, households: list[Household]) -> list[Environment]:
    return [ready.decide(household)._household.environment for household in households]


@programs
@tried_on(st.data())
def test_columns_come_to_what_households_come_to(data: Any) -> None:
    """All households of a batch are under the same figures and readings; some programs see only complete ones."""
    source = drawn(data.draw)
    program = random_program(source)
    check_program(program, source, data.draw(st.integers(0, 2**32)))


def check_program(
    program: ir.Program,
    source: Any,
    seed: int,
    made: Callable[..., Columns] = compile_columns,
    number: int = HOUSEHOLDS,
) -> None:
    ready = Ready(program)
    chance = seeded(seed)  # the households come cheaper from here
    first = random_household(source, program)
    households = [first]
    whole = source.chance(30)
    for _ in range(number - 1):
        other = random_household(chance, program)
        households.append(Household(other.members, other.facts, first.parameters, first.readings))
    if whole:
        settled = complete(source, program, first)
        households = [complete(chance, program, household) for household in households]
        households = [Household(item.members, item.facts, settled.parameters, settled.readings) for item in households]
    homes = decided(ready, households)
    layout = ready.evaluator.layout
    given = {key[0] for household in households for key in household.facts}
    figures = {item.id: homes[0][layout.household[item.id]] for item in program.parameters}
    assert differences(program, batch_of(program, layout, homes, given), homes, layout, figures, made) == []


@pytest.mark.long
def test_columns_come_to_the_same_over_200000_households_of_random_programs() -> None:
    number = 200_000 // HOUSEHOLDS + 1
    for seed in range(number):
        source = seeded(seed)
        check_program(random_program(source), source, seed)
    print(f"{number:,} random programs, {number * HOUSEHOLDS:,} households, 0 differences")


def test_sums_over_others_of_a_constant_with_an_open_end() -> None:
    """Once a comparison of two single values, a plain truth, was taken for a column of truths."""
    source = seeded(58)
    check_program(random_program(source), source, 58)
