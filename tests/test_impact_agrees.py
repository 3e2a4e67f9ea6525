"""What a change does to a population is what the household evaluator says of each household: within the bounds, whatever
completes what isn't known; to the fen, where everything is.

`EXAMPLES=500` tries more; the seeds are fixed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import policyengine
from conftest import EXAMPLES
from drawing import Source, seeded
from households import Household, complete, point, random_household, write_value, written
from policyengine.analysis.effects import differs
from policyengine.analysis.impact import impact
from policyengine.analysis.sides import Side, make_sides, pairs_of, yearly
from policyengine.ir import ChoiceType
from policyengine.population.streams import source as table_of

LINHAI = Path(__file__).parent / "regions" / "linhai"
CASES = [
    (str(LINHAI), "raise_class_a", "2019-06-01"),
    (str(LINHAI), "include_the_line", "2018-09-01"),
    (str(LINHAI), "net_for_boats", "2018-09-01"),
    ("zibo", "ratio_80", "2019-06-01"),
]
COMPLETIONS = 3


def sides(pack: str, reform: str, on: str) -> tuple[Side, Side]:
    old, day = policyengine.load(pack), date.fromisoformat(on)
    return make_sides(old, old.with_changes(reforms=[reform]), day, day, {}, {})


def row(household: dict[str, Any], number: int) -> dict[str, Any]:
    """A household as a row of a table: area facts in columns of their own, everything as text."""
    found = {key: text(value) for key, value in household.items() if key not in ("members", "area", "household")}
    found |= {f"area.{key}": text(value) for key, value in household.get("area", {}).items()}
    members = [{key: text(value) for key, value in member.items()} for member in household["members"]]
    return {**found, "household_id": number, "members": members}


def text(value: Any) -> str | None:
    """A cell holds one option; of several nothing is said."""
    if isinstance(value, list):
        return None
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def table(households: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the same keys: an empty cell is unknown."""
    rows = [row(household, number) for number, household in enumerate(households)]
    names = dict.fromkeys(name for each in rows for name in each if name != "members")
    theirs = dict.fromkeys(name for each in rows for member in each["members"] for name in member)
    return [
        {
            **{name: each.get(name) for name in names},
            "members": [{name: member.get(name) for name in theirs} for member in each["members"]],
        }
        for each in rows
    ]


def figures(random: Source, old: Side, new: Side) -> tuple[dict[str, str], dict[str, str]]:
    """What the plan leaves open, settled: alike for both sides where both leave it open alike."""
    found: list[dict[str, str]] = []
    first = {item.id: item for item in old.program.parameters}
    for side in (old, new):
        mine = {}
        for item in side.program.parameters:
            if isinstance(item.type, ChoiceType) or isinstance(item.value, int):
                continue
            other = first.get(item.id)
            if found and other is not None and (other.value, other.type) == (item.value, item.type):
                mine[item.id] = found[0][item.id]
            else:
                mine[item.id] = write_value(point(random, item.type, item.value, ""), item.type, False)
        found.append(mine)
    return found[0], found[1]


def totals(side: Side, household: dict[str, Any], parameters: dict[str, str], ids: set[str]) -> tuple[Any, Any]:
    """(least, most) of a household's benefits a year, as the household evaluator decides."""
    low: Decimal | None = Decimal(0)
    high: Decimal | None = Decimal(0)
    for item in side.decide(household, parameters, {}).entitlements:
        if item.amount is not None and item.benefit in ids:
            times = yearly([item.declaration])[item.benefit]
            low = None if low is None or item.amount.low is None else low + item.amount.low * times
            high = None if high is None or item.amount.high is None else high + item.amount.high * times
    return low, high


def within(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def mostly_known(random: Source, side: Side) -> Household:
    """A household of which some facts aren't known, or only partly."""
    some = replace(random_household(random, side.program), parameters={}, readings={})
    whole = complete(random, side.program, some)
    least = random.pick((0, 5, 15, 40))
    facts = {key: stated for key, stated in whole.facts.items() if not random.chance(least)}
    return replace(some, facts={**facts, **{key: some.facts[key] for key in some.facts if random.chance(least)}})


@pytest.mark.parametrize(("pack", "reform", "on"), CASES)
def test_every_completion_of_a_household_lies_within_what_is_said_of_it(pack: str, reform: str, on: str) -> None:
    old, new = sides(pack, reform, on)
    pairs = [pair for pair in pairs_of(old, new) if not pair.is_same]
    ids = {pair.id for pair in pairs}
    random = seeded(7)
    partly = [mostly_known(random, new) for _ in range(max(20, EXAMPLES))]
    known = {fact.id for fact in old.program.facts}
    found = impact(old, new, pairs, table_of(table([written(new.program, home) for home in partly])))
    assert found.rejected == 0, found.codes
    states = [0, 0]
    for home, said in zip(partly, found.frame.to_pylist(), strict=True):
        for _ in range(COMPLETIONS):
            whole = complete(random, new.program, home)
            facts, mine = written(new.program, whole), figures(random, old, new)
            before = totals(old, only(facts, known), mine[0], ids)
            after = totals(new, facts, mine[1], ids)
            assert before[0] == before[1], "a complete household is exact"
            assert within(before[0], said["old.at_least"], said["old.at_most"])
            assert within(after[0], said["new.at_least"], said["new.at_most"])
            apart = after[0] - before[0]
            assert within(apart, said["difference.at_least"], said["difference.at_most"]), (facts, mine, said)
            match said["result"]:
                case "winner":
                    assert apart > 0
                case "loser":
                    assert apart < 0
                case "unchanged":
                    assert apart == 0
            states[said["result"] != "undetermined"] += 1
    assert all(states) or reform == "net_for_boats", "both known and open differences are tried"


def only(facts: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """Without facts that only the new pack knows."""
    own = ("id", "members", "area")
    found = {key: value for key, value in facts.items() if key in known or key in own}
    found["members"] = [{k: v for k, v in member.items() if k in known or k in own} for member in facts["members"]]
    return found


@pytest.mark.parametrize(("pack", "reform", "on"), CASES)
def test_complete_households_are_counted_to_the_fen(pack: str, reform: str, on: str) -> None:
    old, new = sides(pack, reform, on)
    random = seeded(11)
    settled = figures(random, old, new)
    given = {
        **{f"old.{name}": value for name, value in settled[0].items()},
        **{f"new.{name}": value for name, value in settled[1].items()},
    }
    old, new = make_sides(old.pack, new.pack, old.on, new.on, given, {})
    pairs = [pair for pair in pairs_of(old, new) if not pair.is_same]
    known = {fact.id for fact in old.program.facts}
    homes = [
        complete(random, new.program, replace(random_household(random, new.program), parameters={}, readings={}))
        for _ in range(max(20, EXAMPLES))
    ]
    facts = [written(new.program, home) for home in homes]
    found = impact(old, new, pairs, table_of(table(facts)))
    ids = {pair.id for pair in pairs}
    expected = [(totals(old, only(each, known), {}, ids)[0], totals(new, each, {}, ids)[0]) for each in facts]
    assert [
        (said["old.at_least"], said["new.at_least"], said["difference.at_least"]) for said in found.frame.to_pylist()
    ] == [(before, after, after - before) for before, after in expected]
    assert found.winners == sum(after > before for before, after in expected)
    assert found.losers == sum(after < before for before, after in expected)
    assert found.undetermined == 0
    assert found.cost.old.exact == sum(before for before, _ in expected)
    assert found.cost.new.exact == sum(after for _, after in expected)
    for line in found.lines:
        moved = [
            differs(one, other)
            for each in facts
            for one, other in zip(
                of(old, only(each, known), line.id), of(new, each, line.id), strict=line.id not in ("net", "grain")
            )
        ]
        assert line.moves or not any(moved)


def of(side: Side, household: dict[str, Any], benefit: str) -> list[Any]:
    return [item for item in side.decide(household, {}, {}).entitlements if item.benefit == benefit]
