"""Is a mutant that no scenario notices a mutant at all? Either no household tells it from the plan, or here is one that does.

The plan and the mutant are put to z3 as two programs over one household, of one to three members with complete facts, on
every day on which the mutant stands; open figures and readings are free. A household that is found is decided by the
household evaluator under both programs before it counts. It takes the extra `verify`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import z3

from policyengine import ir
from policyengine.compiler.figures import read_date
from policyengine.decision import Decision
from policyengine.errors import PolicyError
from policyengine.explaining.explanation import choice_options
from policyengine.given import Unreadable
from policyengine.interpreters.verification import World
from policyengine.packs import Pack
from policyengine.results import Entitlement
from policyengine.testing.mutation.figures import shifted
from policyengine.testing.mutation.mutants import Edit, Mutant, Rules
from policyengine.testing.mutation.nodes import paths, put
from policyengine.testing.mutation.trying import Result, Stand, name_of, result_again, results_in
from policyengine.values import ends
from policyengine.verifying.search import Answer as FoundOrNot
from policyengine.verifying.search import Impossible, NotDecided, Witness, find

LARGEST = 3  # members of the households that are looked at


@dataclass(frozen=True)
class Difference:
    """One result as the plan has it, and as the mutant has it."""

    decision: Decision
    before: Result
    after: Result


@dataclass(frozen=True)
class Killer:
    """A household by which the mutant would be noticed: on a day, with figures and readings, and what it comes to."""

    on: date
    household: dict[str, Any]
    area: dict[str, Any] | None
    parameters: dict[str, str]
    readings: dict[str, str]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Equivalent:
    """No household of up to three members with complete facts tells the mutant from the plan."""


@dataclass(frozen=True)
class Undecided:
    """why: the time, or what can't be put to the solver."""

    why: str


Answer = Killer | Equivalent | Undecided


class Judge:
    """Answers for the mutants of one pack. seconds: the time for each of them."""

    def __init__(self, pack: Pack, rules: Rules, stands: list[Stand], seconds: float) -> None:
        self.pack, self.rules, self.seconds = pack, rules, seconds
        self._stands = {stand.edition.on: stand for stand in stands if stand.pack is pack}
        self._busy = {on: len(stand.tried) for on, stand in self._stands.items()}

    def judge(self, mutant: Mutant) -> Answer:
        until = time.monotonic() + self.seconds
        days = (
            [(start, start) for start in self._days_between(mutant)] if mutant.kind == "date" else list(self._spans())
        )
        try:
            questions = [question for span in days if (question := self._question(mutant, *span)) is not None]
            if questions and all(question.is_settled_at_once(until) for question in questions):
                return Equivalent()
            for is_free in (False, True):
                for question in questions:
                    if is_free and not question.depends_on_day:
                        continue
                    found = self._ask(question, is_free, until)
                    if found is not None:
                        return found
        except (z3.Z3Exception, AssertionError, RecursionError) as error:
            return Undecided(str(error) or type(error).__name__)
        if any(not question.is_proof for question in questions):
            return Undecided("bounds")
        return Equivalent()

    def _ask(self, question: Question, is_free: bool, until: float) -> Answer | None:
        """The household found, or why nothing is known; None if there is none."""
        for claims in (question.gates, question.parts):
            for size in range(1, LARGEST + 1):
                for claim in claims:
                    left = until - time.monotonic()
                    if left <= 0:
                        return Undecided("time")
                    answer = question.find(claim, size, is_free, left)
                    if isinstance(answer, NotDecided):
                        return Undecided("time" if "timeout" in answer.why or "cancel" in answer.why else answer.why)
                    if isinstance(answer, Witness):
                        return self._replayed(question, answer) or Undecided("replay")
        return None

    def _spans(self) -> Iterator[tuple[date, date]]:
        """From each day on which a figure changes to the last before the next, those with most scenarios first."""
        starts = [edition.on for edition in self.rules.editions]
        spans = list(zip(starts, [*(day - timedelta(days=1) for day in starts[1:]), starts[-1]], strict=True))
        yield from sorted(spans, key=lambda span: -sum(n for day, n in self._busy.items() if span[0] <= day <= span[1]))

    def _days_between(self, mutant: Mutant) -> Iterator[date]:
        """A day on which a figure that begins on another day isn't what it was."""
        when, _, key = mutant.key.rpartition(" ")
        yield min(read_date(when), read_date(shifted(when, key) or when))

    def _question(self, mutant: Mutant, first: date, last: date) -> Question | None:
        busiest = max(
            (day for day in self._busy if first <= day <= last), key=lambda day: (self._busy[day], day), default=first
        )
        stand = self._stand(busiest)
        edit = stand.edition.apply(mutant)
        return None if edit is None else Question(mutant, stand, edit, first, last)

    def _stand(self, on: date) -> Stand:
        if on not in self._stands:
            self._stands[on] = Stand(self.pack, on)
        return self._stands[on]

    def _replayed(self, question: Question, witness: Witness) -> Killer | None:
        """The household decided under both programs; None where they come to the same."""
        household = dict(witness.household)
        area = dict(household.pop("area", {}))
        day = witness.on or question.stand.edition.on
        stand = self._stand(day)
        variation = stand.variation(question.mutant)
        if variation is None:
            return None
        parameters = {key: value for key, value in witness.parameters.items() if key not in question.ungiven}
        settings: dict[str, Any] = {
            "on": day, "parameters": parameters, "readings": witness.readings, "beyond_term": True,
        }  # fmt: skip
        differences: list[Difference] = []
        try:
            decisions = [self.pack.decide({**household, **({"area": area} if area else {})}, **settings)]
            if any(claim.scope == "area" for claim in (*question.gates, *question.parts)):
                decisions.append(self.pack.decide_area(area, **settings))
            for decision in decisions:
                home, changed, _ = variation.rerun(decision)
                for before in results_in(decision):
                    if not stand.parts[name_of(before)].isdisjoint(changed):
                        after = result_again(decision, before, home)
                        if _stands_apart(before, after):
                            differences.append(Difference(decision, before, after))
        except (PolicyError, Unreadable):
            return None
        if not differences:
            return None
        differences.sort(
            key=lambda item: "undetermined" in (item.before.status, item.after.status)
        )  # the clear ones first
        only_area = all(item.before.entity == "area" for item in differences)
        program = stand.evaluator.program
        default = {item.id: choice_options(program, item.default)[0] for item in program.parameters if item.default}
        readings = {key: option for key, option in witness.readings.items() if default[key] != option}
        return Killer(
            day,
            {} if only_area else household,
            area if only_area else area or None,
            parameters,
            readings,
            tuple(differences),
        )


def _stands_apart(before: Result, after: Result) -> bool:
    if before.status != after.status:
        return True
    if isinstance(before, Entitlement) and isinstance(after, Entitlement):
        return before.amount != after.amount
    return any(getattr(before, part) != getattr(after, part) for part in ("gap", "measure", "target"))


class Claim(NamedTuple):
    """That a variable differs, for somebody for whom another (the gate, if there is one) holds."""

    scope: str
    gate: str
    name: str


class Question:
    """A mutant on the days of one span, on which the figures stay the same.

    is_proof: is there no household at all if none is found? Of a bound only the end that the plan states is looked at.
    """

    def __init__(self, mutant: Mutant, stand: Stand, edit: Edit, first: date, last: date) -> None:
        self.mutant, self.stand, self.first, self.last = mutant, stand, first, last
        before, after = stand.evaluator.program, edit.program(stand.evaluator.program)
        self.is_proof = True
        self.ungiven: set[str] = (
            set()
        )  # figures that are free in one of the programs, and stay ungiven in a household found
        for key, parameter in edit.parameters.items():
            old = stand.edition.parameters[key]
            exact = [isinstance(item.value, int) for item in (old, parameter)]
            if parameter.is_reading:
                before, after = pinned(before, key, _end(old)), pinned(after, key, _end(parameter))
            elif not any(exact):
                self.is_proof = False
                before, after = pinned(before, key, _end(old)), pinned(after, key, _end(parameter))
            elif not all(exact):
                self.ungiven.add(key)
        self.before, self.after = before, after
        self.edited = [item for item in before.variables if item.id in edit.formulas]
        reached, weight = stand.reach.get(mutant.target, set()), stand.weight
        ranked = any(isinstance(node, ir.Rank) for item in before.variables for node in ir.walk(item.node))
        self.shown = LARGEST if ranked else 1  # without ranks all members are alike: what one can show, the first can
        every: tuple[ir.Benefit | ir.Indicator, ...] = (*before.benefits, *before.indicators)
        declared = sorted((item for item in every if item.id in reached), key=lambda item: weight[item.id])
        # whether a result applies is asked first: what it comes to can be hard to compute with
        self.gates = [
            Claim(item.scope, gate, gate) for item in declared if (gate := _gate(item)) and self._can_change(gate)
        ]
        self.parts = [
            Claim(item.scope, _gate(item), part)
            for item in declared
            for part in _parts(item)
            if part is not None and self._can_change(part)
        ]

    def _can_change(self, name: str) -> bool:
        return self.mutant.target in self.stand.rests_on(name)

    @cached_property
    def depends_on_day(self) -> bool:
        """Is the day itself asked for, and has it some choice?"""
        return self.first != self.last and any(
            _is_day(node) for item in self.before.variables for node in ir.walk(item.node)
        )

    def members(self, scope: str, size: int) -> Iterable[int | None]:
        """Whose values are compared."""
        return range(min(size, self.shown)) if scope == "person" else (None,)

    def is_settled_at_once(self, until: float) -> bool:
        """Is there no household in which the changed formula itself comes to something else?"""
        if not self.edited or not self.is_proof:
            return False
        for size in range(1, LARGEST + 1):
            one, other = self.worlds(size, self.depends_on_day)
            claims = [
                one.variable(item.id, member) != other.variable(item.id, member)
                for item in self.edited
                for member in self.members(item.scope, size)
            ]
            left = (until - time.monotonic()) / 4
            if left <= 0 or not isinstance(find((one, other), z3.Or(*claims), seconds=left, tidy=False), Impossible):
                return False
        return True

    def find(self, claim: Claim, size: int, is_free: bool, seconds: float) -> FoundOrNot:
        """A household in which a part of a result differs, where the result applies."""
        one, other = self.worlds(size, is_free)
        terms = []
        for member in self.members(claim.scope, size):
            term = one.variable(claim.name, member) != other.variable(claim.name, member)
            if claim.gate and claim.gate != claim.name:
                term = z3.And(one.variable(claim.gate, member), term)
            terms.append(term)
        return find((one, other), z3.Or(*terms), seconds=seconds)

    def worlds(self, size: int, is_free: bool) -> tuple[World, World]:
        """Both programs over one household of a size; is_free: on any day of the span."""
        during = ((self.first, self.last),) if is_free else ()
        return World(self.before, size, during=during), World(self.after, size, during=during)


def _gate(declared: ir.Benefit | ir.Indicator) -> str:
    """The variable that says whether a result applies; none for an indicator that always does."""
    return declared.eligible if isinstance(declared, ir.Benefit) else declared.applies or ""


def _parts(declared: ir.Benefit | ir.Indicator) -> tuple[str | None, ...]:
    if isinstance(declared, ir.Benefit):
        return (declared.amount,)
    return declared.met, declared.measure, declared.target


def _end(parameter: ir.Parameter) -> int:
    """The figure that the plan states: of a bound its end."""
    low, high = ends(parameter.value)
    end = high if parameter.stated == "at most" else low
    assert end is not None, "nothing is stated"
    return end


def pinned(program: ir.Program, key: str, value: int) -> ir.Program:
    """The program with a value in place of a parameter or reading."""
    return _with_leaves(
        program,
        lambda node: isinstance(node, ir.ParameterRef) and node.id == key,
        lambda node: ir.Constant(node.type, value),
    )


def _is_day(node: ir.Node) -> bool:
    return isinstance(node, ir.Constant) and node.name is not None and isinstance(node.type, ir.DateType)


def _with_leaves(program: ir.Program, is_meant: Any, new: Any) -> ir.Program:
    variables = []
    for variable in program.variables:
        node = variable.node
        for path, inner in list(paths(node)):
            if is_meant(inner):
                node = put(node, path, new(inner))
        variables.append(variable if node is variable.node else replace(variable, node=node))
    return replace(program, variables=tuple(variables))
