"""Which facts and figures an open result of a row rests on that aren't known.

From an open result the way leads down through the variables that are open in that row themselves, to what isn't known there.
Within one variable's formula nothing is looked at, so a fact may be named that can't change the result any more; none is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from policyengine import ir
from policyengine.interpreters.population import Batch, Column, Columns, Numbers, Truths

if TYPE_CHECKING:
    from policyengine.population.deciding import Plan

NOBODY = np.zeros(0, np.int16)


@dataclass(frozen=True)
class Reads:
    """What a variable's formula reads: of the same entity or its household; of every member at home."""

    own: frozenset[str]
    members: frozenset[str]


def reads(program: ir.Program) -> dict[str, Reads]:
    """By variable."""
    person = {item.id for item in (*program.facts, *program.variables) if item.scope == "person"}
    found: dict[str, Reads] = {}
    for variable in program.variables:
        own, members = _read(variable.node)
        if variable.scope != "person":  # a household reads persons only together
            members, own = members | (own & person), own - person
        found[variable.id] = Reads(frozenset(own), frozenset(members))
    return found


def _read(node: ir.Node) -> tuple[set[str], set[str]]:
    own: set[str] = set()
    members: set[str] = set()
    waiting: list[tuple[ir.Node, bool]] = [(node, False)]
    while waiting:
        part, among = waiting.pop()
        if isinstance(part, ir.FactRef | ir.ParameterRef | ir.VariableRef):
            (members if among else own).add(part.id)
        among = among or isinstance(part, ir.Aggregate | ir.Rank)
        waiting.extend((child, among) for child in ir.children(part))
    return own, members


@dataclass(frozen=True)
class Open:
    """Rows that wait for something: for what is their own, and for what anybody at home has. None: no row."""

    own: dict[str, Any] = field(default_factory=dict)
    home: dict[str, Any] = field(default_factory=dict)


def missing(plan: Plan, columns: Columns, batch: Batch, person: bool, open_rows: Iterable[tuple[str, Any]]) -> Any:
    """For every row the names as a list. open_rows: results with their open rows. person: are the rows persons or households?"""
    number = batch.nesting.persons if person else len(batch.nesting.starts)
    found = _follow(plan, columns, batch, person, [(name, rows) for name, rows in open_rows if rows.any()])
    held = [(name, np.broadcast_to(found[name], number)) for name in plan.program_names if name in found]
    held = [(name, rows) for name, rows in held if rows.any()]
    if not held:
        return pa.ListArray.from_arrays(pa.array(np.zeros(number + 1, np.int32)), _coded(plan, NOBODY))
    grid = np.stack([rows for _, rows in held], axis=1)
    places = np.array([plan.program_names.index(name) for name, _ in held], np.int16)
    offsets = np.concatenate(([0], np.cumsum(grid.sum(axis=1)))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _coded(plan, places[np.nonzero(grid)[1]]))


def _coded(plan: Plan, places: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int16()), plan.names_array)


def _follow(
    plan: Plan, columns: Columns, batch: Batch, person: bool, open_rows: list[tuple[str, Any]]
) -> dict[str, Any]:
    """By name, the rows that wait for it."""
    waiting = Open()
    begins = {item.id: item.variables for item in plan.outcomes}
    for result, rows in open_rows:
        for name in begins[result]:
            _join(waiting.own, name, rows)
    scopes = {item.id: item.scope for item in plan.program.variables}
    for variable in reversed(plan.program.variables):
        name, reads_ = variable.id, plan.reads[variable.id]
        if name not in waiting.own and name not in waiting.home:
            continue
        column = columns.run(batch, name) if name in columns.variables else None  # None: no batch computes it
        level_is_person = column is not None and np.ndim(_any_end(column)) > 0 and columns.level(name) == 2
        unsure = np.True_ if column is None else unsettled(column)
        if unsure is None:
            continue
        own, home = _seen(batch, person, unsure, scopes[name] == "person", level_is_person)
        mine, theirs = waiting.own.get(name), waiting.home.get(name)
        mine = None if mine is None else mine & own
        theirs = None if theirs is None else theirs & home
        for below in reads_.own:
            _join(waiting.own, below, mine)
            _join(waiting.home, below, theirs)
        for below in reads_.members:
            _join(waiting.home, below, mine)
            _join(waiting.home, below, theirs)
    return dict(_unknown(plan, batch, person, waiting))
