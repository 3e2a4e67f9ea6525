"""The parser's tables are kept beside the compiled modules, and nothing depends on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from policyengine.authoring.formula import parse_formula
print(parse_formula("人均收入 <= 1.5 × 低保标准 and not a in (b, c)"))
"""


def parsed(prefix: Path, **environment: str) -> str:
    """What a new process prints of a formula, its compiled modules below a folder."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    kept |= {"PYTHONPYCACHEPREFIX": str(prefix), "PYTHONUTF8": "1", **environment}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=kept, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def tables(prefix: Path) -> list[Path]:
    return list(prefix.rglob("*.lark"))


def test_tables_are_kept_where_python_keeps_compiled_modules(tmp_path: Path) -> None:
    first = parsed(tmp_path)
    (kept,) = tables(tmp_path)
    written = kept.stat().st_mtime_ns
    assert parsed(tmp_path) == first
    assert kept.stat().st_mtime_ns == written  # read, and not made again
    assert kept.parent == next(tmp_path.rglob("formula.*.pyc")).parent


@pytest.mark.parametrize("damage", [b"", b"\x80", b"nothing of the kind\n\x80\x05N."])
def test_damaged_tables_are_made_again(tmp_path: Path, damage: bytes) -> None:
    first = parsed(tmp_path)
    (kept,) = tables(tmp_path)
    whole = kept.read_bytes()
    for content in (damage, whole[: len(whole) // 2], b"0" * 64 + whole[64:]):
        kept.write_bytes(content)
        assert parsed(tmp_path) == first
        assert kept.read_bytes() != content


def test_nothing_is_kept_where_python_may_not_write(tmp_path: Path) -> None:
    expected = parsed(tmp_path / "other")
    assert parsed(tmp_path / "none", PYTHONDONTWRITEBYTECODE="1") == expected
    assert tables(tmp_path / "none") == []
    (tmp_path / "file").touch()
    assert parsed(tmp_path / "file") == expected  # a folder that can't be made
