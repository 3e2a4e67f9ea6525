"""A household (or an area) with what is set besides, and how it is written down as a scenario to be confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from policyengine.authoring.scenario_schema import ScenarioShape
from policyengine.authoring.writer import Dumper
from policyengine.decision import Decision
from policyengine.errors import PolicyError
from policyengine.packs import Pack
from policyengine.results import Entitlement
from policyengine.testing.scenarios import Result, id_of, variant_key
from policyengine.text import Lang, Text


@dataclass(frozen=True)
class Example:
    """household: as `Pack.decide` takes it. is_area: only its area is decided."""

    on: str
    household: dict[str, Any]
    parameters: dict[str, Any]
    readings: dict[str, Any]
    is_area: bool = False

    @property
    def size(self) -> tuple[int, int, str]:
        """By which small examples come first: members, what is stated, and then any order that stays the same."""
        members = self.household["members"]
        facts = sum(len(row) - 1 for row in members) + len(self.household) - 1 + len(self.household.get("area", {}))
        return len(members), facts + len(self.parameters) + len(self.readings), repr(sorted(self.household.items()))


def example_of(pack: Pack, scenario: ScenarioShape, is_area: bool) -> Example | None:
    """A scenario's household; None where its reforms or supplements make it one of another pack."""
    reforms, supplements, _ = variant_key(pack, scenario)
    if reforms or supplements or (scenario.household is None and not is_area):
        return None
    household = _plain(scenario.household or {})
    if scenario.area is not None:
        household["area"] = _plain(scenario.area)
    household.setdefault("members", [{"id": "nobody"}])
    parameters = {str(key): str(value) for key, value in scenario.parameters.items()}
    readings = {str(key): str(value) for key, value in scenario.readings.items()}
    return Example(str(scenario.on), household, parameters, readings, is_area)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def decide_example(pack: Pack, example: Example) -> Decision | None:
    """The decision on an example; None where the pack refuses it."""
    settings: dict[str, Any] = {"on": example.on, "parameters": example.parameters, "readings": example.readings}
    try:
        if example.is_area:
            return pack.decide_area(example.household.get("area", {}), beyond_term=True, **settings)
        return pack.decide(example.household, beyond_term=True, **settings)
    except PolicyError:
        return None


def as_scenario(name: Text, example: Example, decision: Decision, items: Iterable[Result], lang: Lang) -> str:
    """The example as an entry of a scenario file, its results as they came out, to be confirmed.

    In Chinese facts and results are called by their labels where those are their own; in English by their ids.
    """
    names = _Names(decision, lang)
    lines = [f"- name: {_flow({'zh': name.zh, 'en': name.en})}", f"  on: {example.on}", "  to_confirm: true"]
    for changed in ("supplements", "reforms"):  # those that the pack was loaded with
        if names_of_changes := list(decision.sources.get(changed, ())):
            lines.append(f"  {changed}: {_flow(names_of_changes)}")
    if example.parameters:
        lines.append(f"  parameters: {_flow({names.of(key): value for key, value in example.parameters.items()})}")
    if example.readings:
        lines.append(f"  readings: {_flow({names.of(key): value for key, value in example.readings.items()})}")
    area = example.household.get("area")
    if not example.is_area:
        home = {key: value for key, value in example.household.items() if key not in ("members", "area")}
        lines.append("  household:")
        lines += [f"    {_flow({key: value})[1:-1]}" for key, value in names.row(home).items()]
        lines += ["    members:", *(f"      - {_flow(names.row(row))}" for row in example.household["members"])]
    if area or example.is_area:
        lines.append(f"  area: {_flow(names.row(area or {}))}")
    expected: dict[str, dict[str, Any]] = {}
    for item in items:
        expected.setdefault(item.entity, {})[names.of(id_of(item))] = _came_out(item)
    lines += ["  expect:", *(f"    {_flow({entity: each})[1:-1]}" for entity, each in expected.items())]
    return "\n".join(lines) + "\n"


def _came_out(item: Result) -> Any:
    amount = item.amount if isinstance(item, Entitlement) else None
    if amount is None or item.status == "ineligible" or (amount.low is None and amount.high is None):
        return item.status
    if amount.exact is not None:
        written = f"{amount.exact}元"
    elif amount.high is None:
        written = f"at least {amount.low}元"
    elif amount.low is None:
        written = f"at most {amount.high}元"
    else:
        written = f"between {amount.low}元 and {amount.high}元"
    return (
        written
        if item.status == "eligible" and amount.exact is not None
        else {"status": item.status, "amount": written}
    )


class _Names:
    """What facts, figures and results are called in a file."""

    def __init__(self, decision: Decision, lang: Lang) -> None:
        program = decision.program
        labels = {item.id: item.label.zh for item in program.facts}
        labels |= {item.id: item.label.zh for item in program.parameters}
        labels |= {item.id: item.label.zh for item in program.benefits}
        labels |= {item.id: item.label.zh for item in program.indicators}
        taken = [*labels.values()]
        self.labels = {key: label for key, label in labels.items() if taken.count(label) == 1} if lang == "zh" else {}
        self.truths = {True: "是", False: "否"} if lang == "zh" else {True: "yes", False: "no"}

    def of(self, name: str) -> str:
        return self.labels.get(name, name)

    def row(self, facts: dict[str, Any]) -> dict[str, Any]:
        return {self.of(key): self.truths[value] if isinstance(value, bool) else value for key, value in facts.items()}


def _flow(value: Any) -> str:
    """On one line, as YAML."""
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return str(text).strip()


def numbered(names: Iterable[Text]) -> Iterator[Text]:
    """Names of which no two are the same: the second of a name gets a number."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name.zh] = number = seen.get(name.zh, 0) + 1
        yield name if number == 1 else Text(f"{name.zh}（{number}）", f"{name.en} ({number})")
