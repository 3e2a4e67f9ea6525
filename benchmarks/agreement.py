"""Do the functions written by hand, the pack and the zen-engine models give the same answers, to the fen?"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import policyengine
from benchmarks.handwritten import in_decimals, in_fen
from benchmarks.subject import CEILING, ON, PARAMETERS, STANDARD, households


def decided(pack: policyengine.Pack, household: dict[str, Any]) -> dict[str, tuple[str, Decimal | None]]:
    """Status and amount of each member as the pack decides them."""
    found = pack.decide(household, on=ON, parameters=PARAMETERS).entitlements
    return {item.entity: (item.status, None if item.amount is None else item.amount.exact) for item in found}


def check(pack: policyengine.Pack, models: dict[str, Callable[[dict[str, Any]], Any]], number: int) -> int:
    """Compare over random households, money as numbers and as texts. Returns how many; raises AssertionError."""
    for as_text in (False, True):
        for household in households(number, seed=1, as_text=as_text):
            expected = in_fen(household, STANDARD * 100, CEILING * 100)
            again = in_decimals(household, Decimal(STANDARD), Decimal(CEILING))
            found = decided(pack, household)
            assert found == expected == again, (household, found, expected, again)
            for name, results in models.items() if not as_text else ():
                shown = results(household)
                assert shown == list(expected.values()), (name, household, shown, expected)
    return 2 * number
