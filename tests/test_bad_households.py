"""Households, areas, figures and readings that can't be right: all that is wrong is told at once, nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from minipack import load
from policyengine import Pack, PolicyError

FACTS = """
    income: {for: household, type: number, unit: yuan/year, label: {zh: 收入, en: yearly income}}
    rural: {for: household, type: condition, label: {zh: 农村, en: rural}}
    age: {for: person, type: number, unit: years, label: {zh: 年龄, en: age in years}}
    share: {for: person, type: number, unit: ratio, range: [0%, 100%], label: {zh: 份额, en: share}}
    stage:
      for: person
      type: choice
      label: {zh: 学段, en: school stage}
      options: {none: {zh: 不在学, en: not at school}, primary: {zh: 小学, en: primary school}}
    born: {for: person, type: date, label: {zh: 生日, en: date of birth}}
    card: {for: person, type: date, optional: true, label: {zh: 证件, en: card}}
    people: {for: area, type: number, unit: persons, label: {zh: 人口, en: inhabitants}}
"""
PARAMETERS = """
    fixed: {label: {zh: 定额, en: the sum}, unit: yuan, values: 100元}
    line: {label: {zh: 标准线, en: the line}, unit: yuan/year, values: not stated, range: [0元, 1万元]}
    ratio: {label: {zh: 比例, en: the ratio}, unit: ratio, values: at least 50%}
    since: {label: {zh: 起始日, en: the first day}, unit: date, values: not stated}
"""
READINGS = """
    way:
      label: {zh: 口径, en: way of counting}
      options: {heads: {zh: 人头, en: by heads}, homes: {zh: 户数, en: by homes}}
      default: heads
      why: {zh: 通常如此, en: as usual}
"""
INDICATORS = """
    poor: {for: household, label: {zh: 困难, en: poor}, met: income < line and rural and way == heads}
    pupil:
      for: person
      label: {zh: 学生, en: pupil}
      met: age < 10岁 and share < ratio and stage == primary and born > since and card is known
    peopled: {for: area, label: {zh: 有人, en: peopled}, met: people > 0人}
"""
TERM = "term: {from: 2018-01-01, to: 2019-12-31}\n"
ONE = {"members": [{"id": "a"}]}


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError


class OtherFloat(float):
    """A number of another library, which shows itself in its own way."""

    def __repr__(self) -> str:
        return f"np.float64({float(self)})"


class OtherInteger:
    def __index__(self) -> int:
        return 7


def numbers(values: Sequence[Any]) -> list[str]:
    """Ids for cases whose values are too large or too deep to be shown."""
    return [str(number) for number in range(len(values))]


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    files = {"pack.yaml": "pack: mini\nlabel: {zh: 小县, en: Mini}\n" + TERM}
    folder = tmp_path_factory.mktemp("mini")
    return load(folder, files, facts=FACTS, parameters=PARAMETERS, readings=READINGS, indicators=INDICATORS)


def said(
    pack: Pack, household: Any, lang: str = "en", *, on: Any = "2018-06-01", area: bool = False, **more: Any
) -> str:
    """Every line that is reported; "" where the household is accepted."""
    reported: list[PolicyError] = []
    try:
        (pack.decide_area if area else pack.decide)(household, on=on, **more)
    except PolicyError as error:
        reported.append(error)
    assert all(error.diagnostics for error in reported)
    return "".join(error.render(lang) for error in reported)  # type: ignore[arg-type]


def first(text: str) -> str:
    return text.split("\n")[0]


NOT_A_FIGURE = [
    float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), True, [], {}, (1,),
    "", " ", "0x10", "1e3", "010", "1:30", "一千", "5.", "½", "{0.__class__}", "between 1 and 2 and 3", b"5", Fraction(1, 3), 1j,
    date(2018, 1, 1), nested(100_000), Unshowable(), {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("value", NOT_A_FIGURE, ids=numbers(NOT_A_FIGURE))
def test_what_is_no_figure_is_refused(pack: Pack, value: Any) -> None:
    message = said(pack, {"income": value, **ONE})
    assert message.startswith("income: `income` is a figure in yuan/year, not `")
    assert message.endswith(
        "` [not-a-figure]\nhint: write a number, with or without its unit, or `at least …`; leave it out if it isn't known"
    )


@pytest.mark.parametrize(
    ("household", "message"),
    [
        # numbers
        ({"income": -1}, "income: `income` can't be `-1` [out-of-range]"),
        ({"收入": "-1元"}, "收入: `收入` can't be `-1元` [out-of-range]"),
        ({"income": 10**30}, f"income: `income` can't be `{10**30}` [out-of-range]"),
        ({"income": 10**5000}, "income: `income` can't be `10^5000…` [out-of-range]"),
        ({"income": 1e300}, "income: `income` can't be `1e+300` [out-of-range]"),
        ({"income": Decimal("1E+999999")}, "income: `income` can't be `1E+999999` [out-of-range]"),
        ({"income": "at least -5元"}, "income: `income` can't be `at least -5元` [out-of-range]"),
        ({"income": "between 5元 and 1元"}, "income: `between 5元 and 1元` leaves nothing: the lower end is above the upper [empty-range]"),
        ({"income": 0.001}, "income: `0.001` is finer than 0.01 yuan/year [too-fine]"),
        ({"income": Decimal("0.01" + "0" * 29 + "1")}, f"income: `0.01{'0' * 29}1` is finer than 0.01 yuan/year [too-fine]"),
        ({"income": Decimal("1E-999999")}, "income: `1E-999999` is finer than 0.01 yuan/year [too-fine]"),
        ({"income": "5元/月"}, "income: `5元/月` is in yuan/month; yuan/year is expected [figure-unit]"),
        ({"income": "5\n6"}, "income: `income` is a figure in yuan/year, not `5\\n6` [not-a-figure]"),
        ({"income": "x" * 100_000}, f"income: `income` is a figure in yuan/year, not `{'x' * 57}…` [not-a-figure]"),
        # conditions
        ({"rural": 1}, "rural: `rural` is yes or no, not `1` [not-yes-or-no]"),
        ({"rural": "在读"}, "rural: `rural` is yes or no, not `在读` [not-yes-or-no]"),
        ({"rural": []}, "rural: `rural` is yes or no, not `[]` [not-yes-or-no]"),
        # names of facts
        ({"incom": 5}, "incom: unknown fact `incom` [unknown-fact]"),
        ({5: 5}, "5: unknown fact `5` [unknown-fact]"),
        ({("a", "b"): 5}, "[a, b]: unknown fact `[a, b]` [unknown-fact]"),
        ({"a\nb": 5}, "a\\nb: unknown fact `a\\nb` [unknown-fact]"),
        ({"{0}{x!r}%s": 5}, "{0}{x!r}%s: unknown fact `{0}{x!r}%s` [unknown-fact]"),
        ({"income": 5, "收入": 5}, "收入: `income` is given twice, under two names [fact-twice]"),
        ({"年龄": 5}, "年龄: unknown fact `年龄` [unknown-fact]"),
        # the area and the household's name
        ({"area": 5}, "area: keys and values are expected, not `5` [household-shape]"),
        ({"area": {"people": -1}}, "area.people: `people` can't be `-1` [out-of-range]"),
        ({"area": {"income": 1}}, "area.income: unknown fact `income` [unknown-fact]"),
        ({"household": ["王家"]}, "household: a name or id is text, not `[王家]` [not-a-word]"),
    ],
)  # fmt: skip
def test_a_wrong_household_fact_is_told_to_the_letter(pack: Pack, household: dict[Any, Any], message: str) -> None:
    assert first(said(pack, {**household, **ONE})) == message


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ({"age": 999}, "age: `age` can't be `999` [out-of-range]\nhint: its range: 0 years to 150 years"),
        ({"age": -1}, "age: `age` can't be `-1` [out-of-range]\nhint: its range: 0 years to 150 years"),
        ({"share": "101%"}, "share: `share` can't be `101%` [out-of-range]\nhint: its range: 0% to 100%"),
        ({"share": 50}, "share: `share` can't be `50` [out-of-range]\nhint: its range: 0% to 100%"),
        ({"stage": "大学"}, "stage: `stage` can't be `大学` [unknown-choice]\nhint: did you mean `小学`?"),
        (
            {"stage": 1},
            "stage: `stage` can't be `1` [unknown-choice]\nhint: one of `none` (not at school), `primary` (primary school)",
        ),
        (
            {"stage": []},
            "stage: `stage` can't be `[]` [unknown-choice]\nhint: one of `none` (not at school), `primary` (primary school)",
        ),
        (
            {"stage": [["none"]]},
            "stage: `stage` can't be `[none]` [unknown-choice]\nhint: one of `none` (not at school), `primary` (primary school)",
        ),
        (
            {"stage": nested(9**5)},
            "stage: `stage` can't be `[[…]]` [unknown-choice]\nhint: one of `none` (not at school), `primary` (primary school)",
        ),
        ({"born": "2018-13-01"}, "born: `2018-13-01` isn't a date [bad-date]\nhint: write it as 2018-06-01"),
        ({"born": 20180101}, "born: `20180101` isn't a date [bad-date]\nhint: write it as 2018-01-01"),
        ({"born": date(1700, 1, 1)}, "born: `1700-01-01` isn't a date [bad-date]\nhint: write it as 2018-06-01"),
        ({"born": "2021年6月1日"}, "born: `2021年6月1日` isn't a date [bad-date]\nhint: write it as 2021-06-01"),
        ({"born": "2021/6/1"}, "born: `2021/6/1` isn't a date [bad-date]\nhint: write it as 2021-06-01"),
        ({"born": "none"}, "born: `none` isn't a date [bad-date]\nhint: write it as 2018-06-01"),
        ({"income": 5}, "income: unknown fact `income` [unknown-fact]\nhint: it is a fact of the household"),
        ({"people": 5}, "people: unknown fact `people` [unknown-fact]\nhint: it is a fact of the area"),
        ({"name": {"zh": "王"}}, "name: a name or id is text, not `{…}` [not-a-word]"),
    ],
)
def test_a_wrong_fact_of_a_member_is_told_to_the_letter(pack: Pack, member: dict[str, Any], message: str) -> None:
    assert said(pack, {"members": [{"id": "a"}, {"id": "b", **member}]}) == f"members[1].{message}"


NO_MEMBERS = "a household needs `members`: a list with at least one person [no-members]"
NO_ID = "members[0]: this member has no `id` [member-without-id]"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (None, NO_MEMBERS),
        ([], NO_MEMBERS),
        ({}, NO_MEMBERS),
        ({"a": {"age": 5}}, NO_MEMBERS),
        ("a", NO_MEMBERS),
        ([5], "members[0]: keys and values are expected, not `5` [household-shape]"),
        ([None], "members[0]: keys and values are expected, not `None` [household-shape]"),
        ([nested(100_000)], "members[0]: keys and values are expected, not `[[…]]` [household-shape]"),
        ([{}], NO_ID),
        ([{"id": None}], NO_ID),
        ([{"id": " "}], NO_ID),
        ([{"id": True}], "members[0].id: a name or id is text, not `True` [not-a-word]"),
        ([{"id": 1.5}], "members[0].id: a name or id is text, not `1.5` [not-a-word]"),
        ([{"id": 10**5000}], "members[0].id: a name or id is text, not `10^5000…` [not-a-word]"),
        ([{"id": ["a"]}], "members[0].id: a name or id is text, not `[a]` [not-a-word]"),
        ([{"id": "household"}], "members[0]: `household` can't be the id of a member [reserved-member-id]"),
        ([{"id": "area"}], "members[0]: `area` can't be the id of a member [reserved-member-id]"),
        ([{"id": "a"}, {"id": "a"}], "members[1]: two members have the id `a` [duplicate-member]"),
        ([{"id": 1}, {"id": "1"}], "members[1]: two members have the id `1` [duplicate-member]"),
        ([{"id": f"m{number}"} for number in range(101)], "101 members; 100 are allowed [too-many-members]"),
    ],
)
def test_wrong_members_are_told_to_the_letter(pack: Pack, members: Any, message: str) -> None:
    assert first(said(pack, {"members": members})) == message


@pytest.mark.parametrize("household", [None, 5, "x", [], nested(100_000)])
def test_a_household_that_is_no_mapping_is_refused(pack: Pack, household: Any) -> None:
    assert said(pack, household).startswith("keys and values are expected, not `")
    assert household is None or said(pack, household, area=True).startswith("area: keys and values are expected, not `")


def test_everything_wrong_with_a_household_is_told_at_once(pack: Pack) -> None:
    household = {
        "incom": 1,
        "rural": "也许",
        "area": {"people": "很多"},
        "members": [{"age": 999, "sex": "女"}, 5, {"id": "b", "born": "昨天", "stage": "大学", "card": True}],
    }
    assert [line for line in said(pack, household, "zh").split("\n") if not line.startswith("提示")] == [
        "incom: 未知的事实 `incom` [unknown-fact]",
        "rural: `rural` 应为是或否，而不是 `也许` [not-yes-or-no]",
        "area.people: `people` 应为以人计的数值，而不是 `很多` [not-a-figure]",
        "members[0]: 这个成员没有 `id` [member-without-id]",
        "members[0].age: `age` 不能是 `999` [out-of-range]",
        "members[0].sex: 未知的事实 `sex` [unknown-fact]",
        "members[1]: 这里应为键和值，而不是 `5` [household-shape]",
        "members[2].born: `昨天` 不是日期 [bad-date]",
        "members[2].stage: `stage` 不能是 `大学` [unknown-choice]",
        "members[2].card: `True` 不是日期 [bad-date]",
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"lin": 5}, "lin: unknown parameter `lin` [unknown-parameter]\nhint: did you mean `line`?"),
        ({5: 5}, "5: unknown parameter `5` [unknown-parameter]"),
        ({"口径": "heads"}, "口径: unknown parameter `口径` [unknown-parameter]\nhint: it is a reading: use readings / --reading"),
        ({"ratio": "40%"}, "ratio: `ratio` can't be `40%`: the document says 50% to 100% [beyond-document]\nhint: to try another figure, write a reform"),
        ({"ratio": "at most 40%"}, "ratio: `ratio` can't be `at most 40%`: the document says 50% to 100% [beyond-document]\nhint: to try another figure, write a reform"),
        ({"fixed": 90}, "fixed: `fixed` can't be `90`: the document says 100.00 yuan [beyond-document]\nhint: to try another figure, write a reform"),
        ({"line": 10001}, "line: `line` can't be `10001` [out-of-range]\nhint: its range: 0 yuan/year to 10,000.00 yuan/year"),
        ({"line": -1}, "line: `line` can't be `-1` [out-of-range]\nhint: its range: 0 yuan/year to 10,000.00 yuan/year"),
        ({"line": 5, "标准线": 5}, "标准线: `line` is given twice, under two names [fact-twice]\nhint: keep one of them"),
        ({"since": "昨天"}, "since: `昨天` isn't a date [bad-date]\nhint: write it as 2018-06-01"),
        ({"line": "3个月"}, "line: `3个月` is in months; yuan/year is expected [figure-unit]"),
        ({"line": 0.001}, "line: `0.001` is finer than 0.01 yuan/year [too-fine]\nhint: round it, or declare more `places`"),
        (["line"], "parameters: keys and values are expected, not `[line]` [household-shape]"),
        ("line", "parameters: keys and values are expected, not `line` [household-shape]"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_told_to_the_letter(pack: Pack, parameters: Any, message: str) -> None:
    assert said(pack, ONE, parameters=parameters) == message


NO_PARAMETER = [
    None, True, [], {}, float("nan"), Decimal("NaN"), 10**5000, Decimal("1E+999999"), "x", "", nested(100_000), Unshowable(),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_PARAMETER, ids=numbers(NO_PARAMETER))
def test_what_is_no_figure_is_no_parameter(pack: Pack, value: Any) -> None:
    assert first(said(pack, ONE, parameters={"line": value})).endswith("isn't a figure [bad-figure]")


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        ({"wy": "heads"}, "wy: unknown reading `wy` [unknown-reading]\nhint: did you mean `way`?"),
        ({"line": 5}, "line: unknown reading `line` [unknown-reading]\nhint: it is a parameter: use parameters / --set"),
        ({"way": "feet"}, "way: `way` can't be `feet` [unknown-choice]\nhint: one of `heads` (by heads), `homes` (by homes), `open`"),
        ({"way": True}, "way: `way` can't be `True` [unknown-choice]\nhint: one of `heads` (by heads), `homes` (by homes), `open`"),
        ({"way": nested(100_000)}, "way: `way` can't be `[[…]]` [unknown-choice]\nhint: one of `heads` (by heads), `homes` (by homes), `open`"),
        ({"way": "heads", "口径": "homes"}, "口径: `way` is given twice, under two names [fact-twice]\nhint: keep one of them"),
        (5, "readings: keys and values are expected, not `5` [household-shape]"),
    ],
)  # fmt: skip
def test_a_wrong_reading_is_told_to_the_letter(pack: Pack, readings: Any, message: str) -> None:
    assert said(pack, ONE, readings=readings) == message


def test_wrong_parameters_and_readings_are_told_together(pack: Pack) -> None:
    message = said(pack, ONE, parameters={"lin": 5, "line": -1}, readings={"way": "feet", "x": "y"})
    assert [line.split(":")[0] for line in message.split("\n")] == ["lin", "hint", "line", "hint", "way", "hint", "x"]


@pytest.mark.parametrize("on", ["2017-12-31", "2020-01-01", date(2020, 1, 1), datetime(2020, 1, 1, 8)])
def test_a_date_outside_the_term_is_refused_unless_asked_for(pack: Pack, on: Any) -> None:
    assert said(pack, ONE, on=on) == (
        f"{str(on)[:10]} is outside the plan's term, 2018-01-01 to 2019-12-31 [beyond-term]\n"
        "hint: go on all the same with --beyond-term / beyond_term=True"
    )
    assert said(pack, ONE, on=on, beyond_term=True) == ""


@pytest.mark.parametrize("on", ["2018-6-1", "yesterday", "", None, 5, "2018-13-01", "0001-01-01"])
def test_a_date_of_decision_that_is_none_is_refused(pack: Pack, on: Any) -> None:
    assert said(pack, ONE, on=on).endswith(f"`{on}` isn't a date [bad-date]\nhint: write it as 2018-06-01")


@pytest.mark.parametrize(
    "household",
    [
        {"income": OtherFloat(1.5)},
        {"income": OtherInteger()},
        {"income": Decimal("1E+3")},
        {"income": "１２００元"},
        {"income": "at most 0元"},
        {"income": None, "rural": "不知道", "yearly income": "unknown "},
        {"rural": "Yes", "area": {}, "household": 7, "note": object()},
        {"members": ({"id": 7, "name": 8, "stage": ["none", "小学"], "card": "无", "born": datetime(2010, 1, 1, 9)},)},
    ],
)
def test_what_means_one_thing_is_accepted(pack: Pack, household: Mapping[str, Any]) -> None:
    assert said(pack, {**ONE, **household}) == ""
    decision = pack.decide(
        {**ONE, **household}, on="2018-06-01", parameters={"line": OtherFloat(8.5), "ratio": Decimal("6E-1")}
    )
    assert decision.parameters == {"line": "8.5", "ratio": "0.6"}
    decision.record()


class OtherTruth:
    """numpy's truth, as far as it shows itself."""

    shape = ()

    def __init__(self, truth: bool) -> None:
        self.truth = truth

    def item(self) -> bool:
        return self.truth


def test_truths_and_days_of_other_libraries_are_recorded_as_our_own(pack: Pack) -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra `population`")
    for truths in ((True, False), (OtherTruth(True), OtherTruth(False)), (numpy.bool_(True), numpy.array([False])[0])):
        facts = [
            pack.decide({"rural": truth, "members": [{"id": "a", "born": born}]}, on="2018-06-01")._household.facts
            for truth, born in zip(truths, (date(2010, 1, 2), numpy.datetime64("2010-01-02")), strict=True)
        ]
        assert [one["rural"] for one in facts] == [True, False]
        assert all(one["rural"] is True or one["rural"] is False for one in facts)
        assert [one["members"][0]["born"] for one in facts] == [date(2010, 1, 2)] * 2


def test_what_pandas_has_in_the_place_of_nothing_is_unknown(pack: Pack) -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    numpy = pytest.importorskip("numpy", reason="needs the extra `population`")
    bare = pack.decide(ONE, on="2018-06-01").record()
    for nothing in (pandas.NA, pandas.NaT, numpy.datetime64("NaT"), None):
        member = {"id": "a", "age": nothing, "born": nothing, "stage": nothing, "card": nothing}
        assert pack.decide({"income": nothing, "rural": nothing, "members": [member]}, on="2018-06-01").record() == bare


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), "", " "], ids=["nan", "decimal", "empty", "space"])
@pytest.mark.parametrize("fact", ["income", "rural"])
def test_a_blank_is_refused_with_the_advice_to_leave_it_out(pack: Pack, fact: str, value: Any) -> None:
    assert said(pack, {fact: value, **ONE}).endswith("leave it out if it isn't known")
    for other in ("stage", "born", "age", "card"):
        assert said(pack, {"members": [{"id": "a", other: value}]}, "zh").endswith("不知道就不写")


@pytest.mark.parametrize("value", [[True], (), [1.5]])
def test_a_column_is_no_truth(pack: Pack, value: Any) -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra `population`")
    assert "is yes or no, not" in said(pack, {"rural": numpy.array(value), **ONE})


def test_at_most_nothing_is_nothing(pack: Pack) -> None:
    decision = pack.decide({"income": "at most 0元", "rural": True, **ONE}, on="2018-06-01", parameters={"line": 1})
    assert decision.indicators[0].status == "met"


def test_a_label_of_two_facts_names_neither(tmp_path: Path) -> None:
    twice = load(
        tmp_path,
        facts="a1: {for: person, type: condition, label: 患病}\na2: {for: person, type: condition, label: 患病}\n",
        indicators="i: {for: person, label: 指标, met: a1 or a2}\n",
    )
    assert said(twice, {"members": [{"id": "a", "患病": "是"}]}) == (
        "members[0].患病: `患病` stands for several things: `a1`, `a2` [ambiguous-name]\nhint: use the id"
    )


def test_a_label_of_two_options_names_neither(tmp_path: Path) -> None:
    twice = load(
        tmp_path,
        facts="kind: {for: person, type: choice, label: 类别, options: {a: 其他, b: 其他, c: 丙}}\n",
        indicators="i: {for: person, label: 指标, met: kind == a}\n",
    )
    assert said(twice, {"members": [{"id": "x", "kind": "其他"}]}) == (
        "members[0].kind: `kind` can't be `其他` [unknown-choice]\nhint: one of `a` (其他), `b` (其他), `c` (丙)"
    )
    assert said(twice, {"members": [{"id": "x", "kind": "a"}]}) == ""


@pytest.mark.parametrize(
    "given", [{"income": "9" * 5000, **ONE}, {"members": [{"id": "a", "share": "1/" + "9" * 5000}]}]
)
def test_a_figure_of_thousands_of_digits_is_refused(pack: Pack, given: dict[str, Any]) -> None:
    assert first(said(pack, given)).endswith("[not-a-figure]")
