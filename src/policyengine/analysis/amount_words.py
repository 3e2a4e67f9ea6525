"""Amounts of a comparison in few characters: exact, or with the bounds they have."""

from __future__ import annotations

from decimal import Decimal

from policyengine.amounts import Amount
from policyengine.text import Lang


def short(amount: Amount, lang: Lang, *, signed: bool = False) -> str:
    """`1,234.50`, `≥ 1,234.50`, `≤ …`, `… to …`, or that nothing is known. signed: a gain has its plus."""
    low, high = (None if end is None else _figure(end, signed) for end in amount)
    if low is not None and amount.low == amount.high:
        return low
    if low is None and high is None:
        return "不知道" if lang == "zh" else "not known"
    if high is None:
        return f"≥ {low}"
    if low is None:
        return f"≤ {high}"
    return f"{low} 至 {high}" if lang == "zh" else f"{low} to {high}"


def _figure(value: Decimal, signed: bool) -> str:
    return f"{value:+,.2f}" if signed and value else f"{value:,.2f}"
