"""Comparisons, whole quotients and cases as terms of z3: what verification.py puts its nodes together from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import z3

Term = Any  # a z3 expression: z3 has no types of its own

COMPARED: dict[str, Callable[[Term, Term], Term]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def total(parts: Iterable[Term]) -> Term:
    every = list(parts)
    return z3.Sum(*every) if every else z3.IntVal(0)


def split(term: Term, few: list[int], of: Callable[[int], Term]) -> Term:
    """A term that depends on a number with few values, case by case."""
    result = of(few[-1]) if few else z3.IntVal(0)
    for value in few[:-1]:
        result = z3.If(term == value, of(value), result)
    return result


def quotient(above: Term, below: int, direction: str) -> Term:
    """As values.quotient: half up means away from zero at one half, up and down away from and towards zero."""
    if below == 1:
        return above
    size = z3.If(above >= 0, above, -above)
    if direction == "down":
        result = size / below
    elif direction == "up":
        result = (size + (below - 1)) / below
    elif direction == "half_up":
        result = (2 * size + below) / (2 * below)
    else:
        quotient, rest = size / below, size % below
        result = quotient + z3.If(goes_up(quotient, rest, below, direction), 1, 0)
    return z3.If(above >= 0, result, -result)


def goes_up(quotient: Term, rest: Term, below: Term | int, direction: str) -> Term:
    match direction:
        case "down":
            return z3.BoolVal(False)
        case "up":
            return rest > 0
        case "half_up":
            return 2 * rest >= below
        case _:
            return z3.Or(2 * rest > below, z3.And(2 * rest == below, quotient % 2 == 1))


def hull(spans: list[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return None
    return min(low for low, _ in known), max(high for _, high in known)
