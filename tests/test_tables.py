"""Decision tables and tables of figures: which row decides, proofs that rows are complete and unique, lookups."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from minipack import codes, findings, value
from policyengine.compiler.tables import MOST_CASES
from policyengine.errors import Diagnostic

FACTS = """
    child: {for: person, type: condition, label: {zh: 儿童, en: child}}
    poor: {for: person, type: condition, label: {zh: 困难, en: poor}}
    age: {for: person, type: number, unit: years, label: {zh: 年纪, en: years of age}}
    income: {for: person, type: number, unit: yuan/year, label: {zh: 收入, en: own income}}
    born: {for: person, type: date, label: {zh: 生日, en: born on}}
    stage: {for: person, type: choice, label: {zh: 学段, en: a stage}, options: {low: 低, mid: 中, high: 高}}
    place: {for: household, type: choice, label: {zh: 地方, en: a place}, options: {town: 镇, village: 村}}
"""
PARAMETERS = """
    line: {label: {zh: 贫困线, en: poverty line}, unit: yuan/person/year, values: 3000元}
    upper: {label: {zh: 上限, en: upper line}, unit: yuan/person/year, values: 6000元}
    start: {label: {zh: 起始日, en: first day}, unit: date, values: 2018-01-01}
"""


def table(rows: list[tuple[str, str]], hit: str = "first", otherwise: str | None = None, more: str = "") -> str:
    lines = [f"    hit: {hit}", "    rows:", *(f"      - {{when: '{when}', then: '{then}'}}" for when, then in rows)]
    if otherwise is not None:
        lines.append(f"    otherwise: {otherwise}")
    return f"v:\n  for: person\n  label: {{zh: 变量, en: a variable}}\n{more}  table:\n" + "\n".join(lines) + "\n"


def found(folder: Path, *arguments: Any, **more: Any) -> list[Diagnostic]:
    """The errors of a table."""
    everything = findings(folder, facts=FACTS, parameters=PARAMETERS, variables=table(*arguments, **more))
    return [item for item in everything if item.is_error]


def decided(folder: Path, person: dict[str, Any], *arguments: Any, **more: Any) -> str:
    variables = table(*arguments, **more)
    return value(folder, "v", person, facts=FACTS, parameters=PARAMETERS, variables=variables)


# which row decides

CLASSES = [("child", "a"), ("poor", "b"), ("age >= 60岁", "c")]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"child": True, "poor": True}, "a"),
        ({"child": False, "poor": True}, "b"),
        ({"child": False, "poor": False, "age": 60}, "c"),
        ({"child": False, "poor": False, "age": 59}, "d"),
        ({"poor": True}, "a or b"),
        ({"child": False}, "b or c or d"),
        ({"child": True}, "a"),
        ({"age": 70}, "a or b or c"),
    ],
)
def test_first_row_that_holds_decides_and_unknown_rows_stay_possible(
    tmp_path: Path, person: dict[str, Any], expected: str
) -> None:
    assert decided(tmp_path, person, CLASSES, otherwise="d") == expected


def test_results_may_be_figures_and_conditions(tmp_path: Path) -> None:
    rows = [("child", "income"), ("poor", "line")]
    assert decided(tmp_path / "1", {"child": False, "poor": True}, rows, otherwise="0") == "3000.00"
    assert decided(tmp_path / "2", {"poor": True, "income": 1000}, rows, otherwise="0") == "between 1000.00 and 3000.00"
    assert decided(tmp_path / "3", {"child": False, "age": 3}, [("child", "true")], otherwise="age < 6岁") == "true"


def test_every_result_of_figures_is_rounded(tmp_path: Path) -> None:
    rows = [("child", "income × 1/3")]
    rounding = "  rounding: {to: 1元}\n"
    assert decided(tmp_path / "1", {"child": True, "income": 5}, rows, otherwise="income", more=rounding) == "2.00"
    assert decided(tmp_path / "2", {"child": False, "income": "5.5"}, rows, otherwise="income", more=rounding) == "6.00"


@pytest.mark.parametrize(
    ("rows", "otherwise", "code"),
    [
        ([("child", "income"), ("poor", "age")], "0", "unit-mismatch"),
        ([("child", "income"), ("poor", "true")], "0", "branches-differ"),
        ([("child", "income")], "true", "branches-differ"),
        ([("age", "income")], "0", "not-a-condition"),
    ],
)
def test_results_of_one_table_are_of_one_type(
    tmp_path: Path, rows: list[tuple[str, str]], otherwise: str, code: str
) -> None:
    assert codes(found(tmp_path, rows, otherwise=otherwise)) == [code]


def test_declared_options_bound_the_results(tmp_path: Path) -> None:
    more = "  options: {x: 甲, y: 乙}\n"
    assert decided(tmp_path / "1", {"child": True}, [("child", "甲")], otherwise="y", more=more) == "x"
    assert codes(found(tmp_path / "2", [("child", "x")], otherwise="z", more=more)) == ["unknown-name"]
    assert codes(found(tmp_path / "3", [("child", "x")], otherwise="stage", more=more)) == ["unknown-option"]
    formula = "v: {for: person, label: V, options: {low: 低, mid: 中}, formula: stage}"
    assert "unknown-option" in codes(findings(tmp_path / "4", facts=FACTS, variables=formula))
    wider = formula.replace("mid: 中", "mid: 中, high: 高, top: 顶")
    assert value(tmp_path / "5", "v == high", {"stage": "高"}, facts=FACTS, variables=wider) == "true"


# completeness

COMPLETE = [
    [("child", "a"), ("not child", "b")],
    [("age < 6岁", "a"), ("age >= 6岁", "b")],
    [("age < 6岁", "a"), ("6岁 <= age < 18岁", "b"), ("age >= 18岁", "c")],
    [("income <= line", "a"), ("line < income", "b")],
    [("income < line", "a"), ("income == line", "b"), ("income > line", "c")],
    [("stage == low", "a"), ("stage in (mid, high)", "b")],
    [("stage == low", "a"), ("stage != low", "b")],
    [("child and poor", "a"), ("child and not poor", "b"), ("not child", "c")],
    [("born < start", "a"), ("born >= start", "b")],
    [("stage == low and child", "a"), ("not (stage == low and child)", "b")],
    [("true", "a")],
]


@pytest.mark.parametrize("rows", COMPLETE, ids=[rows[0][0] for rows in COMPLETE])
@pytest.mark.parametrize("hit", ["first", "unique"])
def test_otherwise_may_be_left_out_where_the_rows_cover_everything(
    tmp_path: Path, rows: list[tuple[str, str]], hit: str
) -> None:
    assert found(tmp_path, rows, hit) == []


GAPS = [
    [("child", "a"), ("poor", "b")],
    [("age < 6岁", "a"), ("age > 6岁", "b")],
    [("age <= 5岁", "a"), ("age >= 7岁", "b")],
    [("age < 6岁", "a"), ("6岁 <= age < 18岁", "b"), ("age > 18岁", "c")],
    [("age <= 5岁", "a"), ("5岁 < age <= 10岁", "b"), ("age >= 20岁", "c")],
    [("income < line", "a"), ("income > line", "b")],
    [("income < line", "a"), ("income > upper", "b"), ("line < income <= upper", "c")],
    [("stage == low", "a"), ("stage == mid", "b")],
    [("child and poor", "a"), ("not child and not poor", "b")],
    [("born < start", "a"), ("born > start", "b")],
]


@pytest.mark.parametrize("rows", GAPS, ids=[" | ".join(when for when, _ in rows) for rows in GAPS])
def test_gap_between_the_rows_is_found(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    assert codes(found(tmp_path / "1", rows)) == ["table-gap"]
    assert found(tmp_path / "2", rows, otherwise="z") == []


# uniqueness

OVERLAPS = [
    ([("child", "a"), ("poor", "b")], 2),
    ([("age <= 6岁", "a"), ("age >= 6岁", "b")], 2),
    ([("age < 6岁", "a"), ("6岁 <= age <= 18岁", "b"), ("age >= 18岁", "c")], 3),
    ([("income <= line", "a"), ("income >= line", "b")], 2),
    ([("stage in (low, mid)", "a"), ("stage in (mid, high)", "b")], 2),
    ([("child", "a"), ("not child", "b"), ("poor and not child", "c")], 3),
]


@pytest.mark.parametrize(("rows", "second"), OVERLAPS, ids=[rows[0][0] for rows, _ in OVERLAPS])
def test_rows_of_a_unique_table_that_can_hold_together_are_named(
    tmp_path: Path, rows: list[tuple[str, str]], second: int
) -> None:
    (item,) = found(tmp_path / "1", rows, "unique", "z")
    assert item.code == "table-overlap"
    assert dict(item.values) | {"first": "", "id": ""} == {"first": "", "second": str(second), "id": ""}
    assert item.place is not None
    marked = item.place.file.text[item.place.start : item.place.start + item.place.length]
    assert marked.strip("'") == rows[second - 1][0]
    assert found(tmp_path / "2", rows, "first", "z") == []


def test_comparisons_with_different_parameters_count_as_unrelated(tmp_path: Path) -> None:
    """`line` may lie above `upper` for all that is declared, so the rows may overlap; said outright they don't."""
    rows = [("income < line", "a"), ("income > upper", "b")]
    assert codes(found(tmp_path / "1", rows, "unique", "c")) == ["table-overlap"]
    apart = [("income < line", "a"), ("income > upper and income >= line", "b")]
    assert found(tmp_path / "2", apart, "unique", "c") == []


def test_what_takes_too_many_cases_is_not_proved(tmp_path: Path) -> None:
    pairs = [(f"c{number}", f"d{number}") for number in range(17)]
    assert 2 ** len(pairs) > MOST_CASES
    facts = "".join(
        f"{name}: {{for: person, type: condition, label: {name.upper()}}}\n" for pair in pairs for name in pair
    )
    one_of_each = " and ".join(f"({first} or {second})" for first, second in pairs)
    none_of_some = " or ".join(f"not {first} and not {second}" for first, second in pairs)
    rows = [(one_of_each, "a"), (none_of_some, "b")]
    for number, hit, otherwise, expected in [
        (1, "unique", "z", ["table-not-proved"]),
        (2, "first", None, ["table-gap"]),
        (3, "first", "z", []),
    ]:
        everything = findings(tmp_path / str(number), facts=facts, variables=table(rows, hit, otherwise))
        assert codes([item for item in everything if item.is_error]) == expected


def test_many_rows_are_proved_at_once(tmp_path: Path) -> None:
    rows = [(f"age = {years}岁 and {kind}", "a") for years in range(60) for kind in ("child", "not child")]
    start = time.perf_counter()
    assert found(tmp_path / "1", rows, "unique", "z") == []
    assert time.perf_counter() - start < 5
    (overlap,) = found(tmp_path / "2", [*rows, ("age >= 59岁", "b")], "unique", "z")
    assert overlap.code == "table-overlap"
    full = [("age < 0岁", "a"), *rows, ("age > 59岁", "b")]
    assert found(tmp_path / "3", full, "unique", None) == []
    assert codes(found(tmp_path / "4", full[:-1], "unique", None)) == ["table-gap"]


def test_a_row_of_many_conditions_and_its_opposite_are_proved(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(40)]
    facts = "".join(f"{name}: {{for: person, type: condition, label: {name.upper()}}}\n" for name in names)
    rows = [(" and ".join(names), "a"), (f"not ({' and '.join(names)})", "b")]
    everything = findings(tmp_path, facts=facts, variables=table(rows, "unique", None))
    assert not [item for item in everything if item.is_error]


# tables of figures


def cells(rows: str, keys: str = "[stage, place]", unit: str = "yuan", extra: str = "") -> str:
    return f"t: {{label: {{zh: 伙食表, en: the table}}, unit: {unit}, keys: {keys}, cells: {rows}{extra}}}"


FULL = "[[stage, value], [low, 1元], [中, 2元], [high, at least 3元]]"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("low", "1.00"),
        ("mid", "2.00"),
        ("high", "at least 3.00"),
        (["low", "mid"], "between 1.00 and 2.00"),
        (None, "at least 1.00"),
    ],
)
def test_table_is_looked_up_by_option_and_unknown_keys_give_bounds(tmp_path: Path, given: Any, expected: str) -> None:
    person = {} if given is None else {"stage": given}
    assert value(tmp_path, "table(t, stage)", person, facts=FACTS, parameters=cells(FULL, "[stage]")) == expected


def test_the_label_of_another_option_doesnt_hide_an_id(tmp_path: Path) -> None:
    facts = (
        "size: {for: person, type: choice, label: 大小, options: {small: {zh: 小, en: big}, big: {zh: 大, en: huge}}}\n"
    )
    rows = "[[size, value], [small, 1元], [big, 2元]]"
    for given, expected in (("small", "1.00"), ("big", "2.00")):
        assert (
            value(tmp_path, "table(t, size)", {"size": given}, facts=facts, parameters=cells(rows, "[size]"))
            == expected
        )
    assert value(tmp_path / "2", "size == big", {"size": "big"}, facts=facts) == "true"
    assert value(tmp_path / "3", "size in (big, 小)", {"size": "small"}, facts=facts) == "true"


def test_two_keys_and_otherwise(tmp_path: Path) -> None:
    rows = "[[stage, place, value], [low, town, 1元], [low, village, 2元], [mid, town, 3元]]"
    two = cells(rows, extra=", otherwise: 9元")
    more: dict[str, Any] = {"facts": FACTS, "parameters": two}

    def at(name: str, stage: Any, place: str | None) -> str:
        household = {} if place is None else {"place": place}
        return value(tmp_path / name, "table(t, stage, place)", {"stage": stage}, household=household, **more)

    assert at("1", "low", "village") == "2.00"
    assert at("2", "mid", "village") == "9.00"
    assert at("3", "low", None) == "between 1.00 and 2.00"
    assert at("4", ["low", "mid"], "village") == "between 2.00 and 9.00"
    assert value(tmp_path / "5", "table(t, 低, place)", household={"place": "镇"}, **more) == "1.00"


def test_rows_change_by_date_and_are_not_stated_before_their_first(tmp_path: Path) -> None:
    rows = (
        "[[stage, from, value], [low, 2018-01-01, 5元], [low, 2017-01-01, 3元],"
        " [mid, 2016-01-01, 1元], [high, 2018-01-01, 7元]]"
    )
    more = {"facts": FACTS, "parameters": cells(rows, "[stage]")}
    results = [
        value(tmp_path / day, "table(t, stage)", {"stage": stage}, on=day, **more)
        for day, stage in [("2016-12-31", "low"), ("2017-12-31", "low"), ("2018-01-01", "low"), ("2016-06-01", "mid")]
    ]
    assert results == ["at least 0.00", "3.00", "5.00", "1.00"]


def test_fractions_are_exact_wherever_the_value_column_stands(tmp_path: Path) -> None:
    rows = "[[stage, value, from], [low, 1/3, 2016-01-01], [mid, 1/7, 2016-01-01], [high, 5%, 2016-01-01]]"
    person, more = {"stage": "low", "income": 3}, {"facts": FACTS, "parameters": cells(rows, "[stage]", "ratio")}
    assert value(tmp_path, "table(t, stage) × income", person, **more) == "1.00"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("[[stage, value], [low, 1元], [mid, 2元]]", "table-incomplete"),
        ("[[stage, value], [low, 1元], [mid, 2元], [high, 3元], [low, 4元]]", "table-duplicate"),
        (
            "[[stage, from, value], [low, 2017-01-01, 1元], [low, 2018-01-01, 2元], [low, 2017-01-01, 3元]]",
            "table-duplicate",
        ),
        ("[[stage, value], [lo, 1元]]", "unknown-option"),
        ("[[stage, value], [low, 1元, 2元]]", "table-row"),
        ("[[stage, amount], [low, 1元]]", "table-header"),
        ("[[stage, value], [low, 1岁]]", "figure-unit"),
        ("[[stage, from, value], [low, 2017-02-30, 1元]]", "bad-date"),
        ("[]", "table-empty"),
    ],
)
def test_table_that_cannot_be_meant_is_refused(tmp_path: Path, rows: str, code: str) -> None:
    assert code in codes(findings(tmp_path, facts=FACTS, parameters=cells(rows, "[stage]")))


def test_the_rows_that_are_missing_are_named_as_rows_would_name_them(tmp_path: Path) -> None:
    keys = "[学段, place]"  # a label will do
    rows = "[[学段, place, value], [low, village, 1元], [high, town, 2元]]"
    (found,) = findings(tmp_path / "1", facts=FACTS, parameters=cells(rows, keys))
    assert found.message("zh") == "表 `t` 缺 4 种组合：`低,镇`、`中,镇`、`中,村`、`高,村`"
    (found,) = findings(tmp_path / "2", facts=FACTS, parameters=cells("[[学段, place, value], [low, village, 1元], [high, town, 2元], [mid, town, 1元], [mid, village, 1元], [low, town, 1元]]", keys))  # fmt: skip
    assert found.message("en") == "the table `t` lacks 1 combination: `高,村`"
    options = "{" + ", ".join(f"o{number}: {{zh: 第{number}档, en: step {number}}}" for number in range(20)) + "}"
    facts = "".join(
        f"    k{number}: {{for: person, type: choice, label: {{zh: 键{number}, en: key {number}}}, options: {options}}}\n"
        for number in range(9)
    )  # 20 to the 9th: they are counted, not gone through
    many, width = f"[{', '.join(f'k{number}' for number in range(9))}]", ", o0" * 9
    (found,) = findings(
        tmp_path / "3", facts=facts, parameters=cells(f"[[{many[1:-1]}, value], [{width[2:]}, 1元]]", many)
    )
    assert found.message("en").startswith("the table `t` lacks 511999999999 combinations: `step 0,step 0,")
    assert found.message("en").endswith("` and 511999999994 more")
    assert found.message("zh").endswith("` 等（另有 511999999994 种）")


def test_missing_rows_are_told_where_the_table_stands(tmp_path: Path) -> None:
    parameters = "t: {label: {zh: 伙食表, en: the table}, unit: yuan, keys: [stage], file: food.csv}\n"
    files = {"parameters/food.yaml": parameters, "parameters/food.csv": "stage,value\nlow,1元\n"}
    (found,) = findings(tmp_path, facts=FACTS, files=files)
    assert str(found.place).endswith("parameters/food.csv:1:1")
    assert found.message("zh") == "表 `t` 缺 2 种组合：`中`、`高`"


@pytest.mark.parametrize("key", ["age", "child", "nowhere", "line"])
def test_key_must_be_a_choice(tmp_path: Path, key: str) -> None:
    parameters = PARAMETERS + "    " + cells(f"[[{key}, value], [low, 1元]]", f"[{key}]")
    assert "not-a-choice-name" in codes(findings(tmp_path, facts=FACTS, parameters=parameters))


def test_rows_may_stand_in_a_csv_file_beside_the_parameter(tmp_path: Path) -> None:
    parameters = "t: {label: {zh: 伙食表, en: the table}, unit: yuan, keys: [stage], file: food.csv}\n"
    rows = 'stage,value\r\nlow,"1,000元"\r\n\r\n中, 2元\r\nhigh,3元\r\n'
    files = {"parameters/food.yaml": parameters, "parameters/food.csv": rows}
    assert value(tmp_path, "table(t, stage)", {"stage": "low"}, facts=FACTS, files=files) == "1000.00"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../food.csv", "leaves-pack"),
        ("/etc/passwd", "leaves-pack"),
        ("none.csv", "unreadable-file"),
    ],
)
def test_csv_file_lies_inside_the_pack(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "food.csv").write_text("stage,value\n", encoding="utf-8")
    parameters = f"t: {{label: {{zh: 伙食表, en: the table}}, unit: yuan, keys: [stage], file: {name}}}\n"
    assert codes(findings(tmp_path / "pack", facts=FACTS, parameters=parameters)) == [code]
