"""Columns looked up in bands and in tables keyed by choices."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from policyengine import ir, values
from policyengine.interpreters.population.columns import (
    BOTTOM,
    TOP,
    Bools,
    Choices,
    Ints,
    Numbers,
    add,
    chosen,
    flag,
    larger,
    local_bits,
    multiply,
    number,
    smaller,
    where,
)

Starts = list[int | None]
WIDEST = 16  # a choice of more options finds its place by logarithm, not in a table of all its masks


# bands


def bands(node: ir.Bands, argument: Numbers) -> Numbers:
    # what is charged begins at 0 where the first band has no start
    starts: Starts = [0 if band.start is None and node.progressive else band.start for band in node.bands]
    if argument.high is None:
        return _at(node, starts, argument.low)
    no_low, no_high = flag(argument.low == BOTTOM), flag(argument.high == TOP)
    # the extremes lie at the ends or at the bands' starts between them; beside a start the band changes
    result = _nothing()
    for end, is_open in ((argument.low, no_low), (argument.high, no_high)):
        result = _joined(result, ~is_open, _at(node, starts, where(is_open, 0, end)))
    points = {start + beside for start in starts if start is not None for beside in (-1, 0, 1)}
    for point in sorted(points):
        inside = flag(argument.low <= point) & flag(argument.high >= point)
        result = _joined(result, inside, _at(node, starts, point))
    if not points:
        result = _joined(result, no_low & no_high, _at(node, starts, 0))
    return _sloped(node, result, no_high) if node.progressive else result


def _nothing() -> Numbers:
    return Numbers(TOP, BOTTOM)


def _joined(result: Numbers, condition: Bools, way: Numbers) -> Numbers:
    low = smaller(result.low, where(condition, way.low, TOP))
    high = larger(result.top, where(condition, way.top, BOTTOM))
    return Numbers(low, high, result.open_low or way.open_low, result.open_high or way.open_high)


def _sloped(node: ir.Bands, result: Numbers, no_high: Bools) -> Numbers:
    """Of an argument without an upper end the last rate says where the charge goes."""
    least, most = values.ends(node.bands[-1].value)
    low, high = result.low, result.top
    if least is None or least < 0:
        low = where(no_high, BOTTOM, low)
    if most is None or most > 0:
        high = where(no_high, TOP, high)
    return Numbers(low, high, True, True)


def _at(node: ir.Bands, starts: Starts, value: Ints) -> Numbers:
    if node.progressive:
        return _charge(node, starts, value)
    result = number(node.bands[0].value)
    for band, start in zip(node.bands[1:], starts[1:]):
        if start is None:
            result = number(band.value)
        else:
            reached = flag(value >= start) if band.inclusive else flag(value > start)
            result = chosen(reached, number(band.value), result)
    return result


def _charge(node: ir.Bands, starts: Starts, value: Ints) -> Numbers:
    total = Numbers(0)
    for band, start, end in zip(node.bands, starts, [*starts[1:], None]):
        if start is not None:
            upper = value if end is None else smaller(value, end)
            total = add(total, multiply(Numbers(larger(upper - start, 0)), number(band.value)))
    return total


# cells


def cells(node: ir.Cells, keys: list[Choices], options: tuple[str, ...]) -> Numbers:
    if all(key.exact for key in keys):
        return _found(node, keys, options)
    result = _nothing()
    matches: Any = 0
    for bits, value in node.cells:
        matching = reduce(
            np.logical_and, [_meets(part, key, bit, options) for part, key, bit in zip(node.keys, keys, bits)]
        )
        result = _joined(result, flag(matching), number(value))
        matches = matches + matching * np.int64(1)
    if node.otherwise is None:
        return result
    combinations = reduce(np.multiply, [np.bitwise_count(key.mask).astype(np.int64) for key in keys])
    return _joined(result, flag(matches < combinations), number(node.otherwise))


def _meets(part: ir.Node, key: Choices, bit: int, options: tuple[str, ...]) -> Bools:
    assert isinstance(part.type, ir.ChoiceType)
    return (key.mask & local_bits(bit, part.type, options)) != 0


def _found(node: ir.Cells, keys: list[Choices], options: tuple[str, ...]) -> Numbers:
    """Each combination of single options has a place in one list."""
    kinds = [part.type for part in node.keys if isinstance(part.type, ir.ChoiceType)]
    sizes = [len(kind.options) for kind in kinds]
    every = [number(0 if node.otherwise is None else node.otherwise)] * int(np.prod(sizes))
    for bits, value in node.cells:
        local = [int(local_bits(bit, kind, options)) for bit, kind in zip(bits, kinds)]
        if all(local):
            every[_place([bit.bit_length() - 1 for bit in local], sizes)] = number(value)
    place = _place([_index(key.mask, size) for key, size in zip(keys, sizes)], sizes)
    low = _taken([item.low for item in every], place)
    if all(item.high is None for item in every):
        return Numbers(low)
    high = _taken([item.top for item in every], place)
    return Numbers(low, high, any(item.open_low for item in every), any(item.open_high for item in every))


def _taken(values: list[Any], place: Any) -> Any:
    return place.look_up(values) if hasattr(place, "look_up") else np.array(values, np.int64)[place]


def _place(indices: list[Any], sizes: list[int]) -> Any:
    place = 0
    for index, size in zip(indices, sizes):
        place = place * size + index
    return place


def _index(mask: Any, size: int) -> Any:
    """Which option a single bit stands for."""
    if hasattr(mask, "place_of_bit"):
        return mask.place_of_bit()
    if size <= WIDEST:
        table = np.zeros(1 << size, np.int64)
        table[1 << np.arange(size)] = np.arange(size)
        return table[mask]
    return np.frexp(mask.astype(np.float64))[1].astype(np.int64) - 1  # exact: every power of two is a float
