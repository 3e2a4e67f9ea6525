"""Replay a decision record: recompute it and compare byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic
from policyengine.packs import Pack, load
from policyengine.record import FORMAT


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
    data = (
        Path(record).read_bytes()
        if isinstance(record, Path)
        else record.encode()
        if isinstance(record, str)
        else record
    )
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
