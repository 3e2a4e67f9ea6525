"""What a population comes to: how many are entitled to each benefit and for how much, and what leaves others open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine.population.nesting import one_array
from policyengine.population.results import MISSING, STATUSES, Outcome, Tables, column_name, in_language

if TYPE_CHECKING:
    from policyengine.population.deciding import Plan

ELIGIBLE = 2  # the place in STATUSES


@dataclass
class Entitled:
    """Of one benefit: rows by status, households with at least one entitled, and the yuan due to them.

    cost: the sum of what is exact; more: at least this much beyond it, of amounts that have only bounds.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    households: int = 0
    cost: Decimal = Decimal(0)
    more: Decimal = Decimal(0)


@dataclass
class Summary:
    plan: Plan
    benefits: dict[str, Entitled] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)

    def add(self, found: Tables) -> None:
        """Count a part's results, whose persons stand next to each other by household."""
        for person, table in ((False, found.households), (True, found.persons)):
            homes = _homes(table.column(0)) if person else None
            for outcome in self.plan.outcomes:
                if outcome.applies is None and (outcome.scope == "person") == person:
                    self._count(self.benefits.setdefault(outcome.id, Entitled()), outcome, table, homes)
            for chunk in table.column(in_language(MISSING, self.plan.labels)).chunks:
                items = chunk.flatten()
                for place, number in enumerate(np.bincount(items.indices.to_numpy(), minlength=1).tolist()):
                    if number:
                        self.missing[self.plan.program_names[place]] += number

    def _count(self, entitled: Entitled, outcome: Outcome, table: pa.Table, homes: Any) -> None:
        lang = self.plan.labels
        state = _joined(
            [chunk.indices.to_numpy() for chunk in table.column(column_name(outcome, "status", lang)).chunks]
        )
        for place, status in enumerate(STATUSES):
            if number := int(np.count_nonzero(state == place)):
                entitled.statuses[status.en] += number
        eligible = state == ELIGIBLE
        if homes is None:
            entitled.households += int(np.count_nonzero(eligible))
        else:
            theirs = homes[eligible]
            entitled.households += int(np.count_nonzero(theirs[1:] != theirs[:-1])) + bool(len(theirs))
        if outcome.amount is not None:
            entitled.cost += _yuan(table.column(column_name(outcome, "amount", lang)), eligible)
            entitled.more += _yuan(table.column(column_name(outcome, "at_least", lang)), eligible)


def _homes(ids: pa.ChunkedArray) -> Any:
    """Which household each person is of: a number that rises where the next household begins."""
    flat = one_array(ids)
    changes = pc.not_equal(flat.slice(1), flat.slice(0, max(0, len(flat) - 1))).to_numpy(zero_copy_only=False)
    return np.cumsum(np.concatenate(([False], changes))[: len(flat)], dtype=np.int32)


def _yuan(amounts: pa.ChunkedArray, counted: Any) -> Decimal:
    """The sum of the amounts that are counted and not null. Each is whole fen of 64 bits, their sum may be more."""
    first = fen = 0
    for chunk in amounts.chunks:
        wanted, first = counted[first : first + len(chunk)], first + len(chunk)
        if chunk.null_count == len(chunk):
            continue
        if chunk.null_count:
            wanted = wanted & chunk.is_valid().to_numpy(zero_copy_only=False)
        words = np.frombuffer(chunk.buffers()[1], np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
        taken = words[wanted]
        fen += (int((taken >> 32).sum()) << 32) + int((taken & 0xFFFF_FFFF).sum())
    return Decimal(fen).scaleb(-2)


def _joined(parts: list[Any]) -> Any:
    return np.concatenate([np.zeros(0, np.int8), *parts])
