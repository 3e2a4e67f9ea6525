"""Facts of an area that follow from its households: counted and added up over their decisions, with exact bounds.

An area fact with a `total` says what is counted. Where a household leaves it open, the total has two ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.authoring.scenario_words import household_in_english
from policyengine.authoring.schema import IndicatorShape, TotalShape
from policyengine.compiler import examine
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.ir import Fact, NumberType, Type
from policyengine.text import Text
from policyengine.units import HOUSEHOLDS, PERSONS, Unit
from policyengine.values import ends as value_ends

if TYPE_CHECKING:
    from policyengine.packs import Pack
    from policyengine.results import IndicatorResult, Results

Ends = tuple[Decimal | None, Decimal | None]  # at least, at most (None: no limit is known)
NOTHING: Ends = (Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Problem:
    """A household that couldn't be read: counted as one of which nothing is known."""

    household: str  # its name, or its position in what was given
    error: PolicyError


@dataclass(frozen=True)
class Totals:
    """facts: area fact -> its figure, as `Pack.decide_area` reads it. households: how many were given, unreadable ones too."""

    facts: dict[str, str]
    households: int
    problems: tuple[Problem, ...]


def area_totals(
    pack: Pack,
    households: Iterable[Mapping[str, Any]],
    *,
    on: date | str,
    area: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    readings: Mapping[str, Any] | None = None,
    beyond_term: bool = False,
) -> Totals:
    """Count and add up what the pack's area facts say they are totals of.

    households: as for `Pack.decide`; one that can't be read costs no other: it is listed and makes the totals open.
    area: stated facts of the area, which the households' own results may depend on. Raises PolicyError where the pack
    itself, the date, a parameter or reading is wrong, and where the pack declares no totals.
    """
    from policyengine.packs import Pack as Packed

    wanted = totals_of(pack.policy)
    if not wanted:
        raise PolicyError([diagnostic("no-totals", name=pack.id)])
    counting = Packed(with_totals(pack.policy), pack.reforms, pack.supplements)
    settings: dict[str, Any] = {"on": on, "parameters": parameters, "readings": readings, "beyond_term": beyond_term}
    counting.decide({"members": [{"id": "nobody"}]}, **settings)  # raises what is wrong with them
    found: dict[str, Ends] = dict.fromkeys(wanted, NOTHING)
    problems: list[Problem] = []
    number = 0
    for number, given in enumerate(households, 1):
        clashes: list[Diagnostic] = []
        household = household_in_english(given, clashes)
        try:
            if clashes:
                raise PolicyError(clashes)
            here = _placed(household, area)
            decision = counting.decide(here, **settings)
        except PolicyError as error:
            problems.append(Problem(_called(household, number), error))
            found = {key: _plus(ends, _of_unreadable(wanted[key], household)) for key, ends in found.items()}
            continue
        for key, ends in _of_household(decision, wanted):
            found[key] = _plus(found[key], ends)
    facts = {fact.id: fact for fact in counting.program(on).facts}
    return Totals({key: _figure(ends, facts[key]) for key, ends in found.items()}, number, tuple(problems))


def _placed(household: Any, area: Mapping[str, Any] | None) -> Any:
    """The household with the area's facts beside its own; what is no household is left to `decide`."""
    if not area or not isinstance(household, Mapping):
        return household
    own = household.get("area")
    if own is not None and not isinstance(own, Mapping):
        return household
    return {**household, "area": {**area, **(own or {})}}


def totals_of(policy: PolicyPack) -> dict[str, TotalShape]:
    return {str(key): fact.total for key, fact in policy.facts.items() if fact.total is not None}


def with_totals(policy: PolicyPack) -> PolicyPack:
    """The pack with indicators for its totals instead of its own: one met where something counts, one whose measure is
    what it adds."""
    indicators: dict[str, IndicatorShape] = {}
    for key, fact in policy.facts.items():
        if fact.total is None:
            continue
        scope = "household" if fact.total.of == "households" else "person"
        if fact.total.where is not None:
            indicators[_counts(key)] = _indicator(_counts(key), scope, met=fact.total.where)
        if fact.total.sum is not None:
            zero = Scalar.at("0", place_of(fact.total.sum))
            indicators[_added(key)] = _indicator(_added(key), scope, measure=fact.total.sum, must=">=", target=zero)
    return replace(policy, indicators=indicators)


def _indicator(name: str, scope: str, **formulas: Any) -> IndicatorShape:
    """Labelled by its id, so that it takes no name away from the fact."""
    label = Scalar.at(name, None)
    return IndicatorShape(**{"for": scope, "label": label, **formulas})


def _counts(fact: str) -> str:
    return f"total_of_{fact}"


def _added(fact: str) -> str:
    return f"total_of_{fact}_sum"


def examine_totals(policy: PolicyPack, on: date) -> list[Diagnostic]:
    """What is wrong with the totals of a pack that is otherwise right: their formulas, and units that aren't their fact's."""
    if not totals_of(policy):
        return []
    program, found = examine(with_totals(policy), on)
    if program is None:
        return [item for item in found if item.is_error]
    types: dict[str, Type] = {item.id: item.type for item in program.variables}
    types |= {item.id: item.type for item in program.facts}
    return [
        diagnostic("unit-mismatch", place_of(key), left=_words(unit), right=_words(declared))
        for key, total in totals_of(policy).items()
        if (unit := _unit_of(key, total, types)) != (declared := _number(types[key]).unit)
    ]


def _unit_of(key: str, total: TotalShape, types: Mapping[str, Type]) -> Unit:
    if total.sum is not None:
        return _number(types[f"{_added(key)}.measure"]).unit.without("person")
    return HOUSEHOLDS if total.of == "households" else PERSONS


def _number(type_: Type) -> NumberType:
    assert isinstance(type_, NumberType)
    return type_


def _words(unit: Unit) -> Text:
    return Text(unit.text("zh"), unit.text("en"))


# what one household adds


def _of_household(decision: Results, wanted: Mapping[str, TotalShape]) -> Iterator[tuple[str, Ends]]:
    results = {(item.indicator, item.entity): item for item in decision.indicators}
    entities = dict.fromkeys(entity for _, entity in results)
    for key in wanted:
        for entity in entities:
            counts, added = (results.get((name, entity)) for name in (_counts(key), _added(key)))
            if counts is not None or added is not None:
                yield key, _of_one("met" if counts is None else counts.status, added)


def _of_one(status: str, added: IndicatorResult | None) -> Ends:
    """What is added by one who counts surely, perhaps or not at all."""
    if status == "not met":
        return NOTHING
    low, high = (Decimal(1), Decimal(1)) if added is None else _ends(added)
    if status == "met":
        return low, high
    return None if low is None else min(low, Decimal(0)), None if high is None else max(high, Decimal(0))


def _ends(added: IndicatorResult) -> Ends:
    assert added.measure is not None
    return added.measure.low, added.measure.high


def _of_unreadable(total: TotalShape, household: Any) -> Ends:
    """Nothing is known of it, but how many members it lists."""
    if total.sum is not None:
        return None, None
    if total.of == "households":
        return Decimal(0), Decimal(1)
    members = household.get("members") if isinstance(household, Mapping) else None
    return Decimal(0), Decimal(len(members)) if isinstance(members, list | tuple) else None


def _plus(first: Ends, second: Ends) -> Ends:
    (low, high), (least, most) = first, second
    return (
        None if low is None or least is None else low + least,
        None if high is None or most is None else high + most,
    )


def _figure(ends: Ends, fact: Fact) -> str:
    """As an area fact is given; what lies outside the fact's range can't be so and is cut off."""
    type_ = _number(fact.type)
    limits = (None if end is None else Decimal(end) / type_.scale for end in value_ends(fact.range))
    low, high = ends
    least, most = limits
    if least is not None and (low is None or low < least):
        low = least
    if most is not None and (high is None or high > most):
        high = most
    if low is None and high is None:
        return "unknown"
    if low is None or high is None:
        return f"at most {_shown(high)}" if high is not None else f"at least {_shown(low)}"
    return _shown(low) if low == high else f"between {_shown(low)} and {_shown(high)}"


def _shown(end: Decimal | None) -> str:
    """Without an exponent, and without zeros at the end."""
    return f"{end.normalize():f}" if end else "0"


def _called(household: Any, number: int) -> str:
    if isinstance(household, Mapping):
        for key in ("household", "name", "id"):
            if household.get(key) is not None:
                return str(household[key])
    return f"#{number}"
