"""What an explanation says of how much: where a bare figure comes from, and what each band of a scale adds."""

from __future__ import annotations

from pathlib import Path

import pytest

import minipack
from policyengine.explaining.telling import MANY, telling
from policyengine.text import Lang

FACTS = """
dibao: {for: person, type: condition, label: {zh: 低保对象, en: on dibao}}
bill: {for: person, type: number, unit: yuan/year, label: {zh: 医疗费, en: bill}}
"""
TAX = """
tax:
  label: {zh: 税率表, en: tax}
  argument: yuan/person/year
  unit: ratio
  provision: P-1
  bands: {2016-01-01: [{value: 3%}, {over: 1000元, value: 10%}, {over: 3000元, value: 20%}]}
"""
PROVISIONS = "P-1: {place: 第一条, says: 税率表, class: benefit}\n"


def told(folder: Path, amount: str, lang: Lang = "zh", *, variables: str = "", **facts: object) -> str:
    """What is told of a benefit, both ways in which that is written."""
    benefit = "benefit: b\nlabel: {zh: 帮助, en: help}\nfor: person\nkind: cash\nperiod: year\neligible: 'true'\n"
    pack = minipack.load(
        folder,
        facts=FACTS,
        parameters=TAX,
        provisions=PROVISIONS,
        variables=variables,
        benefits=benefit + f"amount: {amount}\n",
    )
    decision = pack.decide({"members": [{"id": "a", **facts}]}, on=minipack.ON)
    telling(decision._evaluator, lang).texts = 0
    by_reasons = decision.explain(lang).text
    telling(decision._evaluator, lang).texts = MANY
    assert decision.explain(lang).text == by_reasons
    return by_reasons


def test_an_amount_that_is_a_fact_says_which(tmp_path: Path) -> None:
    assert "  ✓ 帮助   每年 800.00 元\n      医疗费 800.00 元\n" in told(tmp_path, "bill", bill="800元")
    assert "      bill 800.00 yuan\n" in told(tmp_path, "bill", "en", bill="800元")


def test_a_branch_that_is_a_fact_says_which(tmp_path: Path) -> None:
    text = told(tmp_path, "if dibao then bill else 0", dibao=True, bill="800元")
    assert "      ✓ a 是低保对象\n      医疗费 800.00 元\n" in text


def test_a_variable_that_is_another_name_for_a_fact_says_for_which(tmp_path: Path) -> None:
    burden = "burden: {for: person, label: {zh: 负担, en: burden}, formula: bill}\n"
    text = told(tmp_path, "50% × burden", variables=burden, bill="800元")
    assert "      50% × 负担 800.00 元 = 400.00 元\n      负担 800.00 元\n          医疗费 800.00 元\n" in text


@pytest.mark.parametrize("bill", ["500元", "1000元", "1000.01元"])
def test_bands_that_are_not_reached_are_not_told(tmp_path: Path, bill: str) -> None:
    text = told(tmp_path, "progressive(bill, tax)", bill=bill)
    assert text.count("部分") == (2 if bill == "1000.01元" else 1)


def test_a_progressive_scale_says_what_each_band_adds(tmp_path: Path) -> None:
    assert """\
      税率表（医疗费 5,000.00 元）630.00 元
          1,000.00 元以内部分 1,000.00 元 × 3% = 30.00 元
          1,000.00 元至 3,000.00 元部分 2,000.00 元 × 10% = 200.00 元
          3,000.00 元以上部分 2,000.00 元 × 20% = 400.00 元
""" in told(tmp_path, "progressive(bill, tax)", bill="5000元")
    assert """\
      tax (bill 5,000.00 yuan): 630.00 yuan
          up to 1,000.00 yuan: 1,000.00 yuan × 3% = 30.00 yuan
          1,000.00 yuan to 3,000.00 yuan: 2,000.00 yuan × 10% = 200.00 yuan
          above 3,000.00 yuan: 2,000.00 yuan × 20% = 400.00 yuan
""" in told(tmp_path, "progressive(bill, tax)", "en", bill="5000元")


def test_the_bands_of_a_value_that_is_not_known_are_not_told(tmp_path: Path) -> None:
    assert "部分" not in told(tmp_path, "progressive(bill, tax)")


def test_a_scale_inside_a_calculation_says_its_bands_once(tmp_path: Path) -> None:
    text = told(tmp_path, "bill - progressive(bill, tax)", bill="1000元")
    assert "      医疗费 1,000.00 元 − 税率表（医疗费 1,000.00 元）30.00 元 = 970.00 元\n" in text
    assert text.count("1,000.00 元 × 3% = 30.00 元") == 1


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        ("max(100元/人/年, min(600元/人/年, bill))", "100.00 元 至 600.00 元", "100.00 yuan to 600.00 yuan"),
        ("min(600元/人/年, bill)", "至多 600.00 元", "at most 600.00 yuan"),
        ("max(100元/人/年, bill)", "至少 100.00 元", "at least 100.00 yuan"),
    ],
)
def test_an_amount_that_waits_for_a_fact_shows_both_its_ends(tmp_path: Path, amount: str, zh: str, en: str) -> None:
    assert f"  ✓ 帮助   符合，金额待定，每年 {zh}\n" in told(tmp_path, amount)
    assert f"  ✓ help   entitled, amount not known yet, {en} a year\n" in told(tmp_path, amount, "en")


def test_an_amount_of_which_nothing_is_known_shows_no_ends(tmp_path: Path) -> None:
    assert "  ✓ 帮助   符合，金额待定\n" in told(tmp_path, "bill")


def test_a_benefit_without_conditions_says_so_in_plain_words(tmp_path: Path) -> None:
    assert told(tmp_path, "bill", bill="800元").endswith("因为 不设条件")
    assert told(tmp_path, "bill", "en", bill="800元").endswith("because no condition is set")


def test_the_rank_of_a_member_is_said_once(tmp_path: Path) -> None:
    second = "if (rank by bill) = 2 then bill else 0"
    text = told(tmp_path, second, "en", bill="800元")
    assert "rank no. 1 is other than no. 2" in text
    assert "位次 1 位" in told(tmp_path, second, bill="800元")


SINCE = """
started: {for: household, type: date, label: {zh: 治理开始日期, en: treatment began}}
"""


def test_years_since_something_are_no_age_and_parts_of_a_date_no_duration(tmp_path: Path) -> None:
    benefit = (
        "benefit: b\nlabel: {zh: 帮助, en: help}\nfor: household\nkind: service\nprovisions: [P-1]\n"
        "eligible: 治理年数 >= 2岁 and 周岁(治理开始日期, 判断日) >= 2岁 and 月份(治理开始日期) >= 7个月\n"
    )
    variables = "elapsed: {for: household, label: {zh: 治理年数, en: years of treatment}, formula: '周岁(治理开始日期, 判断日)', provision: P-1}\n"
    pack = minipack.load(
        tmp_path,
        facts=SINCE,
        variables=variables,
        provisions="P-1: {place: 第一条, says: 帮助, class: benefit}\n",
        benefits=benefit,
    )
    told = str(pack.decide({"started": "2017-03-31", "members": [{"id": "a"}]}, on="2018-06-01").explain("zh"))
    assert "治理年数 为 1 年；须不低于 2" in told
    assert "治理开始日期 2017-03-31 至 判断日 2018-06-01 的足年 1 年" in told
    assert "治理开始日期 2017-03-31 的月份 3；须" in told
