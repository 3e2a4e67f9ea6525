"""Do the function written by hand, the pack and the zen-engine models give the same answers, to the fen?"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import policyengine
from benchmarks.handwritten import medical_assistance
from benchmarks.subject import CEILING, ON, PARAMETERS, STANDARD, households


def decided(pack: policyengine.Pack, household: dict[str, Any]) -> dict[str, tuple[str, Decimal | None]]:
    """Status and amount of each member as the pack decides them."""
    found = pack.decide(household, on=ON, parameters=PARAMETERS).entitlements
    return {item.entity: (item.status, None if item.amount is None else item.amount.exact) for item in found}


def check(pack: policyengine.Pack, models: dict[str, Callable[[dict[str, Any]], Any]], number: int) -> int:
    """Compare over random households, money as numbers and as texts. Returns how many; raises AssertionError."""
    for as_text in (False, True):
        for household in households(number, seed=1, as_text=as_text):
            expected = medical_assistance(household, STANDARD, CEILING)
            found = decided(pack, household)
            assert found == expected, (household, found, expected)
            if as_text:
                continue
            for name, results in models.items():
                shown = results(household)
                assert shown == list(expected.values()), (name, household, shown, expected)
    return 2 * number
