"""Read columns of facts, as Arrow arrays, into columns of values.

What a single value means is intake.py's and given.py's to say: every distinct value that isn't plain goes through the very
reader that reads it for one household. Plain truths, figures and dates are read a column at a time, to the same effect
(tests/test_population_tables.py compares the two).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine import ir
from policyengine.compiler.figures import ABSENT, UNKNOWN
from policyengine.given import Unreadable, whole_range
from policyengine.intake import Entry
from policyengine.interpreters.population.columns import (
    BOTTOM,
    TOP,
    Column,
    Numbers,
    Truths,
    Whole,
    column_of,
    each,
    numbers,
)
from policyengine.interpreters.population.rounding import at_most
from policyengine.ir import ConditionType, DateType, NumberType
from policyengine.values import Value, ends

EPOCH = 719_163  # the ordinal of 1970-01-01
PLAIN = r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,9})?$"  # a figure as text that needs no reading
EXACT_FLOATS = 10**15  # below this a float's shortest decimal is the one whose multiple it is


@dataclass(frozen=True)
class Faulty:
    """What is wrong with one row's value."""

    row: int
    value: Any
    error: Unreadable


@dataclass(frozen=True)
class Reading:
    """A fact's column. stated: of an optional fact, whether there is one. Faulty rows hold what is unknown."""

    column: Column
    stated: Truths | None
    faulty: tuple[Faulty, ...]


def read_column(fact: ir.Fact, entry: Entry, array: Any, options: tuple[str, ...]) -> Reading:
    """array: an Arrow array of any type that the fact can be given in."""
    if isinstance(array, pa.ChunkedArray):
        whole = None if fact.optional else _whole_chunks(fact, array)
        if whole is not None:
            return Reading(whole, None, ())
        array = array.combine_chunks()
    plain = None if fact.optional else _plain(fact, array)
    if plain is None:
        return _by_value(fact, entry, array, options)
    column, odd = plain
    if not len(odd):
        return Reading(column, None, ())
    rest = _by_value(fact, entry, array.take(pa.array(odd)), options)
    merged = _merged(column, odd, rest.column)
    return Reading(merged, None, tuple(Faulty(int(odd[item.row]), item.value, item.error) for item in rest.faulty))


# each distinct value once


def _by_value(fact: ir.Fact, entry: Entry, array: Any, options: tuple[str, ...]) -> Reading:
    if pa.types.is_nested(array.type):
        return _row_by_row(fact, entry, array, options)
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    distinct = coded.dictionary.to_pylist()
    found, stated, wrong = _values(fact, entry, [*distinct, None])
    place = coded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64)
    column = each(column_of(found, fact.type, options), lambda values: values[place])
    faulty = [
        Faulty(int(row), distinct[index], error)
        for index, error in wrong.items()
        for row in np.flatnonzero(place == index)
    ]
    return Reading(column, _stated(fact, stated, place), tuple(faulty))


def _row_by_row(fact: ir.Fact, entry: Entry, array: Any, options: tuple[str, ...]) -> Reading:
    rows = array.to_pylist()
    found, stated, wrong = _values(fact, entry, rows)
    faulty = tuple(Faulty(row, rows[row], error) for row, error in wrong.items())
    return Reading(column_of(found, fact.type, options), _stated(fact, stated, np.arange(len(rows))), faulty)


def _stated(fact: ir.Fact, stated: list[bool | None], place: Any) -> Truths | None:
    if not fact.optional:
        return None
    found = each(column_of(stated, ConditionType(), ()), lambda values: values[place])
    assert isinstance(found, Truths)
    return found


def _values(
    fact: ir.Fact, entry: Entry, given: list[Any]
) -> tuple[list[Value], list[bool | None], dict[int, Unreadable]]:
    """What each value means, whether something is stated by it, and which ones can't be read."""
    found: list[Value] = []
    stated: list[bool | None] = []
    wrong: dict[int, Unreadable] = {}
    for index, value in enumerate(given):
        found.append(entry.unknown)
        stated.append(None)
        word = value.strip() if isinstance(value, str) else None
        if value is None or word in UNKNOWN:
            continue
        if fact.optional and word is not None and word.lower() in ABSENT:
            stated[-1] = False
            continue
        stated[-1] = True
        try:
            found[-1] = entry.read(value)
        except Unreadable as error:
            wrong[index] = error
    return found, stated, wrong


def _merged(column: Column, rows: Any, part: Column) -> Column:
    """A column with some rows from another."""
    match column, part:
        case Truths(), Truths():
            sure, may = column.sure.copy(), column.may.copy()
            sure[rows], may[rows] = part.sure, part.may
            return Truths(sure, may)
        case Numbers(), Numbers():
            low, high = column.low.copy(), column.top.copy()
            low[rows], high[rows] = part.low, part.top
            return numbers(low, high)
    raise AssertionError("choices are never read a column at a time")


# a whole column at once


def _plain(fact: ir.Fact, array: Any) -> tuple[Column, Any] | None:
    """The column, and the rows that it doesn't hold; None if nothing of this kind can be read at once."""
    match fact.type:
        case ConditionType() if pa.types.is_boolean(array.type):
            return _truths(array), ()
        case DateType() if pa.types.is_date32(array.type):
            days = array.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64) + EPOCH
            return _ranged(fact, array, days, np.True_, *ends(fact.range))
        case NumberType():
            within = whole_range(fact)
            assert within is not None
            scale, least, most = within
            whole = _whole(array, scale, least, most)
            if whole is not None:
                return whole, ()
            scaled = _scaled(array, scale)
            if scaled is None:
                return None
            return _ranged(fact, array, *scaled, least, most)
    return None


def _truths(array: Any) -> Truths:
    if not array.null_count:
        return Truths(_bits(array))
    sure, may = (array.fill_null(missing).to_numpy(zero_copy_only=False) for missing in (False, True))
    return Truths(sure, may)


def _bits(array: Any) -> Any:
    """The truths of an array without nulls, in a tenth of the time that Arrow takes to unpack them."""
    if not len(array):
        return np.zeros(0, np.bool_)
    bits, first = np.frombuffer(array.buffers()[1], np.uint8), array.offset % 8
    found = np.unpackbits(bits[array.offset // 8 :], count=first + len(array), bitorder="little")
    return found[first:].view(np.bool_)


def _whole(array: Any, scale: int, least: int, most: int) -> Numbers | None:
    """Whole figures none of which is missing or out of range: what nearly every column is, in as few passes as can be."""
    if array.null_count or not pa.types.is_signed_integer(array.type):
        return None
    found = array.to_numpy().astype(np.int64, copy=False)
    if not _fit(found, scale, least, most):
        return None
    return Whole([found], scale) if scale != 1 else Numbers(found)


def _fit(whole: Any, scale: int, least: int, most: int) -> bool:
    if least <= 0 <= at_most(whole) * scale <= most:
        return True
    return not len(whole) or (least <= int(whole.min()) * scale and int(whole.max()) * scale <= most)


def _whole_chunks(fact: ir.Fact, array: Any) -> Column | None:
    """Truths or whole figures none of which is missing or out of range, read from chunks where they lie."""
    if array.null_count or array.num_chunks < 2:
        return None
    if isinstance(fact.type, ConditionType) and pa.types.is_boolean(array.type):
        return Truths(np.concatenate([_bits(chunk) for chunk in array.chunks]))
    within = whole_range(fact)
    if within is None or not pa.types.is_signed_integer(array.type):
        return None
    scale, least, most = within
    pieces = [chunk.to_numpy().astype(np.int64, copy=False) for chunk in array.chunks]
    return Whole(pieces, scale) if all(_fit(piece, scale, least, most) for piece in pieces) else None


def _ranged(
    fact: ir.Fact, array: Any, values: Any, readable: Any, least: int | None, most: int | None
) -> tuple[Numbers, Any]:
    """Numbers within their range; a row without any is unknown, others are to be read by themselves."""
    good = np.broadcast_to(readable, values.shape)
    if least is not None and len(values) and values.min() < least:
        good = good & (values >= least)
    if most is not None and len(values) and values.max() > most:
        good = good & (values <= most)
    if not array.null_count:
        return Numbers(values), () if good.all() else np.flatnonzero(~good)
    known = array.is_valid().to_numpy(zero_copy_only=False)
    low, high = ends(fact.range)
    bottoms = np.where(known, values, BOTTOM if low is None else low)
    tops = np.where(known, values, TOP if high is None else high)
    return numbers(bottoms, tops), np.flatnonzero(known & ~good)


def _scaled(array: Any, scale: int) -> tuple[Any, Any] | None:
    """Figures on a scale, and which of them are exactly that; None if they can't be read at once."""
    kind = array.type
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        whole = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        fits = _within(whole, (2**62) // scale)
        return whole * scale, fits
    if pa.types.is_decimal128(kind):
        return _decimals(array, scale)
    if pa.types.is_float64(kind):
        return _floats(array.fill_null(0).to_numpy(zero_copy_only=False), scale)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _texts(array, scale)
    return None


def _within(values: Any, limit: int) -> Any:
    if not len(values) or (values.min() >= -limit and values.max() <= limit):
        return np.True_
    return (values >= -limit) & (values <= limit)


def _decimals(array: Any, scale: int) -> tuple[Any, Any] | None:
    places = array.type.scale
    if places < 0 or places > 15:
        return None
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    small, overflow = words[0::2], words[1::2]
    fits = overflow == small >> 63
    if array.null_count:
        known = array.is_valid().to_numpy(zero_copy_only=False)
        small, fits = np.where(known, small, 0), fits | ~known
    unit = 10**places
    if scale % unit == 0:
        return small * (scale // unit), fits & _within(small, 2**62 // (scale // unit))
    fits = fits & _within(small, 2**62 // scale)
    scaled = small * scale
    return scaled // unit, fits & (scaled % unit == 0)


def _floats(values: Any, scale: int) -> tuple[Any, Any] | None:
    """A float is the decimal that it is written as: the shortest that no nearer float has."""
    if 10 ** (len(str(scale)) - 1) != scale:
        return None
    with np.errstate(all="ignore"):
        nearest = np.rint(values * scale)
        exact = (np.abs(nearest) < EXACT_FLOATS) & (nearest / scale == values)
        return np.where(exact, nearest, 0).astype(np.int64), exact


def _texts(array: Any, scale: int) -> tuple[Any, Any] | None:
    plain = pc.match_substring_regex(array, PLAIN).fill_null(True)
    usable = pc.if_else(plain, array, pa.scalar(None, array.type))
    try:
        found = _decimals(pc.cast(usable, pa.decimal128(38, 9)), scale)
    except pa.ArrowInvalid:
        return None
    if found is None:
        return None
    return found[0], found[1] & plain.to_numpy(zero_copy_only=False)
