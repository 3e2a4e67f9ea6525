"""Look for a household of which a claim is true: one is found, there is none, or the time didn't suffice to say."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import z3

from policyengine import ir
from policyengine.interpreters.verification import World, option_number
from policyengine.interpreters.verification_terms import Term
from policyengine.ir import ChoiceType, ConditionType, DateType

STEP_MILLISECONDS = 300  # for each attempt to make a household found more ordinary
ROUND_STEPS = (1000, 100, 10, 1)  # units that figures are rather multiples of


@dataclass(frozen=True)
class Witness:
    """A household of which the claim is true, as `Pack.decide` takes it: members m1, m2 …, the facts that it speaks of.

    parameters: figures that the plan leaves open; readings: their options; as far as the claim speaks of them.
    others: for claims about several households, the further ones by the name of their world. on: the effective date, where
    it is free.
    """

    household: dict[str, Any]
    parameters: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    on: date | None = None


@dataclass(frozen=True)
class Impossible:
    """There is no such household of the worlds' size."""


@dataclass(frozen=True)
class NotDecided:
    """seconds: how long it was tried. why: what the solver says."""

    seconds: float
    why: str


Answer = Witness | Impossible | NotDecided


def find(worlds: World | tuple[World, ...], claim: Term, *, seconds: float = 10.0, tidy: bool = True) -> Answer:
    """A household of which `claim`, a condition over the worlds' terms, is true.

    tidy: rather one with few things true and round figures; it costs some more attempts. Raises nothing: what isn't
    decided in time is NotDecided.
    """
    every = worlds if isinstance(worlds, tuple) else (worlds,)
    began = time.monotonic()
    solver = z3.Solver()
    solver.add(claim)
    for world in every:
        solver.add(*world.limits, *world.days())
    solver.set("timeout", max(1, int(seconds * 1000)))
    try:
        answer = solver.check()
    except z3.Z3Exception as error:
        return NotDecided(time.monotonic() - began, str(error))
    if answer == z3.unsat:
        return Impossible()
    if answer == z3.unknown:
        return NotDecided(time.monotonic() - began, solver.reason_unknown())
    model = solver.model()
    if tidy:
        model = _tidied(solver, model, every, began + seconds)
    return witness_of(model, every)


def witness_of(model: Any, worlds: tuple[World, ...]) -> Witness:
    """The model of a solver as households, figures and readings."""
    first, *more = dict.fromkeys(world.name for world in worlds)
    households = {name: _household(model, [world for world in worlds if world.name == name]) for name in (first, *more)}
    parameters: dict[str, str] = {}
    readings: dict[str, str] = {}
    for world in worlds:
        declared = {item.id: item for item in world.program.parameters}
        for name, term in world.parameters.items():
            value = model.eval(term, model_completion=True).as_long()
            item = declared[name]
            (readings if item.is_reading else parameters)[name] = written(value, item.type, world.program)
    days = [model.eval(world.effective, model_completion=True) for world in worlds if world.effective is not None]
    spans = [span for world in worlds for span in world.during]
    on = date.fromordinal(days[0].as_long()) if days else spans[0][0] if spans else None
    return Witness(households[first], parameters, readings, {name: households[name] for name in more}, on)


def _household(model: Any, worlds: list[World]) -> dict[str, Any]:
    rows: dict[int, dict[str, Any]] = {place: {"id": f"m{place + 1}"} for place in range(worlds[0].size)}
    home: dict[str, Any] = {}
    area: dict[str, Any] = {}
    for world in worlds:
        declared = {fact.id: fact for fact in world.program.facts}
        for (name, member), term in world.facts.items():
            fact = declared[name]
            row = rows[member] if member is not None else area if fact.scope == "area" else home
            stated = world.stated.get((name, member))
            if stated is not None and not z3.is_true(model.eval(stated, model_completion=True)):
                row[name] = "none"
                continue
            value = model.eval(term, model_completion=True)
            if isinstance(fact.type, ConditionType):
                row[name] = z3.is_true(value)
            else:
                row[name] = written(value.as_long(), fact.type, world.program)
    ordered = {key: home[key] for key in sorted(home)}
    if area:
        ordered["area"] = {key: area[key] for key in sorted(area)}
    members = [{"id": row["id"], **{key: row[key] for key in sorted(row) if key != "id"}} for row in rows.values()]
    return {**ordered, "members": members}


def written(value: int, type_: ir.Type, program: ir.Program) -> Any:
    """A number, day or option as a caller gives it: a whole number as such, other figures as exact decimals or fractions."""
    match type_:
        case ChoiceType():
            return next(option for option in program.options if option_number(option) == value)
        case DateType():
            return date.fromordinal(value).isoformat()
        case ConditionType():
            return bool(value)
        case ir.NumberType(scale=scale):
            exact = Fraction(value, scale)
            if exact.denominator == 1:
                return str(exact.numerator)
            places = len(str(scale)) - 1
            if 10**places == scale:
                return format(Decimal(value).scaleb(-places).normalize(), "f")
            return f"{exact.numerator}/{exact.denominator}"


def shrunk(witness: Witness, shows: Callable[[Witness], bool]) -> Witness:
    """The witness without what it needn't say: each fact, figure and reading is left out if it still `shows` the same.

    A fact left out is unknown, so what is left is what the result rests on. A reading left out is at its default.
    """
    for keys in (witness.readings, witness.parameters):
        for key in [*keys]:
            smaller = replace(
                witness,
                parameters={name: value for name, value in witness.parameters.items() if name != key},
                readings={name: value for name, value in witness.readings.items() if name != key},
            )
            witness = smaller if shows(smaller) else witness
    for place in _places(witness.household):
        smaller = replace(
            witness,
            household=_without(witness.household, place),
            others={name: _without(other, place) for name, other in witness.others.items()},
        )
        witness = smaller if shows(smaller) else witness
    return witness


Where = tuple[str | int, ...]  # ("income",), ("area", "prices"), ("members", 0, "age")


def _places(household: dict[str, Any]) -> list[Where]:
    places: list[Where] = [(key,) for key in household if key not in ("members", "area")]
    places += [("area", key) for key in household.get("area", ())]
    for index, member in enumerate(household["members"]):
        places += [("members", index, key) for key in member if key != "id"]
    return places


def _without(household: dict[str, Any], place: Where) -> dict[str, Any]:
    """A copy of the household that says nothing of one fact."""
    copy = {key: value for key, value in household.items() if (key,) != place}
    copy["members"] = [
        {key: value for key, value in member.items() if ("members", index, key) != place}
        for index, member in enumerate(household["members"])
    ]
    if "area" in copy:
        area = {key: value for key, value in copy.pop("area").items() if ("area", key) != place}
        copy = {**copy, "area": area} if area else copy
    return copy


# a household that one would rather read


def _tidied(solver: Any, model: Any, worlds: tuple[World, ...], until: float) -> Any:
    """The model of a household as ordinary as can be found: what may be false is, figures are 0 or round."""
    solver.set("timeout", STEP_MILLISECONDS)
    plain: list[Term] = []
    figures: list[tuple[Term, int]] = []
    seen: set[Any] = set()
    for world in worlds:
        plain += world.defaults()
        plain += world.stated.values()
        declared = {fact.id: fact for fact in world.program.facts}
        for (name, _), term in world.facts.items():
            if term in seen:
                continue
            seen.add(term)
            match declared[name].type:
                case ConditionType():
                    plain.append(z3.Not(term))
                case ir.NumberType(scale=scale):
                    plain.append(term == 0)
                    figures.append((term, scale))
        open_figures = {item.id: item for item in world.program.parameters if not item.is_reading}
        for name, term in world.parameters.items():
            if name in open_figures and isinstance(kind := open_figures[name].type, ir.NumberType):
                figures.append((term, kind.scale))
        if world.effective is not None:
            plain.append(world.effective == world.program.effective.toordinal())
    model = _kept(solver, model, plain, until)
    for term, scale in figures:
        if model.eval(term, model_completion=True).as_long() == 0:
            continue
        for step in ROUND_STEPS:
            wanted = [term % (step * scale) == 0, term >= 0]
            after = _kept(solver, model, [z3.And(*wanted)], until)
            if after is not model:
                model = after
                break
    return model


def _kept(solver: Any, model: Any, wishes: list[Term], until: float) -> Any:
    """Add every wish that can be had with those before it; the model that has them."""
    if not wishes or time.monotonic() > until:
        return model
    solver.push()
    solver.add(*wishes)
    if solver.check() == z3.sat:
        return solver.model()  # the wishes stay
    solver.pop()
    if len(wishes) == 1:
        return model
    half = len(wishes) // 2
    model = _kept(solver, model, wishes[:half], until)
    return _kept(solver, model, wishes[half:], until)
