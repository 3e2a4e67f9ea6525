"""Try mutants on a pack's scenarios: which do they notice? Only what rests on the change is computed again.

A scenario is decided once. For a mutant the changed formula is run again in its environments, then whatever asks for a
value that has changed; where no result that the scenario speaks of differs, the mutant goes unnoticed by it. Otherwise, and
where the scenario also speaks of what is missing, assumed or explained, its expectations are compared in full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from policyengine import ir
from policyengine.authoring.scenario_schema import ScenarioShape
from policyengine.decision import Decision
from policyengine.errors import PolicyError
from policyengine.given import Unreadable, parameter_value
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import HOUSEHOLD, MEMBERS, Environment, is_settled
from policyengine.ir import Node
from policyengine.packs import Pack
from policyengine.results import Entitlement, IndicatorResult, entitlement_of, readings_of
from policyengine.testing.mutation.mutants import Edit, Edition, Mutant, inputs, results_of
from policyengine.testing.scenarios import PLAIN, Outcome, Run, Variant, run_scenario, variant_key

Result = Entitlement | IndicatorResult
PARTS = ("status", "amount", "gap", "measure", "target")


class Refused(Exception):
    """A formula can't be computed: the compiler would have refused the mutant."""


@dataclass(frozen=True)
class Expected:
    """A result that a scenario speaks of, the decision it is from, and which parts of it are expected."""

    decision: Decision
    result: Result
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """A scenario as it is without any change.

    asks: what it expects of results. concerns: ids of the results on which its expectations rest. speaks_of_more: what is
    missing, assumed or explained as well. readings: those that it says are assumed. explains: it speaks of explanations.
    """

    scenario: ScenarioShape
    name: str
    decisions: Mapping[str, Decision]
    asks: tuple[Expected, ...]
    concerns: frozenset[str]
    speaks_of_more: bool
    readings: frozenset[str]
    explains: bool


class Stand:
    """An edition of the pack with the scenarios that are decided by it."""

    def __init__(self, pack: Pack, on: date) -> None:
        self.pack = pack
        self.edition = Edition(pack, on)
        self.evaluator: Evaluator = self.edition.ready.evaluator
        program = self.evaluator.program
        self.inputs = {item.id: inputs(item.node) for item in program.variables}
        self.reach = results_of(program)
        self.parts = _parts(program)
        self.weight = Counter(name for results in self.reach.values() for name in results)  # how much a result rests on
        self.tried: list[Tried] = []
        self._below: dict[str, frozenset[str]] = {}
        self._kept: list[Edit] = []  # closures are kept by node identity: what has been compiled must live on

    def rests_on(self, name: str) -> frozenset[str]:
        """The variables and parameters on which a variable rests, itself among them."""
        if name not in self._below:
            below = (self.rests_on(each) for each in self.inputs.get(name, frozenset()))
            self._below[name] = frozenset({name}).union(*below)
        return self._below[name]

    def variation(self, mutant: Mutant) -> Variation | None:
        """The stand under a mutant; None where the mutant changes nothing here."""
        edit = self.edition.apply(mutant)
        if edit is None:
            return None
        self._kept.append(edit)
        return Variation(self, edit, self.reach.get(mutant.target, set()))


def noticed_by(mutant: Mutant, stands: list[Stand]) -> Tried | None:
    """The first scenario that fails under a mutant, those first that speak of values alone. Raises Refused."""
    variations = [found for stand in stands if (found := stand.variation(mutant)) is not None]
    try:
        for more in (False, True):
            for variation in variations:
                for tried in variation.stand.tried:
                    if tried.speaks_of_more is more and variation.reaches(tried) and variation.fails(tried):
                        return tried
    except (AssertionError, ZeroDivisionError):
        raise Refused from None
    return None


def _parts(program: ir.Program) -> dict[str, frozenset[str]]:
    """By benefit or indicator: the variables that its result is read from."""
    found = {item.id: frozenset(filter(None, (item.eligible, item.amount))) for item in program.benefits}
    for item in program.indicators:
        found[item.id] = frozenset(filter(None, (item.met, item.applies, item.measure, item.target)))
    return found


class Variation:
    """A stand under one edit. reached: the results that can change by it."""

    def __init__(self, stand: Stand, edit: Edit, reached: set[str]) -> None:
        self.stand, self.edit, self.reached = stand, edit, reached
        self._evaluator: Evaluator | None = None

    def reaches(self, tried: Tried) -> bool:
        return not tried.concerns.isdisjoint(self.reached)

    def fails(self, tried: Tried) -> bool:
        """Does a scenario notice the edit?"""
        again: dict[str, Environment] = {}
        changed: dict[int, set[str]] = {}
        is_open = False
        for whose, decision in tried.decisions.items():
            try:
                home, different, open_here = self.rerun(decision)
            except Unreadable:  # a figure that the scenario gives isn't allowed any more
                return True
            again[whose], changed[id(decision)] = home, different
            is_open = is_open or open_here
        homes = {id(decision): again[whose] for whose, decision in tried.decisions.items()}
        if any(self.differs(item, homes[id(item.decision)], changed[id(item.decision)]) for item in tried.asks):
            return True
        if not tried.speaks_of_more or not (tried.explains or tried.readings or is_open or any(changed.values())):
            return False
        evaluator = self.evaluator(tried)
        decisions = {whose: redecided(decision, evaluator, again[whose]) for whose, decision in tried.decisions.items()}
        try:
            return not Run(self.stand.pack, tried.scenario, decisions).holds()
        except PolicyError:
            return True

    def evaluator(self, tried: Tried) -> Evaluator:
        """Of the changed program, in the same environments, with only those results and readings that are asked for."""
        if self._evaluator is None:
            program = self.edit.program(self.stand.evaluator.program)
            self._evaluator = Evaluator(program, self.stand.evaluator.layout)
        if tried.explains:
            return self._evaluator
        program, limited = self._evaluator.program, copy(self._evaluator)
        limited.kept = {"readings": {key: item for key, item in readings_of(program).items() if key in tried.readings}}
        if not tried.readings:
            asked = tried.concerns
            limited.program = replace(
                program, indicators=tuple(item for item in program.indicators if item.id in asked)
            )
            limited.benefits = {
                scope: [item for item in items if item[0].id in asked] for scope, items in limited.benefits.items()
            }
        return limited

    def rerun(self, decision: Decision) -> tuple[Environment, set[str], bool]:
        """A household's environment under the edit, the ids of what has changed, and whether the changed formula's own
        value is open somewhere. Raises Unreadable where a figure that the caller gave isn't allowed any more."""
        stand, edit = self.stand, self.edit
        evaluator, layout = stand.evaluator, stand.evaluator.layout
        home = copied(decision._household.environment)
        changed: set[str] = set()
        is_open = False
        for key, parameter in edit.parameters.items():
            given = decision.readings if parameter.is_reading else decision.parameters
            value = parameter.value
            if key in given:
                if parameter.is_reading:
                    continue
                value = parameter_value(parameter, given[key])[0]
            if home[layout.household[key]] != value:
                home[layout.household[key]] = value
                changed.add(key)
        waiting = set(edit.formulas)
        for variable, (slot, person, _) in zip(evaluator.program.variables, evaluator.steps, strict=True):
            is_edited = variable.id in waiting
            if not is_edited and (not changed or stand.inputs[variable.id].isdisjoint(changed)):
                continue
            node: Node = edit.formulas[variable.id] if is_edited else variable.node
            evaluate = evaluator.evaluator(node, person)
            for place in home[MEMBERS] if person else (home,):
                value = evaluate(place)
                if is_edited and not is_settled(variable.type, value):
                    is_open = True
                if value is not place[slot] and value != place[slot]:
                    place[slot] = value
                    changed.add(variable.id)
            if is_edited:
                waiting.discard(variable.id)
            if not changed and not waiting:
                break
        return home, changed, is_open

    def differs(self, expected: Expected, home: Environment, changed: set[str]) -> bool:
        """Has a part of a result that is expected changed?"""
        before = expected.result
        if self.stand.parts[name_of(before)].isdisjoint(changed):
            return False
        after = result_again(expected.decision, before, home)
        return any(getattr(before, part, None) != getattr(after, part, None) for part in expected.parts)


def name_of(result: Result) -> str:
    return result.benefit if isinstance(result, Entitlement) else result.indicator


def copied(home: Environment) -> Environment:
    again = home.copy()
    again[MEMBERS] = [member.copy() for member in home[MEMBERS]]
    for member in again[MEMBERS]:
        member[HOUSEHOLD] = again
    return again


def result_again(decision: Decision, item: Result, home: Environment) -> Result:
    """A result as it is in another environment of the same household."""
    layout, household = decision._evaluator.layout, decision._household
    person = item.declaration.scope == "person"
    place = home[MEMBERS][household.member_ids.index(item.entity)] if person else home
    slots = layout.person if person else layout.household
    if isinstance(item, Entitlement):
        declared = item.declaration
        value = None if declared.amount is None else place[slots[declared.amount]]
        return entitlement_of(declared, item.entity, place[slots[declared.eligible]], value)
    return decision.indicator_of(item.declaration, item.entity, place, slots)


def redecided(decision: Decision, evaluator: Evaluator, home: Environment) -> Decision:
    """The decision in another environment of the same household."""
    household = decision._household
    members = dict(zip(household.member_ids, home[MEMBERS], strict=True))
    return Decision(
        evaluator,
        replace(household, environment=home, by_id=members),
        decision.parameters,
        decision.readings,
        decision._scopes,
        decision.sources,
    )


def stands_of(pack: Pack, outcomes: Iterator[tuple[ScenarioShape, Pack, Outcome]]) -> list[Stand]:
    """The scenarios that pass, each in its stand: the pack as changed for it, on its date."""
    stands: dict[tuple[int, date], Stand] = {}
    for scenario, changed, outcome in outcomes:
        decisions = {"area" if item._scopes == ("area",) else "household": item for item in outcome.decisions}
        on = outcome.decisions[0].on
        stand = stands.get((id(changed), on))
        if stand is None:
            stand = stands[id(changed), on] = Stand(changed, on)
        stand.tried.append(_tried(scenario, outcome, decisions, stand))
    return list(stands.values())


def _tried(scenario: ScenarioShape, outcome: Outcome, decisions: dict[str, Decision], stand: Stand) -> Tried:
    asks, more, explains = list[Expected](), False, False
    concerns: set[str] = set()
    readings: set[str] = set()
    run = Run(stand.pack, scenario, decisions)
    for decision, result, wanted in run.asked():
        asks.append(Expected(decision, result, tuple(part for part in PARTS if part in wanted)))
        concerns.add(name_of(result))
        more = more or bool(wanted - {*PARTS})
        explains = explains or "explains" in wanted
    for kind, texts in run.listed():
        more = True
        match kind:
            case "missing" | "not missing":
                if not asks:
                    concerns |= set(stand.parts)
            case "assumes":
                for item in stand.edition.program.parameters:
                    if {item.id, item.label.zh, item.label.en} & set(texts):
                        readings.add(item.id)
                        concerns |= stand.reach.get(item.id, set())
            case _:
                explains = True
                concerns |= _told(texts, decisions) or set(stand.parts)
    return Tried(
        scenario, outcome.name, decisions, tuple(asks), frozenset(concerns), more, frozenset(readings), explains
    )


def _told(fragments: Iterable[Any], decisions: Mapping[str, Decision]) -> set[str]:
    """The results in whose own explanation a fragment stands; none if one of the fragments stands in no such."""
    found: set[str] = set()
    for fragment in fragments:
        here = {
            name_of(item)
            for decision in decisions.values()
            for item in results_in(decision)
            if str(fragment) in str(decision.explain("zh", benefit=name_of(item), member=_member(item)))
        }
        if not here:
            return set()
        found |= here
    return found


def results_in(decision: Decision) -> tuple[Result, ...]:
    return (*decision.entitlements, *decision.indicators)


def _member(item: Result) -> str | None:
    return None if item.entity in ("household", "area") else item.entity


def run_all(pack: Pack) -> Iterator[tuple[ScenarioShape, Pack, Outcome]]:
    """Every scenario of a pack as it comes out, with the pack as changed for it."""
    variants: dict[Variant, Pack] = {PLAIN: pack}
    for scenario in pack.policy.scenarios():
        outcome = run_scenario(pack, scenario, variants)
        yield scenario, variants.get(variant_key(pack, scenario), pack), outcome
