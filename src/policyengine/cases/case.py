"""A case: facts arrive one at a time, and each conclusion is drawn as soon as it is entailed.

Facts are never taken back: a correction, a member who joins and a step undone replay the case from its opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from policyengine import ir
from policyengine.authoring.scenario_words import household_in_english
from policyengine.cases.conclusions import Conclusion, Teller, conclusion, results_of
from policyengine.cases.facts import Stated, narrows, read_fact
from policyengine.cases.file import Event, Joined, NotKnown, Opening, Told, read_case, write_case
from policyengine.cases.questions import Question, count_left, next_question
from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic
from policyengine.given import near, shown
from policyengine.intake import read_household
from policyengine.interpreters.forward import Forward, Inference
from policyengine.interpreters.forward_host import NotInstalled, TooLarge
from policyengine.naming import language_meant
from policyengine.record import _plain as plain
from policyengine.text import Lang

if TYPE_CHECKING:
    from policyengine.packs import Pack

SCOPES: tuple[ir.Scope, ...] = ("household", "person")


class Case:
    """One household's facts so far, and what they entail. Made by `Pack.open_case`; close it, or use it in a `with`.

    A case belongs to the thread that opened it. It can't be copied or pickled: `to_json` saves it.
    """

    def __init__(self, pack: Pack, opening: Opening, events: Iterable[Event]) -> None:
        self.pack, self.opening = pack, opening
        self._ready = pack._on(opening.on)
        self._settings = self._ready.settings(opening.parameters, opening.readings)
        self._facts = {fact.id: fact for fact in self._ready.program.facts}
        self._results = results_of(self._ready.program)
        self._inference: Inference | None = None
        self._events: tuple[Event, ...] = ()
        self._past: list[tuple[Event, ...]] = []
        self._stated: dict[tuple[str, str], Stated] = {}
        self._found: list[Conclusion] = []
        self._decided: tuple[tuple[Event, ...], Decision] | None = None
        self._closed = False
        self._replay(tuple(events))

    # facts

    def tell(self, fact: str, value: Any, member: str | None = None) -> tuple[Conclusion, ...]:
        """Add a fact; returns what it entails, in firing order.

        fact: its id or label. value: as `Pack.decide` takes it; "unknown" is `dont_know`. member: whose fact it is, by id
        or name; None for the household's and the area's. A fact told before may be told again more closely. Raises
        PolicyError with everything that is wrong, and then nothing has changed.
        """
        told, stated = self._read(fact, value, member)
        if stated is None:
            return self.dont_know(fact, member)
        before = self._stated.get((told.fact, told.entity))
        if before is not None:
            if before == stated:
                return ()
            if not narrows(self._facts[told.fact].type, before, stated):
                raise PolicyError([diagnostic("told-already", path=self._path(told), fact=fact)])
        start = len(self._current()._found)
        kept = tuple(item for item in self._events if item != NotKnown(told.fact, told.entity))
        self._note((*kept, told))
        try:
            self._apply(told, stated)
        except BaseException:
            self._events = self._past.pop()
            self._stop()
            raise
        return tuple(self._found[start:])

    def dont_know(self, fact: str, member: str | None = None) -> tuple[Conclusion, ...]:
        """Note that nobody knows a fact, so that it isn't asked again. It can still be told later; nothing follows."""
        told, _ = self._read(fact, None, member)
        if (told.fact, told.entity) in self._stated:
            raise PolicyError([diagnostic("told-already", path=self._path(told), fact=fact)])
        event = NotKnown(told.fact, told.entity)
        if event not in self._events:
            self._note((*self._events, event))
        return ()

    def correct(self, fact: str, value: Any, member: str | None = None) -> tuple[Conclusion, ...]:
        """Replace a fact ("unknown" takes it back) and replay the case; returns what is concluded now and wasn't before.

        What was concluded and no longer is, is gone from `conclusions`.
        """
        told, stated = self._read(fact, value, member)
        same = [
            index
            for index, item in enumerate(self._events)
            if not isinstance(item, Joined) and (item.fact, item.entity) == (told.fact, told.entity)
        ]
        events: list[Event] = [item for index, item in enumerate(self._events) if index not in same]
        if stated is not None:
            events.insert(same[0] if same else len(events), told)
        return self._again(tuple(events))

    def add_member(self, id: str, name: str = "") -> tuple[Conclusion, ...]:
        """Add a member and replay the case: what holds of some, of all and of how many changes with who they are.

        Returns what is concluded now and wasn't before.
        """
        return self._again((*self._events, Joined(id, name)))

    def undo(self) -> bool:
        """Take back the last step (a fact, a don't-know, a correction, a member); False when there is none."""
        self._current()
        if not self._past:
            return False
        self._replay(self._past[-1])
        self._past.pop()
        return True

    # what is known

    @property
    def conclusions(self) -> tuple[Conclusion, ...]:
        """All that is concluded so far, in firing order."""
        return tuple(self._current()._found)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every step so far: who joined, what was told, what nobody knows."""
        return self._events

    @property
    def members(self) -> tuple[str, ...]:
        """The members' ids in the order in which they joined."""
        return tuple(item.id for item in self._events if isinstance(item, Joined))

    @property
    def names(self) -> dict[str, str]:
        """The members' names by id, of those who have one."""
        return {item.id: item.name for item in self._events if isinstance(item, Joined) and item.name}

    @property
    def household(self) -> dict[str, Any]:
        """The facts so far as `Pack.decide` takes them."""
        rows: dict[str, dict[str, Any]] = {"household": {}, "area": {}}
        for item in self._events:
            if isinstance(item, Joined):
                rows[item.id] = {"id": item.id} | ({"name": item.name} if item.name else {})
        for item in self._events:
            if isinstance(item, Told):
                rows[item.entity][item.fact] = item.value
        named = {"household": self.opening.name} if self.opening.name else {}
        area = {"area": rows["area"]} if rows["area"] else {}
        return {**named, **rows["household"], **area, "members": [rows[key] for key in self.members]}

    def decision(self) -> Decision:
        """What the household evaluator decides on the facts so far. Raises PolicyError while there is no member."""
        if self._decided is not None and self._decided[0] is self._events:
            return self._decided[1]
        opening = self.opening
        decision = self.pack._decide(
            self.household, opening.on, opening.parameters, opening.readings, opening.beyond_term, SCOPES
        )
        self._require_agreement(decision)
        self._decided = self._events, decision
        return decision

    def next_question(self) -> Question | None:
        """The missing fact that can settle most of what is still open; None when none that can be asked matters."""
        return next_question(self.decision(), self._answered(), self._definitions()) if self.members else None

    def questions_left(self) -> int:
        """How many questions can follow at most, whatever the answers are."""
        return count_left(self.decision(), self._answered()) if self.members else 0

    def told(self, item: Conclusion, lang: Lang | None = None) -> str:
        """A conclusion in words: `张三 享受医疗救助`."""
        return self._teller(lang).told(item)

    def because(self, item: Conclusion, lang: Lang | None = None) -> str:
        """What a conclusion was drawn from, in words."""
        return self._teller(lang).because(item)

    def fact_id(self, name: str, member: str | None = None) -> str | None:
        """The id of the fact that `tell` takes by this name; None where it takes none."""
        forms = self._ready.forms
        entity = self._entity(name, member)
        entry = {"area": forms.area, "household": forms.household}.get(entity, forms.person).get(name)
        return None if entry is None else entry.id

    # keeping

    def to_json(self) -> str:
        """The case as JSON: its opening and every step. `Case.from_json` opens it again."""
        return write_case(self)

    @staticmethod
    def from_json(text: str | bytes, *, pack: Pack | None = None) -> Case:
        """Open a saved case. pack: by default the shipped one that it names, with its reforms and supplements.

        Raises PolicyError if it isn't a saved case, or if the pack says something else than when it was saved.
        """
        opened, opening, events = read_case(text, pack)
        return Case(opened, opening, events)

    def close(self) -> None:
        """End the case; it can still be saved."""
        self._closed = True
        self._stop()

    def __enter__(self) -> Case:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        raise TypeError("a case can't be copied or pickled: save it with to_json()")

    def __repr__(self) -> str:
        facts = sum(isinstance(item, Told) for item in self._events)
        return f"Case({self.pack.id!r}: {len(self.members)} members, {facts} facts, {len(self._found)} conclusions)"

    # inside

    def _read(self, fact: str, value: Any, member: str | None) -> tuple[Told, Stated | None]:
        """The fact by its id, and what the value says; None where it says that it isn't known."""
        entity = self._entity(fact, member)
        try:
            name, stated = read_fact(self._ready, fact, value, entity)
        except PolicyError as error:
            path = fact if member is None else f"{member}.{fact}"
            raise PolicyError([replace(item, path=path) for item in error.diagnostics]) from None
        return Told(name, entity, plain(value)), stated

    def _entity(self, fact: str, member: str | None) -> str:
        if member is None:
            return "area" if fact in self._ready.forms.area else "household"
        names = {name: key for key, name in self.names.items() if list(self.names.values()).count(name) == 1}
        key = member if member in self.members else names.get(member)
        if key is None:
            known = (*self.members, *names)
            raise PolicyError(
                [diagnostic("unknown-member", path=fact, id=shown(member), hint=near(str(member), known))]
            )
        return key

    def _path(self, told: Told) -> str:
        return told.fact if told.entity in ("household", "area") else f"{told.entity}.{told.fact}"

    def _note(self, events: tuple[Event, ...]) -> None:
        self._current()
        self._past.append(self._events)
        self._events = events

    def _again(self, events: tuple[Event, ...]) -> tuple[Conclusion, ...]:
        """Replay with other events; what is concluded now and wasn't before."""
        before = {(item.variable, item.member, item.truth) for item in self._current()._found}
        past = self._events
        self._replay(events)
        self._past.append(past)
        return tuple(item for item in self._found if (item.variable, item.member, item.truth) not in before)

    def _current(self) -> Case:
        """The case with its inference, begun again if a fault has ended it."""
        if self._closed:
            raise PolicyError([diagnostic("case-closed")])
        if self._inference is not None:
            self._inference.require_own_thread()
        elif self.members:
            self._replay(self._events)
        return self

    def _replay(self, events: tuple[Event, ...]) -> None:
        """Begin again with these events. If one of them is wrong, nothing has changed."""
        if self._closed:
            raise PolicyError([diagnostic("case-closed")])
        before = self._events, self._stated, self._found
        self._stop()
        self._events, self._stated, self._found = events, {}, []
        try:
            self._begin()
            for item in events:
                if isinstance(item, Told):
                    member = None if item.entity in ("household", "area") else item.entity
                    self._apply(item, self._read(item.fact, item.value, member)[1])
        except BaseException:
            self._stop()
            self._events, self._stated, self._found = before
            raise

    def _begin(self) -> None:
        ids = self._ids = tuple(sorted(self.members))
        if not ids:
            return
        evaluator = self._ready.evaluator
        rows = {"members": [{"id": key} for key in self.members]}
        home = read_household(self._ready.program, evaluator.layout, self._ready.forms, rows).environment
        for slot, value in self._settings.slots:
            home[slot] = value
        try:
            forward = evaluator.kept.get("forward")
            if forward is None:
                forward = evaluator.kept["forward"] = Forward(evaluator, SCOPES)
            self._inference = forward.infer(home)
        except NotInstalled as error:
            raise PolicyError([diagnostic("forward-not-installed", reason=str(error))]) from None
        except TooLarge as error:
            raise PolicyError([self._too_large(error)]) from None
        self._found += [conclusion(item, ids, self._results) for item in self._inference.at_first]

    def _too_large(self, error: TooLarge) -> Any:
        name = error.variable.partition("=")[0]
        place = self._ready.evaluator.variables[name].place
        return diagnostic("case-too-large", place, name=name, number=str(error.number), limit=str(error.limit))

    def _apply(self, told: Told, stated: Stated | None) -> None:
        """Fill in a fact's slot, and conclude."""
        assert stated is not None
        self._stated[told.fact, told.entity] = stated
        inference = self._inference
        if inference is None:
            return
        person = told.entity not in ("household", "area")
        index = self._ids.index(told.entity) if person else None
        layout = self._ready.evaluator.layout
        environment = inference.home if index is None else inference.members[index]
        environment[(layout.person if person else layout.household)[told.fact]] = stated.value
        if told.fact in layout.absent:
            environment[layout.absent[told.fact]] = stated.exists
        derived = inference.tell(told.fact, index)
        self._found += [conclusion(item, self._ids, self._results) for item in derived]

    def _stop(self) -> None:
        inference, self._inference = self._inference, None
        if inference is not None:
            inference.close()

    def _answered(self) -> frozenset[tuple[str, str]]:
        return frozenset((item.fact, item.entity) for item in self._events if not isinstance(item, Joined))

    def _definitions(self) -> Mapping[str, Any]:
        shapes = self.pack.policy.facts
        return {key: shape.definition.text for key, shape in shapes.items() if shape.definition is not None}

    def _teller(self, lang: Lang | None) -> Teller:
        inference = self._current()._inference
        assert inference is not None, "without members nothing is concluded"
        given = self._settings.parameters
        return Teller(self._ready.evaluator, inference.home, self._ids, self.names, given, language_meant(lang))

    def _require_agreement(self, decision: Decision) -> None:
        """The rules and the household evaluator must have come to the same; anything else is a defect of ours."""
        inference = self._current()._inference
        assert inference is not None, "a decision has members"
        layout = self._ready.evaluator.layout
        for variable in inference.compiled.rules.variables:
            if variable.scope == "person":
                slot, pairs = layout.person[variable.id], zip(self._ids, inference.members, strict=True)
                agree = all(decision._household.by_id[key][slot] is member[slot] for key, member in pairs)
            else:
                slot = layout.household[variable.id]
                agree = decision._household.environment[slot] is inference.home[slot]
            if not agree:
                raise RuntimeError(f"the rules and the household evaluator disagree on `{variable.id}`")


def open_case(
    pack: Pack,
    on: date,
    members: Iterable[str | Mapping[str, Any]] | str | Mapping[str, Any],
    parameters: Mapping[str, Any],
    readings: Mapping[str, Any],
    name: str,
    beyond_term: bool,
) -> Case:
    every = [members] if isinstance(members, str | Mapping) else list(members)
    rows = household_in_english({"members": every})["members"]
    joined = [
        Joined(str(item.get("id", "")), str(item.get("name") or "")) if isinstance(item, Mapping) else Joined(str(item))
        for item in rows
    ]
    pack.day_in_term(on, beyond_term)
    return Case(pack, Opening(on, dict(parameters), dict(readings), name, beyond_term), joined)
