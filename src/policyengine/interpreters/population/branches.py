"""Columns of which one or another counts in each row: the branches of a formula, the rows of a decision table."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from policyengine.interpreters.population.columns import (
    BOTTOM,
    TOP,
    Choices,
    Column,
    Numbers,
    Truths,
    chosen,
    hull,
    where,
)


def select(whens: list[Truths], thens: list[Any], reaches: Truths | None, last: Any) -> Any:
    """The first whose condition holds; where one may hold, what those that may count have in common.

    last: what counts where none holds. reaches: where it can come to that at all; None: anywhere.
    """
    if all(when.possible is None for when in whens):
        result, tests = (last, whens) if last is not None else (thens[-1], whens[:-1])
        for when, then in zip(reversed(tests), reversed(thens[: len(tests)])):
            result = _pick(when.sure, then, result)
        return result
    open_, ways = np.True_, []
    for when, then in zip(whens, thens):
        ways.append((open_ & when.may, then))
        open_ = open_ & ~when.sure
    if last is not None:
        ways.append((open_ if reaches is None else open_ & reaches.sure, last))
    return _joined(ways)


def _pick(condition: Any, one: Column, other: Column) -> Column:
    match one, other:
        case Truths(), Truths():
            exact = one.possible is None and other.possible is None
            return Truths(
                where(condition, one.sure, other.sure), None if exact else where(condition, one.may, other.may)
            )
        case Numbers(), Numbers():
            return chosen(condition, one, other)
        case Choices(), Choices():
            return Choices(where(condition, one.mask, other.mask), one.exact and other.exact)
    raise AssertionError("branches are of one type")


def _joined(ways: list[tuple[Any, Any]]) -> Column:
    """What is common to the ways that may be taken in each row."""
    if isinstance(ways[0][1], Truths):
        sure = reduce(lambda all_, way: all_ & (~way[0] | way[1].sure), ways, np.True_)
        return Truths(sure, reduce(lambda any_, way: any_ | (way[0] & way[1].may), ways, np.False_))
    if isinstance(ways[0][1], Choices):
        masks = [where(taken, column.mask, column.mask.dtype.type(0)) for taken, column in ways]
        return Choices(reduce(lambda one, other: one | other, masks), False)
    result = None
    for taken, column in ways:
        outside = Numbers(TOP, BOTTOM)
        way = chosen(taken, column, outside)
        result = way if result is None else hull(result, way)
    assert result is not None
    return result
