"""Tables larger than memory, some thousand households at a time.

A nested table is read as it comes. Two tables are joined in memory where they fit; larger ones are first dealt out into
piles by household id, in files beside each other that go again afterwards, so that each pile fits. Time grows with the rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine.errors import diagnostic
from policyengine.population.files import batches, read_table, second_sheet, sheets, suffix
from policyengine.population.nesting import (
    HOUSEHOLD_ID,
    HOUSEHOLDS,
    ID,
    MEMBERS,
    ROW,
    Nested,
    column_named,
    join,
    one_array,
    reject,
    unnest,
)

FITS = 40_000_000  # cells of two tables that are joined in memory
PILE = 300_000  # persons in a pile, about
PART = 50_000  # households decided between two writes
ROWS = 16_384  # households of a nested table at a time


@dataclass(frozen=True)
class Source:
    """households: a file or a table. persons: another, or None where the households hold their members."""

    households: Any
    persons: Any

    @property
    def name(self) -> str:
        return " ".join(str(item) for item in (self.households, self.persons) if isinstance(item, str | Path))


def source(households: Any, persons: Any = None) -> Source:
    """A workbook of two sheets holds both tables."""
    if isinstance(households, str):
        households = Path(households)
    if isinstance(persons, str):
        persons = Path(persons)
    if persons is None and isinstance(households, Path) and suffix(households) == ".xlsx" and sheets(households) > 1:
        return Source(read_table(households), second_sheet(households))
    return Source(households, persons)


@dataclass(frozen=True)
class Size:
    """Rows, where the file says how many there are."""

    households: int | None
    cells: int


def size(table: Any) -> Size:
    if not isinstance(table, Path):
        found = read_table(table)
        return Size(found.num_rows, found.num_rows * found.num_columns)
    if suffix(table) == ".parquet":
        import pyarrow.parquet as pq

        metadata = pq.read_metadata(table)
        return Size(metadata.num_rows, metadata.num_rows * metadata.num_columns)
    return Size(None, table.stat().st_size // 4)  # of text, some four bytes a cell


def nested_parts(given: Source) -> Iterator[Nested]:
    """The households of a source, in parts whose results fit into memory."""
    for nested in _read_parts(given):
        number = len(nested.households.starts)
        yield Nested(nested.households.slice(0, min(PART, number)), nested.rejected)
        for first in range(PART, number, PART):
            yield Nested(nested.households.slice(first, min(first + PART, number)), ())


def _read_parts(given: Source) -> Iterator[Nested]:
    if given.persons is None:
        yield from _one_table(given.households)
    elif (
        not (isinstance(given.households, Path) and isinstance(given.persons, Path))
        or size(given.households).cells + size(given.persons).cells <= FITS
    ):
        yield join(read_table(given.households), read_table(given.persons))
    else:
        yield from _piles(given.households, given.persons)


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
    hashes = np.concatenate([_hashes(part) for part in _only(path, name)] or [np.zeros(0, np.uint64)])
    hashes.sort()
    twice = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    if not len(twice):
        return None
    suspects = [part.filter(pa.array(np.isin(_hashes(part), twice))) for part in _only(path, name)]
    counted = pc.value_counts(pa.concat_arrays(suspects))
    return counted.field("values").filter(pc.greater(counted.field("counts"), 1))


def _only(path: Path, name: str) -> Iterator[Any]:
    """One column of a file."""
    if suffix(path) == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1 << 18, columns=[name]):
                yield one_array(batch.column(0))
        return
    for part in batches(path):
        yield one_array(part.column(name))


def _hashes(ids: Any) -> Any:
    import polars as pl

    if pa.types.is_integer(ids.type):
        ids = ids.cast(pa.int64())
    found = pl.from_arrow(ids)
    assert isinstance(found, pl.Series)
    return found.hash(seed=1).to_numpy()


def _without(nested: Nested, repeated: Any) -> Nested:
    ids = nested.households.household_ids
    places = np.flatnonzero(pc.is_in(ids, value_set=repeated).to_numpy(zero_copy_only=False))
    if not len(places):
        return nested
    found = [
        (HOUSEHOLDS, int(place), "", diagnostic("duplicate-household", id=str(ids[int(place)]))) for place in places
    ]
    return reject(nested.households, found, nested.rejected)


# two tables


def _piles(households: Path, persons: Path) -> Iterator[Nested]:
    first, second = next(batches(households, 1)), next(batches(persons, 1))
    names = (column_named(first, (*HOUSEHOLD_ID, *ID), HOUSEHOLDS), column_named(second, HOUSEHOLD_ID, "persons"))
    as_text = first.schema.field(names[0]).type != second.schema.field(names[1]).type
    rows = size(persons).households
    number = -(-(rows or size(persons).cells // second.num_columns) // PILE)
    with tempfile.TemporaryDirectory(dir=households.parent, prefix=".piles-") as folder:
        sides = [
            _deal(path, name, number, as_text, Path(folder) / which)
            for path, name, which in ((households, names[0], "households"), (persons, names[1], "persons"))
        ]
        for one, other in zip(*sides):
            yield join(_pile(one), _pile(other))
            one.unlink()
            other.unlink()


def _deal(path: Path, name: str, number: int, as_text: bool, stem: Path) -> list[Path]:
    """A file's rows by the hash of an id, with the number of each."""
    paths = [stem.with_name(f"{stem.name}-{pile}.arrow") for pile in range(number)]
    writers: list[Any] = []
    row = 0
    for part in batches(path):
        part = part.append_column(ROW, pa.array(np.arange(row, row + part.num_rows)))
        row += part.num_rows
        writers = writers or [pa.ipc.new_file(str(item), part.schema) for item in paths]
        ids = one_array(part.column(name))
        pile = (_hashes(ids.cast(pa.string()) if as_text else ids) % np.uint64(number)).astype(np.int64)
        order = np.argsort(pile, kind="stable")
        ends = np.searchsorted(pile[order], np.arange(number + 1))
        dealt = part.take(pa.array(order))
        for index, writer in enumerate(writers):
            if ends[index + 1] > ends[index]:
                writer.write_table(dealt.slice(ends[index], ends[index + 1] - ends[index]))
    for writer in writers:
        writer.close()
    return paths


def _pile(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
        return reader.read_all().combine_chunks()
