"""What is missing in columns: every fact and figure that the household's own decision names, perhaps some more, of every pack.

The counts are printed: `pytest -s`.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import policyengine
from policyengine import ir
from policyengine.population import decide_table
from policyengine.values import ends

ON = "2018-06-01"
PACKS = [name for name in policyengine.shipped_packs() if policyengine.load(name).policy.benefits]
HOUSEHOLDS = 12


def random_households(program: ir.Program, chance: random.Random) -> list[dict[str, Any]]:
    """Conditions, choices and figures of a quarter of the facts or of nearly all; the others aren't given."""
    return [
        {
            "id": f"h{number}",
            **facts(program, "household", chance),
            "members": [
                {"id": str(place), **facts(program, "person", chance)} for place in range(chance.randint(1, 3))
            ],
        }
        for number in range(HOUSEHOLDS)
    ]


def facts(program: ir.Program, scope: str, chance: random.Random) -> dict[str, Any]:
    share = chance.choice((0.25, 0.8, 0.97))
    return {fact.id: value(fact, program, chance) if chance.random() < share else None for fact in program.facts if fact.scope == scope}  # fmt: skip


def value(fact: ir.Fact, program: ir.Program, chance: random.Random) -> Any:
    match fact.type:
        case ir.ConditionType():
            return chance.random() < 0.5
        case ir.ChoiceType():
            allowed = [option for place, option in enumerate(program.options) if fact.range >> place & 1]
            return chance.choice(allowed)
        case ir.NumberType(scale=scale):
            low, high = ends(fact.range)
            most = min(90, (10**9 if high is None else high) // scale)
            return chance.randint(-(-(low or 0) // scale), max(most, -(-(low or 0) // scale)))
    return None


@pytest.mark.parametrize("name", PACKS)
def test_columns_name_at_least_what_the_household_evaluator_names_as_missing(name: str) -> None:
    pack, told, more = policyengine.load(name), 0, 0
    households = random_households(pack.program(ON), random.Random(5))
    found = decide_table(pack, households, on=ON, beyond_term=True)
    assert found.rejected == ()
    homes = {row["household_id"]: row for row in found.households.to_pylist()}
    people = {(row["household_id"], row["person_id"]): row for row in found.persons.to_pylist()}
    for household in households:
        waiting: dict[str, set[str]] = {}
        for item in pack.decide(household, on=ON, beyond_term=True).missing:
            for _, entity in item.for_results:
                waiting.setdefault(entity, set()).add(item.id)
        for entity in ("household", *(member["id"] for member in household["members"])):
            row = homes[household["id"]] if entity == "household" else people[household["id"], entity]
            assert waiting.get(entity, set()) <= set(row["missing"])
            told += len(waiting.get(entity, ()))
            more += len(set(row["missing"]) - waiting.get(entity, set()))
    print(f"{name}: {told:,} named by the household evaluator, {more:,} more in columns")
    assert told


def test_what_only_another_member_leaves_open_is_not_missing_from_ones_own_row() -> None:
    known = {"低保对象": True, "目录内医疗费用": 40000, "基本医保报销额": 26000, "大病保险报销额": 4000}
    members = [{"id": "a", **known}, {"id": "b", **known, "目录内医疗费用": None}]
    pack = policyengine.load("zibo")
    found = decide_table(pack, [{"id": "h", "家庭年收入": 9000, "members": members}], on=ON, benefits=["医疗救助"])
    missing = [set(row) for row in found.persons["missing"].to_pylist()]
    assert "medical_costs_in_scope" in missing[1]
    assert missing[0] == set()
