"""Tables that already lie as they are needed, which is nearly always: persons by household, in the households' order.

Then nothing is moved or looked up. What is asked is asked a chunk at a time, so that no column is copied into one piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from policyengine.population.threads import at_once

PIECE = 131_072  # rows that are looked at together
Piece = tuple[int, Any, Any]


def whole_numbers(ids: Any) -> list[Any] | None:
    """An Arrow column's chunks as arrays, not copied; None if it holds anything but whole numbers."""
    if not pa.types.is_integer(ids.type) or ids.null_count:
        return None
    chunks = ids.chunks if isinstance(ids, pa.ChunkedArray) else [ids]
    return [chunk.to_numpy() for chunk in chunks if len(chunk)]


@dataclass(frozen=True)
class InOrder:
    """starts: at which person each household begins. largest: persons of the largest household. rising: is each person's id
    above that of the one before at home?"""

    starts: Any
    largest: int
    rising: bool


@dataclass(frozen=True)
class _Seen:
    """Of some rows: which household is the first to begin there, how many do; the largest that also ends there."""

    first: int
    count: int
    largest: int
    rising: bool


def in_order(ids: Any, refs: Any, persons: Any) -> InOrder | None:
    """What is known of tables whose persons refer to the households one after the other, each at least once.

    ids: the households', in one piece; refs, persons: which household each person belongs to, and the person's own id. None if
    they lie otherwise, or the ids aren't whole numbers that rise: then the rows are to be looked up.
    """
    own, theirs = whole_numbers(ids), whole_numbers(refs)
    if not own or not theirs or ids.type != refs.type or not rise(ids):
        return None
    homes, people = own[0], whole_numbers(persons)
    starts = np.empty(len(homes), np.int64)

    def look(first: int) -> _Seen | None:
        rows = slice(first, min(first + PIECE, len(refs)))
        part = _part(theirs, rows)
        changes = part[1:] != part[:-1]
        heads = np.flatnonzero(changes) + (first + 1)
        begins = first == 0 or part[0] != _value(theirs, first - 1)
        if begins:
            heads = np.concatenate(([first], heads))
        rising = people is not None and _rise_but_for(people, rows, begins, changes)
        if not len(heads):
            return _Seen(-1, 0, 0, rising)
        found = part[heads - first]
        home = int(np.searchsorted(homes, found[0]))
        if not np.array_equal(found, homes[home : home + len(found)]):
            return None
        starts[home : home + len(heads)] = heads
        return _Seen(home, len(heads), int((heads[1:] - heads[:-1]).max(initial=0)), rising)

    seen = at_once(look, range(0, len(refs), PIECE))
    expected, largest = 0, 0
    for part in seen:
        if part is None or (part.count and part.first != expected):
            return None
        if part.count and expected:
            largest = max(largest, int(starts[expected] - starts[expected - 1]))
        expected, largest = expected + part.count, max(largest, part.largest)
    if expected != len(homes):
        return None
    return InOrder(
        starts, max(largest, len(refs) - int(starts[-1])), all(part is not None and part.rising for part in seen)
    )


def _part(parts: list[Any], rows: slice) -> Any:
    """Some rows of a column, which are copied only if they lie in several chunks."""
    found, first = [], 0
    for part in parts:
        if rows.start < first + len(part) and first < rows.stop:
            found.append(part[max(rows.start - first, 0) : rows.stop - first])
        first += len(part)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _value(parts: list[Any], row: int) -> Any:
    return _part(parts, slice(row, row + 1))[0]


def _rise_but_for(ids: list[Any], rows: slice, begins: bool, changes: Any) -> bool:
    """Is each id above the one before, but where another household begins?"""
    part = _part(ids, rows)
    return (begins or bool(part[0] > _value(ids, rows.start - 1))) and bool(((part[1:] > part[:-1]) | changes).all())


def rise_at_home(ids: Any, starts: Any) -> bool:
    """Is each person's id, a whole number, above that of the one before at home? Then none stands twice."""
    parts = whole_numbers(ids)
    return parts is not None and all(at_once(lambda piece: _rises(piece, starts), _with_the_last(parts)))


def _rises(piece: Piece, starts: Any) -> bool:
    first, part, before = piece
    rises = np.empty(len(part), np.bool_)
    np.greater(part[1:], part[:-1], out=rises[1:])
    rises[0] = before is None or part[0] > before
    low, high = np.searchsorted(starts, (first, first + len(part)))
    rises[starts[low:high] - first] = True
    return bool(rises.all())


def rise(ids: Any) -> bool:
    """Is each id, a whole number, above the one before? Then none stands twice."""
    parts = whole_numbers(ids)
    return parts is not None and all(
        bool((part[1:] > part[:-1]).all()) and (before is None or part[0] > before)
        for _, part, before in _with_the_last(parts)
    )


def _with_the_last(parts: list[Any]) -> Iterator[Piece]:
    """The parts in pieces, each with the number of its first row and the value before it."""
    first, before = 0, None
    for part in parts:
        for start in range(0, len(part), PIECE):
            piece = part[start : start + PIECE]
            yield first, piece, before
            first, before = first + len(piece), piece[-1]
