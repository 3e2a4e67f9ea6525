"""Reading formulas and what they come to: every operator in both languages, precedence, spans, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from minipack import codes, findings, value
from policyengine import PolicyError
from policyengine.authoring.formula import FormulaError, parse_formula
from policyengine.compiler.calls import FUNCTIONS

FACTS = """
    child: {for: person, type: condition, label: {zh: 儿童, en: child}}
    sick: {for: person, type: condition, label: {zh: 患病, en: sick}}
    poor: {for: person, type: condition, label: {zh: 困难, en: poor}}
    age: {for: person, type: number, unit: years, label: {zh: 年纪, en: age of a person}}
    pay: {for: person, type: number, unit: yuan/year, range: [-100元, 1000万元], label: {zh: 收入, en: pay}}
    wage: {for: person, type: number, unit: yuan/month, label: {zh: 月薪, en: wage}}
    born: {for: person, type: date, label: {zh: 生日, en: born}}
    card: {for: person, type: date, optional: true, label: {zh: 证件日, en: card}}
    rent: {for: household, type: number, unit: yuan/year, label: {zh: 房租, en: rent}}
    stage:
      for: person
      type: choice
      label: {zh: 学段, en: stage}
      options: {none: {zh: 不在学, en: no school}, primary: {zh: 小学, en: first school}, other: {zh: 其他, en: any}}
    town:
      for: household
      type: choice
      label: {zh: 地区, en: place}
      options: {market: {zh: 镇, en: a market}, primary: {zh: 小学, en: near a school}}
"""
PARAMETERS = """
    tax:
      label: {zh: 税率表, en: tax scale}
      unit: ratio
      argument: yuan/person/year
      bands: [{value: 10%}, {over: 100元, value: 20%}]
    grade:
      label: {zh: 档次, en: grade}
      unit: yuan
      argument: years
      bands: [{value: 1元}, {from: 6岁, value: 2元}, {over: 12岁, value: 3元}]
    food:
      label: {zh: 伙食表, en: food table}
      unit: yuan
      keys: [stage]
      cells: [[stage, value], [none, 1元], [primary, 2元], [other, 3元]]
"""


def result(folder: Path, formula: str, person: dict[str, Any] | None = None, **more: Any) -> str:
    return value(folder, f'"{formula}"', person, facts=FACTS, parameters=PARAMETERS, **more)


# each construct in both spellings

BOTH = [
    ("child and poor", "儿童 且 困难", {"child": True, "poor": True}, "true"),
    ("child or poor", "儿童 或 困难", {"child": False, "poor": True}, "true"),
    ("not child", "非 儿童", {"child": True}, "false"),
    ("true", "真", {}, "true"),
    ("false", "假", {}, "false"),
    ("age == 1岁", "年纪 ＝ 1岁", {"age": 1}, "true"),
    ("age = 1岁", "年纪 == 1年", {"age": 2}, "false"),
    ("age != 1岁", "年纪 ≠ 1岁", {"age": 2}, "true"),
    ("age < 1岁", "年纪 ＜ 1岁", {"age": 1}, "false"),
    ("age <= 1岁", "年纪 ≤ 1岁", {"age": 1}, "true"),
    ("age > 1岁", "年纪 ＞ 1岁", {"age": 1}, "false"),
    ("age >= 1岁", "年纪 ≥ 1岁", {"age": 1}, "true"),
    ("0 < age <= 1岁", "0 ＜ 年纪 ≤ 1岁", {"age": 1}, "true"),
    ("stage in (none, other)", "学段 属于（不在学、其他）", {"stage": "other"}, "true"),
    ("stage not in (none, other)", "学段 不属于（不在学、其他）", {"stage": "other"}, "false"),
    ("stage == other", "学段 ＝ 其他", {"stage": "none"}, "false"),
    ("card is known", "证件日 已知", {"card": "2018-01-01"}, "true"),
    ("pay + pay", "收入 ＋ 收入", {"pay": 3}, "6.00"),
    ("pay - 1 * pay", "收入 − 1 × 收入", {"pay": 3}, "0.00"),
    ("-pay", "－收入", {"pay": 3}, "-3.00"),
    ("min(pay, 0)", "最小（收入，0）", {"pay": 3}, "0.00"),
    ("max(pay, 0)", "最大（收入，0）", {"pay": 3}, "3.00"),
    ("round(pay / 1, 1元)", "四舍五入(收入 ÷ 1, 1元)", {"pay": "2.5"}, "3.00"),
    ("round_up(pay, 1元)", "向上取整(收入, 1元)", {"pay": "2.01"}, "3.00"),
    ("round_down(pay, 1元)", "向下取整(收入, 1元)", {"pay": "2.99"}, "2.00"),
    ("if child then age else 0", "若 儿童 则 年纪 否则 0", {"child": True, "age": 4}, "4"),
    ("yearly(wage)", "按年(月薪)", {"wage": "0.01"}, "0.12"),
    ("monthly(pay)", "按月(收入)", {"pay": 100}, "8.33"),
    ("years_between(born, effective_date)", "周岁(生日, 判断日)", {"born": "2008-06-02"}, "9"),
    ("months_between(born, effective_date)", "月数(生日, 判断日)", {"born": "2018-01-02"}, "4"),
    ("days_between(born, effective_date)", "天数(生日, 判断日)", {"born": "2018-05-01"}, "31"),
    ("year_of(born)", "年份(生日)", {"born": "2008-06-02"}, "2008"),
    ("month_of(born)", "月份(生日)", {"born": "2008-06-02"}, "6"),
    ("day_of(born)", "日数(生日)", {"born": "2008-06-02"}, "2"),
    ("progressive(pay, tax)", "分段累进(收入, 税率表)", {"pay": 150}, "20.00"),
    ("lookup(age, grade)", "分档(年纪, 档次)", {"age": 12}, "2.00"),
    ("table(food, stage)", "查表(伙食表, 学段)", {"stage": "primary"}, "2.00"),
    ("count of members where child", "计数 于 成员 其中 儿童", {"child": True}, "2"),
    ("sum pay of members where child", "合计 收入 于 成员 其中 儿童", {"child": True, "pay": 1}, "3.00"),
    ("any of members where poor", "任一 于 成员 其中 困难", {"poor": False}, "true"),
    ("any poor of members where child", "任一 困难 于 成员 其中 儿童", {"poor": False, "child": True}, "true"),
    ("all of members where poor", "全部 于 成员 其中 困难", {"poor": False}, "false"),
    ("max pay of members default 0", "最大 收入 于 成员 缺省 0", {"pay": 1}, "2.00"),
    ("min pay of members default 0元", "最小 收入 于 成员 缺省 0元", {"pay": 1}, "1.00"),
    ("count of other members", "计数 于 其他 成员", {}, "1"),
    ("rank by pay where child", "位次 按 收入 其中 儿童", {"pay": 1}, "1"),
    ("rank by pay descending", "位次 按 收入 降序", {"pay": 1}, "2"),
    ("household_size", "家庭人口", {}, "2"),
]
OTHER = {"child": True, "poor": True, "sick": False, "pay": 2}


@pytest.mark.parametrize(("english", "chinese", "person", "expected"), BOTH, ids=[pair[0] for pair in BOTH])
def test_chinese_and_english_spelling_mean_the_same(
    tmp_path: Path, english: str, chinese: str, person: dict[str, Any], expected: str
) -> None:
    assert result(tmp_path / "en", english, person, others=(OTHER,)) == expected
    assert result(tmp_path / "zh", chinese, person, others=(OTHER,)) == expected


def test_every_function_is_tried_in_both_spellings() -> None:
    tried = " ".join(f"{english} {chinese}" for english, chinese, _, _ in BOTH).replace("（", "(")
    benefits = {"entitled", "享受", "received", "所得"}  # need a benefit: test_between.py
    assert {name for name in FUNCTIONS if f"{name}(" not in tried} == benefits


# precedence

PRECEDENCE = [
    ("sick or poor and child", "sick or (poor and child)"),
    ("not sick and child", "(not sick) and child"),
    ("not age < 1", "not (age < 1)"),
    ("not not sick", "not (not sick)"),
    ("pay + pay * 1", "pay + (pay * 1)"),
    ("pay - pay - pay", "(pay - pay) - pay"),
    ("pay - pay / 1", "pay - (pay / 1)"),
    ("pay / 1 * 1", "(pay / 1) * 1"),
    ("-pay * 1", "(-pay) * 1"),
    ("pay - -pay", "pay - (-pay)"),
    ("pay < pay + pay and child", "(pay < (pay + pay)) and child"),
    ("if sick then pay else pay + pay", "if sick then pay else (pay + pay)"),
    ("if sick then 0 else if poor then 1 else 0", "if sick then 0 else (if poor then 1 else 0)"),
    ("count of members where sick or poor", "count of members where (sick or poor)"),
    ("count of members where age >= 1", "count of members where (age >= 1)"),
    ("sum pay + pay of members", "sum (pay + pay) of members"),
    ("max pay of members where sick default 0 + pay", "max pay of members where sick default (0 + pay)"),
    ("rank by pay + pay where sick or poor", "rank by (pay + pay) where (sick or poor)"),
    ("(count of members) > 1 and sick", "((count of members) > 1) and sick"),
    ("max(pay, 0) + max pay of members default 0", "max(pay, 0) + (max pay of members default 0)"),
]


def shape(tree: object) -> object:
    """A tree without its spans."""
    if isinstance(tree, tuple):
        return tuple(shape(part) for part in tree)
    slots = getattr(type(tree), "__slots__", ())
    if "span" not in slots:
        return tree
    return type(tree).__name__, *(shape(getattr(tree, name)) for name in slots if name != "span")


@pytest.mark.parametrize(("plain", "bracketed"), PRECEDENCE, ids=[pair[0] for pair in PRECEDENCE])
def test_operators_bind_as_the_brackets_show(plain: str, bracketed: str) -> None:
    assert shape(parse_formula(plain)) == shape(parse_formula(bracketed))


def test_full_width_punctuation_reads_as_the_narrow() -> None:
    wide, narrow = "（收入＋１．５万元）＊２　＞＝　０　且　学段＝＝其他", "(收入+1.5万元)*2 >= 0 且 学段==其他"
    assert shape(parse_formula(wide)) == shape(parse_formula(narrow))


def test_keyword_may_stand_where_a_name_is_expected(tmp_path: Path) -> None:
    """An option called 其他 (also the keyword of `other members`) is quite usual."""
    assert result(tmp_path, "学段 属于 (小学, 其他)", {"stage": "其他"}) == "true"


def test_option_of_two_choices_counts_for_the_one_it_is_compared_with(tmp_path: Path) -> None:
    facts = {"stage": "primary"}
    household = {"地区": "market"}
    assert result(tmp_path / "1", "stage == primary and town != primary", facts, household=household) == "true"
    assert result(tmp_path / "2", "stage == town", facts, household=household) == "false"
    assert result(tmp_path / "3", "stage == town", facts, household={"地区": "小学"}) == "true"


# spans and what is refused


def refusal(formula: str) -> tuple[str, str]:
    """(code, the text that the caret marks)."""
    with pytest.raises(FormulaError) as caught:
        parse_formula(formula)
    start, end = caught.value.span
    return caught.value.code, formula[start:end]


@pytest.mark.parametrize(
    ("formula", "code", "marked"),
    [
        ("child and and sick", "formula-syntax", "sick"),
        ("(child", "formula-ends", "d"),
        ("child)", "formula-syntax", ")"),
        ("", "empty-formula", ""),
        ("   ", "empty-formula", " "),
        ("pay + ", "formula-ends", "+"),
        ("pay § 1", "formula-syntax", "§"),
        ("pay + 010元", "bad-figure", "010元"),
        ("born < 2018-02-30", "bad-date", "2018-02-30"),
        ("any of members", "aggregate-needs-where", "any of members"),
        ("a < b < ", "formula-ends", "<"),
        ("if child then pay", "formula-ends", "y"),
        ("stage in ()", "formula-syntax", ")"),
        ("pay 收入", "formula-syntax", "收入"),
        ("x" * 4001, "formula-too-long", "x"),
    ],
)
def test_refused_formula_is_marked_where_it_goes_wrong(formula: str, code: str, marked: str) -> None:
    assert refusal(formula) == (code, marked)


@pytest.mark.parametrize(
    "formula",
    [
        "max(0, " * 300 + "pay" + ")" * 300,
        "-" * 500 + "pay",
        "not " * 500 + "sick",
        "pay" + "+pay" * 900,
        "非\n" * 400 + "sick",
    ],
)
def test_deep_formula_is_refused_instead_of_overflowing(formula: str) -> None:
    assert refusal(formula)[0] == "formula-too-deep"


def test_long_chain_of_one_operator_is_no_depth() -> None:
    parse_formula(" and ".join(["sick"] * 300))


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "__import__(1)",
        "pay.real",
        "pay[0]",
        "lambda: 0",
        "{}",
        "'pay'",
        "pay; pay",
        "pay ** 2",
        "1 if pay else 0",
    ],
)
def test_no_way_from_a_formula_to_python(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyError):
        result(tmp_path, text, {"pay": 1})


PLACES = [
    ("missing", 0, "missing"),
    ("child and mising", 10, "mising"),
    ("(pay + age) > 0", 0, "(pay + age)"),
    ("儿童 且 （年纪 ＞ 收入）", 6, "年纪 ＞ 收入"),
    ("not pay", 4, "pay"),
    ("foo(pay, 1)", 0, "foo"),
]


@pytest.mark.parametrize(("formula", "start", "marked"), PLACES)
@pytest.mark.parametrize("style", ["plain", "single", "double", "folded", "literal"])
def test_error_in_a_formula_points_into_the_file_however_yaml_writes_it(
    tmp_path: Path, formula: str, start: int, marked: str, style: str
) -> None:
    quoted = {
        "plain": formula,
        "single": f"'{formula}'",
        "double": f'"{formula}"',
        "folded": f">-\n    {formula}",
        "literal": f"|-\n    {formula}",
    }[style]
    variables = f"v:\n  for: person\n  label: V\n  formula: {quoted}\n"
    found = [item for item in findings(tmp_path, facts=FACTS, variables=variables) if item.is_error]
    assert len(found) == 1
    place = found[0].place
    assert place is not None
    text = place.file.text
    assert place.start == text.index(formula) + start
    assert text[place.start : place.start + place.length] == marked


def test_error_in_a_folded_formula_points_to_its_own_line(tmp_path: Path) -> None:
    variables = "v:\n  for: person\n  label: V\n  formula: >-\n    child and\n    mising and\n    sick\n"
    found = findings(tmp_path, facts=FACTS, variables=variables)
    assert codes(found) == ["unknown-name"]
    assert str(found[0].place).endswith("variables.yaml:6:5")
