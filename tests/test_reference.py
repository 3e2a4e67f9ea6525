"""The reference pages say what the code says: they are written by docs/generate.py, and these are its latest."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from policyengine.catalogue import CATALOGUE

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("generate")


@pytest.mark.parametrize("name", ["diagnostics.md", "pack-format.md", "regions.md"])
def test_the_committed_page_is_the_one_that_is_written_now(name: str, generate: ModuleType) -> None:
    committed = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert committed == generate.PAGES[name](), "run `make docs`"


def test_every_written_page_is_compared(generate: ModuleType) -> None:
    assert sorted(generate.PAGES) == ["diagnostics.md", "pack-format.md", "regions.md"]


def test_every_code_is_in_the_reference_once(generate: ModuleType) -> None:
    lines = generate.PAGES["diagnostics.md"]().splitlines()
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    never = [
        line.split(":")[0].removeprefix("- ")
        for line in lines[lines.index("## Never shown") :]
        if line.startswith("- ")
    ]
    assert sorted([*headings, *never]) == sorted(CATALOGUE)


def test_every_key_of_every_file_has_a_meaning(generate: ModuleType) -> None:
    rows = [line for line in generate.PAGES["pack-format.md"]().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert all(len(row.split(" | ")) == 4 and row.split(" | ")[3].rstrip(" |") for row in rows)
