"""Tables that already lie as they are needed, which is nearly always: persons by household, in the households' order.

Then nothing is moved or looked up. What is asked is asked a chunk at a time, so that no column is copied into one piece.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def starts_in_order(ids: Any, refs: Any) -> Any:
    """At which of the refs each household begins; None if the refs aren't the ids in the same order, each at least once."""
    own, theirs = whole_numbers(ids), whole_numbers(refs)
    if own is None or theirs is None or ids.type != refs.type or not theirs:
        return None
    homes = own[0] if len(own) == 1 else np.concatenate(own) if own else np.zeros(0, np.int64)
    heads, seen = [], 0
    for starts, refs_there in at_once(_heads, _with_the_last(theirs)):
        if not np.array_equal(refs_there, homes[seen : seen + len(starts)]):
            return None
        seen += len(starts)
        heads.append(starts)
    return np.concatenate(heads) if seen == len(homes) else None


def _heads(piece: Piece) -> tuple[Any, Any]:
    """The rows whose ref differs from that of the row before, and their refs."""
    first, part, before = piece
    changes = np.flatnonzero(part[1:] != part[:-1]) + 1
    if before is None or part[0] != before:
        changes = np.concatenate(([0], changes))
    return changes + first, part[changes]


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
