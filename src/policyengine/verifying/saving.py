"""A household that the solver found, as lines to read and as a scenario to keep beside a pack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from policyengine import ir
from policyengine.packs import Pack
from policyengine.results import Entitlement
from policyengine.text import Lang
from policyengine.verifying.properties import slice_of
from policyengine.verifying.search import Witness
from policyengine.verifying.verdicts import Refuted, Verdict


def household_lines(program: ir.Program, witness: Witness, lang: Lang) -> Iterator[str]:
    """The household, then the date, figures and readings under which it was found, one line an entity."""
    labels = {item.id: item.label for item in program.facts} | {item.id: item.label for item in program.parameters}

    def stated(row: dict[str, Any]) -> str:
        told = [f"{labels[key][lang]} {_word(program, key, value, lang)}" for key, value in row.items()]
        return ("，" if lang == "zh" else ", ").join(told)

    home = {key: value for key, value in witness.household.items() if key not in ("members", "area")}
    colon = "：" if lang == "zh" else ": "
    if home:
        yield ("家庭" if lang == "zh" else "household") + colon + stated(home)
    if witness.household.get("area"):
        yield ("地区" if lang == "zh" else "area") + colon + stated(witness.household["area"])
    for member in witness.household["members"]:
        row = {key: value for key, value in member.items() if key != "id"}
        yield f"{member['id']}{colon}{stated(row)}" if row else str(member["id"])
    under = {**witness.parameters, **witness.readings}
    if witness.on is not None:
        yield ("日期" if lang == "zh" else "date") + colon + str(witness.on)
    if under:
        yield ("取" if lang == "zh" else "with") + colon + stated(under)


def _word(program: ir.Program, key: str, value: Any, lang: Lang) -> str:
    if isinstance(value, bool):
        return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")
    label = program.option_labels.get((key, str(value)))
    return str(value) if label is None else label[lang]


def scenarios_of(verdict: Verdict, pack: Pack) -> list[dict[str, Any]]:
    """The refuted property's household (for a move: before and after) as scenarios, to be confirmed.

    They expect what the pack decides of the benefits that the property speaks of.
    """
    outcome = verdict.outcome
    assert isinstance(outcome, Refuted)
    witness, found = outcome.witness, []
    households = [witness.household, *witness.others.values()]
    for number, (household, decision) in enumerate(zip(households, outcome.decisions), 1):
        label = verdict.about.label
        several = len(households) > 1
        name = {
            "zh": label.zh + (f"，反例 {number}" if several else "，反例"),
            "en": label.en + f": counterexample{f' {number}' if several else ''}",
        }
        own = pack.decide(
            household, on=decision.on, parameters=witness.parameters, readings=witness.readings, beyond_term=True
        )
        asked = _benefits(decision.program, verdict.about.indicator)
        expected: dict[str, dict[str, Any]] = {}
        for item in own.entitlements:
            if item.benefit in asked and (
                verdict.about.scope == "household" or item.entity in (outcome.entity, "household")
            ):
                expected.setdefault(item.entity, {})[item.benefit] = _expected(item)
        found.append({
            "name": name,
            "on": decision.on.isoformat(),
            **({"parameters": witness.parameters} if witness.parameters else {}),
            **({"readings": witness.readings} if witness.readings else {}),
            "household": household,
            "expect": expected,
            "to_confirm": True,
        })  # fmt: skip
    return found


def _benefits(program: ir.Program, indicator: ir.Indicator) -> set[str]:
    """The benefits that a property asks for: those whose entitlement or amount it rests on."""
    roots = [name for name in (indicator.met, indicator.applies, indicator.measure) if name]
    return {
        item.id.partition(".")[0]
        for item in slice_of(program, roots)
        if item.role in ("eligible", "granted", "received")
    }


def _expected(item: Entitlement) -> Any:
    if item.status != "eligible" or item.amount is None:
        return item.status
    exact = item.amount.exact
    return {"status": "eligible", "amount": f"{exact}元"} if exact is not None else "eligible"


def as_yaml(scenarios: list[dict[str, Any]]) -> str:
    """A scenario file."""
    return yaml.safe_dump({"scenarios": _plain(scenarios)}, allow_unicode=True, sort_keys=False, width=120)


def _plain(value: Any) -> Any:
    """Without places: texts of a pack know where they stand."""
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case str():
            return str(value)
        case _:
            return value
