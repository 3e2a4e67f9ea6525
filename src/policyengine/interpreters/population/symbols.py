"""Symbols, which stand for the values of a row while loops are written (writing.py), and where columns lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from policyengine.interpreters.population.code import HOUSEHOLD, PERSON

if TYPE_CHECKING:
    from policyengine.interpreters.population.writing import Sheet

PAIR = PERSON + 1  # of what there is one value for each two members of a household
BOOL, INT = np.dtype(np.bool_), np.dtype(np.int64)
PIECES = 3  # arrays in which a column may lie
COMPARED = {"==", "!=", "<", "<=", ">", ">="}
UFUNCS = {
    "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^", "logical_and": "&", "add": "+", "subtract": "-", "multiply": "*",
    "floor_divide": "//", "equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
    "remainder": "%", "minimum": "smaller", "maximum": "larger", "sign": "sign", "bitwise_count": "ones",
}  # fmt: skip


class Symbol:
    """The value of a row. level, stage: to which statements it belongs. source: where it can be read again, by row."""

    __slots__ = ("dtype", "level", "sheet", "source", "stage", "text")
    __hash__ = object.__hash__
    size = 0  # nothing is known of the values

    def __init__(self, sheet: Sheet, text: str, level: int, stage: int, dtype: Any, source: str = "") -> None:
        self.sheet, self.text, self.level, self.stage, self.dtype, self.source = (
            sheet,
            text,
            level,
            stage,
            dtype,
            source,
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **rest: Any) -> Any:
        assert method == "__call__"
        assert not rest
        return self.sheet.operation(UFUNCS[ufunc.__name__], *given)

    def call(self, function: str, *given: Any) -> Any:
        return self.sheet.operation(function, *given)

    def pick(self, one: Any, other: Any) -> Any:
        return self.sheet.operation("pick", self, one, other)

    def look_up(self, table: list[int]) -> Symbol:
        return self.sheet.looked_up(table, self)

    def place_of_bit(self) -> Any:
        return self.sheet.operation("place_of_bit", self)

    def astype(self, kind: Any, copy: bool = True) -> Symbol:
        return self  # truths count as 0 and 1

    def __invert__(self) -> Any:
        return self.sheet.operation("not" if self.dtype == BOOL else "~", self)

    def __neg__(self) -> Any:
        return self.sheet.operation("-", self)


def _binary(sign: str, swapped: bool) -> Any:
    def operator(self: Symbol, other: Any) -> Any:
        return self.sheet.operation(sign, other, self) if swapped else self.sheet.operation(sign, self, other)

    return operator


for _name, _sign in {
    "and": "&", "or": "|", "xor": "^", "add": "+", "sub": "-", "mul": "*", "floordiv": "//", "mod": "%",
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
}.items():  # fmt: skip
    setattr(Symbol, f"__{_name}__", _binary(_sign, False))
    if _sign not in COMPARED:
        setattr(Symbol, f"__r{_name}__", _binary(_sign, True))


class Table(NamedTuple):
    """Columns of one kind in one piece, since a function of hundreds of arrays takes the compiler minutes; or one, alone."""

    use: str
    level: int
    dtype: Any
    alone: bool
    in_pieces: bool = False  # does it lie in PIECES arrays, end to end?

    @property
    def names(self) -> list[str]:
        """What the function calls it."""
        return [f"{self.name}_{piece}" for piece in range(PIECES)] if self.in_pieces else [self.name]

    @property
    def part(self) -> str:
        """The block's rows of a column that is alone."""
        first, last = ("h0", "h1") if self.level == HOUSEHOLD else ("r0", "r1")
        if self.in_pieces:
            return f"stretch({', '.join(self.names)}, {first}, {last}, {self.name}_room)"
        return f"{self.name}[{first}:{last}]"

    @property
    def name(self) -> str:
        return f"{self.use}_{'homes' if self.level == HOUSEHOLD else 'persons'}_{self.dtype}"

    def source(self, column: int) -> str:
        """Where a row's value lies, to which the row within the block is added."""
        if self.alone:
            return f"{self.name}_["
        return f"{self.name}[{column}, {'h0' if self.level == HOUSEHOLD else 'r0'} + "


class Place(NamedTuple):
    table: Table
    column: int
