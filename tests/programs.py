"""Random programs: facts, parameters, readings, variables in order, benefits and indicators.

Scales are aligned and results rounded by the compiler's own functions, and what the compiler would refuse because 64 bits
don't suffice is built again, smaller: every program here could have come from a pack.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from drawing import (
    CHOICES,
    COMMON_UNITS,
    CONDITION,
    DATE,
    EFFECTIVE,
    OPTIONS,
    SCALES,
    VISIBLE,
    YUAN_EACH,
    Source,
    bits,
    drawn,
    figure,
    mask_of,
)
from formulas import Formulas, aligned
from policyengine import ir, values
from policyengine.compiler.ranges import TooLarge, bounds
from policyengine.compiler.scene import FINEST, rescaled, round_to
from policyengine.ir import ChoiceType, ConditionType, DateType, Node, NumberType, Scope
from policyengine.limits import FIRST_DAY, LAST_DAY, closed
from policyengine.text import Text, same
from policyengine.units import RATIO, YUAN
from policyengine.values import Number


@st.composite
def programs(draw: Any) -> ir.Program:
    return random_program(drawn(draw))


def random_program(source: Source) -> ir.Program:
    return Builder(source).program()


def closed_limits(limits: Number, type_: ir.Type, scope: str) -> Number:
    """The range with its open ends closed by what an input may be at all."""
    if isinstance(type_, DateType):
        low, high = values.ends(limits)
        return values.interval(FIRST_DAY if low is None else low, LAST_DAY if high is None else high)
    return closed(limits, type_, scope == "area")


def exact(source: Source, program: ir.Program) -> ir.Program:
    """The program with one figure in the place of every bound: what it would be if all were stated."""

    def point(value: Number, least: int = -3) -> int:
        low, high = values.ends(value)
        if low is None:
            low = least if high is None else high - 3
        return low + source.below((low + 3 if high is None else high) - low + 1)

    def settled(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(settled(item) for item in part)
        if isinstance(part, ir.Band):
            return replace(part, value=point(part.value))
        if isinstance(part, ir.Cells):
            cells = tuple((key, point(value)) for key, value in part.cells)
            otherwise = None if part.otherwise is None else point(part.otherwise)
            part = replace(part, cells=cells, otherwise=otherwise)
        if is_dataclass(part) and not isinstance(part, type) and isinstance(part, ir.Node | ir.Row):
            changed = {item.name: settled(getattr(part, item.name)) for item in fields(part) if item.name != "cells"}
            return replace(part, **changed)
        return part

    parameters = tuple(
        item
        if isinstance(item.type, ChoiceType)
        else replace(item, value=point(item.value, FIRST_DAY if isinstance(item.type, DateType) else -3))
        for item in program.parameters
    )
    variables = tuple(replace(item, node=settled(item.node)) for item in program.variables)
    return replace(program, parameters=parameters, variables=variables)


class Builder(Formulas):
    """Builds one program; what is declared can be used by all that comes after it."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.facts: list[ir.Fact] = []
        self.parameters: list[ir.Parameter] = []
        self.variables: list[ir.Variable] = []
        self.ranges: dict[str, Number] = {}

    def program(self) -> ir.Program:
        source = self.source
        for scope, most in (("person", 4), ("household", 3), ("area", 1)):
            for _ in range(1 + source.below(most)):
                self.fact(scope)  # type: ignore[arg-type]
        for _ in range(source.below(4)):
            self.parameter()
        for _ in range(source.below(2)):
            self.reading()
        for index in range(1 + source.below(3)):
            self.variable(f"v{index}", source.pick(("person", "household", "person", "area")), self.any_type())
        benefits = tuple(self.benefit(f"b{index}") for index in range(1 + source.below(2)))
        indicators = tuple(self.indicator(f"i{index}") for index in range(source.below(2)))
        readings = [item for item in self.parameters if isinstance(item.type, ChoiceType)]
        labels = {(item.id, option): same(option) for item in readings for option in item.type.options}  # type: ignore[union-attr]
        return ir.Program(
            "random", same("random"), EFFECTIVE, "", OPTIONS, labels, tuple(self.facts), tuple(self.parameters),
            tuple(self.variables), benefits, indicators,
        )  # fmt: skip

    # declarations

    def declare(self, node: ir.FactRef | ir.ParameterRef | ir.VariableRef, scope: Scope | None, limits: Number) -> None:
        self.ranges[node.id] = limits
        key = node.type.unit if isinstance(node.type, NumberType) else node.type
        for here, seen in VISIBLE.items():
            if scope is None or scope in seen:
                self.leaves[here, key].append(node)

    def any_type(self) -> ir.Type:
        kind = self.source.pick(("number", "condition", "choice", "date", "number", "condition", "date"))
        if kind == "number":
            unit = self.source.pick(COMMON_UNITS)
            return NumberType(unit, self.source.pick(SCALES[unit]))
        return {"condition": CONDITION, "date": DATE, "choice": self.source.pick(CHOICES)}[kind]

    def limits(self, type_: ir.Type) -> Number:
        """A declared range: natural, closed on both sides or on one."""
        source = self.source
        if isinstance(type_, ChoiceType):
            return mask_of(type_)
        if isinstance(type_, ConditionType):
            return values.ANYTHING
        natural = (FIRST_DAY, LAST_DAY) if isinstance(type_, DateType) else (0, None)
        shape = source.pick(("natural", "natural", "both", "low", "high", "open"))
        low, high = (
            sorted((figure(source, type_), figure(source, type_))) if shape == "both" else 2 * [figure(source, type_)]
        )
        ends = {
            "natural": natural,
            "both": (low, high),
            "low": (low, None),
            "high": (None, high),
            "open": (None, None),
        }[shape]
        return values.interval(*ends)

    def fact(self, scope: Scope) -> None:
        type_ = self.any_type()
        if isinstance(type_, NumberType) and type_.unit == YUAN and scope == "person":
            type_ = replace(type_, unit=YUAN_EACH)
        name, limits, optional = f"f{len(self.facts)}", self.limits(type_), self.source.chance(35)
        label = Text(f"事实{len(self.facts)}", name)
        self.facts.append(ir.Fact(name, scope, type_, limits, optional, label))
        node = ir.FactRef(type_, name, scope)
        self.declare(node, scope, closed_limits(limits, type_, scope))
        if optional:
            for here, seen in VISIBLE.items():
                if scope in seen:
                    self.optional[here].append(node)

    def parameter(self) -> None:
        source, name = self.source, f"p{len(self.parameters)}"
        if source.chance(20):
            type_: ir.Type = DATE
        else:
            unit = source.pick(COMMON_UNITS)
            type_ = NumberType(unit, 6 if unit == RATIO and source.chance(20) else source.pick(SCALES[unit]))
        allowed = self.limits(type_)
        first = figure(source, type_)
        ways = {
            "exact": first,
            "at least": (first, None),
            "at most": (None, first),
            "between": values.interval(first, first + 1 + source.below(200)),
            "not stated": values.ANYTHING,
        }
        stated = source.pick(tuple(ways))
        value = values.meet(ways[stated], allowed)
        if value is None or (stated != "not stated" and not values.within(value, ways[stated])):
            allowed, value = values.ANYTHING, ways[stated]
        permitted = value if stated != "exact" else allowed
        self.parameters.append(ir.Parameter(name, type_, value, stated, permitted, same(name)))  # type: ignore[arg-type]
        self.declare(ir.ParameterRef(type_, name), None, closed_limits(allowed, type_, ""))

    def reading(self) -> None:
        name, type_ = f"r{len(self.parameters)}", self.source.pick(CHOICES)
        mask = mask_of(type_)
        default = self.source.pick(bits(mask))
        self.parameters.append(
            ir.Parameter(name, type_, default, "exact", mask, same(name), is_reading=True, default=default)
        )
        self.declare(ir.ParameterRef(type_, name), None, mask)

    def variable(self, name: str, scope: Scope, type_: ir.Type) -> str:
        """Declare a variable; what 64 bits don't hold is built again, smaller."""
        for depth in (3, 1, 0):
            node = self.rounded_off(self.node(type_, scope, depth))
            if self.fits(node):
                break
        else:
            raise AssertionError("a leaf fits into 64 bits")
        self.define(name, scope, node)
        return name

    def fits(self, node: Node) -> bool:
        """Do 64 bits hold every intermediate result?"""
        try:
            for inner in ir.walk(node):
                if isinstance(inner.type, NumberType | DateType):
                    bounds(inner, self.ranges)
        except TooLarge:
            return False
        return True

    def define(self, name: str, scope: Scope, node: Node) -> None:
        limits = bounds(node, self.ranges) if isinstance(node.type, NumberType | DateType) else 0
        self.variables.append(ir.Variable(name, scope, node.type, node, same(name)))
        self.declare(ir.VariableRef(node.type, name, scope), scope, limits)

    def rounded_off(self, node: Node) -> Node:
        """As a name rounds a number: money to the fen, the rest where it would get too fine or a rule is stated."""
        if not isinstance(node.type, NumberType):
            return node
        if node.type.unit.is_money:
            return rescaled(
                round_to(node, Fraction(1, 100), self.source.pick(("half_up", "half_up", "up", "down", "half_even"))),
                100,
            )
        return round_to(node, Fraction(1, 10_000), "half_up") if node.type.scale > FINEST else node

    def benefit(self, name: str) -> ir.Benefit:
        scope: Scope = self.source.pick(("person", "household"))
        eligible = self.variable(f"{name}.eligible", scope, CONDITION)
        amount = None
        if self.source.chance(75):
            money = NumberType(YUAN_EACH if scope == "person" else YUAN, 100)
            amount = self.variable(f"{name}.amount", scope, money)
        return ir.Benefit(name, scope, "cash", same(name), eligible, amount, "year", None, (), False, (), None)

    def indicator(self, name: str) -> ir.Indicator:
        source = self.source
        scope: Scope = source.pick(("household", "person", "area"))
        applies = self.variable(f"{name}.applies", scope, CONDITION) if source.chance(50) else None
        unit = self.unit(scope)
        measure, target = (
            self.variable(f"{name}.{part}", scope, NumberType(unit, 1)) for part in ("measure", "target")
        )
        operator = source.pick((">", ">=", "<", "<=", "="))
        types = {item.id: item.type for item in self.variables}
        sides = aligned([ir.VariableRef(types[key], key, scope) for key in (measure, target)])
        node = ir.Compare(CONDITION, operator, *sides)
        if source.chance(40) or not self.fits(node):
            met = self.variable(f"{name}.met", scope, CONDITION)
            return ir.Indicator(name, scope, same(name), met, applies, None, None, None, ())
        self.define(f"{name}.met", scope, node)
        return ir.Indicator(name, scope, same(name), f"{name}.met", applies, measure, target, operator, ())
