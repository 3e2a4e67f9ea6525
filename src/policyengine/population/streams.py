"""Tables larger than memory, some thousand households at a time.

A nested table is read as it comes. Two tables are joined in memory where they are small, and otherwise while they are read
(merging.py). Time grows with the rows, memory doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine.errors import diagnostic
from policyengine.population.dealing import keys
from policyengine.population.files import batches, one_column, read_table, readable, second_sheet, sheets, suffix
from policyengine.population.merging import merged, parts
from policyengine.population.nesting import (
    HOUSEHOLD_ID,
    HOUSEHOLDS,
    ID,
    MEMBERS,
    Nested,
    column_named,
    join,
    one_array,
    reject,
    unnest,
)

SAMPLE = 1 << 18  # bytes of CSV that tell how long a row is
FITS = 4_000_000  # cells of two tables that are joined in memory
ROWS = 32_768  # households of a nested table at a time


@dataclass(frozen=True)
class Source:
    """households: a file or a table. persons: another, or None where the households hold their members.

    paths: the files that they are from.
    """

    households: Any
    persons: Any

    paths: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        return " ".join(map(str, self.paths))


def source(households: Any, persons: Any = None) -> Source:
    """A workbook of two sheets holds both tables."""
    if isinstance(households, str):
        households = Path(households)
    if isinstance(persons, str):
        persons = Path(persons)
    if persons is None and isinstance(households, Path) and suffix(households) == ".xlsx" and sheets(households) > 1:
        return Source(read_table(households), second_sheet(households), (households,))
    return Source(households, persons, tuple(item for item in (households, persons) if isinstance(item, Path)))


@dataclass(frozen=True)
class Size:
    """Rows, where the file says how many there are; of CSV about how many, None where nothing tells."""

    households: int | None
    cells: int


def size(table: Any) -> Size:
    if not isinstance(table, Path):
        found = read_table(table)
        return Size(found.num_rows, found.num_rows * found.num_columns)
    if suffix(table) == ".parquet":
        import pyarrow.parquet as pq

        with readable(table):
            metadata = pq.read_metadata(table)
        return Size(metadata.num_rows, metadata.num_rows * metadata.num_columns)
    length = table.stat().st_size
    if suffix(table) == ".csv":
        with table.open("rb") as file:
            start = file.read(SAMPLE)
        return Size(max(0, start.count(b"\n") * length // max(1, len(start)) - 1), length // 4)
    if suffix(table) in (".arrow", ".feather"):
        with readable(table), pa.memory_map(str(table)) as file, pa.ipc.open_file(file) as reader:
            rows = sum(reader.get_batch(index).num_rows for index in range(reader.num_record_batches))
            return Size(rows, rows * len(reader.schema))
    return Size(None, length // 4)  # of text, some four bytes a cell


def nested_parts(given: Source, folder: Path) -> Iterator[Nested]:
    """The households of a source, in parts whose results fit into memory. folder: where piles may lie."""
    for nested in _read_parts(given, folder):
        first, rejected = 0, nested.rejected
        for sizes in parts(nested.households.sizes):
            yield Nested(nested.households.slice(first, first + len(sizes)), rejected)
            first, rejected = first + len(sizes), ()
        if not first:  # no household is left, but perhaps something is rejected
            yield nested


def _read_parts(given: Source, folder: Path) -> Iterator[Nested]:
    if given.persons is None:
        yield from _one_table(given.households)
    elif (
        not (isinstance(given.households, Path) and isinstance(given.persons, Path))
        or size(given.households).cells + size(given.persons).cells <= FITS
    ):
        yield join(read_table(given.households), read_table(given.persons))
    else:
        yield from merged(given.households, given.persons, folder)


# one table


def _one_table(table: Any) -> Iterator[Nested]:
    repeated = _repeated_ids(table) if isinstance(table, Path) else None
    parts = batches(table, ROWS) if isinstance(table, Path) else iter([read_table(table)])
    homes = persons = 0
    for part in parts:
        nested = unnest(part, (homes, persons))
        homes += part.num_rows
        persons += (
            pc.sum(pc.list_value_length(one_array(part.column(column_named(part, MEMBERS, HOUSEHOLDS))))).as_py() or 0
        )
        yield nested if repeated is None else _without(nested, repeated)


def _repeated_ids(path: Path) -> Any:
    """Ids that stand twice in the file: found by their hashes, eight bytes a household, then looked at themselves."""
    first = next(batches(path, 1), None)
    name = None if first is None else next((name for name in (*HOUSEHOLD_ID, *ID) if name in first.column_names), None)
    if name is None:
        return None
    hashes = np.concatenate([keys(part, False) for part in one_column(path, name)] or [np.zeros(0, np.uint64)])
    hashes.sort()
    twice = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    if not len(twice):
        return None
    suspects = [part.filter(pa.array(np.isin(keys(part, False), twice))) for part in one_column(path, name)]
    counted = pc.value_counts(pa.concat_arrays(suspects))
    return counted.field("values").filter(pc.greater(counted.field("counts"), 1))


def _without(nested: Nested, repeated: Any) -> Nested:
    ids = nested.households.household_ids
    places = np.flatnonzero(pc.is_in(ids, value_set=repeated).to_numpy(zero_copy_only=False))
    if not len(places):
        return nested
    found = [
        (HOUSEHOLDS, int(place), "", diagnostic("duplicate-household", id=str(ids[int(place)]))) for place in places
    ]
    return reject(nested.households, found, nested.rejected)
