"""A comparison as text for a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len

from policyengine.amounts import amount_of
from policyengine.analysis.amount_words import short
from policyengine.analysis.columns_of_text import aligned, wrapped
from policyengine.analysis.differences import Part
from policyengine.analysis.effects import Effect
from policyengine.analysis.outcomes import Cost, Impact, Tenth
from policyengine.analysis.sides import Pair, Target
from policyengine.analysis.telling_change import (
    KINDS,
    NEW,
    OLD,
    SIGNS,
    household_lines,
    names_of,
    result_lines,
    since_words,
    sizes_words,
)
from policyengine.text import Lang, Text

if TYPE_CHECKING:
    from policyengine.analysis.comparison import Comparison

SAME_TEXT = Text("两边写的完全一样：同一摘要，没有任何影响。", "The two say the same: one digest, no effect.")
NO_EFFECT = Text(
    "写法不同，结果不变：没有一项待遇或指标受影响。",
    "They differ in what they say, not in results: nothing is affected.",
)
ONLY_STORED = Text(
    "规则、数额和读法都相同；不同的只是随附的补充数据、改革或条款清单。",
    "Rules, figures and readings are the same; only stored supplements, reforms or the ledger differ.",
)
SAID = Text("写法的变化", "What is said differently")
TOLD = Text("结果的变化", "What changes")
WORDS = Text("只是文字：", "only in words: ")
FAMILIES = Text("按类对照的待遇", "Benefits by family")


def as_text(comparison: Comparison, lang: Lang, width: int | None) -> str:
    cells = width or shutil.get_terminal_size((100, 24)).columns
    lines = list(heading(comparison, lang))
    if comparison.says_the_same:
        lines += ["", SAME_TEXT[lang]]
    if comparison.differences:
        lines += ["", SAID[lang], *differences_text(comparison, lang, cells)]
    elif comparison.is_one_plan and comparison.old.pack.digest != comparison.new.pack.digest:
        lines += ["", *wrapped(ONLY_STORED[lang], cells)]
    lines += ["", *effects_text(comparison, lang, cells)] if not comparison.says_the_same else []
    if comparison.impact is not None:
        lines += ["", *impact_text(comparison.impact, comparison.population, lang, cells)]
    return "\n".join(lines)


def heading(comparison: Comparison, lang: Lang) -> Iterator[str]:
    alike = comparison.old.name(lang) == comparison.new.name(lang)
    for side, word in ((comparison.old, OLD), (comparison.new, NEW)):
        given = ", ".join(f"{key}={value}" for key, value in {**side.parameters, **side.readings}.items())
        where = f" [{side.folder}]" if alike and comparison.old.folder != comparison.new.folder else ""
        yield f"{word[lang]}{'：' if lang == 'zh' else ': '}{side.name(lang)}{where}" + (f" ({given})" if given else "")


# what is said


def differences_text(comparison: Comparison, lang: Lang, width: int) -> Iterator[str]:
    items = comparison.differences
    told = [item for item in items if item.how != "words"]
    for item in told:
        cited = f" [{', '.join(item.provisions)}]" if item.provisions else ""
        yield f"  {SIGNS[item.how]} {KINDS[item.kind][lang]} {item.label[lang]}{cited}"
        for part in item.parts:
            yield from _part_text(part, comparison, lang, width)
    words = [item.label[lang] for item in items if item.how == "words"]
    if words:
        yield from wrapped(
            f"  · {WORDS[lang]}{('、' if lang == 'zh' else ', ').join(dict.fromkeys(words))}", width, "    "
        )


def _part_text(part: Part, comparison: Comparison, lang: Lang, width: int) -> Iterator[str]:
    """On one line where that is short, otherwise old and new below each other, each with its place."""
    is_figure = part.key in ("values", "bands")
    name = since_words(part.since, lang) if is_figure else f"{part.what[lang]}{'：' if lang == 'zh' else ': '}"
    before, after = (None if text is None else text[lang] for text in (part.before, part.after))
    places = [comparison.place(place) for place in part.places]
    if before is None or after is None:
        line = f"      {name}{before if after is None else after}"
        yield from wrapped(line, width, "        ")
        return
    line = f"      {name}{before} → {after}"
    if cell_len(line) <= width:
        yield line
        if all(places):
            yield f"        {places[0]} → {places[1]}"
        return
    yield f"      {name.rstrip()}"
    for word, text, place in ((OLD, before, places[0]), (NEW, after, places[1])):
        yield from wrapped(f"        {word[lang]} {text}", width, "           ")
        if place:
            yield f"           {place}"


# what changes


def effects_text(comparison: Comparison, lang: Lang, width: int) -> Iterator[str]:
    if not comparison.is_one_plan:
        yield FAMILIES[lang]
        yield from _families(comparison, lang, width)
        return
    yield TOLD[lang]
    if comparison.has_effect is False:
        yield f"  {NO_EFFECT[lang]}"
    by_status: dict[str, list[Effect]] = {}
    for effect in comparison.effects:
        by_status.setdefault(effect.status, []).append(effect)
    for effect in by_status.get("changes", []):
        yield from _changes(effect, comparison, lang, width)
    for status, sign, said in (
        ("added", "+", Text("新增", "added")),
        ("removed", "-", Text("取消", "removed")),
    ):
        for effect in by_status.get(status, []):
            yield f"  {sign} {effect.about.label[lang]}{'：' if lang == 'zh' else ': '}{said[lang]}"
    for effect in by_status.get("open", []):
        yield from wrapped(
            f"  ? {effect.about.label[lang]}{'：' if lang == 'zh' else ': '}{_open(effect, lang)}", width, "    "
        )
    proved = by_status.get("proved", [])
    for sizes in dict.fromkeys(effect.sizes for effect in proved):
        labels = ("、" if lang == "zh" else ", ").join(item.about.label[lang] for item in proved if item.sizes == sizes)
        said_ = sizes_words(sizes, lang)
        line = f"  = 已证明不变（{said_}）：{labels}" if lang == "zh" else f"  = proved unchanged ({said_}): {labels}"
        yield from wrapped(line, width, "    ")
    if "same" in by_status:
        yield from wrapped(_same(by_status["same"], lang), width, "    ")


def _changes(effect: Effect, comparison: Comparison, lang: Lang, width: int) -> Iterator[str]:
    behind = names_of(effect.behind, comparison.differences, lang)
    because = (f"（因为 {behind}）" if lang == "zh" else f" (because of {behind})") if behind else ""
    yield from wrapped(f"  ≠ {effect.about.label[lang]}{because}", width, "    ")
    if effect.shown is None:
        yield "      见下面的人口数据" if lang == "zh" else "      shown by the population below"
        return
    yield "      最小的一户：" if lang == "zh" else "      a smallest household:"
    for line in household_lines(effect.shown, lang):
        yield from wrapped(f"        {line}", width, "          ")
    for side, outcome, reasons in result_lines(effect.shown, effect, lang):
        yield f"      {side[lang]}  {outcome}"
        for reason in reasons:
            yield from wrapped(f"          {reason}", width, " " * 12)


def _open(effect: Effect, lang: Lang) -> str:
    said = "可能有变化" if lang == "zh" else "may change"
    proved = sizes_words(effect.sizes, lang)
    parts = [said]
    if effect.why is not None:
        spent = (
            (f"（{effect.seconds:.0f} 秒）" if lang == "zh" else f" ({effect.seconds:.0f} s)") if effect.seconds else ""
        )
        parts.append(effect.why[lang] + spent)
    if proved:
        parts.append(f"{proved}已证明不变" if lang == "zh" else f"proved unchanged for {proved}")
    return ("；" if lang == "zh" else "; ").join(parts)


def _same(effects: list[Effect], lang: Lang) -> str:
    benefits = sum(isinstance(effect.about, Pair) for effect in effects)
    indicators = sum(isinstance(effect.about, Target) for effect in effects)
    if lang == "zh":
        return f"  = {benefits} 项待遇、{indicators} 项指标所依据的内容没有变化"
    return f"  = {benefits} benefits and {indicators} indicators rest on nothing that differs"


def _families(comparison: Comparison, lang: Lang, width: int) -> Iterator[str]:
    """Families that both have, with their benefits; then those that only one has."""
    joined = "、" if lang == "zh" else ", "
    pairs = [effect.about for effect in comparison.effects if isinstance(effect.about, Pair)]
    for pair in pairs:
        if pair.old and pair.new:
            sums = [any(item.amount is not None for item in items) for items in (pair.old, pair.new)]
            yield f"  {pair.label[lang]}" + ("" if all(sums) else f"   {_no_sums(sums, lang)}")
            for word, items in ((OLD, pair.old), (NEW, pair.new)):
                yield from wrapped(
                    f"    {word[lang]} {joined.join(item.label[lang] for item in items)}", width, "       "
                )
    for word, only in ((OLD, [p for p in pairs if not p.new]), (NEW, [p for p in pairs if not p.old])):
        if only:
            said = f"  只有{word.zh}方有：" if lang == "zh" else f"  only in {word.en}: "
            yield from wrapped(said + joined.join(pair.label[lang] for pair in only), width, "    ")
    told = (
        "两地的规则各写各的，没有逐条对应；金额的比较要有人口数据。"
        if lang == "zh"
        else "Rules of two regions have no counterparts clause by clause; amounts are compared over a population."
    )
    yield from wrapped(f"  {told}", width, "  ")


def _no_sums(sums: list[bool], lang: Lang) -> str:
    if not any(sums):
        return "（都没有金额）" if lang == "zh" else "(no amounts in either)"
    word = OLD if not sums[0] else NEW
    return f"（{word.zh}方没有金额）" if lang == "zh" else f"(no amount in {word.en})"


# the population


def impact_text(impact: Impact, source: str, lang: Lang, width: int) -> Iterator[str]:
    yield title_of(impact, source, lang)
    yield from wrapped(f"  {counts_of(impact, lang)}", width, "  ")
    if impact.may_gain or impact.may_lose:
        yield from wrapped(f"  {open_of(impact, lang)}", width, "  ")
    for table in tables_of(impact, lang):
        yield ""
        yield from aligned(*table, width)
    yield from wrapped(f"  {YEARLY[lang]}", width, "  ")


YEARLY = Text(
    "金额单位：元/年；按月的乘十二，按学期的乘二，一次性和按次的计一次。",
    "Yuan a year: monthly amounts count twelve times, those of a school term twice, others once.",
)


def tables_of(impact: Impact, lang: Lang) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The tables of a population's impact that have rows: head and rows of text."""
    for table in (benefit_table, people_table, payer_table, tenth_table):
        if table is not tenth_table or impact.tenths:
            head, rows = table(impact, lang)
            if rows:
                yield head, rows


def title_of(impact: Impact, source: str, lang: Lang) -> str:
    named = f"（{source}）" if lang == "zh" and source else f" ({source})" if source else ""
    rejected = ""
    if impact.rejected:
        rejected = f"，退回 {impact.rejected:,} 户" if lang == "zh" else f", {impact.rejected:,} households rejected"
    if lang == "zh":
        return f"人口 {impact.households:,} 户 {impact.persons:,} 人{rejected}{named}"
    return f"Population: {impact.households:,} households, {impact.persons:,} persons{rejected}{named}"


def counts_of(impact: Impact, lang: Lang) -> str:
    zh = lang == "zh"
    gains, losses = (
        ""
        if amount.exact == 0
        else f"（{short(amount, lang, signed=True)} 元）"
        if zh
        else f" ({short(amount, lang, signed=True)} yuan)"
        for amount in (impact.gains, impact.losses)
    )
    if zh:
        return (
            f"受益 {impact.winners:,} 户{gains}，受损 {impact.losers:,} 户{losses}，"
            f"不变 {impact.unchanged:,} 户，待定 {impact.undetermined:,} 户"
        )
    return (
        f"{impact.winners:,} gain{gains}, {impact.losers:,} lose{losses}, "
        f"{impact.unchanged:,} unchanged, {impact.undetermined:,} undetermined"
    )


def open_of(impact: Impact, lang: Lang) -> str:
    if lang == "zh":
        return f"待定的：{impact.may_gain:,} 户可能受益、不会受损，{impact.may_lose:,} 户可能受损、不会受益"
    return (
        f"of the undetermined, {impact.may_gain:,} may gain and can't lose, {impact.may_lose:,} may lose and can't gain"
    )


def _costs(cost: Cost, lang: Lang) -> list[str]:
    return [short(cost.old, lang), short(cost.new, lang), short(cost.difference, lang, signed=True)]


def benefit_table(impact: Impact, lang: Lang) -> tuple[list[str], list[list[str]]]:
    """What each benefit with an amount costs."""
    rows = [[line.label[lang], *_costs(line.cost, lang)] for line in impact.lines if line.cost is not None]
    if len(rows) > 1:
        rows.append(["合计" if lang == "zh" else "together", *_costs(impact.cost, lang)])
    return ["待遇" if lang == "zh" else "benefit", *_cost_head(lang)], rows


def people_table(impact: Impact, lang: Lang) -> tuple[list[str], list[list[str]]]:
    """How many each benefit changes for, as far as it is sure."""
    zh = lang == "zh"
    head = ["待遇", "多得的户", "少得的户", "新符合", "不再符合"] if zh else ["benefit", "households with more", "with less", "newly entitled", "no longer"]  # fmt: skip
    rows = []
    for line in impact.lines:
        numbers = line.more, line.less, line.counts.gained, line.counts.lost
        if any(numbers):
            rows.append([line.label[lang], *(f"{number:,}" for number in numbers)])
    return head, rows


def _cost_head(lang: Lang) -> list[str]:
    return ["旧", "新", "差额"] if lang == "zh" else ["old", "new", "difference"]


def payer_table(impact: Impact, lang: Lang) -> tuple[list[str], list[list[str]]]:
    head = ["付款方" if lang == "zh" else "payer", *_cost_head(lang)]
    return head, [[name[lang], *_costs(cost, lang)] for name, cost in impact.payers]


def tenth_table(impact: Impact, lang: Lang) -> tuple[list[str], list[list[str]]]:
    zh = lang == "zh"
    assert impact.by is not None
    head = [f"{impact.by[lang]}（十等分）" if zh else f"tenth of {impact.by[lang]}"]
    head += ["户数", "受益", "受损", "不变", "待定", "差额"] if zh else ["households", "gain", "lose", "unchanged", "open", "difference"]  # fmt: skip
    rows = []
    for item in impact.tenths:
        counts = item.households, item.winners, item.losers, item.unchanged, item.undetermined
        numbers = [f"{number:,}" for number in counts]
        rows.append([tenth_name(item, lang), *numbers, short(item.cost.difference, lang, signed=True)])
    return head, rows


def tenth_name(item: Tenth, lang: Lang) -> str:
    """`3  1,200.00 – 1,500.00`."""
    if item.limits is None:
        return "不知道" if lang == "zh" else "not known"
    low, high = (amount_of(end, item.type).low for end in item.limits)
    return f"{item.number}  {low:,} – {high:,}"
