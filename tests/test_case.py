"""A case as its users meet it: telling, correcting, undoing, saving."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")

import policyengine
from cases import ProgramPack, concluded, open_random, random_case, settled, tell
from drawing import seeded
from minipack import load
from policyengine import PolicyError
from policyengine.cases.case import Case
from programs import random_program

ON = "2018-06-01"
FACTS = """
    poor: {for: person, type: condition, label: {zh: 贫困, en: poor}}
    age: {for: person, type: number, unit: years, label: {zh: 年龄, en: age}}
    left: {for: person, type: date, optional: true, label: {zh: 离校日, en: day of leaving school}}
    rural: {for: household, type: condition, label: {zh: 农村, en: rural}}
    pilot: {for: area, type: condition, label: {zh: 试点, en: pilot}}
    work:
      for: person
      type: choice
      options: {none_: {zh: 无业, en: out of work}, some: {zh: 打工, en: odd jobs}, steady: {zh: 固定, en: steady}}
      label: {zh: 工作, en: work}
"""
PARAMETERS = """
    adult: {label: {zh: 成年年龄, en: adult age}, unit: years, values: {2016-01-01: 18}}
"""
BENEFITS = {
    "benefits/aid.yaml": """
benefit: aid
label: {zh: 救助, en: aid}
for: person
kind: service
eligible: poor and rural and age >= adult
""",
    "benefits/job.yaml": """
benefit: job
label: {zh: 岗位, en: job}
for: person
kind: service
eligible: work == none_ and (any of members where poor)
""",
    "benefits/home.yaml": """
benefit: home
label: {zh: 住房, en: home}
for: household
kind: service
eligible: (all of members where poor) and pilot
""",
}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> policyengine.Pack:
    folder = tmp_path_factory.mktemp("mini")
    return load(folder, facts=FACTS, parameters=PARAMETERS, files=BENEFITS)


def told(case: Case, fact: str, value: Any, member: str | None = None) -> list[tuple[str | None, str | None, bool]]:
    return [(item.result, item.member, item.truth) for item in case.tell(fact, value, member)]


def code(error: pytest.ExceptionInfo[PolicyError]) -> str:
    (found,) = error.value.diagnostics
    return found.code


def test_a_conclusion_comes_with_the_fact_that_entails_it(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=[{"id": "a", "name": "张三"}]) as case:
        assert told(case, "poor", True, "a") == []
        assert told(case, "农村", "是") == []
        assert told(case, "age", "20岁", "张三") == [("aid", "a", True)]
        (found,) = case.conclusions
        assert case.told(found, "zh") == "张三 享受救助"
        assert set(case.because(found, "zh").split("；")) == {
            "张三 贫困：是",
            "本户 农村：是",
            "张三的年龄 20 岁 不低于 成年年龄 18 岁",
        }
        assert case.told(found, "en") == "张三: entitled to aid"
        assert case.decision().entitlement("aid", "a").status == "eligible"


def test_one_fact_settles_every_member_that_it_reaches(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a", "b"]) as case:
        assert sorted(told(case, "rural", False)) == [("aid", "a", False), ("aid", "b", False)]


def test_a_bound_is_enough_where_it_decides(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        assert told(case, "age", "at most 17岁", "a") == [("aid", "a", False)]


def test_a_fact_may_be_told_again_more_closely_but_not_otherwise(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        case.tell("age", "at least 10岁", "a")
        case.tell("work", ["some", "steady"], "a")
        assert told(case, "age", 15, "a") == [("aid", "a", False)]
        assert told(case, "age", 15, "a") == []
        for fact, value in (("age", 20), ("age", "at least 10岁"), ("work", "none_"), ("work", "无业")):
            with pytest.raises(PolicyError) as refused:
                case.tell(fact, value, "a")
            assert code(refused) == "told-already"
        case.tell("left", "none", "a")
        with pytest.raises(PolicyError) as refused:
            case.tell("left", "2010-01-01", "a")
        assert code(refused) == "told-already"
        assert concluded(case) == settled(case)


def test_a_wrong_fact_is_refused_and_changes_nothing(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        case.tell("poor", True, "a")
        before = case.to_json()
        wrong = [
            ("age", "200岁", "a", "out-of-range"),
            ("age", "old", "a", "not-a-figure"),
            ("poor", "maybe", "a", "not-yes-or-no"),
            ("work", "king", "a", "unknown-choice"),
            ("rurall", True, None, "unknown-fact"),
            ("age", 20, None, "unknown-fact"),
            ("rural", True, "a", "unknown-fact"),
            ("age", 20, "z", "unknown-member"),
            ("members", [], None, "unknown-fact"),
            ("id", "b", "a", "unknown-fact"),
        ]
        for fact, value, member, expected in wrong:
            with pytest.raises(PolicyError) as refused:
                case.tell(fact, value, member)
            assert code(refused) == expected
        assert case.to_json() == before
        assert case.undo()
        assert not case.undo()


def test_a_correction_replays_the_case(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a", "b"]) as case:
        for fact, value, member in (
            ("poor", True, "a"),
            ("rural", True, None),
            ("age", 20, "a"),
            ("work", "无业", "b"),
        ):
            case.tell(fact, value, member)
        assert {(item.result, item.member) for item in case.conclusions} == {("aid", "a"), ("job", "b")}
        found = case.correct("poor", False, "a")
        assert [(item.result, item.member, item.truth) for item in found] == [
            ("aid", "a", False),
            ("home", None, False),
        ]
        assert concluded(case) == settled(case)
        case.correct("poor", "unknown", "a")
        assert case.conclusions == ()
        assert [item.get("poor") for item in case.household["members"]] == [None, None]


def test_undo_takes_back_one_step_whatever_it_was(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        states = [(case.to_json(), case.conclusions)]
        steps = (
            lambda: case.tell("poor", True, "a"),
            lambda: case.dont_know("rural"),
            lambda: case.add_member("b", "李四"),
            lambda: case.tell("rural", False),
            lambda: case.correct("rural", True),
            lambda: case.tell("age", 30, "a"),
        )
        for step in steps:
            step()
            states.append((case.to_json(), case.conclusions))
        for state in reversed(states[:-1]):
            assert case.undo()
            assert (case.to_json(), case.conclusions) == state
        assert not case.undo()


def test_a_member_who_joins_opens_what_was_settled_of_all(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["b"]) as case:
        case.tell("poor", True, "b")
        case.tell("pilot", True)
        assert concluded(case)["home.eligible", "household"] is True
        assert case.add_member("a") == ()
        assert ("home.eligible", "household") not in concluded(case)
        case.tell("poor", False, "a")
        assert concluded(case) == settled(case)
        with pytest.raises(PolicyError) as refused:
            case.add_member("a")
        assert code(refused) == "duplicate-member"
        assert case.members == ("b", "a")


def test_facts_may_come_before_there_is_a_member(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON) as case:
        assert case.tell("rural", False) == ()
        assert (case.conclusions, case.next_question(), case.questions_left()) == ((), None, 0)
        with pytest.raises(PolicyError) as refused:
            case.decision()
        assert code(refused) == "no-members"
        assert [(item.result, item.truth) for item in case.add_member("a")] == [("aid", False)]


def test_what_nobody_knows_can_still_be_told(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        assert case.dont_know("农村") == ()
        assert case.tell("贫困", "不知道", "a") == ()
        assert not {("rural", "household"), ("poor", "a")} & asked(case)
        assert told(case, "rural", False) == [("aid", "a", False)]
        assert '"not_known": "rural"' not in case.to_json()
        with pytest.raises(PolicyError) as refused:
            case.dont_know("rural")
        assert code(refused) == "told-already"


def asked(case: Case) -> set[tuple[str, str]]:
    """What would be asked if nobody knew anything."""
    found = set()
    while (question := case.next_question()) is not None:
        found.add((question.fact, question.entity))
        case.dont_know(question.fact, question.member)
    for _ in found:
        case.undo()
    return found


def test_a_saved_case_opens_as_it_was(pack: policyengine.Pack) -> None:
    with pack.open_case(on=ON, members=[{"id": "a", "name": "张三"}, "b"], name="张家", parameters={}) as case:
        case.tell("poor", True, "a")
        case.tell("age", Decimal("20"), "a")
        case.tell("left", date(2010, 7, 1), "a")
        case.tell("work", ["none_", "some"], "b")
        case.dont_know("rural")
        text = case.to_json()
        with Case.from_json(text, pack=pack) as again:
            assert again.to_json() == text
            assert again.conclusions == case.conclusions
            assert again.household == case.household
            assert again.decision().to_dict() == case.decision().to_dict()
            assert again.tell("rural", True) == case.tell("rural", True)
    assert case.to_json() == again.to_json()  # a closed case can still be saved


def test_random_cases_survive_saving_correcting_and_undoing() -> None:
    for seed in range(40):
        source = seeded(seed)
        pack = ProgramPack(random_program(source))
        household, steps = random_case(source, pack)
        with open_random(pack, household, household.members[:1]) as case:
            states: list[tuple[str, dict[Any, bool]]] = [(case.to_json(), concluded(case))]
            for member in household.members[1:]:
                case.add_member(member)
                states.append((case.to_json(), concluded(case)))
            for key, stated in steps:
                tell(case, pack, key, stated)
                states.append((case.to_json(), concluded(case)))
                if source.chance(20):
                    fact, whose = key
                    case.correct(fact, "unknown", whose if whose in household.members else None)
                    tell(case, pack, key, stated)
                    assert concluded(case) == settled(case)
                    case.undo()
                    case.undo()
            assert (case.to_json(), concluded(case)) == states[-1]
            with Case.from_json(case.to_json(), pack=pack) as again:  # type: ignore[arg-type]
                assert concluded(again) == concluded(case)
            for state in reversed(states[:-1]):
                if case.to_json() != state[0]:  # a fact told again in the same words is no step
                    case.undo()
                assert (case.to_json(), concluded(case)) == state


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"format": 9}, "bad-case"),
        ({"steps": [{"tell": "age"}]}, "bad-case"),
        ({"steps": 7}, "bad-case"),
        ({"on": "tomorrow"}, "bad-case"),
        ({"pack_digest": "0" * 64}, "case-of-another-pack"),
        ({"steps": [{"member": "a"}, {"tell": "age", "of": "z", "value": 3}]}, "unknown-member"),
        ({"steps": [{"member": "a"}, {"tell": "age", "of": "a", "value": "x"}]}, "not-a-figure"),
    ],
)
def test_what_is_no_case_of_this_pack_is_refused(
    pack: policyengine.Pack, change: dict[str, Any], expected: str
) -> None:
    with pack.open_case(on=ON, members=["a"]) as case:
        content = json.loads(case.to_json())
    with pytest.raises(PolicyError) as refused:
        Case.from_json(json.dumps({**content, **change}), pack=pack)
    assert code(refused) == expected


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": 1}', "7", b"\xff"])
def test_what_is_no_json_of_a_case_is_refused(text: str | bytes, pack: policyengine.Pack) -> None:
    with pytest.raises(PolicyError) as refused:
        Case.from_json(text, pack=pack)
    assert code(refused) == "bad-case"


def test_a_case_of_a_shipped_pack_finds_it_with_its_changes() -> None:
    pack = policyengine.load("zibo", supplements=["zibo_2016_160"], reforms=["ratio_80"], grades="ABC")
    with pack.open_case(on=ON, members=["a"], readings={"rural_poor_means": "open"}) as case:
        case.tell("建档立卡贫困人口", True, "a")
        with (
            Case.from_json(case.to_json()) as again,
            Case.from_json(case.to_json(), pack=policyengine.load("zibo")) as other,
        ):
            assert again.conclusions == case.conclusions == other.conclusions


def test_a_closed_case_takes_nothing(pack: policyengine.Pack) -> None:
    case = pack.open_case(on=ON, members=["a"])
    case.close()
    case.close()
    for attempt in (lambda: case.tell("rural", True), case.decision, case.undo, lambda: case.add_member("b")):
        with pytest.raises(PolicyError) as refused:
            attempt()
        assert code(refused) == "case-closed"


def test_a_day_outside_the_plans_term_is_refused_as_for_a_decision() -> None:
    pack = policyengine.load("zibo")
    with pytest.raises(PolicyError) as refused:
        pack.open_case(on="2021-01-01", members=["a"])
    assert code(refused) == "beyond-term"
    with pack.open_case(on="2021-01-01", members=["a"], beyond_term=True) as case:
        assert case.decision().on == date(2021, 1, 1)


def test_every_shipped_household_can_be_told_as_a_case() -> None:
    from policyengine.commands.common import read_input

    pack = policyengine.load("zibo")
    for path in sorted((Path(__file__).parent.parent / "examples").glob("*.yaml")):
        if path.stem == "area":
            continue
        household = read_input(path)
        members = [{"id": row["id"], "name": row.get("name")} for row in household["members"]]
        with pack.open_case(on=ON, members=members, name=household["household"]) as case:
            for row in household["members"]:
                for key, value in row.items():
                    if key not in ("id", "name"):
                        case.tell(key, value, row["id"])
            for key, value in household.items():
                if key not in ("household", "members"):
                    case.tell(key, value)
            assert case.decision().to_dict() == pack.decide(household, on=ON).to_dict()
            assert concluded(case) == settled(case)
