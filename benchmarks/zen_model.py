"""Medical assistance of 淄博 as decision models for zen-engine (GoRules), with a decision table and without."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import zen

from benchmarks.subject import CEILING, STANDARD

Evaluate = Callable[[Mapping[str, Any]], list[tuple[str, Decimal]]]
INCOME = [
    ("per_head", "round(household_income / len(members), 2)"),
    (
        "income_class",
        "$.per_head < standard ? 'below' : $.per_head <= 1.5 * standard ? 'margin'"
        " : $.per_head <= 2 * standard ? 'low_income' : 'above'",
    ),
]
BURDEN = (
    "max([max([{0}medical_costs_in_scope - {0}basic_insurance_reimbursed, 0])"
    " - {0}major_illness_insurance_reimbursed, 0])"
)
COLUMNS = ("dibao_recipient", "tekun", "income_class", "illness_poverty_patient", "registered_poor")
ROWS = (
    (("true", "", "", "", ""), ("'priority'", "0.75", "ceiling")),
    (("", "true", "", "", ""), ("'priority'", "0.75", "ceiling")),
    (("", "", "'margin', 'low_income'", "", ""), ("'regular'", "0.4", "15000")),
    (("", "", "", "true", ""), ("'regular'", "0.4", "15000")),
    (("", "", "", "", "true"), ("'regular'", "0.4", "15000")),
    (("", "", "", "", ""), ("'none'", "0", "0")),
)


def context(household: Mapping[str, Any]) -> dict[str, Any]:
    """What the models read: the household with its two figures; money as numbers, which zen-engine counts exactly."""
    return {**household, "standard": STANDARD, "ceiling": CEILING}


def table_model() -> Callable[[dict[str, Any]], Any]:
    """A graph: income by expressions, each member's class by a first-hit decision table, the amount by expressions."""
    inherit = "map(members as m, merge([m, {income_class: $.income_class, ceiling: ceiling}]))"
    house = _expressions("house", [*INCOME, ("members", inherit)], pass_through=True)
    amount = _expressions(
        "amount",
        [
            ("burden", BURDEN.format("")),
            ("eligible", "assistance_class != 'none' and $.burden > 0"),
            ("amount", "$.eligible ? min([round(ratio * $.burden, 2), limit, $.burden]) : 0"),
        ],
        over_members=True,
    )
    return _compiled(house, _table(), amount)


def expression_model() -> Callable[[dict[str, Any]], Any]:
    """The same in a single expression node: fewer steps through the graph, no table to read."""
    tier = (
        "m.dibao_recipient or m.tekun ? 'priority' : $.income_class in ['margin', 'low_income']"
        " or m.illness_poverty_patient or m.registered_poor ? 'regular' : 'none'"
    )
    return _compiled(
        _expressions(
            "all",
            [
                *INCOME,
                ("classes", f"map(members as m, {tier})"),
                ("burdens", f"map(members as m, {BURDEN.format('m.')})"),
                (
                    "members",
                    "map([0..len(members) - 1] as i, {eligible: $.classes[i] != 'none' and $.burdens[i] > 0, amount:"
                    " $.classes[i] == 'priority' ? min([round(0.75 * $.burdens[i], 2), ceiling, $.burdens[i]])"
                    " : $.classes[i] == 'regular' ? min([round(0.4 * $.burdens[i], 2), 15000, $.burdens[i]]) : 0})",
                ),
            ],
        )
    )


def results(response: Any) -> list[tuple[str, Decimal]]:
    """Status and amount of each member, in order."""
    return [
        ("eligible" if member["eligible"] else "ineligible", Decimal(str(member["amount"])))
        for member in response["result"]["members"]
    ]


def _compiled(*nodes: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    every = [_node("in", "inputNode", {}), *nodes, _node("out", "outputNode", {})]
    edges = [
        {"id": f"{one['id']}-{next_['id']}", "type": "edge", "sourceId": one["id"], "targetId": next_["id"]}
        for one, next_ in pairwise(every)
    ]
    decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(json.dumps({"nodes": every, "edges": edges})))
    evaluate: Callable[[dict[str, Any]], Any] = decision.evaluate
    return evaluate


def _node(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}, "content": content}


def _expressions(
    name: str, pairs: list[tuple[str, str]], *, pass_through: bool = False, over_members: bool = False
) -> dict[str, Any]:
    found = [{"id": f"{name}{index}", "key": key, "value": value} for index, (key, value) in enumerate(pairs)]
    loop = {"inputField": "members", "outputPath": "members", "executionMode": "loop"} if over_members else {}
    return _node(name, "expressionNode", {"expressions": found, "passThrough": pass_through, **loop})


def _table() -> dict[str, Any]:
    inputs = [{"id": f"i{index}", "name": name, "field": name} for index, name in enumerate(COLUMNS)]
    fields = ("assistance_class", "ratio", "limit")
    outputs = [{"id": f"o{index}", "name": name, "field": name} for index, name in enumerate(fields)]
    rules = [
        {"_id": str(number)}
        | {f"i{index}": cell for index, cell in enumerate(when)}
        | {f"o{index}": cell for index, cell in enumerate(then)}
        for number, (when, then) in enumerate(ROWS)
    ]
    content = {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules, "passThrough": True}
    return _node(
        "tier",
        "decisionTableNode",
        {**content, "inputField": "members", "outputPath": "members", "executionMode": "loop"},
    )
