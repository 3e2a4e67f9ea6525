"""What the compiler makes of names and definitions: scopes, suggestions, pruning, cycles, the 64-bit proof."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import policyengine
from minipack import codes, findings, load, read, value, write_files
from policyengine import PolicyError
from policyengine.compiler import compile_pack, examine
from policyengine.errors import Diagnostic

FACTS = """
    dibao: {for: person, type: condition, label: {zh: 低保对象, en: dibao recipient}}
    hardship: {for: person, type: condition, label: {zh: 特困人员, en: extreme hardship}}
    income: {for: person, type: number, unit: yuan/year, label: {zh: 本人年收入, en: own income}}
    card: {for: person, type: date, optional: true, label: {zh: 证件日期, en: date of the card}}
    stage: {for: person, type: choice, label: {zh: 学段, en: stage}, options: {low: 小学, high: 中学}}
    rent: {for: household, type: number, unit: yuan/year, label: {zh: 房租, en: yearly rent}}
    villages: {for: area, type: number, unit: items, label: {zh: 村数, en: number of villages}}
"""


def used(formula: str, scope: str = "person") -> str:
    """An indicator that makes a formula count."""
    return f"used:\n  for: {scope}\n  label: {{zh: 用到, en: used}}\n  met: {formula}\n"


def found(folder: Path, formula: str, scope: str = "person", **sections: str) -> list[Diagnostic]:
    return findings(folder, **{"facts": FACTS, "indicators": used(formula, scope), **sections})


def hint(folder: Path, formula: str, lang: str = "en", **sections: str) -> str:
    (item,) = [item for item in found(folder, formula, **sections) if item.is_error]
    return item.help(lang)  # type: ignore[arg-type]


# names


@pytest.mark.parametrize(
    ("formula", "meant"),
    [
        ("dibo", "the fact `dibao`"),
        ("低保对像", "the fact `低保对象`"),
        ("本人收入 > 0", "the fact `本人年收入`"),
        ("低保", "the fact `低保对象`"),
        ("incme > 0", "the fact `income`"),
        ("aid_rte > 0", "the parameter `aid_rate`"),
        ("救助比列 > 0", "the parameter `救助比例`"),
        ("stage == hihg", ""),
    ],
)
def test_unknown_name_brings_the_likeliest_meant(tmp_path: Path, formula: str, meant: str) -> None:
    parameters = "aid_rate: {label: {zh: 救助比例, en: aid rate}, unit: ratio, values: 75%}"
    shown = hint(tmp_path, formula, parameters=parameters)
    assert meant in shown
    assert "did you mean" in shown


@pytest.mark.parametrize(
    ("formula", "apart"),
    [
        ("低保对象且特困人员", "`低保对象 且 特困人员`"),
        ("低保对象或特困人员", "`低保对象 或 特困人员`"),
        ("非低保对象", "`非 低保对象`"),
    ],
)
def test_keyword_without_spaces_is_told_apart_from_an_unknown_name(tmp_path: Path, formula: str, apart: str) -> None:
    assert hint(tmp_path, formula, "zh") == f"关键字两边要空格：{apart}"
    assert hint(tmp_path, formula) == f"put spaces around the keyword: {apart}"


def test_every_unknown_name_of_a_pack_is_reported_at_once(tmp_path: Path) -> None:
    variables = "a: {for: person, label: A, formula: nothing}\nb: {for: person, label: B, formula: nobody and nowhere}"
    names = [dict(item.values)["name"] for item in findings(tmp_path, variables=variables) if item.is_error]
    assert names == ["nothing", "nobody", "nowhere"]


def test_label_that_several_things_have_is_ambiguous_and_the_ids_are_not(tmp_path: Path) -> None:
    facts = FACTS + "    registered: {for: person, type: condition, label: {zh: 低保对象, en: registered}}\n"
    (item,) = found(tmp_path / "1", "低保对象", facts=facts)
    assert item.code == "ambiguous-name"
    assert "`dibao`, `registered`" in item.message("en")
    assert found(tmp_path / "2", "dibao and registered", facts=facts) == []


def test_id_goes_before_a_label(tmp_path: Path) -> None:
    facts = FACTS + "    other: {for: person, type: condition, label: {zh: dibao, en: other}}\n"
    assert value(tmp_path, "dibao", {"dibao": True, "other": False}, facts=facts) == "true"


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("low", "option-alone"),
        ("used", "not-a-value"),
        ("stage == middle", "unknown-name"),
        ("stage == 特困人员", "not-a-choice"),
        ("dibao == hardship", "cannot-compare"),
        ("stage < low", "option-alone"),
        ("income", "not-a-condition"),
        ("income and dibao", "not-a-condition"),
        ("not income", "not-a-condition"),
        ("dibao + 1", "not-a-number"),
        ("years_between(income, effective_date) > 0", "not-a-date"),
        ("effective_date > income", "unit-mismatch"),
        ("income is known", "is-known-needs-optional"),
        ("(max income of members) > 0", "needs-default"),
        ("min(income)", "wrong-arguments"),
        ("yearly(income, income) > 0", "wrong-arguments"),
        ("maximum(income, 0) > 0", "unknown-function"),
        ("entitled(dibao)", "not-a-benefit"),
        ("income in (low, high)", "not-a-choice"),
    ],
)
def test_formula_that_cannot_be_meant_is_refused(tmp_path: Path, formula: str, code: str) -> None:
    assert codes([item for item in found(tmp_path, formula) if item.is_error]) == [code]


# scopes


@pytest.mark.parametrize(
    ("scope", "formula", "fits"),
    [
        ("area", "villages > 0", True),
        ("area", "rent > 0", False),
        ("area", "dibao", False),
        ("area", "any of members where dibao", False),
        ("household", "villages > 0 and rent > 0", True),
        ("household", "income > 0", False),
        ("household", "any of members where dibao and rent > 0", True),
        ("household", "(count of members where dibao) > (count of members where hardship)", True),
        ("person", "villages > 0 and rent > 0 and dibao", True),
        ("person", "any of other members where dibao", True),
        ("household", "any of other members where dibao", None),
        ("household", "(rank by income) == 1", None),
    ],
)
def test_formula_sees_what_its_scope_sees(tmp_path: Path, scope: str, formula: str, fits: bool | None) -> None:
    expected = {True: [], False: ["wrong-scope"], None: None}[fits]
    errors = codes([item for item in found(tmp_path, formula, scope) if item.is_error])
    assert errors == expected if expected is not None else errors[0] in ("others-need-person", "rank-needs-person")


def test_member_of_an_aggregate_sees_itself_in_a_nested_one(tmp_path: Path) -> None:
    """For how many members is there another with more income?"""
    poorer = "count of members where (count of other members where income >= 0) > 0 and dibao"
    others = ({"dibao": True, "income": 5}, {"dibao": False, "income": 6})
    assert value(tmp_path, poorer, {"dibao": True, "income": 1}, others=others, facts=FACTS) == "2"


# what is used


def test_unused_variables_and_parameters_are_warned_about_and_left_out(tmp_path: Path) -> None:
    sections = {
        "facts": FACTS,
        "parameters": "idle_rate: {label: {zh: 闲, en: idle}, unit: ratio, values: 1%}",
        "readings": "idle_reading: {label: {zh: 闲读, en: idle one}, options: {x: 甲, y: 乙}, default: x, why: so}",
        "variables": "idle: {for: person, label: {zh: 闲置, en: unused}, formula: dibao}\n"
        "busy: {for: person, label: {zh: 在用, en: in use}, formula: hardship}",
        "indicators": used("busy"),
    }
    pack = read(tmp_path, **sections)
    program, warnings = examine(pack, date(2018, 6, 1))
    assert [(item.code, dict(item.values)["id"]) for item in warnings] == [
        ("unused-variable", "idle"),
        ("unused-parameter", "idle_rate"),
        ("unused-parameter", "idle_reading"),
    ]
    assert [item.message("zh") for item in warnings[1:]] == [
        "参数 `idle_rate` 没有被使用",
        "读法 `idle_reading` 没有被使用",
    ]
    assert program is not None
    assert [item.id for item in program.variables] == ["busy", "used.met"]


def test_chain_of_unused_variables_is_left_out(tmp_path: Path) -> None:
    variables = (
        "a: {for: person, label: {zh: 子, en: a}, formula: b}\nb: {for: person, label: {zh: 丑, en: b}, formula: dibao}"
    )
    program, warnings = examine(read(tmp_path, facts=FACTS, variables=variables), date(2018, 6, 1))
    assert warnings == []  # a pack without rules is a vocabulary
    assert program is not None
    assert program.variables == ()


def test_inherited_variables_nobody_uses_are_left_out_without_a_warning(tmp_path: Path) -> None:
    words = {"facts": FACTS, "variables": "idle: {for: person, label: {zh: 闲置, en: unused}, formula: dibao}"}
    write_files(tmp_path / "words", words, {"pack.yaml": "pack: words\nlabel: W\n"})
    own = {"indicators": used("hardship")}
    write_files(tmp_path / "mini", own, {"pack.yaml": "pack: mini\nlabel: M\nuses: [words]\n"})
    pack = policyengine.load(tmp_path / "mini").policy
    program, warnings = examine(pack, date(2018, 6, 1))
    assert warnings == []
    assert program is not None
    assert [item.id for item in program.variables] == ["used.met"]
    assert {item.id for item in program.facts} >= {"dibao", "hardship"}


def test_redefined_inherited_variable_is_the_one_that_counts(tmp_path: Path) -> None:
    words = {"facts": FACTS, "variables": "poor: {for: person, label: {zh: 穷, en: poor}, formula: dibao}"}
    write_files(tmp_path / "words", words, {"pack.yaml": "pack: words\nlabel: W\n"})
    own = {"variables": "poor: {for: person, label: {zh: 穷, en: poor}, formula: hardship}", "indicators": used("poor")}
    write_files(tmp_path / "mini", own, {"pack.yaml": "pack: mini\nlabel: M\nuses: [words]\n"})
    decision = policyengine.load(tmp_path / "mini").decide(
        {"members": [{"id": "p", "dibao": True, "hardship": False}]}, on="2018-06-01"
    )
    assert [item.status for item in decision.indicators] == ["not met"]


def test_built_in_name_cannot_be_taken(tmp_path: Path) -> None:
    facts = "household_size: {for: household, type: number, unit: yuan, label: {zh: 户规模, en: s}}"
    (item, *_) = found(tmp_path, "household_size > 0", facts=facts)
    assert item.code == "duplicate-id"
    assert str(item.place).endswith("facts.yaml:1:1")


# order and cycles


def test_definitions_may_stand_in_any_order(tmp_path: Path) -> None:
    lines = [
        "a: {for: person, label: {zh: 子, en: a}, formula: b and c}",
        "b: {for: person, label: {zh: 丑, en: b}, formula: c or dibao}",
        "c: {for: person, label: {zh: 寅, en: c}, formula: not hardship}",
    ]
    programs = []
    for number, order in enumerate([lines, lines[::-1]]):
        pack = load(tmp_path / str(number), facts=FACTS, variables="\n".join(order), indicators=used("a"))
        programs.append({item.id: item.node for item in pack.program("2018-06-01").variables})
        assert [item.id for item in pack.program("2018-06-01").variables] == ["c", "b", "a", "used.met"]
    assert programs[0] == programs[1]


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ("a: {for: person, label: {zh: 子, en: x}, formula: a}", "a → a"),
        (
            "a: {for: person, label: {zh: 子, en: x}, formula: b}\nb: {for: person, label: 丑, formula: 子}",
            "a → b → a",
        ),
        (
            "a: {for: household, label: {zh: 子, en: x}, formula: any of members where b}\n"
            "b: {for: person, label: {zh: 丑, en: y}, formula: not a}",
            "a → b → a",
        ),
    ],
)
def test_cycle_is_shown_whole(tmp_path: Path, variables: str, path: str) -> None:
    (item, *_) = [item for item in findings(tmp_path, variables=variables) if item.is_error]
    assert item.code == "cycle"
    assert path in item.render("en")
    assert path in item.render("zh")


def test_error_in_a_definition_is_reported_once_not_at_everything_that_needs_it(tmp_path: Path) -> None:
    variables = "a: {for: person, label: {zh: 子, en: a}, formula: income + dibao}\n" + "".join(
        f"b{n}: {{for: person, label: {{zh: 丑{n}, en: b{n}}}, formula: a > 0}}\n" for n in range(3)
    )
    assert codes([item for item in found(tmp_path, "b1", variables=variables) if item.is_error]) == ["not-a-number"]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ("v: {for: person, label: V}", "wrong-shape"),
        (
            "v: {for: person, label: V, formula: dibao, table: {hit: first, rows: [{when: dibao, then: a}]}}",
            "wrong-shape",
        ),
        ("v: {for: person, label: V, table: {hit: first, rows: []}}", "wrong-shape"),
        ("v: {for: people, label: V, formula: dibao}", "not-one-of"),
        ("v: {for: person, formula: dibao}", "missing-key"),
        ("v: {for: person, label: V, formla: dibao}", "unknown-key"),
        ("dibao: {for: person, label: V, formula: hardship}", "duplicate-id"),
        ("v: {for: person, label: V, unit: yaun, formula: income}", "unknown-unit"),
        ("v: {for: person, label: V, unit: yuan/year, formula: dibao}", "not-a-number"),
        ("v w: {for: person, label: V, formula: dibao}", "bad-id"),
        ("v: {for: person, label: V, formula: income, rounding: {direction: sideways}}", "not-one-of"),
    ],
)
def test_variable_that_cannot_be_meant_is_refused(tmp_path: Path, variables: str, code: str) -> None:
    assert code in codes(findings(tmp_path, facts=FACTS, variables=variables))


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ("{for: person, type: number, label: F}", "missing-key"),
        ("{for: person, type: choice, label: F}", "missing-key"),
        ("{for: person, type: condition, unit: yuan, label: F}", "does-not-fit-type"),
        ("{for: person, type: number, unit: yuan, options: {a: A}, label: F}", "does-not-fit-type"),
        ("{for: person, type: number, unit: yuan, range: [5元, 3元], label: F}", "empty-range"),
        ("{for: person, type: number, unit: yuan, range: [5岁, 3元], label: F}", "figure-unit"),
        ("{for: person, type: date, range: [2018-01-01, soon], label: F}", "bad-date"),
        ("{for: member, type: date, label: F}", "not-one-of"),
    ],
)
def test_fact_that_cannot_be_meant_is_refused(tmp_path: Path, fact: str, code: str) -> None:
    assert code in codes(findings(tmp_path, facts=f"f: {fact}"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ("amount: {by: stage}", "wrong-shape"),
        ("amount: {low: income}", "missing-key"),
        ("amount: {by: stage, low: rate, middle: rate}", "unknown-name"),
        ("amount: {by: dibao, low: rate}", "option-alone"),
        ("amount: dibao", "not-a-number"),
        ("amount: income", None),
        ("amount: {by: stage, low: income, high: dibao}", "branches-differ"),
        ("amount: income\nperiod: month", "unit-mismatch"),
        ("amount: income\nperiod: week", "not-one-of"),
        ("kind: money", "duplicate-key"),
        ("variables: {a.eligible: {for: person, label: X, formula: dibao}}", "bad-id"),
        ("variables: {income: {for: person, label: X, formula: dibao}}", "duplicate-id"),
    ],
)
def test_benefit_that_cannot_be_meant_is_refused(tmp_path: Path, changes: str, code: str | None) -> None:
    period = "" if "period" in changes else "period: year\n"
    benefit = f"benefit: a\nlabel: {{zh: 待遇, en: aid}}\nfor: person\nkind: cash\n{period}eligible: dibao\n{changes}\n"
    errors = codes([item for item in findings(tmp_path, facts=FACTS, benefits=benefit) if item.is_error])
    assert code in errors if code else errors == []


# 64 bits


WIDE = """
    wide: {for: person, type: number, unit: yuan/year, label: {zh: 宽, en: the wide}}
    narrow: {for: person, type: number, unit: yuan/year, range: [0元, 10万元], label: {zh: 窄, en: the narrow}}
    share: {for: person, type: number, unit: ratio, label: {zh: 份, en: the share}}
    heads: {for: household, type: number, unit: persons, range: [1人, 20人], label: {zh: 人头, en: the heads}}
"""


@pytest.mark.parametrize(
    "formula", ["wide × wide", "wide × share × share", "narrow × narrow × narrow", "(sum wide × wide of members) > 0"]
)
def test_formula_that_may_leave_64_bits_is_named(tmp_path: Path, formula: str) -> None:
    variables = (
        f"fine: {{for: person, label: 好, formula: wide}}\nbad: {{for: person, label: 坏, formula: {formula}}}\n"
    )
    (item,) = [item for item in findings(tmp_path, facts=WIDE, variables=variables) if item.is_error]
    assert item.code == "too-large"
    assert item.place is not None
    assert item.place.file.text[item.place.start : item.place.start + item.place.length] == formula


def test_narrower_range_or_a_rounding_in_between_makes_it_fit(tmp_path: Path) -> None:
    formula = "narrow × share ÷ heads"
    person, household = {"narrow": 100000, "share": 1000}, {"heads": 20}
    assert value(tmp_path / "1", formula, person, household=household, facts=WIDE) == "5000000.00"
    variables = "part: {for: person, label: 部分, unit: yuan/year, formula: narrow × share}"
    twice = value(tmp_path / "2", "part × share", person, facts=WIDE, variables=variables)
    assert twice == "100000000000.00"


# one program for each date


def test_program_depends_on_the_date_and_names_the_digest(tmp_path: Path) -> None:
    parameters = "rate: {label: {zh: 率, en: the rate}, unit: ratio, values: {2017-01-01: 1%, 2018-01-01: 2%}}"
    pack = load(tmp_path, parameters=parameters, indicators=used("rate > 0", "household"))
    figures: dict[str, Any] = {}
    for on in ("2017-06-01", "2018-06-01"):
        (rate,) = pack.program(on).parameters
        figures[on] = rate.value
        assert pack.program(on).digest == pack.digest
    assert figures == {"2017-06-01": 100, "2018-06-01": 200}


def test_compiling_raises_all_errors_and_no_warnings(tmp_path: Path) -> None:
    pack = read(
        tmp_path, facts=FACTS, variables="v: {for: person, label: V, formula: nothing}", indicators=used("no_one")
    )
    with pytest.raises(PolicyError) as caught:
        compile_pack(pack, date(2018, 6, 1))
    assert codes(list(caught.value.diagnostics)) == ["unknown-name", "unknown-name"]
