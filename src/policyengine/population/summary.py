"""What a population comes to: how many are entitled to each benefit and for how much, and what leaves others open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from policyengine.population.results import MISSING, STATUSES, Tables, column_name, in_language

if TYPE_CHECKING:
    from policyengine.population.deciding import Plan


@dataclass
class Entitled:
    """Of one benefit: rows by status, households with at least one entitled, and the yuan due to them.

    cost: the sum of what is exact; more: at least this much beyond it, of amounts that have only bounds.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    households: int = 0
    cost: Any = 0
    more: Any = 0


@dataclass
class Summary:
    plan: Plan
    benefits: dict[str, Entitled] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)

    def add(self, found: Tables) -> None:
        lang = self.plan.labels
        for outcome in self.plan.outcomes:
            if outcome.applies is None:
                table = found.persons if outcome.scope == "person" else found.households
                self._count(self.benefits.setdefault(outcome.id, Entitled()), outcome, table)
        for table in (found.households, found.persons):
            for chunk in table.column(in_language(MISSING, lang)).chunks:
                counted = pc.value_counts(chunk.flatten())
                for item in counted.to_pylist():
                    self.missing[item["values"]] += item["counts"]

    def _count(self, entitled: Entitled, outcome: Any, table: pa.Table) -> None:
        lang = self.plan.labels
        status = table.column(column_name(outcome, "status", lang)).cast(pa.string())
        for item in pc.value_counts(status).to_pylist():
            entitled.statuses[_english(item["values"])] += item["counts"]
        eligible = pc.equal(status, in_language(STATUSES[2], lang))
        if outcome.scope == "person":
            entitled.households += len(pc.unique(table.column(0).filter(eligible)))
        else:
            entitled.households += pc.sum(eligible).as_py() or 0
        if outcome.amount is not None:
            for part in ("amount", "at_least"):
                total = pc.sum(
                    table.column(column_name(outcome, part, lang)).filter(eligible).cast(pa.decimal128(38, 2))
                )
                if part == "amount":
                    entitled.cost += total.as_py() or 0
                else:
                    entitled.more += total.as_py() or 0


def _english(word: str) -> str:
    return next((text.en for text in STATUSES if word in (text.zh, text.en)), word)
