"""What happened in a case, step by step, and how it is written to a file and read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from policyengine.errors import PolicyError, diagnostic
from policyengine.record import _plain as plain
from policyengine.text import Text

if TYPE_CHECKING:
    from policyengine.cases.case import Case
    from policyengine.packs import Pack

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Joined:
    """A member, known at the opening or later."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as it was given. entity: a member's id, "household" or "area"."""

    fact: str
    entity: str
    value: Any


@dataclass(frozen=True, slots=True)
class NotKnown:
    """A fact of which it was said that nobody knows it."""

    fact: str
    entity: str


Event = Joined | Told | NotKnown


@dataclass(frozen=True, slots=True)
class Opening:
    """What stays the same through a case. parameters and readings: as the caller gives them."""

    on: date
    parameters: Mapping[str, Any]
    readings: Mapping[str, Any]
    name: str = ""
    beyond_term: bool = False


def write_case(case: Case) -> str:
    opening = case.opening
    content = {
        "format": FORMAT,
        "case": opening.name,
        "pack": case.pack.id,
        "pack_digest": case.pack.digest,
        "on": opening.on.isoformat(),
        "parameters": plain(opening.parameters),
        "readings": plain(opening.readings),
        "reforms": list(case.pack.reforms),
        "supplements": list(case.pack.supplements),
        "beyond_term": opening.beyond_term,
        "steps": [_written(item) for item in case.events],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _written(event: Event) -> dict[str, Any]:
    match event:
        case Joined(id=key, name=name):
            return {"member": key, "name": name} if name else {"member": key}
        case Told(fact=fact, entity=entity, value=value):
            return {"tell": fact, "of": entity, "value": value}
        case NotKnown(fact=fact, entity=entity):
            return {"not_known": fact, "of": entity}


def read_case(text: str | bytes, pack: Pack | None) -> tuple[Pack, Opening, tuple[Event, ...]]:
    """The pack, the opening and the steps of a saved case. Raises PolicyError if it isn't one, or isn't this pack's."""
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise PolicyError([diagnostic("bad-case", reason=f"format {content['format']}")])
        name, digest = str(content["pack"]), str(content["pack_digest"])
        reforms, supplements = ([str(item) for item in content[key]] for key in ("reforms", "supplements"))
        opening = Opening(
            date.fromisoformat(content["on"]),
            dict(content["parameters"]),
            dict(content["readings"]),
            str(content["case"]),
            bool(content["beyond_term"]),
        )
        events = tuple([_read(step) for step in content["steps"]])
    except KeyError as error:
        raise PolicyError(
            [diagnostic("bad-case", reason=Text(f"缺少 `{error.args[0]}`", f"no `{error.args[0]}`"))]
        ) from None
    except (TypeError, AttributeError, RecursionError):
        raise PolicyError(
            [diagnostic("bad-case", reason=Text("有的内容不成样子", "something in it isn't as it should be"))]
        ) from None
    except PolicyError:
        raise
    except ValueError:
        raise PolicyError([diagnostic("bad-case", reason=Text("不是 JSON", "not JSON"))]) from None
    if pack is None:
        from policyengine.packs import load

        pack = load(name, reforms=reforms, supplements=supplements, grades="ABC")
    elif (reforms or supplements) and not (pack.reforms or pack.supplements):
        pack = pack.with_changes(reforms=reforms, supplements=supplements, grades="ABC")
    if pack.digest != digest:
        raise PolicyError([diagnostic("case-of-another-pack", saved=name, given=pack.id)])
    return pack, opening, events


def _read(step: dict[str, Any]) -> Event:
    if "member" in step:
        return Joined(str(step["member"]), str(step.get("name", "")))
    if "not_known" in step:
        return NotKnown(str(step["not_known"]), str(step["of"]))
    return Told(str(step["tell"]), str(step["of"]), step["value"])
