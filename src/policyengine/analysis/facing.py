"""A batch of households under both sides of a comparison: what each pair of benefits comes to, old, new and apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from policyengine import ir
from policyengine.analysis.alike import Alike, conditions
from policyengine.analysis.apart import Apart
from policyengine.analysis.meanings import Meanings
from policyengine.analysis.outcomes import Counts
from policyengine.analysis.sides import Pair, Side, yearly
from policyengine.errors import PolicyError, diagnostic
from policyengine.given import near
from policyengine.interpreters.population import BOTTOM, TOP, Batch, Columns, Numbers, Truths, compile_columns
from policyengine.interpreters.population.columns import add, chosen, each, hull, negative, times
from policyengine.interpreters.population.members import Circle, total
from policyengine.population.deciding import Named, Plan, name_columns, pieces, prepare, read_batch
from policyengine.population.nesting import Households, Rejected
from policyengine.population.threads import at_once

INCOME_PER_HEAD = "income_per_head"  # of the common vocabulary
NOTHING = Numbers(np.int64(0))
EVERYBODY = Truths(np.True_)


@dataclass(frozen=True)
class Half:
    """One side made ready for columns. by: the variable or fact that orders households, on the old side only."""

    plan: Plan
    meanings: Meanings
    wanted: tuple[str, ...]
    parts: Mapping[ir.Node, str]
    by: ir.Variable | ir.Fact | None

    def columns(self, given: frozenset[str], kept: dict[frozenset[str], Columns]) -> Columns:
        if given not in kept:
            wanted = [*self.wanted, *([self.by.id] if isinstance(self.by, ir.Variable) else [])]
            parts = {name: node for node, name in self.parts.items()}
            kept[given] = compile_columns(self.plan.program, given, self.plan.figures, wanted, parts)
        return kept[given]


def half_of(
    side: Side, other: Side, benefits: list[ir.Benefit], skip: Iterable[str], by: str | None, first: bool
) -> Half:
    plan = prepare(
        side.pack, on=side.on, parameters=side.parameters, readings=side.readings, skip=skip, reasons=False,
        beyond_term=True,
    )  # fmt: skip
    wanted = tuple(name for item in benefits for name in (item.eligible, item.amount) if name is not None)
    needed = frozenset().union(*(side.meanings.rests_on[name] for name in wanted))
    asked = dict.fromkeys(conditions(side.meanings, other.meanings, needed))
    parts = {node: f"condition {number}" for number, node in enumerate(asked)}
    return Half(plan, side.meanings, wanted, parts, _ordering(plan.program, by) if first else None)


def _ordering(program: ir.Program, by: str | None) -> ir.Variable | ir.Fact | None:
    """What households are ordered by: a number of the household. None where nothing is asked for and nothing is there."""
    every: list[ir.Variable | ir.Fact] = [*program.facts, *program.variables]
    found = [item for item in every if item.scope == "household" and isinstance(type_of(item), ir.NumberType)]
    names = {word: item for item in found for word in (item.label.en, item.label.zh)} | {
        item.id: item for item in found
    }
    if by is None:
        return names.get(INCOME_PER_HEAD)
    if by not in names:
        raise PolicyError([diagnostic("unknown-ordering", name=by, hint=near(by, names))])
    return names[by]


def type_of(item: ir.Variable | ir.Fact) -> ir.Type:
    return item.type if isinstance(item, ir.Fact) else item.node.type


def name_side(half: Half, other: Half, households: Households) -> tuple[Named, ...]:
    """Columns that only the other side knows are left out."""
    tables = households.households.column_names, households.persons.column_names
    forms, theirs = half.plan.ready.forms, other.plan.ready.forms
    foreign = {
        column
        for columns, mine, yours in zip(
            tables, (forms.household, forms.person), (theirs.household, theirs.person), strict=True
        )
        for column in columns
        if column not in mine and column in yours
    }
    if "*" not in half.plan.skip:
        foreign |= {
            name for name in tables[0] if name.startswith(("area.", "地区.")) and name.partition(".")[2] in theirs.area
        } - {name for name in tables[0] if name.partition(".")[2] in forms.area}
    shown = [[name for name in columns if name not in foreign] for columns in tables]
    also = (half.by.id,) if isinstance(half.by, ir.Fact) else ()
    return name_columns(half.plan, shown[0], shown[1], also)


# a batch of households


@dataclass(frozen=True)
class Part:
    """Some households under both sides. lines: of each pair, what it comes to in each household."""

    households: Households
    rejected: tuple[Rejected, ...]
    lines: tuple[BatchLine, ...]
    by: Numbers | None


@dataclass(frozen=True)
class BatchLine:
    """One pair in a batch. old, new, difference: by household. counts: rows entitled under old and new, and moved."""

    old: Numbers
    new: Numbers
    difference: Numbers
    counts: Counts


def decide_parts(
    halves: tuple[Half, Half],
    named: tuple[tuple[Named, ...], ...],
    kept: tuple[dict[frozenset[str], Columns], ...],
    pairs: Sequence[Pair],
    households: Households,
) -> Iterator[Part]:
    def decide(part: Households) -> Part:
        return _decide(halves, named, kept, pairs, part)

    parts = list(pieces(households))
    if not parts:
        return
    yield decide(parts[0])  # what is compiled when first needed is compiled by one thread
    yield from at_once(decide, parts[1:])


def _decide(
    halves: tuple[Half, Half],
    named: tuple[tuple[Named, ...], ...],
    kept: tuple[dict[frozenset[str], Columns], ...],
    pairs: Sequence[Pair],
    part: Households,
) -> Part:
    """A household that one side can't read is left out of both."""
    batch, part, rejected = read_batch(halves[0].plan, named[0], part)
    second, kept_part, further = read_batch(halves[1].plan, named[1], part)
    if further:
        part = kept_part
        batch, part, _ = read_batch(halves[0].plan, named[0], part)
    batches = batch, second
    columns = tuple(
        half.columns(frozenset(each_.facts), mine) for half, each_, mine in zip(halves, batches, kept, strict=True)
    )
    rows = [Sight(one, column, half.parts) for one, column, half in zip(batches, columns, halves, strict=True)]
    alike = Alike(halves[0].meanings, halves[1].meanings, rows[0], rows[1])
    lines = tuple(_line(pair, alike, rows[0], rows[1]) for pair in pairs) if len(part.starts) else ()
    return Part(part, (*rejected, *further), lines, _by(halves[0], rows[0]) if len(part.starts) else None)


@dataclass(frozen=True)
class Sight:
    """The columns of one side of a batch, each with a value for every row of its scope."""

    batch: Batch
    columns: Columns
    parts: Mapping[ir.Node, str]

    def of(self, name: str | ir.Node, scope: str) -> Any:
        if not isinstance(name, str):
            name = self.parts[name]
        found = self.columns.run(self.batch, name)
        if scope == "person" and self.columns.level(name) == 1:
            found = each(found, self.batch.nesting.spread)
        size = self.batch.nesting.persons if scope == "person" else len(self.batch.nesting.starts)
        return each(found, lambda values: np.full(size, values) if np.ndim(values) == 0 else values)

    def amount(self, item: ir.Benefit, who: Truths) -> Numbers:
        """What is due, given eligibility, in fen a year."""
        if item.amount is None:
            return NOTHING
        found = self.of(item.amount, item.scope)
        assert isinstance(found, Numbers)
        return times(found, yearly([item])[item.id])

    def at_home(self, scope: str, values: Numbers) -> Numbers:
        """The sum over each household."""
        if scope == "person":
            return total(Circle(self.batch.nesting, False), EVERYBODY, values)
        size = len(self.batch.nesting.starts)
        found = each(values, lambda one: np.full(size, one) if np.ndim(one) == 0 else one)
        assert isinstance(found, Numbers)
        return found


def _due(who: Truths, amount: Numbers) -> Numbers:
    """What is due whatever is known of eligibility: nothing to whom it isn't."""
    uncertain = chosen(who.sure, amount, hull(amount, NOTHING)) if who.possible is not None else amount
    return chosen(who.may, uncertain, NOTHING)


def _line(pair: Pair, alike: Alike, before: Sight, after: Sight) -> BatchLine:
    sums = [
        reduce(add, (sight.at_home(item.scope, _due(who, amount)) for item, who, amount in found), None or _zero(sight))
        for sight, found in ((before, _found(before, pair.old)), (after, _found(after, pair.new)))
    ]
    old, new = sums
    if len(pair.old) == len(pair.new) == 1 and pair.old[0].scope == pair.new[0].scope:
        difference = before.at_home(pair.old[0].scope, _difference(pair, alike, before, after))
    else:
        difference = add(new, negative(old))
    return BatchLine(old, new, difference, _counts(pair, alike, before, after))


def _zero(sight: Sight) -> Numbers:
    return Numbers(np.zeros(len(sight.batch.nesting.starts), np.int64))


def _found(sight: Sight, benefits: Sequence[ir.Benefit]) -> list[tuple[ir.Benefit, Truths, Numbers]]:
    found = []
    for item in benefits:
        who = sight.of(item.eligible, item.scope)
        found.append((item, who, sight.amount(item, who)))
    return found


def _difference(pair: Pair, alike: Alike, before: Sight, after: Sight) -> Numbers:
    """By row. What both sides share (who is entitled, what is due) isn't unknown twice over."""
    (one, who, old), (other, whom, new) = _found(before, pair.old)[0], _found(after, pair.new)[0]
    step = add(new, negative(old))
    if one.amount is not None and one.amount == other.amount and one.period == other.period:
        step = times(Apart(alike).figure(one.amount), yearly([one])[one.id])
    apart = add(_due(whom, new), negative(_due(who, old)))
    found = chosen(who.sure & whom.sure, step, apart)
    return chosen(alike.rows(one.eligible), _due(who, step), found) if one.eligible == other.eligible else found


def _counts(pair: Pair, alike: Alike, before: Sight, after: Sight) -> Counts:
    """Entitled rows for sure under each side; moved ones only where both sides have one benefit for the same rows."""
    sure = [
        [sight.of(item.eligible, item.scope) for item in benefits]
        for sight, benefits in ((before, pair.old), (after, pair.new))
    ]
    numbers = [sum(int(who.sure.sum()) for who in each_) for each_ in sure]
    gained = lost = maybe = 0
    if len(pair.old) == len(pair.new) == 1 and pair.old[0].scope == pair.new[0].scope:
        (who,), (whom,) = sure
        gained, lost = int((whom.sure & ~who.may).sum()), int((who.sure & ~whom.may).sum())
        open_ = (who.may & ~who.sure) | (whom.may & ~whom.sure)
        maybe = int((open_ & ~alike.rows(pair.old[0].eligible)).sum())
    elif not pair.old:
        gained = numbers[1]
    elif not pair.new:
        lost = numbers[0]
    return Counts(numbers[0], numbers[1], gained, lost, maybe)


def _by(half: Half, sight: Sight) -> Numbers | None:
    if half.by is None:
        return None
    if isinstance(half.by, ir.Variable):
        found = sight.of(half.by.id, "household")
    elif half.by.id in sight.batch.facts:
        found = sight.batch.facts[half.by.id]
    else:
        size = len(sight.batch.nesting.starts)
        return Numbers(np.full(size, BOTTOM), np.full(size, TOP), True, True)
    assert isinstance(found, Numbers)
    return found
