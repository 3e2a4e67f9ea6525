"""Law 4 for the solver: its terms come to what the household evaluator comes to, and what it finds replays.

The counts are printed: `pytest -s`, and with --long 25 times as many programs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

pytest.importorskip("z3", reason="the extra `verify` isn't installed")

import z3

import policyengine
from drawing import EFFECTIVE, Source, drawn, seeded
from households import Household, Ready, complete, random_household, variable_values
from policyengine import ir, values
from policyengine.interpreters.layout import Environment, Layout, is_settled
from policyengine.interpreters.verification import World
from policyengine.ir import ChoiceType, ConditionType
from policyengine.text import same
from policyengine.verifying.search import Impossible, NotDecided, Witness, find
from programs import exact, random_program

programs = settings(max_examples=max(100, settings().max_examples))  # fewer don't meet every kind of node
PATIENCE = 20_000  # milliseconds for one question


def place_of(layout: Layout, home: Environment, name: str, member: int | None) -> Any:
    """The value of a fact, parameter or variable in a household that was run."""
    if member is None:
        return home[layout.household[name]]
    return next(env for env in home[0] if env[1] == member)[layout.person[name]]


def may_be(world: World, term: Any, type_: ir.Type, value: Any) -> Any:
    """That a term is one of the values that a value as in values.py stands for."""
    match type_:
        case ConditionType():
            return z3.BoolVal(True) if value is None else term == value
        case ChoiceType():
            return z3.Or(
                *(
                    term == world.literal(type_, 1 << place)
                    for place in range(len(world.program.options))
                    if value >> place & 1
                )
            )
        case _:
            low, high = values.ends(value)
            ends = ([term >= low] if low is not None else []) + ([term <= high] if high is not None else [])
            return z3.And(*ends)


def given_to(world: World, ready: Ready, home: Environment) -> list[Any]:
    """What the household states of the facts, figures and readings that the world's terms rest on."""
    layout = ready.evaluator.layout
    declared: dict[str, ir.Type] = {item.id: item.type for item in (*ready.program.facts, *ready.program.parameters)}
    found = [
        may_be(world, term, declared[name], place_of(layout, home, name, member))
        for (name, member), term in world.facts.items()
    ]
    found += [
        may_be(world, term, declared[name], home[layout.household[name]]) for name, term in world.parameters.items()
    ]
    for (name, member), term in world.stated.items():
        slot = layout.absent[name]
        stated = home[slot] if member is None else next(env for env in home[0] if env[1] == member)[slot]
        found += [] if stated is None else [term == stated]
    return found


def disagreement(program: ir.Program, household: Household, tell: Any) -> tuple[str, int]:
    """What the solver says of there being a completion in which some variable is not what the evaluator said of it."""
    ready = Ready(program)
    home = ready.decide(household)._household.environment
    world = World(program, len(household.members))
    wrong = []
    for item in program.variables:
        for member in range(world.size) if item.scope == "person" else (None,):
            term = world.variable(item.id, member)
            value = place_of(ready.evaluator.layout, home, item.id, member)
            wrong.append(z3.Not(may_be(world, term, item.type, value)))
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(*given_to(world, ready, home))
    solver.add(*world.limits)
    assert tell != "complete" or solver.check() != z3.unsat, "what the household states leaves nothing"
    solver.add(z3.Or(*wrong))
    return str(solver.check()), len(wrong)


def as_planned(program: ir.Program, household: Household) -> Household:
    """Without figures for what the plan states exactly: a caller can't change those, and the solver takes them as they are."""
    bounded = {item.id for item in program.parameters if isinstance(item.value, tuple)}
    return replace(household, parameters={key: item for key, item in household.parameters.items() if key in bounded})


def seen(counted: dict[str, int], program: ir.Program, answer: str, compared: int) -> None:
    counted[answer] = counted.get(answer, 0) + 1
    counted["values"] = counted.get("values", 0) + compared
    for item in program.variables:
        for node in ir.walk(item.node):
            counted[type(node).__name__] = counted.get(type(node).__name__, 0) + 1


def told(record_property: Any, what: str, counted: dict[str, int]) -> None:
    kinds = {kind.__name__ for kind in ir.Node.__args__}  # type: ignore[attr-defined]
    assert kinds <= set(counted), f"node kinds never met: {kinds - set(counted)}"
    answers = ", ".join(f"{counted.get(key, 0):,} {key}" for key in ("unsat", "unknown"))
    record_property("counted", f"{what}: {counted['values']:,} values compared; {answers}")


def test_terms_come_to_what_complete_households_come_to(record_property: Any) -> None:
    counted: dict[str, int] = {}

    @programs
    @tried_on(st.data())
    def tried(data: Any) -> None:
        source: Source = drawn(data.draw)
        program = exact(source, random_program(source))
        household = complete(source, program, random_household(source, program), absences=False)
        answer, compared = disagreement(program, as_planned(program, household), "complete")
        seen(counted, program, answer, compared)
        assert answer != "sat"

    tried()
    told(record_property, "solver beside complete households", counted)


def test_no_completion_leaves_what_is_known_of_partly_known_households(record_property: Any) -> None:
    counted: dict[str, int] = {}

    @settings(programs, max_examples=programs.max_examples // 4)
    @tried_on(st.data())
    def tried(data: Any) -> None:
        source: Source = drawn(data.draw)
        program = random_program(source)
        answer, compared = disagreement(program, as_planned(program, random_household(source, program)), "partly")
        seen(counted, program, answer, compared)
        assert answer != "sat"

    tried()
    told(record_property, "solver beside partly known households", counted)


def test_households_that_the_solver_finds_replay(record_property: Any) -> None:
    """A value is wished for a variable; where a household is found that has it, the evaluator gives it that value."""
    counted: dict[str, int] = {}

    @programs
    @tried_on(st.data())
    def tried(data: Any) -> None:
        source: Source = drawn(data.draw)
        program = exact(source, random_program(source))
        world = World(program, 1 + source.below(3))
        item = source.pick(program.variables)
        member = source.below(world.size) if item.scope == "person" else None
        term = world.variable(item.id, member)
        match item.type:
            case ConditionType():
                wanted = term if source.chance(50) else z3.Not(term)
            case ChoiceType(options=options):
                wanted = term == world.option(source.pick(options))
            case _:
                wanted = term >= source.pick((0, 1, 100, 1000))
        answer = find(world, z3.And(wanted, *world.all_stated()), seconds=PATIENCE / 1000)
        counted[type(answer).__name__] = counted.get(type(answer).__name__, 0) + 1
        if isinstance(answer, Witness):
            assert isinstance(answer, Witness)
            check_replay(program, item, member, wanted, world, answer)

    tried()
    assert counted.get("Witness", 0) > counted.get("NotDecided", 0)
    record_property("counted", f"solver's households replayed: {dict(sorted(counted.items()))}")


def check_replay(
    program: ir.Program, item: ir.Variable, member: int | None, wanted: Any, world: World, answer: Witness
) -> None:
    ready = Ready(program)
    decision = ready._decide(answer.household, program.effective, answer.parameters, answer.readings)
    whose = item.scope if member is None else f"m{member + 1}"
    value = variable_values(decision)[item.id, whose]
    assert is_settled(item.type, value), (item.id, value)
    solver = z3.Solver()
    solver.set("timeout", PATIENCE)
    solver.add(world.variable(item.id, member) == world.literal(item.type, value), wanted)
    assert solver.check() != z3.unsat


@pytest.mark.parametrize("name", sorted(set(policyengine.shipped_packs()) - {"common"}))
def test_terms_of_a_plan_come_to_what_its_households_come_to(
    name: str, request: pytest.FixtureRequest, record_property: Any
) -> None:
    program = policyengine.load(name).program(EFFECTIVE)
    counted: dict[str, int] = {}
    long = request.config.getoption("--long")
    for seed in range(60 if long else 2):
        source = seeded(seed)
        household = as_planned(program, random_household(source, program))
        completed = complete(source, program, household, absences=False)
        for case in (completed, household) if long else (completed,):
            answer, compared = disagreement(program, case, "complete")
            counted[answer] = counted.get(answer, 0) + 1
            counted["values"] = counted.get("values", 0) + compared
    assert "sat" not in counted
    assert counted["unsat"] > 0
    record_property("counted", f"solver beside households of {name}: {counted}")


def test_what_cannot_be_is_told_apart_from_what_was_not_decided() -> None:
    program = ir.Program("p", same("p"), EFFECTIVE, "", (), {}, (), (), (), (), ())
    x, y, z = z3.Ints("x y z")
    assert isinstance(find(World(program, 1), z3.And(x > 1, x < 2)), Impossible)
    answer = find(World(program, 1), z3.And(x * x * x + y * y * y + z * z * z == 42, x > 1, y > 1), seconds=0.05)
    assert isinstance(answer, NotDecided)
    assert answer.seconds < 5
    assert answer.why
