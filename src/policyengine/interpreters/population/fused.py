"""The same program as one compiled loop over households, which passes over the facts once instead of once a step.

`Fused` is asked like `Columns` and gives the same columns. What it can't or needn't compile it leaves to them: values that are the
same for all rows, and batches too small to be worth the compiler's time. Needs numba, the extra `fast`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from policyengine import ir
from policyengine._version import __version__
from policyengine.interpreters.population.code import HOUSEHOLD, PERSON, Batch, Code, Columns
from policyengine.interpreters.population.columns import Choices, Column, Numbers, Truths, Whole, bit_type, each
from policyengine.interpreters.population.symbols import BOOL, INT, PIECES, Place, Symbol, Table
from policyengine.interpreters.population.writing import Sheet, WrittenNesting

Kernel = Literal["auto", "columns", "fused"]
RUN = "loop"  # among what a batch keeps: that the loop was asked, and by result what it found
Shape = tuple[frozenset[str], frozenset[tuple[str, int]]]  # facts with bounds; facts in pieces, with their factors
LINE = 64  # bytes that the processor's cache holds together
ALONE = 24  # so few facts are read where they are
# Measured once on one machine, in seconds: what numba's import and a cached loop cost, what compiling one costs, at least and for
# each line; what a step with a person's figure is quicker than in columns, and what a result is slower, which columns write
# in one go.
IMPORT, LOAD, COMPILE, COMPILE_LINE = 0.5, 0.1, 1.5, 0.01
SPARED, LOST = 1.8e-9, 1.4e-9


def is_installed() -> bool:
    return find_spec("numba") is not None


@dataclass(frozen=True)
class Loop:
    """A loop as text, which says what it is, and how its inputs and outputs lie: facts by name and part, results by name."""

    text: str
    given: tuple[tuple[str, str, Place], ...] = field(compare=False)  # of which fact which part, and its place
    inputs: Mapping[Table, int] = field(compare=False)  # the place of the last column
    outputs: Mapping[Table, int] = field(compare=False)
    results: Mapping[str, Column] = field(compare=False)  # symbols stand for outputs
    places: Mapping[Symbol, Place] = field(compare=False)

    figures: int = field(compare=False)  # steps that reckon with a figure of each person

    def is_worthwhile(self, persons: int) -> bool:
        """Does it spare so many persons more time than it takes to get it?"""
        cost = LOAD if _is_cached(self) else COMPILE + COMPILE_LINE * self.text.count("\n")
        cost += 0 if "numba" in sys.modules else IMPORT
        results = sum(last + 1 for table, last in self.outputs.items() if table.level == PERSON)
        return persons * (SPARED * self.figures - LOST * results) > cost


class Fused(Columns):
    """facts: those that batches have columns for. always: compile whatever the number of rows."""

    def __init__(self, columns: Columns, facts: Mapping[str, ir.Fact], wanted: Iterable[str], always: bool) -> None:
        super().__init__(columns.variables)
        self.facts, self.always = facts, always
        self.wanted = [name for name in wanted if columns.variables[name].value is None]
        self.inexact: frozenset[str] = frozenset()
        self.whole: frozenset[tuple[str, int]] | None = None  # before the first batch
        self.loops: dict[Shape, Loop] = {}
        self.kernels: dict[Shape, Callable[..., None]] = {}
        self.compiled = _compiled
        self.seen = 0
        self.lock = threading.Lock()

    def expect(self, persons: int) -> None:
        self.seen += persons

    def run(self, batch: Batch, name: str) -> Column:
        """Whatever is asked for first, the loop computes all that is wanted."""
        if RUN not in batch.kept:
            batch.kept[RUN] = Truths(np.True_)
            batch.kept.update({(RUN, result): column for result, column in self._decided(batch).items()})
        return batch.kept[(RUN, name)] if (RUN, name) in batch.kept else super().run(batch, name)

    def _decided(self, batch: Batch) -> dict[str, Column]:
        whole = _whole(batch) if len(self.facts) <= ALONE else frozenset()
        kernel, loop = self._kernel(_inexact(batch), whole)
        if kernel is None or not len(batch.nesting.starts):
            return {}
        return _computed(kernel, loop, batch)

    def _kernel(self, inexact: frozenset[str], whole: frozenset[tuple[str, int]]) -> tuple[Any, Loop]:
        """A loop that minds bounds where the batch has some; one for all batches, if they come to differ."""
        with self.lock:
            self.inexact = self.inexact | inexact
            self.whole = whole if self.whole is None else self.whole & whole
            usable = (known for known in self.kernels if known[0] >= inexact and known[1] <= whole)
            shape = next(usable, (self.inexact, self.whole))
            if shape not in self.loops:
                self.loops[shape] = _written(self.facts, self.variables, self.wanted, *shape)
            loop = self.loops[shape]
            if shape not in self.kernels:
                if not self.always and not loop.is_worthwhile(self.seen):
                    return None, loop
                self.kernels[shape] = self.compiled(loop)
            return self.kernels[shape], loop


# writing


def _inexact(batch: Batch) -> frozenset[str]:
    """The facts that have bounds in some row, and those of which it isn't known whether there is one."""
    open_ = [name for name, column in batch.facts.items() if not _is_exact(column)]
    return frozenset([*open_, *(f"{name}?" for name, stated in batch.stated.items() if stated.possible is not None)])


def _whole(batch: Batch) -> frozenset[tuple[str, int]]:
    """The facts whose figures lie in pieces, each with what they are to be multiplied by."""
    return frozenset((name, column.factor) for name, column in batch.facts.items() if isinstance(column, Whole))


def _is_exact(column: Column) -> bool:
    match column:
        case Truths(possible=possible):
            return possible is None
        case Numbers(high=high):
            return high is None
        case Choices(exact=exact):
            return exact


def _written(
    facts: Mapping[str, ir.Fact],
    codes: Mapping[str, Code],
    wanted: list[str],
    inexact: frozenset[str],
    whole: frozenset[tuple[str, int]],
) -> Loop:
    factors = dict(whole)
    sheet = Sheet(alone=len(wanted) <= ALONE)
    given: list[tuple[str, str, Place]] = []

    def input_(name: str, part: str, level: int, kind: Any) -> Any:
        symbol, place = sheet.input(level, kind, alone=len(facts) <= ALONE)
        given.append((name, part, place))
        return symbol

    columns: dict[str, Column] = {}
    stated: dict[str, Truths] = {}
    for name, fact in facts.items():
        level, open_ = PERSON if fact.scope == "person" else HOUSEHOLD, name in inexact
        match fact.type:
            case ir.ConditionType():
                columns[name] = Truths(*(input_(name, part, level, BOOL) for part in ("sure", "possible")[: 1 + open_]))
            case _ if name in factors:
                symbol, place = sheet.pieces(level, factors[name])
                given.append((name, "pieces", place))
                columns[name] = Numbers(symbol)
            case ir.ChoiceType() as type_:
                columns[name] = Choices(input_(name, "mask", level, np.dtype(bit_type(type_))), not open_)
            case _:
                low = input_(name, "low", level, INT)
                columns[name] = Numbers(low, input_(name, "high", level, INT) if open_ else None, open_, open_)
        if fact.optional:
            parts = ("sure", "possible")[: 1 + (f"{name}?" in inexact)]
            stated[name] = Truths(*(input_(f"{name}?", part, level, BOOL) for part in parts))
    batch = Batch(WrittenNesting(sheet), columns, stated)
    results: dict[str, Column] = {}
    places: dict[Symbol, Place] = {}
    for name in wanted:
        code = codes[name]

        def out(symbol: Any, level: int = code.level) -> Any:
            if isinstance(symbol, Symbol):
                own = Symbol(sheet, symbol.text, symbol.level, symbol.stage, symbol.dtype)
                places[own] = sheet.output(own, level)
                return own
            return symbol

        results[name] = each(code.of(batch), out)
    return Loop(sheet.text(), tuple(given), sheet.inputs, sheet.outputs, results, places, sheet.figures)


# compiling


@lru_cache(maxsize=64)
def _compiled(loop: Loop) -> Callable[..., None]:
    """Compiled code is kept in the user's cache folder, by what the text says, so a later process needn't compile."""
    import numba

    module = import_module("policyengine.interpreters.population.scalars")
    names = dict(module.NAMES) | {"np": np, "__name__": module.__name__}  # a cached function is loaded into its module
    path = _cache_path(loop)
    cached = path is not None
    if path is not None:
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                path.with_suffix(f".{os.getpid()}").write_text(loop.text)
                path.with_suffix(f".{os.getpid()}").replace(path)
        cached = path.exists() and os.access(path.parent, os.W_OK)
    exec(compile(loop.text, str(path) if cached else "<policyengine>", "exec"), names)
    numbers = numba.types.Array(numba.int64, 1, "C")
    kinds = [numbers, numba.int64, numbers]
    for table in (*loop.inputs, *loop.outputs):
        one = numba.types.Array(
            numba.from_dtype(table.dtype),
            1 if table.alone else 2,
            "C" if table.alone else "A",
            readonly=table in loop.inputs,
        )
        kinds += [one] * len(table.names)
    compiled: Any = partial(numba.njit, [numba.void(*kinds)], nogil=True, error_model="numpy")
    if cached:
        with suppress(Exception):  # whatever is wrong with what lies there, it can be compiled again
            return cast(Callable[..., None], compiled(cache=True)(names["kernel"]))
    return cast(Callable[..., None], compiled()(names["kernel"]))


def _is_cached(loop: Loop) -> bool:
    path = _cache_path(loop)
    return path is not None and any(path.parent.glob(f"**/{path.stem}*.nbi"))


def _cache_path(loop: Loop) -> Path | None:
    scalars = Path(__file__).with_name("scalars.py").read_bytes()
    named = "\n".join((__version__, loop.text)).encode() + scalars
    folder = _cache_folder()
    return None if folder is None else folder / f"k{hashlib.sha256(named).hexdigest()[:32]}.py"


def _cache_folder() -> Path | None:
    if said := os.environ.get("POLICYENGINE_CACHE"):
        return Path(said)
    with suppress(RuntimeError):
        home = Path.home()
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "policyengine" / "kernels"
        if sys.platform == "darwin":
            return home / "Library" / "Caches" / "policyengine" / "kernels"
        return Path(os.environ.get("XDG_CACHE_HOME", home / ".cache")) / "policyengine" / "kernels"
    return None


# running


def _computed(kernel: Callable[..., None], loop: Loop, batch: Batch) -> dict[str, Column]:
    nesting = batch.nesting
    bounds = np.append(nesting.starts, nesting.persons).astype(np.int64, copy=False)
    ranks = np.zeros(0, np.int64) if nesting.ranks is None else np.ascontiguousarray(nesting.ranks, np.int64)
    given, found = _empty(nesting, loop.inputs), _empty(nesting, loop.outputs)
    for name, part, (table, column) in loop.given:
        values = _part(batch, name, part)
        if table.in_pieces:
            given[table] = _three(values)
        elif table.alone:
            given[table] = np.ascontiguousarray(values, table.dtype)
        else:
            given[table][column] = values
    columns = [given[table] if table.in_pieces else [given[table]] for table in loop.inputs]
    kernel(bounds, int(nesting.sizes.max()), ranks, *[each_ for column in columns for each_ in column], *found.values())

    def back(symbol: Any) -> Any:
        if not isinstance(symbol, Symbol):
            return symbol
        place = loop.places[symbol]
        values = found[place.table] if place.table.alone else found[place.table][place.column]
        return values if symbol.dtype in (BOOL, INT) else values.astype(symbol.dtype)

    return {name: each(column, back) for name, column in loop.results.items()}


def _three(pieces: tuple[Any, ...]) -> list[Any]:
    """The pieces of a column in as many arrays as a loop takes."""
    if len(pieces) > PIECES:
        pieces = (*pieces[: PIECES - 1], np.concatenate(pieces[PIECES - 1 :]))
    return [*map(np.ascontiguousarray, pieces), *[np.zeros(0, np.int64)] * (PIECES - len(pieces))]


def _empty(nesting: Any, tables: Mapping[Table, int]) -> dict[Table, Any]:
    """Room for the columns; those that are given alone are read where they lie."""
    homes, persons = len(nesting.starts), nesting.persons
    found = {}
    for table, last in tables.items():
        rows = persons if table.level == PERSON else homes
        if not table.alone:
            found[table] = np.empty((last + 1, _apart(rows, table.dtype.itemsize)), table.dtype)[:, :rows]
        elif table.use.startswith("found"):
            found[table] = np.empty(rows, table.dtype)
    return found


def _apart(rows: int, size: int) -> int:
    """So many rows or some more that columns don't begin where each drives the other out of the processor's cache."""
    lines = -(-rows * size // LINE)
    return (lines | 1) * LINE // size


def _part(batch: Batch, name: str, part: str) -> Any:
    column: Any = batch.stated[name[:-1]] if name.endswith("?") else batch.facts[name]
    values = getattr(column, part)
    if values is None:  # known in every row of this batch
        values = column.sure if part == "possible" else column.low
    return values
