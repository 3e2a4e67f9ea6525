"""All results for one household (or one area): entitlements, indicators, what is missing, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from policyengine import ir, values
from policyengine.amounts import Amount, amount_of
from policyengine.explaining.explanation import Explainer, choice_options
from policyengine.explaining.open_leaves import open_leaves
from policyengine.intake import Household
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import HOUSEHOLD, INDEX, MEMBERS, Environment
from policyengine.ir import NumberType
from policyengine.keeping import kept
from policyengine.text import Text
from policyengine.values import Number, ends

Status = Literal["eligible", "ineligible", "undetermined"]
IndicatorStatus = Literal["met", "not met", "undetermined", "not applicable"]
Place = tuple[str, Environment, str]  # an entity, its environment, its scope
_STATUS: dict[bool | None, Status] = {True: "eligible", False: "ineligible", None: "undetermined"}
_INDICATOR: dict[bool | None, IndicatorStatus] = {True: "met", False: "not met", None: "undetermined"}


class Entitlement(NamedTuple):
    """Whether one member (or the household) gets one benefit, and how much.

    entity: the member's id, or "household". amount: what is due; 0 where ineligible, from 0 where undetermined; None for
    a benefit without an amount, or where the plan lets no amount be computed.
    """

    benefit: str
    entity: str
    status: Status
    amount: Amount | None
    declaration: ir.Benefit
    value: Number | None  # the amount on the program's scale, given eligibility

    @property
    def label(self) -> Text:
        return self.declaration.label

    @property
    def period(self) -> str | None:
        return self.declaration.period


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """gap: by how much the measure lies above (+) or below (-) its target."""

    indicator: str
    entity: str
    status: IndicatorStatus
    measure: Amount | None
    target: Amount | None
    gap: Amount | None
    declaration: ir.Indicator

    @property
    def label(self) -> Text:
        return self.declaration.label


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact, parameter or reading that isn't known and can still change a result.

    entity: whose fact ("household", "area" or a member's id), "" for parameters and readings. for_results: (benefit or
    indicator, entity) that wait for it. is_certain: some result is sure to depend on it; otherwise it can turn out not to
    matter (two unknowns can cancel out). The list may be too long, never too short.
    """

    kind: Literal["fact", "parameter", "reading"]
    id: str
    entity: str
    label: Text
    for_results: tuple[tuple[str, str], ...]
    is_certain: bool
    needs: Text | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """A reading left at its default, or a bound taken from the document, on which some result depends."""

    reading: str
    option: str
    label: Text
    option_label: Text
    why: Text | None
    changes: tuple[tuple[str, str], ...]  # (benefit or indicator, entity) that another option would change


class _Reading(NamedTuple):
    """A reading, its place among the program's, its default option and what that is called."""

    place: int
    parameter: ir.Parameter
    option: str
    label: Text


def readings_of(program: ir.Program) -> dict[str, _Reading]:
    """The readings of a program by id, in its order."""
    found = {}
    for place, item in enumerate(item for item in program.parameters if item.is_reading):
        assert item.default is not None
        option = choice_options(program, item.default)[0]
        found[item.id] = _Reading(place, item, option, program.option_labels[(item.id, option)])
    return found


class Results:
    """What a program comes to for one household; `decision.Decision` adds what can be done with it."""

    def __init__(
        self,
        evaluator: Evaluator,
        household: Household,
        parameters: Mapping[str, Any],
        readings: Mapping[str, Any],
        scopes: tuple[str, ...],
        sources: Mapping[str, Any],
    ) -> None:
        self._evaluator, self._household, self._scopes = evaluator, household, scopes
        self.program = evaluator.program
        self.household_name = household.name
        self.member_names = household.member_names
        self.parameters, self.readings, self.sources = dict(parameters), dict(readings), dict(sources)

    @property
    def on(self) -> date:
        return self.program.effective

    @property
    def pack(self) -> str:
        return self.program.pack

    @kept
    def entitlements(self) -> tuple[Entitlement, ...]:
        """Every benefit for everyone it is for, in the order of members, then of the pack."""
        benefits = self._evaluator.benefits
        return tuple(
            [
                entitlement_of(benefit, entity, environment[eligible], None if amount is None else environment[amount])
                for entity, environment, scope in self._places
                for benefit, eligible, amount in benefits[scope]
            ]
        )

    @kept
    def indicators(self) -> tuple[IndicatorResult, ...]:
        found = []
        for entity, environment, scope in self._entities():
            slots = self._slots(scope)
            for indicator in self.program.indicators:
                if indicator.scope == scope:
                    found.append(self.indicator_of(indicator, entity, environment, slots))
        return tuple(found)

    @kept
    def missing(self) -> tuple[Missing, ...]:
        """What is still unknown and can change a result, most results first."""
        waiting: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        certain: set[tuple[str, str, str]] = set()
        for result, entity, environment, name, counts in self._open_results():
            found = open_leaves(self._explainer, name, environment)
            for leaf in found.leaves:
                node = leaf.node.fact if isinstance(leaf.node, ir.IsKnown) else leaf.node
                if isinstance(node, ir.FactRef):
                    if self._is_stated_absent(node, leaf.member):
                        continue
                    whose = leaf.member or ("area" if node.scope == "area" else "household")
                    key = ("fact", node.id, whose)
                else:
                    assert isinstance(node, ir.ParameterRef)
                    key = ("parameter", node.id, "")
                if found.read_once and counts:
                    certain.add(key)
                results = waiting.setdefault(key, [])
                if (result, entity) not in results:
                    results.append((result, entity))
        items = [self._missing(key, tuple(results), key in certain) for key, results in waiting.items()]
        return tuple(sorted(items, key=lambda item: (-len(item.for_results), item.kind, item.id, item.entity)))

    def _missing(self, key: tuple[str, str, str], results: tuple[tuple[str, str], ...], certain: bool) -> Missing:
        kind, name, whose = key
        if kind == "fact":
            label = next(fact.label for fact in self.program.facts if fact.id == name)
            return Missing("fact", name, whose, label, results, certain)
        item = next(parameter for parameter in self.program.parameters if parameter.id == name)
        return Missing(
            "reading" if item.is_reading else "parameter", name, "", item.label, results, certain, item.needs
        )

    @kept
    def assumptions(self) -> tuple[Assumption, ...]:
        """The readings at their default that matter here: another option would change some result."""
        found = []
        for item in self._readings().values():
            reading = item.parameter
            if reading.id not in self.readings:
                changes = tuple(dict.fromkeys(self._changes(reading)))
                if changes:
                    found.append(Assumption(reading.id, item.option, reading.label, item.label, reading.why, changes))
        return tuple(found)

    def readings_behind(self, met: Set[str], shown: Set[tuple[str, str]]) -> list[tuple[Text, Text]]:
        """Of some readings at their default those on which a result that is shown depends, each with its option."""
        if not met:
            return []
        every = self._readings()
        known = sorted([(every[key].place, key) for key in met if key not in self.readings])
        readings = [every[key] for _, key in known]
        return [(item.parameter.label, item.label) for item in readings if self._matters(item.parameter, shown)]

    def _matters(self, reading: ir.Parameter, shown: Set[tuple[str, str]]) -> bool:
        evaluator, household = self._evaluator, self._household
        found = evaluator.matters(evaluator.reach(reading), household.environment, household.member_ids, shown)
        return found if found is not None else any(result in shown for result in self._changes(reading))

    def _readings(self) -> dict[str, _Reading]:
        beside = self._evaluator.kept
        if "readings" not in beside:
            beside["readings"] = readings_of(self.program)
        readings: dict[str, _Reading] = beside["readings"]
        return readings

    def _changes(self, reading: ir.Parameter) -> Iterator[tuple[str, str]]:
        """The results that another option of a reading would change, by trying each in a copy."""
        reach, other = self._evaluator.reach(reading), self._copy()
        places, members = self._entities(), iter(other[MEMBERS])
        both = [(item, next(members) if item[2] == "person" else other) for item in places]
        try:
            for option in reach.others:
                other[reach.slot] = option
                self._evaluator.rerun(reach, other)
                for (entity, here, scope), there in both:
                    for name, applies, comes_to in reach.outcomes[scope]:
                        if _differ(here, there, applies, comes_to):
                            yield name, entity
        finally:
            other.clear()  # members and household hold each other, which only the garbage collector would undo

    # for renderings and tests

    def _entities(self) -> list[Place]:
        """Everyone who can have results."""
        return self._places

    @kept
    def _places(self) -> list[Place]:
        home, places = self._household.environment, list[Place]()
        if "area" in self._scopes:
            places.append(("area", home, "area"))
        if "household" in self._scopes:
            places.append(("household", home, "household"))
        if "person" in self._scopes:
            members = zip(self._household.member_ids, home[MEMBERS], strict=True)
            places += [(key, member, "person") for key, member in members]
        return places

    def _slots(self, scope: str) -> dict[str, int]:
        return self._evaluator.layout.person if scope == "person" else self._evaluator.layout.household

    @kept
    def _explainer(self) -> Explainer:
        return self._new_explainer()

    def _new_explainer(self) -> Explainer:
        ids = {environment[INDEX]: key for key, environment in self._household.by_id.items()}
        return Explainer(self._evaluator, self._household.environment, ids)

    def _open_results(self) -> Iterator[tuple[str, str, Environment, str, bool]]:
        """(result, entity, environment, the variable that isn't settled, does it count whatever else is open).

        An amount counts only for who is eligible, a target only where the indicator applies.
        """
        by_entity = {entity: environment for entity, environment, _ in self._entities()}
        for item in self.entitlements:
            environment = by_entity[item.entity]
            if item.status == "undetermined":
                yield item.benefit, item.entity, environment, item.declaration.eligible, True
            if item.status != "ineligible" and item.value is not None and not isinstance(item.value, int):
                assert item.declaration.amount is not None
                yield item.benefit, item.entity, environment, item.declaration.amount, item.status == "eligible"
        for result in self.indicators:
            environment = by_entity[result.entity]
            if result.status == "undetermined":
                declared = result.declaration
                yield result.indicator, result.entity, environment, declared.met, declared.applies is None
                if declared.applies is not None:
                    yield result.indicator, result.entity, environment, declared.applies, False

    def _is_stated_absent(self, fact: ir.FactRef, member: str | None) -> bool:
        slot = self._evaluator.layout.absent.get(fact.id)
        if slot is None:
            return False
        place = self._household.by_id[member] if member is not None else self._household.environment
        return place[slot] is False

    def _results(self) -> dict[tuple[str, str], Any]:
        """Every result as a value that can be compared."""
        return {
            (name, entity): _outcome(environment, applies, comes_to)
            for entity, environment, scope in self._entities()
            for name, applies, comes_to in self._evaluator.outcomes[scope]
        }

    def _copy(self) -> Environment:
        home = self._household.environment.copy()
        home[MEMBERS] = [member.copy() for member in home[MEMBERS]]
        for member in home[MEMBERS]:
            member[HOUSEHOLD] = home
        return home

    def indicator_of(
        self, item: ir.Indicator, entity: str, environment: Environment, slots: dict[str, int]
    ) -> IndicatorResult:
        applies = environment[slots[item.applies]] if item.applies is not None else True
        met = environment[slots[item.met]]
        status: IndicatorStatus = "not applicable" if applies is False else _INDICATOR[met]
        if applies is None and status != "not applicable":
            status = "undetermined"
        measure = target = gap = None
        if item.measure is not None and item.target is not None and applies is not False:
            types = {variable.id: variable.type for variable in self.program.variables}
            first, second = types[item.measure], types[item.target]
            assert isinstance(first, NumberType)
            assert isinstance(second, NumberType)
            a, b = environment[slots[item.measure]], environment[slots[item.target]]
            measure, target = amount_of(a, first), amount_of(b, second)
            difference = values.subtract(values.times(a, second.scale), values.times(b, first.scale))
            gap = amount_of(difference, NumberType(first.unit, first.scale * second.scale))
            gap = Amount(_trim(gap.low), _trim(gap.high))
        return IndicatorResult(item.id, entity, status, measure, target, gap, item)


def _trim(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def _differ(here: Environment, there: Environment, applies: int | None, comes_to: int | None) -> bool:
    """Does a result apply differently, or come to something else where it applies?"""
    gate = True if applies is None else here[applies]
    if applies is not None and gate is not there[applies]:
        return True
    return gate is not False and comes_to is not None and here[comes_to] != there[comes_to]


def _outcome(environment: Environment, applies: int | None, comes_to: int | None) -> tuple[Any, Any]:
    """Whether a result applies and what it comes to, if it does."""
    gate = True if applies is None else environment[applies]
    return gate, None if gate is False or comes_to is None else environment[comes_to]


_FEN = Decimal("0.01")
_NOTHING = Amount(Decimal("0.00"), Decimal("0.00"))
_new = tuple.__new__  # of a named tuple, without the call in between


def entitlement_of(benefit: ir.Benefit, entity: str, eligible: bool | None, value: Number | None) -> Entitlement:
    amount: Amount | None = None
    if value is not None:
        shown = 0 if eligible is False else value if eligible else values.hull(0, value)
        if type(shown) is int:
            if shown:
                exact = shown * _FEN
                amount = _new(Amount, (exact, exact))
            else:
                amount = _NOTHING
        else:
            low, high = ends(shown)
            amount = Amount(None if low is None else low * _FEN, None if high is None else high * _FEN)
    return _new(Entitlement, (benefit.id, entity, _STATUS[eligible], amount, benefit, value))
