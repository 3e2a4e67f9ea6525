"""What columns of values can be when not everything is known: values.py, a column at a time.

Every column is a pair of bounds, and a second bound of None says that it equals the first in every row: then nothing is
computed twice. Conditions lie between `sure` and `possible`, numbers between `low` and `high`. Open ends are the two
outermost whole numbers, so minimum, maximum and comparisons need no care for them. A constant column is a single value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from policyengine import ir
from policyengine.values import Number, Value, ends, single

Bools = Any  # an array of bools, or one bool for all rows
Ints = Any  # an array of 64-bit whole numbers, or one for all rows
BOTTOM, TOP = -(2**63), 2**63 - 1  # an open low end, an open high end


@dataclass(frozen=True, slots=True)
class Truths:
    """possible: None where every row is known."""

    sure: Bools
    possible: Bools = None

    @property
    def may(self) -> Bools:
        return self.sure if self.possible is None else self.possible


@dataclass(frozen=True, slots=True)
class Numbers:
    """high: None where every row is known. open_low, open_high: can an end be open in some row?"""

    low: Ints
    high: Ints = None
    open_low: bool = False
    open_high: bool = False

    @property
    def top(self) -> Ints:
        return self.low if self.high is None else self.high


class Whole(Numbers):
    """Known figures that lie in pieces, on a coarser scale: yuan where fen are meant. `low` is made when it is asked for.

    pieces: arrays of 64-bit whole numbers, end to end. factor: by how much each is multiplied.
    """

    pieces: tuple[Any, ...]
    factor: int
    _made: list[Any]
    __slots__ = ("_made", "factor", "pieces")

    def __init__(self, pieces: Sequence[Any], factor: int) -> None:
        for name, value in (("pieces", tuple(pieces)), ("factor", factor), ("_made", []), ("high", None),
                            ("open_low", False), ("open_high", False)):  # fmt: skip
            object.__setattr__(self, name, value)

    @property
    def low(self) -> Ints:
        if not self._made:
            found, first = np.empty(sum(len(piece) for piece in self.pieces), np.int64), 0
            for piece in self.pieces:
                np.multiply(piece, self.factor, out=found[first : first + len(piece)])
                first += len(piece)
            self._made.append(found)
        return self._made[0]


@dataclass(frozen=True, slots=True)
class Choices:
    """The options still possible, as bits in the order of the type's own options. exact: one bit in every row."""

    mask: Ints
    exact: bool


Column = Truths | Numbers | Choices


def each(column: Column, change: Callable[[Any], Any]) -> Column:
    """The column with every array of it changed alike."""
    match column:
        case Truths(sure=sure, possible=possible):
            return Truths(change(sure), None if possible is None else change(possible))
        case Numbers(low=low, high=high):
            return Numbers(change(low), None if high is None else change(high), column.open_low, column.open_high)
        case Choices(mask=mask):
            return Choices(change(mask), column.exact)


def where(condition: Bools, one: Any, other: Any) -> Any:
    """One where the condition holds, the other elsewhere, of one kind of value.

    numpy.where branches row by row, which costs ten times as much where the rows are mixed.
    """
    if isinstance(condition, np.bool_ | bool):
        return one if condition else other
    if hasattr(condition, "pick"):  # a symbol: the choice is being written down (writing.py)
        return condition.pick(one, other)
    if isinstance(one, np.bool_ | bool) or getattr(one, "dtype", None) == np.bool_:
        return _either_truth(condition, one, other)
    if isinstance(other, int | np.integer) and other == 0:
        return one * condition
    if isinstance(one, int | np.integer) and one == 0:
        return other * ~condition
    differing = one ^ other
    if isinstance(differing, np.ndarray) and differing.shape == np.shape(condition):
        differing *= condition
        differing ^= other
        return differing
    return other ^ (differing * condition)


def _either_truth(condition: Bools, one: Bools, other: Bools) -> Bools:
    if isinstance(one, np.bool_ | bool):
        return condition | other if one else ~condition & other
    if isinstance(other, np.bool_ | bool):
        return ~condition | one if other else condition & one
    return (condition & one) | (~condition & other)


# single values


def truth(value: bool | None) -> Truths:
    return Truths(np.False_, np.True_) if value is None else Truths(np.bool_(value))


def number(value: Number) -> Numbers:
    if isinstance(value, int):
        return Numbers(int(value))
    low, high = ends(value)
    return Numbers(BOTTOM if low is None else low, TOP if high is None else high, low is None, high is None)


def bit_type(type_: ir.ChoiceType) -> type[Any]:
    """The smallest whole number with a bit for every option."""
    size = len(type_.options)
    return np.uint8 if size <= 8 else np.uint16 if size <= 16 else np.uint32 if size <= 32 else np.uint64


def local_bits(mask: int, type_: ir.ChoiceType, options: tuple[str, ...]) -> Any:
    """A program's bits as those of one choice; options that the choice doesn't have are left out."""
    place = {option: index for index, option in enumerate(options)}
    bits = (1 << index for index, option in enumerate(type_.options) if mask >> place[option] & 1)
    return bit_type(type_)(sum(bits))


def choice(mask: int, type_: ir.ChoiceType, options: tuple[str, ...]) -> Choices:
    return Choices(local_bits(mask, type_, options), mask & (mask - 1) == 0)


def column_of(given: Sequence[Value], type_: ir.Type, options: tuple[str, ...]) -> Column:
    """Values as in values.py, one a row; a second bound only where some row needs it."""
    match type_:
        case ir.ConditionType():
            sure = np.array([value is True for value in given], np.bool_)
            may = np.array([value is not False for value in given], np.bool_)
            return Truths(sure) if (sure == may).all() else Truths(sure, may)
        case ir.ChoiceType():
            whole = [value for value in given if isinstance(value, int)]
            masks = np.array([local_bits(mask, type_, options) for mask in whole], bit_type(type_))
            return Choices(masks, all(single(mask) for mask in whole))
        case _:
            pairs = [ends(value) for value in given if value is not None]
            low = np.array([BOTTOM if first is None else first for first, _ in pairs], np.int64)
            high = np.array([TOP if last is None else last for _, last in pairs], np.int64)
            return numbers(low, high)


def numbers(low: Ints, high: Ints) -> Numbers:
    """Between two columns of bounds; one column where they are the same."""
    if (low == high).all():
        return Numbers(low)
    return Numbers(low, high, bool((low == BOTTOM).any()), bool((high == TOP).any()))


# conditions


def negation(one: Truths) -> Truths:
    return Truths(~one.sure) if one.possible is None else Truths(~one.possible, ~one.sure)


def both(one: Truths, other: Truths) -> Truths:
    exact = one.possible is None and other.possible is None
    return Truths(one.sure & other.sure, None if exact else one.may & other.may)


def either(one: Truths, other: Truths) -> Truths:
    exact = one.possible is None and other.possible is None
    return Truths(one.sure | other.sure, None if exact else one.may | other.may)


def one_of(column: Choices, mask: Any, rest: Any) -> Truths:
    """rest: the bits that `mask` leaves."""
    possible = (column.mask & mask) != 0
    return Truths(possible) if column.exact else Truths((column.mask & rest) == 0, possible)


def same_choice(one: Choices, other: Choices) -> Truths:
    if one.exact and other.exact:
        return Truths(one.mask == other.mask)
    alone = (one.mask & (one.mask - one.mask.dtype.type(1))) == 0
    return Truths((one.mask == other.mask) & alone, (one.mask & other.mask) != 0)


def recoded(column: Choices, before: ir.ChoiceType, after: ir.ChoiceType) -> Choices:
    """The same options as bits of another choice that has them too."""
    if before.options == after.options:
        return column
    kind, mask = bit_type(after), bit_type(after)(0)
    for index, option in enumerate(before.options):
        if option in after.options:
            bit = kind(1 << after.options.index(option))
            mask = mask | where((column.mask & column.mask.dtype.type(1 << index)) != 0, bit, kind(0))
    return Choices(mask, column.exact)


# comparisons


def less(one: Numbers, other: Numbers) -> Truths:
    if one.high is None and other.high is None:
        return Truths(flag(one.low < other.low))
    return Truths(flag(one.top < other.low), flag(one.low < other.top))


def equal(one: Numbers, other: Numbers) -> Truths:
    if one.high is None and other.high is None:
        return Truths(flag(one.low == other.low))
    meet = flag(one.low <= other.top) & flag(other.low <= one.top)
    return Truths(flag(one.low == one.top) & flag(other.low == other.top) & flag(one.low == other.low), meet)


def flag(found: Any) -> Any:
    """What a comparison of single values comes to, as a bool that `~`, `&` and `|` treat like an array of them."""
    return np.bool_(found) if isinstance(found, bool) else found


COMPARISONS: dict[str, Callable[[Numbers, Numbers], Truths]] = {
    "<": less,
    "<=": lambda one, other: negation(less(other, one)),
    ">": lambda one, other: less(other, one),
    ">=": lambda one, other: negation(less(one, other)),
    "=": equal,
    "!=": lambda one, other: negation(equal(one, other)),
}


# arithmetic


def add(one: Numbers, other: Numbers) -> Numbers:
    low = _sum(one.low, other.low, BOTTOM, one.open_low, other.open_low)
    if one.high is None and other.high is None:
        return Numbers(low)
    high = _sum(one.top, other.top, TOP, one.open_high, other.open_high)
    return Numbers(low, high, one.open_low or other.open_low, one.open_high or other.open_high)


def _sum(one: Ints, other: Ints, end: int, one_open: bool, other_open: bool) -> Ints:
    if not one_open and not other_open:
        return one + other
    is_open = flag(one == end) | flag(other == end)
    return where(is_open, end, _bare(one, end, one_open) + _bare(other, end, other_open))


def _bare(value: Ints, end: int, is_open: bool) -> Ints:
    """Something small in the place of an open end, so that what is calculated with it stays within 64 bits."""
    return where(flag(value == end), 0, value) if is_open else value


def negative(one: Numbers) -> Numbers:
    if one.high is None:
        return Numbers(-one.low)
    low = where(flag(one.high == TOP), BOTTOM, -_bare(one.high, TOP, True)) if one.open_high else -one.high
    high = where(flag(one.low == BOTTOM), TOP, -_bare(one.low, BOTTOM, True)) if one.open_low else -one.low
    return Numbers(low, high, one.open_high, one.open_low)


def times(one: Numbers, factor: int) -> Numbers:
    """By a known positive factor."""
    if factor == 1:
        return one
    if one.high is None:
        return Numbers(one.low * factor)
    return Numbers(
        _scaled(one.low, factor, BOTTOM, one.open_low),
        _scaled(one.high, factor, TOP, one.open_high),
        one.open_low,
        one.open_high,
    )


def _scaled(value: Ints, factor: int, end: int, is_open: bool) -> Ints:
    if not is_open:
        return value * factor
    return where(flag(value == end), end, _bare(value, end, True) * factor)


def multiply(one: Numbers, other: Numbers) -> Numbers:
    """An open end stands for any size, and zero times any size is zero."""
    if one.high is None and other.high is None:
        return Numbers(one.low * other.low)
    is_open = one.open_low or one.open_high or other.open_low or other.open_high
    product = _corner if is_open else _product
    ways = [product(one.low, other.low), product(one.top, other.top)]
    ways += [product(one.low, other.top), product(one.top, other.low)]
    low, high = ways[0], ways[0]
    for way in ways[1:]:
        low, high = smaller(low, way), larger(high, way)
    return Numbers(low, high, is_open, is_open)


def _product(one: Ints, other: Ints) -> Ints:
    return one * other


def _corner(one: Ints, other: Ints) -> Ints:
    infinite = _infinite(one) | _infinite(other)
    sign = np.sign(one) * np.sign(other)
    size = where(flag(sign > 0), TOP, where(flag(sign < 0), BOTTOM, 0))
    return where(infinite, size, where(infinite, 0, one) * where(infinite, 0, other))


def _infinite(value: Ints) -> Bools:
    return flag(value == BOTTOM) | flag(value == TOP)


def smaller(one: Ints, other: Ints) -> Ints:
    return min(one, other) if isinstance(one, int) and isinstance(other, int) else np.minimum(one, other)


def larger(one: Ints, other: Ints) -> Ints:
    return max(one, other) if isinstance(one, int) and isinstance(other, int) else np.maximum(one, other)


def minimum(one: Numbers, other: Numbers) -> Numbers:
    return _extreme(one, other, smaller, one.open_low or other.open_low, one.open_high and other.open_high)


def maximum(one: Numbers, other: Numbers) -> Numbers:
    return _extreme(one, other, larger, one.open_low and other.open_low, one.open_high or other.open_high)


def _extreme(one: Numbers, other: Numbers, pick: Callable[[Ints, Ints], Ints], low: bool, high: bool) -> Numbers:
    if one.high is None and other.high is None:
        return Numbers(pick(one.low, other.low))
    return Numbers(pick(one.low, other.low), pick(one.top, other.top), low, high)


def hull(one: Numbers, other: Numbers) -> Numbers:
    """The smallest interval around both."""
    return Numbers(
        smaller(one.low, other.low),
        larger(one.top, other.top),
        one.open_low or other.open_low,
        one.open_high or other.open_high,
    )


def chosen(condition: Bools, one: Numbers, other: Numbers) -> Numbers:
    """One where the condition holds, the other elsewhere."""
    low = where(condition, one.low, other.low)
    if one.high is None and other.high is None:
        return Numbers(low)
    high = where(condition, one.top, other.top)
    return Numbers(low, high, one.open_low or other.open_low, one.open_high or other.open_high)
