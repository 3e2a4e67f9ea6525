"""Decision tables: do the rows cover everything, and do any two overlap?

Exact where it says "proved": the conditions are cut into atoms (facts, options, comparisons), numbers into the regions
between the figures they are compared with. One atom after the other is given each of its values, for as long as the rows
aren't decided. Where that takes too many cases, nothing is proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

from policyengine import ir, values
from policyengine.units import RATIO
from policyengine.values import Truth

MOST_CASES = 20_000  # tried for one pair of rows, or to prove that there is no gap
MOST_IN_ALL = 300_000  # tried for all pairs of a table

Case = dict[int, int]  # atom -> its value, an option's bit, or a figure of its region
Holds = Callable[[Case], Truth]


class TooMany(Exception):
    """The cases that are allowed didn't suffice."""


@dataclass
class Budget:
    """How many cases may still be tried."""

    cases: int

    def spend(self) -> None:
        self.cases -= 1
        if self.cases < 0:
            raise TooMany


@dataclass(frozen=True)
class Row:
    """A condition over numbered atoms, with the values that decide each of its atoms."""

    holds: Holds
    ways: dict[int, frozenset[int]]


def covers(conditions: list[ir.Node], masks: dict[str, int]) -> bool:
    """Is there provably no case in which no row holds?"""
    rows = _rows(conditions, masks)
    ways = _ways(rows)
    budget = Budget(MOST_CASES)
    waiting: list[tuple[Case, list[Row]]] = [({}, rows)]
    while waiting:
        case, live = waiting.pop()
        try:
            budget.spend()
        except TooMany:
            return False
        truths = [row.holds(case) for row in live]
        if True in truths:
            continue
        undecided = [row for row, truth in zip(live, truths, strict=True) if truth is None]
        if not undecided:
            return False
        atom = _commonest(undecided, case)
        waiting += [({**case, atom: way}, undecided) for way in ways[atom]]
    return True


def first_overlap(conditions: list[ir.Node], masks: dict[str, int]) -> tuple[int, int] | None:
    """The first two rows that can hold together, or None if provably none can. Raises TooMany."""
    rows = _rows(conditions, masks)
    in_all = Budget(MOST_IN_ALL)
    for (first, one), (second, other) in combinations(enumerate(rows), 2):
        if _together([one, other], in_all):
            return first, second
    return None


def _together(rows: list[Row], in_all: Budget) -> bool:
    """Is there a case in which all of the rows hold?"""
    ways = _ways(rows)
    budget = Budget(MOST_CASES)
    waiting: list[Case] = [{}]
    while waiting:
        case = waiting.pop()
        budget.spend()
        in_all.spend()
        truths = [row.holds(case) for row in rows]
        if False in truths:
            continue
        undecided = [row for row, truth in zip(rows, truths, strict=True) if truth is None]
        if not undecided:
            return True
        atom = _commonest(undecided, case)
        waiting += [{**case, atom: way} for way in ways[atom]]
    return False


def _ways(rows: list[Row]) -> dict[int, frozenset[int]]:
    """The values to try for each atom of the rows."""
    ways: dict[int, frozenset[int]] = {}
    for row in rows:
        for atom, some in row.ways.items():
            ways[atom] = ways.get(atom, frozenset()) | some
    return ways


def _commonest(rows: list[Row], case: Case) -> int:
    """An atom without a value that most of the rows depend on: it decides the most."""
    counts = Counter(atom for row in rows for atom in row.ways if atom not in case)
    return counts.most_common(1)[0][0]


def _rows(conditions: list[ir.Node], masks: dict[str, int]) -> list[Row]:
    atoms: dict[ir.Node, int] = {}
    rows = []
    for condition in conditions:
        reading = _Reading(atoms, masks)
        holds = reading.read(condition)
        rows.append(Row(holds, {atom: frozenset(ways) for atom, ways in reading.ways.items()}))
    return rows


@dataclass
class _Reading:
    """Turns one condition into a function of cases. `atoms` numbers what all conditions depend on."""

    atoms: dict[ir.Node, int]
    masks: dict[str, int]
    ways: dict[int, set[int]] = field(default_factory=dict)

    def read(self, node: ir.Node) -> Holds:
        match node:
            case ir.Constant(value=value):
                truth = bool(value)
                return lambda case: truth
            case ir.Logic(operator="not", terms=terms):
                return _not(self.read(terms[0]))
            case ir.Logic(operator=operator, terms=terms):
                return _joined([self.read(term) for term in terms], operator == "or")
            case ir.OneOf(term=term, mask=mask):
                assert isinstance(term.type, ir.ChoiceType)
                atom = self.atom(term, {self.masks[option] for option in term.type.options})
                return lambda case: None if (option := case.get(atom)) is None else bool(option & mask)
            case ir.Compare(operator=operator, left=left, right=right) if not isinstance(left.type, ir.ChoiceType):
                return self.comparison(operator, left, right)
            case _:
                atom = self.atom(node, {0, 1})
                return lambda case: None if (truth := case.get(atom)) is None else bool(truth)

    def comparison(self, operator: str, left: ir.Node, right: ir.Node) -> Holds:
        if isinstance(right, ir.Constant):
            return self.compared(left, 1, operator, int(right.value))
        if isinstance(left, ir.Constant):
            return self.compared(right, -1, operator, -int(left.value))
        difference = _difference(left, right)
        return self.compared(difference, 1 if difference.terms[0] == left else -1, operator, 0)

    def compared(self, term: ir.Node, sign: int, operator: str, figure: int) -> Holds:
        """`sign` × term, compared with a figure."""
        atom = self.atom(term, {sign * figure + step for step in (-1, 0, 1)})

        def holds(case: Case) -> Truth:
            value = case.get(atom)
            return None if value is None else values.compare(operator, sign * value, figure)

        return holds

    def atom(self, term: ir.Node, ways: set[int]) -> int:
        atom = self.atoms.setdefault(term, len(self.atoms))
        self.ways.setdefault(atom, set()).update(ways)
        return atom


def _not(holds: Holds) -> Holds:
    return lambda case: None if (truth := holds(case)) is None else not truth


def _joined(parts: list[Holds], decisive: bool) -> Holds:
    """`or` is decided by one part that is true, `and` by one that is false."""

    def holds(case: Case) -> Truth:
        truths = [part(case) for part in parts]
        return decisive if decisive in truths else None if None in truths else not decisive

    return holds


def _difference(left: ir.Node, right: ir.Node) -> ir.Arithmetic:
    """One atom for a comparison of two quantities, whichever way round it is written."""
    first, second = sorted((left, right), key=repr)
    type_ = left.type if isinstance(left.type, ir.NumberType) else ir.NumberType(RATIO, 1)
    return ir.Arithmetic(type_, "subtract", (first, second))
