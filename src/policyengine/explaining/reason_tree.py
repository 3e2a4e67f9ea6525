"""Reasons as plain values, ready for JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from policyengine import ir
from policyengine.amounts import amount_of, plain_amount
from policyengine.explaining.explanation import Reason, choice_options
from policyengine.explaining.phrases import NAMED
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.values import ends

_NO_VALUE = object()
_KINDS = {ir.FactRef: "fact", ir.ParameterRef: "parameter", ir.VariableRef: "variable"}


def tree(reason: Reason, program: ir.Program, labels: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A reason and those below it. labels: of facts, parameters and variables, by language."""
    node = reason.node
    entry: dict[str, Any] = {"kind": type(node).__name__.lower(), "value": plain(node.type, reason.value, program)}
    if isinstance(node, NAMED):
        entry["id"] = node.id
        entry["label"] = {lang: named[node.id] for lang, named in labels.items()}
        entry["kind"] = _KINDS[type(node)]
    if isinstance(node, ir.Logic | ir.Compare | ir.Arithmetic | ir.Aggregate):
        entry["operator"] = node.operator
    if isinstance(node, ir.OneOf):
        entry["options"] = choice_options(program, node.mask)
    if isinstance(node, ir.Table):
        entry["row"] = reason.row
    if reason.member is not None:
        entry["member"] = reason.member
    if reason.variable is not None and reason.variable.provisions:
        entry["provisions"] = list(reason.variable.provisions)
    if reason.repeats:
        entry["repeats"] = True
    if reason.children:
        entry["because"] = below = []
        for child in reason.children:  # not a comprehension, which would take a level of its own of Python's stack
            below.append(tree(child, program, labels))
    return entry


def write_json(content: Any) -> str:
    """What `json.dumps(…, ensure_ascii=False, indent=1)` writes, which gives up on reasons a few hundred levels deep."""
    out: list[str] = []
    waiting: list[tuple[str, Any, int]] = [("", content, 0)]  # text, then a value, at a depth
    while waiting:
        before, value, depth = waiting.pop()
        out.append(before)
        if not value or not isinstance(value, dict | list):
            out.append("" if value is _NO_VALUE else json.dumps(value, ensure_ascii=False))
            continue
        margin, items = "\n" + " " * (depth + 1), list[tuple[str, Any, int]]()
        if isinstance(value, dict):
            items = [(f"{json.dumps(key, ensure_ascii=False)}: ", item, depth + 1) for key, item in value.items()]
        else:
            items = [("", item, depth + 1) for item in value]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        waiting.append((f"\n{' ' * depth}{closing}", _NO_VALUE, depth))
        waiting += [
            (("," if place else opening) + margin + key, item, inner) for place, (key, item, inner) in enumerate(items)
        ][::-1]
    return "".join(out)


def plain(type_: ir.Type, value: Any, program: ir.Program) -> Any:
    """Exact decimals as text (yuan, a share of 1), bounds as `at least` and `at most`, dates as ISO, options by id."""
    match type_:
        case ConditionType():
            return value
        case ChoiceType():
            options = choice_options(program, value)
            return options[0] if len(options) == 1 else options
        case NumberType():
            return plain_amount(amount_of(value, type_))
        case DateType():
            low, high = (None if end is None else date.fromordinal(end).isoformat() for end in ends(value))
            return low if low == high else {"at least": low, "at most": high}
