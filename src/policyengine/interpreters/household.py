"""Decide one household: the definition of what a program means, whatever is missing.

A program is compiled once into closures over environments (closures.py, layout.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from policyengine import ir
from policyengine.interpreters.closures import compile_node, getter, outer
from policyengine.interpreters.layout import MEMBERS, Environment, Evaluate, Layout, lay_out, unknown
from policyengine.ir import ChoiceType, Node

MANY = 50  # runs after which it pays to have the whole program as one function


class Unsure(Exception):
    """What a variable would come to takes a closure, which needs an environment of its own."""


Step = tuple[int, bool, Evaluate]  # a variable's slot, whether it is a person's, and its closure
Outcome = tuple[str, int | None, int | None]  # a result, the slot of whether it applies, the slot of what it comes to


@dataclass(frozen=True)
class Reach:
    """What a reading can change: the variables that rest on it, in order, and the results by scope.

    others: its options besides the default.
    """

    reading: str
    slot: int
    others: tuple[int, ...]
    variables: tuple[ir.Variable, ...]
    outcomes: dict[str, list[Outcome]]


class Evaluator:
    """A program made ready to run. It holds no state of any household, so threads may share it."""

    def __init__(self, program: ir.Program, layout: Layout | None = None) -> None:
        """layout: of another program whose environments this one shall run in; it declares no less than this one."""
        self.program = program
        self.layout = lay_out(program) if layout is None else layout
        # closures are kept by node identity, so every node asked for must live as long as the evaluator: these do, and
        # so does all that hangs on the program
        self.kept: dict[str, Any] = {}  # what others keep beside the program, by their own keys
        self.references = {item.id: ir.VariableRef(item.type, item.id, item.scope) for item in program.variables}
        self._compiled: dict[tuple[int, bool], Evaluate] = {}
        self.steps: list[Step] = [
            (
                (self.layout.person if variable.scope == "person" else self.layout.household)[variable.id],
                variable.scope == "person",
                self.evaluator(variable.node, variable.scope == "person"),
            )
            for variable in program.variables
        ]
        # by scope: each benefit with the slots of its eligibility and amount; every result
        self.benefits: dict[str, list[tuple[ir.Benefit, int, int | None]]] = {}
        self.outcomes: dict[str, list[Outcome]] = {}
        for scope in ("area", "household", "person"):
            slots = self.layout.person if scope == "person" else self.layout.household
            self.benefits[scope] = [
                (item, slots[item.eligible], None if item.amount is None else slots[item.amount])
                for item in program.benefits
                if item.scope == scope
            ]
            self.outcomes[scope] = [(item.id, eligible, amount) for item, eligible, amount in self.benefits[scope]] + [
                (item.id, None if item.applies is None else slots[item.applies], slots[item.met])
                for item in program.indicators
                if item.scope == scope
            ]
        self._reaches: dict[str, Reach] = {}
        self._mattering: dict[str, Any] = {}
        self._reruns: dict[str, Callable[[Environment], None]] = {}
        self.variables = {variable.id: variable for variable in program.variables}
        self.builders: dict[tuple[int, bool], Any] = {}  # the closures that give reasons, kept by explanation.py
        self._runs = 0
        self._straight: Callable[[Environment], None] | None = None

    def run(self, home: Environment) -> None:
        """Fill in every variable of an environment whose facts and parameters are set."""
        if self._straight is not None:
            self._straight(home)
            return
        self.run_closures(home)
        self._runs += 1
        if self._runs >= MANY:
            from policyengine.interpreters.straight import straight

            self._straight = straight(self)

    def run_closures(self, home: Environment) -> None:
        """Fill in every variable, node by node: what `run` means."""
        members = home[MEMBERS]
        for slot, per_person, evaluate in self.steps:
            if per_person:
                for member in members:
                    member[slot] = evaluate(member)
            else:
                home[slot] = evaluate(home)

    def rerun(self, reach: Reach, home: Environment) -> None:
        """Fill in again what rests on a reading that has been set to another option."""
        run = self._reruns.get(reach.reading)
        if run is None and self._straight is not None:
            from policyengine.interpreters.straight import straight

            run = self._reruns[reach.reading] = straight(self, reach.variables)
        if run is not None:
            run(home)
            return
        for variable in reach.variables:
            evaluate, person = self.evaluator(variable.node, variable.scope == "person"), variable.scope == "person"
            slot = (self.layout.person if person else self.layout.household)[variable.id]
            for place in home[MEMBERS] if person else (home,):
                place[slot] = evaluate(place)

    def matters(self, reach: Reach, home: Environment, ids: Sequence[str], shown: Set[tuple[str, str]]) -> bool | None:
        """Would one of some results change if a reading had another option? None where only trying it can tell."""
        matters = self._mattering.get(reach.reading)
        if matters is None:
            if self._straight is None or reach.reading in self._mattering:
                return None
            from policyengine.interpreters.readings import mattering

            matters = self._mattering[reach.reading] = mattering(self, reach)
            return self.matters(reach, home, ids, shown)
        try:
            for option in reach.others:
                if matters(home, option, ids, shown):
                    return True
        except Unsure:
            return None
        return False

    def reach(self, reading: ir.Parameter) -> Reach:
        """What another option of a reading can change."""
        if reading.id not in self._reaches:
            reached, variables = {reading.id}, []
            home_slots: set[int] = set()
            member_slots: set[int] = set()
            for variable, (slot, person, _) in zip(self.program.variables, self.steps, strict=True):
                below = ir.walk(variable.node)
                if any(isinstance(node, ir.ParameterRef | ir.VariableRef) and node.id in reached for node in below):
                    reached.add(variable.id)
                    variables.append(variable)
                    (member_slots if person else home_slots).add(slot)
            outcomes = {
                scope: [
                    item
                    for item in every
                    if not (member_slots if scope == "person" else home_slots).isdisjoint(item[1:])
                ]
                for scope, every in self.outcomes.items()
            }
            assert isinstance(reading.type, ChoiceType)
            bits = (1 << self.program.options.index(option) for option in reading.type.options)
            others = tuple(bit for bit in bits if bit != reading.default)
            self._reaches[reading.id] = Reach(
                reading.id,
                self.layout.household[reading.id],
                others,
                tuple(variables),
                outcomes,
            )
        return self._reaches[reading.id]

    def evaluator(self, node: Node, person: bool) -> Evaluate:
        """The closure of a node in a member's (person) or the household's environment."""
        key = (id(node), person)
        if key not in self._compiled:
            self._compiled[key] = compile_node(node, person, self)
        return self._compiled[key]

    def slot(self, name: str, person: bool) -> Evaluate:
        """Read a fact, parameter or variable by id."""
        if person and name in self.layout.person:
            return getter(self.layout.person[name])
        place = self.layout.household[name]
        return outer(place) if person else getter(place)


def never_holds(program: ir.Program, condition: str, pinned: dict[Node, int] | None = None) -> bool:
    """Is a condition false whatever the facts are, as far as that shows without any of them?

    Tried with households of several sizes, since only the size of a household that one is shown is unknown.
    pinned: variables that are taken to have a value, by the reference to them (an option of a choice, say).
    """
    evaluator = Evaluator(program)
    return all(_is_false(evaluator, condition, pinned or {}, size) for size in (1, 2, 3, 5, 12))


def _is_false(evaluator: Evaluator, condition: str, pinned: dict[Node, int], size: int) -> bool:
    program, layout = evaluator.program, evaluator.layout
    home = list(layout.household_blank)
    for parameter in program.parameters:
        home[layout.household[parameter.id]] = unknown(parameter.type, parameter.allowed)
    home[MEMBERS] = [[home, index, *layout.person_blank[2:]] for index in range(size)]
    fixed = {reference.id: value for reference, value in pinned.items() if isinstance(reference, ir.VariableRef)}
    for fact, value in pinned.items():
        if isinstance(fact, ir.FactRef):
            slots = layout.person if fact.scope == "person" else layout.household
            for environment in home[MEMBERS] if fact.scope == "person" else [home]:
                environment[slots[fact.id]] = value
    for variable, (slot, per_person, evaluate) in zip(program.variables, evaluator.steps, strict=True):
        for environment in home[MEMBERS] if per_person else [home]:
            environment[slot] = fixed[variable.id] if variable.id in fixed else evaluate(environment)
    if condition in layout.person:
        return home[MEMBERS][0][layout.person[condition]] is False
    return home[layout.household[condition]] is False
