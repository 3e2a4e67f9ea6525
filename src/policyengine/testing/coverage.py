"""Which of a pack's conditions, rows, thresholds, benefits and indicators its scenarios have seen, and how.

Of meaning, not of lines: a condition counts as seen true only where a scenario expects a result that its being true
decided. Scenarios that fail, or that nobody has confirmed, count for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policyengine import ir
from policyengine.authoring.scenario_schema import ScenarioShape
from policyengine.compiler.figures import read_date
from policyengine.decision import Decision
from policyengine.packs import Pack
from policyengine.testing.example import Example, example_of
from policyengine.testing.points import KINDS, Goal, Kind, Point, figure_variables, points_of, walk
from policyengine.testing.scenarios import PLAIN, Result, Variant, decide, expected_results, run_scenario, variant_of
from policyengine.testing.seen import Seen, seen_of

MOST_EXAMPLES = 4


@dataclass(frozen=True)
class Coverage:
    """points: what there is. seen: what confirmed scenarios have seen. unconfirmed: what only generated ones have.

    on: the date of the program that the points are of, that of most scenarios. scenarios: how many counted. failed: how
    many did not, because they fail.
    """

    program: ir.Program
    on: str
    points: tuple[Point, ...]
    seen: frozenset[Any]
    unconfirmed: frozenset[Any]
    scenarios: int
    failed: int
    examples: Mapping[Any, tuple[Example, ...]]  # by what they show, the smallest households of confirmed ones

    def goals(self) -> Iterator[Goal]:
        for point in self.points:
            for aspect in point.aspects:
                yield Goal(point, aspect)

    def gaps(self) -> list[Goal]:
        """What no confirmed scenario has seen, in the order of the points."""
        return [goal for goal in self.goals() if goal.id not in self.seen]

    def counts(self, impossible: frozenset[Any] = frozenset()) -> dict[Kind, tuple[int, int]]:
        """By kind, how much is seen of how much; what has been proved impossible isn't counted."""
        found: dict[Kind, tuple[int, int]] = {}
        for kind in KINDS:
            every = [goal.id for goal in self.goals() if goal.point.kind == kind and goal.id not in impossible]
            found[kind] = (sum(goal in self.seen for goal in every), len(every))
        return found


def coverage_of(pack: Pack, *, on: str | None = None, about: str | None = None) -> Coverage:
    """Run a pack's scenarios and see what they show. Raises PolicyError if the pack or a scenario file is broken.

    on: a date whose figures must have been met; otherwise a rule counts as seen whatever its figures were. about: the id of a
    benefit or indicator: only what it rests on.
    """
    scenarios = pack.policy.scenarios()
    with_figures = on is not None
    on = usual_date(pack, scenarios) if on is None else pack.day_in_term(on, False).isoformat()
    program = pack.program(on)
    points = points_of(program, pack.policy)
    if about is not None:
        inside = {about, *variables_of(program, about)}
        points = [point for point in points if point.key[0] in inside]
    shapes = _Shapes(program, with_figures)
    variants: dict[Variant, Pack] = {PLAIN: pack}
    seen: Seen = set()
    unconfirmed: Seen = set()
    failed = counted = 0
    examples: dict[Any, list[Example]] = {}
    for scenario in scenarios:
        outcome = run_scenario(pack, scenario, variants)
        if not outcome.passed:
            failed += 1
            continue
        counted += 1
        for is_area, item in shapes.known(shown(variant_of(pack, scenario, variants), scenario)):
            (unconfirmed if scenario.to_confirm else seen).add(item)
            example = example_of(pack, scenario, is_area)
            if example is not None and not scenario.to_confirm:
                examples.setdefault(item, []).append(example)
    smallest = {
        key: tuple(sorted(found, key=lambda each: each.size)[:MOST_EXAMPLES]) for key, found in examples.items()
    }
    return Coverage(
        program, on, tuple(points), frozenset(seen), frozenset(unconfirmed - seen), counted, failed, smallest
    )


def usual_date(pack: Pack, scenarios: list[ScenarioShape]) -> str:
    """The date of most scenarios; without any, the first day of the plan."""
    days = Counter(read_date(str(scenario.on)).isoformat() for scenario in scenarios if not scenario.beyond_term)
    if days:
        return min(days, key=lambda day: (-days[day], day))
    return pack.term[0].isoformat() if pack.term else "2018-01-01"


def shown(pack: Pack, scenario: ScenarioShape) -> Iterator[tuple[ir.Program, bool, Seen]]:
    """What the results of which a scenario expects something show, each with the program it came from."""
    decisions = dict(decide(pack, scenario))
    for decision, item, wants_amount in expected_results(scenario, decisions):
        yield decision.program, item.entity == "area", seen_by(decision, item, wants_amount)


def seen_by(decision: Decision, item: Result, with_amount: bool = True) -> Seen:
    """What one result of a decision shows."""
    beside = decision._evaluator.kept
    if "figures" not in beside:
        beside["figures"] = figure_variables(decision.program)
    return seen_of(decision, item, with_amount, beside["figures"])


class _Shapes:
    """A program's formulas, to know those of another date or of a reform that are the same, their figures too or not."""

    def __init__(self, program: ir.Program, with_figures: bool) -> None:
        self.program, self.with_figures, self.own = program, with_figures, _shapes(program, with_figures)
        self.others: dict[int, Mapping[str, tuple[str, ...]]] = {id(program): self.own}
        self.kept = [program]  # as long as their ids serve as keys

    def known(self, shown: Iterator[tuple[ir.Program, bool, Seen]]) -> Iterator[tuple[bool, Any]]:
        """What was seen in formulas that are those of this program; and whether it is the area's."""
        results = {item.id for item in self.program.benefits} | {item.id for item in self.program.indicators}
        for program, is_area, seen in shown:
            if id(program) not in self.others:
                self.kept.append(program)
                self.others[id(program)] = _shapes(program, self.with_figures)
            other = self.others[id(program)]
            for item in seen:
                name = item[1][0]
                if name in results if item[0] in ("benefit", "indicator") else self.own.get(name) == other.get(name):
                    yield is_area, item


def variables_of(program: ir.Program, name: str) -> set[str]:
    """The variables that a benefit or indicator rests on."""
    variables = {item.id: item for item in program.variables}
    roots: list[str | None] = []
    for benefit in program.benefits:
        if benefit.id == name:
            roots += [benefit.eligible, benefit.amount]
    for indicator in program.indicators:
        if indicator.id == name:
            roots += [indicator.met, indicator.applies]
    waiting, found = [root for root in roots if root is not None], set[str]()
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [node.id for node in ir.walk(variables[current].node) if isinstance(node, ir.VariableRef)]
    return found


def _shapes(program: ir.Program, with_figures: bool) -> dict[str, tuple[str, ...]]:
    figures = {item.id: f" {item.value}" for item in program.parameters if not item.is_reading} if with_figures else {}
    return {
        variable.id: tuple(_shape(node, figures) for _, node in walk(variable.node)) for variable in program.variables
    }


def _shape(node: ir.Node, figures: Mapping[str, str]) -> str:
    """What a node is; of figures those in `figures`, the others may change from date to date."""
    match node:
        case ir.ParameterRef(id=name):
            return name + figures.get(name, "")
        case ir.FactRef(id=name) | ir.VariableRef(id=name):
            return name
        case ir.Logic(operator=operator) | ir.Compare(operator=operator) | ir.Arithmetic(operator=operator):
            return operator
        case ir.OneOf(mask=mask):
            return f"in {mask}"
        case _:
            return type(node).__name__
