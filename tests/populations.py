"""Many households as one batch of columns, and what the columns come to, row by row, as the household evaluator has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from policyengine import ir
from policyengine.interpreters.layout import INDEX, MEMBERS, Environment, Layout, asked
from policyengine.interpreters.population import (
    BOTTOM,
    TOP,
    Batch,
    Choices,
    Column,
    Nesting,
    Numbers,
    Truths,
    compile_columns,
)
from policyengine.interpreters.population.columns import Whole, column_of
from policyengine.interpreters.population.fused import Fused, Loop
from policyengine.ir import ChoiceType, ConditionType
from policyengine.values import Value, interval


def batch_of(program: ir.Program, layout: Layout, homes: Sequence[Environment], given: set[str]) -> Batch:
    """The facts of households that have been read, as columns. given: the facts that get a column, if a rule asks for them."""
    people = [member for home in homes for member in home[MEMBERS]]
    sizes = [len(home[MEMBERS]) for home in homes]
    starts = np.cumsum([0, *sizes[:-1]])
    ranks = np.array([member[INDEX] for member in people])
    facts: dict[str, Column] = {}
    stated: dict[str, Truths] = {}
    wanted = given & asked(program)
    for fact in program.facts:
        rows, slots = (people, layout.person) if fact.scope == "person" else (homes, layout.household)
        if fact.id in wanted:
            facts[fact.id] = in_pieces(column_of([row[slots[fact.id]] for row in rows], fact.type, program.options))
            if fact.optional:
                found = column_of([row[layout.absent[fact.id]] for row in rows], ConditionType(), program.options)
                assert isinstance(found, Truths)
                stated[fact.id] = found
    return Batch(Nesting(starts, len(people), ranks), facts, stated)


def in_pieces(column: Column) -> Column:
    """Known figures as they lie in a table of several chunks; those that are single as they are."""
    if not isinstance(column, Numbers) or column.high is not None or len(column.low) < 3:
        return column
    whole, factor = column.low, 100 if (column.low % 100 == 0).all() else 1
    return Whole(np.array_split(whole // factor, 1 + len(whole) % 5), factor)


def value_at(found: Column, type_: ir.Type, row: int, options: tuple[str, ...]) -> Value:
    """One row as in values.py."""

    def at(values: Any) -> Any:
        return values if np.ndim(values) == 0 else values[row]

    match found:
        case Truths():
            sure, may = bool(at(found.sure)), bool(at(found.may))
            return sure if sure == may else None
        case Choices(mask=mask):
            assert isinstance(type_, ChoiceType)
            local = int(at(mask))
            return sum(1 << options.index(option) for place, option in enumerate(type_.options) if local >> place & 1)
        case Numbers():
            low, high = int(at(found.low)), int(at(found.top))
            return interval(None if low == BOTTOM else low, None if high == TOP else high)


def fused(
    program: ir.Program,
    given: Iterable[str],
    figures: Mapping[str, Value],
    wanted: list[str],
    *,
    compiled: bool = False,
) -> Fused:
    """The program as one loop, which is compiled, or (cheaper by far) run as the Python that it is."""
    columns = compile_columns(program, given, figures, wanted)
    facts = {fact.id: fact for fact in program.facts if fact.id in given}
    found = Fused(columns, facts, wanted, always=True)
    if not compiled:
        found.compiled = interpreted
    return found


def interpreted(loop: Loop) -> Callable[..., None]:
    from policyengine.interpreters.population import scalars

    names: dict[str, Any] = {name: getattr(value, "py_func", value) for name, value in scalars.NAMES.items()} | {
        "np": np
    }
    exec(loop.text, names)

    def run(bounds: Any, largest: int, ranks: Any, *tables: Any) -> None:
        wide = [table.astype(np.int64) if table.dtype.kind == "u" else table for table in tables]
        with np.errstate(over="ignore"):
            names["kernel"](bounds, largest, ranks, *wide)

    return run
