"""A batch's results as Arrow tables: a row for each household and each person, amounts in yuan as exact decimals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from policyengine.interpreters.population import BOTTOM, TOP, Batch, Column, Columns, Numbers, Truths
from policyengine.interpreters.population.columns import each, where
from policyengine.interpreters.population.rounding import at_most
from policyengine.population.missing import missing, zeros_of
from policyengine.population.nesting import Households
from policyengine.population.reasons import codes
from policyengine.text import Lang, Text

if TYPE_CHECKING:
    from policyengine.population.deciding import Plan

YUAN = pa.decimal128(18, 2)
STATUSES: tuple[Text, ...] = (Text("不符合", "ineligible"), Text("待定", "undetermined"), Text("符合", "eligible"))
TARGETS: tuple[Text, ...] = (*(Text(zh, en) for zh, en in (("未达到", "not met"), ("待定", "undetermined"), ("达到", "met"))),
           Text("不适用", "not applicable"))  # fmt: skip
PARTS = {
    "status": Text("结果", "status"),
    "amount": Text("金额", "amount"),
    "at_least": Text("至少", "at_least"),
    "at_most": Text("至多", "at_most"),
    "reason": Text("理由码", "reason"),
}
HOUSEHOLD_ID, PERSON_ID, MISSING = (
    Text("家庭编号", "household_id"),
    Text("人员编号", "person_id"),
    Text("缺少", "missing"),
)


@dataclass(frozen=True)
class Outcome:
    """A benefit, or (applies is not None) an indicator: the variables that decide it. amount: None where there is none."""

    id: str
    label: Text
    scope: str
    applies: str | None
    decides: str
    amount: str | None

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(name for name in (self.applies, self.decides, self.amount) if name)


@dataclass(frozen=True)
class Tables:
    """One row for each household, one for each person."""

    households: pa.Table
    persons: pa.Table

    @staticmethod
    def concat(parts: Iterable[Tables]) -> Tables:
        every = list(parts)
        return Tables(
            pa.concat_tables([part.households for part in every]), pa.concat_tables([part.persons for part in every])
        )


def column_name(outcome: Outcome, part: str, labels: Lang | None) -> str:
    return f"{outcome.id}.{part}" if labels is None else f"{outcome.label[labels]}.{PARTS[part][labels]}"


def tables(plan: Plan, columns: Columns, batch: Batch, households: Households) -> Tables:
    """What the batch comes to."""
    lang = plan.labels
    first: dict[str, Any] = {in_language(HOUSEHOLD_ID, lang): households.household_ids}
    homes = households.home_ids
    if homes is None:
        homes = households.household_ids.take(pa.array(batch.nesting.homes))
    second: dict[str, Any] = {
        in_language(HOUSEHOLD_ID, lang): homes,
        in_language(PERSON_ID, lang): households.person_ids,
    }
    open_rows: dict[str, list[tuple[str, Any]]] = {"household": [], "person": []}
    for outcome in plan.outcomes:
        rows = Rows(columns, batch, outcome.scope == "person")
        for part, array, unsettled in _parts(plan, outcome, rows):
            (second if outcome.scope == "person" else first)[column_name(outcome, part, lang)] = array
            if unsettled is not None:
                open_rows[outcome.scope].append((outcome.id, unsettled))
    for scope, table in (("household", first), ("person", second)):
        table[in_language(MISSING, lang)] = missing(plan, columns, batch, scope == "person", open_rows[scope])
    return Tables(pa.table(first), pa.table(second))


def in_language(text: Text, lang: Lang | None) -> str:
    return text["en" if lang is None else lang]


@dataclass(frozen=True)
class Rows:
    """The columns of one kind of result, each with a value for every row."""

    columns: Columns
    batch: Batch
    person: bool

    @property
    def number(self) -> int:
        return self.batch.nesting.persons if self.person else len(self.batch.nesting.starts)

    def of(self, name: str) -> Column:
        return self.level(self.columns.run(self.batch, name), self.columns.level(name))

    def level(self, column: Column, level: int) -> Column:
        return each(column, self.batch.nesting.spread) if self.person and level == 1 else column

    def truth(self, name: str) -> Truths:
        found = self.of(name)
        assert isinstance(found, Truths)
        return found

    def full(self, values: Any) -> Any:
        return np.full(self.number, values) if np.ndim(values) == 0 else values


Part = tuple[str, Any, Any]  # which part, its array, and which rows are still open in it


def _parts(plan: Plan, outcome: Outcome, rows: Rows) -> Iterable[Part]:
    truth = rows.truth(outcome.decides)
    if outcome.applies is None:
        words = STATUSES
        state = _twice_sure(rows, truth)
        unsettled = None if truth.possible is None else rows.full(truth.may & ~truth.sure)
    else:
        words, (state, unsettled) = TARGETS, _target(outcome, rows, truth)
    yield "status", _words(state, words, plan.labels), unsettled
    if outcome.amount is not None:
        found = rows.of(outcome.amount)
        assert isinstance(found, Numbers)
        yield from _amount(rows, truth, found)
    if outcome.id in plan.headings:
        head = plan.headings[outcome.id]
        code = codes(head, lambda place: rows.truth(f"{outcome.id}#{place}"))
        yield "reason", pa.array(rows.full(code)), None


def _twice_sure(rows: Rows, truth: Truths) -> Any:
    """2 where something holds, 1 where it may, 0 where it doesn't."""
    sure = rows.full(truth.sure).view(np.int8)
    return sure << 1 if truth.possible is None else sure + rows.full(truth.possible)


def _words(state: Any, words: tuple[Text, ...], lang: Lang | None) -> Any:
    """Arrow needn't look whether each state is the place of a word (safe)."""
    return pa.DictionaryArray.from_arrays(pa.array(state, pa.int8()), _every_word(words, lang), safe=False)


@cache
def _every_word(words: tuple[Text, ...], lang: Lang | None) -> Any:
    return pa.array([in_language(word, lang) for word in words])


def _target(outcome: Outcome, rows: Rows, met: Truths) -> tuple[Any, Any]:
    """An indicator is undetermined too where it isn't known whether it applies, and open only where it may."""
    state = _twice_sure(rows, met)
    if not outcome.applies:
        return state, None if met.possible is None else rows.full(met.may & ~met.sure)
    applies = rows.truth(outcome.applies)
    sure, may = rows.full(applies.sure), rows.full(applies.may)
    state = np.where(may, np.where(sure, state, np.int8(1)), np.int8(3))
    return state, state == 1


def _amount(rows: Rows, truth: Truths, found: Numbers) -> Iterable[Part]:
    """0 where ineligible, from 0 where undetermined; exact, or between bounds of which an open one is null."""
    if truth.possible is None and found.high is None:
        yield "amount", yuan(rows.full(found.low), share=rows.full(truth.sure)), None
        yield "at_least", nothing(rows.number), None
        yield "at_most", nothing(rows.number), None
        return
    low = where(truth.may, where(truth.sure, found.low, np.minimum(found.low, 0)), 0)
    high = where(truth.may, where(truth.sure, found.top, np.maximum(found.top, 0)), 0)
    low, high = rows.full(low), rows.full(high)
    exact = low == high
    yield "amount", yuan(low, exact), None
    yield "at_least", yuan(low, ~exact & (low != BOTTOM)), None
    open_amount = rows.full(truth.may & (found.low != found.top))
    yield "at_most", yuan(high, ~exact & (high != TOP)), open_amount


def yuan(fen: Any, valid: Any = None, share: Any = True) -> Any:
    """Whole fen as decimals of yuan; 0 where somebody has no share."""
    words = np.zeros((len(fen), 2), np.int64)
    np.multiply(fen, share, out=words[:, 0])
    if at_most(fen) < 0:
        np.right_shift(words[:, 0], 63, out=words[:, 1])
    mask = None if valid is None or valid.all() else pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(YUAN, len(fen), [mask, pa.py_buffer(words)])


def nothing(number: int) -> Any:
    """Amounts that are all null. They share one piece of memory."""
    zeros = zeros_of(16 * number)
    return pa.Array.from_buffers(YUAN, number, [zeros, zeros], number)
