"""What verifying a pack came to, in words: each property with its verdict, and what its structure shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from policyengine import ir
from policyengine.amounts import Amount, show_amount
from policyengine.explaining.formula_words import Formulas
from policyengine.text import Lang, Text, number_of
from policyengine.units import RATIO
from policyengine.verifying.findings import Finding, Kind
from policyengine.verifying.running import Report
from policyengine.verifying.saving import household_lines, truth
from policyengine.verifying.verdicts import Proved, Refuted, Undecided, Verdict

HOUSEHOLD = {"household": Text("全户", "household")}
LONGEST = 100  # characters of a condition
KINDS: dict[Kind, Text] = {
    "never entitled": Text("任何家庭都得不到", "nobody can be entitled to it"),
    "never true": Text("条件永远不成立", "a condition that never holds"),
    "always true": Text("条件总是成立", "a condition that always holds"),
    "row never reached": Text("轮不到的一行", "a row that is never reached"),
    "otherwise never reached": Text(
        "“否则”轮不到：各行已经包括全部情形", "`otherwise` is never reached: the rows cover everything"
    ),
    "rows overlap": Text(
        "两行可以同时成立，结果不同，以在前的为准", "two rows can hold together and differ: the first one counts"
    ),
    "gap": Text("有的情形不在任何一行里，走“否则”", "some households are in no row and get `otherwise`"),
    "figure without effect": Text("取什么值都不影响结果", "no value of it changes any result"),
    "figure of effect beyond the term": Text("只在方案期限以外影响结果", "changes results beyond the plan's term only"),
    "together": Text("可以同时享受", "can be had together"),
    "not decided": Text("没有判定", "not decided"),
}
BRIEF: tuple[Kind, ...] = (
    "together",
    "rows overlap",
    "gap",
    "otherwise never reached",
    "always true",
    "figure of effect beyond the term",
)


def lines(report: Report, lang: Lang, *, everything: bool = False) -> Iterator[str]:
    """The whole report. everything: also what is no fault, one by one."""
    first, last = report.spans[0][0], report.spans[-1][1]
    yield f"{report.pack.label[lang]} · {first if first == last else f'{first} – {last}'}"
    if report.verdicts:
        yield ""
        yield "性质" if lang == "zh" else "Properties"
    for verdict in report.verdicts:
        yield from told(verdict, lang)
    if report.findings is not None:
        yield ""
        yield "结构" if lang == "zh" else "Structure"
        yield from _structure(report, lang, everything)
    yield ""
    yield summary(report, lang)


def told(verdict: Verdict, lang: Lang) -> Iterator[str]:
    """One property, and the household that breaks it."""
    item, outcome = verdict.about, verdict.outcome
    clauses = f"  [{', '.join(item.provisions)}]" if item.provisions else ""
    match outcome:
        case Proved(most=most):
            size = _size(most, lang)
            proved = Text(f"已证明，{size}", f"proved for {size}")
            yield f"  ✓ {item.label[lang]}   {proved[lang]}{clauses}"
            if not item.holds:
                yield f"      {Text('规则包说它不成立；请改为 holds: true', 'the pack says that it does not hold: change it to holds: true')[lang]}"
        case Undecided(why=why, most=most):
            reason = Text(
                f"未判定（{verdict.seconds:.1f} 秒：{_why(why, 'zh')}）",
                f"not decided ({verdict.seconds:.1f} s: {_why(why, 'en')})",
            )
            part = (
                "" if most is None else Text(f"；{_size(most, 'zh')}已证明", f"; proved for {_size(most, 'en')}")[lang]
            )
            yield f"  ? {item.label[lang]}   {reason[lang]}{part}{clauses}"
        case Refuted():
            known = "" if item.holds else Text("，规则包已说明", ", as the pack says")[lang]
            yield f"  ✗ {item.label[lang]}   {Text('不成立', 'refuted')[lang]}{known}{clauses}"
            if item.why is not None:
                yield f"      {item.why[lang]}"
            yield from (f"      {line}" for line in _counterexample(verdict, outcome, lang))
    if verdict.is_news and item.place is not None:
        yield f"      {item.place}"


def _counterexample(verdict: Verdict, outcome: Refuted, lang: Lang) -> Iterator[str]:
    decision = outcome.decisions[0]
    yield from household_lines(decision.program, outcome.witness, lang)
    entity = outcome.entity
    move = verdict.about.move
    if move is not None:
        before, after = (_shown(amount, verdict, decision.program, lang) for amount in outcome.values)
        fact = move.fact.label[lang]
        own = outcome.witness.others
        changed = next(
            (line for other in own.values() for line in _changes(outcome.witness.household, other, move.fact, lang)), ""
        )
        yield Text(
            f"{HOUSEHOLD.get(entity, Text(entity, entity)).zh}：{fact}{changed}，公式的值由 {before} 变为 {after}",
            f"{entity}: with {fact}{changed} the formula goes from {before} to {after}",
        )[lang]
        return
    for line in str(decision.explain(lang, benefit=verdict.about.indicator.id)).splitlines():
        if line.strip() and line.startswith(" ") and verdict.about.indicator.id not in line:
            yield line.removeprefix("    ")


def _shown(amount: Amount, verdict: Verdict, program: ir.Program, lang: Lang) -> str:
    """What a move's formula comes to, in its unit."""
    type_ = next(item.type for item in program.variables if item.id == verdict.about.indicator.measure)
    assert isinstance(type_, ir.NumberType)
    assert amount.exact is not None
    if type_.unit == RATIO:  # a bare number: a count of entitlements, say, as often as a share
        return f"{amount.exact.normalize():f}"
    return show_amount(int(amount.exact * type_.scale), type_, lang)


def _changes(before: dict[str, Any], after: dict[str, Any], fact: ir.Fact, lang: Lang) -> Iterator[str]:
    rows = [(before, after)]
    if fact.scope == "person":
        rows = list(zip(before["members"], after["members"]))
    for one, other in rows:
        if one.get(fact.id) != other.get(fact.id):
            first, second = (truth(each.get(fact.id), lang) for each in (one, other))
            yield f" {first} → {second}"


def _size(most: int | None, lang: Lang) -> str:
    if most is None:
        return Text("任何人数的家庭", "households of any size")[lang]
    return Text(f"不超过 {most} 人的家庭", f"households of up to {number_of(most, 'member')}")[lang]


def _why(why: str, lang: Lang) -> str:
    known = {
        "timeout": Text("时间不够", "out of time"),
        "canceled": Text("时间不够", "out of time"),
        "not replayed": Text(
            "找到的家庭在逐户判定中不能重现", "the household found isn't decided so by the household evaluator"
        ),
    }
    return known[why][lang] if why in known else why


# structure


def _structure(report: Report, lang: Lang, everything: bool) -> Iterator[str]:
    assert report.findings is not None
    left = [item for item in report.findings if item.kind == "not decided" and item.node is None]
    shown = [item for item in report.findings if (everything or item.kind not in BRIEF) and item not in left]
    words = Formulas(report.program, lang)
    if left:
        names = ("、" if lang == "zh" else ", ").join(_named(report.program, item, lang) for item in left)
        yield f"  ? {KINDS['not decided'][lang]}{_colon(lang)}{names}"
    for item in shown:
        yield f"  {'✗' if item.is_fault else '·'} {_named(report.program, item, lang)}{_colon(lang)}{KINDS[item.kind][lang]}"
        yield from (f"      {line}" for line in _details(report.program, item, words, lang))
    if not report.is_complete:
        yield f"  ? {Text('没有看完', 'not looked at to the end')[lang]}"
    elif not any(item.is_fault for item in report.findings):
        clean = Text(
            "没有永远不成立的条件、轮不到的行、不起作用的参数，每项待遇都有人能得到",
            "no condition that never holds, no row never reached, no figure without effect; every benefit can be had",
        )
        yield f"  ✓ {clean[lang]}"
    counted = Counter(item.kind for item in report.findings if item not in shown and item not in left)
    for kind in BRIEF:
        if counted[kind]:
            yield (
                f"  · {KINDS[kind][lang]}{_colon(lang)}{counted[kind]}"
                + (Text("（--all 列出）", " (--all lists them)")[lang])
            )


def _colon(lang: Lang) -> str:
    return "：" if lang == "zh" else ": "


def _named(program: ir.Program, item: Finding, lang: Lang) -> str:
    labels = {each.id: each.label for each in program.parameters} | {each.id: each.label for each in program.variables}
    labels |= {each.id: each.label for each in program.benefits}
    return (Text(" 和 ", " and ")[lang]).join(labels[name][lang] for name in (item.about, *item.others))


def _details(program: ir.Program, item: Finding, words: Formulas, lang: Lang) -> Iterator[str]:
    if item.rows:
        numbers = (
            "、".join(str(row + 1) for row in item.rows)
            if lang == "zh"
            else ", ".join(str(row + 1) for row in item.rows)
        )
        yield Text(f"第 {numbers} 行", f"row{'s' if len(item.rows) > 1 else ''} {numbers}")[lang]
    if item.node is not None and not isinstance(item.node, ir.Table):
        text = words.formula(item.node)
        yield text if len(text) <= LONGEST else text[:LONGEST] + "…"
    variable = next((each for each in program.variables if each.id == item.about), None)
    if variable is not None and variable.place is not None:
        yield f"{variable.place}" + (f"  [{', '.join(variable.provisions)}]" if variable.provisions else "")
    if item.witness is not None and item.kind != "together":
        yield from household_lines(program, item.witness, lang)


def summary(report: Report, lang: Lang) -> str:
    outcomes = [item.outcome for item in report.verdicts]
    proved, refuted, undecided = (
        sum(isinstance(each, kind) for each in outcomes) for kind in (Proved, Refuted, Undecided)
    )
    known = sum(isinstance(item.outcome, Refuted) and not item.about.holds for item in report.verdicts)
    faults = sum(item.is_fault for item in report.findings or ())
    if lang == "zh":
        text = f"{len(outcomes)} 条性质：{proved} 条已证明，{refuted} 条不成立" + (
            f"（其中 {known} 条规则包已说明）" if known else ""
        )
        text += f"，{undecided} 条未判定" + ("" if report.findings is None else f"；结构问题 {faults} 处")
        return text + f"；{report.seconds:.1f} 秒" + ("" if report.is_complete else "；被中断，未做完")
    text = f"{len(outcomes)} propert{'y' if len(outcomes) == 1 else 'ies'}: {proved} proved, {refuted} refuted"
    text += (f" ({known} as the pack says)" if known else "") + f", {undecided} not decided"
    text += "" if report.findings is None else f"; {number_of(faults, 'fault')} in the structure"
    return text + f"; {report.seconds:.1f} s" + ("" if report.is_complete else "; interrupted before the end")
