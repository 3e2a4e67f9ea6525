"""A program made ready to decide households: compiled for one date, and remembering what it has read before."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.compiler import compile_pack
from policyengine.decision import Decision
from policyengine.intake import prepare, read_household, set_parameters
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import Environment
from policyengine.keeping import kept
from policyengine.plain import PlainRows, Shape
from policyengine.values import Value

SETTINGS_KEPT = 256
OFTEN = 200  # households of one shape after which a function for them pays
RUNS_KEPT, SHAPES_COUNTED = 16, 1000  # for each caller's figures
LARGEST = 20_000  # nodes of a program for which such functions are written


Run = Callable[[Environment], None]


@dataclass(frozen=True)
class Settings:
    """A caller's figures and readings: where they go in a household's environment, and by id, as given.

    seen: by which facts were known, how many households have been decided under these figures. runs: for shapes that have
    been seen often, the function that decides such households.
    """

    slots: tuple[tuple[int, Value], ...]
    parameters: Mapping[str, Any]
    readings: Mapping[str, Any]
    seen: dict[tuple[Shape, ...], int] = field(default_factory=dict, compare=False)
    runs: dict[tuple[Shape, ...], Run] = field(default_factory=dict, compare=False)


_sent: dict[tuple[str, date], Ready] = {}  # of what was unpickled last, so that each pack is compiled once
SENT_KEPT = 8


def _again(digest: str, on: date, packed: bytes) -> Ready:
    found = _sent.get((digest, on))
    if found is None:
        found = Ready(pickle.loads(packed), on)
        if len(_sent) >= SENT_KEPT:
            _sent.clear()
        _sent[digest, on] = found
    return found


class Ready:
    """A pack's program in force on a date. Threads may share it.

    Raises PolicyError with all that is wrong in the pack.
    """

    def __init__(self, policy: PolicyPack, on: date) -> None:
        self.policy = policy
        self.program: ir.Program = compile_pack(policy, on)
        self.evaluator = Evaluator(self.program)
        self.forms = prepare(self.program, self.evaluator.layout)
        self.plain = PlainRows(self.evaluator.layout, self.forms)
        self.unset = Settings((), {}, {})
        self.is_small = sum(len(ir.walk(item.node)) for item in self.program.variables) <= LARGEST
        self._settings: dict[tuple[Any, ...], Settings] = {}
        self.evaluator.kept["ready"] = self  # by which a decision is made again in another process

    def __reduce__(self) -> tuple[Any, ...]:
        """What is sent to another process: the pack, once for all decisions that are sent together."""
        return _again, (self.program.digest, self.program.effective, self._packed)

    @kept
    def _packed(self) -> bytes:
        return pickle.dumps(self.policy, pickle.HIGHEST_PROTOCOL)

    def decide(
        self,
        household: Mapping[str, Any],
        parameters: Mapping[str, Any],
        readings: Mapping[str, Any],
        scopes: tuple[str, ...],
        sources: Mapping[str, Any],
    ) -> Decision:
        """Read a household and decide it. Raises PolicyError with everything that is wrong with the input."""
        read = self.plain.read(household)
        if read is None:
            read = read_household(self.program, self.evaluator.layout, self.forms, household)
        settings = self.settings(parameters, readings) if parameters or readings else self.unset
        for slot, value in settings.slots:
            read.environment[slot] = value
        run = settings.runs.get(read.shapes)
        if run is None:
            run = self.evaluator.run
            if read.shapes and self.is_small:
                self._learn(settings, read.shapes)
        run(read.environment)
        return Decision(self.evaluator, read, settings.parameters, settings.readings, scopes, sources)

    def _learn(self, settings: Settings, shapes: tuple[Shape, ...]) -> None:
        """Households with the same facts under the same figures get a function of their own once there were many."""
        seen = settings.seen[shapes] = settings.seen.get(shapes, 0) + 1
        if seen < OFTEN:
            if len(settings.seen) > SHAPES_COUNTED:
                settings.seen.clear()
            return
        from policyengine.interpreters.specialised import specialised

        if len(settings.runs) >= RUNS_KEPT:
            settings.runs.clear()
        home, *members = shapes
        always = frozenset.intersection(*(shape.facts for shape in members))
        sometimes = frozenset.union(*(shape.facts for shape in members)) - always
        settings.runs[shapes] = specialised(self.evaluator, dict(settings.slots), home.facts | always, sometimes)

    def figures(self, parameters: Mapping[str, Any], readings: Mapping[str, Any]) -> dict[str, Value]:
        """Every parameter's and reading's value, a caller's figures included, by id."""
        home, slots = list(self.evaluator.layout.household_blank), self.evaluator.layout.household
        for slot, value in self.settings(parameters, readings).slots:
            home[slot] = value
        return {item.id: home[slots[item.id]] for item in self.program.parameters}

    def settings(self, parameters: Mapping[str, Any], readings: Mapping[str, Any]) -> Settings:
        """Figures and readings as the program takes them. What was given before, in the same words, isn't read again.

        Raises PolicyError with everything that is wrong with them.
        """
        key: tuple[Any, ...] | None
        try:
            key = (
                *parameters.items(),
                None,
                *readings.items(),
                *map(type, parameters.values()),  # 1, 1.0 and True are equal, but not the same words
                *map(type, readings.values()),
            )
            found = self._settings.get(key)
        except (AttributeError, TypeError):  # no mapping, or a list in it: set_parameters says what is wrong
            key, found = None, None
        if found is None:
            blank = self.evaluator.layout.household_blank
            home = list(blank)
            used, chosen = set_parameters(home, self.evaluator.layout, self.forms, parameters, readings)
            slots = tuple((slot, value) for slot, value in enumerate(home) if value is not blank[slot])
            found = Settings(slots, used, chosen)
            if len(self._settings) >= SETTINGS_KEPT:
                self._settings.clear()
            if key is not None:
                self._settings[key] = found
        return found
