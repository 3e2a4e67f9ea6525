"""Coverage of meaning: what counts as seen, and households that show what isn't, each replayed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import policyengine
from minipack import load, write_files
from policyengine import Pack
from policyengine.cli import app
from policyengine.testing.coverage import Coverage, coverage_of
from policyengine.testing.coverage_report import Gap, Report, tell
from policyengine.text import Lang

FACTS = """
    income: {for: household, type: number, unit: yuan/year, label: {zh: 家庭年收入, en: yearly income}}
    poor: {for: person, type: condition, label: {zh: 贫困人口, en: poor person}}
    ill: {for: person, type: condition, label: {zh: 重病, en: gravely ill}}
    grade:
      for: person
      type: choice
      label: {zh: 残疾等级, en: grade}
      options: {first: {zh: 一级, en: first}, second: {zh: 二级, en: second}, none_: {zh: 无, en: no grade}}
"""
PARAMETERS = """
    line: {label: {zh: 收入线, en: income line}, unit: yuan/year, values: 10000元, provision: X-1}
"""
BENEFITS = """
    benefit: aid
    label: {zh: 补助, en: aid}
    for: person
    kind: service
    provisions: [X-2]
    eligible: 贫困人口 and (家庭年收入 < 收入线 or 重病)
"""
PROVISIONS = """
    X-1: {place: 一, class: eligibility, says: {zh: 线, en: line}, figures: [10000元]}
    X-2: {place: 二, class: benefit, says: {zh: 补助, en: aid}}
"""


def pack(folder: Path, scenarios: str, **sections: str) -> Pack:
    files = {"scenarios/aid.yaml": dedent(scenarios)}
    plain = {"facts": FACTS, "parameters": PARAMETERS, "benefits": BENEFITS, "provisions": PROVISIONS}
    given: dict[str, Any] = {**plain, **sections}
    return load(folder, files, **given)


def seen(coverage: Coverage) -> set[str]:
    """The goals seen, in words."""
    gaps = {goal.id for goal in coverage.gaps()}
    return {
        f"{goal.point.key[0]}{list(goal.point.key[1])} {goal.point.kind} {goal.aspect}"
        for goal in coverage.goals()
        if goal.id not in gaps
    }


def scenario(household: str, expect: str, more: str = "") -> str:
    return f"  - {{name: 一, on: 2018-06-01, {more}household: {household}, expect: {expect}}}\n"


def test_a_condition_counts_only_where_it_decided_a_result_that_is_expected(tmp_path: Path) -> None:
    text = "scenarios:\n" + scenario(
        "{income: 9999元, members: [{id: a, poor: yes, ill: yes}, {id: b, poor: no}]}", "{b: {aid: ineligible}}"
    )
    # b is refused for not being poor; what holds of a, and what b's income is, decided nothing that is expected
    assert seen(coverage_of(pack(tmp_path, text))) == {"aid.eligible[0] condition false", "aid[] benefit ineligible"}


def test_where_one_of_two_is_enough_both_count_if_both_hold_and_only_what_is_open_if_neither_does(
    tmp_path: Path,
) -> None:
    text = (
        "scenarios:\n"
        + scenario("{income: 9999.99元, members: [{id: a, poor: yes, ill: yes}]}", "{a: {aid: eligible}}")
        + scenario("{income: 10000元, members: [{id: a, poor: yes}]}", "{a: {aid: undetermined}}")
    )
    assert seen(coverage_of(pack(tmp_path, text))) == {
        "aid.eligible[0] condition true",
        "aid.eligible[1, 0] condition true",
        "aid.eligible[1, 0] threshold below",
        "aid.eligible[1, 1] condition true",
        "aid.eligible[1, 1] condition unknown",
        "aid[] benefit eligible",
        "aid[] benefit undetermined",
    }


def test_failing_and_unconfirmed_scenarios_count_for_nothing(tmp_path: Path) -> None:
    text = (
        "scenarios:\n"
        + scenario("{members: [{id: a, poor: no}]}", "{a: {aid: eligible}}")
        + scenario("{members: [{id: a, poor: no}]}", "{a: {aid: ineligible}}", "to_confirm: true, ")
    )
    coverage = coverage_of(pack(tmp_path, text))
    assert seen(coverage) == set()
    assert (coverage.scenarios, coverage.failed, len(coverage.unconfirmed)) == (1, 1, 2)


RAISED = """
    reform: raised
    label: {zh: 提高, en: raised}
    parameters: {line: {values: {2018-01-01: 12000元}}}
"""


def test_with_a_date_a_threshold_counts_only_with_the_figure_of_that_date(tmp_path: Path) -> None:
    at_the_old_line = scenario("{income: 10000元, members: [{id: a, poor: yes, ill: no}]}", "{a: {aid: ineligible}}")
    at_the_new_line = scenario(
        "{income: 12000元, members: [{id: a, poor: yes, ill: no}]}", "{a: {aid: ineligible}}", "reforms: [raised], "
    )
    at = "aid.eligible[1, 0] threshold at"
    for text, on_old, on_new in ((at_the_old_line, True, False), (at_the_new_line, False, True)):
        folder = tmp_path / f"old {on_old}"
        pack(folder, "scenarios:\n" + text)
        write_files(folder, {}, {"reforms/raised.yaml": RAISED})
        old, new = policyengine.load(folder), policyengine.load(folder, reforms=["raised"])
        assert at in seen(coverage_of(old))  # without a date, whatever the figure
        assert (at in seen(coverage_of(old, on="2018-06-01"))) is on_old
        assert (at in seen(coverage_of(new, on="2018-06-01"))) is on_new


CHOSEN = """
    town: {for: household, type: condition, label: {zh: 城镇家庭, en: urban household}}
"""
STANDARDS = """
    town_line: {label: {zh: 城镇收入线, en: urban income line}, unit: yuan/year, values: 15000元, provision: X-1}
"""
BY_PLACE = """
    own_line: {for: household, label: {zh: 适用的线, en: line that applies}, unit: yuan/year, formula: if 城镇家庭 then 城镇收入线 else 收入线, provision: X-1}
    by_grade:
      for: household
      label: {zh: 按等级的线, en: line by grade}
      unit: yuan/year
      provision: X-1
      table: {hit: first, rows: [{when: any of members where 残疾等级 == first, then: 城镇收入线}], otherwise: 适用的线}
"""


def test_which_figure_is_the_threshold_may_depend_on_the_household(tmp_path: Path) -> None:
    text = "scenarios:\n" + scenario(
        "{income: 15000元, town: yes, members: [{id: a, poor: yes, ill: no, grade: none_}]}", "{a: {aid: ineligible}}"
    )
    loaded = pack(
        tmp_path,
        text,
        facts=FACTS + CHOSEN,
        parameters=PARAMETERS + STANDARDS,
        variables=BY_PLACE,
        provisions=PROVISIONS.replace("[10000元]", "[10000元, 15000元]"),
        benefits=BENEFITS.replace("家庭年收入 < 收入线", "家庭年收入 < 按等级的线"),
    )
    sides = {"aid.eligible[1, 0] threshold " + side for side in ("below", "at", "above")}
    coverage = coverage_of(loaded)
    assert sides & seen(coverage) == {"aid.eligible[1, 0] threshold at"}
    assert {goal.aspect for goal in coverage.gaps() if goal.point.kind == "threshold"} == {"below", "above"}


def test_only_what_one_result_rests_on(tmp_path: Path) -> None:
    loaded = pack(tmp_path, "scenarios: []\n")
    assert {goal.point.key[0] for goal in coverage_of(loaded, about="aid").gaps()} == {"aid", "aid.eligible"}
    refused = run("coverage", str(tmp_path), "--benefit", "补贴", "--lang", "en")
    assert (refused.exit_code, "`补贴`" in refused.output) == (2, True)


def test_rows_count_when_they_are_hit(tmp_path: Path) -> None:
    table = """
        benefit: aid
        label: {zh: 补助, en: aid}
        for: person
        kind: cash
        provisions: [X-2]
        variables:
          tier:
            for: person
            label: {zh: 档次, en: tier}
            options: {high: {zh: 高, en: high}, low: {zh: 低, en: low}, nil: {zh: 无, en: nil}}
            table:
              hit: first
              rows:
                - {when: 重病, then: high, provision: X-2}
                - {when: 贫困人口, then: low, provision: X-2}
              otherwise: nil
        eligible: tier != nil
        amount: 0元
    """
    text = "scenarios:\n" + scenario("{members: [{id: a, ill: no, poor: yes}]}", "{a: {aid: eligible}}")
    found = seen(coverage_of(pack(tmp_path, text, benefits=table)))
    assert {goal for goal in found if " row " in goal} == {"tier[1] row hit"}
    assert {"tier[0] condition false", "tier[2] condition true"} <= found


def test_the_row_for_all_others_is_called_so_and_told_at_its_place(tmp_path: Path) -> None:
    variables = """\
        tier:
          for: person
          label: {zh: 档次, en: tier}
          options: {high: {zh: 高, en: high}, nil: {zh: 无, en: nil}}
          table:
            hit: first
            rows:
              - {when: 重病, then: high, provision: X-2}
            otherwise: nil
    """
    aid = BENEFITS.replace("贫困人口 and (家庭年收入 < 收入线 or 重病)", "tier != nil and 家庭年收入 < 收入线")
    text = "scenarios:\n" + scenario("{members: [{id: a, ill: yes}]}", "{a: {aid: undetermined}}")
    coverage = coverage_of(pack(tmp_path, text, benefits=aid, variables=dedent(variables)))
    report = Report(coverage, tuple(Gap(goal) for goal in coverage.gaps()))
    (line,) = [line for line in tell(report, "zh").replace(f"{tmp_path}/", "").splitlines() if "otherwise" in line]
    assert line.partition(" ")[2] == "variables.yaml:9:16: 档次：其余（otherwise） — 未见命中"
    assert "variables.yaml:9:16: tier: otherwise — never seen hit" in tell(report, "en")


def test_what_a_household_comes_to_but_decides_nothing_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("z3")
    from policyengine.testing import closing
    from policyengine.testing.generation import close_gaps

    loaded = pack(tmp_path, "scenarios: []")
    coverage = coverage_of(loaded)

    def why(lang: Lang) -> set[str]:
        report = close_gaps(loaded, coverage, lang, 2.0, lambda done, of: None)
        return {gap.why[lang] for gap in report.gaps if gap.why is not None and gap.goal.aspect == "true"}

    monkeypatch.setattr(closing, "seen_by", lambda *given: set())  # as if in every household other things decided
    assert why("zh") == {"有家庭会走到这里，但它在那里不决定任何结果：起作用的是别的条件"}
    assert why("en") == {"a household comes to it, but it decides no result there: other conditions do"}
    monkeypatch.setattr(closing, "decide_example", lambda *given: None)
    assert why("en") == {"the only household found is one that the pack doesn't accept"}


def test_scenarios_on_another_date_count_where_the_formula_is_the_same(tmp_path: Path) -> None:
    text = "scenarios:\n" + scenario("{members: [{id: a, poor: no}]}", "{a: {aid: ineligible}}")
    later = text + "".join(
        scenario("{members: [{id: a, poor: yes, ill: yes}]}", "{a: {aid: eligible}}").replace("2018", year)
        for year in ("2019", "2020")
    )
    assert "aid.eligible[1, 1] condition true" in seen(coverage_of(pack(tmp_path, later)))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def gaps_in(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("coverage", str(folder), "--json", "--lang", "zh", *arguments).output)[
        "gaps"
    ]
    return found


def test_gaps_are_told_with_place_clause_and_a_household(tmp_path: Path) -> None:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    text = "scenarios:\n" + scenario("{members: [{id: a, poor: no}]}", "{a: {aid: ineligible}}")
    pack(tmp_path, text)
    told = run("coverage", str(tmp_path), "--lang", "zh").output.replace(f"{tmp_path}/", "")
    assert told.startswith(
        dedent("""\
            小县 · 2018-06-01 · 1 个情景
              条件                 1 /      9   11.1%
              界限                 0 /      3    0.0%
              待遇                 1 /      3   33.3%
              合计                 2 /     15   13.3%

            1. benefits.yaml:7:11: 补助：贫困人口 [X-2] — 未见成立
                - name: {zh: 补助：贫困人口，成立, en: 'aid: poor person, true'}
                  on: 2018-06-01
                  to_confirm: true
                  household:
                    家庭年收入: 0
                    members:
                      - {id: m1, 贫困人口: 是}
                  expect:
                    m1: {补助: eligible}

            2. benefits.yaml:7:11: 补助：贫困人口 [X-2] — 未见不知道
            """)
    )
    assert "3. benefits.yaml:7:11: 补助：家庭年收入 < 收入线 [X-2] — 未见成立\n   同 1\n" in told
    assert "未见在其下" in told
    assert "家庭年收入: 9999.99\n" in told
    english = run("coverage", str(tmp_path), "--lang", "en", "--no-households").output.replace(f"{tmp_path}/", "")
    assert "\n1. benefits.yaml:7:11: aid: poor person [X-2] — never seen true\n" in english
    assert "aid: yearly income < income line [X-2] — never seen exactly at" in english


def test_every_household_offered_closes_its_gap(tmp_path: Path) -> None:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    empty = "scenarios: []\n"
    pack(tmp_path, empty)
    gaps = gaps_in(tmp_path)
    assert all(gap["scenario"] for gap in gaps)
    offered = dict.fromkeys(gap["scenario"].replace("  to_confirm: true\n", "") for gap in gaps)
    text = "scenarios:\n" + "".join(offered)
    (tmp_path / "scenarios/aid.yaml").write_text(text, encoding="utf-8")
    assert run("test", str(tmp_path)).exit_code == 0
    assert gaps_in(tmp_path) == []
    assert run("coverage", str(tmp_path), "--at-least", "100").exit_code == 0


def test_what_cannot_be_is_proved_and_not_counted(tmp_path: Path) -> None:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    benefits = """
        benefit: aid
        label: {zh: 补助, en: aid}
        for: person
        kind: service
        provisions: [X-2]
        eligible: 贫困人口 and not (家庭年收入 < 收入线 and 家庭年收入 > 2 × 收入线)
    """.replace("2 × 收入线", "双倍线")
    parameters = PARAMETERS + "    double: {label: {zh: 双倍线, en: double line}, unit: yuan/year, values: 20000元}\n"
    text = "scenarios:\n" + scenario("{members: [{id: a, poor: no}]}", "{a: {aid: ineligible}}")
    pack(tmp_path, text, benefits=benefits, parameters=parameters)
    gaps = {(gap["what"], gap["not seen"]): gap for gap in gaps_in(tmp_path)}
    # to be decisive, one of the two must be false; both true together can't be, so neither decides by being true
    for what in ("家庭年收入 < 收入线", "家庭年收入 > 双倍线"):
        assert gaps[what, "true"]["impossible"]
        assert gaps[what, "true"]["why"] == "可以出现，但从不决定任何结果（证明及于 1 人以内的家庭）"
        assert not gaps[what, "false"]["impossible"]
    assert "What can't be:" in run("coverage", str(tmp_path), "--lang", "en").output


def test_a_row_that_a_condition_outside_its_table_keeps_from_deciding_is_told_apart_from_one_that_can_decide(
    tmp_path: Path,
) -> None:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    benefits = """
        benefit: aid
        label: {zh: 补助, en: aid}
        for: person
        kind: cash
        period: year
        provisions: [X-2]
        variables:
          rate:
            for: person
            label: {zh: 标准, en: rate}
            table:
              hit: first
              rows:
                - {when: 重病, then: 3元/人/年, provision: X-2}
                - {when: 贫困人口, then: 2元/人/年, provision: X-2}
              otherwise: 1元/人/年
        eligible: 贫困人口
        amount: rate
    """
    pack(tmp_path, "scenarios: []\n", benefits=benefits)
    rows = {gap["what"]: gap for gap in gaps_in(tmp_path) if gap["not seen"] == "hit"}
    assert {what: gap["impossible"] for what, gap in rows.items()} == {
        "第 1 行 重病": False,
        "第 2 行 贫困人口": False,
        "其余（otherwise）": True,  # whoever comes to it isn't poor, so nobody asks for an amount
    }


def test_without_the_solver_gaps_are_listed_and_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(tmp_path, "scenarios: []\n")
    monkeypatch.setattr("policyengine.commands.coverage.has_solver", lambda: False)
    found = run("coverage", str(tmp_path), "--lang", "en")
    assert found.exit_code == 0
    assert (
        "no households that would close the gaps: this needs the package `z3-solver`, which isn't installed; "
        "pip install 'policyengine-packs[verify]'\n"
    ) in found.output
    assert "never seen" in found.output
    refused = run("generate", str(tmp_path), "--lang", "en")
    assert refused.exit_code == 2
    assert "this needs the package `z3-solver`, which isn't installed [extra-needed]" in refused.output


def test_less_than_asked_for_exits_1(tmp_path: Path) -> None:
    pack(tmp_path, "scenarios: []\n")
    assert run("coverage", str(tmp_path), "--no-households", "--at-least", "1").exit_code == 1
    wrong = run("coverage", str(tmp_path), "--at-least", "101", "--lang", "en")
    assert (wrong.exit_code, "`--at-least`: from 0 to 100 [bad-argument]" in wrong.output) == (2, True)


@pytest.mark.parametrize("command", ["coverage", "generate", "test"])
def test_a_wrong_pack_and_an_interruption_end_with_a_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = run(command, "zbo", "--lang", "en")
    assert wrong.exit_code == 2
    assert wrong.output == "there is no pack `zbo` [unknown-pack]\nhint: did you mean `zibo`?\n"
    broken = tmp_path / "broken"
    pack(broken, "scenarios: [{name: 一}]\n")
    assert "`on` is missing [missing-key]" in run(command, str(broken), "--lang", "en").output

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("policyengine.testing.coverage.coverage_of", interrupted)
    monkeypatch.setattr("policyengine.testing.generation.coverage_of", interrupted)
    monkeypatch.setattr("policyengine.testing.scenarios.run_scenarios", interrupted)
    pack(tmp_path / "whole", "scenarios: []\n")
    stopped = run(command, str(tmp_path / "whole"), "--lang", "en")
    assert stopped.exit_code == 130
    assert stopped.output.startswith("interrupted; --")
    assert stopped.output.endswith("takes less time\n")


def test_totals_in_words(tmp_path: Path) -> None:
    from policyengine.testing.coverage_report import Gap, Report

    coverage = coverage_of(pack(tmp_path, "scenarios: []\n"))
    report = Report(coverage, tuple(Gap(goal, impossible=goal.aspect == "unknown") for goal in coverage.gaps()))
    assert report.total == (0, 12)
    assert "3 more can't be, as has been proved, and don't count" in tell(report, "en")


@pytest.mark.long
@pytest.mark.parametrize("name", ["zibo", "qingdao", "shangjie", "zhanjiang", "ziyang"])
def test_households_offered_for_the_five_plans_close_their_gaps(
    name: str, tmp_path: Path, record_property: Any
) -> None:
    pytest.importorskip("z3", reason="the extra `verify` isn't installed")
    import policyengine
    from policyengine.testing.generation import close_gaps

    shipped = policyengine.load(name)
    report = close_gaps(shipped, coverage_of(shipped), "zh", 2.0, lambda done, of: None)
    offered = dict.fromkeys(gap.scenario.replace("  to_confirm: true\n", "") for gap in report.gaps if gap.scenario)
    shutil.copytree(policyengine.shipped_packs()[name], tmp_path / name)
    shutil.copytree(policyengine.shipped_packs()["common"], tmp_path / "common")
    (tmp_path / name / "scenarios/offered.yaml").write_text("scenarios:\n" + "".join(offered), encoding="utf-8")
    after = coverage_of(policyengine.load(tmp_path / name))
    left = {goal.id for goal in after.gaps()}
    assert after.failed == 0
    assert [gap.goal.id for gap in report.gaps if gap.scenario and gap.goal.id in left] == []
    shares = ", ".join(f"{kind} {seen} of {every}" for kind, (seen, every) in report.counts.items())
    record_property("counted", f"{name}: {report.share:.1%} ({shares}); {len(offered)} households offered")
