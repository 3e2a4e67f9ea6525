"""Decide tables in memory: data frames or Arrow in, Arrow out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine.interpreters.population.fused import Kernel
from policyengine.naming import language_meant
from policyengine.packs import Pack
from policyengine.population.deciding import Plan, decide_households, prepare
from policyengine.population.files import read_table
from policyengine.population.nesting import MEMBERS, Nested, Rejected, join, unnest
from policyengine.text import Lang


@dataclass(frozen=True)
class Decided:
    """households, persons: one row for each that could be decided; rejected: every other row, and why.

    Each is an Arrow table: `polars.from_arrow(decided.persons)`, `decided.persons.to_pandas()`.
    """

    households: pa.Table
    persons: pa.Table
    rejected: tuple[Rejected, ...]
    rejects: pa.Table

    @property
    def nested(self) -> pa.Table:
        """One row for each household, its persons' results in a list."""
        return nested_table(self.households, self.persons)

    def __repr__(self) -> str:
        return f"Decided({self.households.num_rows} households, {self.persons.num_rows} persons, {len(self.rejected)} rejected rows)"


def decide_table(
    pack: Pack,
    households: Any,
    persons: Any = None,
    *,
    on: date | str,
    parameters: Mapping[str, Any] | None = None,
    readings: Mapping[str, Any] | None = None,
    benefits: Iterable[str] | str = (),
    skip: Iterable[str] | str = (),
    labels: Lang | None = None,
    reasons: bool = True,
    beyond_term: bool = False,
    kernel: Kernel = "auto",
) -> Decided:
    """Decide every household of a table, or of two joined by household id.

    households, persons: a file, a polars, pandas or Arrow table, or a list of dictionaries; without `persons`, a column
    `members` holds each household's. Columns are facts by id or label; an empty cell is unknown. benefits: the results
    wanted, all if empty. skip: columns that aren't facts, "*" for all such. labels: "zh" or "en" names columns and
    statuses so; otherwise columns are named by id. reasons: write reason codes. kernel: see `prepare`.

    >>> decided = decide_table(pack, [{"id": 1, "members": [{"id": "a", "低保对象": True}]}], on="2018-06-01")
    """
    plan = prepare(
        pack, on=on, parameters=parameters, readings=readings, benefits=benefits, skip=skip, labels=labels,
        reasons=reasons, beyond_term=beyond_term, kernel=kernel,
    )  # fmt: skip
    return decide_nested(plan, nest(households, persons))


def nest(households: Any, persons: Any = None) -> Nested:
    first = read_table(households)
    return unnest(first) if persons is None else join(first, read_table(persons))


def decide_nested(plan: Plan, nested: Nested) -> Decided:
    found, rejected = decide_households(plan, nested)
    return Decided(found.households, found.persons, rejected, rejects_table(rejected))


def rejects_table(rejected: Iterable[Rejected], lang: Lang | None = None) -> pa.Table:
    """One row for each rejected row: its table, number, id, the column and what is wrong with it."""
    rows, language = list(rejected), language_meant(lang)
    return pa.table(
        {
            "table": pa.array([item.table for item in rows], pa.string()),
            "row": pa.array([item.row for item in rows], pa.int64()),
            "id": pa.array([item.id for item in rows], pa.string()),
            "column": pa.array([item.column for item in rows], pa.string()),
            "code": pa.array([item.reason.code for item in rows], pa.string()),
            "reason": pa.array([_sentence(item, language) for item in rows], pa.string()),
        }
    )


def _sentence(item: Rejected, lang: Lang) -> str:
    help_ = item.reason.help(lang)
    return item.reason.message(lang) + ((("；" if lang == "zh" else "; ") + help_) if help_ else "")


def decoded(table: pa.Table) -> pa.Table:
    """Words in the place of codes for words, which not every reader of Arrow knows."""
    fields = [field.with_type(_decoded(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _decoded(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_decoded(kind.value_type))
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def nested_table(households: pa.Table, persons: pa.Table) -> pa.Table:
    """The persons' rows, which stand in the households' order, as lists in the households' rows."""
    home, own = households.column(0).combine_chunks(), persons.column(0).combine_chunks()
    place = pc.index_in(own, value_set=home).to_numpy(zero_copy_only=False)
    offsets = np.searchsorted(place, np.arange(len(home) + 1)).astype(np.int32)
    inner = persons.drop_columns([persons.column_names[0]]).combine_chunks().to_struct_array()
    if isinstance(inner, pa.ChunkedArray):
        inner = pa.concat_arrays(inner.chunks) if inner.num_chunks else pa.array([], inner.type)
    return households.append_column(MEMBERS[0], pa.ListArray.from_arrays(pa.array(offsets), inner))
