"""What a scenario expects something of and isn't there: whose it is, or what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic
from policyengine.given import near
from policyengine.results import Entitlement, IndicatorResult
from policyengine.source import Source
from policyengine.text import Text, closest

Result = Entitlement | IndicatorResult


def no_entity(name: str, place: Source | None, known: Iterable[str]) -> PolicyError:
    """Nobody, nor any list, is called so."""
    return PolicyError([diagnostic("unknown-result", place, name=name, hint=near(name, known))])


def no_result(decisions: Iterable[Decision], entity: str, name: str, place: Source | None) -> PolicyError:
    """This member (household, area) has no such result: another has it, or its name is spelt otherwise."""
    items: list[Result] = []
    for decision in decisions:
        items += [*decision.entitlements, *decision.indicators]
    hint = _whose(items, name)
    if hint is None and (likeliest := closest(name, _names(items))) is not None:
        hint = near(likeliest, [likeliest])
        if likeliest not in _names(item for item in items if item.entity == entity):
            hint = _joined(hint, _whose(items, likeliest))
    return PolicyError([diagnostic("unknown-result", place, name=name, hint=hint)])


def _names(items: Iterable[Result]) -> list[str]:
    """Labels before ids, which people rarely write."""
    items = list(items)
    named = [name for item in items for name in (item.label.zh, item.label.en)]
    return list(dict.fromkeys([*named, *(item.declaration.id for item in items)]))


def _joined(first: Text | None, second: Text | None) -> Text | None:
    return (
        second if first is None else first if second is None else Text(first.zh + second.zh, f"{first.en} {second.en}")
    )


def _whose(items: Iterable[Result], name: str) -> Text | None:
    """Where a result of that name is to be written, if there is one."""
    found = [item for item in items if name in (item.declaration.id, item.label.zh, item.label.en)]
    if not found:
        return None
    kind = Text("待遇", "a benefit") if isinstance(found[0], Entitlement) else Text("指标", "an indicator")
    match found[0].entity:
        case "household":
            whose, where = Text("全户", "the household"), Text("请写在 `household`（全户）下", "`household`")
        case "area":
            whose, where = Text("地区", "the area"), Text("请写在 `area`（地区）下", "`area`")
        case _:
            members = [f"`{each}`" for each in list(dict.fromkeys(item.entity for item in found))[:5]]
            whose = Text("个人", "a person")
            where = Text(f"请写在成员（{'、'.join(members)}）下", f"a member ({', '.join(members)})")
    return Text(f"它是{whose.zh}的{kind.zh}，{where.zh}", f"it is {kind.en} of {whose.en}; write it under {where.en}")
