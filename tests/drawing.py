"""Where random choices come from, and the few figures, days and options that random programs and households are made of.

Figures are small and come from few pools, so that facts meet thresholds and bands exactly, or just beside.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st

from policyengine import ir
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType, Scope
from policyengine.units import DAYS, MONTHS, PERSONS, RANK, RATIO, YEARS, YUAN, Unit

T = TypeVar("T")
EFFECTIVE = date(2018, 6, 1)
CONDITION, DATE = ConditionType(), DateType()
YUAN_EACH = YUAN / PERSONS
OPTIONS = ("nought", "low", "middle", "high", "other")
CHOICES = (
    ChoiceType(("nought", "other")),
    ChoiceType(("low", "middle", "high")),
    ChoiceType(("nought", "low", "high")),
    ChoiceType(("low", "high")),
)
SCALES: dict[Unit, tuple[int, ...]] = {RATIO: (10_000, 100), YUAN: (100,), YUAN_EACH: (100,), PERSONS: (1,), YEARS: (1,), MONTHS: (1,), DAYS: (1,), RANK: (1,)}  # fmt: skip
UNITS = (YUAN, YUAN_EACH, RATIO, PERSONS, YEARS, MONTHS, DAYS, RANK)
COMMON_UNITS = (YUAN, RATIO, YUAN_EACH, PERSONS, YEARS, YUAN, YUAN_EACH, RATIO, MONTHS, DAYS, RANK)
PRODUCTS: dict[Unit, tuple[tuple[Unit, Unit], ...]] = {
    **{unit: ((unit, RATIO), (RATIO, unit)) for unit in UNITS},
    YUAN: ((YUAN, RATIO), (RATIO, YUAN), (YUAN_EACH, PERSONS)),
}
QUOTIENTS: dict[Unit, tuple[tuple[Unit, Unit | None], ...]] = {
    **{unit: ((unit, None), (unit, RATIO)) for unit in UNITS},
    RATIO: ((RATIO, None), (YUAN, YUAN), (PERSONS, PERSONS)),
    YUAN_EACH: ((YUAN_EACH, None), (YUAN, PERSONS)),
}
FIGURES: dict[Unit, tuple[Fraction, ...]] = {
    RATIO: tuple(map(Fraction, ("0", "1", "1/2", "3/4", "1/10", "0.05", "2", "-1/2"))),
    YUAN: tuple(map(Fraction, ("0", "1", "2", "10", "1/2", "100", "1000", "-5"))),
    YUAN_EACH: tuple(map(Fraction, ("0", "1", "2", "10", "1/2", "100", "1000", "-5"))),
    PERSONS: tuple(map(Fraction, (0, 1, 2, 3, 4))),
    YEARS: tuple(map(Fraction, (0, 1, 2, 17, 18, 60, 2018))),
    MONTHS: tuple(map(Fraction, (0, 1, 2, 12, 13))),
    DAYS: tuple(map(Fraction, (0, 1, 28, 30, 366))),
    RANK: tuple(map(Fraction, (1, 2, 3))),
}
DAYS_TO_MEET = tuple(
    date.fromisoformat(day).toordinal()
    for day in (
        "2018-06-01",
        "2018-05-31",
        "2018-01-31",
        "2017-02-28",
        "2016-02-29",
        "2000-06-01",
        "2000-03-01",
        "1958-06-02",
    )
)
STEPS = tuple(map(Fraction, ("1/100", "1", "1/10000", "5", "1/2", "10")))
VISIBLE: dict[Scope, tuple[Scope, ...]] = {
    "area": ("area",),
    "household": ("area", "household"),
    "person": ("area", "household", "person"),
}


class Source:
    """Where choices come from. Every choice is a whole number below some other; 0 is the simplest."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def pick(self, options: Sequence[T]) -> T:
        return options[0] if len(options) == 1 else options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def shuffled(self, items: Sequence[T]) -> list[T]:
        rest = list(items)
        return [rest.pop(self.below(len(rest)) if len(rest) > 1 else 0) for _ in items]


def seeded(seed: int) -> Source:
    return Source(random.Random(seed).randrange)


def drawn(draw: Callable[[st.SearchStrategy[bytes]], bytes]) -> Source:
    """Choices that Hypothesis draws, and can make simpler, a block of them at a time: one by one takes ten times as long."""
    return Source(Blocks(draw).below)


BLOCK = 192
BLOCKS = st.binary(min_size=BLOCK, max_size=BLOCK)


class Blocks:
    """Choices cut from blocks of bytes. Smaller bytes make smaller choices; too few left of a block draw another."""

    def __init__(self, draw: Callable[[st.SearchStrategy[bytes]], bytes]) -> None:
        self.draw, self.left = draw, b""

    def below(self, number: int) -> int:
        size = 3 if number <= 0x10000 else number.bit_length() // 8 + 2  # bits to spare, so that none is chosen rarely
        if len(self.left) < size:
            self.left = self.draw(BLOCKS)
        place, self.left = int.from_bytes(self.left[:size], "big"), self.left[size:]
        return place * number >> 8 * size


def figure(source: Source, type_: ir.Type) -> int:
    """A small number on the type's scale, often one that other figures meet, or just beside it."""
    beside = source.pick((0, 0, 0, 0, 1, -1))
    if isinstance(type_, DateType):
        return source.pick(DAYS_TO_MEET) + beside
    assert isinstance(type_, NumberType)
    return int(source.pick(FIGURES.get(type_.unit, FIGURES[PERSONS])) * type_.scale) + beside


def mask_of(type_: ChoiceType) -> int:
    return sum(1 << OPTIONS.index(option) for option in type_.options)


def bits(mask: int) -> list[int]:
    return [1 << place for place in range(mask.bit_length()) if mask >> place & 1]
