"""Dated figures, bounds, what a caller may set, scales, readings, and supplements for what isn't stated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from minipack import codes, findings, load, value, variable
from policyengine import PolicyError
from policyengine.authoring.reform import apply_supplement

FACTS = """
    age: {for: person, type: number, unit: years, label: {zh: 年纪, en: years of age}}
    income: {for: person, type: number, unit: yuan/year, range: [-1000元, 1000万元], label: {zh: 收入, en: own income}}
"""


def parameter(values: str, unit: str = "yuan/person/year", extra: str = "") -> str:
    return f"p: {{label: {{zh: 参数, en: the figure}}, unit: {unit}, values: {values}{extra}}}"


def stated(folder: Path, text: str, on: str = "2018-06-01", figures: dict[str, Any] | None = None) -> str:
    return value(folder, "p", on=on, facts=FACTS, parameters=text, figures=figures)


def refusal(folder: Path, text: str, figure: Any) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        stated(folder, text, figures={"p": figure})
    return [item.code for item in caught.value.diagnostics]


# dates


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2016-12-31", "at least 0.00"),
        ("2017-01-01", "3.00"),
        ("2017-12-31", "3.00"),
        ("2018-01-01", "5.00"),
        ("2018-12-31", "5.00"),
        ("2019-01-01", "at least 0.00"),
        ("2020-01-01", "7.00"),
    ],
)
def test_figure_is_in_force_from_its_date_to_the_next(tmp_path: Path, on: str, expected: str) -> None:
    dated = "{2018-01-01: 5元, 2017-01-01: 3元, 2020-01-01: 7元, 2019-01-01: not stated}"
    assert stated(tmp_path, parameter(dated), on) == expected


def test_figure_without_a_date_holds_from_the_beginning(tmp_path: Path) -> None:
    assert stated(tmp_path / "1", parameter("3元"), "1900-01-01") == "3.00"
    assert stated(tmp_path / "2", parameter("{always: 3元, 2018-01-01: 5元}"), "2017-01-01") == "3.00"


@pytest.mark.parametrize("more", ["bands: [{value: 1元}]", "keys: [age], cells: [[age, value]]"])
def test_parameter_is_one_figure_or_one_scale_or_one_table(tmp_path: Path, more: str) -> None:
    found = findings(tmp_path, facts=FACTS, parameters=parameter("5元", extra=f", argument: years, {more}"))
    assert found[0].code == "wrong-shape"


@pytest.mark.parametrize("values", ["{2018-13-01: 5元}", "{last year: 5元}", "{2017-01-01: 3元, 2018-1-1: 5元}"])
def test_every_date_is_checked_not_only_the_one_in_force(tmp_path: Path, values: str) -> None:
    assert "bad-date" in codes(findings(tmp_path, parameters=parameter(values)))


def test_every_figure_is_checked_not_only_the_one_in_force(tmp_path: Path) -> None:
    assert "figure-unit" in codes(findings(tmp_path, parameters=parameter("{2017-01-01: 3元, 2030-01-01: 5岁}")))


def test_date_valued_parameter_is_a_date(tmp_path: Path) -> None:
    text = parameter("2018-12-31", "date")
    assert stated(tmp_path / "1", text) == "2018-12-31"
    assert value(tmp_path / "2", "effective_date <= p", on="2018-12-31", parameters=text) == "true"
    assert value(tmp_path / "3", "effective_date <= p", on="2019-01-01", parameters=text) == "false"


# bounds and what a caller may set

BOUNDS = [
    ("at least 75%", "between 0.7500 and 1.0000"),  # a share is at most the whole
    ("不低于 75%", "between 0.7500 and 1.0000"),
    ("at least 120%", "at least 1.2000"),
    ("at most 75%", "between 0.0000 and 0.7500"),
    ("不超过75%", "between 0.0000 and 0.7500"),
    ("between 5% and 7%", "between 0.0500 and 0.0700"),
    ("介于5%和7%", "between 0.0500 and 0.0700"),
    ("在5%至7%之间", "between 0.0500 and 0.0700"),
    ("between 5% and 5%", "0.0500"),
    ("not stated", "at least 0.0000"),
    ("未载明", "at least 0.0000"),
    ("1/6", None),
]


@pytest.mark.parametrize(("text", "expected"), BOUNDS)
def test_bound_of_the_document_is_an_interval(tmp_path: Path, text: str, expected: str | None) -> None:
    if expected is None:  # a sixth of 600 is exactly 100
        sixth = parameter(text, "ratio")
        assert value(tmp_path, "p × income", {"income": 600}, facts=FACTS, parameters=sixth) == "100.00"
    else:
        assert stated(tmp_path, parameter(text, "ratio")) == expected


@pytest.mark.parametrize(
    ("text", "figure", "expected"),
    [
        ("at least 5元", "6元", "6.00"),
        ("at least 5元", "5元", "5.00"),
        ("at least 5元", 7, "7.00"),
        ("at least 5元", "at most 9元", "between 5.00 and 9.00"),
        ("at least 5元", "at least 6元", "at least 6.00"),
        ("not stated", "4200元", "4200.00"),
        ("not stated", "not stated", "at least 0.00"),
        ("between 3元 and 6元", "6元", "6.00"),
    ],
)
def test_caller_sets_a_figure_within_the_bounds(tmp_path: Path, text: str, figure: Any, expected: str) -> None:
    assert stated(tmp_path, parameter(text), figures={"p": figure}) == expected


@pytest.mark.parametrize(
    ("text", "extra", "figure"),
    [
        ("at least 5元", "", "4.99元"),
        ("at most 5元", "", "5.01元"),
        ("between 3元 and 6元", "", "at least 7元"),
        ("not stated", ", range: [4元, 7元]", "8元"),
    ],
)
def test_figure_beyond_the_document_is_refused(tmp_path: Path, text: str, extra: str, figure: str) -> None:
    assert refusal(tmp_path, parameter(text, extra=extra), figure)[0] in ("beyond-document", "out-of-range")


@pytest.mark.parametrize(("figure", "code"), [("5岁", "figure-unit"), ("viel", "bad-figure"), ("0.001元", "too-fine")])
def test_figure_that_cannot_be_meant_is_refused(tmp_path: Path, figure: str, code: str) -> None:
    assert refusal(tmp_path, parameter("not stated"), figure) == [code]


def test_declared_range_bounds_what_is_not_stated(tmp_path: Path) -> None:
    assert stated(tmp_path / "1", parameter("not stated", extra=", range: [4元, 7元]")) == "between 4.00 and 7.00"
    assert stated(tmp_path / "2", parameter("not stated", extra=", range: {to: 7元}")) == "at most 7.00"
    assert "outside-range" in codes(findings(tmp_path / "3", parameters=parameter("5元", extra=", range: [6元, 7元]")))
    assert "empty-range" in codes(findings(tmp_path / "4", parameters=parameter("5元", extra=", range: [7元, 6元]")))


# scales


def scale(bands: str, unit: str = "yuan", argument: str = "years") -> str:
    return f"s: {{label: {{zh: 分档表, en: the scale}}, unit: {unit}, argument: {argument}, bands: {bands}}}"


STEPS = "[{value: 1元}, {from: 6岁, value: 2元}, {over: 12岁, value: 3元}]"
TAX = scale("[{value: 10%}, {over: 100元, value: 20%}, {from: 200元, value: 50%}]", "ratio", "yuan/person/year")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (5, "1.00"),
        (6, "2.00"),
        (12, "2.00"),
        (13, "3.00"),
        ("between 6 and 12", "2.00"),
        ("between 5 and 12", "between 1.00 and 2.00"),
        ("at least 13", "3.00"),
        ("at most 5", "1.00"),
    ],
)
def test_band_begins_at_from_and_above_over(tmp_path: Path, age: Any, expected: str) -> None:
    assert value(tmp_path, "lookup(age, s)", {"age": age}, facts=FACTS, parameters=scale(STEPS)) == expected


@pytest.mark.parametrize(
    ("income", "expected"),
    [
        ("0", "0.00"),
        ("-5", "0.00"),
        ("100", "10.00"),
        ("100.01", "10.00"),
        ("100.03", "10.01"),
        ("150", "20.00"),
        ("200", "30.00"),
        ("300", "80.00"),
        ("between 100 and 300", "between 10.00 and 80.00"),
        ("at least 300", "between 80.00 and 4999930.00"),
    ],
)
def test_progressive_charges_each_band_at_its_own_rate(tmp_path: Path, income: str, expected: str) -> None:
    assert value(tmp_path, "progressive(income, s)", {"income": income}, facts=FACTS, parameters=TAX) == expected


def test_scale_of_the_day_is_used_and_before_the_first_nothing_is_stated(tmp_path: Path) -> None:
    dated = scale("{2017-01-01: [{value: 1元}], 2018-01-01: [{value: at least 5元}]}")
    results = [
        value(tmp_path / day, "lookup(age, s)", {"age": 1}, on=day, facts=FACTS, parameters=dated)
        for day in ("2016-12-31", "2017-12-31", "2018-01-01")
    ]
    assert results == ["at least 0.00", "1.00", "at least 5.00"]


@pytest.mark.parametrize(
    ("bands", "code"),
    [
        ("[{from: 3岁, value: 1元}, {from: 3岁, value: 2元}]", "bands-not-rising"),
        ("[{value: 1元}, {value: 2元}]", "bands-not-rising"),
        ("[{value: 1元}, {from: 3岁, over: 5岁, value: 2元}]", "wrong-shape"),
        ("[]", "missing-key"),
        ("{2018-01-01: []}", "missing-key"),
        ("{2016-01-01: [{value: 1元}], 2017-13-01: [{value: 2元}]}", "bad-date"),
        ("[{value: 1岁}]", "figure-unit"),
        ("[{value: 1元}, {from: 3元, value: 2元}]", "figure-unit"),
    ],
)
def test_scale_that_cannot_be_meant_is_refused(tmp_path: Path, bands: str, code: str) -> None:
    assert code in codes(findings(tmp_path, parameters=scale(bands)))


def test_lookup_below_the_first_band_is_refused_unless_the_range_excludes_it(tmp_path: Path) -> None:
    """The first band would silently be used for what the document doesn't mention."""
    from_three = scale("[{from: 3岁, value: 1元}, {from: 6岁, value: 2元}]")
    variables = "v: {for: person, label: {zh: 变量, en: a variable}, formula: 'lookup(age, s)'}"
    assert "table-gap" in codes(findings(tmp_path / "1", facts=FACTS, parameters=from_three, variables=variables))
    from_zero = scale("[{from: 0岁, value: 1元}, {from: 6岁, value: 2元}]")
    assert value(tmp_path / "2", "lookup(age, s)", {"age": 0}, facts=FACTS, parameters=from_zero) == "1.00"
    above_zero = scale("[{over: 0岁, value: 1元}]")
    assert "table-gap" in codes(findings(tmp_path / "3", facts=FACTS, parameters=above_zero, variables=variables))


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("s", "scale-alone"),
        ("lookup(age, p)", "not-a-scale"),
        ("progressive(age, s)", "not-a-scale"),
        ("lookup(income, s)", "unit-mismatch"),
        ("lookup(age, scael)", "unknown-name"),
        ("table(s, age)", "not-a-scale"),
    ],
)
def test_scale_is_only_looked_up(tmp_path: Path, formula: str, code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        value(tmp_path, formula, facts=FACTS, parameters=scale(STEPS) + "\n" + parameter("5元"))
    assert next(item.code for item in caught.value.diagnostics if item.is_error) == code


# readings

READINGS = """
    edge:
      label: {zh: 边界, en: at the edge}
      options: {inside: {zh: 算, en: counts}, outside: {zh: 不算, en: counts not}}
      default: outside
      why: {zh: 写“低于”, en: it says below}
"""


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, "false"),
        ("inside", "true"),
        ("算", "true"),
        ("open", "unknown"),
        ("待定", "unknown"),
    ],
)
def test_reading_is_its_default_a_chosen_option_or_open(tmp_path: Path, chosen: str | None, expected: str) -> None:
    readings_as = None if chosen is None else {"边界": chosen}
    assert value(tmp_path, "edge == inside", readings=READINGS, readings_as=readings_as) == expected


def test_unknown_default_of_a_reading_is_refused(tmp_path: Path) -> None:
    text = READINGS.replace("default: outside", "default: elsewhere")
    (found,) = [item for item in findings(tmp_path, readings=text) if item.code == "unknown-option"]
    assert found.message("zh") == "`elsewhere` 不在选项 `inside`（算）、`outside`（不算） 之中"


@pytest.mark.parametrize("default", ["算", "inside"])
def test_the_default_of_a_reading_may_be_named_by_its_label(tmp_path: Path, default: str) -> None:
    text = READINGS.replace("default: outside", f"default: {default}")
    assert value(tmp_path / default, "edge == inside", readings=text) == "true"


# supplements

SUPPLEMENT = """
    supplement: notice
    label: {zh: 公告, en: a notice}
    figures:
      p: {values: {2017-01-01: 3元, 2018-01-01: at least 4元}, source: 县里, grade: B}
"""


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2016-01-01", "at least 0.00"),
        ("2017-06-01", "3.00"),
        ("2018-06-01", "at least 4.00"),
    ],
)
def test_supplement_fills_in_by_date_what_is_not_stated(tmp_path: Path, on: str, expected: str) -> None:
    variables = "v: {for: household, label: {zh: 变量, en: a variable}, formula: p}"
    indicators = "i: {for: household, label: {zh: 指标, en: an indicator}, met: v > 0}"
    pack = load(
        tmp_path, parameters=parameter("not stated"), supplements=SUPPLEMENT, variables=variables, indicators=indicators
    ).with_changes(supplements=["notice"])
    assert variable(pack.decide({"members": [{"id": "a"}]}, on=on), "v") == expected


@pytest.mark.parametrize(
    ("text", "given", "grades", "code"),
    [
        (parameter("5元"), "p", "AB", "stated-figure"),
        (parameter("{2016-01-01: not stated, 2017-01-01: 5元}"), "p", "AB", "stated-figure"),
        (parameter("not stated"), "p", "A", "grade-c"),
        (parameter("not stated"), "q", "AB", "no-target"),
        (parameter("not stated") + "\n" + scale("[{value: not stated}]"), "s", "AB", "stated-figure"),
    ],
)
def test_supplement_is_refused_where_it_may_not_speak(
    tmp_path: Path, text: str, given: str, grades: str, code: str
) -> None:
    pack = load(tmp_path, parameters=text, supplements=SUPPLEMENT.replace("  p:", f"  {given}:")).policy
    with pytest.raises(PolicyError) as caught:
        apply_supplement(pack, "notice", grades)
    assert [item.code for item in caught.value.diagnostics] == [code]


def test_supplement_may_name_its_parameter_by_label(tmp_path: Path) -> None:
    text = SUPPLEMENT.replace("  p:", "  参数:")
    pack = load(tmp_path, parameters=parameter("未载明"), supplements=text).policy
    changed = apply_supplement(pack, "notice")
    assert list(changed.parameters["p"].values or {}) == ["2017-01-01", "2018-01-01"]
    assert "县里" in str(changed.parameters["p"].supplement)


def test_unknown_supplement_suggests_the_likeliest(tmp_path: Path) -> None:
    pack = load(tmp_path, parameters=parameter("not stated"), supplements=SUPPLEMENT)
    with pytest.raises(PolicyError) as caught:
        pack.with_changes(supplements=["notise"])
    assert "`notice`" in caught.value.diagnostics[0].help("en")
