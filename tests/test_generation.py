"""Generated scenarios: at every threshold and for every condition, valid, smallest first, the same every time."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("z3", reason="the extra `verify` isn't installed")

from typer.testing import CliRunner, Result

from minipack import write_files
from policyengine.cli import app
from policyengine.testing.coverage import coverage_of
from policyengine.testing.generation import Generation, generate
from test_coverage import RAISED, pack, scenario


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def stated(made: Generation) -> list[dict[str, object]]:
    """The members and income of each scenario, without their ids."""
    return [
        {**{key: value for key, value in each.example.household.items() if key != "members"}, **member}
        for each in made.scenarios
        for member in [{key: value for key, value in each.example.household["members"][0].items() if key != "id"}]
    ]


def test_a_threshold_is_met_just_below_at_and_just_above(tmp_path: Path) -> None:
    made = generate(pack(tmp_path, "scenarios: []\n"), lang="en")
    incomes = {str(each["income"]) for each in stated(made) if "income" in each}
    assert {"9999.99", "10000", "10000.01"} <= incomes
    assert made.without == []


def test_each_condition_of_an_eligibility_has_a_pair_that_differs_in_it(tmp_path: Path) -> None:
    text = "scenarios:\n" + scenario(
        "{income: 20000元, members: [{id: a, poor: yes, ill: yes}]}", "{a: {aid: eligible}}"
    )
    made = generate(pack(tmp_path, text), lang="en")
    households = stated(made)
    assert {"income": "20000元", "poor": False, "ill": "yes"} in households  # not poor, otherwise the same
    assert {"income": "20000元", "poor": "yes", "ill": False} in households  # not ill, otherwise the same
    shown = {goal.id for each in made.scenarios for goal in each.goals}
    assert len(shown) >= 4


def test_scenarios_of_a_reform_name_it_and_stand_at_its_figures(tmp_path: Path) -> None:
    pack(tmp_path, "scenarios: []\n")
    write_files(tmp_path, {}, {"reforms/raised.yaml": RAISED})
    out = tmp_path / "scenarios/generated.yaml"
    made = run("generate", str(tmp_path), "--reform", "raised", "--on", "2018-06-02", "-o", str(out), "--lang", "en")
    assert made.exit_code == 0, made.output
    text = out.read_text(encoding="utf-8")
    assert text.count("reforms: [raised]") == text.count("on: 2018-06-02") == text.count("- name:") > 3
    assert {"income: 12000\n", "income: 11999.99\n", "income: 12000.01\n"} <= {
        line.strip() + "\n" for line in text.splitlines()
    }
    tested = run("test", str(tmp_path), "--lang", "en")  # the pack without the reform: the scenarios bring it along
    assert (tested.exit_code, " 0 failed" in tested.output) == (0, True)


def test_the_file_reads_as_scenarios_that_pass_and_are_unconfirmed(tmp_path: Path) -> None:
    pack(tmp_path, "scenarios: []\n")
    out = tmp_path / "scenarios/generated.yaml"
    first = run("generate", str(tmp_path), "-o", str(out), "--lang", "zh")
    assert first.exit_code == 0, first.output
    written = out.read_bytes()
    assert run("generate", str(tmp_path), "-o", str(out), "--lang", "zh").exit_code == 0
    assert out.read_bytes() == written  # the same file, although the first is there
    tested = run("test", str(tmp_path), "--lang", "en")
    assert tested.exit_code == 0
    number = written.decode().count("to_confirm: true")
    assert f"{number} of them to be confirmed" in tested.output
    names = [line for line in written.decode().splitlines() if "- name:" in line]
    assert len(set(names)) == len(names) == number


def test_confirmed_ones_are_not_made_again_and_never_written_over(tmp_path: Path) -> None:
    made = pack(tmp_path, "scenarios: []\n")
    out = tmp_path / "scenarios/generated.yaml"
    run("generate", str(tmp_path), "-o", str(out))
    out.write_text(out.read_text(encoding="utf-8").replace("    to_confirm: true\n", ""), encoding="utf-8")
    assert generate(made, lang="en").scenarios == []
    refused = run("generate", str(tmp_path), "-o", str(out), "--lang", "en")
    assert refused.exit_code == 2
    assert "it holds confirmed scenarios; write another file [bad-argument]" in refused.output
    wanted = {"threshold": {"below", "at", "above"}, "condition": {"true", "false"}}
    left = [goal for goal in coverage_of(made).gaps() if goal.aspect in wanted.get(goal.point.kind, set())]
    assert left == []


def test_small_households_come_first_and_none_twice(tmp_path: Path) -> None:
    made = generate(pack(tmp_path, "scenarios: []\n"), lang="zh")
    sizes = [each.example.size for each in made.scenarios]
    assert sizes == sorted(sizes)
    assert len({repr(each.example) for each in made.scenarios}) == len(sizes)


def test_only_one_benefit(tmp_path: Path) -> None:
    made = pack(tmp_path, "scenarios: []\n")
    assert generate(made, benefit="aid", lang="en").scenarios
    wrong = run("generate", str(tmp_path), "--benefit", "补住", "--lang", "en")
    assert wrong.exit_code == 2
    assert "nothing is called `补住` here [unknown-result]\nhint: did you mean `补助`?" in wrong.output
