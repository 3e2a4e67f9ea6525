"""The durable-rules package behind its guards: rules in, firings out, and nothing else of it is used.

The package sees positive patterns over generated names, facts such as `{"id": "7", "f": 1, "p3": "m0"}`, and one session
at a time. docs/decisions/0013-case-sessions.md says why each guard is there.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from policyengine.interpreters.forward_rules import Literal, Rule, Rules

MOST_PATTERNS, MOST_USES, MOST_CONDITIONS = 16, 60, 480  # of a rule; of a predicate in a ruleset; of a ruleset
MOST_RULESETS = 24  # a session takes some 10 KB for each condition: 100 MB
OWN_PATTERNS = 3  # of the rules that every ruleset has: the opening and the sink
LARGEST_ID = 797_185  # decimal ids up to here have been checked for collisions
MOST_MEMBERS = 100
WORDS = ("id", "sid", "$s", "f", "open", "who", "never", "h")  # property names and values that aren't generated
Firing = tuple[Rule, int | None]  # a rule, and the member of whom it fired


class NotInstalled(Exception):
    """The package can't be imported; the argument says why."""


class TooLarge(Exception):
    """The rules don't fit into the package's limits. variable: where; number and limit: how many conditions."""

    def __init__(self, variable: str, number: int, limit: int) -> None:
        self.variable, self.number, self.limit = variable, number, limit
        super().__init__(variable, number, limit)


class EngineFault(RuntimeError):
    """The package didn't do what it was asked to. The session is lost; nothing wrong has been concluded."""


def fnv(text: str) -> int:
    """FNV-1a in 32 bits: by this alone the package tells names, values and ids apart."""
    found = 2166136261
    for byte in text.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found


@dataclass(frozen=True)
class Definitions:
    """Rules in the package's form.

    rulesets: patterns by rule's name, as JSON. names: a literal's predicate. uses: the rulesets that ask for a literal;
    who: those with rules that bind a member by name alone. by_name: the rule and where a firing says whose it is.
    """

    rulesets: tuple[str, ...]
    names: Mapping[Literal, str]
    uses: Mapping[Literal, tuple[int, ...]]
    who: tuple[int, ...]
    by_name: Mapping[str, tuple[int, Rule, tuple[str, str] | None]]


def define(rules: Rules, hashed: Callable[[str], int] = fnv) -> Definitions:
    """Write the rules down, in as many rulesets as the limits ask for. Raises TooLarge."""
    names = _names({literal for rule in rules.rules for literal in rule.body}, hashed)
    rulesets: list[dict[str, Any]] = []
    uses: dict[Literal, dict[int, None]] = {}
    counted: Counter[str] = Counter()
    conditions = MOST_CONDITIONS
    by_name: dict[str, tuple[int, Rule, tuple[str, str] | None]] = {}
    who: dict[int, None] = {}
    for number, rule in enumerate(rules.rules):
        person = rules.statements[rule.head[0]].person
        patterns, whose = _patterns(rule, rules, names, person)
        if len(patterns) > MOST_PATTERNS:
            raise TooLarge(rule.id, len(patterns), MOST_PATTERNS)
        asked = [names[literal] for literal in rule.body] + ["who"] * (len(patterns) - len(rule.body))
        if conditions + len(patterns) > MOST_CONDITIONS or any(counted[name] >= MOST_USES for name in asked):
            rulesets.append({})
            counted.clear()
            conditions = OWN_PATTERNS
            if len(rulesets) > MOST_RULESETS:
                raise TooLarge(rule.id, sum(len(one.body) for one in rules.rules), MOST_RULESETS * MOST_CONDITIONS)
        here = len(rulesets) - 1
        rulesets[here][f"r{number}"] = {"all": patterns, "run": f"r{number}"}
        by_name[f"r{number}"] = (here, rule, whose)
        conditions += len(patterns)
        counted.update(asked)
        for literal in rule.body:
            uses.setdefault(literal, {})[here] = None
        if "who" in asked:
            who[here] = None
    for definition in rulesets:
        definition["opening"] = {"all": [{"o": {"$ex": {"open": 1}}}], "run": "opening"}
        definition["sink"] = {"all": [{"a": {"$ex": {"f": 1}}}, {"b": {"never": 1}}], "run": "sink"}
    return Definitions(
        tuple(map(json.dumps, rulesets)),
        names,
        {literal: tuple(where) for literal, where in uses.items()},
        tuple(who),
        by_name,
    )


def _names(literals: Iterable[Literal], hashed: Callable[[str], int]) -> dict[Literal, str]:
    """A generated name for each literal, none of which the package could take for another."""
    taken = {hashed(word) for word in (*WORDS, *map(_member, range(MOST_MEMBERS)))}
    found, number = {}, 0
    for literal in sorted(literals):
        while hashed(f"p{number}") in taken:
            number += 1
        found[literal] = f"p{number}"
        taken.add(hashed(f"p{number}"))
    return found


def _member(index: int | None) -> str:
    return "h" if index is None else f"m{index}"


def _patterns(
    rule: Rule, rules: Rules, names: Mapping[Literal, str], person: bool
) -> tuple[list[dict[str, Any]], tuple[str, str] | None]:
    """A pattern for each literal, those of members joined; and which fact of a firing, under which name, says whose it is."""
    patterns: list[dict[str, Any]] = []
    whose: tuple[str, str] | None = None
    if person and not any(rules.statements[number].person for number, _ in rule.body):
        patterns.append({"w": {"$ex": {"who": 1}}})
        whose = ("w", "who")
    for index, literal in enumerate(rule.body):
        alias, name = f"x{index}", names[literal]
        if not rules.statements[literal[0]].person:
            patterns.append({alias: {"$ex": {name: 1}}})
        elif whose is None:
            patterns.append({alias: {"$ex": {name: 1}}})
            whose = (alias, name)
        else:
            patterns.append({alias: {name: {whose[0]: whose[1]}}})
    return patterns, whose


@dataclass
class _Live:
    """Is there a session? Known apart from the host, so that it can be deleted after it."""

    session: bool = False


class RuleHost:
    """The rulesets of one program in one thread, with at most one session.

    prove() tells the session that a literal is proved and returns what fired. An error leaves it without a session.
    """

    def __init__(self, definitions: Definitions) -> None:
        self.definitions, self.thread = definitions, threading.get_ident()
        self.closed = False
        self.live = _Live()
        self.error: BaseException | None = None
        self.proved: set[tuple[Literal, int | None]] = set()
        self.fired: list[Firing] = []
        self.waiting: list[tuple[int, dict[str, Any]]] = []
        self.opened = self.last_id = 0
        quiet, engine = _package()
        me = weakref.ref(self)  # the package's host mustn't keep this one alive: its end deletes the rulesets

        def action(name: str) -> Callable[[Any], None]:
            return lambda closure: _act(me, name, closure)

        self.rulesets = [f"s{index}" for index in range(len(definitions.rulesets))]
        made = zip(
            self.rulesets, map(json.loads, definitions.rulesets), strict=True
        )  # the package changes what it is given
        self.host = quiet(dict(made), action)
        handles = [self.host.get_ruleset(name)._handle for name in self.rulesets]
        self._end = weakref.finalize(self, _delete, engine, handles, self.live)
        self._end.atexit = False
        self.start(1)  # a session in which an action has run: only after one is it safe to delete a state
        self.end()

    def __reduce__(self) -> Any:
        raise TypeError("a rule host belongs to its thread: it can't be copied or pickled")

    def start(self, members: int) -> None:
        """Open a session for so many members."""
        self._check()
        if self.live.session:
            raise EngineFault("a session is open already")
        self.proved.clear()
        self.fired, self.waiting, self.error = [], [], None
        self.opened = self.last_id = 0
        self.live.session = True
        for ruleset in range(len(self.rulesets)):
            self.waiting.append((ruleset, self._fact("open", None)))
        for ruleset in self.definitions.who:
            self.waiting += [(ruleset, self._fact("who", index)) for index in range(members)]
        self._assert_waiting()
        if self.opened != len(self.rulesets):
            raise EngineFault("an action didn't run")

    def prove(self, literal: Literal, member: int | None) -> list[Firing]:
        """Add what has been proved; returns the rules that fired, in order, each new head once."""
        self._check()
        if not self.live.session:
            raise EngineFault("no session is open")
        if (literal, member) not in self.proved:
            self.proved.add((literal, member))
            self._spread(literal, member, None, None)
            self._assert_waiting()
        fired, self.fired = self.fired, []
        return fired

    def take_fired(self) -> list[Firing]:
        """What fired when the session was opened."""
        fired, self.fired = self.fired, []
        return fired

    def end(self) -> None:
        """Delete the session, if there is one."""
        self._check()
        if self.live.session:
            self.live.session = False
            for name in self.rulesets:
                self.host.delete_state(name)

    def close(self) -> None:
        """Delete the session and the rulesets. A host can't be used after that."""
        self.closed = True
        self._end()

    # inside

    def _check(self) -> None:
        if self.closed:
            raise EngineFault("the rule host is closed")
        self.require_own_thread()

    def require_own_thread(self) -> None:
        if threading.get_ident() != self.thread:
            raise EngineFault("a case belongs to the thread that opened it")

    def _fact(self, name: str, member: int | None) -> dict[str, Any]:
        self.last_id += 1
        if self.last_id > LARGEST_ID:
            raise EngineFault("too many facts in one session")
        return {"id": str(self.last_id), "f": 1, name: _member(member)}

    def _spread(self, literal: Literal, member: int | None, here: int | None, closure: Any) -> None:
        """Tell every ruleset that asks for a literal; the one whose action is running, at once."""
        for ruleset in self.definitions.uses.get(literal, ()):
            fact = self._fact(self.definitions.names[literal], member)
            if ruleset == here:
                closure.assert_fact(fact)
            else:
                self.waiting.append((ruleset, fact))

    def _assert_waiting(self) -> None:
        """One fact at a time: a batch would hide errors."""
        while self.waiting:
            ruleset, fact = self.waiting.pop(0)
            try:
                state = self.host.assert_fact(self.rulesets[ruleset], fact)
            except BaseException as error:
                self._lose(error)
            if self.error is not None:
                self._lose(self.error)
            if state == 0 or (state and "exception" in state):  # 0: actions took too long, and the rest was dropped
                self._lose(EngineFault(f"the agenda wasn't completed: {state}"))

    def _lose(self, error: BaseException) -> None:
        """Give the session up and say why."""
        self.close()
        raise error

    def act(self, name: str, closure: Any) -> None:
        """What a rule does. It never raises: the package would swallow it."""
        try:
            if name == "opening":
                self.opened += 1
                return
            here, rule, whose = self.definitions.by_name[name]
            member = None if whose is None else int(closure._m[whose[0]][whose[1]][1:])
            if (rule.head, member) not in self.proved:
                self.proved.add((rule.head, member))
                self.fired.append((rule, member))
                self._spread(rule.head, member, here, closure)
        except BaseException as error:
            self.error = self.error or error


def _act(host: weakref.ref[RuleHost], name: str, closure: Any) -> None:
    found = host()
    if found is not None:
        found.act(name, closure)


def _delete(engine: Any, handles: list[int], live: _Live) -> None:
    """The session first: the memory of a state whose ruleset is gone can't be had back."""
    for handle in handles:
        if live.session:
            engine.delete_state(handle, None)
        engine.delete_ruleset(handle)
    live.session = False


@cache
def _package() -> tuple[Any, Any]:
    """A host of the package that starts no threads, and its C module. Raises NotInstalled."""
    try:
        import durable_rules_engine
        from durable.engine import Host
    except ImportError as error:
        raise NotInstalled(str(error)) from None

    class Quiet(Host):  # type: ignore[misc]
        def __init__(self, rulesets: dict[str, Any], action: Callable[[str], Callable[[Any], None]]) -> None:
            self.action = action
            super().__init__(rulesets)

        def _run(self) -> None:
            """The package would start two endless chains of timers here."""

        def get_action(self, name: str) -> Callable[[Any], None]:
            return self.action(name)

        def __reduce__(self) -> Any:
            raise TypeError("a rule host can't be copied or pickled")

    return Quiet, durable_rules_engine
