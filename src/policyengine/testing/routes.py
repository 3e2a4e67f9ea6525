"""Ways from a result down to a part of a formula, and what must hold for that part to decide the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from policyengine import ir
from policyengine.interpreters.verification import World
from policyengine.interpreters.verification_terms import Term
from policyengine.ir import Node
from policyengine.testing.points import Goal, Path, walk

MOST_MEMBERS = 2  # members of the households that are looked for, where members are counted or compared


@dataclass(frozen=True)
class Stop:
    """One step of a route: a node of a variable, asked of the member with an index (None: of the household or area)."""

    variable: str
    path: Path
    member: int | None

    def member_of(self, program: ir.Program) -> int | None:
        """Whose the end of the path is: inside an aggregate, the first member's."""
        variable = next(item for item in program.variables if item.id == self.variable)
        member = self.member if self.member is not None else 0 if variable.scope == "person" else None
        node = variable.node
        for index in self.path:
            if isinstance(node, ir.Aggregate | ir.Rank):
                member = _other(node, member)
            below = ir.children(node)
            if index >= len(below):
                break
            node = below[index]
        return member


@dataclass(frozen=True)
class Route:
    """stops: from the result's own formula down. conditions: variables that must be true (or false) besides."""

    program: ir.Program
    stops: tuple[Stop, ...]
    conditions: tuple[tuple[str, bool], ...]
    row: int | None  # of a table or scale at the end: the row that should be hit
    sizes: tuple[int, ...]
    is_area: bool

    @property
    def end(self) -> Stop:
        return self.stops[-1]

    @property
    def end_member(self) -> int:
        """The index of the member at the end, who must be there."""
        return self.end.member_of(self.program) or 0

    def claims(self, world: World) -> Iterator[Term]:
        """That every step decides the one above it."""
        variables = {item.id: item for item in self.program.variables}
        for name, wanted in self.conditions:
            member = 0 if variables[name].scope == "person" else None
            term = world.variable(name, member)
            yield term if wanted else z3.Not(term)
        for stop in self.stops:
            row = self.row if stop is self.end else None
            yield from _decides(world, variables[stop.variable].node, stop.path, _start(stop, variables), row)


def _start(stop: Stop, variables: dict[str, ir.Variable]) -> int | None:
    if variables[stop.variable].scope != "person":
        return None
    return stop.member if stop.member is not None else 0


def _other(node: Node, member: int | None) -> int:
    """Whom an aggregate or rank looks at: the first member, or the second where the first asks about the others."""
    leaves_out = isinstance(node, ir.Rank) or (isinstance(node, ir.Aggregate) and node.others)
    return 1 if leaves_out and member == 0 else 0


def _decides(world: World, node: Node, path: Path, member: int | None, row: int | None) -> Iterator[Term]:
    """That what stands at a path decides the value of the whole formula."""
    for index in path:
        below = ir.children(node)
        if index >= len(below):
            return
        child = below[index]
        match node:
            case ir.Logic(operator="and" | "or"):
                yield world.value(node, member) == world.value(child, member)
            case ir.Choose(condition=condition) if index > 0:
                truth = world.value(condition, member)
                yield truth if index == 1 else z3.Not(truth)
            case ir.Table(rows=rows):
                yield from _row_is(world, rows, member, min(index // 2, len(rows)), tested=index % 2 == 0)
            case ir.Aggregate(operator="any" | "all", body=body, where=where):
                member_of = _other(node, member)
                if where is not None and child is body:
                    yield world.value(where, member_of)
                if child is body and body is not None:
                    yield world.value(node, member) == world.value(body, member_of)
                member = member_of
            case ir.Aggregate(where=where, body=body):
                member_of = _other(node, member)
                if where is not None and child is body:
                    yield world.value(where, member_of)
                member = member_of
            case ir.Rank():
                member = _other(node, member)
        node = child
    if row is not None and isinstance(node, ir.Table):
        yield from _row_is(world, node.rows, member, row, tested=False)
    if row is not None and isinstance(node, ir.Bands):
        yield from _band_is(world, node, member, row)


def _row_is(world: World, rows: tuple[ir.Row, ...], member: int | None, row: int, tested: bool) -> Iterator[Term]:
    """That the rows above don't hold, and (unless it is only tested) that this one does."""
    for above in rows[:row]:
        yield z3.Not(world.value(above.when, member))
    if not tested and row < len(rows):
        yield world.value(rows[row].when, member)


def row_claims(world: World, program: ir.Program, name: str, path: Path) -> list[Term]:
    """That the row at the end of a path is hit, wherever the table may stand."""
    stop = Stop(name, path[:-1], None)
    node = next(item.node for item in program.variables if item.id == name)
    for index in path[:-1]:
        node = ir.children(node)[index]
    if isinstance(node, ir.Table):
        return list(_row_is(world, node.rows, stop.member_of(program), path[-1], tested=False))
    return list(_band_is(world, node, stop.member_of(program), path[-1])) if isinstance(node, ir.Bands) else []


def _band_is(world: World, node: ir.Bands, member: int | None, row: int) -> Iterator[Term]:
    argument = world.value(node.argument, member)
    band = node.bands[row]
    if band.start is not None:
        yield argument >= band.start if band.inclusive else argument > band.start
    if row + 1 < len(node.bands):
        after = node.bands[row + 1]
        assert after.start is not None
        yield argument < after.start if after.inclusive else argument <= after.start


# from results down


def routes_to(program: ir.Program, goal: Goal, most: int) -> tuple[list[Route], bool]:
    """The shortest routes from results to the point of a goal, and whether there are no others."""
    variables = {item.id: item for item in program.variables}
    roots, point = _roots(program), goal.point
    if point.kind in ("benefit", "indicator"):
        return _of_result(program, goal), True
    name, path = point.key
    row = path[-1] if point.kind == "row" else None
    end = (name, path[:-1] if row is not None else path)
    users = _users(program)
    found: list[Route] = []
    waiting: list[tuple[tuple[str, Path], ...]] = [(end,)]
    met: dict[str, int] = {}
    every = True
    while waiting and len(found) < most:
        chain = waiting.pop(0)
        top = chain[0][0]
        for conditions, is_area in roots.get(top, ()):
            stops = _stops(variables, chain)
            found.append(Route(program, stops, conditions, row, _sizes(program, chain), is_area))
        for user, where in users.get(top, ()):
            if met.get(user, 0) < most:
                met[user] = met.get(user, 0) + 1
                waiting.append(((user, where), *chain))
            else:
                every = False
    return found[:most], every and not waiting and len(found) <= most


def _of_result(program: ir.Program, goal: Goal) -> list[Route]:
    """For a benefit granted or refused, an indicator met or missed: what is wanted is a condition of the route."""
    name, truth = goal.point.key[0], goal.aspect in ("eligible", "met")
    for benefit in program.benefits:
        if benefit.id == name:
            sizes, stops = sizes_for(program, benefit.eligible), (Stop(benefit.eligible, (), None),)
            return [Route(program, stops, ((benefit.eligible, truth),), None, sizes, False)]
    for item in program.indicators:
        if item.id == name:
            applies = ((item.applies, True),) if item.applies is not None else ()
            stops, sizes = (Stop(item.met, (), None),), sizes_for(program, item.met)
            return [Route(program, stops, (*applies, (item.met, truth)), None, sizes, item.scope == "area")]
    return []


Root = tuple[tuple[tuple[str, bool], ...], bool]  # what must hold besides, and whether it is the area's


def _roots(program: ir.Program) -> dict[str, list[Root]]:
    """The variables that are results, each with what must hold for it to be told."""
    found: dict[str, list[Root]] = {}
    for benefit in program.benefits:
        found.setdefault(benefit.eligible, []).append(((), False))
        if benefit.amount is not None:
            found.setdefault(benefit.amount, []).append((((benefit.eligible, True),), False))
    for item in program.indicators:
        is_area = item.scope == "area"
        applies = ((item.applies, True),) if item.applies is not None else ()
        found.setdefault(item.met, []).append((applies, is_area))
        if item.applies is not None:
            found.setdefault(item.applies, []).append(((), is_area))
    return found


def _users(program: ir.Program) -> dict[str, list[tuple[str, Path]]]:
    """By variable, the places in other formulas that refer to it."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for variable in program.variables:
        for path, node in walk(variable.node):
            if isinstance(node, ir.VariableRef):
                found.setdefault(node.id, []).append((variable.id, path))
    return found


def _stops(variables: dict[str, ir.Variable], chain: tuple[tuple[str, Path], ...]) -> tuple[Stop, ...]:
    """The chain with whose each step is: the first member's, unless an aggregate on the way looks at another."""
    stops = []
    member: int | None = None
    for name, path in chain:
        variable = variables[name]
        mine = (member if member is not None else 0) if variable.scope == "person" else None
        stops.append(Stop(name, path, mine))
        node = variable.node
        for index in path:
            if isinstance(node, ir.Aggregate | ir.Rank):
                mine = _other(node, mine)
            below = ir.children(node)
            if index >= len(below):
                break
            node = below[index]
        member = mine
    return tuple(stops)


def _sizes(program: ir.Program, chain: tuple[tuple[str, Path], ...]) -> tuple[int, ...]:
    return sizes_for(program, chain[0][0])


def sizes_for(program: ir.Program, name: str) -> tuple[int, ...]:
    """How many members to try: one, where nobody counts or compares members; otherwise up to a few."""
    variables = {item.id: item for item in program.variables}
    waiting, seen = [name], set[str]()
    while waiting:
        current = waiting.pop()
        if current in seen or current not in variables:
            continue
        seen.add(current)
        for node in ir.walk(variables[current].node):
            if isinstance(node, ir.Aggregate | ir.Rank):
                return tuple(range(1, MOST_MEMBERS + 1))
            if isinstance(node, ir.VariableRef):
                waiting.append(node.id)
    return (1,)
