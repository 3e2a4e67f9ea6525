"""Replay a decision record: recompute it and compare byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policyengine.authoring.reader import bytes_of
from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic
from policyengine.packs import Pack, load, shipped_packs
from policyengine.record import FORMAT
from policyengine.text import Text

SCOPES = {"household", "person", "area"}


@dataclass(frozen=True)
class Replay:
    """matches: are the bytes the same? differences: what isn't, each (where, recorded, now)."""

    matches: bool
    differences: tuple[tuple[str, str, str], ...]
    decision: Decision


@dataclass(frozen=True)
class _Request:
    """What a record says was asked."""

    pack: str
    on: str
    facts: dict[str, Any]
    parameters: dict[str, Any]
    readings: dict[str, Any]
    scopes: tuple[str, ...]
    beyond_term: bool
    reforms: tuple[str, ...]
    supplements: tuple[str, ...]


def replay(record: bytes | str | Path, *, pack: Pack | None = None) -> Replay:
    """Recompute a record and compare. pack: the pack to use; by default the shipped one that the record names. Given without
    changes, it gets those of its own reforms and supplements that the record names.

    record: its bytes, its text, or where it lies: a path, or a text that is the path of an existing file. Raises PolicyError
    if it isn't a record, or if its facts no longer fit the pack.
    """
    if isinstance(record, str) and _names_a_file(record):
        record = Path(record)
    if isinstance(record, Path):
        data = bytes_of(record, str(record))
    else:
        data = record.encode("utf-8", "replace") if isinstance(record, str) else record
    content = _content(data, may_be_a_path=isinstance(record, str) and record.isprintable())
    request = _request(content)
    used = _with_its_changes(pack, request) if pack is not None else _named_pack(request)
    decision = used._decide(
        request.facts, request.on, request.parameters, request.readings, request.beyond_term, request.scopes
    )
    now = decision.record()
    differences = [] if now == data else list(_compare("", content, json.loads(now)))
    if now != data and not differences:
        differences.append(("", "spelling", "spelling"))
    return Replay(now == data, tuple(differences), decision)


def _names_a_file(text: str) -> bool:
    try:
        return not text.lstrip().startswith("{") and Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or with a null character
        return False


def _bad(reason: Text) -> PolicyError:
    return PolicyError([diagnostic("bad-record", reason=reason)])


def _content(data: bytes, may_be_a_path: bool) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        if may_be_a_path:
            raise _bad(Text("不是 JSON，也不是文件", "neither JSON nor a file")) from None
        raise _bad(Text("不是 JSON", "not JSON")) from None
    if not isinstance(content, dict):
        raise _bad(Text("不是键和值", "no keys and values"))
    return content


def _request(content: dict[str, Any]) -> _Request:
    if content.get("format", FORMAT) != FORMAT:
        raise _bad(Text(f"格式 {content['format']}", f"format {content['format']}"))
    kinds = {"facts": dict, "parameters": dict, "readings": dict, "scopes": list, "reforms": list, "supplements": list}
    for key, kind in {"pack": str, "on": str, **kinds, "beyond_term": bool, "format": int}.items():
        if key not in content:
            raise _bad(Text(f"没有 `{key}`", f"no `{key}`"))
        if not isinstance(content[key], kind):
            raise _bad(Text(f"`{key}` 的类型不对", f"`{key}` isn't what it should be"))
    scopes, reforms, supplements = (tuple(map(str, content[key])) for key in ("scopes", "reforms", "supplements"))
    if not {*scopes} <= SCOPES:
        raise _bad(Text("`scopes` 的类型不对", "`scopes` isn't what it should be"))
    return _Request(
        content["pack"],
        content["on"],
        content["facts"],
        content["parameters"],
        content["readings"],
        scopes,
        content["beyond_term"],
        reforms,
        supplements,
    )


def _named_pack(request: _Request) -> Pack:
    """The shipped pack that a record names, with its own reforms and supplements: a record opens no other file."""
    if request.pack not in shipped_packs():
        hint = Text(
            "请自行载入规则包，以 pack= 或 --pack 传入", "load the pack yourself and hand it over: pack=… or --pack"
        )
        raise PolicyError([diagnostic("unknown-pack", name=request.pack, hint=hint)])
    pack = load(request.pack)
    foreign = [name for name in request.reforms if name not in pack.policy.reforms]
    if foreign:
        hint = Text(
            "记录只能指名规则包自带的改革；别的请自行载入，以 pack= 传入",
            "a record names only reforms that the pack ships; load the pack with another one yourself: pack=…",
        )
        raise PolicyError(diagnostic("unknown-reform", name=name, hint=hint) for name in foreign)
    return pack.with_changes(reforms=request.reforms, supplements=request.supplements, grades="ABC")


def _with_its_changes(pack: Pack, request: _Request) -> Pack:
    """A pack that was handed over unchanged, with the reforms and supplements that the record names, if it has them."""
    if not (request.reforms or request.supplements) or pack.reforms or pack.supplements:
        return pack
    if not ({*request.reforms} <= {*pack.policy.reforms} and {*request.supplements} <= {*pack.policy.supplements}):
        return pack  # what differs will be told
    return pack.with_changes(reforms=request.reforms, supplements=request.supplements, grades="ABC")


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
