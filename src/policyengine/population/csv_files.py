"""Tables from CSV: every cell is text or missing, and a row with too many or too few cells costs no other."""

from __future__ import annotations

import csv as rows
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from policyengine.errors import PolicyError, diagnostic
from policyengine.population.nesting import UNEVEN

UNEVEN_ROWS = 65_536  # of a file with uneven rows, at a time


def check_names(path: Path, names: list[str]) -> None:
    """No two columns have one name. Raises PolicyError."""
    for name in names:
        if names.count(name) > 1:
            raise PolicyError([diagnostic("column-twice", path=str(path), name=name)])


def csv_tables(path: Path, only: list[str] | None = None) -> Iterator[pa.Table]:
    """Some rows at a time, of some columns or all; at least one table, which may be empty."""
    from pyarrow import csv

    with path.open("rb") as file:
        header = file.readline().decode("utf-8-sig", "replace")
    if "\ufffd" in header:
        raise PolicyError([diagnostic("not-utf8", path=str(path))])
    names = next(iter(rows.reader([header])), [])
    check_names(path, names)
    status = path.stat()
    if names and _is_uneven(path, names[0], status.st_size, status.st_mtime_ns):
        for part in _uneven_csv(path, names):
            yield part if only is None else part.select(only)
        return
    convert = csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        strings_can_be_null=True,
        null_values=[""],
        include_columns=only,
    )
    with csv.open_csv(path, convert_options=convert, parse_options=csv.ParseOptions(newlines_in_values=True)) as reader:
        empty = True
        for batch in reader:
            empty = False
            yield pa.Table.from_batches([batch])
        if empty:
            yield reader.schema.empty_table()


@lru_cache(maxsize=64)
def _is_uneven(path: Path, name: str, size: int, changed: int) -> bool:
    """Has some row of a CSV file more or fewer cells than the header? size, changed: of the file that was looked at."""
    from pyarrow import csv

    found: list[Any] = []

    def note(row: Any) -> str:
        found.append(row)
        return "skip"

    convert = csv.ConvertOptions(column_types={name: pa.string()}, include_columns=[name])
    parse = csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note)
    with csv.open_csv(path, convert_options=convert, parse_options=parse) as reader:
        return any(found for _ in reader) or bool(found)


def _uneven_csv(path: Path, names: list[str]) -> Iterator[pa.Table]:
    """A CSV file some of whose rows have too many or too few cells: these are told in a column of their own (UNEVEN)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            every = rows.reader(file)
            next(every)
            block = list(islice(every, UNEVEN_ROWS))
            yield _even([row for row in block if row], names)
            while block := list(islice(every, UNEVEN_ROWS)):
                yield _even([row for row in block if row], names)
    except UnicodeDecodeError:
        raise PolicyError([diagnostic("not-utf8", path=str(path))]) from None
    except rows.Error as error:
        raise PolicyError([diagnostic("unreadable-file", path=str(path), reason=str(error))]) from None


def _even(block: list[list[str]], names: list[str]) -> pa.Table:
    columns = {
        name: pa.array([(row[place] if place < len(row) else "") or None for row in block], pa.string())
        for place, name in enumerate(names)
    }
    uneven = [None if len(row) == len(names) else f"{len(row)}/{len(names)}" for row in block]
    return pa.table(columns | {UNEVEN: pa.array(uneven, pa.string())})
