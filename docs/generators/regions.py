"""The page that sets the plans side by side: every benefit by family, with the figures it rests on and its places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import policyengine
from policyengine import ir
from policyengine.amounts import show_amount
from policyengine.ir import ChoiceType, DateType, NumberType
from policyengine.regions import regional_packs

DAY = date(2018, 6, 1)
KINDS = {
    "cash": "现金",
    "fee_waiver": "减免费用",
    "premium_subsidy": "代缴保费",
    "reimbursement": "报销",
    "in_kind": "实物",
    "service": "服务",
    "loan_interest": "贴息",
    "priority": "优先",
    "guarantee": "保障",
}
PERIODS = {"once": "一次", "month": "每月", "term": "每学期", "year": "每年", "visit": "每次"}


def page() -> str:
    packs = regional_packs()
    programs = {pack.id: pack.program(_day(pack)) for pack in packs}
    families = {str(key): item.label.text for pack in packs for key, item in pack.policy.families.items()}
    lines = [
        "# 各地方案对照 · the plans side by side",
        "",
        "由规则包生成（`make docs`），不是文件原文：每一类待遇在各地有什么、凭什么数、在文件哪里。数取 "
        f"{DAY.isoformat()}（不在方案期限内的取其第一天）；“未载明”表示文件没有写，要向有关部门问。",
        "",
        "*Generated from the packs: what each plan gives in each family of benefits, on which figures it rests, and where that "
        "stands in the document. “未载明”: the document doesn't state it.*",
        "",
        *_totals(packs, programs),
    ]
    for family, label in families.items():
        if not any(_of_family(program, family) for program in programs.values()):
            continue
        lines += [
            "",
            f"## {label.zh} · {label.en}",
            "",
            "| 地区 | 待遇 | 方式 | 依据的数 | 文件位置 |",
            "| --- | --- | --- | --- | --- |",
        ]
        for pack in packs:
            found = _of_family(programs[pack.id], family)
            lines += [_row(pack, programs[pack.id], benefit) for benefit in found]
            if not found:
                lines.append(f"| {pack.label.zh} | 本方案没有 | | | |")
    return "\n".join(lines) + "\n"


def _day(pack: policyengine.Pack) -> date:
    first, last = pack.term or (DAY, DAY)
    return DAY if first <= DAY <= last else first


def _totals(packs: Sequence[policyengine.Pack], programs: dict[str, ir.Program]) -> Iterator[str]:
    yield "| 地区 | 文件 | 期限 | 待遇 | 指标 | 读法 |"
    yield "| --- | --- | --- | ---: | ---: | ---: |"
    for pack in packs:
        document, program = pack.policy.shape.document, programs[pack.id]
        assert document is not None
        term = " 至 ".join(str(day) for day in pack.term or ())
        name = f"{document.title}（{document.number}）" if document.number else str(document.title)
        counts = f"{len(program.benefits)} | {len(program.indicators)} | {len(pack.policy.readings)}"
        yield f"| {pack.label.zh} | {name} | {term} | {counts} |"


def _of_family(program: ir.Program, family: str) -> list[ir.Benefit]:
    return [benefit for benefit in program.benefits if benefit.family == family]


def _row(pack: policyengine.Pack, program: ir.Program, benefit: ir.Benefit) -> str:
    what = benefit.label.zh
    if benefit.items:
        what += "：" + "、".join(item.zh for item in benefit.items) + (" 等" if benefit.open_list else "")
    how = KINDS[benefit.kind] + (f"，{PERIODS[benefit.period]}" if benefit.period else "")
    places = dict.fromkeys(program.places.get(key, key) for key in benefit.provisions)
    figures = "；".join(_figures(program, benefit))
    return f"| {pack.label.zh} | {what} | {how} | {figures} | {'；'.join(places)} |".replace("\n", " ")


def _figures(program: ir.Program, benefit: ir.Benefit) -> Iterator[str]:
    """The parameters that eligibility and amount rest on, as the document states them."""
    variables = {item.id: item for item in program.variables}
    parameters = {item.id: item for item in program.parameters}
    waiting = [name for name in (benefit.eligible, benefit.amount) if name]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        for node in ir.walk(variables[name].node):
            if isinstance(node, ir.VariableRef | ir.ParameterRef) and node.id not in seen:
                seen.add(node.id)
                if isinstance(node, ir.VariableRef):
                    waiting.append(node.id)
                elif not parameters[node.id].is_reading:
                    yield f"{parameters[node.id].label.zh} {_stated(parameters[node.id])}"


def _stated(parameter: ir.Parameter) -> str:
    if parameter.stated == "not stated":
        return "未载明"
    match parameter.type:
        case NumberType() as type_:
            words = {"至少": "不低于", "至多": "不超过"}
            text = show_amount(parameter.value, type_, "zh")
            if not set(parameter.label.zh) & set("龄岁"):
                text = text.replace(" 岁", " 年")
            for word, official in words.items():
                text = text.replace(word, official)
            return text
        case DateType():
            low = parameter.value if isinstance(parameter.value, int) else parameter.value[0]
            return date.fromordinal(low).isoformat() if low is not None else "未载明"
        case ChoiceType():
            return ""
        case _:
            return str(parameter.value)
