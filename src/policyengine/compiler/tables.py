"""Decision tables: do the rows cover everything, and do any two overlap?

Exact where it says "proved": the conditions are cut into atoms (facts, options, comparisons), numbers into the regions
between the figures they are compared with, and every combination is tried. Where that is too much, nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from policyengine import ir, values
from policyengine.units import RATIO
from policyengine.values import Truth

MOST_CASES = 50_000


@dataclass
class Atoms:
    """What the conditions depend on: truths, choices with their masks, numbers with the figures they meet."""

    truths: set[ir.Node] = field(default_factory=set)
    choices: dict[ir.Node, int] = field(default_factory=dict)
    numbers: dict[ir.Node, set[int]] = field(default_factory=dict)


def check_rows(conditions: list[ir.Node], masks: dict[str, int]) -> tuple[bool, list[tuple[int, int]] | None]:
    """(do the rows provably cover everything, pairs that overlap; None if disjointness couldn't be decided)."""
    atoms = Atoms()
    for condition in conditions:
        _collect(condition, atoms, masks)
    covered, overlaps = True, set[tuple[int, int]]()
    for number, case in enumerate(_cases(atoms)):
        if number > MOST_CASES:
            return False, None
        hits = [index for index, condition in enumerate(conditions) if _holds(condition, case)]
        covered = covered and bool(hits)
        overlaps |= {(a, b) for a in hits for b in hits if a < b}
    return covered, sorted(overlaps)


def _collect(node: ir.Node, atoms: Atoms, masks: dict[str, int]) -> None:
    match node:
        case ir.Constant():
            return
        case ir.Logic(terms=terms):
            for term in terms:
                _collect(term, atoms, masks)
        case ir.OneOf(term=term):
            assert isinstance(term.type, ir.ChoiceType)
            atoms.choices[term] = sum(masks[option] for option in term.type.options)
        case ir.Compare(operator=operator, left=left, right=right):
            if operator != "=" or not isinstance(left.type, ir.ChoiceType):
                for side, other in ((left, right), (right, left)):
                    if isinstance(other, ir.Constant):
                        atoms.numbers.setdefault(side, set()).add(int(other.value))
                        return
                atoms.numbers.setdefault(_difference(left, right), set()).add(0)
                return
            atoms.truths.add(node)
        case _:
            atoms.truths.add(node)


def _difference(left: ir.Node, right: ir.Node) -> ir.Node:
    """One atom for a comparison of two quantities, whichever way round it is written."""
    assert isinstance(left.type, ir.NumberType | ir.DateType | ir.ChoiceType)
    first, second = sorted((left, right), key=repr)
    type_ = left.type if isinstance(left.type, ir.NumberType) else ir.NumberType(RATIO, 1)
    return ir.Arithmetic(type_, "subtract", (first, second))


def _cases(atoms: Atoms) -> Iterator[dict[ir.Node, int]]:
    """Every combination of a truth, an option, and a region for each atom."""
    keys: list[ir.Node] = [*atoms.truths, *atoms.choices, *atoms.numbers]
    ways: list[list[int]] = [[0, 1] for _ in atoms.truths]
    ways += [[1 << bit for bit in range(mask.bit_length()) if mask >> bit & 1] for mask in atoms.choices.values()]
    for figures in atoms.numbers.values():
        points = sorted({point + step for point in figures for step in (-1, 0, 1)})
        ways.append(points)
    for combination in product(*ways):
        yield dict(zip(keys, combination, strict=True))


def _holds(node: ir.Node, case: dict[ir.Node, int]) -> Truth:
    match node:
        case ir.Constant(value=value):
            return bool(value)
        case ir.Logic(operator=operator, terms=terms):
            parts = [_holds(term, case) for term in terms]
            if operator == "not":
                return not parts[0]
            return all(parts) if operator == "and" else any(parts)
        case ir.OneOf(term=term, mask=mask):
            return bool(case[term] & mask)
        case ir.Compare(operator=operator, left=left, right=right) if not (
            operator == "=" and isinstance(left.type, ir.ChoiceType)
        ):
            if isinstance(right, ir.Constant):
                return values.compare(operator, case[left], int(right.value))
            if isinstance(left, ir.Constant):
                return values.compare(operator, int(left.value), case[right])
            difference = _difference(left, right)
            assert isinstance(difference, ir.Arithmetic)
            sign = case[difference] if difference.terms[0] == left else -case[difference]
            return values.compare(operator, sign, 0)
        case _:
            return bool(case[node])
