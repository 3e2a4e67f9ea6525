"""The commands for a change end with a line or two: a wrong pack, a missing extra, an interruption at any moment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policyengine.cli import app
from policyengine.packs import shipped_packs

HOME = "members:\n  - {id: a, 低保对象: 是}\n"
ON = ("--on", "2019-06-01")
VARIED = ("home.yaml", *ON, "--vary", "家庭年收入", "--from", "0", "--to", "1000元", "--step", "500元")
COMMANDS = {
    "test": (),
    "coverage": (),
    "generate": (),
    "mutate": (),
    "verify": (),
    "compare": (*ON, "--on-new", "2018-12-31"),
    "cliffs": VARIED,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home.yaml").write_text(HOME, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_pack_is_told_with_the_likeliest_meant(command: str) -> None:
    ended = CliRunner().invoke(app, [command, "zbo", *COMMANDS[command], "--lang", "zh"])
    assert ended.exit_code == 2
    assert ended.output == "没有规则包 `zbo` [unknown-pack]\n提示：是否想写 `zibo`？\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_reform_is_told_with_the_likeliest_meant(command: str) -> None:
    ended = CliRunner().invoke(app, [command, "zibo", *COMMANDS[command], "--reform", "ratio_8", "--lang", "en"])
    assert ended.exit_code == 2
    assert ended.output == "there is no reform `ratio_8` [unknown-reform]\nhint: did you mean `ratio_80`?\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_an_interruption_while_the_pack_is_read_ends_with_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("policyengine.packs.read_folder", interrupted)
    ended = CliRunner().invoke(app, [command, "zibo", *COMMANDS[command], "--lang", "en"])
    assert ended.exit_code == 130
    assert ended.output.startswith("interrupted")
    assert ended.output.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "module", "status", "told"),
    [
        (
            "generate",
            "z3",
            2,
            "this needs the package `z3-solver`, which isn't installed [extra-needed]\nhint: pip install",
        ),
        (
            "verify",
            "z3",
            2,
            "this needs the package `z3-solver`, which isn't installed [extra-needed]\nhint: pip install",
        ),
        ("cliffs", "z3", 4, "No cliff in what is settled"),  # needs no solver
    ],
)
def test_a_missing_extra_is_told_in_a_process_without_it(command: str, module: str, status: int, told: str) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from policyengine.cli import main; main()"
    arguments = [sys.executable, "-c", code, command, "zibo", *COMMANDS[command], "--lang", "en"]
    ended = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == status, ended.stderr
    assert told in (ended.stderr if status == 2 else ended.stdout)
    assert "Traceback" not in ended.stderr


def test_check_tells_what_is_wrong_with_properties_which_need_no_solver_for_it(tmp_path: Path) -> None:
    copy_pack("zibo", tmp_path)
    properties = tmp_path / "zibo" / "properties.yaml"
    lines = properties.read_text(encoding="utf-8").splitlines(keepends=True)
    lines += ["odd:\n", "  for: person\n", "  label: 多余的性质\n", "  provisions: [ZB-945]\n", "  always: entitled(medical_asistance)\n"]  # fmt: skip
    properties.write_text("".join(lines), encoding="utf-8")
    ended = CliRunner().invoke(app, ["check", str(tmp_path / "zibo"), "--lang", "en"])
    assert ended.exit_code == 1
    place = f"zibo/properties.yaml:{len(lines) - 1}:16"
    assert f"{place}: there is no clause `ZB-945` among the provisions [unknown-provision]" in ended.output
    assert f"zibo/properties.yaml:{len(lines)}:20: unknown name `medical_asistance` [unknown-name]" in ended.output
    assert "did you mean the benefit `medical_assistance`" in ended.output


def copy_pack(name: str, folder: Path) -> None:
    for one in (name, "common"):
        shutil.copytree(shipped_packs()[one], folder / one)


def test_the_version_is_printed_and_nothing_else_is_done() -> None:
    done = CliRunner().invoke(app, ["--version", "explain"])
    assert (done.exit_code, done.output) == (0, f"policyengine-packs {version('policyengine-packs')}\n")
