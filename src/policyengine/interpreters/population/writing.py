"""Write a batch's columns down as a few loops over its rows: what numpy would do to a whole column, a row at a time.

The closures that compute columns (nodes.py) are run once on symbols in the place of arrays. A symbol stands for the value of one
row; what is done to it is written as a statement of the loop that it belongs to. So a program means here what it means in
columns, and no node has a second meaning. Only operators, numbers and names made up here are written: no text of a pack.

    for a few hundred households at a time, so that what is kept from loop to loop stays in the processor's cache:
        for each household:   statements, stage 0
        for each person:      statements, stage 0, whoever's member it is, several persons in one step
        for each household:   sums and extremes over its members
        for each household:   statements, stage 1: what needs them …
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from policyengine.interpreters.population.code import HOUSEHOLD, PERSON
from policyengine.interpreters.population.columns import BOTTOM, TOP, Numbers, Truths, each
from policyengine.interpreters.population.members import Nesting, ahead
from policyengine.interpreters.population.symbols import BOOL, COMPARED, INT, PAIR, Place, Symbol, Table

ROW = {HOUSEHOLD: "k", PERSON: "i"}  # what a loop calls its row
BLOCK = 2048  # persons at a time
AHEAD = 4  # rows that a household's value is written to whatever its size: the next household writes over what isn't its own


class Sheet:
    """The statements written so far.

    homes, persons: by stage, what is done for each household, and then for each person. begun, grown: how sums and extremes over
    members begin and grow once a stage's persons are done. spread: by stage, values of households that persons ask for. kept:
    arrays that hold values from loop to loop. tables: lists that are looked up in.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone  # are results so few that each may have an array of its own?
        self.homes: dict[int, list[str]] = {}
        self.persons: dict[int, list[str]] = {}
        self.begun: dict[int, list[str]] = {}
        self.grown: dict[int, list[str]] = {}
        self.ended: dict[int, list[str]] = {}
        self.spread: dict[int, list[tuple[str, str]]] = {}
        self.pairs: list[str] = []
        self.kept: dict[tuple[str, int], tuple[str, Any]] = {}
        self.tables: dict[tuple[int, ...], str] = {}
        self.inputs: dict[Table, int] = {}  # how many columns of each kind
        self.outputs: dict[Table, int] = {}
        self.written: dict[tuple[str, int, int], Symbol] = {}
        self.figures = 0  # steps that reckon with a figure of each person
        self.names = 0
        self.first, self.last = (
            self.statement(f"bounds[h0 + k{more}] - r0", HOUSEHOLD, 0, INT) for more in ("", " + 1")
        )

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
        table = Table(f"given{len(self.inputs)}" if alone else "given", level, dtype, alone)
        place = self.inputs[table] = self.inputs.get(table, -1) + 1
        source = table.source(place)
        return self.statement(f"{source}{ROW[level]}]", level, 0, dtype, source), Place(table, place)

    def pieces(self, level: int, factor: int) -> tuple[Symbol, Place]:
        """A column of figures that lies in pieces, each figure to be multiplied."""
        table = Table(f"given{len(self.inputs)}", level, INT, alone=True, in_pieces=True)
        self.inputs[table] = 0
        figure = self.statement(f"{table.source(0)}{ROW[level]}]", level, 0, INT, table.source(0))
        return (self.operation("*", figure, factor) if factor != 1 else figure), Place(table, 0)

    def output(self, symbol: Symbol, level: int) -> Place:
        """Where a result lies."""
        kind, use = BOOL if symbol.dtype == BOOL else INT, f"found{len(self.outputs)}" if self.alone else "found"
        table = Table(use, level, kind, self.alone)
        place = self.outputs[table] = self.outputs.get(table, -1) + 1
        text = self.at(symbol, level, symbol.stage)
        self.lines(level, symbol.stage).append(f"{table.source(place)}{ROW[level]}] = {text}")
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
        """What a symbol is called in another loop, where its value is read again. A pair's own member has what persons have."""
        level = min(level, PERSON) if symbol.level != PAIR else level
        if (symbol.level, symbol.stage) == (level, stage) or symbol.level == PAIR:
            return symbol.text
        if symbol.level == level:
            place = f"{self.place(symbol)}{ROW[level]}]"
        else:
            place = f"{self.keep(symbol, PERSON)}[i]"
        return self.statement(place, level, stage, symbol.dtype).text

    def place(self, symbol: Symbol) -> str:
        return symbol.source or f"{self.keep(symbol, symbol.level)}["

    def keep(self, symbol: Symbol, level: int) -> str:
        """The array that holds a symbol's values for later loops; a household's, for each of its members if persons ask."""
        if (symbol.text, level) not in self.kept:
            name = self.name("k")
            self.kept[symbol.text, level] = name, symbol.dtype
            if level == symbol.level:
                self.lines(level, symbol.stage).append(f"{name}[{ROW[level]}] = {symbol.text}")
            else:
                self.spread.setdefault(symbol.stage, []).append((name, symbol.text))
        return self.kept[symbol.text, level][0]

    def looked_up(self, table: list[int], place: Symbol) -> Symbol:
        name = self.tables.setdefault(tuple(table), f"t{len(self.tables)}")
        return self.statement(f"{name}[{place.text}]", place.level, place.stage, INT)

    # over members

    def gathered(self, values: Symbol, begin: int | bool, grow: str) -> Symbol:
        """What grows from member to member. grow: how, of what there is and the value."""
        stage = values.stage
        key = (f"{begin}{grow}{values.text}", HOUSEHOLD, stage + 1)
        if key not in self.written:
            name, kind = self.name("a"), BOOL if isinstance(begin, bool) else INT
            self.begun.setdefault(stage, []).append(f"{name} = {literal(begin)}")
            self.grown.setdefault(stage, []).append(f"{name} = {grow.format(name, f'{self.place(values)}i]')}")
            sum_ = Symbol(self, name, HOUSEHOLD, stage, kind)
            kept = self.kept[name, HOUSEHOLD] = self.name("k"), kind
            self.ended.setdefault(stage, []).append(f"{kept[0]}[k] = {name}")
            self.written[key] = self.statement(f"{self.place(sum_)}k]", HOUSEHOLD, stage + 1, kind)
        return self.written[key]

    def of_other(self, column: Any, stage: int) -> Any:
        """A column's values of the other member of a pair."""

        def other(values: Any) -> Any:
            if not isinstance(values, Symbol) or values.level != PERSON:
                return values
            return self.statement(f"{self.place(values)}j]", PAIR, stage, values.dtype)

        return each(column, other)

    def over_others(self, stage: int, begin: list[int], grow: Callable[[list[str]], list[Any]]) -> list[Symbol]:
        """What grows over a member's others. grow: from the names of what there is to what there is then."""
        names = [self.name("a") for _ in begin]
        outer, self.pairs = self.pairs, []
        symbols = [Symbol(self, name, PAIR, stage, INT) for name in names]
        grown = grow(symbols)  # type: ignore[arg-type]
        first, last = (self.at(bound, PERSON, stage) for bound in (self.first, self.last))
        lines = [f"{name} = {literal(value)}" for name, value in zip(names, begin)]
        lines += [f"for j in range({first}, {last}):", " if j != i:"]
        lines += [f"  {line}" for line in self.pairs]
        lines += [f"  {name} = {literal(value)}" for name, value in zip(names, grown)]
        self.lines(PERSON, stage).extend(lines)
        self.pairs = outer
        return [Symbol(self, name, PERSON, stage, INT) for name in names]

    def text(self) -> str:
        """The whole function."""
        tables = (*self.inputs, *self.outputs)
        lines = [f"{name} = np.array({list(table)}, np.int64)" for table, name in self.tables.items()]
        given = [name for table in tables for name in table.names]
        lines.append(f"def kernel({', '.join(['bounds', 'largest', 'ranks', *given])}):")
        lines += [f" room = max(largest, {BLOCK})", " h0, homes = 0, len(bounds) - 1"]
        for name, kind in self.kept.values():
            lines.append(f" {name} = np.empty(room + {AHEAD}, np.{'bool_' if kind == BOOL else 'int64'})")
        lines += [f" {table.name}_room = np.empty(room, np.int64)" for table in tables if table.in_pieces]
        lines += [" while h0 < homes:", "  r0, h1 = bounds[h0], h0 + 1"]
        lines += [f"  while h1 < homes and bounds[h1 + 1] - r0 <= {BLOCK}:", "   h1 += 1", "  r1 = bounds[h1]"]
        lines += [f"  {table.name}_ = {table.part}" for table in tables if table.alone]
        for stage in sorted({*self.homes, *self.persons, *self.begun}):
            lines += self._loops(stage)
        return "\n".join([*lines, "  h0 = h1"]) + "\n"

    def _loops(self, stage: int) -> list[str]:
        """A stage's loops, each only if there is something for it to do."""
        lines: list[str] = []
        members = "bounds[h0 + k] - r0, bounds[h0 + k + 1] - r0"
        if stage in self.homes or stage in self.spread:
            lines += ["  for k in range(h1 - h0):", *(f"   {line}" for line in self.homes.get(stage, []))]
        if stage in self.spread:
            lines.append(f"   first, last = {members}")
            lines += [f"   {name}[first + {i}] = {text}" for i in range(AHEAD) for name, text in self.spread[stage]]
            lines.append(f"   for i in range(first + {AHEAD}, last):")
            lines += [f"    {name}[i] = {text}" for name, text in self.spread[stage]]
        if stage in self.persons:
            lines += ["  for i in range(r1 - r0):", *(f"   {line}" for line in self.persons[stage])]
        if stage in self.begun:
            lines += ["  for k in range(h1 - h0):", *(f"   {line}" for line in self.begun[stage])]
            lines += [f"   for i in range({members}):", *(f"    {line}" for line in self.grown[stage])]
            lines += [f"   {line}" for line in self.ended[stage]]
        return lines


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
        object.__setattr__(self, "size", sheet.operation("-", sheet.last, sheet.first))

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
            earlier = sheet.statement("ranks[r0 + j] < ranks[r0 + i]", PAIR, stage, BOOL)
            counted = ahead(own, sheet.of_other(key, stage), sheet.of_other(who, stage), Truths(earlier), descending)  # type: ignore[arg-type]
            return [
                count + found for count, found in zip(so_far, (counted.sure,) if exact else (counted.sure, counted.may))
            ]

        first, *second = sheet.over_others(stage, [1] if exact else [1, 1], grow)
        return Numbers(first, second[0] if second else None)
