"""What is measured: medical assistance of 淄博 alone, and random three-person households that are complete for it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import policyengine

ON = "2018-06-01"
BENEFIT = "medical_assistance"
STANDARD, CEILING = 4200, 20000  # yuan; the plan states neither exactly, so the caller gives both
PARAMETERS = {"rural_dibao_standard": STANDARD, "medical_assistance_ceiling": CEILING}
STATUSES = ("dibao_recipient", "tekun", "illness_poverty_patient", "registered_poor")
COSTS = ("medical_costs_in_scope", "basic_insurance_reimbursed", "major_illness_insurance_reimbursed")


def medical_assistance_alone() -> policyengine.Pack:
    """The pack of 淄博 with every other benefit, indicator and payer taken out."""
    policy = policyengine.load("zibo").policy
    payers = {
        key: chain.model_copy(update={"order": tuple(step for step in chain.order if step.benefit in (None, BENEFIT))})
        for key, chain in policy.payers.items()
    }
    alone = replace(
        policy, benefits={BENEFIT: policy.benefits[BENEFIT]}, indicators={}, exclusions={}, ceilings={}, payers=payers
    )
    return policyengine.Pack(alone)


def households(number: int, seed: int, *, as_text: bool = False) -> list[dict[str, Any]]:
    """Random households of three. Money is whole yuan, or (as_text) a text with fen such as "1234.50"."""
    source = random.Random(seed)
    return [_household(source, as_text) for _ in range(number)]


def _household(source: random.Random, as_text: bool) -> dict[str, Any]:
    # every class of income comes up, and each of the bounds between them
    per_head = source.choice((source.randrange(3 * STANDARD), STANDARD, STANDARD * 3 // 2, STANDARD * 2))
    income = 3 * per_head + source.choice((0, 0, 1, -1)) if per_head else 0
    return {
        "rural_household": True,  # who is held against which dibao standard is a reading
        "household_income": f"{income}.00" if as_text else income,
        "members": [dict(_member(source, name, as_text)) for name in ("zhang", "li", "xiaoming")],
    }


def _member(source: random.Random, name: str, as_text: bool) -> Iterator[tuple[str, Any]]:
    yield "id", name
    for status in STATUSES:
        yield status, source.random() < 0.25
    cents = 100 if as_text else 1
    costs = source.choice((0, source.randrange(1, 10_000 * cents), source.randrange(1, 100_000 * cents)))
    basic = source.randrange(costs + 1)
    major = source.choice((0, source.randrange(costs + 1)))  # sometimes more than what was left
    for fact, amount in zip(COSTS, (costs, basic, major), strict=True):
        yield fact, f"{amount // 100}.{amount % 100:02d}" if as_text else amount
