"""Random households for a program, partly known; what completes them, what makes one fact more known, and their decisions.

A household is written out as a caller would write it and read by the library's own intake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from drawing import Source, bits, figure
from policyengine import ir, values
from policyengine.decision import Decision
from policyengine.intake import prepare, read_household, set_parameters
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import is_settled
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.values import Number, Value
from programs import closed_limits

Key = tuple[str, str]  # (fact, member's id or "household" or "area")
SCOPES = ("area", "household", "person")
IDS = ("a", "b", "10", "9", "甲")


@dataclass(frozen=True)
class Given:
    """What is stated of a fact: a value as in values.py, or (an optional fact) that there is no such thing.

    bound: write it as `at least` or `at most` where it reaches to the end of the fact's range.
    """

    value: Value = None
    absent: bool = False
    bound: bool = False


@dataclass(frozen=True)
class Household:
    """Members' ids in the order given; what is stated, in the order given; figures and readings that the caller sets."""

    members: tuple[str, ...]
    facts: dict[Key, Given]
    parameters: dict[str, Number] = field(default_factory=dict)
    readings: dict[str, int] = field(default_factory=dict)


class Ready:
    """A program ready to decide households."""

    def __init__(self, program: ir.Program) -> None:
        self.program = program
        self.evaluator = Evaluator(program)
        self.forms = prepare(program, self.evaluator.layout)

    def decide(self, household: Household) -> Decision:
        types = {item.id: item.type for item in self.program.parameters}
        figures = {key: write_value(value, types[key], False) for key, value in household.parameters.items()}
        readings = {key: _reading(mask, self.program.options) for key, mask in household.readings.items()}
        return self._decide(written(self.program, household), self.program.effective, figures, readings)

    def _decide(
        self,
        facts: dict[str, Any],
        on: object,
        parameters: dict[str, Any],
        readings: dict[str, Any],
        beyond_term: bool = False,
        scopes: tuple[str, ...] = SCOPES,
    ) -> Decision:
        """What a pack does; replay takes a program in a pack's place by it."""
        layout = self.evaluator.layout
        read = read_household(self.program, layout, self.forms, facts)
        used, chosen = set_parameters(read.environment, layout, self.forms, parameters, readings)
        self.evaluator.run(read.environment)
        return Decision(self.evaluator, read, used, chosen, scopes, {})


def _reading(mask: int, every: tuple[str, ...]) -> str:
    return every[mask.bit_length() - 1] if values.single(mask) else "open"


def variable_values(decision: Decision) -> dict[Key, Value]:
    """Every variable's value by (variable, entity)."""
    layout, home, members = decision._evaluator.layout, decision._household.environment, decision._household.by_id
    found: dict[Key, Value] = {}
    for item in decision.program.variables:
        if item.scope == "person":
            found |= {(item.id, key): member[layout.person[item.id]] for key, member in members.items()}
        else:
            found[item.id, item.scope] = home[layout.household[item.id]]
    return found


def holds(type_: ir.Type, stated: Value, found: Value) -> bool:
    """Does what was stated leave room for what was found?"""
    match type_:
        case ConditionType():
            return stated is None or stated is found
        case ChoiceType():
            assert isinstance(stated, int)
            assert isinstance(found, int)
            return found != 0 and found & ~stated == 0
        case _:
            assert stated is not None
            assert found is not None
            return values.within(found, stated)


# as a caller writes it


def written(program: ir.Program, household: Household) -> dict[str, Any]:
    facts = {fact.id: fact for fact in program.facts}
    rows: dict[str, dict[str, Any]] = {member: {} for member in household.members}
    rows |= {"household": {}, "area": {}}
    for (name, entity), given in household.facts.items():
        fact = facts[name]
        rows[entity][name] = "none" if given.absent else write_fact(fact, given, program.options)
    members = [{"id": member, **rows[member]} for member in household.members]
    return {**rows["household"], "area": rows["area"], "members": members}


def write_fact(fact: ir.Fact, given: Given, every: tuple[str, ...]) -> Any:
    match fact.type:
        case ConditionType():
            return given.value
        case ChoiceType():
            options = [every[bit.bit_length() - 1] for bit in bits(given.value)]  # type: ignore[arg-type]
            return options[0] if len(options) == 1 else options
        case _:
            low, high = values.ends(given.value)  # type: ignore[arg-type]
            least, most = values.ends(fact.range)
            if given.bound and high == most and low is not None:
                return write_value((low, None), fact.type, True)
            if given.bound and low == least and high is not None:
                return write_value((None, high), fact.type, True)
            return write_value(values.interval(low, high), fact.type, True)


def write_value(value: Number, type_: ir.Type, plain: bool) -> str:
    """`0.5`, `at least 0.5`, `between 2018-01-01 and 2018-06-01`. plain: never as a fraction."""

    def write(end: int) -> str:
        if isinstance(type_, DateType):
            return date.fromordinal(end).isoformat()
        assert isinstance(type_, NumberType)
        places = len(str(type_.scale)) - 1
        if 10**places == type_.scale:
            return format(Decimal(end).scaleb(-places), "f")
        assert not plain
        return f"{end}/{type_.scale}"

    low, high = values.ends(value)
    if low == high:
        assert low is not None
        return write(low)
    if high is None:
        assert low is not None
        return f"at least {write(low)}"
    return f"at most {write(high)}" if low is None else f"between {write(low)} and {write(high)}"


# random ones


def keys(program: ir.Program, members: tuple[str, ...]) -> list[tuple[ir.Fact, str]]:
    """Every fact that can be stated, and whose it is."""
    return [(fact, whose) for fact in program.facts for whose in (members if fact.scope == "person" else (fact.scope,))]


def random_members(source: Source) -> tuple[str, ...]:
    return tuple(source.shuffled(IDS)[: 1 + source.below(4)])


def room(fact: ir.Fact) -> Value:
    """What an unknown fact can be."""
    return None if isinstance(fact.type, ConditionType) else fact.range


def random_household(source: Source, program: ir.Program) -> Household:
    """One to four members; each fact unknown, known, partly known or stated to be absent."""
    members = random_members(source)
    facts: dict[Key, Given] = {}
    for fact, whose in keys(program, members):
        kind = source.below(10)
        if kind >= 4:
            facts[fact.id, whose] = given(source, fact, room(fact), partly=kind >= 8)
    figures: dict[str, Number] = {}
    readings: dict[str, int] = {}
    for item in program.parameters:
        if isinstance(item.type, ChoiceType):
            if source.chance(70):
                mask = values.ends(item.allowed)[0] or 0
                readings[item.id] = source.pick((mask, *bits(mask)))
        elif source.chance(30):
            figures[item.id] = point(source, item.type, item.allowed, "")
    return Household(members, facts, figures, readings)


def given(source: Source, fact: ir.Fact, left: Value, partly: bool) -> Given:
    """Something that may be stated of a fact of which `left` is left: a known value, or part of it."""
    if fact.optional and source.chance(25):
        return Given(absent=True)
    match fact.type:
        case ConditionType():
            return Given(source.pick((True, False)) if left is None else left)
        case ChoiceType():
            options = bits(left)  # type: ignore[arg-type]
            return Given(source.pick(options) | (source.pick(options) if partly else 0) or options[0])
        case _:
            assert left is not None
            first = point(source, fact.type, left, fact.scope)
            if not partly:
                return Given(first, bound=source.chance(20))
            if source.chance(50):
                most = values.ends(closed_limits(left, fact.type, fact.scope))[1]
                return Given(values.interval(first, min(first + 1 + source.below(400), most or 0)))
            low, high = sorted((first, point(source, fact.type, left, fact.scope)))
            ends = source.pick(((low, high), (low, values.ends(left)[1]), (values.ends(left)[0], high)))
            return Given(values.interval(*ends), bound=source.chance(70))


def point(source: Source, type_: ir.Type, room: Number, scope: str) -> int:
    """One value in the room: often a figure that the program meets, or an end, or just beside it."""
    low, high = values.ends(closed_limits(room, type_, scope))
    assert low is not None
    assert high is not None
    wanted = figure(source, type_)
    if low <= wanted <= high:
        return wanted
    near = [value for value in (low, high, low + 1, high - 1, (low + high) // 2) if low <= value <= high]
    return source.pick(near)


def complete(source: Source, program: ir.Program, household: Household, absences: bool = True) -> Household:
    """Every fact known, every bound and open reading settled, all within what was stated.

    absences: an unknown optional fact may turn out to be absent; without, what was stated to be absent is dropped.
    """
    facts: dict[Key, Given] = {}
    for fact, whose in keys(program, household.members):
        wanted = fact if absences else replace(fact, optional=False)
        stated = household.facts.get((fact.id, whose))
        facts[fact.id, whose] = _settled(source, wanted, stated if absences or (stated and not stated.absent) else None)
    figures, readings = dict(household.parameters), dict(household.readings)
    for item in program.parameters:
        if isinstance(item.type, ChoiceType):
            readings[item.id] = source.pick(bits(readings.get(item.id, item.default or 0)))
        elif item.id not in figures:
            figures[item.id] = point(source, item.type, item.value, "")
    return Household(household.members, facts, figures, readings)


def _settled(source: Source, fact: ir.Fact, stated: Given | None) -> Given:
    if stated is None:
        return given(source, fact, room(fact), partly=False)
    if stated.absent or is_settled(fact.type, stated.value):
        return stated
    return given(source, replace(fact, optional=False), stated.value, partly=False)


def refine(source: Source, program: ir.Program, household: Household) -> Household:
    """The household with one more fact stated, or stated more closely, or one more figure or reading settled."""
    steps: list[Callable[[], Household]] = []
    for fact, whose in keys(program, household.members):
        stated = household.facts.get((fact.id, whose))
        if stated is None or not (stated.absent or is_settled(fact.type, stated.value)):
            steps.append(lambda fact=fact, whose=whose, stated=stated: _with(  # type: ignore[misc]
                household, (fact.id, whose), _closer(source, fact, stated)
            ))  # fmt: skip
    for item in program.parameters:
        if isinstance(item.type, ChoiceType):
            mask = household.readings.get(item.id, 0)
            if mask and not values.single(mask):
                steps.append(lambda item=item, mask=mask: replace(  # type: ignore[misc]
                    household, readings={**household.readings, item.id: source.pick(bits(mask))}
                ))  # fmt: skip
        elif not isinstance(household.parameters.get(item.id, item.value), int):
            steps.append(lambda item=item: replace(  # type: ignore[misc]
                household, parameters={**household.parameters, item.id: point(source, item.type, item.value, "")}
            ))  # fmt: skip
    return source.pick(steps)() if steps else household


def _closer(source: Source, fact: ir.Fact, stated: Given | None) -> Given:
    if stated is None:
        return given(source, fact, room(fact), partly=source.chance(40))
    return given(source, replace(fact, optional=False), stated.value, partly=source.chance(40))


def _with(household: Household, key: Key, stated: Given) -> Household:
    return replace(household, facts={**household.facts, key: stated})
