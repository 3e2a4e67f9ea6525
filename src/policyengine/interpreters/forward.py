"""Conclude while facts arrive: the household evaluator settles atoms, durable-rules draws the conclusions.

An inference holds a household's environments. When a fact is told, whatever looks at it is evaluated again by the
household evaluator's own closures, in order; each atom that this settles is handed to the rules, and each conclusion that
fires is written into the environments, where the next ones look for it. After every fact each condition has the value
that the household evaluator gives it (tests/test_forward.py).
"""

from __future__ import annotations

import heapq
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from policyengine import ir
from policyengine.interpreters.forward_host import Definitions, Firing, RuleHost, define
from policyengine.interpreters.forward_rules import Conditions, Item, Literal, Rules
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import INDEX, MEMBERS, Environment, Evaluate, is_settled
from policyengine.ir import Node

HOSTS_KEPT = 8  # idle ones, in each thread, for each program


@dataclass(frozen=True, slots=True)
class Proved:
    """A condition with its truth, and whose it is: the member's place in order of id, or None."""

    node: Node
    member: int | None
    truth: bool


@dataclass(frozen=True, slots=True)
class Derived:
    """A condition variable that has been concluded. rule: which of its rules fired, from what."""

    variable: str
    member: int | None
    truth: bool
    rule: str
    premises: tuple[Proved, ...]


@dataclass(frozen=True)
class Compiled:
    """The rules for one outcome of the fixed atoms, and what evaluates each item."""

    rules: Rules
    definitions: Definitions
    evaluates: tuple[Evaluate, ...]


class Forward:
    """A program made ready for inferences. Threads may share it: each has hosts of its own."""

    def __init__(self, evaluator: Evaluator, scopes: Iterable[ir.Scope] = ("household", "person")) -> None:
        self.evaluator = evaluator
        self.conditions = Conditions(evaluator.program, scopes)
        self._compiled: dict[tuple[bool | None, ...], Compiled] = {}
        self._own = threading.local()

    def compiled(self, home: Environment) -> Compiled:
        """The rules for a household's figures and readings. Raises TooLarge."""
        figures = list(home)
        for variable in self.conditions.fixed_variables:
            slot = self.evaluator.layout.household[variable.id]
            figures[slot] = self.evaluator.evaluator(variable.node, False)(figures)
        truths = tuple([self.evaluator.evaluator(node, False)(figures) for node in self.conditions.fixed])
        found = self._compiled.get(truths)
        if found is None:
            rules = self.conditions.rules(truths)
            evaluates = tuple(self.evaluator.evaluator(item.node, item.person) for item in rules.items)
            found = self._compiled[truths] = Compiled(rules, define(rules), evaluates)
        return found

    def infer(self, home: Environment) -> Inference:
        """Begin with a household of which nothing has been told but who its members are."""
        return Inference(self, self.compiled(home), home)

    def borrow(self, compiled: Compiled) -> RuleHost:
        idle: OrderedDict[int, RuleHost] = self._own.__dict__.setdefault("idle", OrderedDict())
        for key, host in idle.items():
            if host.definitions is compiled.definitions:
                del idle[key]
                return host
        return RuleHost(compiled.definitions)

    def give_back(self, host: RuleHost) -> None:
        """Keep an idle host for the thread's next case."""
        idle: OrderedDict[int, RuleHost] = self._own.__dict__.setdefault("idle", OrderedDict())
        idle[id(host)] = host
        if len(idle) > HOSTS_KEPT:
            idle.popitem(last=False)[1].close()


class Inference:
    """One household's conclusions, as far as its facts reach. It belongs to the thread that began it; close it."""

    def __init__(self, forward: Forward, compiled: Compiled, home: Environment) -> None:
        self.forward, self.compiled, self.home = forward, compiled, home
        self.members: list[Environment] = sorted(home[MEMBERS], key=lambda member: member[INDEX])
        self.steps: dict[tuple[Literal, int | None], tuple[Proved, ...]] = {}
        self.queue: list[tuple[int, int]] = []  # items to evaluate, and of whom (-1: the household)
        self.queued: set[tuple[int, int]] = set()
        self.host: RuleHost | None = forward.borrow(compiled)
        self.at_first = tuple(self._open(self.host))

    def tell(self, fact: str, member: int | None) -> tuple[Derived, ...]:
        """A fact's slot has been filled in: conclude what follows, in firing order."""
        if self.host is None:
            raise RuntimeError("the inference is closed")
        self._wake(fact, member)
        return tuple(self._settle(self.host))

    def require_own_thread(self) -> None:
        """Raises EngineFault in another thread than the one that began it."""
        if self.host is not None:
            self.host.require_own_thread()

    def close(self) -> None:
        """End the session; the host goes back to the thread's others."""
        host, self.host = self.host, None
        if host is not None and not host.closed:
            if host.thread == threading.get_ident():
                host.end()
                self.forward.give_back(host)
            else:  # forgotten, and swept up by another thread
                host.close()

    def __del__(self) -> None:
        if getattr(self, "host", None) is not None:
            self.close()

    def _open(self, host: RuleHost) -> list[Derived]:
        """Conclude what holds before any fact: by the plan's own figures, by who the members are."""
        found: list[Derived] = []
        rules, variables = self.compiled.rules, self.forward.evaluator.variables
        for name, truth in rules.constants.items():
            for member in range(len(self.members)) if variables[name].scope == "person" else (None,):
                found.append(Derived(name, member, truth, f"{name}={'true' if truth else 'false'}", ()))
                self._write(name, member, truth)
        host.start(len(self.members))
        found += self._conclude(host.take_fired())
        for index, item in enumerate(rules.items):
            self._push(index, item, None, True)
        return found + self._settle(host)

    def _settle(self, host: RuleHost) -> list[Derived]:
        """Evaluate what is queued, and what that reaches, until nothing changes any more."""
        found: list[Derived] = []
        items, evaluates = self.compiled.rules.items, self.compiled.evaluates
        while self.queue:
            key = heapq.heappop(self.queue)
            self.queued.discard(key)
            index, whose = key
            item, member = items[index], None if whose < 0 else whose
            environment = self.home if member is None else self.members[member]
            if item.statement is not None:
                number = item.statement
                if ((number, True), member) in host.proved or ((number, False), member) in host.proved:
                    continue
                truth = evaluates[index](environment)
                if truth is not None:
                    found += self._conclude(host.prove((number, truth), member))
            else:
                slot = self._slot(item.variable, item.person)
                before = environment[slot]
                if before is None or not is_settled(item.node.type, before):
                    environment[slot] = evaluates[index](environment)
                    if environment[slot] != before:
                        self._wake(item.variable, member)
        return found

    def _conclude(self, fired: list[Firing]) -> list[Derived]:
        """Write what fired into the environments, and see who looks at it."""
        found: list[Derived] = []
        statements = self.compiled.rules.statements
        for rule, member in fired:
            number, truth = rule.head
            premises = tuple(self._premises(rule.body, member))
            name = statements[number].variable
            if name is None:
                self.steps[rule.head, member] = premises
                continue
            found.append(Derived(name, member, truth, rule.id, premises))
            self._write(name, member, truth)
            self._wake(name, member)
        return found

    def _premises(self, body: Iterable[Literal], member: int | None) -> Iterable[Proved]:
        """What a rule fired from, a step's own premises in its place."""
        for number, truth in body:
            statement = self.compiled.rules.statements[number]
            whose = member if statement.person else None
            if statement.node is None:
                yield from self.steps[(number, truth), whose]
            else:
                yield Proved(statement.node, whose, truth)

    def _write(self, variable: str, member: int | None, truth: bool) -> None:
        environment = self.home if member is None else self.members[member]
        environment[self._slot(variable, member is not None)] = truth

    def _slot(self, variable: str, person: bool) -> int:
        layout = self.forward.evaluator.layout
        return (layout.person if person else layout.household)[variable]

    def _wake(self, name: str, member: int | None) -> None:
        """Queue whatever looks at a fact or variable."""
        items = self.compiled.rules.items
        for index, everyone in self.compiled.rules.readers.get(name, ()):
            self._push(index, items[index], member, everyone)

    def _push(self, index: int, item: Item, member: int | None, everyone: bool) -> None:
        if not item.person:
            places: Iterable[int] = (-1,)
        elif everyone or member is None:
            places = range(len(self.members))
        else:
            places = (member,)
        for place in places:
            if (index, place) not in self.queued:
                self.queued.add((index, place))
                heapq.heappush(self.queue, (index, place))
