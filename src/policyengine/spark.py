"""Decide a Spark data frame: the batch function of `population` inside mapInArrow.

The frame is nested: a row for each household, a column `members` with an array of structs. So no row needs another, and Spark may cut
the frame up as it likes. Needs the extras `population` and `spark`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from policyengine.packs import Pack
from policyengine.text import several

if TYPE_CHECKING:
    import pyarrow as pa

    from policyengine.population.nesting import Rejected

ERROR = "error"  # what is wrong with a row that can't be used; its results are null


def decide(
    frame: Any,
    pack: Pack,
    *,
    on: date | str,
    parameters: Mapping[str, Any] | None = None,
    readings: Mapping[str, Any] | None = None,
    benefits: Iterable[str] | str = (),
    skip: Iterable[str] | str = (),
) -> Any:
    """The results of every row of a nested Spark frame: household results, and a column `members` with the persons'.

    Rows that can't be used keep their id and have a text in `error`; two households with one id can't be seen by a
    function of single rows: check that with Spark (`frame.groupBy("household_id").count()`).
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    asked = {
        "on": on,
        "parameters": dict(parameters or {}),
        "readings": dict(readings or {}),
        "benefits": several(benefits),
    }
    function = BatchFunction(pack, {**asked, "skip": several(skip)})
    schema = BatchFunction(pack, function.asked).table(to_arrow_schema(frame.schema).empty_table()).schema
    return frame.mapInArrow(function, from_arrow_schema(schema))


@dataclass(frozen=True)
class BatchFunction:
    """From batches of nested households to batches of results. It can be sent to other processes.

    It is what Spark's mapInArrow takes; for Ray and Dask see docs/population.md.
    """

    pack: Pack
    asked: dict[str, Any]

    @cached_property
    def plan(self) -> Any:
        from policyengine.population import prepare

        return prepare(self.pack, **self.asked)

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from self.table(batch).to_batches()

    def table(self, given: pa.RecordBatch | pa.Table) -> pa.Table:
        """The results of nested households, in the same order; what can't be used has an `error`."""
        from policyengine.population.files import read_table

        return decide_rows(self.plan, read_table(given))

    def __reduce__(self) -> tuple[Any, ...]:
        return BatchFunction, (self.pack, self.asked)


def decide_rows(plan: Any, table: pa.Table) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    from policyengine.population.deciding import decide_households
    from policyengine.population.nesting import HOUSEHOLDS, unnest
    from policyengine.population.tables import decoded, nested_table

    found, rejected = decide_households(plan, unnest(table))
    good = nested_table(decoded(found.households), decoded(found.persons))
    good = good.append_column(ERROR, pa.nulls(good.num_rows, pa.string()))
    rows = [item.row - 1 for item in rejected if item.table == HOUSEHOLDS]
    if not rows:
        return good
    told = _told(table, rejected)
    ids = pa.array([item.id for item in rejected if item.table == HOUSEHOLDS]).cast(good.schema.field(0).type)
    bad = pa.table({good.column_names[0]: ids, ERROR: pa.array([told[row] for row in rows])})
    every = pa.concat_tables([good, bad], promote_options="default")
    kept = np.setdiff1d(np.arange(table.num_rows), rows)
    return every.take(pa.array(np.argsort(np.concatenate((kept, rows)), kind="stable"))).combine_chunks()


def _told(table: pa.Table, rejected: Sequence[Rejected]) -> dict[int, str]:
    """What is wrong with each row of a table that can't be used: with the household, or with its persons."""
    import numpy as np
    import pyarrow.compute as pc

    from policyengine.population.nesting import HOUSEHOLDS, MEMBERS, column_named

    lists = table.column(column_named(table, MEMBERS, HOUSEHOLDS))
    ends = np.cumsum(pc.fill_null(pc.list_value_length(lists), 0).to_numpy())
    told: dict[int, list[str]] = {}
    for item in rejected:
        row = item.row - 1 if item.table == HOUSEHOLDS else int(np.searchsorted(ends, item.row - 1, side="right"))
        whose = told.setdefault(row, [])
        if item.reason.code != "rejected-household":
            whose.append(f"{item.column}: {item.reason.message()}" if item.column else item.reason.message())
    return {row: "; ".join(words) for row, words in told.items()}
