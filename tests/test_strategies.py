"""Households drawn for integrators' tests: accepted by the pack, often at a threshold, and shrinking to what matters.

What was drawn is counted and printed: `pytest -s`, and with --long over 25 times as many households.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given, settings

import policyengine
from minipack import load
from policyengine import Pack
from policyengine.errors import PolicyError
from policyengine.testing.strategies import households

ON = "2018-06-01"
PACKS = ("zibo", "qingdao", "shangjie", "zhanjiang", "ziyang")
few = settings(max_examples=max(40, settings().max_examples // 2))


def mini(folder: Path) -> Pack:
    return load(
        folder,
        facts="""
            income: {for: household, type: number, unit: yuan/year, label: {zh: 家庭年收入, en: yearly income}}
            age: {for: person, type: number, unit: years, label: {zh: 年龄, en: age}}
            born: {for: person, type: date, label: {zh: 出生日期, en: date of birth}}
            poor: {for: person, type: condition, label: {zh: 贫困人口, en: poor}}
            relation:
              for: person
              type: choice
              label: {zh: 与户主关系, en: relation to the head}
              options: {head: {zh: 户主, en: head}, child: {zh: 子女, en: child}, parent: {zh: 父母, en: parent}}
            left: {for: person, type: date, optional: true, label: {zh: 迁出日期, en: day of leaving}}
            idle: {for: person, type: condition, label: {zh: 无人问, en: asked by nothing}}
        """,
        parameters="""
            line: {label: {zh: 人均收入线, en: line per head}, unit: yuan/person/year, values: 4000.05元}
            old: {label: {zh: 老年年龄, en: old age}, unit: years, values: 60岁}
            grown: {label: {zh: 成年年龄, en: grown up}, unit: years, values: 18岁}
            cap: {label: {zh: 封顶线, en: ceiling}, unit: yuan/person, values: not stated}
        """,
        benefits="""
            benefit: pension
            label: {zh: 养老补助, en: pension}
            for: person
            kind: service
            eligible: 年龄 >= 老年年龄 and round(家庭年收入 / 家庭人口, 0.01元) < 人均收入线 and not (迁出日期 is known)
            ---
            benefit: school
            label: {zh: 助学, en: school aid}
            for: person
            kind: service
            eligible: years_between(出生日期, effective_date) < 成年年龄 and 贫困人口 and 与户主关系 == 子女
        """,
    )


@pytest.mark.parametrize("name", PACKS)
def test_every_household_drawn_is_accepted(name: str, record_property: Any) -> None:
    pack = policyengine.load(name)
    seen: Counter[str] = Counter()

    @few
    @given(households(pack, on=ON, missing=0.3, area=True))
    def decides(household: dict[str, Any]) -> None:
        decision = pack.decide(household, on=ON)
        seen["households"] += 1
        seen["members"] += len(household["members"])
        seen["stated"] += sum(len(row) - 1 for row in household["members"])
        seen.update(item.status for item in decision.entitlements)

    decides()
    asked = sum(fact.scope == "person" for fact in pack.program(ON).facts if fact.id in _asked(pack))
    missing = 1 - seen["stated"] / (asked * seen["members"])
    record_property(
        "counted",
        f"{name}: {seen['households']} households of {seen['members'] / seen['households']:.1f} members, "
        f"{missing:.0%} of facts left out; {seen['eligible']:,} eligible, {seen['ineligible']:,} ineligible, "
        f"{seen['undetermined']:,} undetermined",
    )
    assert 0.2 < missing < 0.45
    assert min(seen["eligible"], seen["ineligible"], seen["undetermined"]) > seen["households"]


def _asked(pack: Pack) -> set[str]:
    from policyengine.interpreters.layout import asked

    return asked(pack.program(ON))


def test_numbers_often_stand_at_a_threshold_or_a_step_beside_it(tmp_path: Path, record_property: Any) -> None:
    pack = mini(tmp_path)
    seen: Counter[str] = Counter()

    @settings(max_examples=300)  # the pack is small, and an exact figure is rare enough to need them
    @given(households(pack, on=ON, missing=0, partly=0, members=(1, 3)))
    def draws(household: dict[str, Any]) -> None:
        size = len(household["members"])
        line = round(4000.05 * size * 100)
        beside = round(float(household["income"]) * 100) - line
        seen["incomes"] += 1
        seen[f"income {beside:+d} fen"] += beside in (-1, 0, 1)
        seen[f"size {size}"] += 1
        for member in household["members"]:
            seen["ages"] += 1
            seen["ages by a threshold"] += member["age"] in (59, 60, 61)
            seen["born by a threshold"] += member["born"] in ("2000-05-31", "2000-06-01", "2000-06-02")

    draws()
    record_property("counted", ", ".join(f"{key} {seen[key]}" for key in sorted(seen) if seen[key]))
    for key in ("income -1 fen", "income +0 fen", "income +1 fen", "ages by a threshold", "born by a threshold"):
        assert seen[key] > 0, key
    assert seen["ages by a threshold"] > seen["ages"] / 5
    assert {f"size {number}" for number in range(1, 4)} <= set(seen)


def test_the_first_member_is_a_grown_up_head_and_the_others_are_not_heads(tmp_path: Path) -> None:
    pack = mini(tmp_path)
    ages: list[int] = []

    @few
    @given(households(pack, on=ON, missing=0.1, members=(2, 4), benefits=["school", "养老补助"]))
    def draws(household: dict[str, Any]) -> None:
        first, *others = household["members"]
        assert [member["id"] for member in household["members"]] == list("abcd"[: len(household["members"])])
        assert first.get("relation", "head") == "head"
        assert all(member.get("relation") != "head" for member in others)
        assert all("idle" not in member for member in household["members"])
        ages.extend(member["age"] for member in others if isinstance(member.get("age"), int))

    draws()
    assert any(age < 18 for age in ages)
    assert any(age > 60 for age in ages)


def test_a_failing_household_shrinks_to_what_matters(tmp_path: Path) -> None:
    pack = mini(tmp_path)

    def is_granted(household: dict[str, Any]) -> bool:
        granted = [item for item in pack.decide(household, on=ON).entitlements if item.status == "eligible"]
        return any(item.benefit == "school" for item in granted)

    found = find(households(pack, on=ON, members=(1, 3)), is_granted, settings=settings(max_examples=3_000))
    first, second = found["members"]
    assert first == {"id": "a"}
    assert set(found) == {"members"}
    assert set(second) == {"id", "born", "poor", "relation"}


def test_no_fact_is_left_out_where_none_may_be_and_all_where_all_may(tmp_path: Path) -> None:
    pack = mini(tmp_path)

    @few
    @given(households(pack, on=ON, missing=0), households(pack, on=ON, missing=1))
    def draws(whole: dict[str, Any], blank: dict[str, Any]) -> None:
        assert set(whole) == {"members", "income"}
        assert all(set(row) == {"id", "age", "born", "poor", "relation", "left"} for row in whole["members"])
        assert set(blank) == {"members"}

    draws()


def test_figures_that_the_test_sets_are_thresholds_too(tmp_path: Path) -> None:
    pack = load(
        tmp_path,
        facts="bill: {for: person, type: number, unit: yuan/person, label: {zh: 费用, en: bill}}",
        parameters="cap: {label: {zh: 封顶线, en: ceiling}, unit: yuan/person, values: not stated}",
        benefits="""
            benefit: aid
            label: {zh: 补助, en: aid}
            for: person
            kind: cash
            eligible: 费用 > 0元
            amount: min(费用, 封顶线)
        """,
    )
    figures = {"封顶线": "1234.56元"}
    found = find(
        households(pack, on=ON, parameters=figures, members=(1, 1)),
        lambda household: household["members"][0].get("bill") == "1234.56",
        settings=settings(max_examples=2_000),
    )
    assert pack.decide(found, on=ON, parameters=figures).entitlement("aid", "a").amount is not None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"missing": 1.2}, "`missing`: from 0 to 1"),
        ({"members": (3, 2)}, "`members`: two numbers from 1 to 12"),
        ({"benefits": ["pensoin"]}, "nothing is called `pensoin` here"),
    ],
)
def test_wrong_arguments_are_told(tmp_path: Path, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(PolicyError) as caught:
        households(mini(tmp_path), on=ON, **arguments)
    assert told in caught.value.render("en")


def test_without_hypothesis_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "try:\n    import policyengine.testing.strategies\nexcept ValueError as error:\n    print(error.render('en'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == (
        "this needs the package `hypothesis`, which isn't installed [extra-needed]\n"
        "hint: pip install 'policyengine-packs[testing]'\n"
    ), done.stderr
