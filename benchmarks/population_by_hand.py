"""Medical assistance of 淄博 over two Arrow tables, as a good engineer would write it: polars, numpy, and one numba loop.

Each computes exactly in whole fen and gives every person's status (eligible or not) and amount in fen.
They trust that the persons lie in the households' order, except polars, which joins. Nothing is checked or explained.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.subject import CEILING, COSTS, STANDARD, STATUSES

Tables = tuple[pa.Table, pa.Table]
Answers = tuple[Any, Any]  # of each person: eligible, amount in fen
FEN = 100
REGULAR_CEILING = 15_000 * FEN


def in_polars(homes: Any, persons: Any) -> Answers:
    """homes, persons: lazy frames."""
    import polars as pl

    standard, ceiling = STANDARD * FEN, CEILING * FEN
    size = pl.col("size")
    per_head = (2 * FEN * pl.col("household_income") + size) // (2 * size)
    sizes = persons.group_by("household_id").agg(size=pl.len().cast(pl.Int64))
    tested = homes.join(sizes, on="household_id").select(
        "household_id", tested=per_head.is_between(standard, 2 * standard)
    )
    costs, basic, major = (pl.col(name) for name in COSTS)
    burden = pl.col("burden")
    priority = pl.col("dibao_recipient") | pl.col("tekun")
    regular = pl.col("tested") | pl.col("illness_poverty_patient") | pl.col("registered_poor")
    amount = (
        pl.when(priority)
        .then(pl.min_horizontal((75 * burden + 50) // 100, ceiling, burden))
        .when(regular)
        .then(pl.min_horizontal((40 * burden + 50) // 100, REGULAR_CEILING, burden))
        .otherwise(0)
    )
    found = (
        persons.join(tested, on="household_id", how="left", maintain_order="left")
        .with_columns(burden=FEN * pl.max_horizontal(pl.max_horizontal(costs - basic, 0) - major, 0))
        .select(eligible=(priority | regular) & (burden > 0), amount=amount)
        .collect()
    )
    return found["eligible"].to_numpy(), found["amount"].to_numpy()


def columns(tables: Tables) -> dict[str, Any]:
    """The tables' columns, and where each household begins."""
    homes, persons = tables
    found = {name: column.to_numpy() for name, column in zip(persons.column_names, persons.columns)}
    found["income"] = homes.column("household_income").to_numpy()
    ids = found["household_id"]
    found["starts"] = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    return found


def in_numpy(tables: Tables) -> Answers:
    given = columns(tables)
    sizes = np.diff(given["starts"], append=len(given["household_id"]))
    standard, ceiling = STANDARD * FEN, CEILING * FEN
    per_head = (2 * FEN * given["income"] + sizes) // (2 * sizes)
    income_tested = np.repeat((per_head >= standard) & (per_head <= 2 * standard), sizes)
    left = np.maximum(given["medical_costs_in_scope"] - given["basic_insurance_reimbursed"], 0)
    burden = FEN * np.maximum(left - given["major_illness_insurance_reimbursed"], 0)
    priority = given["dibao_recipient"] | given["tekun"]
    regular = income_tested | given["illness_poverty_patient"] | given["registered_poor"]
    percent = np.where(priority, 75, np.where(regular, 40, 0))
    limit = np.minimum(np.where(priority, ceiling, REGULAR_CEILING), burden)
    return (percent > 0) & (burden > 0), np.minimum((percent * burden + 50) // 100, limit)


def in_numba(tables: Tables) -> Answers:
    given = columns(tables)
    return kernel()(
        given["starts"], given["income"], *(given[name] for name in (*STATUSES, *COSTS)), STANDARD * FEN, CEILING * FEN
    )


@cache
def kernel() -> Callable[..., Answers]:
    import numba

    def fused(
        starts: Any, income: Any, dibao: Any, tekun: Any, illness: Any, poor: Any, costs: Any, basic: Any, major: Any,
        standard: int, ceiling: int,
    ) -> Any:  # fmt: skip
        persons = len(costs)
        eligible, amounts = np.zeros(persons, np.bool_), np.zeros(persons, np.int64)
        for home in range(len(starts)):
            first = starts[home]
            last = starts[home + 1] if home + 1 < len(starts) else persons
            size = last - first
            per_head = (200 * income[home] + size) // (2 * size)
            tested = standard <= per_head <= 2 * standard
            for row in range(first, last):
                burden = 100 * max(max(costs[row] - basic[row], 0) - major[row], 0)
                if burden <= 0:
                    continue
                if dibao[row] or tekun[row]:
                    eligible[row] = True
                    amounts[row] = min((75 * burden + 50) // 100, ceiling, burden)
                elif tested or illness[row] or poor[row]:
                    eligible[row] = True
                    amounts[row] = min((40 * burden + 50) // 100, 1_500_000, burden)
        return eligible, amounts

    compiled: Callable[..., Answers] = numba.njit(cache=False)(fused)
    return compiled
