"""For what no scenario has seen: a household that shows it, found by the solver and replayed by the household evaluator.

A condition true or false, a row, a threshold from either side are found with all facts known; what is unknown, by leaving
out facts of a household in which the same thing was decisive. Every household offered has been decided and seen to show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from policyengine import ir, values
from policyengine.checking import change_dates
from policyengine.decision import Decision
from policyengine.interpreters.verification import World
from policyengine.interpreters.verification_terms import Term
from policyengine.packs import Pack
from policyengine.testing.coverage import seen_by
from policyengine.testing.example import Example, decide_example
from policyengine.testing.points import Goal, figure_variables, threshold_of
from policyengine.testing.routes import Route, Stop, routes_to, row_claims, sizes_for
from policyengine.testing.scenarios import Result, id_of, results
from policyengine.testing.scenarios import find as find_result
from policyengine.verifying.search import Impossible, NotDecided, Witness, find

MOST_ROUTES = 4  # ways from a result down to what should be seen, shortest first
MOST_LEFT_OUT = 24  # facts of one household that are left out, one at a time


@dataclass(frozen=True)
class Shown:
    """A example that shows something: the result in which it can be seen."""

    example: Example
    decision: Decision
    result: Result


REFUSED = "the only household found is one that the pack doesn't accept"
REACHED = "a household comes to it, but it decides no result there: other conditions do"


@dataclass(frozen=True)
class NeverSo:
    """No household of up to `members` members shows it, on any of the dates.

    decisive: it can be so, but then never decides a result.
    """

    members: int
    decisive: bool = False


@dataclass(frozen=True)
class NotFound:
    """Nothing was found; why: the time, or a household that when replayed didn't show it."""

    why: str


Found = Shown | NeverSo | NotFound


@dataclass
class Closer:
    """Finds households for what should be seen; what it found before may show other things too.

    dates: further days on which the pack may say something else; they are tried where something can't be so on `on`.
    """

    pack: Pack
    program: ir.Program
    on: str
    dates: tuple[str, ...] = ()
    examples: Mapping[Any, Sequence[Example]] = field(default_factory=dict)  # of scenarios, by goal
    seconds: float = 2.0
    shown: dict[Any, Shown] = field(default_factory=dict)  # by goal, whatever household showed it first
    kept: dict[Any, Found] = field(default_factory=dict)  # by goal, what was answered

    def close(self, goal: Goal) -> Found:
        """The household that shows a goal, with nothing in it that could be left out."""
        found = self.kept.get(goal.id)
        if found is None:
            found = self.found(goal)
            if isinstance(found, Shown) and goal.aspect not in ("unknown", "undetermined"):
                found = self.smaller(found, goal)  # there, leaving out more would leave more open
            self.kept[goal.id] = found
        return found

    def smaller(self, shown: Shown, goal: Goal) -> Shown:
        """Without what isn't needed: the goal is seen all the same, in a result of the same status."""
        name = id_of(shown.result)
        for example in _smaller_ones(shown.example):
            less = example(shown.example)
            decision = None if less is None else decide_example(self.pack, less)
            item = None if decision is None else find_result(decision, shown.result.entity, name)
            if (
                less is not None
                and decision is not None
                and item is not None
                and item.status == shown.result.status
                and goal.id in seen_by(decision, item)
            ):
                shown = Shown(less, decision, item)
        return shown

    def found(self, goal: Goal) -> Found:
        known = self.shown.get(goal.id)
        if known is not None and goal.point.kind != "threshold":  # right beside a figure is better than far from it
            return known
        if goal.aspect in ("unknown", "undetermined"):
            return self.unknown(goal)
        found = self.on_date(goal, self.program, self.on)
        if not isinstance(found, NeverSo):
            return found
        for day in self.dates:
            other = on_program(goal, self.pack.program(day))
            later = None if other is None else self.on_date(other, self.pack.program(day), day)
            if later is not None and not isinstance(later, NeverSo):
                return later
        return found

    def on_date(self, goal: Goal, program: ir.Program, on: str) -> Found:
        answers: list[Found] = []
        routes, every = routes_to(program, goal, MOST_ROUTES)
        for route in routes:
            found = self.by_route(route, goal, on)
            if isinstance(found, Shown):
                return found
            answers.append(found)
        if not answers:
            return NeverSo(0, decisive=True) if every else NotFound("no result rests on it")
        if failed := next((answer for answer in answers if isinstance(answer, NotFound)), None):
            return failed
        if goal.point.node is None:
            return answers[0]
        proved = self.never(goal, program)
        if proved is None and every:
            return NeverSo(max(size for route in routes for size in route.sizes), decisive=True)
        return proved or NotFound("it can be so, but decides no result on the ways that were tried")

    def never(self, goal: Goal, program: ir.Program) -> NeverSo | None:
        """Proof that it can't be so in any household, decisive or not."""
        name, path = goal.point.key
        sizes = sizes_for(program, name)
        for size in sizes:
            world = World(program, size)
            claim = _wanted(world, goal, Stop(name, path, None).member_of(program))
            if goal.point.kind == "row" and goal.point.node is not None:
                claims = row_claims(world, program, name, path)
                claim = _all(claims) if claims else None
            if claim is None or not isinstance(find(world, claim, seconds=self.seconds, tidy=False), Impossible):
                return None
        return NeverSo(sizes[-1])

    def by_route(self, route: Route, goal: Goal, on: str) -> Found:
        """A household in which what is at the end of a route is so, and decides each step up to the result."""
        answer: Found = NeverSo(route.sizes[-1])
        for size in route.sizes:
            if size <= route.end_member:
                continue
            for near in (True, False) if goal.point.kind == "threshold" else (False,):
                world = World(route.program, size)
                claims = list(route.claims(world))
                claim = _wanted(world, goal, route.end.member_of(route.program), near)
                found = find(world, _all([*claims, claim]), seconds=self.seconds)
                if isinstance(found, Witness):
                    shown = self.replay(goal, found, route, on)
                    if isinstance(shown, Shown):
                        return shown
                    answer = shown
                elif isinstance(found, NotDecided):
                    answer = NotFound("not decided in time")
        return answer

    def replay(self, goal: Goal, found: Witness, route: Route, on: str) -> Shown | NotFound:
        """Decided for itself, the household that was found may not show it: then something else decides there."""
        example = Example(on, found.household, found.parameters, found.readings, route.is_area)
        shown = self.look(example, goal)
        return shown or NotFound(REFUSED if decide_example(self.pack, example) is None else REACHED)

    def look(self, example: Example, goal: Goal | None) -> Shown | None:
        """Decide a example, keep what it shows, and give back the result that shows what is looked for."""
        decision = decide_example(self.pack, example)
        if decision is None:
            return None
        wanted = None
        for item in results(decision):
            seen = seen_by(decision, item)
            shown = Shown(example, decision, item)
            for key in seen:
                self.shown.setdefault(key, shown)
            if goal is not None and wanted is None and goal.id in seen:
                wanted = shown
        return wanted

    # what isn't known

    def unknown(self, goal: Goal) -> Found:
        """Leave out of a household in which it was decisive what it rests on, as little as will do."""
        why: Found = NotFound("nothing shows it decisively")
        for basis in self.decided(goal):
            for example in _less_known(self.program, basis, goal):
                shown = self.look(example, goal)
                if shown is not None:
                    return shown
            why = NotFound("leaving out what it rests on leaves other things open as well, or nothing")
        return why

    def decided(self, goal: Goal) -> Iterator[Example]:
        """Households in which the same thing is known and decisive, those of scenarios among them."""
        for aspect in goal.point.aspects:
            yield from self.examples.get(replace(goal, aspect=aspect).id, ())
        for aspect in ("true", "false", "eligible", "met", "ineligible", "not met"):
            if aspect in goal.point.aspects:
                found = self.close(replace(goal, aspect=aspect))
                if isinstance(found, Shown):
                    yield found.example


def _without(settings: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != name}


Change = Callable[[Example], Example | None]


def _smaller_ones(example: Example) -> list[Change]:
    """Ways to say less: one member less, one fact, figure or reading less; None where it isn't there any more."""

    def without_member(index: int) -> Change:
        def change(given: Example) -> Example | None:
            members = given.household["members"]
            if len(members) <= max(1, index):
                return None
            kept = [*members[:index], *members[index + 1 :]]
            return replace(given, household={**given.household, "members": kept})

        return change

    def without_fact(row: int, name: str) -> Change:
        def change(given: Example) -> Example | None:
            household = deepcopy(given.household)
            rows = [household, household.get("area", {}), *household["members"]]
            if row >= len(rows) or name not in rows[row]:
                return None
            del rows[row][name]
            return replace(given, household=household)

        return change

    def without_parameter(name: str) -> Change:
        return lambda given: replace(given, parameters=_without(given.parameters, name))

    def without_reading(name: str) -> Change:
        return lambda given: replace(given, readings=_without(given.readings, name))

    rows = [example.household, example.household.get("area", {}), *example.household["members"]]
    changes = [without_member(index) for index in reversed(range(1, len(example.household["members"])))]
    changes += [without_parameter(name) for name in example.parameters]
    changes += [without_reading(name) for name in example.readings]
    fixed = ("members", "area", "id", "name", "household", "note")
    return changes + [without_fact(index, name) for index, row in enumerate(rows) for name in row if name not in fixed]


def on_program(goal: Goal, program: ir.Program) -> Goal | None:
    """The same goal in the program of another day; None where the formula is another there."""
    point = goal.point
    if point.node is None:
        return goal
    name, path = point.key
    node = next((item.node for item in program.variables if item.id == name), None)
    for index in path if point.kind != "row" else path[:-1]:
        below = ir.children(node) if node is not None else ()
        node = below[index] if index < len(below) else None
    if point.kind == "row" and isinstance(node, ir.Table) and path[-1] < len(node.rows):
        node = node.rows[path[-1]].when
    if node is None or type(node) is not type(point.node):
        return None
    return replace(goal, point=replace(point, node=node))


def further_dates(pack: Pack, program: ir.Program) -> tuple[str, ...]:
    """Days of the term on which a figure changes, a deadline is met or missed, or a year begins."""
    first, last = pack.term or (program.effective, program.effective)
    days = {day.toordinal() for day in change_dates(pack.policy)}
    days |= {date(year, 1, 1).toordinal() for year in range(first.year, last.year + 1)}
    for item in program.parameters:
        if isinstance(item.type, ir.DateType):
            days |= {end + step for end in values.ends(item.value) if end is not None for step in (-1, 0, 1)}
    inside = (day for day in sorted(days) if first.toordinal() <= day <= last.toordinal())
    return tuple(date.fromordinal(day).isoformat() for day in inside if day != program.effective.toordinal())


def _all(claims: list[Term]) -> Term:
    import z3

    return z3.And(*claims)


def _wanted(world: World, goal: Goal, member: int | None, near: bool = False) -> Term:
    """That a goal's node is as it should be seen. near: right beside the figure, one step from it."""
    import z3

    node, aspect = goal.point.node, goal.aspect
    match goal.point.kind:
        case "condition":
            assert node is not None
            term = world.value(node, member)
            return term if aspect == "true" else z3.Not(term)
        case "threshold":
            assert node is not None
            figure = threshold_of(node, figure_variables(world.program))
            below = ir.children(node)
            subject, against = (world.value(below[place], member) for place in (1 - (figure or 0), figure or 0))
            if aspect == "at":
                return subject == against
            step = _step(below[0].type)
            if aspect == "below":
                return z3.And(subject < against, subject >= against - step) if near else subject < against
            return z3.And(subject > against, subject <= against + step) if near else subject > against
        case _:
            return z3.BoolVal(True)  # rows, benefits and indicators: the route says it all


def _step(type_: ir.Type) -> int:
    """A small distance on a type's scale: one unit of what is counted, a yuan of money, a day."""
    if isinstance(type_, ir.NumberType):
        return 1 if type_.unit.is_count or type_.unit.is_duration else max(1, type_.scale // 100)
    return 1


def _less_known(program: ir.Program, example: Example, goal: Goal) -> Iterator[Example]:
    """Cases that leave out something that a goal's point rests on: one fact, then all; a reading; a figure."""
    facts, figures = cone_of(program, goal)
    rows = [example.household, example.household.get("area", {}), *example.household["members"]]
    places = [(index, name) for index, row in enumerate(rows) for name in row if name in facts]

    def without(gone: list[tuple[int, str]]) -> dict[str, Any]:
        household = deepcopy(example.household)
        every = [household, household.get("area", {}), *household["members"]]
        for index, name in gone:
            del every[index][name]
        return household

    readings = [name for name in example.readings if name in figures]
    for name in readings:
        yield replace(example, readings={**example.readings, name: "open"})
    for place in places[:MOST_LEFT_OUT]:
        yield replace(example, household=without([place]))
    if places:
        yield replace(example, household=without(places))
    for name in (name for name in example.parameters if name in figures):
        yield replace(example, parameters={key: value for key, value in example.parameters.items() if key != name})
    for item in program.parameters:
        if item.is_reading and item.id in figures and item.id not in example.readings:
            yield replace(example, readings={**example.readings, item.id: "open"})


def cone_of(program: ir.Program, goal: Goal) -> tuple[set[str], set[str]]:
    """The facts, and the figures and readings, that a point rests on."""
    variables = {item.id: item for item in program.variables}
    if goal.point.node is not None:
        waiting: list[ir.Node] = [goal.point.node]
    else:
        name = goal.point.key[0]
        benefit = next((item for item in program.benefits if item.id == name), None)
        indicator = next((item for item in program.indicators if item.id == name), None)
        root = benefit.eligible if benefit is not None else indicator.met if indicator is not None else ""
        waiting = [variables[root].node]
    facts: set[str] = set()
    figures: set[str] = set()
    seen: set[str] = set()
    while waiting:
        for node in ir.walk(waiting.pop()):
            if isinstance(node, ir.FactRef):
                facts.add(node.id)
            elif isinstance(node, ir.ParameterRef):
                figures.add(node.id)
            elif isinstance(node, ir.VariableRef) and node.id not in seen:
                seen.add(node.id)
                waiting.append(variables[node.id].node)
    return facts, figures
