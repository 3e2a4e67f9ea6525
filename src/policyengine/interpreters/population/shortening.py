"""Roundings with smaller numbers: what a numerator's known factors have in common with the divisor is left out of both.

75% of an amount in fen is 7500 × amount, rounded at 10000; 3 × amount, rounded at 4, is the same number, whichever way halves
go, and smaller numbers are divided faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import gcd

from policyengine import ir
from policyengine.ir import Node
from policyengine.values import Value


def shortened(node: ir.Round, figures: Mapping[str, Value]) -> ir.Round:
    """The same rounding. figures: every parameter's value."""
    if node.denominator is not None:
        return node
    common = gcd(_factor(node.numerator, figures), node.down)
    if common == 1:
        return node
    return replace(node, numerator=_divided(node.numerator, common, figures), down=node.down // common)


def _factor(node: Node, figures: Mapping[str, Value]) -> int:
    """A whole number that divides every value of the node; 0 if it is always 0."""
    match node:
        case ir.Constant(value=value):
            return abs(int(value))
        case ir.ParameterRef(id=name):
            figure = figures[name]
            return abs(figure) if type(figure) is int else 1
        case ir.Rescale(term=term, factor=factor):
            return _factor(term, figures) * factor
        case ir.Arithmetic(operator="multiply", terms=(one, other)):
            return _factor(one, figures) * _factor(other, figures)
        case ir.Arithmetic(operator="add" | "subtract" | "min" | "max" | "negate", terms=terms):
            return gcd(*(_factor(term, figures) for term in terms))
    return 1


def _divided(node: Node, divisor: int, figures: Mapping[str, Value]) -> Node:
    """The node divided by something that divides every value of it."""
    if divisor == 1:
        return node
    match node:
        case ir.Constant(type=type_, value=value):
            return ir.Constant(type_, int(value) // divisor)
        case ir.ParameterRef(type=type_, id=name):
            figure = figures[name]
            assert type(figure) is int
            return ir.Constant(type_, figure // divisor)
        case ir.Rescale(term=term, factor=factor):
            own = gcd(factor, divisor)
            return replace(node, term=_divided(term, divisor // own, figures), factor=factor // own)
        case ir.Arithmetic(operator="multiply", terms=(one, other)):
            own = gcd(_factor(one, figures), divisor)
            return replace(node, terms=(_divided(one, own, figures), _divided(other, divisor // own, figures)))
        case ir.Arithmetic(terms=terms):
            return replace(node, terms=tuple(_divided(term, divisor, figures) for term in terms))
    raise AssertionError("nothing divides every value of this")
