"""Medical assistance of 淄博 as functions written by hand, with the readings taken: the yardsticks.

Both read the same dictionary, compute exactly, round half up where the plan's figures are rounded, and return each
member's status and amount in yuan. They know nothing of what isn't given, explain nothing, and check only that no money
is finer than a fen. One counts in decimals, as the figures come; the other in whole fen, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FEN, ZERO = Decimal("0.01"), Decimal("0.00")
PRIORITY_RATIO, REGULAR_RATIO, REGULAR_CEILING = Decimal("0.75"), Decimal("0.40"), Decimal(15_000)
REGULAR_CEILING_IN_FEN = 15_000_00
Results = dict[str, tuple[str, Decimal]]  # status and amount by the member's id


def in_decimals(household: Mapping[str, Any], standard: Decimal, ceiling: Decimal) -> Results:
    """The dibao standard and the ceiling of priority groups are yuan."""
    members = household["members"]
    per_head = (yuan(household["household_income"]) / len(members)).quantize(FEN, ROUND_HALF_UP)
    if per_head < standard:
        income_class = "below"
    elif per_head <= standard * Decimal("1.5"):
        income_class = "margin"
    elif per_head <= standard * 2:
        income_class = "low_income"
    else:
        income_class = "above"
    results = {}
    for member in members:
        left = max(yuan(member["medical_costs_in_scope"]) - yuan(member["basic_insurance_reimbursed"]), ZERO)
        burden = max(left - yuan(member["major_illness_insurance_reimbursed"]), ZERO)
        ratio = limit = ZERO
        if member["dibao_recipient"] or member["tekun"]:
            ratio, limit = PRIORITY_RATIO, ceiling
        elif income_class in ("margin", "low_income") or member["illness_poverty_patient"] or member["registered_poor"]:
            ratio, limit = REGULAR_RATIO, REGULAR_CEILING
        if ratio and burden:
            amount = min((ratio * burden).quantize(FEN, ROUND_HALF_UP), limit, burden)
            results[member["id"]] = ("eligible", amount)
        else:
            results[member["id"]] = ("ineligible", ZERO)
    return results


def yuan(given: int | str) -> Decimal:
    amount = Decimal(given)
    if amount != amount.quantize(FEN):
        raise ValueError(f"finer than a fen: {given}")
    return amount


def in_fen(household: Mapping[str, Any], standard: int, ceiling: int) -> Results:
    """The dibao standard and the ceiling of priority groups are fen."""
    members = household["members"]
    size = len(members)
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
        left = max(fen(member["medical_costs_in_scope"]) - fen(member["basic_insurance_reimbursed"]), 0)
        burden = max(left - fen(member["major_illness_insurance_reimbursed"]), 0)
        percent = limit = 0
        if member["dibao_recipient"] or member["tekun"]:
            percent, limit = 75, ceiling
        elif income_class in ("margin", "low_income") or member["illness_poverty_patient"] or member["registered_poor"]:
            percent, limit = 40, REGULAR_CEILING_IN_FEN
        if percent and burden:
            amount = min((percent * burden + 50) // 100, limit, burden)
            results[member["id"]] = ("eligible", Decimal(amount).scaleb(-2))
        else:
            results[member["id"]] = ("ineligible", ZERO)
    return results


def fen(given: int | str) -> int:
    if type(given) is int:
        return given * 100
    amount = Decimal(given) * 100
    whole = int(amount)
    if whole != amount:
        raise ValueError(f"finer than a fen: {given}")
    return whole
