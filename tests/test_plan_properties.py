"""What the plans are meant to do for every household is proved, or broken in the way that the pack says; nothing in them is dead.

How long each plan took is printed: `pytest -s`. The structure of all plans is looked at with --long.
"""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("z3", reason="the extra `verify` isn't installed")

import policyengine
from policyengine.verifying.running import Report, Wanted, verify
from policyengine.verifying.telling import lines
from policyengine.verifying.verdicts import Proved

PLANS = ("qingdao", "shangjie", "zhanjiang", "zibo", "ziyang")
PATIENCE = 120.0  # seconds for one property, on a machine with other work


def told(report: Report) -> str:
    return "\n".join(lines(report, "en"))


@pytest.mark.parametrize("plan", PLANS)
def test_every_property_of_a_plan_is_as_the_plan_says(plan: str, record_property: Any) -> None:
    report = verify(policyengine.load(plan), Wanted(structure=False, seconds=PATIENCE), jobs=1)
    assert len(report.verdicts) >= 8
    assert report.is_good, told(report)
    proved = sum(isinstance(item.outcome, Proved) for item in report.verdicts)
    record_property(
        "counted",
        f"{plan}: {proved} properties proved, {len(report.verdicts) - proved} refuted as the pack says; {report.seconds:.0f} s",
    )


@pytest.mark.long
@pytest.mark.parametrize("plan", PLANS)
def test_nothing_in_a_plan_is_dead(plan: str) -> None:
    report = verify(policyengine.load(plan), Wanted(only=(), seconds=PATIENCE), jobs=2)
    assert report.findings is not None
    assert [item for item in report.findings if item.is_fault] == [], told(report)
