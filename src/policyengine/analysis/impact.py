"""What a change does to a population: winners, losers, costs by benefit, payer and income tenth.

A difference that isn't known has bounds: a household counts as winner or loser only where the bounds say so. Amounts are
yearly (monthly ones twelve times, by school term twice, once and per visit once) and exact to the fen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from policyengine import ir
from policyengine.amounts import Amount
from policyengine.analysis.facing import BatchLine, Part, decide_parts, half_of, name_side, type_of
from policyengine.analysis.outcomes import Cost, Counts, Impact, Line, Tenth
from policyengine.analysis.sides import Pair, Side
from policyengine.interpreters.population import BOTTOM, TOP, Columns, Numbers
from policyengine.interpreters.population.columns import add
from policyengine.population.nesting import HOUSEHOLDS, Rejected
from policyengine.population.results import yuan
from policyengine.population.streams import Source, nested_parts
from policyengine.text import Text

RESULTS = ("unchanged", "winner", "loser", "undetermined")
NOBODY = Counts(0, 0, 0, 0, 0)
End = int | None  # of a sum in fen; None: open


def impact(
    old: Side,
    new: Side,
    pairs: Sequence[Pair],
    given: Source,
    *,
    by: str | None = None,
    skip: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Impact:
    """Decide every household under both sides, and set the results against each other.

    pairs: the benefits to look at; those proved the same needn't be among them. by: a fact or variable of the household
    with a number, by which tenths are made; by default income per head, where the pack has it. Raises PolicyError for
    columns that neither pack knows, and for a `by` that isn't there.
    """
    halves = (
        half_of(old, new, [item for pair in pairs for item in pair.old], skip, by, True),
        half_of(new, old, [item for pair in pairs for item in pair.new], skip, None, False),
    )
    kept: tuple[dict[frozenset[str], Columns], ...] = ({}, {})
    tally = Tally(pairs)
    with TemporaryDirectory(
        prefix="policyengine-"
    ) as folder:  # files that don't come in step are dealt into piles there
        for nested in nested_parts(given, Path(folder)):
            tally.rejected += nested.rejected
            named = tuple(
                name_side(half, other, nested.households) for half, other in zip(halves, halves[::-1], strict=True)
            )
            for part in decide_parts(halves, named, kept, pairs, nested.households):
                tally.add(part)
            if progress is not None:
                progress(tally.households)
    return tally.result(halves[0].by)


@dataclass
class Rows:
    """What every household comes to: its id, its place in the order, and (low, high) of old, new and difference."""

    ids: list[Any] = field(default_factory=list)
    by: list[Any] = field(default_factory=list)
    known: list[Any] = field(default_factory=list)
    amounts: list[Any] = field(default_factory=list)


# all batches together


class Tally:
    """Adds batches up; sums are Python's whole numbers, which have no end."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.pairs, self.rows, self.rejected = pairs, Rows(), list[Rejected]()
        self.households = self.persons = 0
        self.lines = [_Sum() for _ in pairs]

    def add(self, part: Part) -> None:
        self.rejected += part.rejected
        size = len(part.households.starts)
        if not size:
            return
        self.households += size
        self.persons += len(part.households.person_rows)
        for sum_, line in zip(self.lines, part.lines, strict=True):
            sum_.add(line)
        every = [
            reduce(add, (getattr(line, name) for line in part.lines), Numbers(np.zeros(size, np.int64)))
            for name in ("old", "new", "difference")
        ]
        self.rows.ids.append(part.households.household_ids)
        self.rows.amounts.append([(each_.low, each_.top) for each_ in every])
        if part.by is not None:
            self.rows.by.append(part.by.low)
            self.rows.known.append(part.by.low == part.by.top)

    def result(self, by: ir.Variable | ir.Fact | None) -> Impact:
        if self.households:
            spans = [
                tuple(np.concatenate([part[i][e] for part in self.rows.amounts]) for e in (0, 1)) for i in (0, 1, 2)
            ]
        else:
            spans = [(np.zeros(0, np.int64), np.zeros(0, np.int64))] * 3
        low, high = spans[2]
        state = np.select([(low == 0) & (high == 0), low > 0, high < 0], [0, 1, 2], 3)
        counted = np.bincount(state, minlength=4)
        open_ = state == 3
        may_gain, may_lose = int((open_ & (low >= 0)).sum()), int((open_ & (high <= 0)).sum())
        order = np.concatenate(self.rows.by) if self.rows.by else None
        known = np.concatenate(self.rows.known) if self.rows.known else None
        lines = tuple(sum_.line(pair) for sum_, pair in zip(self.lines, self.pairs, strict=True))
        codes: dict[str, int] = {}
        for row in self.rejected:
            codes[row.reason.code] = codes.get(row.reason.code, 0) + 1
        return Impact(
            households=self.households,
            persons=self.persons,
            rejected=sum(row.table == HOUSEHOLDS for row in self.rejected),
            codes=codes,
            winners=int(counted[1]),
            losers=int(counted[2]),
            unchanged=int(counted[0]),
            undetermined=int(counted[3]),
            may_gain=may_gain,
            may_lose=may_lose,
            gains=_amount(*_ends(low[state == 1], high[state == 1])),
            losses=_amount(*_ends(low[state == 2], high[state == 2])),
            cost=Cost(*(_amount(*_ends(*span)) for span in spans)),
            lines=lines,
            payers=_payers(self.pairs, self.lines),
            by=None if by is None else by.label,
            tenths=() if order is None or known is None else tuple(_tenths(order, known, spans, state, by)),
            frame=self._frame(spans, state, order, known, by),
        )

    def _frame(self, spans: list[Any], state: Any, order: Any, known: Any, by: Any) -> pa.Table:
        ids = pa.concat_arrays(self.rows.ids) if self.rows.ids else pa.array([], pa.string())
        columns: dict[str, Any] = {"household_id": ids}
        if by is not None and order is not None:
            type_ = type_of(by)
            assert isinstance(type_, ir.NumberType)
            money = type_.unit.is_money and type_.scale == 100
            shown = yuan(np.where(known, order, 0), known) if money else pa.array(order, mask=~known)
            columns[by.id] = shown
        for name, (low, high) in zip(("old", "new", "difference"), spans, strict=True):
            columns[f"{name}.at_least"] = yuan(np.where(low == BOTTOM, 0, low), low != BOTTOM)
            columns[f"{name}.at_most"] = yuan(np.where(high == TOP, 0, high), high != TOP)
        columns["result"] = pa.DictionaryArray.from_arrays(pa.array(state, pa.int8()), pa.array(RESULTS))
        return pa.table(columns)


@dataclass
class _Sum:
    """One pair over all batches, in fen; None is an open end."""

    old: tuple[End, End] = (0, 0)
    new: tuple[End, End] = (0, 0)
    difference: tuple[End, End] = (0, 0)
    counts: Counts = NOBODY
    more: int = 0
    less: int = 0

    def add(self, line: BatchLine) -> None:
        for name in ("old", "new", "difference"):
            found: Numbers = getattr(line, name)
            setattr(self, name, _plus(getattr(self, name), _ends(found.low, found.top)))
        self.more += int((line.difference.low > 0).sum())
        self.less += int((line.difference.top < 0).sum())
        self.counts = Counts(*(one + other for one, other in zip(self.counts, line.counts, strict=True)))

    def line(self, pair: Pair) -> Line:
        cost = Cost(_amount(*self.old), _amount(*self.new), _amount(*self.difference))
        payer = next((item.payer for item in (*pair.new, *pair.old) if item.payer is not None), None)
        return Line(pair.id, pair.label, payer, cost if pair.is_money else None, self.counts, self.more, self.less)


def _plus(one: tuple[End, End], other: tuple[End, End]) -> tuple[End, End]:
    low, high = ((None if a is None or b is None else a + b) for a, b in zip(one, other, strict=True))
    return low, high


def _ends(low: Any, high: Any) -> tuple[End, End]:
    """The sums of two columns of ends; None where one of them is open."""
    return (
        None if (low == BOTTOM).any() else exact_sum(low),
        None if (high == TOP).any() else exact_sum(high),
    )


def exact_sum(values: Any) -> int:
    """In two halves of 32 bits, which can't leave 64 bits together."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def _amount(low: int | None, high: int | None) -> Amount:
    return Amount(None if low is None else Decimal(low).scaleb(-2), None if high is None else Decimal(high).scaleb(-2))


def _payers(pairs: Sequence[Pair], sums: Sequence[_Sum]) -> tuple[tuple[Text, Cost], ...]:
    """Costs by who pays, where the pack says so; benefits of a pair with several payers stand under none."""
    found: dict[Text, list[_Sum]] = {}
    for pair, sum_ in zip(pairs, sums, strict=True):
        names = {item.payer for item in (*pair.old, *pair.new)}
        if pair.is_money and len(names) == 1 and None not in names:
            found.setdefault(next(iter(names)), []).append(sum_)  # type: ignore[arg-type]
    return tuple(
        (
            name,
            Cost(
                *(
                    _amount(*reduce(_plus, (getattr(item, part) for item in items)))
                    for part in ("old", "new", "difference")
                )
            ),
        )
        for name, items in found.items()
    )


def _tenths(order: Any, known: Any, spans: list[Any], state: Any, by: Any) -> Iterator[Tenth]:
    """Tenths of the households whose number is known, equal numbers in one tenth; then those of whom it isn't known."""
    values = np.sort(order[known])
    type_ = type_of(by)
    assert isinstance(type_, ir.NumberType)
    if len(values):
        cuts = values[[max(0, -(-len(values) * tenth // 10) - 1) for tenth in range(1, 10)]]
        place = np.where(known, np.searchsorted(cuts, order, side="left"), 10)
    else:
        place = np.full(len(order), 10)
    for tenth in range(11):
        mine = place == tenth
        if not mine.any():
            continue
        inside = order[mine]
        limits = None if tenth == 10 else (int(inside.min()), int(inside.max()))
        counted = np.bincount(state[mine], minlength=4)
        costs = Cost(*(_amount(*_ends(low[mine], high[mine])) for low, high in spans))
        winners, losers, unchanged, undetermined = (int(counted[code]) for code in (1, 2, 0, 3))
        number, size = None if tenth == 10 else tenth + 1, int(mine.sum())
        yield Tenth(number, limits, type_, size, winners, losers, unchanged, undetermined, costs)
