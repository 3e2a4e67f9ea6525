"""Published figures in place of those the document leaves out: several fill one another's gaps, and each is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import minipack
import policyengine
from policyengine.testing.scenarios import run_scenarios

FACTS = "student: {for: person, type: condition, label: {zh: 学生, en: student}}\n"
PARAMETERS = "rate: {label: {zh: 补助标准, en: rate}, unit: yuan/person/year, values: not stated}\n"
BENEFITS = """
benefit: grant
label: {zh: 助学金, en: grant}
for: person
kind: cash
period: year
eligible: 学生
amount: 补助标准
"""
CITY = """
supplement: city
label: {zh: 市公告, en: city notice}
figures: {rate: {values: {2017-07-01: 380元, 2018-07-01: not stated}, source: 某报, grade: B}}
---
supplement: province
label: {zh: 省公告, en: province notice}
figures: {rate: {values: {2018-01-01: at least 200元}, source: 省网, grade: A}}
---
supplement: hearsay
label: {zh: 传闻, en: hearsay}
figures: {rate: {values: 500元, source: 问答, grade: C}}
"""
PUPIL = {"members": [{"id": "a", "学生": True}]}


def pack(folder: Path, *supplements: str, grades: str = "AB", **files: str) -> policyengine.Pack:
    loaded = minipack.load(
        folder, facts=FACTS, parameters=PARAMETERS, benefits=BENEFITS, supplements=CITY.removeprefix("\n"), **files
    )
    return loaded.with_changes(supplements=supplements, grades=grades)


@pytest.mark.parametrize(
    ("on", "amount"),
    [
        ("2017-06-30", "from 0"),
        ("2017-07-01", "380.00"),
        ("2018-01-01", "380.00"),
        ("2018-06-30", "380.00"),
        ("2018-07-01", "from 200.00"),
    ],
)
def test_a_second_supplement_fills_the_days_that_the_first_leaves_open(tmp_path: Path, on: str, amount: str) -> None:
    found = pack(tmp_path, "city", "province").decide(PUPIL, on=on).entitlement("grant", "a").amount
    assert found is not None
    assert (f"from {found.low or 0}" if found.exact is None else str(found.exact)) == amount


PARTLY = PARAMETERS.replace("values: not stated", "values: {2016-01-01: 100元, 2018-01-01: not stated}")


def partly(folder: Path) -> policyengine.Pack:
    loaded = minipack.load(folder, facts=FACTS, parameters=PARTLY, benefits=BENEFITS, supplements=CITY.strip("\n"))
    return loaded.with_changes(supplements=("city", "province"))


@pytest.mark.parametrize(
    ("on", "amount"),
    [
        ("2017-12-31", "100.00"),  # as the document states, whatever is published
        ("2018-01-01", "380.00"),
        ("2018-07-01", "at least 200.00"),
    ],
)
def test_a_supplement_fills_the_stretch_for_which_nothing_is_stated(tmp_path: Path, on: str, amount: str) -> None:
    assert str(partly(tmp_path).decide(PUPIL, on=on).entitlement("grant", "a").amount) == amount


def test_a_figure_of_the_document_stays_what_it_is_on_days_that_no_supplement_fills(tmp_path: Path) -> None:
    with pytest.raises(policyengine.PolicyError, match="beyond-document"):
        partly(tmp_path).decide(PUPIL, on="2017-12-31", parameters={"rate": "200元"})
    set_ = partly(tmp_path).decide(PUPIL, on="2018-01-01", parameters={"rate": "200元"})
    assert str(set_.entitlement("grant", "a").amount) == "200.00"


def test_the_first_supplement_goes_before(tmp_path: Path) -> None:
    decision = pack(tmp_path, "province", "city").decide(PUPIL, on="2018-03-01")
    assert str(decision.entitlement("grant", "a").amount) == "at least 200.00"


def test_an_explanation_names_the_supplement_its_grade_and_that_it_is_a_bound(tmp_path: Path) -> None:
    both = pack(tmp_path, "city", "province")
    assert "补助标准 380.00 元（市公告（B 级：某报））" in str(both.decide(PUPIL, on="2018-03-01").explain("zh"))
    assert "补助标准 200.00 元（不低于；省公告（A 级：省网））" in str(
        both.decide(PUPIL, on="2018-08-01").explain("zh")
    )


def test_an_amount_that_is_one_parameter_says_where_it_comes_from(tmp_path: Path) -> None:
    decision = pack(tmp_path).decide(PUPIL, on="2018-03-01", parameters={"rate": 300})
    assert "补助标准 300.00 元（由使用者给出）" in str(decision.explain("zh"))


def test_a_scenario_may_allow_grade_c(tmp_path: Path) -> None:
    scenario = """
        scenarios:
          - name: hearsay
            on: 2018-06-01
            supplements: [hearsay]
            grades: ABC
            household: {members: [{id: a, 学生: true}]}
            expect: {a: {grant: 500元}}
          - name: refused
            on: 2018-06-01
            supplements: [hearsay]
            household: {members: [{id: a, 学生: true}]}
            expect: {a: {grant: 500元}}
    """
    allowed, refused = run_scenarios(pack(tmp_path, scenarios=scenario))
    assert allowed.passed
    assert [item.code for item in refused.errors] == ["grade-c"]
