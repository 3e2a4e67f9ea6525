"""Two files of any size, joined by household id while they are read.

A first look reads the ids alone and finds the rows that come in step: the same households in the same order in both files,
whatever that order is. They are joined part by part as they are read. The others (from where the order breaks, and those
whose id stands twice or in one file only) are dealt out into piles, each of which fits into memory, and joined afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from policyengine.population.dealing import Piles, keys
from policyengine.population.files import batches, one_column
from policyengine.population.nesting import HOUSEHOLD_ID, HOUSEHOLDS, ID, PERSONS, ROW, Nested, column_named, join

PART = 131_072  # persons that are joined at a time, but whole households
PILE = 1_000_000  # persons in a pile, about
SCATTERED = 2  # with so many times more runs of ids than households the order needn't be looked at


@dataclass(frozen=True)
class Named:
    """The columns of household ids. as_text: the files hold ids of different kinds, so they are compared as text."""

    households: str
    persons: str
    as_text: bool


@dataclass(frozen=True)
class Order:
    """Which rows come in step, by row: None where all do. sizes: the members of each household in step."""

    households: Any
    persons: Any
    sizes: Any

    @property
    def aside(self) -> int:
        """How many rows of the larger table don't come in step."""
        return max(int((~side).sum()) for side in (self.households, self.persons)) if self.persons is not None else 0


def merged(households: Path, persons: Path, folder: Path) -> Iterator[Nested]:
    """The households of two files. Piles, if they are needed, lie in a folder within `folder` and go again."""
    empty = _empty(households), _empty(persons)
    names = _named(*empty)
    order = look(households, persons, names)
    number = max(1, -(-order.aside // PILE))
    with ExitStack() as stack:
        homes, people = (
            stack.enter_context(Piles(number, table, name, names.as_text, folder))
            for table, name in zip(empty, (names.households, names.persons))
        )
        first, second = Rows(households, order.households, homes), Rows(persons, order.persons, people)
        for sizes in parts(order.sizes):
            yield join(first.take(len(sizes)), second.take(int(sizes.sum())))
        first.finish()
        second.finish()
        for one, other in zip(homes, people, strict=True):
            if one.num_rows or other.num_rows:
                yield join(one, other)


def _empty(path: Path) -> pa.Table:
    return next(batches(path, 1)).slice(0, 0).append_column(ROW, pa.array([], pa.int64()))


def _named(households: pa.Table, persons: pa.Table) -> Named:
    home = column_named(households, (*HOUSEHOLD_ID, *ID), HOUSEHOLDS)
    theirs = column_named(persons, HOUSEHOLD_ID, PERSONS)
    kinds = households.schema.field(home).type, persons.schema.field(theirs).type
    alike = kinds[0] == kinds[1] or all(pa.types.is_integer(kind) for kind in kinds)
    return Named(home, theirs, not alike)


def parts(sizes: Any) -> Iterator[Any]:
    """The sizes of some households at a time that together have about PART persons."""
    ends = np.cumsum(sizes)
    first = before = 0
    while first < len(sizes):
        last = max(first + 1, int(np.searchsorted(ends, before + PART, side="right")))
        yield sizes[first:last]
        first, before = last, int(ends[last - 1])


# the first look


def look(households: Path, persons: Path, names: Named) -> Order:
    """Find the rows in step from the ids alone; ids that only look alike are told apart when they are joined."""
    parts_ = [keys(part, names.as_text) for part in one_column(households, names.households)]
    homes = np.concatenate(parts_ or [np.zeros(0, np.uint64)])
    runs, sizes = _runs(persons, names, SCATTERED * len(homes))
    if runs is None:
        return Order(np.zeros(len(homes), np.bool_), np.zeros(int(sizes.sum()), np.bool_), sizes[:0])
    if len(homes) == len(runs) and (homes == runs).all() and not _has_repeated(homes):
        return Order(None, None, sizes)
    good = np.intersect1d(_once(homes), _once(runs), assume_unique=True)
    own, theirs = np.flatnonzero(np.isin(homes, good)), np.flatnonzero(np.isin(runs, good))
    apart = np.flatnonzero(homes[own] != runs[theirs])
    last = int(apart[0]) if len(apart) else len(own)
    in_step, with_them = np.zeros(len(homes), np.bool_), np.zeros(len(runs), np.bool_)
    in_step[own[:last]], with_them[theirs[:last]] = True, True
    return Order(in_step, np.repeat(with_them, sizes), sizes[with_them])


def _runs(persons: Path, names: Named, most: int) -> tuple[Any, Any]:
    """The ids that persons refer to, equal ones that follow each other once, and how many follow; no ids if more than `most`."""
    heads: list[Any] = []
    numbers: list[Any] = []
    count = 0
    for part in one_column(persons, names.persons):
        if count > most:
            numbers.append(np.array([len(part)]))
            continue
        found = keys(part, names.as_text)
        begins = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1]))[: len(found)])
        head, sizes = found[begins], np.diff(begins, append=len(found))
        if count and len(head) and heads[-1][-1] == head[0]:  # a household may lie across two batches
            numbers[-1][-1] += sizes[0]
            head, sizes = head[1:], sizes[1:]
        if len(head):
            heads.append(head)
            numbers.append(sizes)
        count += len(head)
    every = np.concatenate([np.zeros(0, np.int64), *numbers])
    return None if count > most else np.concatenate([np.zeros(0, np.uint64), *heads]), every


def _has_repeated(found: Any) -> bool:
    if (found[1:] > found[:-1]).all():
        return False
    ordered = np.sort(found)
    return bool((ordered[1:] == ordered[:-1]).any())


def _once(found: Any) -> Any:
    """What stands only once, in order."""
    values, counts = np.unique(found, return_counts=True)
    return values[counts == 1]


# the second


class Rows:
    """The rows of a file as they come: those in step are handed out, the others go to the piles."""

    def __init__(self, path: Path, in_step: Any, piles: Piles) -> None:
        self.parts = self._kept(path, in_step, piles)
        self.waiting: pa.Table | None = None

    def take(self, number: int) -> pa.Table:
        """The next rows in step, so many as there must be."""
        found: list[pa.Table] = []
        while number:
            if self.waiting is None or not self.waiting.num_rows:
                self.waiting = next(self.parts)
            found.append(self.waiting.slice(0, number))
            number -= found[-1].num_rows
            self.waiting = self.waiting.slice(found[-1].num_rows)
        return pa.concat_tables(found)

    def finish(self) -> None:
        """Read to the end: what is left doesn't come in step."""
        assert next(self.parts, None) is None

    def _kept(self, path: Path, in_step: Any, piles: Piles) -> Iterator[pa.Table]:
        row = 0
        for part in batches(path):
            part = part.append_column(ROW, pa.array(np.arange(row, row + part.num_rows)))
            if in_step is None:
                if part.num_rows:
                    yield part
            else:
                kept = in_step[row : row + part.num_rows]
                if not kept.all():
                    piles.put(part.filter(pa.array(~kept)) if kept.any() else part)
                if kept.any():
                    yield part.filter(pa.array(kept)) if not kept.all() else part
            row += part.num_rows
