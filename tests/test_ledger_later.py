"""The clauses of a shipped pack are read when something asks for them; those of a folder at once."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import policyengine
from policyengine import packs
from policyengine.authoring.pack import Ledger
from policyengine.cli import app
from policyengine.errors import PolicyError

POLICIES = Path(__file__).parent.parent / "policies"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of two packs that counts as what is shipped."""
    for name in ("zibo", "common"):
        shutil.copytree(POLICIES / name, tmp_path / name)
    monkeypatch.setattr(packs, "shipped_packs", lambda: {name: tmp_path / name for name in ("zibo", "common")})
    return tmp_path / "zibo"


def spoil(ledger: Path) -> None:
    ledger.write_text(ledger.read_text(encoding="utf-8").replace("class: eligibility", "class: nothing", 1), "utf-8")


def test_a_shipped_pack_and_its_folder_say_the_same() -> None:
    by_name, by_folder = policyengine.load("zibo"), policyengine.load(POLICIES / "zibo")
    assert isinstance(by_name.policy.provisions, Ledger)
    assert isinstance(by_folder.policy.provisions, dict)
    assert by_name.policy == by_folder.policy
    assert by_folder.policy == by_name.policy
    assert by_name.policy.digest == by_folder.policy.digest
    assert next(iter(by_name.policy.provisions)) == "ZB-001"


def test_a_faulty_ledger_of_a_shipped_pack_is_told_when_it_is_asked_for(shipped: Path) -> None:
    spoil(shipped / "provisions.yaml")
    pack = policyengine.load("zibo")
    with pytest.raises(PolicyError, match=r"provisions\.yaml"):
        pack.decide({"members": [{"id": "a"}]}, on="2018-06-01")
    with pytest.raises(PolicyError, match=r"provisions\.yaml"):
        policyengine.load(shipped)  # as a folder, at once


def test_whatever_else_is_wrong_the_ledger_is_told_with_it(shipped: Path) -> None:
    spoil(shipped / "provisions.yaml")
    (shipped / "between.yaml").write_text("payers: 3\n", encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        policyengine.load("zibo")
    assert {item.place.file.name.rsplit("/", 1)[-1] for item in raised.value.diagnostics if item.place is not None} == {
        "between.yaml",
        "provisions.yaml",
    }


def test_a_pack_is_pickled_with_its_ledger_or_without() -> None:
    pack = policyengine.load("zibo")
    again = pickle.loads(pickle.dumps(pack))
    assert again.policy.provisions == pack.policy.provisions
    assert pickle.loads(pickle.dumps(pack)).policy == pack.policy


@pytest.mark.parametrize(
    "command", [("check", "zibo"), ("ledger", "zibo"), ("test", "zibo", "--only", "低保对象，自付一万元")]
)
def test_commands_tell_a_faulty_ledger_in_a_line(shipped: Path, command: tuple[str, ...]) -> None:
    spoil(shipped / "provisions.yaml")
    result = CliRunner().invoke(app, [*command, "--lang", "zh"], env={"COLUMNS": "200"})
    assert result.exit_code not in (0, None)
    assert "provisions.yaml:" in result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)
