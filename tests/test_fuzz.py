"""Whatever is given, what comes out is a decision or a PolicyError that says something: never another exception."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from minipack import load
from policyengine import Pack, PolicyError
from policyengine.authoring.reader import Scalar
from policyengine.authoring.schema import IndicatorShape
from policyengine.checking import check
from policyengine.source import Source, SourceFile
from policyengine.testing.scenarios import run_scenarios

CLEARWATER = Path(__file__).parent / "diagnostics" / "clearwater"
ON = "2024-07-01"
MORE = max(1, settings.default.max_examples // 100)  # times as many under --long


def tries(number: int) -> settings:
    return settings(max_examples=number * MORE, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_clearwater(CLEARWATER)


def load_clearwater(folder: Path) -> Pack:
    import policyengine

    return policyengine.load(folder)


def words(text: str) -> list[str]:
    return text.split()


def outcome(act: Callable[[], Any]) -> Any:
    """What an action returns; None where it is refused, in messages of one line each."""
    refused: list[PolicyError] = []
    try:
        return act()
    except PolicyError as error:
        refused.append(error)
    for error in refused:
        assert error.diagnostics
        for item in error.diagnostics:
            for lang in ("zh", "en"):
                assert "\n" not in item.message(lang)  # type: ignore[arg-type]
                assert item.render(lang).startswith(str(item.place or ""))  # type: ignore[arg-type]
    return None


def look_at(pack: Pack, household: Any, **more: Any) -> None:
    decision = outcome(lambda: pack.decide(household, on=ON, **more))
    if decision is not None:
        for text in (str(decision), str(decision.explain("zh")), str(decision.explain("en")), decision.record()):
            assert text
        assert isinstance(decision.missing, tuple)


# households

NAMES = words(
    "income rent student stage age moved_in vacant 家庭收入 房租 学生 学段 年龄 "
    "迁入日期 members id name area household note on incom"
)
WORDS = [
    *NAMES, "5元", "1.5万元", "at least 5元", "between 1元 and 2元", "介于 1元 和 5元", "是", "否", "none", "无", "不知道", "75%",
    "1/3", "60岁", "2010-01-01", "primary", "小学", "open", "within", "not stated", "１２元", "", "\n", "\x00", "{0}",
]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(0, 200), st.floats(), st.decimals(), st.dates(), st.datetimes(),
    st.binary(max_size=3), st.text(max_size=8), st.sampled_from(WORDS),
)  # fmt: skip
keys = st.one_of(st.sampled_from(NAMES), st.text(max_size=3), st.integers(), st.none())
anything = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.tuples(below, below), st.dictionaries(keys, below, max_size=3)
    ),
)
VALID = {
    "household": "王家",
    "家庭收入": "3万元",
    "rent": 1000,
    "area": {"vacant": 12},
    "members": [
        {"id": "a", "name": "王五", "age": 40, "student": False, "stage": "none", "moved_in": "none"},
        {"id": "b", "年龄": "at most 12岁", "学生": "是", "学段": ["小学", "secondary"], "moved_in": date(2020, 1, 1)},
    ],
}


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """The valid household with something in it replaced, added or removed."""
    household: Any = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 3))):
        spot = household
        while isinstance(spot, dict | list) and spot:
            key = draw(st.sampled_from(sorted(spot, key=str) if isinstance(spot, dict) else range(len(spot))))
            if not isinstance(spot[key], dict | list) or draw(st.booleans()):
                break
            spot = spot[key]
        if not isinstance(spot, dict | list) or not spot:
            continue
        match draw(st.sampled_from(["replace", "add", "remove"])):
            case "replace":
                spot[key] = draw(anything)
            case "add" if isinstance(spot, dict):
                spot[draw(keys)] = draw(anything)
            case "add":
                spot.append(draw(anything))
            case _:
                del spot[key]
    return household


settings_of = (
    st.none()
    | anything
    | st.dictionaries(
        st.sampled_from([*NAMES, "rent_share", "book_money", "收入上限", "at_the_limit", "恰为上限"]),
        anything,
        max_size=2,
    )
)
members = st.lists(st.dictionaries(st.sampled_from(NAMES), anything, max_size=5) | anything, max_size=3)
households = st.one_of(
    anything, st.fixed_dictionaries({"members": members}, optional=dict.fromkeys(NAMES[:4], anything))
)


@tries(1000)
@given(household=st.one_of(damaged(), damaged(), households))
@example(household=VALID)
def test_no_household_raises_anything_but_policy_errors(pack: Pack, household: Any) -> None:
    look_at(pack, household)


@tries(500)
@given(parameters=settings_of, readings=settings_of, area=anything | st.dictionaries(keys, anything, max_size=3))
def test_no_figure_or_reading_raises_anything_but_policy_errors(
    pack: Pack, parameters: Any, readings: Any, area: Any
) -> None:
    look_at(pack, VALID, parameters=parameters, readings=readings)
    outcome(lambda: pack.decide_area(area, on=ON, parameters=parameters, readings=readings))


# formulas

TOKENS = words(
    "and 且 or 或 not 非 if then else 若 则 否则 in 属于 of 于 other 其他 members 成员 where 其中 default 缺省 rank 位次 "
    "by 按 descending count 计数 sum 合计 any 任一 all 全部 max 最大 min 最小 is known 已知 true 真 + - − * × / ÷ < "
    "<= ≤ > = == != ≠ ( ) （ ） , ， 2024-01-01 2024-13-99 75% 1.5万元 60岁 3个月 0 1 1/3 元 income 收入上限 rent "
    "student stage age moved_in vacant rent_share book_money charge standard at_the_limit within "
    "primary 小学 none household_size 家庭人口 effective_date remaining rent_aid school_bus round 四舍五入 "
    "yearly monthly years_between progressive lookup table entitled received __import__ . \" ' { } [ "
    "] ; : \\ # & \x00 🙂 １"
)
Texts = st.SearchStrategy[str]


def deeper(numbers: Texts, conditions: Texts) -> tuple[Texts, Texts]:
    """Formulas made of these, mostly with the right types and units."""
    shares = st.sampled_from(["× rent_share", "× 2", "÷ household_size", "÷ 3人", "÷ max(income, 1元/年)"])
    more_numbers = st.one_of(
        numbers,
        st.tuples(numbers, st.sampled_from("+-"), numbers).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(conditions, numbers, numbers).map("(if {0[0]} then {0[1]} else {0[2]})".format),
        st.tuples(numbers, numbers).map("min({0[0]}, {0[1]})".format),
        st.tuples(numbers, conditions).map("(max {0[0]} of members where {0[1]} default 0)".format),
        st.tuples(numbers, shares).map(" ".join),
        numbers.map("round({}, 10元)".format),
        numbers.map("-({})".format),
        numbers.map("yearly(monthly({}))".format),
        numbers.map("progressive({}, charge)".format),
    )
    more_conditions = st.one_of(
        st.tuples(numbers, st.sampled_from(["<", "<=", "=", "!=", "≥"]), numbers).map(" ".join),
        st.tuples(conditions, st.sampled_from(["and", "或"]), conditions).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(conditions, conditions).map("(all {0[0]} of members where {0[1]})".format),
        conditions.map("not {}".format),
        conditions.map("((count of other members where {}) > 0人)".format),
    )
    return more_numbers, more_conditions


numbers: Texts = st.sampled_from(["income", "income_limit", "0", "100元/年", "yearly(rent)", "max(income, 1元/年)"])
conditions: Texts = st.sampled_from(
    [
        "student",
        "stage == primary",
        "stage in (小学, none)",
        "moved_in is known",
        "moved_in < effective_date",
        "age < oldest",
        "at_the_limit = within",
        "vacant > 0户",
        "household_size > 1人",
        "(rank by age) <= 1",
        "entitled(school_bus)",
    ]
)
for _ in range(3):
    numbers, conditions = deeper(numbers, conditions)
formulas = st.one_of(
    conditions, conditions, numbers, st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join), st.text(max_size=40)
)


@tries(1000)
@given(text=formulas, scope=st.sampled_from(["person", "household", "area"]))
@example(text="(" * 2000, scope="person")
@example(text="- " * 1999 + "1", scope="person")
@example(text="9" * 3999, scope="person")
def test_no_formula_raises_anything_but_policy_errors(pack: Pack, text: str, scope: str) -> None:
    formula = Scalar.at(text, Source(SourceFile("formula", text), 0, len(text)))
    key = Scalar.at("probe", None)
    shape = IndicatorShape.model_validate({"for": scope, "label": "试算", "met": formula})
    benefits = {name: benefit for name, benefit in pack.policy.benefits.items() if name == "school_bus"}
    probe = Pack(replace(pack.policy, benefits=benefits, indicators={key: shape}))
    if outcome(lambda: probe.program(ON)) is not None:
        for household in ({"members": [{"id": "a"}, {"id": "b"}]}, VALID):
            decision = probe.decide(household, on=ON)
            assert isinstance(decision.missing, tuple)
            assert str(decision.explain("zh"))
        probe.decide_area({"vacant": 3}, on=ON)


# packs

FILES = {
    **{
        path.relative_to(CLEARWATER).as_posix(): path.read_text(encoding="utf-8") for path in CLEARWATER.rglob("*.yaml")
    },
    "benefits/more.yaml": (
        "benefit: rent_more\nlabel: {zh: 加补, en: more rent}\nfor: household\nkind: cash\nperiod: month\nprovision: C-2\n"
        "eligible: poor\namount: rent\n"
    ),
    "variables.yaml": (
        "poor:\n  for: household\n  label: {zh: 低收入, en: poor}\n  provision: C-2\n  formula: not (income > income_limit)\n"
        "ages:\n  for: person\n  label: {zh: 老少, en: old or young}\n  options: {old: 老, young: 少}\n  provision: C-2\n"
        "  table:\n    hit: unique\n    rows:\n      - {when: age > oldest, then: old}\n    otherwise: young\n"
    ),
    "between.yaml": (
        "exclusions:\n  one: {label: 一, benefits: [school_aid, school_bus], rule: choice, provision: C-2}\n"
        "ceilings:\n  both: {label: 限, benefits: [rent_aid, rent_more], ceiling: 按月(income_limit), provision: C-2}\n"
        "payers:\n  bill:\n    for: household\n    label: 次序\n    base: rent\n    provision: C-2\n    order:\n"
        "      - {id: first, label: 先, pays: rent_share × 剩余}\n      - {id: second, benefit: rent_aid}\n"
    ),
    "reforms/r.yaml": (
        "reform: r\nlabel: 改\nparameters: {income_limit: {values: {2025-01-01: 5万元}}}\nvariables: {poor: {formula: income < income_limit}}\n"
        "add: {indicators: {k: {for: household, label: 新, met: rent > 0元, provision: C-1}}}\nremove: {indicators: [homes_left]}\n"
    ),
    "supplements/s.yaml": "supplement: s\nlabel: 补\nfigures: {book_money: {values: 80元, source: 报, grade: A}}\n",
    "scenarios/s.yaml": (
        "scenarios:\n  - name: 例\n    on: 2024-06-01\n    household: {income: 5元, members: [{id: a}]}\n"
        "    expect: {household: {rent_aid: undetermined}, missing: [rent]}\n"
    ),
}
PIECES = [
    "", "~", "[]", "{}", "x", "5", "-1", "010", "1e3", "person", "area", "true", "{zh: a, en: b}", "[a, b]", "{a: b}", "not stated",
    "2024-01-01", "'", '"', "- ", "? ", "&a", "*a", "!!t x", "|", "> ", "a: b: c", "\t", "\x00", "income < income_limit", "<<", "=",
    "[[a],[b]]", "9" * 30, "null", "[stage]", "元/人/年", "{from: 5}", "{to: -5元}", "{from: 10元, to: 5元}", "rent_aid", "student",
    *sorted({word for text in FILES.values() for word in re.findall(r"[\w.%/-]+", text)}),
]  # fmt: skip


@st.composite
def damaged_packs(draw: st.DrawFn) -> dict[str, str]:
    """The pack's files with one or two places of them damaged."""
    files = dict(FILES)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(files)))
        lines = files[name].split("\n")
        at = draw(st.integers(0, len(lines) - 1))
        pieces = list(re.finditer(r"[\w.%/-]+|[\[\]{}(),:<>=]", lines[at]))
        match draw(st.sampled_from(["word", "word", "word", "value", "remove", "repeat", "indent", "text"])):
            case "word" if pieces:
                word = draw(st.sampled_from(pieces))
                lines[at] = lines[at][: word.start()] + draw(st.sampled_from(PIECES)) + lines[at][word.end() :]
            case "value":
                lines[at] = re.sub(r": .*", lambda _: ": " + draw(st.sampled_from(PIECES)), lines[at], count=1)
            case "remove":
                lines.pop(at)
            case "repeat":
                lines.insert(at, draw(st.sampled_from(lines)))
            case "indent":
                lines[at] = " " * draw(st.integers(0, 6)) + lines[at].lstrip()
            case _:
                lines[at] = draw(st.text(st.characters(codec="utf-8"), max_size=30))
        files[name] = "\n".join(lines)
    return files


@tries(500)
@given(files=damaged_packs())
@example(files=FILES)
def test_no_pack_raises_anything_but_policy_errors(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    loaded = outcome(lambda: load_clearwater(folder))
    if loaded is None:
        return
    assert len(loaded.digest) == 64
    outcome(lambda: [item.render() for item in check(loaded.policy).diagnostics])
    outcome(lambda: list(run_scenarios(loaded)))
    outcome(lambda: loaded.with_changes(reforms=["r"]).program("2025-07-01"))
    outcome(lambda: loaded.with_changes(supplements=["s"]).program("2025-07-01"))
    look_at(loaded, VALID)


@tries(200)
@given(text=st.text(st.characters(codec="utf-8"), max_size=200), name=st.sampled_from(sorted({*FILES} - {"pack.yaml"})))
def test_no_random_file_raises_anything_but_policy_errors(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    outcome(lambda: load(folder, {name: text}).program(ON))
