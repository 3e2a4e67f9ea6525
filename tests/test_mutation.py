"""Mutation: what is changed, that a short cut sees what deciding everything again would see, and what the scenarios keep."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import policyengine
import policyengine.ready
from drawing import seeded
from minipack import write_files
from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar
from policyengine.cli import app
from policyengine.compiler import compile_pack
from policyengine.packs import Pack
from policyengine.testing.mutation import Mutation, Verdict, mutate
from policyengine.testing.mutation.figures import with_date
from policyengine.testing.mutation.mutants import Edition, Mutant
from policyengine.testing.mutation.nodes import at, changes, paths, put
from policyengine.testing.mutation.report import lines
from policyengine.testing.scenarios import run_scenarios
from policyengine.values import ends
from programs import random_program

LINHAI = Path(__file__).parent / "regions" / "linhai"


# taking a formula apart and putting it together


@given(st.integers(0, 10**6))
def test_formula_put_together_from_its_parts_is_the_same(seed: int) -> None:
    for variable in random_program(seeded(seed)).variables:
        for path, node in paths(variable.node):
            assert ir.with_children(node, ir.children(node)) == node
            assert at(variable.node, path) == node
            assert put(variable.node, path, node) == variable.node


@given(st.integers(0, 10**6))
def test_every_change_changes_its_node_and_keeps_its_type(seed: int) -> None:
    program = random_program(seeded(seed))
    for variable in program.variables:
        for path, node in paths(variable.node):
            keys = []
            for change in changes(node, program.options, False):
                keys.append((change.kind, change.key))
                assert change.node != node
                assert type(change.node.type) is type(node.type)
                assert put(variable.node, path, change.node) != variable.node
            assert len(keys) == len(set(keys)), "two changes of one name"


# the short cut


EDITIONS: dict[tuple[str, date], Edition] = {}


def as_it_is(policy: PolicyPack, on: date) -> Edition:
    """The pack on a date without any mutant, made once."""
    if (policy.digest, on) not in EDITIONS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(policyengine.ready, "compile_pack", compile_pack)
            EDITIONS[policy.digest, on] = Edition(Pack(policy), on)
    return EDITIONS[policy.digest, on]


@contextmanager
def recompiled(mutant: Mutant) -> Iterator[None]:
    """Every program is compiled with the mutant in it: figures and dates in the pack itself, formulas in the program."""

    def compile_mutated(policy: PolicyPack, on: date) -> ir.Program:
        edition = as_it_is(policy, on)
        if mutant.kind in ("figure", "bound", "date") and mutant.target in policy.parameters:
            return compile_pack(rewritten(policy, mutant, edition), on)
        edit = edition.apply(mutant)
        return edition.program if edit is None else edit.program(edition.program)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policyengine.ready, "compile_pack", compile_mutated)
        yield


def rewritten(policy: PolicyPack, mutant: Mutant, edition: Edition) -> PolicyPack:
    """The pack with the figure or date as the mutant has it, written into its parameter."""
    shape = policy.parameters[mutant.target]
    when, _, key = mutant.key.rpartition(" ")
    if mutant.kind == "date":
        changed = with_date(shape, when, key)
    else:
        edit = edition.apply(mutant)
        if edit is None:
            return policy
        values = {
            each: written(edit.parameters[mutant.target]) if each == when else text
            for each, text in (shape.values or {}).items()
        }
        changed = shape.model_copy(update={"values": values})
    return policy if changed is None else replace(policy, parameters={**policy.parameters, mutant.target: changed})


def written(parameter: ir.Parameter) -> Scalar:
    """A parameter's figure as a pack writes it."""

    def figure(value: int) -> str:
        if isinstance(parameter.type, ir.DateType):
            return date.fromordinal(value).isoformat()
        assert isinstance(parameter.type, ir.NumberType)
        whole, rest = divmod(value * 10**8, parameter.type.scale)
        assert rest == 0
        return f"{whole // 10**8}.{whole % 10**8:08d}"

    low, high = ends(parameter.value)
    match parameter.stated:
        case "at least":
            assert low is not None
            return Scalar.at(f"at least {figure(low)}", None)
        case "at most":
            assert high is not None
            return Scalar.at(f"at most {figure(high)}", None)
        case "between":
            assert low is not None
            assert high is not None
            return Scalar.at(f"between {figure(low)} and {figure(high)}", None)
        case _:
            assert low is not None
            return Scalar.at(figure(low), None)


def compare_with_everything_decided_again(folder: Path | str, every: int, offset: int) -> None:
    mutation = Mutation(policyengine.load(folder))
    chosen = mutation.mutants[offset::every]
    different = []
    for mutant in chosen:
        quick = mutation.verdict(mutant).fate
        with recompiled(mutant):
            failing = [outcome.name for outcome in run_scenarios(policyengine.load(folder)) if not outcome.passed]
        if quick != "refused" and (quick == "noticed") != bool(failing):
            different.append((mutant.id, quick, failing))
    assert different == []
    assert len(chosen) >= 5


def test_short_cut_says_what_deciding_everything_again_says() -> None:
    compare_with_everything_decided_again(LINHAI, 110, 7)


@pytest.mark.long
@pytest.mark.parametrize(
    ("pack", "every"), [(LINHAI, 20), ("zibo", 37), ("zhanjiang", 37)], ids=["linhai", "zibo", "zhanjiang"]
)
def test_short_cut_says_of_many_mutants_what_deciding_everything_again_says(pack: Path | str, every: int) -> None:
    compare_with_everything_decided_again(pack, every, 3)


# what is changed


PACK = {
    "pack.yaml": "pack: mini\nlabel: {zh: 小县, en: Mini}\nterm: {from: 2018-01-01, to: 2019-12-31}\n",
    "facts.yaml": """
income: {for: person, type: number, unit: yuan/month, label: {zh: 月收入, en: income}}
owns: {for: person, type: condition, label: {zh: 有房, en: owns}}
stage: {for: person, type: choice, label: {zh: 学段, en: stage}, options: {one: 小学, two: 初中, three: 高中}}
""",
    "parameters.yaml": """
limit: {label: {zh: 上限, en: limit}, unit: yuan/person/month, values: {2018-01-01: 3000元, 2019-01-01: 4000元}}
share: {label: {zh: 比例, en: share}, unit: ratio, values: at least 50%}
""",
    "readings.yaml": """
who:
  label: {zh: 谁, en: who}
  options: {everyone: 全部, some: 部分}
  default: everyone
  why: {zh: 没有写, en: not said}
""",
    "benefits.yaml": """
benefit: grant
label: {zh: 补助, en: grant}
for: person
kind: cash
period: month
eligible: income < limit and not owns and stage in (one, two) and (who == everyone or income > 0元)
amount: share × limit
""",
}


def small(folder: Path, **scenarios: str) -> Path:
    files = {**PACK, **{f"scenarios/{name}.yaml": f"scenarios:\n{text}" for name, text in scenarios.items()}}
    return write_files(folder, {}, files)


def made(folder: Path, *, only: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    mutation = Mutation(policyengine.load(small(folder)), only=only, seconds=0)
    return {item.id: (item.was.en, item.now.en) for item in mutation.mutants}


def test_every_condition_figure_bound_date_and_reading_is_changed(tmp_path: Path) -> None:
    terms = ["income < limit", "not owns", "stage in (小学, 初中)", "(who = 全部 or income > 0 yuan/month)"]
    whole = " and ".join(terms)
    found = made(tmp_path)
    at = "grant.eligible"
    expected = {
        f"{at}::connective:swap": (whole, " or ".join(term.strip("()") if "or" in term else term for term in terms)),
        **{f"{at}::term:{i}": (whole, " and ".join(t for t in terms if t != terms[i])) for i in range(4)},
        f"{at}:0:comparison:<=": ("income < limit", "income ≤ limit"),
        f"{at}:0:comparison:>": ("income < limit", "income > limit"),
        f"{at}:1:term:not": ("not owns", "owns"),
        f"{at}:2:options:-one": ("stage in (小学, 初中)", "stage = 初中"),
        f"{at}:2:options:-two": ("stage in (小学, 初中)", "stage = 小学"),
        f"{at}:2:options:turn": ("stage in (小学, 初中)", "stage = 高中"),
        f"{at}:3:connective:swap": ("who = 全部 or income > 0 yuan/month", "who = 全部 and income > 0 yuan/month"),
        f"{at}:3:term:0": ("who = 全部 or income > 0 yuan/month", "income > 0 yuan/month"),
        f"{at}:3:term:1": ("who = 全部 or income > 0 yuan/month", "who = 全部"),
        f"{at}:3.0:options:turn": ("who = 全部", "who = 部分"),
        f"{at}:3.1:comparison:>=": ("income > 0 yuan/month", "income ≥ 0 yuan/month"),
        f"{at}:3.1:comparison:<": ("income > 0 yuan/month", "income < 0 yuan/month"),
        "limit::figure:2018-01-01 up": ("3,000.00 yuan/month", "3,001.00 yuan/month"),
        "limit::figure:2018-01-01 down": ("3,000.00 yuan/month", "2,999.00 yuan/month"),
        "limit::bound:2018-01-01 at-least": ("3,000.00 yuan/month", "at least 3,000.00 yuan/month"),
        "limit::figure:2019-01-01 up": ("4,000.00 yuan/month", "4,001.00 yuan/month"),
        "limit::figure:2019-01-01 down": ("4,000.00 yuan/month", "3,999.00 yuan/month"),
        "limit::bound:2019-01-01 at-least": ("4,000.00 yuan/month", "at least 4,000.00 yuan/month"),
        **{
            f"limit::date:2019-01-01 {key}": (f"4,000.00 yuan/month from {before}", f"4,000.00 yuan/month from {after}")
            for before, key, after in (
                ("2019-01-01", "+1d", "2019-01-02"),
                ("2019-01-01", "-1d", "2018-12-31"),
                ("2019-01-01", "+1y", "2020-01-01"),
            )
        },
        "share::figure:always up": ("at least 50%", "at least 51%"),
        "share::figure:always down": ("at least 50%", "at least 49%"),
        "share::bound:always exact": ("at least 50%", "50%"),
        "who::reading: option-2": ("全部", "部分"),
    }
    assert found == expected


IN_TABLE = """
benefit: grant
label: {zh: 补助, en: grant}
for: person
kind: service
eligible: level != none and income < limit
variables:
  level:
    for: person
    label: {zh: 档, en: level}
    options: {high: 高, low: 低, none: 无}
    table:
      hit: %s
      rows:
        - {when: "stage == one", then: high}
        - {when: "stage == two", then: low}
        - {when: "%s", then: low}
      otherwise: none
"""


def rows(folder: Path, hit: str, last: str) -> set[str]:
    return {key for key in made_with(folder, IN_TABLE % (hit, last)) if ":row" in key}


def made_with(folder: Path, benefit: str) -> set[str]:
    files = {key: text for key, text in PACK.items() if key not in ("readings.yaml", "benefits.yaml")}
    write_files(folder, {}, {**files, "benefits.yaml": benefit})
    return {item.id for item in Mutation(policyengine.load(folder), seconds=0).mutants}


def test_rows_that_exclude_each_other_or_say_the_same_are_not_swapped(tmp_path: Path) -> None:
    dropped = {"level::row:1", "level::row:2", "level::row:3"}
    assert rows(tmp_path / "a", "unique", "stage == three and owns") == dropped
    assert rows(tmp_path / "b", "first", "owns") == dropped  # the second and third row say the same
    swapped = IN_TABLE.replace("then: low}\n      otherwise", "then: high}\n      otherwise") % ("first", "owns")
    assert {key for key in made_with(tmp_path / "c", swapped) if ":row" in key} == {*dropped, "level::rows:2"}


def test_what_the_compiler_would_refuse_is_not_tried(tmp_path: Path) -> None:
    overlapping = {key for key in made_with(tmp_path, IN_TABLE % ("unique", "stage == three")) if "options" in key}
    assert not {key for key in overlapping if key.startswith("level")}


# verdicts


BELOW = """
  - name: 线下
    on: {on}
    household: {{members: [{{id: a, income: {income}, owns: 否, stage: one}}]}}
    expect: {{a: {{grant: {expected}}}}}
"""


def fates(folder: Path) -> dict[str, str]:
    mutation = Mutation(policyengine.load(folder), seconds=0)
    return {verdict.mutant.id: verdict.fate for verdict in mutation.run()}


def test_threshold_is_noticed_only_by_a_scenario_on_it(tmp_path: Path) -> None:
    far = BELOW.format(on="2018-06-01", income="1000元", expected="eligible")
    on_it = BELOW.format(on="2018-06-01", income="3000元", expected="ineligible")
    before, after = fates(small(tmp_path / "a", far=far)), fates(small(tmp_path / "b", far=far, on=on_it))
    assert before["grant.eligible:0:comparison:<="] == "survived"
    assert after["grant.eligible:0:comparison:<="] == "noticed"
    assert before["grant.eligible:0:comparison:>"] == "noticed"
    assert (before["limit::figure:2018-01-01 up"], after["limit::figure:2018-01-01 up"]) == ("survived", "noticed")
    assert after["limit::figure:2018-01-01 down"] == "survived", "nobody has 2,999"
    assert after["limit::figure:2019-01-01 up"] == "survived", "no scenario is from 2019"


def test_date_is_noticed_by_scenarios_on_both_sides(tmp_path: Path) -> None:
    first = BELOW.format(on="2019-01-01", income="3500元", expected="eligible")
    before = BELOW.format(on="2018-12-31", income="3500元", expected="ineligible")
    found = fates(small(tmp_path / "a", first=first))
    assert (found["limit::date:2019-01-01 +1d"], found["limit::date:2019-01-01 -1d"]) == ("noticed", "survived")
    found = fates(small(tmp_path / "b", first=first, before=before))
    assert (found["limit::date:2019-01-01 +1d"], found["limit::date:2019-01-01 -1d"]) == ("noticed", "noticed")


def test_figure_that_a_scenario_gives_and_the_mutant_forbids_is_noticed(tmp_path: Path) -> None:
    given_figure = (
        BELOW.format(on="2018-06-01", income="1000元", expected="eligible") + "    parameters: {share: 50%}\n"
    )
    found = fates(small(tmp_path, given=given_figure))
    assert found["share::figure:always up"] == "noticed"
    assert found["share::figure:always down"] == "survived"


def test_what_is_missing_is_noticed_too(tmp_path: Path) -> None:
    open_ = """
  - name: 还缺
    on: 2018-06-01
    household: {members: [{id: a, income: 1000元, stage: one}]}
    expect: {a: {grant: undetermined}, missing: [owns]}
"""
    found = fates(small(tmp_path, open=open_))
    assert found["grant.eligible::term:1"] == "noticed"
    assert found["grant.eligible::term:0"] == "survived"


def test_failing_scenario_is_left_out_and_named(tmp_path: Path) -> None:
    wrong = BELOW.format(on="2018-06-01", income="1000元", expected="ineligible")
    report = mutate(policyengine.load(small(tmp_path, wrong=wrong)), seconds=0)
    assert report.counts["noticed"] == 0
    assert "没有使用未通过的情景：线下" in list(lines(report, "zh"))


def test_without_scenarios_nothing_is_noticed(tmp_path: Path) -> None:
    report = mutate(policyengine.load(small(tmp_path)), seconds=0)
    assert report.score == 0
    assert len(report.survivors) == report.total > 20


def test_verdicts_come_in_the_same_order_every_time(tmp_path: Path) -> None:
    folder = small(tmp_path, far=BELOW.format(on="2018-06-01", income="1000元", expected="eligible"))
    assert list(fates(folder).items()) == list(fates(folder).items())


# proofs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan with a condition that always holds, and without scenarios."""
    benefit = PACK["benefits.yaml"].replace("and stage", "and (owns or not owns) and stage")
    return write_files(tmp_path_factory.mktemp("proved"), {}, {**PACK, "benefits.yaml": benefit})


@pytest.fixture(scope="module")
def proved(folder: Path) -> dict[str, Verdict]:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    mutation = Mutation(policyengine.load(folder), seconds=20)
    return {verdict.mutant.id: verdict for verdict in mutation.run()}


def test_mutant_that_no_household_tells_from_the_plan_does_not_count(proved: dict[str, Verdict]) -> None:
    equivalent = {key for key, verdict in proved.items() if verdict.fate == "equivalent"}
    # a condition that always holds may be left out; of its two parts the one that stands beside it anyway is enough
    assert equivalent == {"grant.eligible::term:2", "grant.eligible:2:term:0"}


def test_every_other_survivor_has_a_household_that_notices_it(proved: dict[str, Verdict]) -> None:
    for key, verdict in proved.items():
        if verdict.fate == "survived":
            assert verdict.killer is not None, key
            assert verdict.killer.differences, key
    killer = proved["limit::date:2019-01-01 -1d"].killer
    assert killer is not None
    assert str(killer.on) == "2018-12-31"


def test_household_that_is_shown_fails_under_the_mutant_and_holds_without_it(
    proved: dict[str, Verdict], folder: Path
) -> None:
    """The household found, with the plan's own results, is a scenario that notices the mutant."""
    pack = policyengine.load(folder)
    tried = 0
    for verdict in proved.values():
        killer = verdict.killer
        if killer is None:
            continue
        settings = {"on": killer.on, "parameters": killer.parameters, "readings": killer.readings}
        before = pack.decide(killer.household, **settings)
        with recompiled(verdict.mutant):
            after = policyengine.load(folder).decide(killer.household, **settings)
        for difference in killer.differences:
            one, other = (each.entitlement("grant", difference.before.entity) for each in (before, after))
            assert (one.status, one.amount) == (difference.before.status, difference.before.amount)
            assert (other.status, other.amount) == (difference.after.status, difference.after.amount)
            assert (one.status, one.amount) != (other.status, other.amount)
        tried += 1
    assert tried > 20


def test_day_on_which_a_mutant_differs_is_found(tmp_path: Path) -> None:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    parameters = "from_when: {label: {zh: 起始日, en: first day}, unit: date, values: 2018-07-15}\n"
    benefit = (
        PACK["benefits.yaml"].replace("income < limit", "effective_date >= from_when").replace("share × limit", "0元")
    )
    benefit = benefit.replace("who == everyone or", "owns or")
    files = {key: text for key, text in PACK.items() if key != "readings.yaml"}
    folder = write_files(tmp_path, {}, {**files, "parameters.yaml": parameters, "benefits.yaml": benefit})
    found = {verdict.mutant.id: verdict for verdict in Mutation(policyengine.load(folder), seconds=20).run()}
    killer = found["grant.eligible:0:comparison:>"].killer
    assert killer is not None
    assert str(killer.on) == "2018-07-15"


# the command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["mutate", *arguments])


@pytest.fixture
def noticing(tmp_path: Path) -> str:
    return str(small(tmp_path, far=BELOW.format(on="2018-06-01", income="1000元", expected="eligible")))


def test_command_ends_with_1_below_the_score_that_is_asked_for(noticing: str) -> None:
    low, high = (run(noticing, "--seconds", "0", "--at-least", share, "--lang", "en") for share in ("10%", "99%"))
    assert (low.exit_code, high.exit_code) == (0, 1)
    assert low.output == high.output
    assert "Score" in low.output


def test_command_writes_json(noticing: str) -> None:
    content = json.loads(run(noticing, "--seconds", "0", "--json").output)
    assert content["mutants"] == content["tried"] == len(content["verdicts"]) == sum(content["counts"].values())
    noticed = next(item for item in content["verdicts"] if item["id"] == "grant.eligible:0:comparison:>")
    assert noticed["noticed_by"] == "线下"
    assert noticed["was"] == {"zh": "月收入 < 上限", "en": "income < limit"}
    assert noticed["place"].endswith("benefits.yaml:7:11")


def test_command_changes_only_what_a_benefit_rests_on(noticing: str) -> None:
    assert run(noticing, "--seconds", "0", "--benefit", "补助").exit_code == 0
    refused = run(noticing, "--benefit", "补贴", "--lang", "en")
    assert refused.exit_code == 2
    assert "there is no result `补贴`" in refused.output or "补贴" in refused.output


@pytest.mark.parametrize("share", ["much", "101%", "-1", "0x5", "1" * 50])
def test_command_refuses_a_score_that_is_none(noticing: str, share: str) -> None:
    result = run(noticing, f"--at-least={share}", "--lang", "en")
    assert result.exit_code == 2
    assert "--at-least" in result.output


def test_command_refuses_a_wrong_pack(tmp_path: Path) -> None:
    assert run("zibbo").exit_code == 2
    write_files(tmp_path, {}, {**PACK, "benefits.yaml": PACK["benefits.yaml"].replace("income <", "incom <")})
    wrong = run(str(tmp_path), "--lang", "en")
    assert wrong.exit_code == 2
    assert "unknown name `incom`" in wrong.output


def test_interrupted_command_prints_what_is_known(noticing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, count = Mutation.verdict, 0

    def interrupted(self: Mutation, mutant: Mutant) -> Verdict:
        nonlocal count
        count += 1
        if count > 5:
            raise KeyboardInterrupt
        return verdict(self, mutant)

    monkeypatch.setattr(Mutation, "verdict", interrupted)
    result = run(noticing, "--seconds", "0", "--lang", "en")
    assert result.exit_code == 130
    assert "5 of" in result.output
    assert "interrupted" in result.output


def test_without_z3_a_line_names_the_extra(noticing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    for name in (
        "policyengine.testing.mutation.equivalence",
        "policyengine.interpreters.verification",
        "policyengine.verifying.search",
    ):
        monkeypatch.delitem(sys.modules, name, raising=False)
    result = run(noticing, "--lang", "en")
    assert result.exit_code == 0
    assert "pip install 'policyengine-packs[verify]'" in result.output


# the shipped plans


SCORES = {"zibo": 95, "qingdao": 95, "shangjie": 90, "zhanjiang": 90, "ziyang": 90}
KEPT = "ziyang"  # the one that is tried in every run


@pytest.mark.parametrize(
    "pack", [pytest.param(pack, marks=() if pack == KEPT else pytest.mark.long) for pack in SCORES]
)
def test_plan_keeps_its_score(pack: str) -> None:
    wanted = Fraction(SCORES[pack], 100)
    report = mutate(policyengine.load(pack), seconds=0)
    assert report.failing == []
    assert report.score is not None
    if report.score < wanted:  # then it depends on those that are equivalent
        pytest.importorskip("z3", reason="the extra `verify` isn't installed")
        report = mutate(policyengine.load(pack), seconds=30)
        assert report.score is not None
    assert report.score >= wanted, "\n".join(lines(report, "zh"))


# reforms, and what is assumed


ASSUMES = """
  - name: 读法
    on: 2019-06-01
    household: {members: [{id: a, income: 0元, owns: 否, stage: one}]}
    expect: {a: {grant: eligible}, assumes: [who]}
"""
RAISED = """
reform: raised
label: {zh: 提高, en: raised}
parameters: {limit: {values: {2019-01-01: 5000元}}}
"""


def test_a_scenario_that_says_which_reading_is_assumed_is_tried_too(tmp_path: Path) -> None:
    found = fates(small(tmp_path, assumes=ASSUMES))
    assert found["grant.eligible:0:comparison:>"] == "noticed"
    assert {fate for name, fate in found.items() if ":reading" in name} == {"noticed"}


def test_the_figures_of_a_reform_are_changed_where_it_is_asked_for(tmp_path: Path) -> None:
    on_it = BELOW.format(on="2019-06-01", income="5000元", expected="ineligible").replace(
        "    household", "    reforms: [raised]\n    household"
    )
    plain = BELOW.format(on="2018-06-01", income="1000元", expected="eligible")
    folder = small(tmp_path, on=on_it, plain=plain)
    write_files(folder, {}, {"reforms/raised.yaml": RAISED})
    mutation = Mutation(policyengine.load(folder, reforms=["raised"]), seconds=0)
    found = {verdict.mutant.id: verdict.fate for verdict in mutation.run()}
    assert mutation.report.failing == []  # the scenario names the reform, which isn't applied twice
    assert found["limit::figure:2019-01-01 up"] == "noticed"
    was = next(item.was.en for item in mutation.mutants if item.id == "limit::figure:2019-01-01 up")
    assert was == "5,000.00 yuan/month"
