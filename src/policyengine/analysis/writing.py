"""How a piece of a pack is written: as one line of the pack's own language, with its place and what its key is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policyengine.authoring.reader import Scalar
from policyengine.authoring.schema import BandShape, RowShape
from policyengine.authoring.shape import Label, Shape
from policyengine.source import Source
from policyengine.text import Text, same

_STEPS = {
    "applies": Text("适用条件", "applies"),
    "amount": Text("金额", "amount"),
    "argument": Text("分档依据", "argument"),
    "bands": Text("分档", "bands"),
    "base": Text("基数", "base"),
    "benefits": Text("待遇", "benefits"),
    "by": Text("按", "by"),
    "ceiling": Text("合计上限", "ceiling"),
    "cells": Text("表格行", "rows of the table"),
    "default": Text("默认读法", "default option"),
    "definition": Text("定义", "definition"),
    "direction": Text("取整方向", "direction"),
    "eligible": Text("条件", "eligible"),
    "family": Text("待遇类别", "family"),
    "file": Text("表格文件", "file"),
    "for_": Text("对象", "for"),
    "formula": Text("公式", "formula"),
    "from_": Text("起", "from"),
    "hit": Text("命中方式", "hit policy"),
    "items": Text("项目", "items"),
    "keys": Text("表格键", "keys"),
    "kind": Text("种类", "kind"),
    "label": Text("名称", "label"),
    "measure": Text("指标值", "measure"),
    "met": Text("达到条件", "met"),
    "must": Text("关系", "must"),
    "needs": Text("须知", "needs"),
    "note": Text("说明", "note"),
    "optional": Text("可以没有", "optional"),
    "options": Text("选项", "options"),
    "order": Text("次序", "order"),
    "otherwise": Text("其余", "otherwise"),
    "payer": Text("付款方", "payer"),
    "pays": Text("支付", "pays"),
    "period": Text("周期", "period"),
    "places": Text("小数位", "places"),
    "provision": Text("条款", "provision"),
    "provisions": Text("条款", "provisions"),
    "question": Text("问题", "question"),
    "range": Text("范围", "range"),
    "rounding": Text("取整", "rounding"),
    "rows": Text("行", "rows"),
    "rule": Text("规则", "rule"),
    "table": Text("决策表", "table"),
    "target": Text("目标", "target"),
    "then": Text("则", "then"),
    "to": Text("至", "to"),
    "type": Text("类型", "type"),
    "unit": Text("单位", "unit"),
    "values": Text("数额", "figure"),
    "when": Text("当", "when"),
    "why": Text("理由", "why"),
}


def step_word(step: str | int) -> Text:
    """What one key of a path is called; an item of a list by its number from 1, an option by its id."""
    if isinstance(step, int):
        return Text(f"第 {step + 1} 行", f"row {step + 1}")
    return _STEPS.get(step, same(step))


def key_of(path: tuple[str | int, ...]) -> str:
    """`table.rows[2].when`, for programs."""
    found = ""
    for step in path:
        if isinstance(step, int):
            found += f"[{step}]"
        else:
            found += ("." if found else "") + step.rstrip("_")
    return found


def written(value: Any) -> str:
    """A value as one line."""
    return in_words(value).en


def in_words(value: Any) -> Text:
    """A value as one line, formulas as they are written; what the language writes around them in both languages."""
    match value:
        case bool():
            return Text("是", "yes") if value else Text("否", "no")
        case Label():
            return value.text
        case RowShape(when=when, then=then):
            return Text(f"若 {_line(when)} 则 {_line(then)}", f"if {_line(when)} then {_line(then)}")
        case BandShape() | Shape():
            pairs = [
                (step_word(name), in_words(getattr(value, name)))
                for name in type(value).model_fields
                if name in value.model_fields_set and getattr(value, name) is not None
            ]
            return Text("，".join(f"{k.zh} {v.zh}" for k, v in pairs), ", ".join(f"{k.en} {v.en}" for k, v in pairs))
        case tuple() | list():
            parts = [in_words(item) for item in value]
            return Text("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))
        case Mapping():
            named = [(str(key), in_words(item)) for key, item in value.items()]
            return Text("；".join(f"{k}：{v.zh}" for k, v in named), "; ".join(f"{k}: {v.en}" for k, v in named))
        case _:
            return same(_line(value))


def _line(value: Any) -> str:
    return " ".join(str(value).split())


def place_in(value: Any) -> Source | None:
    """Where a value begins: the place of the first text in it that has one."""
    return next((text.place for text in _scalars(value) if getattr(text, "place", None) is not None), None)


def _scalars(value: Any) -> Iterator[Scalar]:
    match value:
        case Scalar():
            yield value
        case Shape():
            for name in type(value).model_fields:
                yield from _scalars(getattr(value, name))
        case Mapping():
            for key, item in value.items():
                yield from _scalars(item)
                yield from _scalars(key)
        case tuple() | list():
            for item in value:
                yield from _scalars(item)
