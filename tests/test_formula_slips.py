"""Words and signs that formulas don't have are marked, and what to write instead is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from minipack import findings
from policyengine.authoring.formula import FormulaError, parse_formula


def refused(formula: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse_formula(formula)
    assert caught.value.code == "formula-syntax"
    return caught.value


@pytest.mark.parametrize(
    ("formula", "marked", "instead"),
    [
        ("甲 并且 乙", "并且", "`且`（and）"),
        ("甲 和 乙", "和", "`且`（and）；数值相加请用 `+`"),
        ("甲 或者 乙", "或者", "`或`（or）"),
        ("甲 AND 乙", "AND", "`且`（and）"),
        ("甲 大于等于 60岁", "大于等于", "`>=`"),
        ("甲 不低于 3", "不低于", "`>=`"),
        ("甲 不超过 3", "不超过", "`<=`"),
        ("甲 大于 3", "大于", "`>`"),
        ("甲 小于 3", "小于", "`<`"),
        ("学段 为 大学", "为", "`=`"),
        ("甲 x 3", "x", "`×`"),
        ("甲 X 3", "X", "`×`"),
        ("如果 甲 那么 乙 否则 丙", "如果", "`若`（if）：`若 … 则 … 否则 …`"),
        ("如果 (甲) 那么 乙 否则 丙", "如果", "`若`（if）：`若 … 则 … 否则 …`"),
        ("若 甲 那么 乙 否则 丙", "那么", "`则`（then）"),
        ("不是 甲", "不是", "`非`（not）"),
        ("甲 不是 乙", "不是", "`!=`"),
    ],
)
def test_a_word_that_formulas_do_not_have_is_told_with_what_they_have(formula: str, marked: str, instead: str) -> None:
    error = refused(formula)
    assert formula[slice(*error.span)] == marked
    assert error.hint is not None
    assert error.hint.zh == f"公式里没有 `{marked}` 这个词，请用 {instead}"


@pytest.mark.parametrize(
    ("formula", "marked", "hint"),
    [
        ("甲 => 3", "=>", "公式里没有 `=>` 这个符号，请用 `>=`"),
        ("甲 ＝＜ 3", "＝＜", "公式里没有 `=<` 这个符号，请用 `<=`"),
        ("甲 && 乙", "&&", "公式里没有 `&&` 这个符号，请用 `且`（and）"),
        ("学段 = “大学”", "“大学”", "公式里的名称不加引号：`大学`"),
        ("学段 = '大学' 且 乙", "'大学'", "公式里的名称不加引号：`大学`"),
        ("90以上 且 甲", "90以上", "公式里的名称不能以数字开头；`90以上` 若是名称，请写它的标识"),
    ],
)
def test_a_sign_or_name_written_otherwise_is_told(formula: str, marked: str, hint: str) -> None:
    error = refused(formula)
    assert formula[slice(*error.span)] == marked
    assert error.hint is not None
    assert error.hint.zh == hint


@pytest.mark.parametrize("formula", ["甲 且且 乙", "甲 收入", "甲 3万元", "甲 and and 乙", "lambda: 甲", "甲 < < 乙"])
def test_of_other_things_the_hint_stays_general(formula: str) -> None:
    assert refused(formula).hint is None


@pytest.mark.parametrize("formula", ["甲 ＊ 3", "x + X", "为 > 3", "大于 = 小于", "count of members where 是"])
def test_such_words_may_still_be_names(formula: str) -> None:
    parse_formula(formula)


FACTS = (
    "resident: {for: person, type: condition, label: 本县户籍}\n"
    "age: {for: person, type: number, unit: years, label: 年龄}\n"
)


@pytest.mark.parametrize(
    ("formula", "hint"),
    [
        ("本县户籍 = 是", "条件直接写，不用 `= 是`；要表示 `= 否`，请写 `非 …`"),
        ("本县户籍 = 否", "条件直接写，不用 `= 是`；要表示 `= 否`，请写 `非 …`"),
        ("年龄大于等于60岁", "公式里没有 `大于等于` 这个词，请写：`年龄 >= 60岁`"),
        ("本县户籍并且本县户籍", "公式里没有 `并且` 这个词，请写：`本县户籍 且 本县户籍`"),
        ("本县户籍 并且 年龄 > 60岁", "公式里没有 `并且` 这个词，请用 `且`（and）"),
    ],
)
def test_the_hint_reaches_whoever_wrote_the_file(tmp_path: Path, formula: str, hint: str) -> None:
    found = findings(tmp_path, facts=FACTS, indicators=f"i: {{for: person, label: 某, met: {formula}}}\n")
    assert [item.help("zh") for item in found if item.is_error] == [hint]


@pytest.mark.parametrize("formula", ["学段 = 无", "学段 != 无", "学段 属于 (primary, 无)"])
def test_a_choice_compared_with_what_it_can_not_be_tells_what_it_can_be(tmp_path: Path, formula: str) -> None:
    stage = "stage: {for: person, type: choice, label: 学段, options: {none: 不在学, primary: {zh: 小学, en: primary school}}}\n"
    found = findings(tmp_path, facts=stage, indicators=f"i: {{for: person, label: 某, met: '{formula}'}}\n")
    assert [(item.code, item.help("zh")) for item in found if item.is_error] == [
        ("unknown-name", "可选：`none`（不在学）、`primary`（小学）")
    ]
