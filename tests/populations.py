"""Many households as one batch of columns, and what the columns come to, row by row, as the household evaluator has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from policyengine import ir
from policyengine.interpreters.household import INDEX, MEMBERS, Environment, Layout, asked
from policyengine.interpreters.population import BOTTOM, TOP, Batch, Choices, Column, Nesting, Numbers, Truths
from policyengine.interpreters.population.columns import column_of
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
            facts[fact.id] = column_of([row[slots[fact.id]] for row in rows], fact.type, program.options)
            if fact.optional:
                found = column_of([row[layout.absent[fact.id]] for row in rows], ConditionType(), program.options)
                assert isinstance(found, Truths)
                stated[fact.id] = found
    return Batch(Nesting(starts, len(people), ranks), facts, stated)


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
