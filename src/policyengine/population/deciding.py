"""A pack made ready for a table's columns: which fact each column holds, and the results of a batch of households."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from policyengine import ir
from policyengine.errors import Diagnostic, PolicyError, diagnostic, diagnostic_of
from policyengine.given import near
from policyengine.intake import Entry
from policyengine.interpreters.layout import is_settled
from policyengine.interpreters.population import Batch, Column, Columns, Truths, compile_columns
from policyengine.interpreters.population.fused import Fused, Kernel, is_installed
from policyengine.naming import language_meant
from policyengine.packs import Pack
from policyengine.population.facts import read_column
from policyengine.population.missing import Reads, reads
from policyengine.population.nesting import HOUSEHOLDS, PERSONS, Found, Households, Nested, Rejected, reject
from policyengine.population.reasons import Heading, heading
from policyengine.population.results import Outcome, Tables, tables
from policyengine.population.threads import WORKERS, at_once
from policyengine.text import Lang, Text, several
from policyengine.values import Value

IGNORED = ("name", "note", "on")  # what a household may say of itself beside its facts
MOST_PLANS = 16  # that a pack keeps ready, compiled programs and all
AREA = ("area.", "地区.")
LEAST, MOST = 65_536, 196_608  # persons that are decided at a time: fewer cost more calls, more cost memory


@dataclass(frozen=True)
class Plan:
    """A pack on one date under one caller's figures, and the results asked for.

    benefits: ids of benefits and indicators, all if empty. skip: columns to leave unread. labels: the language of names.
    """

    pack: Pack
    on: date
    parameters: Mapping[str, Any]
    readings: Mapping[str, Any]
    benefits: tuple[str, ...]
    skip: frozenset[str]
    labels: Lang | None
    reasons: bool
    kernel: Kernel = "auto"

    @cached_property
    def ready(self) -> Any:
        return self.pack._on(self.on)

    @property
    def program(self) -> ir.Program:
        program: ir.Program = self.ready.program
        return program

    @cached_property
    def figures(self) -> dict[str, Value]:
        """Every parameter's value."""
        found: dict[str, Value] = self.ready.figures(self.parameters, self.readings)
        return found

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The results of households and persons, in the order of the pack."""
        found = [
            Outcome(item.id, item.label, item.scope, None, item.eligible, item.amount) for item in self.program.benefits
        ]
        found += [
            Outcome(item.id, item.label, item.scope, item.applies or "", item.met, None)
            for item in self.program.indicators
        ]
        return tuple(item for item in found if item.scope != "area" and (not self.benefits or item.id in self.benefits))

    @cached_property
    def headings(self) -> dict[str, Heading]:
        if not self.reasons:
            return {}
        return {item.id: heading(self.program, item.id, item.decides) for item in self.outcomes}

    @cached_property
    def needed(self) -> frozenset[str]:
        """The facts and parameters that the results rest on."""
        return frozenset().union(*self.rests_on.values())

    @cached_property
    def rests_on(self) -> dict[str, frozenset[str]]:
        """By result: every fact and parameter that its definition leads to."""
        below: dict[str, frozenset[str]] = {}
        for variable in self.program.variables:
            found: set[str] = set()
            for node in ir.walk(variable.node):
                match node:
                    case ir.FactRef(id=name) | ir.ParameterRef(id=name):
                        found.add(name)
                    case ir.VariableRef(id=name):
                        found |= below[name]
            below[variable.id] = frozenset(found)
        return {item.id: frozenset().union(*(below[name] for name in item.variables)) for item in self.outcomes}

    @cached_property
    def reads(self) -> dict[str, Reads]:
        """By variable: what its formula reads."""
        return reads(self.program)

    @cached_property
    def program_names(self) -> list[str]:
        """Every fact and parameter, in one order: a list of missing ones is told by places in it."""
        return [*(item.id for item in self.program.facts), *(item.id for item in self.program.parameters)]

    @cached_property
    def names_array(self) -> Any:
        """As results call them: by label where columns are, a label that two of them bear with its id."""
        if self.labels is None:
            return pa.array(self.program_names, pa.string())
        items: tuple[ir.Fact | ir.Parameter, ...] = (*self.program.facts, *self.program.parameters)
        labels = [item.label[self.labels] for item in items]
        pairs = zip(labels, self.program_names, strict=True)
        return pa.array(
            [label if labels.count(label) == 1 else f"{label} ({name})" for label, name in pairs], pa.string()
        )

    @cached_property
    def person_facts(self) -> frozenset[str]:
        return frozenset(fact.id for fact in self.program.facts if fact.scope == "person")

    @cached_property
    def open_figures(self) -> frozenset[str]:
        """The parameters and readings that leave something open."""
        types = {item.id: item.type for item in self.program.parameters}
        return frozenset(name for name, value in self.figures.items() if not is_settled(types[name], value))

    @cached_property
    def is_ranked(self) -> bool:
        return any(isinstance(node, ir.Rank) for item in self.program.variables for node in ir.walk(item.node))

    @cached_property
    def _compiled(self) -> dict[frozenset[str], Columns]:
        return {}

    def columns(self, given: frozenset[str]) -> Columns:
        """The program for tables that have these facts."""
        if given not in self._compiled:
            wanted = [name for item in self.outcomes for name in item.variables]
            parts = {name: node for head in self.headings.values() for name, node in head.named().items()}
            columns = compile_columns(self.program, given, self.figures, wanted, parts)
            if self.kernel == "fused" or (self.kernel == "auto" and is_installed()):
                facts = {fact.id: fact for fact in self.program.facts if fact.id in given}
                columns = Fused(columns, facts, [*wanted, *parts], self.kernel == "fused")
            self._compiled[given] = columns
        return self._compiled[given]


def prepare(
    pack: Pack,
    *,
    on: date | str,
    parameters: Mapping[str, Any] | None = None,
    readings: Mapping[str, Any] | None = None,
    benefits: Iterable[str] | str = (),
    skip: Iterable[str] | str = (),
    labels: Lang | None = None,
    reasons: bool = True,
    beyond_term: bool = False,
    kernel: Kernel = "auto",
) -> Plan:
    """Make a pack ready for tables; a pack keeps the last ones ready, so that asking again costs nothing.

    Raises PolicyError with what is wrong with the pack, the figures or the names.

    kernel: "fused" compiles the program into one loop (the extra `fast`), "columns" never does, "auto" does where that is
    installed and the rows are worth the time; the results are the same.
    """
    if kernel not in get_args(Kernel):
        raise PolicyError([diagnostic("bad-argument", name="kernel", reason=" / ".join(get_args(Kernel)))])
    if kernel == "fused" and not is_installed():
        raise PolicyError([diagnostic("extra-needed", name="fast", package="numba")])
    labels = None if labels is None else language_meant(labels)
    day, wanted, left_out = pack.day_in_term(on, beyond_term), several(benefits), frozenset(several(skip))
    parameters, readings = dict(parameters or {}), dict(readings or {})
    key = (day, _said(parameters), _said(readings), wanted, left_out, labels, reasons, kernel)
    kept: dict[Any, Plan] = pack.kept.setdefault("plans", {})
    if key in kept:
        return kept[key]
    plan = Plan(pack, day, parameters, readings, (), left_out, labels, reasons, kernel)
    _ = plan.figures
    plan = replace(plan, benefits=tuple(_result(plan, name) for name in wanted))
    kept[key] = plan
    if len(kept) > MOST_PLANS:
        kept.pop(next(iter(kept)), None)
    return plan


def _said(values: Mapping[str, Any]) -> frozenset[tuple[str, type, str]]:
    """A caller's figures or readings, told apart as they are written: 1 and True are equal and not the same."""
    return frozenset((name, type(value), repr(value)) for name, value in values.items())


def _result(plan: Plan, name: str) -> str:
    names = {word: item.id for item in plan.outcomes for word in (item.label.en, item.label.zh, item.id)}
    if name not in names:
        raise PolicyError([diagnostic("unknown-result", name=name, hint=near(name, names))])
    return names[name]


# which fact each column holds


@dataclass(frozen=True)
class Named:
    """A column of a table: its name there, and the fact that it holds."""

    table: str
    column: str
    fact: ir.Fact
    entry: Entry


def name_columns(
    plan: Plan, households: Collection[str], persons: Collection[str], also: Collection[str] = ()
) -> tuple[Named, ...]:
    """The columns that the results need, and facts asked for beside them (`also`).

    Raises PolicyError for columns that name nothing, and for facts that have two columns.
    """
    forms, facts = plan.ready.forms, {fact.id: fact for fact in plan.program.facts}
    found: list[Named] = []
    wrong: list[Diagnostic] = []
    for table, columns, entries in ((HOUSEHOLDS, households, forms.household), (PERSONS, persons, forms.person)):
        for column in columns:
            entry = entries.get(column)
            if table == HOUSEHOLDS and column.startswith(AREA):
                entry = forms.area.get(column.partition(".")[2])
            if entry is None:
                if column not in plan.skip and column not in IGNORED and "*" not in plan.skip:
                    wrong.append(_unknown(column, entries, forms))
                continue
            if column in plan.skip:
                continue
            if any(item.fact.id == entry.id for item in found):
                wrong.append(diagnostic("fact-twice", path=column, id=entry.id))
            found.append(Named(table, column, facts[entry.id], entry))
    if wrong:
        raise PolicyError(wrong)
    return tuple(item for item in found if item.fact.id in plan.needed or item.fact.id in also)


def _unknown(column: str, entries: Mapping[str, Entry], forms: Any) -> Diagnostic:
    if column in forms.shared:
        ids = ", ".join(f"`{one}`" for one in forms.shared[column])
        return diagnostic("ambiguous-name", path=column, name=column, ids=ids)
    return diagnostic("unknown-column", path=column, column=column, hint=near(column, entries))


# a batch


def decide_households(plan: Plan, nested: Nested) -> tuple[Tables, tuple[Rejected, ...]]:
    """Results of the households that can be read; the rows that can't."""
    named = name_columns(plan, nested.households.households.column_names, nested.households.persons.column_names)
    columns = plan.columns(frozenset(item.fact.id for item in named))
    columns.expect(len(nested.households.person_rows))
    parts = list(pieces(nested.households)) or [nested.households]
    found = at_once(lambda part: _decide_piece(plan, named, part), parts)
    rejected = [row for _, rows in found for row in rows]
    return Tables.concat(part for part, _ in found), (*nested.rejected, *rejected)


def _decide_piece(plan: Plan, named: Sequence[Named], part: Households) -> tuple[Tables, tuple[Rejected, ...]]:
    batch, part, rejected = read_batch(plan, named, part)
    return tables(plan, plan.columns(frozenset(batch.facts)), batch, part), rejected


def read_batch(plan: Plan, named: Sequence[Named], part: Households) -> tuple[Batch, Households, tuple[Rejected, ...]]:
    """The facts of the households that can be read, these households, and the rows that can't."""
    facts, stated, found = _read(plan, named, part)
    rejected: tuple[Rejected, ...] = ()
    if found:
        good = reject(part, found)
        rejected, part = good.rejected, good.households
        facts, stated, found = _read(plan, named, part)
        assert not found
    return Batch(part.nesting(plan.is_ranked and len(part.starts) > 0), facts, stated), part, rejected


def pieces(households: Households) -> Iterable[Households]:
    """The households in pieces, of which the last are smaller, so that no worker waits long for another."""
    starts, persons, first = households.starts, len(households.person_rows), 0
    while first < len(starts):
        left = persons - int(starts[first])
        size = min(MOST, max(LEAST, left // (2 * WORKERS)))
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + size)))
        yield households.slice(first, last)
        first = last


Read = tuple[dict[str, Column], dict[str, Truths], list[Found]]


def _read(plan: Plan, named: Sequence[Named], households: Households) -> Read:
    facts: dict[str, Column] = {}
    stated: dict[str, Truths] = {}
    found: list[Found] = []
    for item in named:
        table = households.persons if item.table == PERSONS else households.households
        reading = read_column(item.fact, item.entry, table.column(item.column), plan.program.options)
        facts[item.fact.id] = reading.column
        if reading.stated is not None:
            stated[item.fact.id] = reading.stated
        for one in reading.faulty:
            details: dict[str, str | Text] = {"fact": item.column, **one.error.details}
            hint = details.pop("hint", None)
            reason = diagnostic_of(one.error.code, None, details, "", hint if isinstance(hint, Text) else None)
            found.append((item.table, one.row, item.column, reason))
    return facts, stated, found
