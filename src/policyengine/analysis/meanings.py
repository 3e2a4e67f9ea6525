"""What each variable of a program means, as a digest: equal digests mean equal results for every household.

A digest covers all that a variable rests on (formulas, figures, facts with their ranges) and none of its words: neither labels
nor the ids of variables and tables, so that a renamed variable still means the same. What the readings taken rule out drops
out first. Different digests prove nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

from policyengine import ir
from policyengine.ir import ChoiceType
from policyengine.values import Value

TRUE, FALSE = ("truth", True), ("truth", False)


class Meanings:
    """Of one program under a caller's figures. settled: the ids of parameters and readings that the caller has set."""

    def __init__(self, program: ir.Program, figures: Mapping[str, Value], settled: frozenset[str]) -> None:
        self.program, self.figures, self.settled = program, figures, settled
        self._known: dict[str, str] = {}
        self._truths: dict[str, Any] = {}  # variables that are always true, or never
        self._facts = {fact.id: fact for fact in program.facts}
        self._parameters = {item.id: item for item in program.parameters}

    @cached_property
    def digests(self) -> dict[str, str]:
        """By variable."""
        for variable in self.program.variables:
            said = self._said(variable.node)
            self._truths[variable.id] = said if said in (TRUE, FALSE) else None
            self._known[variable.id] = _digest((variable.scope, said))
        return self._known

    def said(self, node: ir.Node) -> Any:
        """What a node means, as plain values that compare equal where the meaning does."""
        _ = self.digests
        return self._said(node)

    def own_said(self, node: ir.Node) -> Any:
        """What a node says itself, the variables in it by id, whatever these mean."""
        return self._by_id._said(node)

    @cached_property
    def _by_id(self) -> Meanings:
        found = Meanings(self.program, self.figures, self.settled)
        found._known = {variable.id: variable.id for variable in self.program.variables}
        return found

    def of(self, item: ir.Benefit | ir.Indicator) -> tuple[Any, ...]:
        """What a benefit or indicator comes to, whatever the household."""
        return (item.scope, *(None if name is None else self.digests[name] for name in decided_by(item)))

    @cached_property
    def rests_on(self) -> dict[str, frozenset[str]]:
        """By variable: every fact, parameter, scale, table and variable that it leads to, itself included."""
        found: dict[str, frozenset[str]] = {}
        for variable in self.program.variables:
            below = {variable.id}
            for node in ir.walk(variable.node):
                match node:
                    case ir.FactRef(id=name) | ir.ParameterRef(id=name):
                        below.add(name)
                    case ir.IsKnown(fact=fact):
                        below.add(fact.id)
                    case ir.Bands(parameter=name) | ir.Cells(parameter=name):
                        below.add(name)
                    case ir.VariableRef(id=name):
                        below |= found[name]
            found[variable.id] = frozenset(below)
        return found

    def behind(self, item: ir.Benefit | ir.Indicator) -> frozenset[str]:
        """Everything that a benefit or indicator rests on."""
        names = (name for name in decided_by(item) if name is not None)
        return frozenset({item.id}).union(*(self.rests_on[name] for name in names))

    def _said(self, node: Any) -> Any:
        """A node as plain values. Options go by name: their bits differ from program to program."""
        match node:
            case ir.VariableRef(id=name, scope=scope):
                return self._truths.get(name) or ("variable", scope, self._known[name])
            case ir.FactRef(id=name):
                fact = self._facts[name]
                return "fact", name, fact.scope, fact.type, self._named(fact.range, fact.type), fact.optional
            case ir.ParameterRef(id=name):
                item = self._parameters[name]
                value = self._named(self.figures[name], item.type)
                is_taken = name in self.settled or item.is_reading
                room = None if is_taken else self._named(item.allowed, item.type)
                return "parameter", name, item.type, value, room
            case ir.Constant(value=bool(value)):
                return TRUE if value else FALSE
            case ir.Constant(type=type_, value=value):
                return "constant", type_, self._named(value, type_)
            case ir.OneOf(term=ir.ParameterRef(id=name), mask=mask) if self._settles(name, mask) is not None:
                return TRUE if self._settles(name, mask) else FALSE
            case ir.OneOf(term=term, mask=mask):
                return "one of", self._said(term), self._options(mask)
            case ir.Logic(operator="not", terms=(term,)):
                said = self._said(term)
                return FALSE if said == TRUE else TRUE if said == FALSE else ("not", said)
            case ir.Logic(operator=operator, terms=terms):
                return _joined(operator, [self._said(term) for term in terms])
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                said = self._said(condition)
                if said in (TRUE, FALSE):
                    return self._said(then if said == TRUE else otherwise)
                return "if", said, self._said(then), self._said(otherwise)
            case ir.Table(type=type_, rows=rows, otherwise=otherwise):
                return self._table(type_, rows, otherwise)
            case ir.Cells(type=type_, keys=keys, cells=cells, otherwise=otherwise):
                named = sorted((tuple(self._options(bit) for bit in bits), repr(value)) for bits, value in cells)
                return "cells", type_, tuple(map(self._said, keys)), named, otherwise
            case ir.Bands(type=type_, argument=argument, bands=bands, progressive=progressive):
                return "bands", type_, self._said(argument), bands, progressive
            case tuple():
                return tuple(map(self._said, node))
            case _ if isinstance(node, ir.Node):
                return type(node).__name__, *(self._said(getattr(node, field.name)) for field in fields(node))
            case _:
                return node

    def _settles(self, reading: str, mask: int) -> bool | None:
        """Is the option taken of a reading surely among those of the mask, or surely not?"""
        taken = self.figures[reading]
        assert isinstance(taken, int)
        return True if taken & ~mask == 0 else False if taken & mask == 0 else None

    def _table(self, type_: ir.Type, rows: tuple[ir.Row, ...], otherwise: ir.Node | None) -> Any:
        """The rows that can be hit: none after one that always is."""
        kept: list[Any] = []
        for row in rows:
            when = self._said(row.when)
            if when == TRUE:
                return ("table", type_, *kept, self._said(row.then)) if kept else self._said(row.then)
            if when != FALSE:
                kept.append((when, self._said(row.then)))
        last = None if otherwise is None else self._said(otherwise)
        return ("table", type_, *kept, last) if kept else last

    def _named(self, value: Any, type_: ir.Type) -> Any:
        return self._options(value) if isinstance(type_, ChoiceType) else value

    def _options(self, mask: int) -> tuple[str, ...]:
        return tuple(sorted(option for place, option in enumerate(self.program.options) if mask >> place & 1))


def _digest(said: Any) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _joined(operator: str, terms: list[Any]) -> Any:
    """A conjunction or disjunction without the terms that settle nothing."""
    idle, settles = (TRUE, FALSE) if operator == "and" else (FALSE, TRUE)
    if settles in terms:
        return settles
    left = [term for term in terms if term != idle]
    return left[0] if len(left) == 1 else (operator, *left) if left else idle


def decided_by(item: ir.Benefit | ir.Indicator) -> tuple[str | None, ...]:
    """The variables that decide a benefit or indicator, each in its place."""
    if isinstance(item, ir.Benefit):
        return item.eligible, item.amount
    return item.applies, item.met, item.measure, item.target
