"""Prove a property, or refute it with a household that the household evaluator replays, or say that it wasn't decided."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import z3

from policyengine import ir
from policyengine.amounts import Amount
from policyengine.authoring.pack import PolicyPack
from policyengine.decision import Decision
from policyengine.errors import PolicyError
from policyengine.interpreters.verification import World
from policyengine.interpreters.verification_terms import Term
from policyengine.ir import ConditionType, NumberType
from policyengine.ready import Ready
from policyengine.verifying.properties import Meant, Move, Property, compile_properties, looks_at_others
from policyengine.verifying.search import Impossible, NotDecided, Witness, find, shrunk

AFTER = "after "  # the world in which the fact is more
SCOPES = ("household", "person")
MEMBERS = 3  # the households tried have up to so many, where other members can make a difference


@dataclass(frozen=True)
class Proved:
    """most: for households of up to so many members; None: of any size."""

    most: int | None


@dataclass(frozen=True)
class Refuted:
    """A household that breaks the property, as the household evaluator decides it too.

    decisions: of the household; for a move also of the same one with more of the fact. entity: whose result it is.
    values: for a move, what the formula comes to before and after, in its unit.
    """

    witness: Witness
    decisions: tuple[Decision, ...]
    entity: str
    values: tuple[Amount, ...] = ()


@dataclass(frozen=True)
class Undecided:
    """why: the solver's words, or that what it found didn't replay."""

    why: str
    most: int | None = None  # proved for smaller households


Found = Proved | Witness | Undecided


@dataclass(frozen=True)
class Verdict:
    """What came of one property on one date. is_news: it isn't what the pack says of it."""

    about: Property
    outcome: Proved | Refuted | Undecided
    seconds: float

    @property
    def is_news(self) -> bool:
        if isinstance(self.outcome, Undecided):
            return True
        return isinstance(self.outcome, Proved) != self.about.holds


class Prover:
    """Decides properties over the spans of a plan's term. seconds: for each property."""

    def __init__(
        self, policy: PolicyPack, meant: Sequence[Meant], *, seconds: float = 20.0, members: int = MEMBERS
    ) -> None:
        self.policy, self.meant, self.seconds, self.members = policy, tuple(meant), seconds, members
        self._ready = {each.span[0]: each.ready for each in meant}

    def prove(self, item: Property) -> Verdict:
        began = time.monotonic()
        return self.judged(item, self.found(item), time.monotonic() - began)

    def judged(self, item: Property, found: Found, seconds: float) -> Verdict:
        """What was found as a verdict: a household counts only if the household evaluator sees it break the property."""
        if isinstance(found, Witness):
            least = shrunk(found, lambda smaller: self._replayed(item, smaller) is not None)
            refuted = self._replayed(item, least)
            return Verdict(item, refuted if refuted is not None else Undecided("not replayed"), seconds)
        return Verdict(item, found, seconds)

    def found(self, item: Property) -> Found:
        """Plain values, so that another process can look for them."""
        until = time.monotonic() + self.seconds
        names = [name for name in (item.indicator.met, item.indicator.applies, item.indicator.measure) if name]
        around = any(looks_at_others(each.program, names) for each in self.meant)
        sizes = range(1, self.members + 1) if around else range(1, 2)
        proved = None
        for size in sizes:
            for question in _questions(self.meant, item, size):
                left = until - time.monotonic()
                found = self._answer(item, question, left) if left > 0 else Undecided("timeout")
                if isinstance(found, Undecided):
                    return replace(found, most=proved)
                if found is not None:
                    return found
            proved = size
        return Proved(proved if around else None)

    def _answer(self, item: Property, question: Question, seconds: float) -> Witness | Undecided | None:
        """What breaks the property, if anything does.

        First among households of which every optional fact is stated, since those surely replay.
        """
        worlds = question.worlds
        undecided: Undecided | None = None
        stated = [term for world in worlds for term in world.all_stated()]
        for wished in ([stated] if stated else []) + [[]]:
            answer = find(worlds, z3.And(question.claim, *wished), seconds=seconds)
            match answer:
                case Impossible():
                    undecided = None
                case NotDecided(why=why):
                    undecided = Undecided(why)
                case Witness():
                    return answer if self._replayed(item, answer) is not None else Undecided("not replayed")
        return undecided

    def _replayed(self, item: Property, witness: Witness) -> Refuted | None:
        """The household decided by the household evaluator; None if that doesn't see the property broken."""
        ready = self._on(witness.on)
        try:
            decisions = tuple(
                ready.decide(household, witness.parameters, witness.readings, SCOPES, {})
                for household in (witness.household, *witness.others.values())
            )
        except PolicyError:  # something in it can't be given: it is no household then
            return None
        for entity in dict.fromkeys(result.entity for result in decisions[0].indicators):
            results = [
                result
                for decision in decisions
                for result in decision.indicators
                if result.entity == entity and result.indicator == item.indicator.id
            ]
            if not results or any(result.status == "not applicable" for result in results):
                continue
            if item.move is None:
                if results[0].status == "not met":
                    return Refuted(witness, decisions, entity)
                continue
            amounts = tuple(result.measure for result in results if result.measure is not None)
            if len(amounts) == 2 and _too_far(item.move, amounts, _scale(item.indicator, ready.program)):
                return Refuted(witness, decisions, entity, amounts)
        return None

    def _on(self, day: date | None) -> Ready:
        day = self.meant[0].span[0] if day is None else day
        if day not in self._ready:
            names = [each.id for each in self.meant[0].properties]
            self._ready[day] = compile_properties(self.policy, (day, day), names).ready
        return self._ready[day]


@dataclass(frozen=True)
class Question:
    """Whether a household of one size breaks a property, in some spans of days in which that is the same question."""

    worlds: tuple[World, ...]
    claim: Term


def _questions(meant: Sequence[Meant], item: Property, size: int) -> list[Question]:
    found: list[Question] = []
    for each in meant:
        own = next(other for other in each.properties if other.id == item.id)
        question = _question(each, own, size)
        same = next((other for other in found if _is_same(question, other)), None)
        if same is None:
            found.append(question)
        else:
            same.worlds[0].during += (each.span,)
    return found


def _question(meant: Meant, item: Property, size: int) -> Question:
    world = World(meant.program, size, during=(meant.span,))
    after = None if item.move is None else World(meant.program, size, name=AFTER, sharing=world)
    entities: list[int | None] = list(range(size)) if item.scope == "person" else [None]
    broken = z3.Or(*(_broken(item, world, after, member) for member in entities))
    if after is None:
        return Question((world,), broken)
    return Question((world, after), z3.And(broken, _more(item, world, after)))


def _is_same(one: Question, other: Question) -> bool:
    """The same claim of the same constants with the same limits."""
    limits = [[term for world in question.worlds for term in world.limits] for question in (one, other)]
    return (
        one.claim.eq(other.claim)
        and len(limits[0]) == len(limits[1])
        and all(first.eq(second) for first, second in zip(*limits))
    )


def _broken(item: Property, world: World, after: World | None, member: int | None) -> Term:
    """That the property doesn't hold for one entity."""
    indicator = item.indicator
    applies = [each.variable(indicator.applies, member) for each in (world, after) if each and indicator.applies]
    if after is None:
        return z3.And(*applies, z3.Not(world.variable(indicator.met, member)))
    assert item.move is not None
    assert indicator.measure is not None
    first, second = world.variable(indicator.measure, member), after.variable(indicator.measure, member)
    too_far = []
    if item.move.raises_at_most is not None:
        too_far.append(second - first > item.move.raises_at_most)
    if item.move.lowers_at_most is not None:
        too_far.append(first - second > item.move.lowers_at_most)
    return z3.And(*applies, z3.Or(*too_far))


def _more(item: Property, world: World, after: World) -> Term:
    """That both worlds are the same household, but for more of one fact."""
    assert item.move is not None
    fact = item.move.fact
    places: list[int | None] = list(range(world.size)) if fact.scope == "person" else [None]
    for place in places:
        world.fact(fact.id, place)
    for one, other in ((world, after), (after, world)):
        for name, member in [*one.facts]:
            other.fact(name, member)
    same = [term == after.facts[key] for key, term in world.facts.items() if key[0] != fact.id]
    for one, other in ((world, after), (after, world)):
        for key, term in one.stated.items():
            same.append(term == other.stated[key] if key in other.stated else term)
    ways = []
    for place in places:
        rest = [world.facts[fact.id, other] == after.facts[fact.id, other] for other in places if other != place]
        ways.append(z3.And(_grows(item.move, world.facts[fact.id, place], after.facts[fact.id, place]), *rest))
    return z3.And(z3.Or(*ways), *same)


def _grows(move: Move, before: Term, after: Term) -> Term:
    if isinstance(move.fact.type, ConditionType):
        return z3.And(z3.Not(before), after)
    return after > before if move.by is None else after == before + move.by


def _too_far(move: Move, amounts: tuple[Amount, ...], scale: int) -> bool:
    before, after = (amount.exact for amount in amounts)
    if before is None or after is None:
        return False
    change = (after - before) * scale
    raised = move.raises_at_most is not None and change > move.raises_at_most
    return raised or (move.lowers_at_most is not None and -change > move.lowers_at_most)


def _scale(indicator: ir.Indicator, program: ir.Program) -> int:
    type_ = next(item.type for item in program.variables if item.id == indicator.measure)
    assert isinstance(type_, NumberType)
    return type_.scale
