"""`policyengine verify` as its users meet it: what it prints and writes, its exit status, and what goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("z3", reason="the extra `verify` isn't installed")

from minipack import write_files
from policyengine.cli import app

FACTS = "bill: {for: person, type: number, label: {zh: 费用, en: bill}, unit: yuan/year}\n"
AID = "benefit: aid\nlabel: {zh: 救助, en: aid}\nfor: person\nkind: cash\nperiod: year\neligible: bill > 0元\namount: share × bill\n"
SHARE = "share: {label: {zh: 比例, en: share}, unit: ratio, values: 50%}\n"
GOOD = "within:\n  for: person\n  label: {zh: 不超过费用, en: within the bill}\n  always: received(aid) <= bill\n"
BAD = GOOD.replace("within:", "nothing:").replace("<= bill", "= 0元")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pack(properties: str = GOOD) -> None:
    write_files(
        Path("mini"), {"facts": FACTS, "parameters": SHARE, "properties": properties}, {"benefits/aid.yaml": AID}
    )


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["verify", *arguments, "--lang", "en", "--jobs", "1"])


def test_everything_as_the_pack_says_ends_with_0() -> None:
    pack()
    result = run("mini")
    assert result.exit_code == 0, result.output
    assert "✓ within the bill   proved for households of any size" in result.output
    assert "1 property: 1 proved, 0 refuted, 0 not decided; 0 faults in the structure;" in result.output


def test_a_refuted_property_ends_with_1_and_its_household_is_saved_as_a_scenario() -> None:
    pack(GOOD + BAD)
    result = run("mini", "--no-structure", "--save", "mini/scenarios.yaml")
    assert result.exit_code == 1, result.output
    assert "mini/scenarios.yaml: 1 scenario" in result.output
    tested = CliRunner().invoke(app, ["test", "mini", "--lang", "en"])
    assert tested.exit_code == 0, tested.output
    assert "1 of them to be confirmed" in tested.output


def test_json_has_the_household_and_what_is_proved() -> None:
    pack(GOOD + BAD)
    result = run("mini", "--no-structure", "--json")
    content = json.loads(result.output)
    proved, refuted = content["properties"]
    assert (proved["outcome"], proved["members"]) == ("proved", None)
    assert refuted["outcome"] == "refuted"
    assert refuted["households"][0]["members"][0]["bill"] not in ("0", None)
    assert content["structure"] is None
    assert content["complete"] is True


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("nowhere",), ("there is no pack `nowhere`",)),
        (("mini", "--property", "witin"), ("there is no property `witin`", "did you mean `within`?")),
        (("mini", "--property", "zzz"), ("there is no property `zzz`", "there are: `")),
        (("mini", "--on", "yesterday"), ("`yesterday` isn't a date",)),
    ],
)
def test_wrong_input_is_told_in_a_line_with_a_hint(arguments: tuple[str, ...], fragments: tuple[str, ...]) -> None:
    pack()
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    for fragment in fragments:
        assert fragment in result.output
    assert "Traceback" not in result.output


def test_a_fault_in_a_property_is_told_with_its_place() -> None:
    pack(GOOD.replace("received(aid)", "received(aidd)"))
    result = run("mini")
    assert result.exit_code == 2, result.output
    assert "mini/properties.yaml:4:20: " in result.output
    assert "did you mean" in result.output


def test_a_pack_without_properties_is_still_looked_at() -> None:
    pack("")
    result = run("mini")
    assert result.exit_code == 0, result.output
    assert "0 properties: 0 proved, 0 refuted, 0 not decided; 0 faults in the structure;" in result.output


def test_without_the_solver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pack()
    monkeypatch.setitem(sys.modules, "z3", None)
    result = run("mini")
    assert result.exit_code == 2, result.output
    assert "this needs the package `z3-solver`" in result.output
    assert "pip install 'policyengine-packs[verify]'" in result.output


def test_an_interrupted_run_praises_nothing_that_was_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    pack()
    monkeypatch.setattr("policyengine.verifying.running.as_completed", interrupted)
    result = run("mini")
    assert result.exit_code == 130
    assert result.output == (
        "Mini · 2018-01-01\n\nStructure\n  ? not looked at to the end\n\n"
        f"0 properties: 0 proved, 0 refuted, 0 not decided; 0 faults in the structure; {result.output.split()[-6]} s; "
        "interrupted before the end\n"
    )


def test_an_interrupted_run_tells_what_it_has_and_ends_with_130() -> None:
    command = [sys.executable, "-m", "policyengine", "verify", "qingdao", "--lang", "en", "--jobs", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ, start_new_session=True
    )
    time.sleep(4)  # long enough to begin, much too short to end
    os.killpg(process.pid, signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert "Traceback" not in out + error
    assert process.returncode == 130
