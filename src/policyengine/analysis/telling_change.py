"""The words for what a comparison found: differences, effects, and the household that shows one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from policyengine import ir
from policyengine.analysis.differences import Difference
from policyengine.analysis.effects import Effect, Shown
from policyengine.explaining.lines import indent
from policyengine.explaining.rendering import Explanation
from policyengine.text import Lang, Text
from policyengine.units import number_format

KINDS = {
    "parameter": Text("参数", "parameter"),
    "reading": Text("读法", "reading"),
    "fact": Text("事实", "fact"),
    "variable": Text("变量", "variable"),
    "benefit": Text("待遇", "benefit"),
    "indicator": Text("指标", "indicator"),
    "exclusion": Text("不可兼得", "exclusion"),
    "ceiling": Text("合计上限", "shared ceiling"),
    "payers": Text("付款次序", "order of payers"),
}
SIGNS = {"added": "+", "removed": "-", "changed": "~", "words": "·"}
OLD, NEW = Text("旧", "old"), Text("新", "new")
MOST_REASONS = 5  # of each side: the whole tree is `explain`'s to tell
SIDES = {"old.": OLD, "new.": NEW}


def since_words(since: str, lang: Lang) -> str:
    """From when a figure differs."""
    if since in ("", "always"):
        return ""
    return f"{since} 起：" if lang == "zh" else f"from {since}: "


def names_of(ids: Iterable[str], changed: Iterable[Difference], lang: Lang) -> str:
    labels = {item.id: item.label[lang] for item in changed}
    return ("、" if lang == "zh" else ", ").join(labels.get(name, name) for name in ids)


def sizes_words(sizes: tuple[int, ...], lang: Lang) -> str:
    """`households of 1 to 3`."""
    if not sizes:
        return ""
    span = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} {'至' if lang == 'zh' else 'to'} {sizes[-1]}"
    return f"{span} 口之家" if lang == "zh" else f"households of {span}"


# the household that shows a change


def household_lines(shown: Shown, lang: Lang) -> Iterator[str]:
    """Who it is, one line for the household and one for each member; then what is assumed of open figures and readings."""
    home = shown.household
    own = {key: value for key, value in home.items() if key not in ("members", "area")}
    rows = [("全户" if lang == "zh" else "household", own)]
    rows += [("地区" if lang == "zh" else "area", home["area"])] if home.get("area") else []
    rows += [(row["id"], {key: value for key, value in row.items() if key != "id"}) for row in home["members"]]
    for name, facts in rows:
        told = [said for key, value in facts.items() if (said := _fact(shown, key, value, lang))]
        if told or name not in ("全户", "household"):
            listed = ("；" if lang == "zh" else "; ").join(told) or ("没有别的情况" if lang == "zh" else "nothing else")
            yield f"{name}{'：' if lang == 'zh' else ': '}{listed}"
    assumed = [_assumed(shown, name, value, lang) for name, value in {**shown.figures, **shown.readings}.items()]
    if assumed:
        yield ("设 " if lang == "zh" else "assuming ") + ("；" if lang == "zh" else "; ").join(assumed)


def _fact(shown: Shown, key: str, value: Any, lang: Lang) -> str:
    for program in (shown.new.program, shown.old.program):
        for fact in program.facts:
            if fact.id == key:
                return f"{fact.label[lang]} {value_words(program, fact.type, key, value, lang)}"
    return ""


def value_words(program: ir.Program, type_: ir.Type, key: str, value: Any, lang: Lang) -> str:
    """A fact, figure or option as explanations show it."""
    if isinstance(type_, ir.ConditionType):
        return ("是" if value else "否") if lang == "zh" else ("yes" if value else "no")
    if value == "none" and not isinstance(type_, ir.ChoiceType):
        return "没有" if lang == "zh" else "none"
    if isinstance(type_, ir.ChoiceType):
        label = program.option_labels.get((key, str(value)))
        return str(value) if label is None else label[lang]
    if isinstance(type_, ir.NumberType):
        return number_format(type_.unit, type_.scale, lang)(int(Fraction(str(value)) * type_.scale))
    return str(value)


def _assumed(shown: Shown, name: str, value: Any, lang: Lang) -> str:
    side = next((start for start in SIDES if name.startswith(start)), "")
    key = name.removeprefix(side)
    before = f"{SIDES[side][lang]}{'的' if lang == 'zh' else ' '}" if side else ""
    program = shown.old.program if side == "old." else shown.new.program
    for item in program.parameters:
        if item.id == key:
            return f"{before}{item.label[lang]} {value_words(program, item.type, key, value, lang)}"
    return f"{before}{key} {value}"


def result_lines(shown: Shown, effect: Effect, lang: Lang) -> Iterator[tuple[Text, str, list[str]]]:
    """Old and new: what it comes to, and the reasons that only this side has."""
    found = []
    for decision in (shown.old, shown.new):
        explanation = Explanation(decision, lang, effect.about.id, shown.entity)
        environment, item = next(
            (environment, item) for _, environment, results in explanation.told for item in results
        )
        block = explanation.block(item, environment)
        lines: list[str] = []
        indent(block.lines, "", lines)
        found.append((f"{block.mark} {block.outcome}", [line.strip() for line in lines]))
    for side, (outcome, own), (_, others) in zip((OLD, NEW), found, found[::-1], strict=True):
        told = [line for line in dict.fromkeys(own) if line not in others]
        yield side, outcome, told[:MOST_REASONS]
