"""The invented county of tests/regions/linhai: it uses the whole language, and its scenarios were computed by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import policyengine
from policyengine import PolicyError, ir
from policyengine.authoring.formula import Ast, parse_formula, parts_of
from policyengine.authoring.scenario_schema import ScenarioShape
from policyengine.authoring.schema import BenefitKind, BenefitShape, FactShape, IndicatorShape
from policyengine.checking import check
from policyengine.compiler.calls import FUNCTIONS
from policyengine.compiler.definitions import Definitions
from policyengine.compiler.symbols import Symbols
from policyengine.testing.report import tell_outcome
from policyengine.testing.scenarios import run_scenario

REGIONS = Path(__file__).parent / "regions"
LINHAI = policyengine.load(REGIONS / "linhai")
SCENARIOS = LINHAI.policy.scenarios()
DATES = ("2017-01-01", "2018-07-01", "2018-09-01", "2019-01-01", "2019-07-01", "2019-12-31")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[str(item.name.en) for item in SCENARIOS])
def test_scenario_comes_out_as_computed_by_hand(scenario: ScenarioShape) -> None:
    outcome = run_scenario(LINHAI, scenario)
    assert outcome.passed, tell_outcome(outcome, "en")


def test_check_finds_nothing_and_its_document_is_accounted_for_to_the_last_character() -> None:
    report = check(LINHAI.policy, REGIONS)
    assert [str(item) for item in report.diagnostics] == []
    assert report.covered == 1
    assert report.passages == 26
    assert [str(day) for day in report.dates] == list(DATES)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("每人每月补助300元", "每人每月补助320元", {"source-differs": 1, "passage-missing": 1, "uncovered-text": 1}),
        ("第二条　", "（此处有删节）第二条　", {"source-differs": 1, "passage-moved": 24, "uncovered-text": 1}),
        (
            "第十三条　家中最年长的成年人优先安排公租房。",
            "",
            {"source-differs": 1, "passage-missing": 1, "passage-moved": 12},
        ),
        ("　", " \n ", {}),
    ],
)
def test_changed_copy_of_the_document_is_noticed(
    tmp_path: Path, before: str, after: str, expected: dict[str, int]
) -> None:
    text = (REGIONS / "linhai_document.txt").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "copy.txt").write_text(text.replace(before, after), encoding="utf-8")
    assert Counter(item.code for item in check(LINHAI.policy, tmp_path).diagnostics) == expected


# Is the whole language in use? What is added to it belongs into linhai too.


def programs() -> list[ir.Program]:
    return [LINHAI.program(day) for day in DATES]


def nodes() -> list[ir.Node]:
    return [node for program in programs() for variable in program.variables for node in ir.walk(variable.node)]


def test_every_kind_of_node_is_used() -> None:
    assert {kind.__name__ for kind in get_args(ir.Node)} - {type(node).__name__ for node in nodes()} == set()


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (ir.Logic, "operator"),
        (ir.Compare, "operator"),
        (ir.Arithmetic, "operator"),
        (ir.Round, "direction"),
        (ir.Aggregate, "operator"),
        (ir.Aggregate, "others"),
        (ir.Rank, "descending"),
        (ir.Bands, "progressive"),
        (ir.Elapsed, "unit"),
    ],
)
def test_every_variant_of_a_node_is_used(kind: type, field: str) -> None:
    wanted = set(get_args(get_type_hints(kind)[field])) or {True, False}
    assert {getattr(node, field) for node in nodes() if isinstance(node, kind)} == wanted


def test_every_form_and_function_of_formulas_is_used() -> None:
    definitions = Definitions(LINHAI.policy, Symbols(), [])
    definitions.collect()
    forms: set[str] = set()
    functions: set[str] = set()
    waiting = [part.tree for definition in definitions.all.values() for part in definition.parts]
    while waiting:
        tree = waiting.pop()
        forms.add(type(tree).__name__)
        if type(tree).__name__ == "Call":
            functions.add(FUNCTIONS[tree.function.name])
        waiting += parts_of(tree)
    assert {form.__name__ for form in get_args(Ast)} - forms - {"Day"} == set()  # a date in a formula brings a warning
    assert functions == set(FUNCTIONS.values())


def used(items: object, field: str) -> set[object]:
    return {getattr(item, field) for item in items}  # type: ignore[attr-defined]


def test_every_kind_and_period_of_benefits_is_used_for_persons_and_households() -> None:
    benefits = LINHAI.policy.benefits.values()
    assert used(benefits, "kind") == set(get_args(BenefitKind))
    assert used(benefits, "for_") == {"person", "household"}
    assert used(benefits, "period") == {"once", "month", "term", "year", "visit", None}
    assert {item.items.open for item in benefits if item.items} == {True, False}
    for optional in ("payer", "items", "note", "rounding", "variables", "amount"):
        assert any(getattr(item, optional) for item in benefits), optional
    assert {type(item.amount) for item in benefits} >= {dict, type(None)}
    assert BenefitShape.model_fields.keys() - {name for item in benefits for name in item.model_fields_set} <= {
        "definition",
        "provisions",
    }


def test_every_type_of_fact_and_form_of_indicator_is_used() -> None:
    facts, indicators = LINHAI.policy.facts.values(), LINHAI.policy.indicators.values()
    assert used(facts, "type") == {"condition", "number", "date", "choice"}
    assert used(facts, "for_") == used(indicators, "for_") == {"area", "household", "person"}
    assert FactShape.model_fields.keys() == {name for item in facts for name in item.model_fields_set}
    assert IndicatorShape.model_fields.keys() - {name for item in indicators for name in item.model_fields_set} <= {
        "note",
        "definition",
        "provisions",
    }
    assert {item.must for item in indicators} >= {None, ">", ">=", "<=", "="}


def test_every_way_to_state_a_figure_and_every_rule_between_benefits_is_used() -> None:
    stated = {item.stated for program in programs() for item in program.parameters}
    assert stated == {"exact", "at least", "at most", "between", "not stated"}
    assert used(LINHAI.policy.exclusions.values(), "rule") == {"larger", "first", "choice"}
    assert LINHAI.policy.ceilings
    assert {step.benefit is None for chain in LINHAI.policy.payers.values() for step in chain.order} == {True, False}
    figures = [figure for item in LINHAI.policy.supplements.values() for figure in item.figures.values()]
    assert used(figures, "grade") == {"A", "C"}


# What is refused


def refused(**changes: object) -> list[tuple[str, object]]:
    """(code, the name that it is about) of every diagnostic."""
    with pytest.raises(PolicyError) as caught:
        policyengine.load(REGIONS / "linhai", **changes)  # type: ignore[arg-type]
    return [(item.code, dict(item.values)["name"]) for item in caught.value.diagnostics]


def test_reform_that_states_what_stands_already_is_refused(tmp_path: Path) -> None:
    reform = tmp_path / "reform.yaml"
    reform.write_text("reform: same\nlabel: R\nparameters: {support_line: {values: {2017-01-01: 4000元}}}\n", "utf-8")
    assert refused(reforms=[reform]) == [("no-effect", "same")]


def test_reform_of_what_is_not_there_names_every_target(tmp_path: Path) -> None:
    reform = tmp_path / "reform.yaml"
    text = "reform: r\nlabel: R\nparameters: {suport_line: {values: 5000元}}\nremove: {benefits: [渔网补助]}\n"
    reform.write_text(text, encoding="utf-8")
    assert refused(reforms=[reform]) == [("no-target", "suport_line"), ("no-target", "渔网补助")]


def test_removed_indicator_and_benefit_are_gone_and_added_ones_are_there() -> None:
    reformed = policyengine.load(REGIONS / "linhai", reforms=["net_for_boats"])
    decision = reformed.decide({"members": [{"id": "a"}]}, on="2018-06-01")
    assert "grain" not in used(decision.entitlements, "benefit")
    assert "safe_home" not in used(decision.indicators, "indicator")
    assert decision.entitlement("net", "a").status == "undetermined"


def test_figures_of_grade_c_need_to_be_asked_for() -> None:
    assert refused(supplements=["newspaper"]) == [("grade-c", "newspaper")]
    pack = policyengine.load(REGIONS / "linhai", supplements=["newspaper"], grades="ABC")
    household = {"家庭年收入": 0, "members": [{"id": "a", "低保对象": True, "出生日期": date(2010, 1, 1)}]}
    assert str(pack.decide(household, on="2018-06-01").entitlement("dibao_topup").amount) == "480.00"


def test_standard_outside_its_declared_range_is_refused() -> None:
    with pytest.raises(PolicyError) as caught:
        LINHAI.decide({"members": [{"id": "a"}]}, on="2018-06-01", parameters={"低保标准": "2000.01元"})
    assert [item.code for item in caught.value.diagnostics] == ["out-of-range"]


# What is taken over from the pack in `uses`


def test_unused_inherited_variable_is_pruned_without_a_warning() -> None:
    assert "boats_in_all" in LINHAI.policy.inherited
    assert "boats_in_all" not in {variable.id for variable in LINHAI.program("2018-06-01").variables}


def test_region_redefines_what_it_takes_over() -> None:
    assert not {"hukou", "fishing"} & LINHAI.policy.inherited
    assert list(LINHAI.policy.facts["hukou"].options or {}) == ["local", "migrant", "returning"]
    assert parse_formula(str(LINHAI.policy.variables["fishing"].formula)) == parse_formula("渔船数 > 0 且 居住年限足够")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_scenario_can_be_explained(lang: str) -> None:
    for scenario in SCENARIOS:
        if scenario.household is None or scenario.reforms or scenario.supplements:
            continue
        household = {**scenario.household, **({"area": scenario.area} if scenario.area else {})}
        decision = LINHAI.decide(
            household, on=str(scenario.on), parameters=scenario.parameters, readings=scenario.readings
        )
        text = str(decision.explain(lang))  # type: ignore[arg-type]
        for item in decision.entitlements:
            assert item.label[lang] in text
