"""The wheel, installed away from the repository, carries the packs and works."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and the dependencies from this one, but not the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    venv.create(folder / "env", with_pip=False)
    site = next((folder / "env").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    # a plain path: .pth files inside it (an editable install of the checkout) aren't followed
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "env" / "bin" / "python"


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(python), *arguments], capture_output=True, text=True, cwd=cwd, encoding="utf-8")


def test_the_wheel_is_what_is_imported(installed: Path, tmp_path: Path) -> None:
    result = run(installed, "-c", "import policyengine; print(policyengine.__file__)", cwd=tmp_path)
    assert str(installed.parent.parent) in result.stdout, result.stderr


def test_explain_works_on_a_shipped_pack(installed: Path, tmp_path: Path) -> None:
    household = tmp_path / "household.yaml"
    household.write_text("members:\n  - {id: a, name: 张三, 低保对象: 是, 目录内医疗费用: 10000元}\n", encoding="utf-8")
    arguments = ["-m", "policyengine", "explain", "zibo", str(household), "--on", "2018-06-01", "--lang", "zh"]
    result = run(installed, *arguments, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "医疗救助" in result.stdout


def test_the_installed_pack_checks_clean(installed: Path, tmp_path: Path) -> None:
    result = run(installed, "-m", "policyengine", "check", "zibo", "--lang", "en", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 errors, 0 warnings" in result.stdout


def test_pytest_collects_the_scenarios_of_a_foreign_repository(installed: Path, tmp_path: Path) -> None:
    made = run(installed, "-m", "policyengine", "new", "ourtown", "--in", "policies", "--lang", "en", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    result = run(installed, "-m", "pytest", "policies", "-v", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "policies/ourtown/scenarios/student_grant.yaml::困难家庭的学生 PASSED" in result.stdout, result.stdout
    assert result.returncode == 0
