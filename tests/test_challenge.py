"""Rules of other countries, with the worked figures that their authorities and others have published."""

from __future__ import annotations

from pathlib import Path

import pytest

import policyengine
from policyengine.checking import check
from policyengine.testing.scenarios import run_scenarios

FOLDER = Path(__file__).parent / "challenge"
RULES = sorted(path.parent for path in FOLDER.glob("*/pack.yaml"))
LEAST = {
    "france_family_allowance": 80,
    "germany_parental_allowance": 15,
    "japan_livelihood": 40,
    "netherlands_deductible": 6,
    "sweden_medicines": 20,
}


@pytest.mark.parametrize("folder", RULES, ids=lambda path: path.name)
def test_published_figures_come_out(folder: Path) -> None:
    outcomes = list(run_scenarios(policyengine.load(folder)))
    failed = [f"{outcome.place}: {outcome.failures or outcome.errors}" for outcome in outcomes if not outcome.passed]
    assert not failed, "\n".join(failed)
    assert len(outcomes) >= LEAST[folder.name]


@pytest.mark.parametrize("folder", RULES, ids=lambda path: path.name)
def test_foreign_packs_pass_check_without_warnings(folder: Path) -> None:
    report = check(policyengine.load(folder).policy)
    assert [item.render() for item in report.diagnostics] == []


def test_every_rule_is_there() -> None:
    assert {folder.name for folder in RULES} == set(LEAST)
