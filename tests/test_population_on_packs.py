"""Law 4 for columns on the packs that ship: every variable of random households, whatever is known of them.

`pytest --long -s` tries 200,000 households of every pack and prints the counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("numpy", reason="the extra `population` isn't installed")

import numpy as np

import policyengine
from policyengine import ir
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import INDEX, MEMBERS, Environment, asked, unknown
from policyengine.interpreters.population import Choices, Column, Columns, Nesting, Numbers, Truths, compile_columns
from policyengine.interpreters.population.columns import column_of
from policyengine.ir import ChoiceType, ConditionType, NumberType
from policyengine.limits import closed
from policyengine.values import Number, Value, ends, interval
from populations import batch_of

ON = "2018-06-01"
PACKS = [name for name in policyengine.shipped_packs() if policyengine.load(name).policy.benefits]
BATCH = 2000  # households under the same figures and readings


class Chance:
    """Random households of a program, written straight into environments; figures near those that the program meets."""

    def __init__(self, program: ir.Program, seed: int) -> None:
        self.random, self.program, self.evaluator = random.Random(seed), program, Evaluator(program)
        self.pools: dict[int, list[int]] = {}
        for parameter in program.parameters:
            if isinstance(parameter.type, NumberType):
                own = self.pools.setdefault(parameter.type.scale, [0, 1, -1])
                own += [end + beside for end in ends(parameter.value) if end is not None for beside in (-1, 0, 1)]

    def figures(self) -> dict[str, Value]:
        """Some figures and readings left open, as the document has them, the rest settled."""
        found: dict[str, Value] = {}
        for item in self.program.parameters:
            if isinstance(item.type, ChoiceType):
                found[item.id] = self.random.choice((item.value, self.bit(item.allowed), item.allowed))
            else:
                found[item.id] = item.value if self.random.random() < 0.3 else self.point(item.type, item.value, False)
        return found

    def bit(self, mask: Any) -> int:
        return 1 << self.random.choice([place for place in range(mask.bit_length()) if mask >> place & 1])

    def point(self, type_: ir.Type, room: Number, area: bool) -> int:
        low, high = ends(closed(room, type_, area))
        assert low is not None
        assert high is not None
        if isinstance(type_, NumberType):
            wanted = self.random.choice(self.pools.get(type_.scale, [0])) + self.random.choice((0, 0, 1, -1))
            wanted = wanted * self.random.choice((1, 1, 2, 3))
            if low <= wanted <= high:
                return wanted
        near = min(high, low + 200 * (type_.scale if isinstance(type_, NumberType) else 365))
        return self.random.randint(low, self.random.choice((high, near, near)))

    def value(self, fact: ir.Fact, partly: float) -> Value:
        if self.random.random() < partly:
            return unknown(fact.type, fact.range)
        match fact.type:
            case ConditionType():
                return self.random.random() < 0.5
            case ChoiceType():
                mask = self.bit(fact.range)
                return mask | self.bit(fact.range) if self.random.random() < partly else mask
        point = self.point(fact.type, fact.range, fact.scope == "area")
        if self.random.random() < partly:
            high = ends(closed(fact.range, fact.type))[1]
            assert high is not None
            return interval(point, min(high, point + self.random.choice((1, 100, 10**6))))
        return point

    def home(self, figures: dict[str, Value]) -> Environment:
        layout, partly = self.evaluator.layout, self.random.choice((0.0, 0.02, 0.1, 0.4))
        home = list(layout.household_blank)
        members = [list(layout.person_blank) for _ in range(self.random.choice((1, 1, 2, 3, 3, 4, 5, 9)))]
        for index, member in zip(self.random.sample(range(len(members)), len(members)), members):
            member[0], member[INDEX] = home, index
        home[MEMBERS] = members
        for fact in self.program.facts:
            rows, slots = (members, layout.person) if fact.scope == "person" else ([home], layout.household)
            for row in rows:
                row[slots[fact.id]] = self.value(fact, partly)
                if fact.optional:
                    row[layout.absent[fact.id]] = self.random.choice((True, None))
        for name, value in figures.items():
            home[layout.household[name]] = value
        self.evaluator.run(home)
        return home


def check(
    pack: str, households: int, seed: int, made: Callable[..., Columns] = compile_columns, batch_size: int = BATCH
) -> tuple[int, int]:
    """How many households and values were compared; raises AssertionError at a difference."""
    program = policyengine.load(pack).program(ON)
    chance, values = Chance(program, seed), 0
    for _ in range(0, households, batch_size):
        figures = chance.figures()
        homes = [chance.home(figures) for _ in range(batch_size)]
        layout = chance.evaluator.layout
        given = {fact.id for fact in program.facts if chance.random.random() < 0.95}
        for fact in program.facts:
            if fact.id not in given:
                forget(fact, homes, chance.evaluator)
        for home in homes:
            chance.evaluator.run(home)
        batch = batch_of(program, layout, homes, given)
        columns = made(program, given & asked(program), figures, [item.id for item in program.variables])
        people = [member for home in homes for member in home[MEMBERS]]
        for item in program.variables:
            person = item.scope == "person"
            rows, slot = (people, layout.person[item.id]) if person else (homes, layout.household[item.id])
            found = rows_of(columns.run(batch, item.id), columns.level(item.id), person, batch.nesting)
            expected = column_of([row[slot] for row in rows], item.node.type, program.options)
            assert same(found, expected, len(rows)), item.id
            values += len(rows)
    return households, values


def forget(fact: ir.Fact, homes: list[Environment], evaluator: Evaluator) -> None:
    layout = evaluator.layout
    for home in homes:
        slots, rows = (layout.person, home[MEMBERS]) if fact.scope == "person" else (layout.household, [home])
        for row in rows:
            row[slots[fact.id]] = unknown(fact.type, fact.range)
            if fact.optional:
                row[layout.absent[fact.id]] = None


def rows_of(found: Column, level: int, person: bool, nesting: Nesting) -> list[Any]:
    match found:
        case Truths():
            ends_ = [found.sure, found.may]
        case Numbers():
            ends_ = [found.low, found.top]
        case Choices():
            ends_ = [found.mask]
    return [nesting.spread(end) if person and level == 1 else end for end in ends_]


def same(found: list[Any], expected: Column, rows: int) -> bool:
    wanted = rows_of(expected, 2, False, None)  # type: ignore[arg-type]
    return all((np.broadcast_to(one, rows) == other).all() for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("pack", PACKS)
def test_columns_decide_random_households_of_a_pack_as_the_household_evaluator_does(pack: str) -> None:
    households, values = check(pack, BATCH, seed=1)
    print(f"{pack}: {households:,} households, {values:,} values, 0 differences")


@pytest.mark.long
@pytest.mark.parametrize("pack", PACKS)
def test_columns_decide_200000_households_of_a_pack_as_the_household_evaluator_does(pack: str) -> None:
    households, values = check(pack, 200_000, seed=2)
    print(f"{pack}: {households:,} households, {values:,} values, 0 differences")
