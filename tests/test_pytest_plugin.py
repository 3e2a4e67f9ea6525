"""pytest collects scenarios as tests, tells failures as policyengine does, and is left alone otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policyengine.authoring.skeleton import write_skeleton

ROOT = Path(__file__).parent.parent
PLUGIN = "policyengine_pytest"
SCENARIOS = "policies/ourtown/scenarios/student_grant.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Somebody's repository with one pack in it."""
    (tmp_path / "policies").mkdir()
    write_skeleton("ourtown", tmp_path / "policies")
    return tmp_path


def run_pytest(folder: Path, *arguments: str, lang: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    """pytest in a process of its own, with the plugin whether or not it is registered here."""
    named = ("-m", "pytest", "-p", "no:policyengine", "-p", PLUGIN, "-p", "no:cacheprovider", *arguments)
    environment = {**os.environ, "LC_ALL": lang, "COLUMNS": "100", "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, *named], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def change(folder: Path, old: str, new: str, file: str = SCENARIOS) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_scenario_is_a_test_with_its_name_and_place(repository: Path) -> None:
    done = run_pytest(repository, "policies", "-v")
    assert f"{SCENARIOS}::困难家庭的学生 PASSED" in done.stdout
    assert done.returncode == 0
    chosen = run_pytest(repository, "-k", "hardship and student", "--collect-only", "-q")
    assert f"{SCENARIOS}::困难家庭的学生" in chosen.stdout  # the English name chooses as well


@pytest.mark.parametrize("ci", ["", "true"])  # where CI is set, pytest's summary doesn't cut messages
def test_a_failure_shows_the_difference_and_no_traceback(
    repository: Path, ci: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    monkeypatch.setenv("CI", ci)
    change(repository, "{student_grant: 1000元}", "{student_grant: 1200元}")
    done = run_pytest(repository, "policies", "--tb=long", lang="zh_CN.UTF-8")
    assert done.returncode == 1
    shown = done.stdout[done.stdout.index("____") :].splitlines()
    assert "困难家庭的学生" in shown[0]
    assert shown[1:4] == [
        f"{SCENARIOS}:12:26: a 学生补助：应为 1,200.00 元，得到 1,000.00 元",
        "  12 |       a: {student_grant: 1200元}",
        "     |                          ^^^^^^",
    ]
    assert "学生补助标准 1,000.00 元" in shown[4]
    assert "Traceback" not in done.stdout
    assert ".py" not in done.stdout
    short = shown[-2]
    assert short.startswith(f"FAILED {SCENARIOS}::困难家庭的学生 - policies")


def test_a_broken_file_is_a_collection_error_with_its_diagnostic(repository: Path) -> None:
    change(repository, "on: 2018-06-01", "onn: 2018-06-01")
    done = run_pytest(repository, "policies")
    assert done.returncode == 2
    assert f"{SCENARIOS}:4:5: `onn` isn't a key here [unknown-key]" in done.stdout
    assert f"{SCENARIOS}:3:5: `on` is missing [missing-key]" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_broken_pack_is_told_once(repository: Path) -> None:
    (repository / "policies/ourtown/scenarios/more.yaml").write_text("scenarios: []\n", encoding="utf-8")
    change(repository, "kind: cash", "kind: cassh", "policies/ourtown/benefits/student_grant.yaml")
    done = run_pytest(repository, "policies")
    assert done.returncode == 2
    assert done.stdout.count("`cassh` isn't one of") == 1
    assert "the pack can't be loaded, as told above" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_pack_that_does_not_compile_fails_each_scenario_with_the_place(repository: Path) -> None:
    change(repository, "eligible: 困难家庭 and", "eligible: 困难户 and", "policies/ourtown/benefits/student_grant.yaml")
    done = run_pytest(repository, "policies")
    assert done.returncode == 1
    assert "policies/ourtown/benefits/student_grant.yaml:8:11: unknown name `困难户` [unknown-name]" in done.stdout
    assert "Traceback" not in done.stdout


def test_unconfirmed_scenarios_are_counted_apart(repository: Path) -> None:
    change(repository, "    on: 2018-06-01", "    to_confirm: true\n    on: 2018-06-01")
    done = run_pytest(repository, "policies", "-v")
    assert f"{SCENARIOS}::困难家庭的学生 TO BE CONFIRMED" in done.stdout
    assert "1 to be confirmed in" in done.stdout
    assert done.returncode == 0


def test_scenarios_of_the_same_name_are_told_apart_by_their_lines(repository: Path) -> None:
    text = (repository / SCENARIOS).read_text(encoding="utf-8")
    (repository / SCENARIOS).write_text(text + text[text.index("  - name") :], encoding="utf-8")
    done = run_pytest(repository, "policies", "-v")
    assert "::困难家庭的学生 [3] PASSED" in done.stdout
    assert "::困难家庭的学生 [16] PASSED" in done.stdout


def test_yaml_elsewhere_and_tests_beside_it_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/x.yaml").write_text("}{ not: ours", encoding="utf-8")
    (tmp_path / "scenarios.yaml").write_text("}{ not: ours", encoding="utf-8")
    (tmp_path / "test_own.py").write_text(
        "import sys\n\ndef test_own():\n    assert not {'pydantic', 'lark', 'policyengine'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    done = run_pytest(tmp_path, "-v")
    assert "1 passed" in done.stdout, done.stdout  # the plugin has imported nothing that takes time


def test_the_tests_of_this_repository_collect_no_scenario_twice() -> None:
    done = run_pytest(ROOT, "--collect-only", "-q", "tests/challenge")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout
