"""Which facts and figures an open result of a row rests on that aren't known.

From an open result the way leads down through the variables that are open in that row themselves, to what isn't known there.
Within one variable's formula nothing is looked at, so a fact may be named that can't change the result any more; none is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from policyengine import ir
from policyengine.interpreters.population import Batch, Column, Columns, Numbers, Truths
from policyengine.interpreters.population.code import PERSON

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
    person = {item.id for item in program.facts if item.scope == "person"}
    person |= {item.id for item in program.variables if item.scope == "person"}
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
    """By name, the rows that wait for it: for their own, and for that of anybody at home."""

    own: dict[str, Any] = field(default_factory=dict)
    home: dict[str, Any] = field(default_factory=dict)


def missing(plan: Plan, columns: Columns, batch: Batch, person: bool, open_rows: Iterable[tuple[str, Any]]) -> Any:
    """For every row the names as a list. open_rows: results with their open rows. person: are the rows persons or households?"""
    number = batch.nesting.persons if person else len(batch.nesting.starts)
    begun = [(name, rows) for name, rows in open_rows if rows.any()]
    found = _follow(plan, columns, batch, person, begun) if begun else {}
    held = (
        [(name, np.broadcast_to(found[name], number)) for name in plan.program_names if name in found] if found else []
    )
    held = [(name, rows) for name, rows in held if rows.any()]
    if not held:
        offsets = pa.Array.from_buffers(pa.int32(), number + 1, [None, zeros_of(4 * (number + 1))])
        return pa.ListArray.from_arrays(offsets, _coded(plan, NOBODY))
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
    for variable in reversed(plan.program.variables):
        name = variable.id
        if name not in waiting.own and name not in waiting.home:
            continue
        unsure = unsettled(columns.run(batch, name)) if name in columns.variables else np.True_
        if unsure is None:
            continue
        level = columns.level(name) if name in columns.variables else 0
        mine, theirs = _still(batch, person, unsure, level == PERSON, waiting, name)
        below = plan.reads[name]
        for one in below.own:
            _join(waiting.own, one, mine)
            _join(waiting.home, one, theirs)
        for one in below.members:
            _join(waiting.home, one, mine)
            _join(waiting.home, one, theirs)
    found: dict[str, Any] = {}
    for name in {*waiting.own, *waiting.home} - {item.id for item in plan.program.variables}:
        unsure = _unknown(plan, batch, name)
        if unsure is not None:
            for rows in _still(batch, person, unsure, name in plan.person_facts, waiting, name):
                _join(found, name, rows)
    return found


def _join(waiting: dict[str, Any], name: str, rows: Any) -> None:
    if rows is not None:
        waiting[name] = waiting[name] | rows if name in waiting else rows


def _still(batch: Batch, person: bool, unsure: Any, is_of_persons: bool, waiting: Open, name: str) -> tuple[Any, Any]:
    """The rows that wait for something and where it is open: their own, and anybody's at home."""
    nesting, own, home = batch.nesting, waiting.own.get(name), waiting.home.get(name)
    if np.ndim(unsure) == 0:
        mine = anybody = unsure
    elif not is_of_persons:
        mine = anybody = nesting.spread(unsure) if person else unsure
    else:
        mine = unsure
        if home is not None:
            anybody = nesting.spread(nesting.any(unsure)) if person else nesting.any(unsure)
    return None if own is None else own & mine, None if home is None else home & anybody


def _unknown(plan: Plan, batch: Batch, name: str) -> Any:
    """Of whom a fact or parameter isn't known; None where it is of all."""
    if name in plan.figures:
        return np.True_ if name in plan.open_figures else None
    column = batch.facts.get(name)
    if column is None:
        return np.True_
    unsure = unsettled(column)
    if unsure is not None and name in batch.stated:
        unsure = unsure & batch.stated[name].may  # there is nothing to learn of what is stated to be absent
    return unsure


def unsettled(column: Column) -> Any:
    match column:
        case Truths(sure=sure, possible=possible):
            return None if possible is None else possible & ~sure
        case Numbers(low=low, high=high):
            return None if high is None else low != high
        case _:
            return None if column.exact else (column.mask & (column.mask - column.mask.dtype.type(1))) != 0


def zeros_of(size: int) -> Any:
    """At least so many bytes of zeros."""
    return _zeros(size.bit_length())


@lru_cache(maxsize=4)
def _zeros(bits: int) -> Any:
    return pa.py_buffer(np.zeros(1 << bits, np.uint8))
