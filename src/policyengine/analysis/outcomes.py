"""What a change comes to in a population: records that need no numpy, for reports and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from policyengine.amounts import Amount, amount_of, plain_amount
from policyengine.ir import NumberType
from policyengine.text import Text


class Cost(NamedTuple):
    """Yuan a year under the old and the new rules. difference: new - old; narrower than the two apart, where both are open."""

    old: Amount
    new: Amount
    difference: Amount


class Counts(NamedTuple):
    """Persons or households surely entitled under old and new; those who surely gain or lose that; those who may."""

    old: int
    new: int
    gained: int
    lost: int
    may_move: int


@dataclass(frozen=True)
class Line:
    """One benefit, or one family of two regions. cost: None where there is no amount.

    more, less: households that surely get more, or less, of it.
    """

    id: str
    label: Text
    payer: Text | None
    cost: Cost | None
    counts: Counts
    more: int
    less: int

    @property
    def moves(self) -> bool:
        """Is it surely another for somebody?"""
        return bool(self.more or self.less or self.counts.gained or self.counts.lost)


@dataclass(frozen=True)
class Tenth:
    """number: 1 for the lowest tenth, None for households of whom the number isn't known. limits: its least and most."""

    number: int | None
    limits: tuple[int, int] | None
    type: NumberType
    households: int
    winners: int
    losers: int
    unchanged: int
    undetermined: int
    cost: Cost


@dataclass(frozen=True)
class Impact:
    """Households decided under both sides: households = winners + losers + unchanged + undetermined.

    may_gain, may_lose: of the undetermined, those who can't lose, and those who can't gain. gains, losses: what winners and
    losers come to together. frame: an Arrow table with a row for each household (`polars.from_arrow(impact.frame)`).
    rejected: households that one side couldn't read; codes: why, by row.
    """

    households: int
    persons: int
    rejected: int
    codes: Mapping[str, int]
    winners: int
    losers: int
    unchanged: int
    undetermined: int
    may_gain: int
    may_lose: int
    gains: Amount
    losses: Amount
    cost: Cost
    lines: tuple[Line, ...]
    payers: tuple[tuple[Text, Cost], ...]
    by: Text | None
    tenths: tuple[Tenth, ...]
    frame: Any

    @property
    def has_effect(self) -> bool:
        """Is some benefit surely another for some household?"""
        return any(line.moves for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; amounts are exact decimals as text, or `at least` and `at most`."""
        return {
            "households": self.households,
            "persons": self.persons,
            "rejected": self.rejected,
            "rejected_rows": dict(self.codes),
            "winners": self.winners,
            "losers": self.losers,
            "unchanged": self.unchanged,
            "undetermined": self.undetermined,
            "undetermined_may_gain": self.may_gain,
            "undetermined_may_lose": self.may_lose,
            "gains": plain_amount(self.gains),
            "losses": plain_amount(self.losses),
            "cost": plain_cost(self.cost),
            "benefits": [
                {
                    "id": line.id,
                    "label": plain_text(line.label),
                    "payer": None if line.payer is None else plain_text(line.payer),
                    "cost": None if line.cost is None else plain_cost(line.cost),
                    "entitled": line.counts._asdict(),
                    "more": line.more,
                    "less": line.less,
                }
                for line in self.lines
            ],
            "payers": [{"payer": plain_text(name), "cost": plain_cost(cost)} for name, cost in self.payers],
            "by": None if self.by is None else plain_text(self.by),
            "tenths": [
                {
                    "tenth": item.number,
                    "from": None if item.limits is None else str(amount_of(item.limits[0], item.type)),
                    "to": None if item.limits is None else str(amount_of(item.limits[1], item.type)),
                    "households": item.households,
                    "winners": item.winners,
                    "losers": item.losers,
                    "unchanged": item.unchanged,
                    "undetermined": item.undetermined,
                    "cost": plain_cost(item.cost),
                }
                for item in self.tenths
            ],
        }


def plain_cost(cost: Cost) -> dict[str, Any]:
    return {name: plain_amount(amount) for name, amount in cost._asdict().items()}


def plain_text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
