"""Units are checked like types, and nothing is lost: what may be added, compared, converted, divided, rounded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from minipack import codes, findings, value
from policyengine.authoring.formula import parse_formula
from policyengine.errors import Diagnostic
from policyengine.units import BASE, RATIO, YEARS, day_meant, parse_quantity, show_quantity

FACTS = """
    age: {for: person, type: number, unit: years, label: {zh: 年纪, en: years of age}}
    income: {for: person, type: number, unit: yuan/year, range: [-1000元, 1000万元], label: {zh: 收入, en: own income}}
    wage: {for: person, type: number, unit: yuan/month, label: {zh: 月薪, en: monthly wage}}
    share: {for: person, type: number, unit: ratio, range: [0%, 100%], label: {zh: 占比, en: a share}}
    visits: {for: person, type: number, unit: times, label: {zh: 次数, en: visits made}}
    children: {for: person, type: number, unit: persons, range: [0人, 20人], label: {zh: 子女数, en: children}}
    stay: {for: person, type: number, unit: days, label: {zh: 天数合计, en: days in hospital}}
    rent: {for: household, type: number, unit: yuan/year, label: {zh: 房租, en: yearly rent}}
    rooms: {for: household, type: number, unit: items, range: [1个, 20个], label: {zh: 房间数, en: number of rooms}}
"""
PARAMETERS = """
    line: {label: {zh: 贫困线, en: poverty line}, unit: yuan/person/year, values: 3000元}
    daily: {label: {zh: 日补助, en: daily rate}, unit: yuan/person/day, values: 30元}
    rate: {label: {zh: 利率, en: rate of interest}, unit: ratio/year, values: 3%}
"""


def problem(folder: Path, formula: str, scope: str = "person", **more: str) -> Diagnostic:
    """The one error of a formula."""
    variables = f"probe:\n  for: {scope}\n  label: {{zh: 试算, en: a trial}}\n  formula: {formula}\n"
    variables += "".join(f"  {key}: {text}\n" for key, text in more.items())
    found = [
        item for item in findings(folder, facts=FACTS, parameters=PARAMETERS, variables=variables) if item.is_error
    ]
    assert len(found) == 1, list(map(str, found))
    return found[0]


def result(folder: Path, formula: str, person: dict[str, Any] | None = None, **more: Any) -> str:
    return value(folder, formula, person, facts=FACTS, parameters=PARAMETERS, **more)


# what doesn't fit


@pytest.mark.parametrize(
    ("formula", "left", "right"),
    [
        ("income + age", "yuan/person/year", "years"),
        ("income - stay", "yuan/person/year", "days"),
        ("income < age", "yuan/person/year", "years"),
        ("min(income, age)", "yuan/person/year", "years"),
        ("if share > 0 then income else age", "yuan/person/year", "years"),
        ("income + share", "ratio", "yuan/person/year"),
        ("share + income", "ratio", "yuan/person/year"),
        ("income + 1", "ratio", "yuan/person/year"),
        ("income > 75%", "ratio", "yuan/person/year"),
        ("income + wage", "yuan/person/year", "yuan/person/month"),
        ("income > rent", "yuan/person/year", "yuan/year"),
        ("income + 100元", "yuan/person/year", "yuan"),
        ("visits + children", "times", "persons"),
        ("age + stay", "years", "days"),
        ("0元 < age", "yuan", "years"),
        ("max(0岁, income)", "years", "yuan/person/year"),
        ("rate + share", "ratio/year", "ratio"),
    ],
)
def test_quantities_of_different_units_do_not_meet(tmp_path: Path, formula: str, left: str, right: str) -> None:
    found = problem(tmp_path, formula)
    assert found.code == "unit-mismatch"
    shown = {name: str(text["en"]) for name, text in found.values if not isinstance(text, str)}  # type: ignore[union-attr]
    assert {shown["left"], shown["right"]} == {left, right}


def test_month_and_year_meet_only_by_conversion_and_the_hint_says_so(tmp_path: Path) -> None:
    found = problem(tmp_path / "1", "income > wage")
    assert found.help("en") == "convert with yearly(…) or monthly(…)"
    assert found.help("zh") == "用 按年(…) 或 按月(…) 换算"
    assert result(tmp_path / "2", "income >= yearly(wage)", {"income": "1.2", "wage": "0.1"}) == "true"
    assert result(tmp_path / "3", "monthly(income) < wage", {"income": "1.19", "wage": "0.1"}) == "true"


def test_sides_that_differ_in_person_and_period_get_both_hints(tmp_path: Path) -> None:
    facts = """
        wage: {for: person, type: number, unit: yuan/year, label: {zh: 工资, en: wage}}
        rent: {for: household, type: number, unit: yuan/month, label: {zh: 房租, en: rent}}
        debt: {for: household, type: number, unit: yuan, label: {zh: 债务, en: debt}}
    """
    for other, hint in (("rent", "convert with yearly(…) or monthly(…)"), ("debt", "one side is per year or month")):
        variables = f"v: {{for: person, label: V, formula: wage > {other}}}\n"
        (found,) = (item for item in findings(tmp_path / other, facts=facts, variables=variables) if item.is_error)
        assert found.help("en").startswith("one side is per person, the other isn't: use `sum … of members`")
        assert f"; also, {hint}" in found.help("en")


@pytest.mark.parametrize("formula", ["yearly(income)", "monthly(wage)", "yearly(age)", "monthly(share)"])
def test_only_yearly_and_monthly_quantities_convert(tmp_path: Path, formula: str) -> None:
    assert problem(tmp_path, formula).code == "cannot-convert"


@pytest.mark.parametrize("formula", ["income + rent", "income > rent", "max(income, rent)"])
def test_money_of_a_person_and_of_the_household_do_not_meet_and_the_hint_says_how(tmp_path: Path, formula: str) -> None:
    found = problem(tmp_path, formula)
    assert found.code == "unit-mismatch"
    assert "`sum … of members`" in found.help("en")
    assert "household_size" in found.help("en")


@pytest.mark.parametrize(
    ("amount", "label"),
    [
        ("津贴标准", "津贴标准"),
        ("津贴标准 × 1", "津贴标准"),
        ("津贴标准 ÷ 1", "津贴标准"),
        ("other + 津贴标准", "津贴标准"),
    ],
)
def test_a_person_s_benefit_from_a_figure_per_month_asks_first_for_the_unit_per_person(
    tmp_path: Path, amount: str, label: str
) -> None:
    found = findings(
        tmp_path,
        parameters=(
            "rate:\n  label: 津贴标准\n  unit: 元/月\n  values: 50元\n"
            "other:\n  label: 另一标准\n  unit: 元/人/月\n  values: 50元\n"
        ),
        benefits=f"benefit: b\nlabel: 津贴\nfor: person\nkind: cash\nperiod: month\neligible: true\namount: {amount}\n",
    )
    (mismatch,) = [item for item in found if item.code == "unit-mismatch"]
    assert mismatch.help("zh").startswith(f"`{label}`（")
    assert mismatch.help("zh").endswith(
        "parameters.yaml:1:1）若是每人的标准，`unit` 请写 元/人/月（个人的金额都按人计）；"
        "若是全家的，用 `合计 … 于 成员` 汇总另一边，或除以 家庭人口"
    )
    assert "is an amount for each person, its `unit` is yuan/person/month" in mismatch.help("en")


def test_a_household_s_benefit_from_a_figure_per_person_asks_for_the_sum(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        parameters="rate: {label: 津贴标准, unit: 元/人/月, values: 50元}\n",
        benefits="benefit: b\nlabel: 津贴\nfor: household\nkind: cash\nperiod: month\neligible: true\namount: rate\n",
    )
    assert [item.help("en") for item in found if item.code == "unit-mismatch"] == [
        "one side is per person, the other isn't: use `sum … of members`, or divide by household_size"
    ]


def test_household_money_meets_persons_by_sum_and_by_division(tmp_path: Path) -> None:
    assert result(tmp_path / "1", "(sum income of members) < rent", {"income": 1}, household={"rent": 2}) == "true"
    per_head = "round(rent ÷ household_size, 0.01元) > income"
    assert result(tmp_path / "2", per_head, {"income": 1}, household={"rent": 2}) == "true"


def test_ratio_with_money_needs_a_product_and_the_hint_says_so(tmp_path: Path) -> None:
    assert problem(tmp_path, "income > share").help("en") == "multiply the ratio with an amount first"


@pytest.mark.parametrize(("unit", "formula"), [("yuan/year", "age"), ("ratio", "income"), ("yuan/year", "wage")])
def test_declared_unit_of_a_variable_is_checked(tmp_path: Path, unit: str, formula: str) -> None:
    assert problem(tmp_path, formula, unit=unit).code == "unit-mismatch"


# what fits


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("0 < income", "true"),
        ("max(0, income) - income", "0.00"),
        ("if age > 0 then income else 0", "100.00"),
        ("income + 0", "100.00"),
        ("income > 0元", "true"),
        ("income > 0元/年", "true"),
        ("age > 0岁", "true"),
        ("children > 1", "true"),  # a bare number counts persons, times, things …
        ("visits == 3", "true"),
        ("share * income", "25.00"),
        ("daily * stay", "60.00"),  # yuan/person/day × days = yuan/person
        ("income * children < 0", "false"),
        ("stay ÷ stay == 1", None),
        ("income ÷ 1元/人/年", "100.00"),
        ("share > 0.2499", "true"),
    ],
)
def test_units_multiply_divide_and_take_a_bare_zero(tmp_path: Path, formula: str, expected: str | None) -> None:
    person = {"age": 4, "income": 100, "share": "25%", "visits": 3, "children": 2, "stay": 2}
    if expected is None:
        assert problem(tmp_path, formula).code == "division-by-zero"
    else:
        assert result(tmp_path, formula, person) == expected


def test_money_of_a_person_is_money_per_person_and_a_sum_of_it_is_not(tmp_path: Path) -> None:
    assert problem(tmp_path / "1", "income > (sum income of members)").code == "unit-mismatch"
    assert result(tmp_path / "2", "line > income", {"income": 2999}) == "true"
    assert problem(tmp_path / "3", "line > rent", scope="household").code == "unit-mismatch"
    assert result(tmp_path / "4", "line × household_size > rent", scope="household", household={"rent": 2999}) == "true"


# quotients and roundings

ROUNDINGS = [
    ("half_up", "2.5", "3"),
    ("half_up", "-2.5", "-3"),
    ("half_up", "2.49", "2"),
    ("half_even", "2.5", "2"),
    ("half_even", "3.5", "4"),
    ("half_even", "-2.5", "-2"),
    ("half_even", "2.51", "3"),
    ("up", "2.01", "3"),
    ("up", "-2.01", "-3"),
    ("up", "2", "2"),
    ("down", "2.99", "2"),
    ("down", "-2.99", "-2"),
]


@pytest.mark.parametrize(("direction", "given", "expected"), ROUNDINGS)
def test_rounding_goes_the_way_it_says(tmp_path: Path, direction: str, given: str, expected: str) -> None:
    """Up and down are away from and towards zero; half up goes away from zero at one half."""
    rounding = f"{{to: 1元, direction: {direction}}}"
    assert result(tmp_path, "income", {"income": given}, rounding=rounding) == f"{expected}.00"


@pytest.mark.parametrize(
    ("step", "given", "expected"),
    [
        ("0.01元", "12.34", "12.34"),
        ("0.1元", "12.35", "12.40"),
        ("10元", "15", "20.00"),
        ("100元", "149.99", "100.00"),
        ("0.25元", "0.37", "0.25"),
        ("3元", "4.5", "6.00"),
    ],
)
def test_rounding_goes_to_multiples_of_its_step(tmp_path: Path, step: str, given: str, expected: str) -> None:
    assert result(tmp_path, "income", {"income": given}, rounding=f"{{to: {step}}}") == expected


def test_money_is_rounded_half_up_to_the_fen_where_it_is_named(tmp_path: Path) -> None:
    assert result(tmp_path / "1", "income ÷ 3", {"income": 1}) == "0.33"
    assert result(tmp_path / "2", "income ÷ 3", {"income": 2}) == "0.67"
    assert result(tmp_path / "3", "income × 0.5", {"income": "0.01"}) == "0.01"
    assert result(tmp_path / "4", "income × 0.5", {"income": "-0.01"}) == "-0.01"


def test_arithmetic_inside_one_formula_is_exact(tmp_path: Path) -> None:
    assert result(tmp_path / "1", "income ÷ 3 × 3", {"income": 1}) == "1.00"
    assert result(tmp_path / "2", "income × 0.1 + income × 0.2 == income × 0.3", {"income": "0.1"}) == "true"
    per_child = "income ÷ max(children, 1人) × max(children, 1人)"
    assert result(tmp_path / "3", per_child, {"income": 1, "children": 3}) == "1.00"


def test_quotient_must_be_rounded(tmp_path: Path) -> None:
    assert problem(tmp_path / "1", "rooms ÷ household_size", scope="household").code == "quotient-needs-rounding"
    assert problem(tmp_path / "2", "(rent ÷ rooms) > 0", scope="household").code == "quotient-needs-rounding"
    household = {"rent": 100, "rooms": 3}
    assert result(tmp_path / "3", "round(rent ÷ rooms, 1元)", scope="household", household=household) == "33.00"
    assert result(tmp_path / "4", "rent ÷ rooms", scope="household", household=household) == "33.33"


def test_quotient_of_like_quantities_says_its_own_rounding(tmp_path: Path) -> None:
    share = "stay ÷ max(stay, 1天)"
    assert problem(tmp_path / "1", share).code == "quotient-needs-rounding"
    assert result(tmp_path / "2", share, {"stay": 0}, rounding="{to: 0.01%}") == "0.0000"
    third = "children ÷ max(children + 1, 1人)"
    assert result(tmp_path / "3", third, {"children": 2}, rounding="{to: 0.01%}") == "0.6667"
    assert result(tmp_path / "4", third, {"children": 2}, rounding="{to: 1%, direction: down}") == "0.6600"


@pytest.mark.parametrize("formula", ["income ÷ children", "income ÷ income", "income ÷ 0", "income ÷ (age - 1岁)"])
def test_divisor_must_be_provably_above_zero(tmp_path: Path, formula: str) -> None:
    assert problem(tmp_path, formula).code == "division-by-zero"


def test_divisor_with_a_declared_range_is_enough(tmp_path: Path) -> None:
    assert result(tmp_path, "rent ÷ rooms", scope="household", household={"rent": 9, "rooms": 2}) == "4.50"


def test_product_of_ratios_too_fine_to_keep_needs_a_rounding(tmp_path: Path) -> None:
    assert result(tmp_path / "1", "share × share", {"share": "0.1%"}) == "0.00000100"
    assert problem(tmp_path / "2", "share × share × share").code == "quotient-needs-rounding"
    assert result(tmp_path / "3", "share × share × share", {"share": "10%"}, rounding="{to: 0.01%}") == "0.0010"


def test_rounding_needs_a_step_that_is_a_figure_above_zero(tmp_path: Path) -> None:
    assert problem(tmp_path / "1", "round(income, line)").code == "round-needs-step"
    assert problem(tmp_path / "2", "round(income, 0元)").code == "round-needs-step"
    assert problem(tmp_path / "3", "round(income, 1岁)").code == "unit-mismatch"
    assert problem(tmp_path / "4", "income", rounding="{to: 0元}").code == "bad-figure"
    assert problem(tmp_path / "5", "income", rounding="{to: 1岁}").code == "figure-unit"


# figures without a name


@pytest.mark.parametrize(
    ("formula", "warned"),
    [
        ("income > 1元/人/年", False),
        ("income > 0", False),
        ("income × 1", False),
        ("income > 2元/人/年", True),
        ("income × 75%", True),
    ],
)
def test_figure_other_than_zero_and_one_is_asked_for_a_name(tmp_path: Path, formula: str, warned: bool) -> None:
    variables = f"probe: {{for: person, label: {{zh: 试算, en: a trial}}, formula: {formula}}}"
    indicators = "used: {for: person, label: {zh: 用到, en: used}, met: probe == probe or probe != probe}"
    if ">" in formula:
        indicators = "used: {for: person, label: {zh: 用到, en: used}, met: probe}"
    found = findings(tmp_path, facts=FACTS, variables=variables, indicators=indicators)
    assert codes(found) == ["unnamed-figure"] * warned


@pytest.mark.parametrize("word", ["个", "items", "所", "名", "位", "学期", "term", "诊次"])
def test_every_unit_can_be_written_in_a_formula(word: str) -> None:
    assert word in BASE
    assert parse_formula(f"0{word} < 1{word}")


@pytest.mark.parametrize("word", ["元", "yuan", "岁", "years", "个月", "天", "人", "户", "次", "元/人/年", "%/年"])
def test_usual_units_can_be_written_in_a_formula(word: str) -> None:
    assert parse_formula(f"0{word} < 1{word}")


@pytest.mark.parametrize(
    ("unit", "given", "expected"),
    [
        ("ratio", "75%", "0.7500"),
        ("ratio", "0.75", "0.7500"),
        ("ratio", "1/4", "0.2500"),
        ("yuan", "1.5万元", "15000.00"),
        ("yuan", "1,500元", "1500.00"),
        ("yuan", "１５００元", "1500.00"),
        ("persons", "3人", "3"),
        ("years", "60周岁", "60"),
        ("months", "3个月", "3"),
        ("ratio/year", "3%", "0.0300"),
        ("yuan", "2百万元", "2000000.00"),
        ("yuan", "-5元", "-5.00"),
    ],
)
def test_figures_are_read_exactly(tmp_path: Path, unit: str, given: str, expected: str) -> None:
    parameters = f'p: {{label: {{zh: 参数, en: the figure}}, unit: {unit}, range: {{from: -99999}}, values: "{given}"}}'
    assert value(tmp_path, "p", facts=FACTS, parameters=parameters) == expected


@pytest.mark.parametrize(
    ("unit", "given", "code"),
    [
        ("yuan", "'010'", "bad-figure"),
        ("yuan", "1e5元", "bad-figure"),
        ("yuan", "五元", "bad-figure"),
        ("yuan", "5岁", "figure-unit"),
        ("yuan", "0.001元", "too-fine"),
        ("ratio", "0.00001", "too-fine"),
        ("years", "1.5岁", "too-fine"),
        ("ratio", "1/0", "bad-figure"),
        ("yuan/person/year", "5元/月", "figure-unit"),
        ("bananas", "5", "unknown-unit"),
        ("yuan", "at least", "bad-figure"),
        ("yuan", "between 5元 and 3元", "empty-range"),
        ("date", "2018-13-01", "bad-date"),
        ("date", "20180601", "bad-date"),
        ("date", "2018-W22-5", "bad-date"),
        ("date", "2018-6-1", "bad-date"),
        ("date", "٢٠١٨-٠٦-٠١", "bad-date"),
        ("date", "1600-01-01", "bad-date"),
    ],
)
def test_figure_that_cannot_be_meant_is_refused(tmp_path: Path, unit: str, given: str, code: str) -> None:
    parameters = f"p: {{label: {{zh: 参数, en: the figure}}, unit: {unit}, values: {given}}}"
    assert code in codes(findings(tmp_path, parameters=parameters))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2021年6月1日", "2021-06-01"),
        ("2021 年 6 月 1 日", "2021-06-01"),
        ("2021年6月", "2021-06-01"),
        ("2021/6/1", "2021-06-01"),
        ("2021.06.01", "2021-06-01"),
        ("2021-6-1", "2021-06-01"),
        ("２０２１／６／１", "2021-06-01"),
        ("20210601", "2021-06-01"),
        ("2021/13/1", "2018-06-01"),
        ("2021", "2018-06-01"),
        ("昨天", "2018-06-01"),
    ],
)
def test_a_date_written_otherwise_is_understood_for_the_hint(text: str, meant: str) -> None:
    assert day_meant(text) == meant


@pytest.mark.parametrize(
    ("share", "shown"), [("1/3", "1/3"), ("2/3", "2/3"), ("4/3", "4/3"), ("1/8", "12.5%"), ("1/6", "1/6")]
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_share_that_no_percentage_is_shown_as_the_fraction_it_is(share: str, shown: str, lang: str) -> None:
    assert show_quantity(Fraction(share), RATIO, lang) == shown
    read = parse_quantity(shown)
    assert read is not None
    assert read.value == Fraction(share)


def test_a_rate_per_year_that_no_percentage_is_keeps_its_year() -> None:
    assert [show_quantity(Fraction(1, 3), RATIO / YEARS, lang) for lang in ("zh", "en")] == ["1/3/年", "1/3/year"]
