"""Put persons next to each other by household, and find the rows that belong to no household or to two.

Input is either one table whose column `members` holds each household's persons, or two tables joined by id, each in any
order. Every row that can't be used is told with its number; the others of its household go with it, and are told too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.given import shown
from policyengine.intake import LARGEST_HOUSEHOLD, RESERVED_IDS
from policyengine.interpreters.population import Nesting
from policyengine.interpreters.population.members import sizes
from policyengine.population.ordered import InOrder, in_order, rise, rise_at_home

HOUSEHOLDS, PERSONS = "households", "persons"
HOUSEHOLD_ID = ("household_id", "household", "家庭编号", "户编号", "家庭")
PERSON_ID = ("person_id", "member_id", "人员编号", "成员编号")
ID = ("id", "编号")
MEMBERS = ("members", "成员")
UNEVEN = (
    "cells / columns"  # a column of a table whose rows haven't all as many cells as the header: what such a row has
)
ROW = "row number"  # a column of a table that has been cut up: which row of the whole each was, counting from 0


@dataclass(frozen=True)
class Rejected:
    """A row that can't be used. row: its number in its table, the first being 1. column: "" for the row as a whole."""

    table: str
    row: int
    id: str
    column: str
    reason: Diagnostic


@dataclass(frozen=True)
class Households:
    """Households and their persons, these next to each other: `starts` says where each household begins.

    ids and rows are those of the input; `rows` count from 0. facts: the tables without their ids. home_ids: each person's
    household id, where the persons' table has it in this order.
    """

    household_ids: Any
    person_ids: Any
    household_rows: Any
    person_rows: Any
    households: pa.Table
    persons: pa.Table
    starts: Any
    home_ids: Any = None

    @cached_property
    def sizes(self) -> Any:
        return sizes(self.starts, len(self.person_rows))

    @cached_property
    def homes(self) -> Any:
        """The household's place of each person."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    def slice(self, first: int, last: int) -> Households:
        """The households from one place to another, without copying."""
        if first == 0 and last >= len(self.starts):
            return self
        start = int(self.starts[first]) if first < len(self.starts) else len(self.person_rows)
        end = int(self.starts[last]) if last < len(self.starts) else len(self.person_rows)
        return Households(
            self.household_ids.slice(first, last - first),
            self.person_ids.slice(start, end - start),
            self.household_rows[first:last],
            self.person_rows[start:end],
            self.households.slice(first, last - first),
            self.persons.slice(start, end - start),
            self.starts[first:last] - start,
            None if self.home_ids is None else self.home_ids.slice(start, end - start),
        )

    def keep(self, good: Any) -> Households:
        """The households for which `good` holds."""
        people = good[self.homes]
        rows, persons = pa.array(np.flatnonzero(good)), pa.array(np.flatnonzero(people))
        sizes = self.sizes[good]
        return Households(
            self.household_ids.take(rows),
            self.person_ids.take(persons),
            _numbers(self.household_rows)[good],
            _numbers(self.person_rows)[people],
            self.households.take(rows),
            self.persons.take(persons),
            np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64) if len(sizes) else sizes.astype(np.int64),
        )

    def nesting(self, ranked: bool) -> Nesting:
        return Nesting(
            self.starts, len(self.person_rows), ranks(one_array(self.person_ids), self.homes) if ranked else None
        )


@dataclass(frozen=True)
class Nested:
    """Households that can be read, and rows that can't."""

    households: Households
    rejected: tuple[Rejected, ...]


def join(households: pa.Table, persons: pa.Table) -> Nested:
    """Two tables by household id, each in any order."""
    households, home_rows = _numbered(households)
    persons, person_rows = _numbered(persons)
    home_name = column_named(households, (*HOUSEHOLD_ID, *ID), HOUSEHOLDS)
    their_home = column_named(persons, HOUSEHOLD_ID, PERSONS)
    person_name = column_named(persons, (*PERSON_ID, *ID), PERSONS)
    person_ids = persons.column(person_name)
    if not pa.types.is_integer(person_ids.type):
        person_ids = one_array(person_ids)
    home_ids = one_array(households.column(home_name))
    ordered = in_order(home_ids, persons.column(their_home), person_ids)
    if ordered is not None:
        nested = Households(
            home_ids,
            person_ids,
            home_rows,
            person_rows,
            households.drop_columns([home_name]),
            persons.drop_columns([their_home, person_name]),
            ordered.starts,
            home_ids=persons.column(their_home),
        )
        return _checked(nested, home_name, person_name, [], ordered)
    home_rows, person_rows = _numbers(home_rows), _numbers(person_rows)
    home_ids, refs = _alike(home_ids, one_array(persons.column(their_home)))
    place = _places(refs, home_ids)
    if len(place) and (place[1:] < place[:-1]).any():
        order = np.argsort(place, kind="stable")
        persons, place = persons.take(pa.array(order)), place[order]
    else:
        order = np.arange(len(place))
    orphans = int(np.searchsorted(place, 0))  # they come first, as -1
    uneven = _uneven(persons.slice(0, orphans))
    person_ids = one_array(persons.column(person_name))
    told = [
        Rejected(
            PERSONS,
            int(person_rows[row]) + 1,
            _word(person_ids[index]),
            their_home,
            uneven.get(index) or _orphan(refs[int(row)].as_py()),
        )
        for index, row in enumerate(order[:orphans])
    ]
    sizes = np.bincount(place[orphans:], minlength=households.num_rows)
    starts = (np.cumsum(sizes) - sizes).astype(np.int64)
    nested = Households(
        home_ids,
        person_ids.slice(orphans),
        home_rows,
        person_rows[order[orphans:]],
        households.drop_columns([home_name]),
        persons.slice(orphans).drop_columns([their_home, person_name]),
        starts,
    )
    return _checked(nested, home_name, person_name, told)


def _places(refs: Any, ids: Any) -> Any:
    """Where each ref stands among the ids, -1 for those that don't. Equal refs that follow each other are one look-up."""
    if not len(refs):
        return np.zeros(0, np.int64)
    changes = pc.fill_null(pc.not_equal(refs.slice(1), refs.slice(0, len(refs) - 1)), True).to_numpy(
        zero_copy_only=False
    )
    heads = np.concatenate(([0], np.flatnonzero(changes) + 1))
    first = refs.take(pa.array(heads))
    if not first.null_count and first.equals(ids):
        found = np.arange(len(ids))
    else:
        found = pc.index_in(first, value_set=ids, skip_nulls=True).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.repeat(found.astype(np.int64), np.diff(heads, append=len(refs)))


def _numbered(table: pa.Table) -> tuple[pa.Table, Any]:
    if ROW not in table.column_names:
        return table, range(table.num_rows)
    return table.drop_columns([ROW]), table.column(ROW).to_numpy()


def _numbers(rows: Any) -> Any:
    return np.arange(rows.start, rows.stop) if isinstance(rows, range) else rows


def unnest(table: pa.Table, first: tuple[int, int] = (0, 0)) -> Nested:
    """One table with a list of members in each row; household ids may be left out, then they are row numbers.

    first: the numbers of the first household and the first person, counting from 0.
    """
    name = column_named(table, MEMBERS, HOUSEHOLDS)
    lists = one_array(table.column(name))
    if not pa.types.is_list(lists.type) and not pa.types.is_large_list(lists.type):
        raise PolicyError([diagnostic("bad-column", path=name, type=str(lists.type))])
    if not pa.types.is_struct(lists.type.value_type):
        raise PolicyError([diagnostic("bad-column", path=name, type=str(lists.type))])
    persons = pa.Table.from_struct_array(lists.flatten())
    sizes = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    home_name = next((name for name in (*HOUSEHOLD_ID, *ID) if name in table.column_names), None)
    person_name = column_named(persons, (*PERSON_ID, *ID), PERSONS)
    rows = np.arange(table.num_rows) + first[0]
    nested = Households(
        pa.array(rows + 1) if home_name is None else one_array(table.column(home_name)),
        one_array(persons.column(person_name)),
        rows,
        np.arange(persons.num_rows) + first[1],
        table.drop_columns([name] if home_name is None else [name, home_name]),
        persons.drop_columns([person_name]),
        starts,
    )
    return _checked(nested, home_name or "", person_name, [])


def _checked(
    nested: Households, home_name: str, person_name: str, told: list[Rejected], ordered: InOrder | None = None
) -> Nested:
    """Only households with an id of their own, and members that have ids of theirs. ordered: what is known already."""
    found: list[Found] = []
    for table, side in ((HOUSEHOLDS, nested.households), (PERSONS, nested.persons)):
        found += [(table, place, "", reason) for place, reason in _uneven(side).items()]
    nested = replace(nested, households=_even(nested.households), persons=_even(nested.persons))
    if ordered is None or ordered.largest > LARGEST_HOUSEHOLD:
        found += _bad_households(nested, home_name)
    if ordered is None or not ordered.rising:
        found += _bad_persons(nested, person_name)
    if not found:
        return Nested(nested, tuple(told))
    return reject(nested, found, told)


def _uneven(table: pa.Table) -> dict[int, Diagnostic]:
    """By place: the rows that have more or fewer cells than the table has columns."""
    if UNEVEN not in table.column_names:
        return {}
    said = one_array(table.column(UNEVEN))
    places = np.flatnonzero(said.is_valid().to_numpy(zero_copy_only=False)).tolist()
    cells = {place: str(said[place]).partition("/") for place in places}
    return {
        place: diagnostic("uneven-row", number=number, expected=expected)
        for place, (number, _, expected) in cells.items()
    }


def _even(table: pa.Table) -> pa.Table:
    return table.drop_columns([UNEVEN]) if UNEVEN in table.column_names else table


Found = tuple[str, int, str, Diagnostic]  # table, place in it, column, reason


def reject(nested: Households, found: Sequence[Found], told: Sequence[Rejected] = ()) -> Nested:
    """Leave out the households with rows that can't be used: each of their rows is told once, with its own reason if any."""
    good, homes = np.ones(len(nested.starts), np.bool_), nested.homes
    reasons: dict[tuple[str, int], tuple[str, Diagnostic]] = {}
    for table, place, column, reason in found:
        reasons.setdefault((table, place), (column, reason))
        good[place if table == HOUSEHOLDS else homes[place]] = False
    bad = np.flatnonzero(~good)
    rows = list(told)
    sides = ((HOUSEHOLDS, bad, nested.household_ids, nested.household_rows),
             (PERSONS, np.flatnonzero(~good[homes]), nested.person_ids, nested.person_rows))  # fmt: skip
    for table, places, ids, numbers in sides:
        for place in places.tolist():
            column, reason = reasons.get((table, place)) or ("", diagnostic("rejected-household"))
            rows.append(Rejected(table, int(numbers[place]) + 1, _word(ids[place]), column, reason))
    return Nested(nested.keep(good), tuple(rows))


def _bad_households(nested: Households, column: str) -> Iterable[Found]:
    ids, sizes = nested.household_ids, nested.sizes
    if ids.null_count:
        for place in np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False)).tolist():
            yield HOUSEHOLDS, place, column, diagnostic("row-without-id")
    for place in [] if rise(ids) else _repeated(ids):
        yield HOUSEHOLDS, place, column, diagnostic("duplicate-household", id=_word(ids[place]))
    if len(sizes) and not sizes.min():
        for place in np.flatnonzero(sizes == 0).tolist():
            yield HOUSEHOLDS, place, "", diagnostic("household-without-members")
    if len(sizes) and sizes.max() > LARGEST_HOUSEHOLD:
        for place in np.flatnonzero(sizes > LARGEST_HOUSEHOLD).tolist():
            number, limit = str(sizes[place]), str(LARGEST_HOUSEHOLD)
            yield HOUSEHOLDS, place, "", diagnostic("too-many-members", number=number, limit=limit)


def _bad_persons(nested: Households, column: str) -> Iterable[Found]:
    ids = nested.person_ids
    if ids.null_count:
        for place in np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False)).tolist():
            yield PERSONS, place, column, diagnostic("row-without-id")
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        reserved = pc.is_in(ids, value_set=pa.array(RESERVED_IDS, ids.type)).to_numpy(zero_copy_only=False)
        for place in np.flatnonzero(reserved).tolist():
            yield PERSONS, place, column, diagnostic("reserved-member-id", id=_word(ids[place]))
    if rise_at_home(ids, nested.starts):
        return
    for place in _repeated(one_array(ids), nested.homes):
        yield PERSONS, place, column, diagnostic("duplicate-member", id=_word(ids[place]))


def _repeated(ids: Any, homes: Any = None) -> list[int]:
    """The places of ids that stand twice (at one home)."""
    if not len(ids) or len(pc.unique(ids)) + max(ids.null_count - 1, 0) == len(ids):
        return []
    codes = ids.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    key = codes if homes is None else homes * (int(codes.max()) + 2) + codes + 1
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    return np.flatnonzero((count[place] > 1) & (codes >= 0)).tolist()


def ranks(ids: Any, homes: Any) -> Any:
    """Each person's place among the ids at home, which are compared as text."""
    coded = pc.cast(ids, pa.string()).dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_home = np.lexsort((place[coded.indices.to_numpy(zero_copy_only=False)], homes))
    found = np.empty(len(homes), np.int64)
    found[by_home] = np.arange(len(homes))
    return found


def column_named(table: pa.Table, names: Sequence[str], which: str) -> str:
    for name in names:
        if name in table.column_names:
            return name
    raise PolicyError([diagnostic("missing-column", path=which, names=", ".join(f"`{name}`" for name in names))])


def one_array(column: Any) -> Any:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(flat, pa.ChunkedArray):  # more text than one array holds
        flat = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in flat.chunks])
    return flat.dictionary_decode() if pa.types.is_dictionary(flat.type) else flat


def _alike(ids: Any, refs: Any) -> tuple[Any, Any]:
    """Ids that can be compared: numbers with numbers, otherwise as text."""
    if ids.type == refs.type:
        return ids, refs
    if pa.types.is_integer(ids.type) and pa.types.is_integer(refs.type):
        return ids.cast(pa.int64()), refs.cast(pa.int64())
    return as_words(ids), as_words(refs)


def as_words(ids: Any) -> Any:
    """Ids as text: the whole number that a float is, without a point."""
    words = ids.cast(pa.string())
    return pc.replace_substring_regex(words, r"\.0$", "") if pa.types.is_floating(ids.type) else words


def _orphan(ref: Any) -> Diagnostic:
    return diagnostic("row-without-id") if ref is None else diagnostic("orphan-member", id=shown(ref))


def _word(value: Any) -> str:
    found = value.as_py()
    return "" if found is None else str(found)
