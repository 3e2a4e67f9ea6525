"""Decision records: everything a decision rests on, in one canonical JSON, and its replay."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policyengine._version import __version__
from policyengine.decision import plain_amount
from policyengine.errors import PolicyError, diagnostic

if TYPE_CHECKING:
    from policyengine.decision import Decision
    from policyengine.packs import Pack

FORMAT = 1


def decision_content(decision: Decision) -> dict[str, Any]:
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
        return format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def write_record(decision: Decision) -> bytes:
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


@dataclass(frozen=True)
class Replay:
    """matches: are the bytes the same? differences: what isn't, each (where, recorded, now)."""

    matches: bool
    differences: tuple[tuple[str, str, str], ...]
    decision: Decision


def replay(record: bytes | str | Path, *, pack: Pack | None = None) -> Replay:
    """Recompute a record and compare. pack: the pack to use; by default the shipped one that the record names.

    Raises PolicyError if it isn't a record, or if its facts no longer fit the pack.
    """
    from policyengine.packs import load

    data = Path(record).read_bytes() if isinstance(record, Path) else record.encode() if isinstance(record, str) else record
    try:
        content = json.loads(data)
        facts, on = dict(content["facts"]), str(content["on"])
        scopes, recorded = tuple(content["scopes"]), str(content["pack"])
        parameters, readings = dict(content["parameters"]), dict(content["readings"])
        beyond = bool(content["beyond_term"])
        reforms, supplements = tuple(content["reforms"]), tuple(content["supplements"])
    except KeyError as error:
        raise PolicyError([diagnostic("bad-record", reason=f"no `{error.args[0]}`")]) from None
    except (ValueError, TypeError):
        raise PolicyError([diagnostic("bad-record", reason="not JSON")]) from None
    if content.get("format") != FORMAT:
        raise PolicyError([diagnostic("bad-record", reason=f"format {content.get('format')}")])
    used = pack if pack is not None else load(recorded, reforms=reforms, supplements=supplements, grades="ABC")
    decision = used._decide(facts, on, parameters, readings, beyond, scopes)
    now = decision.record()
    differences = [] if now == data else list(_compare("", content, json.loads(now)))
    if now != data and not differences:
        differences.append(("", "spelling", "spelling"))
    return Replay(now == data, tuple(differences), decision)


def _compare(path: str, before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _compare(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            first = before[index] if index < len(before) else None
            second = after[index] if index < len(after) else None
            yield from _compare(f"{path}[{index}]", first, second)
    elif before != after:
        yield path, json.dumps(before, ensure_ascii=False), json.dumps(after, ensure_ascii=False)
