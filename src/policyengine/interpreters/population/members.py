"""Members nested in households: what they come to together, and how they stand to each other.

Persons lie next to each other by household; `starts` says where each household begins. Every household has a member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from policyengine.interpreters.population.columns import (
    BOTTOM,
    COMPARISONS,
    TOP,
    Bools,
    Ints,
    Numbers,
    Truths,
    both,
    chosen,
    each,
    either,
    equal,
    hull,
    larger,
    less,
    smaller,
    where,
)


@dataclass(frozen=True)
class Nesting:
    """starts: each household's first row among the persons. ranks: each person's place in the order of ids at home."""

    starts: Any
    persons: int
    ranks: Any = None
    is_spread: bool = field(default=False, init=False, compare=False)  # has a value been spread over members?

    @cached_property
    def sizes(self) -> Ints:
        return sizes(self.starts, self.persons)

    @cached_property
    def homes(self) -> Ints:
        """The household's row of each person."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    def spread(self, values: Any) -> Any:
        """A household's value for each of its members."""
        if np.ndim(values) == 0:
            return values
        if values.itemsize == 1 and not self.is_spread:  # once, it is cheaper without the persons' households
            object.__setattr__(self, "is_spread", True)
            return np.repeat(values, self.sizes)
        return values[self.homes]

    def full(self, values: Any) -> Any:
        """A value for each person, also where it is the same for all."""
        return np.full(self.persons, values) if np.ndim(values) == 0 else values

    def total(self, values: Any) -> Ints:
        """The sum over each household; of conditions, how many hold."""
        if np.ndim(values) == 0:
            return self.sizes * np.int64(values)
        return np.add.reduceat(values.astype(np.int64, copy=False), self.starts)

    def any(self, values: Bools) -> Bools:
        return np.logical_or.reduceat(self.full(values), self.starts)

    def all(self, values: Bools) -> Bools:
        return np.logical_and.reduceat(self.full(values), self.starts)

    def least(self, values: Ints) -> Ints:
        return np.minimum.reduceat(self.full(values), self.starts)

    def most(self, values: Ints) -> Ints:
        return np.maximum.reduceat(self.full(values), self.starts)

    @cached_property
    def pairs(self) -> list[tuple[Any, Any]]:
        """Every two members of a household once: rows of the one and of the other, by how far they lie apart."""
        left = self.spread(self.starts + self.sizes) - np.arange(self.persons)  # members from here on
        found, rows, apart = [], np.flatnonzero(left > 1), 1
        while len(rows):
            found.append((rows, rows + apart))
            apart += 1
            rows = rows[left[rows] > apart]
        return found

    def sides(self) -> Iterator[tuple[Any, Any]]:
        """(of whom, the other) rows of every ordered pair; within one item no person comes up twice as the first."""
        for one, other in self.pairs:
            yield one, other
            yield other, one

    def others(self, values: Ints, empty: int, pick: Callable[[Ints, Ints], Ints]) -> Ints:
        """What the other members at home come to for each person."""
        values, found = self.full(values), np.full(self.persons, empty, np.int64)
        for mine, theirs in self.sides():
            found[mine] = pick(found[mine], values[theirs])
        return found

    def standing(self, who: Truths, key: Numbers, descending: bool) -> Numbers:
        """Each person's rank at home by a key among those who count."""
        full_key, full_who = each(key, self.full), each(who, self.full)
        exact = key.high is None and who.possible is None
        sure = np.ones(self.persons, np.int64)
        possible = sure if exact else sure.copy()
        for mine, theirs in self.sides():
            earlier = Truths(self.ranks[theirs] < self.ranks[mine])
            counted = ahead(
                _rows(full_key, mine), _rows(full_key, theirs), _rows(full_who, theirs), earlier, descending
            )
            sure[mine] += counted.sure
            if not exact:
                possible[mine] += counted.may
        return Numbers(sure) if exact else Numbers(sure, possible)


def sizes(starts: Any, persons: int) -> Ints:
    """How many persons each household has."""
    found = np.empty(len(starts), np.int64)
    if len(starts):
        np.subtract(starts[1:], starts[:-1], out=found[:-1])
        found[-1] = persons - starts[-1]
    return found


@dataclass(frozen=True)
class Circle:
    """Over whom something is taken: everybody at home (by household), or each person's others (by person)."""

    nesting: Nesting
    others: bool

    def total(self, values: Any) -> Ints:
        found = self.nesting.total(values)
        if not self.others:
            return found
        return self.nesting.spread(found) - self.nesting.full(values).astype(np.int64, copy=False)

    def any(self, values: Bools) -> Bools:
        return self.total(values) > 0 if self.others else self.nesting.any(values)

    def all(self, values: Bools) -> Bools:
        return self.total(~values) == 0 if self.others else self.nesting.all(values)

    def least(self, values: Ints) -> Ints:
        return self.nesting.others(values, TOP, smaller) if self.others else self.nesting.least(values)

    def most(self, values: Ints) -> Ints:
        return self.nesting.others(values, BOTTOM, larger) if self.others else self.nesting.most(values)


@dataclass(frozen=True)
class Lifted(Circle):
    """Everybody at home, told to each person."""

    def any(self, values: Any) -> Any:
        return self.nesting.spread(Circle.any(self, values))

    def least(self, values: Any) -> Any:
        return self.nesting.spread(Circle.least(self, values))

    def most(self, values: Any) -> Any:
        return self.nesting.spread(Circle.most(self, values))


def count(circle: Circle, who: Truths) -> Numbers:
    return Numbers(circle.total(who.sure), None if who.possible is None else circle.total(who.possible))


def any_of(circle: Circle, who: Truths, body: Truths) -> Truths:
    meant = both(who, body)
    return Truths(circle.any(meant.sure), None if meant.possible is None else circle.any(meant.possible))


def all_of(circle: Circle, who: Truths, body: Truths) -> Truths:
    meant = either(Truths(~who.may, None if who.possible is None else ~who.sure), body)
    return Truths(circle.all(meant.sure), None if meant.possible is None else circle.all(meant.possible))


def total(circle: Circle, who: Truths, body: Numbers) -> Numbers:
    """The sum; who may or may not belong adds between nothing and the whole."""
    if who.possible is None and body.high is None:
        return Numbers(circle.total(where(who.sure, body.low, 0)))
    share = body if who.possible is None else chosen(who.sure, body, hull(body, Numbers(0)))
    share = chosen(who.may, share, Numbers(0))
    low = _closed_total(circle, share.low, BOTTOM, share.open_low)
    high = _closed_total(circle, share.top, TOP, share.open_high)
    return Numbers(low, high, share.open_low, share.open_high)


def _closed_total(circle: Circle, values: Ints, end: int, is_open: bool) -> Ints:
    if not is_open:
        return circle.total(values)
    return where(circle.any(circle.nesting.full(values) == end), end, circle.total(where(values == end, 0, values)))


def extreme(circle: Circle, who: Truths, body: Numbers, default: Numbers, *, smallest: bool) -> Numbers:
    """The smallest or largest of those who belong, with any of the uncertain ones in or out; of nobody the default."""
    anybody = circle.any(who.sure)
    full = each(body, circle.nesting.full)
    assert isinstance(full, Numbers)
    least, most = _between(circle, who.sure, full)
    sure = least if smallest else most
    if who.possible is None:
        return chosen(anybody, sure, default)
    lowest, highest = _between(circle, who.possible & ~who.sure, full)
    if smallest:
        low, high = smaller(least.low, lowest.low), least.top
    else:
        low, high = most.low, larger(most.top, highest.top)
    alone = hull(default, Numbers(lowest.low, highest.top, lowest.open_low, highest.open_high))
    return chosen(anybody, Numbers(low, high, body.open_low, body.open_high), alone)


def _between(circle: Circle, who: Bools, body: Numbers) -> tuple[Numbers, Numbers]:
    """The least and the most of those for whom `who` holds; of nobody, what any number lies beyond."""
    least = _each_end(body, lambda values: circle.least(where(who, values, TOP)))
    most = _each_end(body, lambda values: circle.most(where(who, values, BOTTOM)))
    return least, most


def _each_end(body: Numbers, change: Callable[[Ints], Ints]) -> Numbers:
    found = each(body, change)
    assert isinstance(found, Numbers)
    return found


def rank(nesting: Nesting, who: Truths, key: Numbers, *, descending: bool) -> Numbers:
    """1 + how many others come before; equals in the order of ids."""
    return nesting.standing(who, key, descending)


def ahead(own: Numbers, other: Numbers, who: Truths, earlier: Truths, descending: bool) -> Truths:
    """Does another member come before? who: is the other one of those that count; earlier: in the order of ids."""
    before = less(own, other) if descending else less(other, own)
    tied = either(equal(own, other), COMPARISONS[">=" if descending else "<="](other, own))
    return both(who, either(before, both(earlier, tied)))


def _rows(column: Any, rows: Any) -> Any:
    return each(column, lambda values: values[rows])
