"""A case of fifteen facts on the whole plan of 淄博: conclusions fact by fact, beside a decision after every fact."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import policyengine
from benchmarks.rounds import Measured, side_by_side
from benchmarks.subject import ON, PARAMETERS
from policyengine import ir
from policyengine.units import RATIO

FACTS, CASES = 15, 20
MEMBERS = ("zhang", "li", "xiaoming")
TOLD, DECIDED = "a case, told fact by fact", "decided again after every fact"
Steps = list[tuple[str, Any, str | None]]


def measure(rounds: int) -> tuple[dict[str, Measured], int]:
    """Both ways of following the same cases, and how many conclusions both came to."""
    pack = policyengine.load("zibo")
    cases = [steps(pack, seed) for seed in range(CASES)]
    found = sum(agreed(pack, told) for told in cases)
    return side_by_side({TOLD: over(cases, pack, follow), DECIDED: over(cases, pack, decide)}, rounds), found


def steps(pack: policyengine.Pack, seed: int) -> Steps:
    """Fifteen random facts, as an interview gives them."""
    source = random.Random(seed)
    told: Steps = []
    with pack.open_case(on=ON, members=MEMBERS, parameters=PARAMETERS) as case:
        facts = [fact for fact in pack.program(ON).facts if fact.scope != "area"]
        while len(told) < FACTS:
            fact = source.choice(facts)
            step = (fact.id, answer(source, fact), source.choice(MEMBERS) if fact.scope == "person" else None)
            if (step[0], step[2]) not in {(name, whose) for name, _, whose in told}:
                case.tell(*step)
                told.append(step)
    return told


def answer(source: random.Random, fact: ir.Fact) -> Any:
    match fact.type:
        case ir.ConditionType():
            return source.random() < 0.5
        case ir.ChoiceType(options=options):
            return source.choice(options)
        case ir.DateType():
            return "2017-03-01"
        case ir.NumberType():
            return source.choice((0, 1)) if fact.type.unit == RATIO else source.randrange(90)


def follow(pack: policyengine.Pack, told: Steps) -> int:
    """The conclusions of one case: it is opened, told and closed."""
    with pack.open_case(on=ON, members=MEMBERS, parameters=PARAMETERS) as case:
        return len(case.conclusions) + sum(len(case.tell(*step)) for step in told)


def decide(pack: policyengine.Pack, told: Steps) -> int:
    """The same by the household evaluator: decide on what is known so far, and see which conditions are new."""
    home: dict[str, Any] = {}
    rows: dict[str, dict[str, Any]] = {member: {"id": member} for member in MEMBERS}
    found = 0
    for name, value, member in (("", None, None), *told):
        if name:
            (home if member is None else rows[member])[name] = value
        decision = pack.decide({**home, "members": list(rows.values())}, on=ON, parameters=PARAMETERS)
        found = settled(decision)
    return found


def settled(decision: policyengine.Decision) -> int:
    layout, home = decision._evaluator.layout, decision._household.environment
    wanted = decision._evaluator.kept["forward"].conditions.variables
    count = 0
    for item in wanted:
        if isinstance(item.type, ir.ConditionType):
            places = decision._household.by_id.values() if item.scope == "person" else (home,)
            slot = (layout.person if item.scope == "person" else layout.household)[item.id]
            count += sum(place[slot] is not None for place in places)
    return count


def agreed(pack: policyengine.Pack, told: Steps) -> int:
    first, second = follow(pack, told), decide(pack, told)
    assert first == second, (first, second)
    return first


def over(
    cases: list[Steps], pack: policyengine.Pack, work: Callable[[policyengine.Pack, Steps], int]
) -> Callable[[], int]:
    def run() -> int:
        for told in cases:
            work(pack, told)
        return len(cases)

    return run


def print_cases(rounds: int) -> None:
    measured, found = measure(rounds)
    print(
        f"\na case of {FACTS} facts on the whole plan of 淄博, three members; the same {found} conclusions in {CASES} cases"
    )
    for name, item in measured.items():
        print(f"{name:44} {item.median / 1000:9.2f} ms{'':20}   {'at most 30' if name == TOLD else ''}")


if __name__ == "__main__":
    print_cases(11)
