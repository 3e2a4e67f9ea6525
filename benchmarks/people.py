"""A random population in columns: what 淄博's medical assistance asks of it, complete, in whole yuan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.subject import COSTS, STANDARD, STATUSES

FIRST = 100_000_000  # households are numbered from here


def population(number: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Households and persons, some 2.9 a household, in the same order."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([1, 2, 3, 4, 5, 6], number, p=[0.14, 0.28, 0.26, 0.2, 0.08, 0.04])
    people = int(sizes.sum())
    per_head = chance.choice([STANDARD, STANDARD * 3 // 2, STANDARD * 2, 0], number)
    per_head = np.where(chance.random(number) < 0.1, per_head, chance.integers(0, 3 * STANDARD, number))
    ids = np.arange(FIRST, FIRST + number)
    starts = np.cumsum(sizes) - sizes
    persons: dict[str, Any] = {
        "household_id": np.repeat(ids, sizes),
        "person_id": np.arange(people) - np.repeat(starts, sizes) + 1,
    }
    persons |= {status: chance.random(people) < 0.1 for status in STATUSES}
    costs = np.where(chance.random(people) < 0.3, 0, chance.integers(0, 100_000, people))
    basic = (costs * chance.random(people)).astype(np.int64)
    major = (costs * chance.random(people) * 0.5).astype(np.int64)
    persons |= dict(zip(COSTS, (costs, basic, major), strict=True))
    return pa.table({"household_id": ids, "household_income": per_head * sizes}), pa.table(persons)


def write(folder: Path, number: int, seed: int) -> tuple[Path, Path]:
    """Two Parquet files, written a million households at a time."""
    paths = folder / "households.parquet", folder / "persons.parquet"
    writers: list[Any] = []
    for first in range(0, number, 1_000_000):
        part = min(1_000_000, number - first)
        homes, persons = (shifted(table, first) for table in population(part, seed + first))
        writers = writers or [pq.ParquetWriter(path, table.schema) for path, table in zip(paths, (homes, persons))]
        writers[0].write_table(homes)
        writers[1].write_table(persons)
    for writer in writers:
        writer.close()
    return paths


def shuffle(paths: tuple[Path, Path]) -> None:
    """Put the rows of each file into an order of its own; in another process, whose memory isn't measured."""
    program = (
        "import sys, polars as pl\n"
        "for seed, path in enumerate(sys.argv[1:]):\n"
        "    pl.read_parquet(path).sample(fraction=1, shuffle=True, seed=seed).write_parquet(path, compression='snappy')"
    )
    subprocess.run([sys.executable, "-c", program, *map(str, paths)], check=True)


def shifted(table: pa.Table, first: int) -> pa.Table:
    ids = pa.array(table.column("household_id").to_numpy() + first)
    return table.set_column(0, "household_id", ids)
