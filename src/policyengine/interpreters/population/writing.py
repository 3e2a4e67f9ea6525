"""Write a batch's columns down as one loop over households: what numpy would do to a whole column, a row at a time.

The closures that compute columns (nodes.py) are run once on symbols in the place of arrays. A symbol stands for the value of one
row; what is done to it is written as a statement of the loop that it belongs to. So a program means here what it means in
columns, and no node has a second meaning. Only operators, numbers and names made up here are written: no text of a pack.

    for each household:   statements, stage 0
        for each member:  statements, stage 0;  sums and extremes over members grow
                          statements, stage 1: what needs them …
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from policyengine.interpreters.population.code import HOUSEHOLD, PERSON
from policyengine.interpreters.population.columns import BOTTOM, TOP, Numbers, Truths, each
from policyengine.interpreters.population.members import Nesting, ahead

PAIR = PERSON + 1  # of what there is one value for each two members of a household
BOOL, INT = np.dtype(np.bool_), np.dtype(np.int64)
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
    """Columns of one kind in one piece, since a function of hundreds of arrays takes the compiler minutes."""

    use: str
    level: int
    dtype: Any

    @property
    def name(self) -> str:
        return f"{self.use}_{'homes' if self.level == HOUSEHOLD else 'persons'}_{self.dtype}"

    @property
    def row(self) -> str:
        return "r" if self.level == PERSON else "h"


class Place(NamedTuple):
    table: Table
    column: int


class Sheet:
    """The statements written so far.

    homes, persons: by stage, what is done for a household before its members, and for each of them. begun: how sums and
    extremes over members begin. kept: where a member's values are held for a later stage. tables: lists that are looked up in.
    """

    def __init__(self) -> None:
        self.homes: dict[int, list[str]] = {}
        self.begun: dict[int, list[str]] = {}
        self.persons: dict[int, list[str]] = {}
        self.pairs: list[str] = []
        self.kept: dict[str, tuple[str, Any]] = {}
        self.tables: dict[tuple[int, ...], str] = {}
        self.inputs: dict[Table, int] = {}  # how many columns of each kind
        self.outputs: dict[Table, int] = {}
        self.written: dict[tuple[str, int, int], Symbol] = {}
        self.figures = 0  # steps that reckon with a figure of each person
        self.names = 0

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def lines(self, level: int, stage: int) -> list[str]:
        if level == PAIR:
            return self.pairs
        return (self.persons if level == PERSON else self.homes).setdefault(stage, [])

    # what is read and what comes out

    def input(self, level: int, dtype: Any, *, alone: bool) -> tuple[Symbol, Place]:
        """A column of the batch, and where it is to lie: alone, where it is, or in a table of its kind."""
        table = Table(f"given{len(self.inputs)}" if alone else "given", level, dtype)
        place = self.inputs[table] = self.inputs.get(table, -1) + 1
        source = f"{table.name}[{place}, "
        symbol = self.statement(f"{source}{table.row}]", level, 0, dtype, source if level == PERSON else "")
        return symbol, Place(table, place)

    def output(self, symbol: Symbol, level: int) -> Place:
        """Where a result lies."""
        table = Table("found", level, BOOL if symbol.dtype == BOOL else INT)
        place = self.outputs[table] = self.outputs.get(table, -1) + 1
        self.lines(level, symbol.stage).append(f"{table.name}[{place}, {table.row}] = {symbol.text}")
        return Place(table, place)

    # statements

    def statement(self, text: str, level: int, stage: int, dtype: Any, source: str = "") -> Symbol:
        key = (text, level, stage)
        if key not in self.written or level == PAIR:
            name = self.name("v")
            self.figures += level == PERSON and dtype == INT
            self.lines(level, stage).append(f"{name} = {text}")
            self.written[key] = Symbol(self, name, level, stage, dtype, source)
        return self.written[key]

    def operation(self, sign: str, *given: Any) -> Any:
        simple = _simplified(sign, given)
        if simple is not None:
            return simple[0]
        symbols = [item for item in given if isinstance(item, Symbol)]
        level, stage = max(item.level for item in symbols), max(item.stage for item in symbols)
        words = [self.at(item, level, stage) if isinstance(item, Symbol) else literal(item) for item in given]
        return self.statement(_joined(sign, words), level, stage, _kind(sign, given))

    def at(self, symbol: Symbol, level: int, stage: int) -> str:
        """What a symbol is called in statements of a later stage: the member's value of then is read again."""
        if symbol.level != PERSON or symbol.stage == stage:
            return symbol.text
        place = f"{symbol.source}r]" if symbol.source else f"{self.keep(symbol)}[i]"
        return self.statement(place, PERSON, stage, symbol.dtype).text

    def keep(self, symbol: Symbol) -> str:
        if symbol.text not in self.kept:
            self.kept[symbol.text] = self.name("k"), symbol.dtype
            self.lines(PERSON, symbol.stage).append(f"{self.kept[symbol.text][0]}[i] = {symbol.text}")
        return self.kept[symbol.text][0]

    def looked_up(self, table: list[int], place: Symbol) -> Symbol:
        name = self.tables.setdefault(tuple(table), f"t{len(self.tables)}")
        return self.statement(f"{name}[{place.text}]", place.level, place.stage, INT)

    # over members

    def gathered(self, values: Symbol, begin: int | bool, grow: str) -> Symbol:
        """What grows from member to member. grow: how, of what there is and the value."""
        name, stage = self.name("a"), values.stage
        key = (f"{begin}{grow}{values.text}", HOUSEHOLD, stage + 1)
        if key not in self.written:
            self.begun.setdefault(stage, []).append(f"{name} = {literal(begin)}")
            self.lines(PERSON, stage).append(f"{name} = {grow.format(name, values.text)}")
            self.written[key] = Symbol(self, name, HOUSEHOLD, stage + 1, BOOL if isinstance(begin, bool) else INT)
        return self.written[key]

    def of_other(self, column: Any, stage: int) -> Any:
        """A column's values of the other member of a pair."""

        def other(values: Any) -> Any:
            if not isinstance(values, Symbol) or values.level != PERSON:
                return values
            place = f"{values.source}first + j]" if values.source else f"{self.keep(values)}[j]"
            return self.statement(place, PAIR, stage, values.dtype)

        return each(column, other)

    def over_others(self, stage: int, begin: list[int], grow: Callable[[list[str]], list[Any]]) -> list[Symbol]:
        """What grows over a member's others. grow: from the names of what there is to what there is then."""
        names = [self.name("a") for _ in begin]
        outer, self.pairs = self.pairs, []
        symbols = [Symbol(self, name, PAIR, stage, INT) for name in names]
        grown = grow(symbols)  # type: ignore[arg-type]
        lines = [f"{name} = {literal(first)}" for name, first in zip(names, begin)]
        lines += ["for j in range(size):", " if j != i:"]
        lines += [f"  {line}" for line in self.pairs]
        lines += [f"  {name} = {literal(value)}" for name, value in zip(names, grown)]
        self.lines(PERSON, stage).extend(lines)
        self.pairs = outer
        return [Symbol(self, name, PERSON, stage, INT) for name in names]

    def text(self) -> str:
        """The whole function."""
        names = [table.name for table in (*self.inputs, *self.outputs)]
        lines = [f"{name} = np.array({list(table)}, np.int64)" for table, name in self.tables.items()]
        lines.append(f"def kernel({', '.join(['bounds', 'largest', 'ranks', *names])}):")
        for name, kind in self.kept.values():
            lines.append(f" {name} = np.empty(largest, np.{'bool_' if kind == BOOL else 'int64'})")
        lines += [" for h in range(len(bounds) - 1):", "  first = bounds[h]", "  size = bounds[h + 1] - first"]
        for stage in sorted({*self.homes, *self.persons}):
            lines += [f"  {line}" for line in self.homes.get(stage, [])]
            lines += [f"  {line}" for line in self.begun.get(stage, [])]
            if stage in self.persons:
                lines += ["  for i in range(size):", "   r = first + i"]
                lines += [f"   {line}" for line in self.persons[stage]]
        return "\n".join(lines) + "\n"


def literal(value: Any) -> str:
    if isinstance(value, Symbol):
        return value.text
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    whole = int(value)
    if whole > TOP:
        whole -= 2**64  # bits of a choice of many options
    return "BOTTOM" if whole == BOTTOM else f"({whole})" if whole < 0 else str(whole)


def _joined(sign: str, words: list[str]) -> str:
    if sign[0].isalpha() and sign != "not":
        return f"{sign}({', '.join(words)})"
    return f"{sign} {words[0]}" if len(words) == 1 else f"{words[0]} {sign} {words[1]}"


def _kind(sign: str, given: tuple[Any, ...]) -> Any:
    kinds = [item.dtype if isinstance(item, Symbol | np.generic) else np.dtype(type(item)) for item in given]
    if sign in COMPARED or sign == "not":
        return BOOL
    if sign == "pick":
        kinds = kinds[1:]
    if sign in ("&", "|", "^", "pick"):
        return max(kinds, key=lambda kind: kind.itemsize if kind.kind == "u" else 9 if kind.kind == "i" else 0)
    return INT


def _simplified(sign: str, given: tuple[Any, ...]) -> tuple[Any] | None:
    """Where a truth that is the same for all rows decides the outcome, or counts for nothing."""
    if sign == "pick" and not isinstance(given[0], Symbol):
        return (given[1] if given[0] else given[2],)
    if sign not in ("&", "|"):
        return None
    for known, other in (given, given[::-1]):
        if isinstance(known, bool | np.bool_):
            return (other,) if bool(known) is (sign == "&") else (np.bool_(known),)
    return None


class WrittenNesting(Nesting):
    """Members nested in households, while a loop over them is written."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(None, 0)
        object.__setattr__(self, "sheet", sheet)
        object.__setattr__(self, "size", Symbol(sheet, "size", HOUSEHOLD, 0, INT))

    sheet: Sheet
    size: Any  # a symbol

    def spread(self, values: Any) -> Any:
        return values

    def full(self, values: Any) -> Any:
        return values if isinstance(values, Symbol) else np.array(values)[()]

    def total(self, values: Any) -> Any:
        if not isinstance(values, Symbol) or values.level != PERSON:
            return self.size * (int(values) if isinstance(values, np.bool_) else values)
        return self.sheet.gathered(values, 0, "{} + {}")

    def any(self, values: Any) -> Any:
        return self._over(values, False, "{} | {}")

    def all(self, values: Any) -> Any:
        return self._over(values, True, "{} & {}")

    def least(self, values: Any) -> Any:
        return self._over(values, TOP, "smaller({}, {})")

    def most(self, values: Any) -> Any:
        return self._over(values, BOTTOM, "larger({}, {})")

    def _over(self, values: Any, begin: int | bool, grow: str) -> Any:
        if not isinstance(values, Symbol) or values.level != PERSON:
            return values  # every household has a member
        return self.sheet.gathered(values, begin, grow)

    def others(self, values: Any, empty: int, pick: Callable[[Any, Any], Any]) -> Any:
        if not isinstance(values, Symbol) or values.level != PERSON:
            return (self.size > 1).pick(values, empty)
        stage = values.stage + 1
        column = Numbers(values)
        return self.sheet.over_others(
            stage, [empty], lambda so_far: [pick(so_far[0], self.sheet.of_other(column, stage).low)]
        )[0]

    def standing(self, who: Truths, key: Numbers, descending: bool) -> Numbers:
        sheet = self.sheet
        parts = [part for part in (who.sure, who.possible, key.low, key.high) if isinstance(part, Symbol)]
        stage = 1 + max((part.stage for part in parts), default=-1)
        own = each(
            key,
            lambda values: (
                Symbol(sheet, sheet.at(values, PERSON, stage), PERSON, stage, INT)
                if isinstance(values, Symbol) and values.level == PERSON
                else values
            ),
        )
        exact = key.high is None and who.possible is None

        def grow(so_far: Any) -> list[Any]:
            earlier = sheet.statement("ranks[first + j] < ranks[r]", PAIR, stage, BOOL)
            counted = ahead(own, sheet.of_other(key, stage), sheet.of_other(who, stage), Truths(earlier), descending)  # type: ignore[arg-type]
            return [
                count + found for count, found in zip(so_far, (counted.sure,) if exact else (counted.sure, counted.may))
            ]

        first, *second = sheet.over_others(stage, [1] if exact else [1, 1], grow)
        return Numbers(first, second[0] if second else None)
