"""A message points at what is wrong: the line, the column in characters, and a caret under it, however YAML writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minipack import findings
from policyengine.source import Source, SourceFile

FACTS = "income: {for: household, type: number, unit: yuan/year, label: {zh: 家庭收入, en: yearly income}}\n"
HEAD = "x:\n  for: household\n  label: 某\n  met: "


@pytest.mark.parametrize(
    "text",
    [
        "0 < income and incom > 1",
        "家庭收入 ＞ ０ 且 incom > 1",
        "0 < income and\n    0 < income\n    and incom > 1",
        "0 < income and\n\n    家庭收入 > 0 且 incom > 1",
        "|\n    0 < income and\n    家庭收入 > 0 且 incom > 1",
        "|  # why this is so\n    0 < income\n    and incom > 1",
        "|4-\n      0 < income\n      and incom > 1",
        ">\n    0 < income\n\n\n    and incom > 1\n",
        ">-\n    0 < income and\n      0 < income\n    and incom > 1",
        ">+\n    0 < income and incom > 1\n\n",
        "'0 < income and incom > 1'",
        "'0 < income\n    and\n\n    incom > 1'",
        '"0 < income and incom > 1"',
        '"0 < income\n    and incom > 1"',
        "   0 < income and incom > 1   # a remark",
        '"0 \\x3c inc\\u006fme and incom > 1"',
        '"0 < income\\nand\\x20incom > 1"',
        '"0 < income\\tand\\u3000incom > 1"',
    ],
)
def test_a_name_in_a_formula_is_found_where_it_stands(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = f"{HEAD}{text}\n"
    before = whole[: whole.index("incom >")]
    [found] = [item for item in findings(Path("mini"), facts=FACTS, indicators=whole) if item.is_error]
    assert str(found.place) == f"mini/indicators.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    _, line, carets, hint = found.render().split("\n")
    assert line.endswith(whole.split("\n")[before.count("\n")])
    assert carets.endswith(" ^^^^^")
    assert hint == "hint: did you mean the fact `income` (mini/facts.yaml:1:1)?"


def test_places_in_braces_count_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "x: {for: household, label: 某（某）, met: 家庭收入 > 0 且 incom > 1}\n"
    [found] = findings(Path("mini"), facts=FACTS, indicators=text)
    assert found.render() == (
        "mini/indicators.yaml:1:50: unknown name `incom` [unknown-name]\n"
        "   1 | x: {for: household, label: 某（某）, met: 家庭收入 > 0 且 incom > 1}\n"
        f"     | {' ' * (49 + 9)}^^^^^\n"  # nine of the characters before it are wide
        "hint: did you mean the fact `income` (mini/facts.yaml:1:1)?"
    )


@pytest.mark.parametrize(
    ("formula", "marked"),
    [
        ("income + 1岁 > 0", "income + 1岁"),
        ("(income - 1岁) × 2 > 0", "(income - 1岁)"),
        ("yearly(income) > 0", "yearly(income)"),
        ("not (income)", "income"),
        ("income", "income"),
        ("if true then income else true", "if true then income else true"),
        ("max income of members > 0", "max income of members"),
        ("(rank by income) > 1", "(rank by income)"),
        ("any of members", "any of members"),
        ("income is known", "income"),
        ("income > 0 and lookup(income, income) > 1", "income"),
        ("round(income, 家庭收入) > 1", "家庭收入"),
        ("count of other members > 1", "count of other members"),
        ("average(income) > 1", "average"),
        ("min(income) > 1", "min(income)"),
        ("income / (income - income) > 1", "(income - income)"),
    ],
)
def test_the_caret_covers_the_part_that_is_wrong(formula: str, marked: str, tmp_path: Path) -> None:
    found = findings(tmp_path, facts=FACTS, indicators=f"{HEAD}{formula}\n")
    place = next(item for item in found if item.is_error).place
    assert place is not None
    assert place.file.text[place.start : place.start + place.length] == marked


def snippet(text: str, start: int, length: int = 1) -> list[str]:
    return Source(SourceFile("x", text), start, length).snippet().split("\n")


def test_a_caret_stands_under_wide_characters() -> None:
    assert snippet("甲乙丙: 丁戊", 5, 2) == ["   1 | 甲乙丙: 丁戊", "     |         ^^^^"]
    assert snippet("e\u0301\u200b: x", 5) == ["   1 | e\u0301\u200b: x", "     |    ^"]


def test_tabs_and_control_characters_take_one_cell() -> None:
    assert snippet("a\tb\x1b[1m\x00c", 8) == ["   1 | a b [1m c", "     |         ^"]


def test_a_long_line_is_cut_on_both_sides_of_the_place() -> None:
    line, carets = snippet("前" * 300 + "x" + "后" * 300, 300)
    assert line == "   1 | …" + "前" * 60 + "x" + "后" * 89 + "…"
    assert carets == "     | " + " " * 121 + "^"


def test_a_stretch_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert snippet("one two\nthree\n", 4, 9) == ["   1 | one two", "     |     ^^^"]


def test_the_end_of_a_file_has_a_place() -> None:
    place = Source(SourceFile("x", "a\n"), 2)
    assert (str(place), place.snippet()) == ("x:2:1", "   2 | \n     | ^")
