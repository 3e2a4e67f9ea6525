"""Batches of households, and code that computes a column of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from policyengine.interpreters.population.columns import Column, Truths
from policyengine.interpreters.population.members import Nesting

CONSTANT, HOUSEHOLD, PERSON = 0, 1, 2  # of what there is one value


@dataclass
class Batch:
    """Households and what is stated of them. facts: columns by fact; stated: of optional facts, whether there is one."""

    nesting: Nesting
    facts: Mapping[str, Column]
    stated: Mapping[str, Truths] = field(default_factory=dict)
    kept: dict[Any, Column] = field(default_factory=dict)  # what has been computed and is used again


class Code(NamedTuple):
    """level: of what there is one value. value: the same for every batch, or None. reach: the options that a choice can
    come to in any batch, as bits of its type; None: any."""

    level: int
    of: Callable[[Batch], Column]
    value: Column | None = None
    reach: int | None = None


class Columns:
    """A program ready for batches. variables: the code of every variable needed, in order."""

    def __init__(self, codes: Mapping[str, Code]) -> None:
        self.variables = codes

    def expect(self, persons: int) -> None:
        """So many persons are about to come in batches."""

    def run(self, batch: Batch, name: str) -> Column:
        """A variable's column; computed when first asked for. A single value stands for all rows."""
        code = self.variables[name]
        with np.errstate(over="ignore"):  # beside an open end, where the result is left aside
            return code.of(batch)

    def level(self, name: str) -> int:
        return self.variables[name].level


def kept(name: Any, of: Callable[[Batch], Column]) -> Callable[[Batch], Column]:
    """What is computed once in a batch, however often it is asked for."""

    def once(batch: Batch) -> Column:
        found = batch.kept.get(name)
        if found is None:
            found = batch.kept[name] = of(batch)
        return found

    return once
