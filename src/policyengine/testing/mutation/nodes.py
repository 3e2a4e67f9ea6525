"""One change at one node of a formula: the ways in which whoever wrote the rule could have written it wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from policyengine import ir
from policyengine.ir import Node, NumberType
from policyengine.units import RATIO
from policyengine.values import Number, ends, interval

Kind = Literal[
    "comparison", "connective", "term", "options", "rows", "row", "branches", "extreme", "sign", "members", "rank",
    "rounding", "figure", "bound", "date", "reading",
]  # fmt: skip
Direction = Literal["up", "down"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down")
Path = tuple[int, ...]  # from a variable's formula down to a node: which of `ir.children` each time


class Change(NamedTuple):
    """kind and key name it among the changes at one node; node stands in place of the node."""

    kind: Kind
    key: str
    node: Node


_BESIDE: dict[str, tuple[ir.Comparison, ...]] = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "=": ("!=",), "!=": ("=",),
}  # fmt: skip
_ROUNDED: dict[str, Literal["half_up", "half_even", "up", "down"]] = {
    "half_up": "down", "half_even": "half_up", "up": "down", "down": "up",
}  # fmt: skip


def changes(node: Node, options: tuple[str, ...], is_default_rounding: bool) -> Iterator[Change]:
    """The changes at a node, in a fixed order.

    options: the program's. is_default_rounding: to the fen, which no pack writes; it is left alone.
    """
    return (change for change in _changes(node, options, is_default_rounding) if change.node != node)


def _changes(node: Node, options: tuple[str, ...], is_default_rounding: bool) -> Iterator[Change]:
    match node:
        case ir.Compare(operator=operator):
            for other in _BESIDE[operator]:
                yield Change("comparison", other, replace(node, operator=other))
        case ir.Logic(operator="not", terms=terms):
            yield Change("term", "not", terms[0])
        case ir.Logic(operator=operator, terms=terms):
            yield Change("connective", "swap", replace(node, operator="or" if operator == "and" else "and"))
            for index in range(len(terms)):
                yield Change("term", str(index), _without(node, index))
        case ir.OneOf():
            yield from _options(node, options)
        case ir.Table():
            yield from _rows(node)
        case ir.Choose(then=then, otherwise=otherwise):
            yield Change("branches", "swap", replace(node, then=otherwise, otherwise=then))
        case ir.Arithmetic(operator="min" | "max" as operator):
            yield Change("extreme", "swap", replace(node, operator="max" if operator == "min" else "min"))
        case ir.Arithmetic(operator="add" | "subtract" as operator, terms=(_, _)):
            yield Change("sign", "swap", replace(node, operator="subtract" if operator == "add" else "add"))
        case ir.Aggregate(operator=operator, where=where, others=others):
            turned = {"any": "all", "all": "any", "max": "min", "min": "max"}.get(operator)
            if turned is not None:
                yield Change("members", "turn", replace(node, operator=turned))  # type: ignore[arg-type]
            if where is not None:
                yield Change("members", "everyone", replace(node, where=None))
            if others:
                yield Change("members", "self", replace(node, others=False))
        case ir.Rank(where=where, descending=descending):
            yield Change("rank", "turn", replace(node, descending=not descending))
            if where is not None:
                yield Change("rank", "everyone", replace(node, where=None))
        case ir.Round(direction=direction) if not is_default_rounding:
            yield Change("rounding", "turn", replace(node, direction=_ROUNDED[direction]))
        case ir.Constant():
            yield from _constant(node)
        case ir.Bands():
            yield from _bands(node)
        case ir.Cells():
            yield from _cells(node)
        case _:
            return


def _without(node: ir.Logic, index: int) -> Node:
    left = (*node.terms[:index], *node.terms[index + 1 :])
    return left[0] if len(left) == 1 else replace(node, terms=left)


def _options(node: ir.OneOf, options: tuple[str, ...]) -> Iterator[Change]:
    """One option less, where several are asked for; one more, unless that leaves none out."""
    assert isinstance(node.term.type, ir.ChoiceType)
    bits = {option: 1 << options.index(option) for option in node.term.type.options}
    asked = [option for option, bit in bits.items() if node.mask & bit]
    left_out = [option for option in bits if option not in asked]
    if len(asked) > 1:
        for option in asked:
            yield Change("options", f"-{option}", replace(node, mask=node.mask & ~bits[option]))
    if len(left_out) > 1:
        for option in left_out:
            yield Change("options", f"+{option}", replace(node, mask=node.mask | bits[option]))
    elif left_out:
        yield Change("options", "turn", replace(node, mask=bits[left_out[0]]))


def _rows(node: ir.Table) -> Iterator[Change]:
    rows = node.rows
    for index in range(len(rows) - 1):
        if rows[index].then != rows[index + 1].then:
            swapped = (*rows[:index], rows[index + 1], rows[index], *rows[index + 2 :])
            yield Change("rows", f"{index + 1}", replace(node, rows=swapped))
    for index in range(len(rows)):
        left = (*rows[:index], *rows[index + 1 :])
        if left:
            yield Change("row", f"{index + 1}", replace(node, rows=left))
        elif node.otherwise is not None:
            yield Change("row", f"{index + 1}", node.otherwise)


def step(type_: ir.Type, value: int) -> int:
    """By how much a figure is changed: a yuan (or, of a figure with fen, a fen), a percentage point (of less than one, a
    tenth of it), one person, one year, one day."""
    if not isinstance(type_, NumberType):
        return 1
    if type_.unit == RATIO:
        point = max(type_.scale // 100, 1)
        return point if abs(value) >= point else max(type_.scale // 1000, 1)
    return type_.scale if value % type_.scale == 0 else 1


def _constant(node: ir.Constant) -> Iterator[Change]:
    """A figure or a truth that a formula writes out; 0, 1 and the months of a year are no figures of the plan."""
    if isinstance(node.type, ir.ConditionType):
        yield Change("figure", "turn", replace(node, value=not node.value))
    elif isinstance(node.type, NumberType):
        unit = node.type.unit
        if node.value in (0, node.type.scale) or (unit.power("year") and unit.power("month")):
            return
        by = step(node.type, node.value)
        yield Change("figure", "up", replace(node, value=node.value + by))
        yield Change("figure", "down", replace(node, value=node.value - by))
    elif isinstance(node.type, ir.DateType) and node.name is None:
        yield Change("figure", "up", replace(node, value=node.value + 1))
        yield Change("figure", "down", replace(node, value=node.value - 1))


def moved(value: Number, type_: ir.Type, direction: Direction) -> Number | None:
    """A figure or bound one step up or down; None where it would fall below 0 or an end would pass the other."""
    low, high = ends(value)
    sign = 1 if direction == "up" else -1
    new_low = None if low is None else low + sign * step(type_, low)
    new_high = None if high is None else high + sign * step(type_, high)
    if any(end is not None and end < 0 for end in (new_low, new_high)):
        return None
    return interval(new_low, new_high)


def _bands(node: ir.Bands) -> Iterator[Change]:
    """The start of each band, whether it belongs to the band, and its figure."""
    result = node.type
    argument = node.argument.type
    assert isinstance(argument, NumberType)
    rate = NumberType(RATIO, result.scale // argument.scale) if node.progressive else result
    for index, band in enumerate(node.bands):

        def with_band(index: int = index, band: ir.Band = band, **new: object) -> ir.Bands:
            changed = replace(band, **new)  # type: ignore[arg-type]
            return replace(node, bands=(*node.bands[:index], changed, *node.bands[index + 1 :]))

        if band.start is not None and index:
            by = step(argument, band.start)
            yield Change("figure", f"start {index + 1} up", with_band(start=band.start + by))
            yield Change("figure", f"start {index + 1} down", with_band(start=band.start - by))
            if not node.progressive:
                yield Change("comparison", f"start {index + 1}", with_band(inclusive=not band.inclusive))
        for direction in DIRECTIONS:
            value = moved(band.value, rate, direction)
            if value is not None:
                yield Change("figure", f"band {index + 1} {direction}", with_band(value=value))


def _cells(node: ir.Cells) -> Iterator[Change]:
    """The figure of each cell."""
    for index, (bits, figure) in enumerate(node.cells):
        for direction in DIRECTIONS:
            value = moved(figure, node.type, direction)
            if value is not None:
                cells = (*node.cells[:index], (bits, value), *node.cells[index + 1 :])
                yield Change("figure", f"cell {index + 1} {direction}", replace(node, cells=cells))


def at(node: Node, path: Path) -> Node | None:
    """The node at the end of a path; None where there is none."""
    for index in path:
        below = ir.children(node)
        if index >= len(below):
            return None
        node = below[index]
    return node


def put(node: Node, path: Path, new: Node) -> Node:
    """The formula with another node at the end of a path."""
    if not path:
        return new
    parts = list(ir.children(node))
    parts[path[0]] = put(parts[path[0]], path[1:], new)
    return ir.with_children(node, tuple(parts))


def paths(node: Node, above: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node of a formula with the path to it, from the top down."""
    yield above, node
    for index, part in enumerate(ir.children(node)):
        yield from paths(part, (*above, index))
