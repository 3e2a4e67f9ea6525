"""The next question can always matter, settles what it says, and so many can follow at most."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")

import policyengine
from cases import ProgramPack, open_random, random_case, room, tell
from drawing import EFFECTIVE, OPTIONS, Source, seeded
from households import Household, complete, given, keys
from policyengine import ir
from policyengine.cases.case import Case
from policyengine.cases.questions import Question
from policyengine.text import same
from programs import random_program
from test_forward import condition, conditions, opened, pack_of

ON = "2018-06-01"


def results(pack: ProgramPack, household: Household) -> dict[tuple[str, str], Any]:
    return pack.decide(household)._results()


def matters(source: Source, pack: ProgramPack, household: Household, name: str, entity: str, tries: int) -> bool:
    """Are there two completions of a household that differ in one fact alone, with different results?

    Written apart from the library: it completes and decides whole households.
    """
    fact = next(item for item in pack.program.facts if item.id == name)
    key = name, entity
    for _ in range(tries):
        whole = complete(source, pack.program, household)
        seen = None
        for _ in range(4):
            stated = given(source, fact, room(fact), partly=False)
            found = {
                result: value
                for result, value in results(pack, Household(whole.members, {**whole.facts, key: stated}, whole.parameters, whole.readings)).items()
                if result[1] != "area"
            }  # fmt: skip
            if seen is not None and seen != found:
                return True
            seen = found
    return False


@pytest.mark.parametrize("part", range(4))
def test_a_question_is_never_one_that_cannot_matter(
    part: int, pytestconfig: pytest.Config, record_property: Any
) -> None:
    seeds = 400 if pytestconfig.getoption("--long") else 40
    asked = 0
    for seed in range(seeds):
        source = seeded(10_000 * part + seed)
        pack = ProgramPack(random_program(source))
        household, steps = random_case(source, pack)
        with open_random(pack, household) as case:
            stated = {}
            for key, value in steps[: source.below(len(steps) // 2 + 1)]:
                tell(case, pack, key, value)
                stated[key] = value
            known = Household(household.members, stated, household.parameters, household.readings)
            question = case.next_question()
            if question is None:
                continue
            asked += 1
            assert (question.fact, question.entity) not in stated
            assert matters(source, pack, known, question.fact, question.entity, 3000), (
                f"seed {10_000 * part + seed}: {question.fact} {question.entity}"
            )
    record_property("counted", f"questions {part + 1}/4: {asked} asked, each shown to matter by two completions")
    assert asked > seeds // 8


def answer(source: Source, case: Case, pack: ProgramPack, question: Question) -> None:
    """Answer as somebody may: exactly, roughly, or not at all."""
    fact = next(item for item in pack.program.facts if item.id == question.fact)
    if source.chance(15):
        case.dont_know(question.fact, question.member)
    else:
        tell(case, pack, (question.fact, question.entity), given(source, fact, room(fact), partly=source.chance(20)))


def test_no_more_questions_follow_than_were_announced() -> None:
    for seed in range(40):
        source = seeded(seed)
        pack = ProgramPack(random_program(source))
        household, _ = random_case(source, pack)
        with open_random(pack, household) as case:
            left, asked = case.questions_left(), set()
            while (question := case.next_question()) is not None:
                assert (question.fact, question.entity) not in asked
                asked.add((question.fact, question.entity))
                answer(source, case, pack, question)
                assert case.questions_left() <= left - 1
                left = case.questions_left()
            assert len(asked) <= len(keys(pack.program, household.members))


def test_when_nothing_is_asked_any_more_nothing_that_is_left_matters(pytestconfig: pytest.Config) -> None:
    """What stays undetermined then waits for figures, or for facts that are read but cancel out."""
    is_long = pytestconfig.getoption("--long")
    left = 0
    for seed in range(60 if is_long else 20):
        source = seeded(seed)
        pack = ProgramPack(random_program(source))
        household, _ = random_case(source, pack)
        stated = {}
        with open_random(pack, household) as case:
            while (question := case.next_question()) is not None:
                fact = next(item for item in pack.program.facts if item.id == question.fact)
                key = question.fact, question.entity
                stated[key] = given(source, fact, room(fact), partly=False)
                tell(case, pack, key, stated[key])
            known = Household(household.members, stated, household.parameters, household.readings)
            for item in case.decision().missing:
                if item.kind == "fact" and (item.id, item.entity) not in stated:
                    left += 1
                    assert not item.is_certain
                    assert not matters(source, pack, known, item.id, item.entity, 1000 if is_long else 100)
    assert left


def test_what_an_answer_is_said_to_settle_some_answer_settles() -> None:
    for seed in range(30):
        source = seeded(seed)
        pack = ProgramPack(random_program(source))
        household, _ = random_case(source, pack)
        with open_random(pack, household) as case:
            question = case.next_question()
            if question is None or question.kind not in ("condition", "choice"):
                continue
            options = [True, False] if question.kind == "condition" else [key for key, _ in question.options]
            options += ["none"] if question.optional else []
            before, settled = still_open(case), set()
            for option in options:
                case.tell(question.fact, option, question.member)
                settled |= before - still_open(case)
                case.undo()
            assert set(question.settles) <= settled
            assert set(question.settles) <= set(question.waits)


def still_open(case: Case) -> set[tuple[str, str]]:
    decision = case.decision()
    return {pair for item in decision.missing for pair in item.for_results}


def test_the_fact_that_can_settle_most_comes_first() -> None:
    both = ir.Logic(ir.ConditionType(), "and", (condition("f1"), condition("f0")))
    nodes = [both, ir.Logic(ir.ConditionType(), "and", (condition("f2"), condition("f0"))), condition("f3")]
    variables = tuple(
        ir.Variable(f"b{i}.eligible", "household", ir.ConditionType(), n, same("")) for i, n in enumerate(nodes)
    )
    benefits = tuple(ir.Benefit(f"b{i}", "household", "cash", same(f"b{i}"), f"b{i}.eligible", None, None, None, (), False, (), None) for i in range(3))  # fmt: skip
    program = ir.Program("p", same("p"), EFFECTIVE, "", OPTIONS, {}, tuple(conditions(4)), (), variables, benefits, ())
    with opened(ProgramPack(program)) as case:
        question = case.next_question()
        assert question is not None
        assert (question.fact, question.settles) == ("f0", (("b0", "household"), ("b1", "household")))
        assert case.questions_left() == 4
        case.tell("f0", False)
        assert case.questions_left() == 1


def test_a_fact_whose_every_answer_comes_to_the_same_is_not_asked() -> None:
    """`f0 and f1 or f0 and not f1`: f1 is read, and listed as perhaps missing, but can't matter."""
    yes = ir.ConditionType()
    node = ir.Logic(yes, "or", (ir.Logic(yes, "and", (condition("f0"), condition("f1"))), ir.Logic(yes, "and", (condition("f0"), ir.Logic(yes, "not", (condition("f1"),))))))  # fmt: skip
    with opened(pack_of(node, conditions(2))) as case:
        question = case.next_question()
        assert question is not None
        assert question.fact == "f0"
        case.tell("f0", True)
        assert [item.id for item in case.decision().missing] == ["f1"]
        assert case.next_question() is None


def test_a_question_says_what_it_means_and_how_it_is_answered() -> None:
    with policyengine.load("zibo").open_case(on=ON, members=[{"id": "a", "name": "张三"}]) as case:
        found: dict[str, Question] = {}
        while (question := case.next_question()) is not None:
            found[question.fact] = question
            case.dont_know(question.fact, question.member)
    poor, age, income, level = (
        found[key] for key in ("registered_poor", "age", "household_income", "disability_level")
    )
    assert (poor.kind, poor.member, poor.label.zh) == ("condition", "a", "建档立卡贫困人口")
    assert poor.definition is not None
    assert "全国扶贫信息系统" in poor.definition.zh
    assert age.unit is not None
    assert (age.kind, age.unit.zh) == ("number", "岁")
    assert (income.member, income.entity) == (None, "household")
    assert [text.zh for _, text in level.options] == ["无残疾", "一级", "二级", "三级", "四级", "未定级"]
    assert poor.why.zh.startswith("回答可能当即确定")
    assert "张三的" in age.why.zh
    assert poor.why.en.startswith("an answer can settle")
