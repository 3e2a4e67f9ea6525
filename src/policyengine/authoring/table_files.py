"""Tables that stand in CSV files: their rows become the `cells` of their parameters."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from policyengine.authoring.reader import Scalar, lies_inside, shown, text_of
from policyengine.authoring.schema import ParameterShape
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.source import Source, SourceFile
from policyengine.text import Text

LARGEST_TABLE = 20_000  # rows


def with_tables(
    parameters: Mapping[str, ParameterShape], folder: Path, found: list[Diagnostic]
) -> dict[str, ParameterShape]:
    """Parameters with the rows of their files, which must lie in the folder."""
    return {
        key: item if item.file is None else _with_table(item, item.file, folder, found)
        for key, item in parameters.items()
    }


def _with_table(parameter: ParameterShape, file: Scalar, folder: Path, found: list[Diagnostic]) -> ParameterShape:
    beside = (Path(file.place.file.name).parent if file.place else folder) / str(file)
    try:
        if Path(str(file)).is_absolute() or ".." in Path(str(file)).parts or not lies_inside(beside, folder.resolve()):
            raise PolicyError([diagnostic("leaves-pack", file=str(file))])
        source = SourceFile(shown(beside), text_of(beside, shown(beside)))
        return parameter.model_copy(update={"cells": tuple(_rows(source))})
    except PolicyError as error:  # what has no place in the table is told where the table is named
        found += (item if item.place else replace(item, place=file.place, path="") for item in error.diagnostics)
        return parameter


def _rows(file: SourceFile) -> Iterator[tuple[Scalar, ...]]:
    """The rows that aren't empty; every cell has the place of its line."""
    start = 0
    for number, line in enumerate(file.text.splitlines(keepends=True)):
        if number > LARGEST_TABLE:
            limit = Text(f"{LARGEST_TABLE:,} 行", f"{LARGEST_TABLE:,} rows")
            raise PolicyError([diagnostic("file-too-large", limit=limit)])
        try:
            parts = next(csv.reader(io.StringIO(line.rstrip("\r\n"))), [])
        except csv.Error:
            parts = [line.strip()]
        if any(part.strip() for part in parts):
            where = Source(file, start, max(1, len(line.rstrip())))
            yield tuple(Scalar.at(part.strip(), where) for part in parts)
        start += len(line)
