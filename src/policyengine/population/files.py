"""Tables from files and data frames, and back: Parquet, CSV, Arrow, Excel, polars, pandas.

A file that is being written has another name until it is whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import pyarrow as pa
import pyarrow.compute as pc

from policyengine.errors import PolicyError, diagnostic
from policyengine.population.csv_files import check_names, csv_tables

FORMATS = (".parquet", ".csv", ".arrow", ".feather", ".xlsx")
EXCEL_ROWS = 1_048_575


def read_table(source: Any) -> pa.Table:
    """A file's or a data frame's table. Text in CSV stays text: the facts' own readers know what it means."""
    if isinstance(source, str | os.PathLike):
        if suffix(Path(source)) == ".parquet":
            with readable(Path(source)):
                return plain(_whole(Path(source)))
        return plain(pa.concat_tables(batches(Path(source)), promote_options="permissive"))
    if isinstance(source, pa.Table):
        return plain(source)
    if isinstance(source, pa.RecordBatch):
        return plain(pa.Table.from_batches([source]))
    if isinstance(source, list):
        return plain(pa.Table.from_pylist(source))
    if hasattr(source, "collect") and not hasattr(source, "to_arrow"):  # a lazy frame
        source = source.collect()
    if hasattr(source, "to_arrow"):
        return plain(source.to_arrow())
    if type(source).__module__.startswith("pandas"):
        return plain(pa.Table.from_pandas(source, preserve_index=False))
    raise PolicyError([diagnostic("unknown-format", path=type(source).__name__, formats=", ".join(FORMATS))])


def _whole(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    check_names(path, pq.read_schema(path).names)
    return pq.read_table(path, partitioning=None)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What a file's reader can't make sense of is told as that file's fault."""
    try:
        yield
    except (pa.ArrowInvalid, BadZipFile) as error:
        if "invalid UTF8" in str(error):
            raise PolicyError([diagnostic("not-utf8", path=str(path))]) from None
        raise PolicyError([diagnostic("unreadable-file", path=str(path), reason=str(error).splitlines()[0])]) from None


def batches(path: Path, rows: int = 1 << 18) -> Iterator[pa.Table]:
    """A file's table, some rows at a time; at least one, which may be empty."""
    with readable(path):
        yield from _batches(path, rows)


def _batches(path: Path, rows: int) -> Iterator[pa.Table]:
    match suffix(path):
        case ".parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(path) as file:
                check_names(path, file.schema_arrow.names)
                if not file.metadata.num_rows:
                    yield plain(file.read())
                for batch in file.iter_batches(batch_size=rows):
                    yield plain(pa.Table.from_batches([batch]))
        case ".csv":
            yield from csv_tables(path)
        case ".xlsx":
            yield _sheet(path)
        case _:
            with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as reader:
                check_names(path, reader.schema.names)
                if not reader.num_record_batches:
                    yield plain(reader.read_all())
                for index in range(reader.num_record_batches):
                    yield plain(pa.Table.from_batches([reader.get_batch(index)]))


def one_column(path: Path, name: str) -> Iterator[Any]:
    """One column of a file, some rows at a time; the others aren't read if that can be helped."""
    match suffix(path):
        case ".parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=1 << 20, columns=[name]):
                    yield from plain(pa.Table.from_batches([batch])).column(0).chunks
        case ".csv":
            yield from (chunk for part in csv_tables(path, [name]) for chunk in part.column(0).chunks)
        case _:
            yield from (chunk for part in batches(path) for chunk in part.column(name).chunks)


def rows_of(path: Path, places: Any) -> pa.Table:
    """The rows at some places, in rising order; of Parquet only what lies around them is read."""
    found: list[pa.Table] = []
    row = 0

    def keep(part: pa.Table) -> None:
        inside = places[(places >= row) & (places < row + part.num_rows)] - row
        found.append(part.take(pa.array(inside)))

    if suffix(path) != ".parquet":
        for part in batches(path):
            keep(part)
            row += part.num_rows
        return pa.concat_tables(found)
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            number = file.metadata.row_group(group).num_rows
            if ((places >= row) & (places < row + number)).any():
                keep(plain(file.read_row_group(group)))
            row += number
        return pa.concat_tables([plain(file.schema_arrow.empty_table()), *found])


def suffix(path: Path) -> str:
    found = path.suffix.lower()
    if found not in FORMATS:
        raise PolicyError([diagnostic("unknown-format", path=str(path), formats=", ".join(FORMATS))])
    return found


def _sheet(path: Path, sheet: int = 0) -> pa.Table:
    """A workbook's first sheet; the first row names the columns."""
    workbook = _openpyxl().load_workbook(path, read_only=True, data_only=True)
    found = workbook.worksheets[sheet].iter_rows(values_only=True)
    names = {place: str(name) for place, name in enumerate(next(found, ())) if name is not None}
    rows = [row for row in found if any(value is not None for value in row)]
    workbook.close()
    check_names(path, list(names.values()))
    return pa.table({name: _cells([row[place] for row in rows]) for place, name in names.items()})


def _cells(values: list[Any]) -> Any:
    """Cells of one kind as they are, of several kinds as text."""
    with suppress(pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(values)
    return pa.array([None if value is None else str(value) for value in values])


def sheets(path: Path) -> int:
    with readable(path):
        workbook = _openpyxl().load_workbook(path, read_only=True)
        number = len(workbook.worksheets)
        workbook.close()
    return number


def second_sheet(path: Path) -> pa.Table:
    return _sheet(path, 1)


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise PolicyError([diagnostic("extra-needed", name="population", package="openpyxl")]) from None
    return openpyxl


def plain(table: pa.Table) -> pa.Table:
    """Without the newer ways to lay out text, which not every function of Arrow knows."""
    fields = [field.with_type(_plain(field.type)) for field in table.schema]
    wanted = pa.schema(fields)
    return table if wanted.equals(table.schema) else table.cast(wanted)


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return (
            pa.large_list(_plain(kind.value_type))
            if pa.types.is_large_list(kind)
            else pa.list_(_plain(kind.value_type))
        )
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    return kind


# writing


class Writer(Protocol):
    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class Output:
    """A file that gets its name when it is whole. Used with `with`: an exception, Ctrl-C too, leaves nothing behind."""

    def __init__(self, path: Path, metadata: dict[bytes, bytes]) -> None:
        self.path, self.metadata = path, metadata
        self.partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self.writer: Writer | None = None

    def write(self, table: pa.Table) -> None:
        try:
            if self.writer is None:
                self.writer = open_writer(self.partial, self.path, table.schema.with_metadata(self.metadata))
            self.writer.write(table)
        except OSError as error:
            raise unwritable(self.path, error) from None

    def __enter__(self) -> Output:
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if self.writer is not None:
            with suppress(Exception if kind is not None else ()):  # type: ignore[arg-type]
                self.writer.close()
        if kind is not None:
            self.partial.unlink(missing_ok=True)
        elif self.writer is not None:
            self.partial.replace(self.path)


def unwritable(path: Path, error: OSError) -> PolicyError:
    reason = error.strerror or str(error).splitlines()[0]
    return PolicyError([diagnostic("unwritable-file", path=str(path), reason=reason)])


def open_writer(path: Path, meant: Path, schema: pa.Schema) -> Writer:
    """meant: the name that the file will have."""
    match suffix(meant):
        case ".parquet":
            import pyarrow.parquet as pq

            writer: Writer = pq.ParquetWriter(
                path,
                schema,
                compression="zstd",
                compression_level=1,
                write_statistics=schema.names[
                    :2
                ],  # of ids; of hundreds of other columns they'd take a third of the time
            )
            return writer
        case ".csv":
            return CsvWriter(path)
        case ".xlsx":
            return ExcelWriter(path, meant.name)
        case _:
            arrow: Writer = pa.ipc.new_file(str(path), schema)
            return arrow


class CsvWriter:
    """UTF-8 with a mark in front, so that Excel reads the Chinese; lists joined by `;`."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")
        self.file.write(b"\xef\xbb\xbf")
        self.writer: Any = None

    def write(self, table: pa.Table) -> None:
        from pyarrow import csv

        flat = flattened(table)
        if self.writer is None:
            self.writer = csv.CSVWriter(self.file, flat.schema)
        self.writer.write_table(flat)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.file.close()


class ExcelWriter:
    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name, self.workbook = path, name, _openpyxl().Workbook(write_only=True)
        self.sheet = self.workbook.create_sheet()
        self.rows = 0

    def write(self, table: pa.Table) -> None:
        if self.rows + table.num_rows > EXCEL_ROWS:
            raise PolicyError([diagnostic("too-many-rows", path=self.name, limit=str(EXCEL_ROWS))])
        flat = flattened(table)
        if not self.rows:
            self.sheet.append(flat.column_names)
        self.rows += table.num_rows
        for row in zip(*(map(_cell, column.to_pylist()) for column in flat.columns)):
            self.sheet.append(row)

    def close(self) -> None:
        self.workbook.save(self.path)


def _cell(value: Any) -> Any:
    """Excel keeps 15 digits of a number: longer ones (ids, reason codes) are text."""
    return str(value) if isinstance(value, int) and abs(value) >= 10**15 else value


def flattened(table: pa.Table) -> pa.Table:
    """Words instead of codes, one text instead of a list."""
    columns = {}
    for name, column in zip(table.column_names, table.columns):
        if pa.types.is_list(column.type):
            words = pa.chunked_array(
                [chunk.cast(pa.list_(pa.string())) for chunk in column.chunks], pa.list_(pa.string())
            )
            column = pc.binary_join(words, ";")
        columns[name] = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    return pa.table(columns)
