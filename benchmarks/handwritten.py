"""Medical assistance of 淄博 as a function written by hand, with the readings taken: the yardstick.

It reads the same dictionary, counts in whole fen, rounds half up where the plan's figures are rounded, and returns
yuan. It knows nothing of what isn't given, explains nothing, and checks only that no money is finer than a fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

REGULAR_CEILING = 15_000_00  # fen
ZERO = Decimal("0.00")


def medical_assistance(household: Mapping[str, Any], standard: int, ceiling: int) -> dict[str, tuple[str, Decimal]]:
    """Status and amount (yuan) of each member by id; the dibao standard and the ceiling of priority groups in yuan."""
    members = household["members"]
    size, standard, ceiling = len(members), standard * 100, ceiling * 100
    per_head = (2 * fen(household["household_income"]) + size) // (2 * size)
    if per_head < standard:
        income_class = "below"
    elif 2 * per_head <= 3 * standard:
        income_class = "margin"
    elif per_head <= 2 * standard:
        income_class = "low_income"
    else:
        income_class = "above"
    results = {}
    for member in members:
        costs = fen(member["medical_costs_in_scope"])
        left = max(costs - fen(member["basic_insurance_reimbursed"]), 0)
        burden = max(left - fen(member["major_illness_insurance_reimbursed"]), 0)
        if member["dibao_recipient"] or member["tekun"]:
            percent, limit = 75, ceiling
        elif income_class in ("margin", "low_income") or member["illness_poverty_patient"] or member["registered_poor"]:
            percent, limit = 40, REGULAR_CEILING
        else:
            percent = limit = 0
        if percent and burden > 0:
            amount = min((percent * burden + 50) // 100, limit, burden)
            results[member["id"]] = ("eligible", Decimal(amount).scaleb(-2))
        else:
            results[member["id"]] = ("ineligible", ZERO)
    return results


def fen(yuan: int | str) -> int:
    if type(yuan) is int:
        return yuan * 100
    amount = Decimal(yuan) * 100
    whole = int(amount)
    if whole != amount:
        raise ValueError(f"finer than a fen: {yuan}")
    return whole
