"""Scenario files may be written with Chinese keys; here each becomes the English one, at its own place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policyengine.authoring.reader import Mapping, Scalar, Sequence, place_of
from policyengine.errors import Diagnostic, diagnostic

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
