"""Decision records: everything a decision rests on, in one canonical JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from policyengine._version import __version__
from policyengine.amounts import plain_amount
from policyengine.results import Results

FORMAT = 1


def decision_content(decision: Results) -> dict[str, Any]:
    """The results as plain values: amounts are decimal strings, a bound says `at least` or `at most`."""
    return {
        "pack": decision.pack,
        "on": decision.on.isoformat(),
        "household": decision.household_name,
        "entitlements": [
            {
                "benefit": item.benefit,
                "label": {"zh": item.label.zh, "en": item.label.en},
                "entity": item.entity,
                "status": item.status,
                "amount": plain_amount(item.amount),
                "period": item.period,
                "kind": item.declaration.kind,
                "items": [{"zh": label.zh, "en": label.en} for label in item.declaration.items],
                "open_list": item.declaration.open_list,
                "payer": None if item.declaration.payer is None else item.declaration.payer.zh,
                "provisions": list(item.declaration.provisions),
            }
            for item in decision.entitlements
        ],
        "indicators": [
            {
                "indicator": item.indicator,
                "label": {"zh": item.label.zh, "en": item.label.en},
                "entity": item.entity,
                "status": item.status,
                "measure": plain_amount(item.measure),
                "target": plain_amount(item.target),
                "gap": plain_amount(item.gap),
                "provisions": list(item.declaration.provisions),
            }
            for item in decision.indicators
        ],
        "missing": [
            {
                "kind": item.kind,
                "id": item.id,
                "entity": item.entity,
                "label": {"zh": item.label.zh, "en": item.label.en},
                "certain": item.is_certain,
                "for": [list(pair) for pair in item.for_results],
            }
            for item in decision.missing
        ],
        "assumptions": [
            {"reading": item.reading, "option": item.option, "changes": [list(pair) for pair in item.changes]}
            for item in decision.assumptions
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float | Decimal):
        return format(Decimal(repr(float(value))) if isinstance(value, float) else value, "f")
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def write_record(decision: Results) -> bytes:
    """Canonical JSON (UTF-8, sorted keys): inputs, digests and results; `digest` is the SHA-256 of all the rest."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "engine": __version__,
        "pack": decision.pack,
        "pack_digest": decision.program.digest,
        "on": decision.on.isoformat(),
        "facts": _plain(decision._household.facts),
        "scopes": list(decision._scopes),
        "parameters": _plain(decision.parameters),
        "readings": _plain(decision.readings),
        "reforms": list(decision.sources.get("reforms", ())),
        "supplements": list(decision.sources.get("supplements", ())),
        "beyond_term": bool(decision.sources.get("beyond_term")),
        "results": decision_content(decision),
    }
    content["digest"] = hashlib.sha256(_bytes(content)).hexdigest()
    return _bytes(content)
