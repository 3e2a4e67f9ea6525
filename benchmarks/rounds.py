"""Measure things side by side: every round times each of them in turn, so that a busy machine slows all alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """microseconds: of each round, for one household."""

    microseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.microseconds)

    def times(self, yardstick: Measured) -> float:
        """How many times as long as the yardstick: the median over the rounds of the ratio within a round."""
        pairs = zip(self.microseconds, yardstick.microseconds, strict=True)
        return statistics.median(mine / other for mine, other in pairs)


def side_by_side(subjects: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, Measured]:
    """Each subject does one pass and returns how many households that were; it is repeated to take some 20 ms."""
    repeats = {name: _repeats(subject) for name, subject in subjects.items()}
    times: dict[str, list[float]] = {name: [] for name in subjects}
    gc.collect()
    for _ in range(rounds):
        for name, subject in subjects.items():
            times[name].append(_time(subject, repeats[name]) * 1e6)
    return {name: Measured(tuple(own)) for name, own in times.items()}


def _time(subject: Callable[[], int], repeats: int) -> float:
    """Seconds for one household."""
    start, households = time.perf_counter(), 0
    for _ in range(repeats):
        households += subject()
    return (time.perf_counter() - start) / households


def _repeats(subject: Callable[[], int], enough: float = 0.02) -> int:
    """How many passes take about 20 ms; warms up on the way."""
    repeats = 1
    while True:
        start = time.perf_counter()
        for _ in range(repeats):
            subject()
        took = time.perf_counter() - start
        if took >= enough:
            return repeats
        repeats *= max(2, int(enough / max(took, 1e-6)))
