"""Scenarios and households may be written with Chinese keys; here each becomes the English one, at its own place."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable
from typing import Any

from policyengine.authoring.reader import Mapping, Scalar, Sequence, place_of
from policyengine.errors import Diagnostic, PolicyError, diagnostic

FILE = {"情景": "scenarios"}
SCENARIO = {
    "名称": "name", "日期": "on", "家庭": "household", "地区": "area", "参数": "parameters", "口径": "readings", "读法": "readings",
    "补充数据": "supplements", "等级": "grades", "改革": "reforms", "超出期限": "beyond_term", "期望": "expect",
    "说明": "note", "待确认": "to_confirm",
}  # fmt: skip
HOUSEHOLD = {"成员": "members", "户名": "household", "地区": "area", "备注": "note"}
MEMBER = {"编号": "id", "姓名": "name", "备注": "note"}
# what is looked up when a scenario runs, because a member may be called so
LISTS = {"还缺": "missing", "不缺": "not missing", "解释": "explains", "采用口径": "assumes", "采用读法": "assumes"}
ENTITIES = {"全户": "household", "家庭": "household", "地区": "area", "全区": "area"}
RESULT = {
    "结果": "status", "金额": "amount", "差距": "gap", "实际": "measure", "目标": "target", "解释": "explains", "还缺": "missing",
}  # fmt: skip


def in_english(document: Any, found: list[Diagnostic]) -> Any:
    """A scenario file with English keys. `found` takes keys that stand there in both languages."""
    file = _renamed(document, FILE, found)
    _each(file, "scenarios", lambda scenario: _scenario(scenario, found))
    return file


def _scenario(scenario: Any, found: list[Diagnostic]) -> Any:
    renamed = _renamed(scenario, SCENARIO, found)
    if isinstance(renamed, Mapping) and "household" in renamed:
        key = Scalar("household")
        renamed[key] = _renamed(renamed[key], HOUSEHOLD, found)
        _each(renamed[key], "members", lambda member: _renamed(member, MEMBER, found))
    return renamed


def household_in_english(given: Any, found: list[Diagnostic] | None = None) -> Any:
    """A household as a caller gives it, with English keys; itself where it has no others, and whatever else it may be.

    `found` takes keys that stand there in both languages. Raises PolicyError with them where there is no `found`.
    """
    twice: list[Diagnostic] = []
    household = _spelt(given, HOUSEHOLD, "", twice)
    rows = household.get("members") if isinstance(household, abc.Mapping) else None
    if isinstance(rows, list | tuple):
        spelt = [_spelt(row, MEMBER, f"members[{index}].", twice) for index, row in enumerate(rows)]
        if any(one is not other for one, other in zip(spelt, rows, strict=True)):
            members = Sequence(spelt)
            members.place = place_of(rows)
            household = _with_members(household, members)
    if twice and found is None:
        raise PolicyError(twice)
    if found is not None:
        found += twice
    return household


def _with_members(household: abc.Mapping[Any, Any], members: Sequence) -> Mapping:
    changed = Mapping({key: members if key == "members" else value for key, value in household.items()})
    changed.place = place_of(household)
    return changed


def _spelt(given: Any, words: dict[str, str], path: str, found: list[Diagnostic]) -> Any:
    if not isinstance(given, abc.Mapping) or words.keys().isdisjoint(given):
        return given
    spelt = Mapping()
    spelt.place = place_of(given)
    for key, item in given.items():
        name = words.get(key)
        if name is None or (name == "area" and not isinstance(item, abc.Mapping)):  # a fact may be called 地区
            spelt[key] = item
        elif name in given:
            found.append(diagnostic("fact-twice", place_of(key), path=f"{path}{key}", id=name))
        else:
            spelt[Scalar.at(name, place_of(key), getattr(key, "plain", True))] = item
    return spelt


def _each(mapping: Any, key: str, change: Callable[[Any], Any]) -> None:
    """Replace every item of the list under a key."""
    items = mapping.get(Scalar(key)) if isinstance(mapping, Mapping) else None
    if isinstance(items, Sequence):
        items[:] = [change(item) for item in items]


def _renamed(value: Any, words: dict[str, str], found: list[Diagnostic]) -> Any:
    if not isinstance(value, Mapping):
        return value
    renamed = Mapping()
    renamed.place = place_of(value)
    first: dict[str, Scalar] = {}
    for key, item in value.items():
        name = words.get(key)
        english = key if name is None else Scalar.at(name, key.place, key.plain)
        if english in first:
            found.append(diagnostic("duplicate-key", place_of(key), key=str(key), first=str(place_of(first[english]))))
            continue
        first[english] = key
        renamed[english] = item
    return renamed
