"""What is wrong with a program's structure whatever the households are: dead conditions, rows, figures; rows and benefits that meet.

Everything here is decided for households of up to a few members, with figures that the plan leaves open and readings free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any, Literal

import z3

from policyengine import ir
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import MEMBERS, Environment
from policyengine.interpreters.verification import Member, Span, World
from policyengine.interpreters.verification_terms import Term
from policyengine.ir import ChoiceType, ConditionType, Node, NumberType
from policyengine.limits import closed
from policyengine.values import ANYTHING, ends
from policyengine.verifying.properties import looks_at_others, slice_of
from policyengine.verifying.search import Witness, witness_of

Kind = Literal[
    "never entitled",
    "never true",
    "always true",
    "row never reached",
    "otherwise never reached",
    "rows overlap",
    "gap",
    "figure without effect",
    "figure of effect beyond the term",
    "together",
    "not decided",
]
FAULTS: tuple[Kind, ...] = ("never entitled", "never true", "row never reached", "figure without effect", "not decided")
TRIES = (1, 2, 3)  # members of the households tried
BEYOND = timedelta(50 * 365)  # how long after the plan's term a figure is still tried
TOO_HARD = 2  # sizes or spans that weren't decided, after which no further one is tried
EFFORT = (
    5_000_000  # what the solver may spend on one question, in its own measure, whatever else the machine does; some 8 s
)
PATIENCE = 60_000  # milliseconds, if even so it takes too long


@dataclass(frozen=True)
class Finding:
    """kind, and what it is about: a variable, benefit or parameter. node: the condition. rows: of a table, from 0.

    others: further benefits. witness: a household that shows it, where one can.
    """

    kind: Kind
    about: str
    node: Node | None = None
    rows: tuple[int, ...] = ()
    others: tuple[str, ...] = ()
    witness: Witness | None = None

    @property
    def is_fault(self) -> bool:
        return self.kind in FAULTS


Claim = Callable[["Place"], Term]


@dataclass(frozen=True)
class Place:
    """A world, the entity asked about, and the program's variables by id: nodes differ from span to span."""

    world: World
    member: Member

    def variable(self, name: str) -> Term:
        return self.world.variable(name, self.member)

    def node(self, variable: str, path: int) -> Term:
        """The node of a variable's formula at a position in `ir.walk`."""
        return self.world.value(_nodes(self.world.program, variable)[path], self.member)


def _nodes(program: ir.Program, variable: str) -> list[Node]:
    return ir.walk(next(item.node for item in program.variables if item.id == variable))


class Asker:
    """Asks whether something can be, over a plan's spans and households of one to three members.

    Each question has worlds of its own: what another one rests on would only be in its way.
    """

    def __init__(self, programs: Sequence[tuple[ir.Program, Span]]) -> None:
        self.programs = tuple(programs)
        self.program = programs[0][0]

    def can_be(self, claim: Claim, scope: str, around: bool) -> Witness | bool | None:
        """A household of which the claim is true, False if there is none, None if that wasn't decided.

        around: can other members make a difference? If not, one member is enough to say that there is none.
        """
        unknown = 0
        for size in TRIES if around else (1,):
            for program, span in self.programs:
                world = World(program, size, during=(span,))
                term = claim(Place(world, 0 if scope == "person" else None))
                asked = solver()
                asked.add(term, *world.limits, *world.days())
                answer = asked.check()
                if answer == z3.sat:
                    return witness_of(asked.model(), (world,))
                unknown += answer == z3.unknown
                if unknown == TOO_HARD:
                    return None
        return None if unknown else False


def solver() -> Any:
    made = z3.Solver()
    made.set("rlimit", EFFORT)
    made.set("timeout", PATIENCE)
    return made


Seen = frozenset[tuple[str, int, bool]]  # (variable, place of a condition in `ir.walk`, its truth)


def findings(
    programs: Sequence[tuple[ir.Program, Span]],
    *,
    seconds: float = 120.0,
    part: tuple[int, int] = (0, 1),
    seen: Seen = frozenset(),
) -> Iterator[Finding]:
    """Everything about a plan, given its program in each span of days without a change.

    seen: what some household is known to make true or false, which needn't be asked.

    Nothing is dead that is alive in one of the spans. What isn't decided in `seconds` of processor time is a finding too. part: the i-th of n parts
    of the questions, so that several processes can share them.
    """
    until = time.process_time() + seconds
    asker = Asker(programs)
    granted = {item.eligible: item for item in asker.program.benefits}
    first, step = part
    for variable in asker.program.variables[first::step]:
        if time.process_time() > until:
            yield Finding("not decided", variable.id)
            continue
        yield from _of_variable(asker, variable, granted.get(variable.id), seen)
    yield from _figures(asker, asker.program.parameters[first::step], until)
    yield from _together(asker, until, part)


def truths_of(evaluator: Evaluator, home: Environment) -> Iterator[tuple[str, int, bool]]:
    """What a household that was run makes true and false."""
    for variable in evaluator.program.variables:
        person = variable.scope == "person"
        nodes = ir.walk(variable.node)
        for path, node in _own(nodes, variable.node):
            if _is_condition(node):
                evaluate = evaluator.evaluator(node, person)
                for environment in home[MEMBERS] if person else (home,):
                    truth = evaluate(environment)
                    if truth is not None:
                        yield variable.id, path, truth


def in_order(program: ir.Program, found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of several parts: those of variables, of figures, of benefits, each as the program has them."""
    names = [*(item.id for item in program.variables), *(item.id for item in program.parameters)]
    names += [item.id for item in program.benefits]
    order = {name: place for place, name in enumerate(names)}
    return tuple(sorted(found, key=lambda item: (item.kind == "together", order[item.about])))


def _of_variable(asker: Asker, variable: ir.Variable, benefit: ir.Benefit | None, seen: Seen) -> Iterator[Finding]:
    around = looks_at_others(asker.program, [variable.id])

    def ask(claim: Claim) -> Witness | bool | None:
        return asker.can_be(claim, variable.scope, around)

    if (
        benefit is not None
        and (variable.id, 0, True) not in seen
        and ask(lambda place: place.variable(variable.id)) is False
    ):
        yield Finding("never entitled", benefit.id)
        return
    nodes = ir.walk(variable.node)
    for path, node in _own(nodes, variable.node):
        if _is_condition(node):
            for truth in (True, False):
                if (variable.id, path, truth) in seen:
                    continue
                found = ask(lambda place, path=path, truth=truth: _is(place.node(variable.id, path), truth))  # type: ignore[misc]
                if found is None:
                    yield Finding("not decided", variable.id, node)
                elif found is False:
                    yield Finding("never true" if truth else "always true", variable.id, node)
        elif isinstance(node, ir.Table):
            yield from _of_table(ask, variable, nodes, node)


def _is(term: Term, truth: bool) -> Term:
    return term if truth else z3.Not(term)


def _is_condition(node: Node) -> bool:
    return isinstance(node, ir.Logic | ir.Compare | ir.OneOf) or (
        isinstance(node, ir.Aggregate) and isinstance(node.type, ConditionType)
    )


def _own(nodes: list[Node], root: Node) -> Iterator[tuple[int, Node]]:
    """The nodes of a formula by their position in `ir.walk`, each once; those about each member only as a whole."""
    inner = {
        id(below)
        for node in nodes
        if isinstance(node, ir.Aggregate | ir.Rank)
        for below in ir.walk(node)
        if below is not node
    }
    seen: set[int] = set()
    for path, node in enumerate(nodes):
        if id(node) not in seen and id(node) not in inner:
            seen.add(id(node))
            yield path, node


def _of_table(
    ask: Callable[[Claim], Witness | bool | None], variable: ir.Variable, nodes: list[Node], table: ir.Table
) -> Iterator[Finding]:
    places = {id(node): path for path, node in reversed([*enumerate(nodes)])}
    conditions = [places[id(row.when)] for row in table.rows]

    def reaches(index: int) -> Claim:
        """That the rows before it don't hold, and it does; beyond the last one: that none does."""

        def claim(place: Place) -> Term:
            before = [z3.Not(place.node(variable.id, path)) for path in conditions[:index]]
            return z3.And(*before, *(place.node(variable.id, path) for path in conditions[index : index + 1]))

        return claim

    def both(first: int, second: int) -> Claim:
        return lambda place: z3.And(
            place.node(variable.id, conditions[first]), place.node(variable.id, conditions[second])
        )

    for index, row in enumerate(table.rows):
        found = ask(reaches(index))
        if found is None:
            yield Finding("not decided", variable.id, row.when, (index,))
        elif found is False:
            yield Finding("row never reached", variable.id, row.when, (index,))
    if table.otherwise is not None:
        found = ask(reaches(len(table.rows)))
        if isinstance(found, Witness):
            yield Finding("gap", variable.id, table, witness=found)
        else:
            yield Finding("otherwise never reached" if found is False else "not decided", variable.id, table)
    for first, second in combinations(range(len(table.rows)), 2):
        if table.rows[first].then == table.rows[second].then:
            continue
        found = ask(both(first, second))
        if isinstance(found, Witness):
            yield Finding("rows overlap", variable.id, table, (first, second), witness=found)


# figures


def _figures(asker: Asker, parameters: Sequence[ir.Parameter], until: float) -> Iterator[Finding]:
    """Parameters and readings of which no value makes a difference to any result."""
    for item in parameters:
        matters: bool | None = False
        for program, span in asker.programs:
            own = next((other for other in program.parameters if other.id == item.id), None)
            if time.process_time() > until:
                matters = None
                break
            answer = False if own is None else _matters(program, own, span)
            if answer:
                matters = True
                break
            matters = None if answer is None else matters
        if matters is None:
            yield Finding("not decided", item.id)
        elif not matters:
            last, (_, end) = asker.programs[-1]
            after = (end + timedelta(1), end + BEYOND)
            own = next((other for other in last.parameters if other.id == item.id), None)
            late = False if own is None else _matters(last, own, after)
            yield Finding("figure of effect beyond the term" if late else "figure without effect", item.id)


def _results(program: ir.Program) -> Iterator[tuple[str, str | None, str]]:
    """Of each result: whether it counts, what it comes to, its scope."""
    for benefit in program.benefits:
        yield benefit.eligible, benefit.amount, benefit.scope
    for indicator in program.indicators:
        yield indicator.met, indicator.applies, indicator.scope


def _matters(program: ir.Program, item: ir.Parameter, span: Span) -> bool | None:
    """Is there a household of which two values of the figure make different results?"""
    unknown = False
    resting = []
    for counts, comes_to, scope in _results(program):
        names = [name for name in (counts, comes_to) if name is not None]
        nodes = [node for variable in slice_of(program, names) for node in ir.walk(variable.node)]
        if any(item.id in (getattr(node, "id", None), getattr(node, "parameter", None)) for node in nodes):
            resting.append((len(nodes), counts, comes_to, scope, looks_at_others(program, names)))
    # the smallest first, on the program's own date: what matters mostly shows there
    for during in ((), (span,)):
        for _, counts, comes_to, scope, around in sorted(resting, key=lambda each: each[0]):
            answer = _makes_a_difference(program, item, during, (counts, comes_to, scope), around)
            if answer:
                return True
            unknown = unknown or (answer is None and during != ())
    return None if unknown else False


def _makes_a_difference(
    program: ir.Program, item: ir.Parameter, during: tuple[Span, ...], result: tuple[str, str | None, str], around: bool
) -> bool | None:
    """Do two values of the figure make a different result in some household?"""
    counts, comes_to, scope = result
    unknown = False
    for size in TRIES if around else (1,):
        world = World(program, size, during=during)
        other = World(program, size, sharing=world)
        world.replaced[item.id], other.replaced[item.id] = _two(item, world)
        member = 0 if scope == "person" else None
        differs = world.variable(counts, member) != other.variable(counts, member)
        if comes_to is not None:
            pair = world.variable(comes_to, member) != other.variable(comes_to, member)
            differs = z3.Or(differs, z3.And(world.variable(counts, member), pair))
        same = [term == other.facts[key] for key, term in world.facts.items() if key in other.facts]
        asked = solver()
        asked.add(differs, *same, *world.limits, *other.limits, *world.days())
        answer = asked.check()
        if answer == z3.sat:
            return True
        unknown = unknown or answer == z3.unknown
    return None if unknown else False


def _two(item: ir.Parameter, world: World) -> tuple[Term, Term]:
    """Two values that the figure could have: any of its kind, whatever the plan states."""
    terms = z3.Int(f"{item.id}!one"), z3.Int(f"{item.id}!other")
    for term in terms:
        if isinstance(item.type, ChoiceType):
            world.limits.append(z3.Or(*(term == world.option(option) for option in item.type.options)))
        else:
            low, high = ends(closed((0, None) if isinstance(item.type, NumberType) else ANYTHING, item.type))
            world.limits += [term >= low, term <= high]
    return terms


# benefits


def _together(asker: Asker, until: float, part: tuple[int, int]) -> Iterator[Finding]:
    """Benefits of one family that one entity can have at the same time, since nothing between them says otherwise."""
    families: dict[tuple[str, str], list[ir.Benefit]] = {}
    for benefit in asker.program.benefits:
        if benefit.family is not None:
            families.setdefault((benefit.family, benefit.scope), []).append(benefit)
    for (_, scope), benefits in [*families.items()][part[0] :: part[1]]:
        for one, other in combinations(benefits, 2):
            if time.process_time() > until:
                yield Finding("not decided", one.id, others=(other.id,))
                continue
            around = looks_at_others(asker.program, [one.eligible, other.eligible])
            found = asker.can_be(
                lambda place, one=one, other=other: z3.And(
                    place.variable(one.eligible), place.variable(other.eligible)
                ),  # type: ignore[misc]
                scope,
                around,
            )
            if isinstance(found, Witness):
                yield Finding("together", one.id, others=(other.id,), witness=found)
