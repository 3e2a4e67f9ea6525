"""Medical assistance of 淄博 over two Parquet files, as a good engineer would write it: polars, numpy, and one numba loop.

Each reads the files, computes exactly in whole fen, and gives every person's status (eligible or not) and amount in fen.
They trust that the persons lie in the households' order, except polars, which joins. Nothing is checked or explained.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.subject import CEILING, STANDARD, STATUSES

Files = tuple[Path, Path]
Answers = tuple[Any, Any]  # of each person: eligible, amount in fen
FEN = 100
REGULAR_CEILING = 15_000 * FEN


def in_polars(files: Files) -> Answers:
    import polars as pl

    homes, persons = pl.scan_parquet(files[0]), pl.scan_parquet(files[1])
    size = pl.len().over("household_id")
    per_head = (2 * pl.col("household_income") * FEN + size) // (2 * size)
    standard, ceiling = STANDARD * FEN, CEILING * FEN
    income_tested = (per_head >= standard) & (per_head <= 2 * standard)
    costs, basic, major = (
        pl.col(name) * FEN
        for name in ("medical_costs_in_scope", "basic_insurance_reimbursed", "major_illness_insurance_reimbursed")
    )
    burden = pl.max_horizontal(pl.max_horizontal(costs - basic, 0) - major, 0)
    priority = pl.col("dibao_recipient") | pl.col("tekun")
    regular = income_tested | pl.col("illness_poverty_patient") | pl.col("registered_poor")
    amount = (
        pl.when(priority)
        .then(pl.min_horizontal((75 * burden + 50) // 100, ceiling, burden))
        .when(regular)
        .then(pl.min_horizontal((40 * burden + 50) // 100, REGULAR_CEILING, burden))
        .otherwise(0)
    )
    found = (
        persons.join(homes, on="household_id", how="left", maintain_order="left")
        .select(eligible=(priority | regular) & (burden > 0), amount=amount)
        .collect()
    )
    return found["eligible"].to_numpy(), found["amount"].to_numpy()


def columns(files: Files) -> dict[str, Any]:
    """The files' columns, and where each household begins."""
    homes, persons = (pq.read_table(path) for path in files)
    found = {name: column.to_numpy() for name, column in zip(persons.column_names, persons.columns)}
    found["income"] = homes.column("household_income").to_numpy()
    found["starts"] = np.searchsorted(found["household_id"], homes.column("household_id").to_numpy())
    return found


def in_numpy(files: Files) -> Answers:
    given = columns(files)
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


def in_numba(files: Files) -> Answers:
    given = columns(files)
    names = ("medical_costs_in_scope", "basic_insurance_reimbursed", "major_illness_insurance_reimbursed")
    return kernel()(
        given["starts"], given["income"], *(given[name] for name in STATUSES), *(given[name] for name in names),
        STANDARD * FEN, CEILING * FEN,
    )  # fmt: skip


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
