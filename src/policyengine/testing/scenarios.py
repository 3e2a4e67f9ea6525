"""Run the scenarios beside a pack: households with the results that the document gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from policyengine import values
from policyengine.amounts import Amount, amount_of
from policyengine.authoring.reader import place_of
from policyengine.authoring.schema import ScenarioShape
from policyengine.compiler.figures import FigureError, read_bound
from policyengine.decision import Decision
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.ir import NumberType
from policyengine.packs import Pack, load
from policyengine.results import Entitlement, IndicatorResult, Missing
from policyengine.source import Source
from policyengine.text import Text, closest
from policyengine.units import YUAN

STATUSES = ("eligible", "ineligible", "undetermined")
INDICATORS = ("met", "not met", "undetermined", "not applicable")
_WORDS = {
    "符合": "eligible", "不符合": "ineligible", "待定": "undetermined",
    "达到": "met", "未达到": "not met", "不适用": "not applicable",
}  # fmt: skip
_MONEY = NumberType(YUAN, 100)
_LISTS = ("missing", "not missing", "explains", "assumes")


@dataclass(frozen=True)
class Failure:
    """One expectation that wasn't met: of what, what was expected, what came out, and why."""

    about: str
    expected: str
    got: str
    why: str = ""
    place: Source | None = None


@dataclass(frozen=True)
class Outcome:
    """A scenario's name and place, what failed, or the errors that kept it from running.

    decisions: of its household and its area.
    """

    name: str
    place: Source | None
    failures: tuple[Failure, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    checks: int = 0
    decisions: tuple[Decision, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures and not self.errors


Variant = tuple[tuple[str, ...], tuple[str, ...], str]  # reforms, supplements, the grades allowed
PLAIN: Variant = ((), (), "AB")


def run_scenarios(pack: Pack) -> Iterator[Outcome]:
    """Every scenario of a pack, in order. Raises PolicyError if a scenario file can't be read."""
    variants: dict[Variant, Pack] = {PLAIN: pack}
    for scenario in pack.policy.scenarios():
        yield run_scenario(pack, scenario, variants)


def run_scenario(pack: Pack, scenario: ScenarioShape, variants: dict[Variant, Pack] | None = None) -> Outcome:
    """One scenario: decide its household (and its area, if it has one) and compare."""
    name, place = str(scenario.name.zh), place_of(scenario.name.zh)
    key = (tuple(map(str, scenario.reforms)), tuple(map(str, scenario.supplements)), scenario.grades)
    variants = variants if variants is not None else {PLAIN: pack}
    try:
        if key not in variants:
            variants[key] = pack.with_changes(reforms=key[0], supplements=key[1], grades=key[2])
        decisions = dict(_decide(variants[key], scenario))
        failures: list[Failure] = []
        checks = 0
        about = {
            (str(entity), str(name))
            for entity, names in scenario.expect.items()
            if isinstance(names, Mapping)
            for name in names
        }
        for entity, expected in scenario.expect.items():
            found = list(_compare(str(entity), expected, decisions, scenario, about))
            checks += len(expected) if isinstance(expected, Mapping | list) else 1
            failures += found
    except PolicyError as error:
        return Outcome(name, place, errors=error.diagnostics)
    return Outcome(name, place, tuple(failures), checks=checks, decisions=tuple(decisions.values()))


def expected_results(
    scenario: ScenarioShape, decisions: Mapping[str, Decision]
) -> Iterator[tuple[Decision, Entitlement | IndicatorResult, frozenset[str]]]:
    """The results of which a scenario that was decided expects something, each with what it expects: its status …"""
    for entity, names in scenario.expect.items():
        decision = decisions.get("area" if entity == "area" else "household")
        if decision is None or not isinstance(names, Mapping):
            continue
        for name, want in names.items():
            item = _find(decision, str(entity), str(name))
            if item is not None:
                yield decision, item, frozenset(want if isinstance(want, Mapping) else _short(str(want), item))


def unmet(pack: Pack, scenario: ScenarioShape, decisions: dict[str, Decision]) -> bool:
    """Do decisions leave some expectation of a scenario unmet?"""
    about = {
        (str(entity), str(name))
        for entity, names in scenario.expect.items()
        if isinstance(names, Mapping)
        for name in names
    }
    return any(
        True
        for entity, expected in scenario.expect.items()
        for _ in _compare(str(entity), expected, decisions, scenario, about)
    )


def _decide(pack: Pack, scenario: ScenarioShape) -> Iterator[tuple[str, Decision]]:
    on, beyond = str(scenario.on), scenario.beyond_term
    household = dict(scenario.household or {})
    parameters = {str(key): value for key, value in scenario.parameters.items()}
    readings = {str(key): value for key, value in scenario.readings.items()}
    if scenario.area is not None or "area" in scenario.expect:
        area = scenario.area or {}
        household["area"] = area
        yield "area", pack.decide_area(area, on=on, parameters=parameters, readings=readings, beyond_term=beyond)
    if scenario.household is not None:
        yield "household", pack.decide(household, on=on, parameters=parameters, readings=readings, beyond_term=beyond)


def _compare(
    entity: str, expected: Any, decisions: dict[str, Decision], scenario: ScenarioShape, about: set[tuple[str, str]]
) -> Iterator[Failure]:
    everything = list(decisions.values())
    if entity in _LISTS:
        wanted = expected if isinstance(expected, list | tuple) else [expected]
        yield from _lists(entity, wanted, everything, about)
        return
    decision = decisions.get("area" if entity == "area" else "household")
    known = (
        {item.entity for item in decision.entitlements} | {item.entity for item in decision.indicators}
        if decision
        else set()
    )
    if decision is None or entity not in known:
        raise PolicyError(
            [diagnostic("unknown-result", place_of(scenario.expect) or place_of(scenario.name.zh), name=entity)]
        )
    if not isinstance(expected, Mapping):
        shape = Text("应为待遇或指标，及其期望的结果", "benefits or indicators are expected, each with its result")
        place = place_of(expected) or place_of(scenario.name.zh)
        raise PolicyError([diagnostic("wrong-shape", place, key=entity, expected=shape)])
    for name, want in expected.items():
        item = _find(decision, entity, str(name))
        if item is None:
            labels = {result.label.zh for result in decision.entitlements} | {
                result.label.zh for result in decision.indicators
            }
            near = closest(str(name), labels)
            raise PolicyError(
                [diagnostic("unknown-result", place_of(name), name=f"{name}{f' ({near}?)' if near else ''}")]
            )
        yield from _one(decision, entity, item, want)


def _find(decision: Decision, entity: str, name: str) -> Entitlement | IndicatorResult | None:
    results: tuple[Entitlement | IndicatorResult, ...] = (*decision.entitlements, *decision.indicators)
    for result in results:
        key = result.benefit if isinstance(result, Entitlement) else result.indicator
        if result.entity == entity and name in (key, result.label.zh, result.label.en):
            return result
    return None


def _one(decision: Decision, entity: str, item: Entitlement | IndicatorResult, want: Any) -> Iterator[Failure]:
    wanted = dict(want) if isinstance(want, Mapping) else _short(str(want), item)
    key = item.benefit if isinstance(item, Entitlement) else item.indicator
    place = place_of(want)
    known = STATUSES if isinstance(item, Entitlement) else INDICATORS
    status = wanted.get("status")
    if status is not None:
        status = _WORDS.get(str(status), str(status))
        if status not in known:
            raise PolicyError([diagnostic("bad-expectation", place, text=str(want), name=key)])
        if status != item.status:
            yield Failure(f"{entity}: {key}", status, item.status, _why(decision, entity, key), place)
            return
    for name in ("amount", "gap", "measure", "target"):
        if name in wanted:
            got = getattr(item, name, None)
            expected = _amount(str(wanted[name]), place, key)
            if got is None or not _same(got, expected):
                yield Failure(f"{entity}: {key} {name}", str(expected), str(got), _why(decision, entity, key), place)
    unknown = set(wanted) - {"status", "amount", "gap", "measure", "target"}
    if unknown:
        raise PolicyError([diagnostic("bad-expectation", place, text=", ".join(sorted(unknown)), name=key)])


def _short(text: str, item: Entitlement | IndicatorResult) -> dict[str, str]:
    """`eligible`, or an amount, which means eligible with exactly that."""
    word = _WORDS.get(text, text)
    if word in STATUSES or word in INDICATORS:
        return {"status": word}
    return {"status": "eligible", "amount": text} if isinstance(item, Entitlement) else {"gap": text}


def _amount(text: str, place: Source | None, name: str) -> Amount:
    """An expected quantity: money as `7500元`, a ratio as `75%`, a bare number otherwise; bounds as in parameters."""
    for type_ in (_MONEY, NumberType(values_unit(text), 10**8)):
        try:
            bound = read_bound(text, type_)
        except FigureError:
            continue
        low, high = values.ends(bound.value)
        return amount_of(values.interval(low, high), type_)
    raise PolicyError([diagnostic("bad-expectation", place, text=text, name=name)])


def values_unit(text: str) -> Any:
    """The unit written in an expected quantity."""
    from policyengine.units import RATIO, parse_quantity

    quantity = parse_quantity(text.split()[-1]) if text.split() else None
    return quantity.unit if quantity is not None and quantity.unit is not None else RATIO


def _same(got: Amount, expected: Amount) -> bool:
    return _equal(got.low, expected.low) and _equal(got.high, expected.high)


def _equal(first: Decimal | None, second: Decimal | None) -> bool:
    return first == second


def _lists(kind: str, wanted: Any, decisions: list[Decision], about: set[tuple[str, str]]) -> Iterator[Failure]:
    """What is missing is what the results that the scenario speaks of wait for; of all, if it speaks of none."""
    items = [item for decision in decisions for item in decision.missing if _concerns(item, decision, about)]
    missing = {name for item in items for name in (item.id, item.label.zh, item.label.en)}
    for entry in wanted:
        text = str(entry)
        match kind:
            case "missing":
                if text not in missing:
                    yield Failure(
                        "missing",
                        text,
                        ", ".join(sorted({item.id for item in items})) or "nothing",
                        place=place_of(entry),
                    )
            case "not missing":
                if text in missing:
                    yield Failure("not missing", text, "missing", place=place_of(entry))
            case "explains":
                if not any(text in str(decision.explain("zh")) for decision in decisions):
                    yield Failure("explains", text, "not in the explanation", place=place_of(entry))
            case "assumes":
                assumed = {
                    name
                    for decision in decisions
                    for item in decision.assumptions
                    for name in (item.reading, item.label.zh)
                }
                if text not in assumed:
                    yield Failure("assumes", text, ", ".join(sorted(assumed)) or "nothing", place=place_of(entry))


def _concerns(item: Missing, decision: Decision, about: set[tuple[str, str]]) -> bool:
    labels = {benefit.id: benefit.label for benefit in decision.program.benefits}
    labels |= {indicator.id: indicator.label for indicator in decision.program.indicators}
    return not about or any(
        (entity, name) in about
        for result, entity in item.for_results
        for name in (result, labels[result].zh, labels[result].en)
    )


def _why(decision: Decision, entity: str, key: str) -> str:
    member = None if entity in ("household", "area") else entity
    return str(decision.explain(benefit=key, member=member))


def run_folder(folder: str) -> Iterator[Outcome]:
    """The scenarios of a pack by name or folder."""
    yield from run_scenarios(load(folder))
