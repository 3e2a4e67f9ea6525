"""Cliffs as text for a terminal, as a chart, and as HTML."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from policyengine import ir
from policyengine.amounts import Amount
from policyengine.analysis.amount_words import short
from policyengine.analysis.charts import FAINT, FONT, INK, LINE, LOSS, OPEN, WIDTH, text
from policyengine.analysis.columns_of_text import aligned, wrapped
from policyengine.explaining.telling import STATUS
from policyengine.text import Lang, Text

if TYPE_CHECKING:
    from policyengine.analysis.along import Drop
    from policyengine.analysis.cliffs import Cliffs

NONE = Text(
    "没有悬崖：在这一段里，多一步从不会得不偿失。",
    "No cliff: nowhere in this stretch does a step cost more than it brings.",
)
SURE = Text("悬崖（失去的多于多得的）", "Cliffs (more is lost than gained)")
UNSURE = Text(
    "未必得不偿失：失去的待遇没有金额、金额不知道，或不一定失去",
    "Not surely a cliff: what is lost has no amount, one that isn't known, or may not be lost",
)
TOP, BOTTOM_, LEFT, RIGHT, HEIGHT = 46, 44, 92, 24, 380


def title(cliffs: Cliffs, lang: Lang) -> str:
    name = cliffs.household or ("住户" if lang == "zh" else "household")
    whose = f"{cliffs.whose} " if cliffs.whose else ""
    first, last = (cliffs.show(point.at, lang) for point in (cliffs.points[0], cliffs.points[-1]))
    joined = "至" if lang == "zh" else "to"
    fact = f"{whose}{cliffs.fact.label[lang]}"
    return f"{cliffs.label[lang]} · {cliffs.on} · {name} · {fact} {first} {joined} {last}"


def as_text(cliffs: Cliffs, lang: Lang, width: int | None) -> str:
    cells = width or shutil.get_terminal_size((100, 24)).columns
    lines = wrapped(title(cliffs, lang), cells)
    lines += [""] if not cliffs.drops else []
    lines += wrapped(_none(cliffs, lang), cells) if not cliffs.drops else []
    for word, drops in ((SURE, cliffs.sure), (UNSURE, tuple(drop for drop in cliffs.drops if not drop.is_sure))):
        if drops:
            lines += ["", word[lang]]
            lines += [line for drop in drops for line in _drop_lines(cliffs, drop, lang, cells)]
    lines += ["", *wrapped(_smaller(cliffs, lang), cells)] if cliffs.drops and cliffs.smaller else []
    lines += ["", *wrapped(_open(cliffs, lang), cells)] if cliffs.drops and cliffs.undetermined else []
    lines += ["", *aligned(*_rows(cliffs, lang), cells)]
    return "\n".join(lines)


def _none(cliffs: Cliffs, lang: Lang) -> str:
    """That there is no cliff, or none but those too small to be called so."""
    if cliffs.undetermined:
        settled = Text("在已经确定的部分没有悬崖。", "No cliff in what is settled. ")[lang]
        return f"{settled}{_open(cliffs, lang)}"
    if not cliffs.smaller:
        return NONE[lang]
    none = Text("没有悬崖。", "No cliff. ")[lang]
    return f"{none}{_smaller(cliffs, lang)}"


def _open(cliffs: Cliffs, lang: Lang) -> str:
    """Which benefits may drop or not, as nobody knows, and what they wait for."""
    comma = Text("、", ", ")[lang]
    names, needed = (_first(texts, lang, comma) for texts in (cliffs.undetermined, cliffs.missing))
    if lang == "zh":
        return f"会不会失去还不知道：{names}。还要知道：{needed}。"
    return f"Whether these drop isn't known: {names}. Still needed: {needed}."


def _first(texts: tuple[Text, ...], lang: Lang, comma: str, most: int = 6) -> str:
    more = len(texts) - most
    rest = [] if more <= 0 else [f"另 {more} 项" if lang == "zh" else f"{more} more"]
    return comma.join([*(text[lang] for text in texts[:most]), *rest])


def _smaller(cliffs: Cliffs, lang: Lang) -> str:
    """How many steps cost a little, and how to see them; empty where none does."""
    if not cliffs.smaller:
        return ""
    least = f"{cliffs.least:,.2f}"
    if lang == "zh":
        also = "另有" if cliffs.drops else "有"
        return f"{also} {cliffs.smaller} 步每年净失不足 {least} 元（仅四舍五入就会如此），没有列出；`--least 0.01元` 全部列出。"
    steps = "1 step costs" if cliffs.smaller == 1 else f"{cliffs.smaller} steps cost"
    return f"{steps} less than {least} yuan a year, as rounding alone can; not listed: `--least 0.01元` lists all."


def _drop_lines(cliffs: Cliffs, drop: Drop, lang: Lang, width: int) -> Iterator[str]:
    before, after = (cliffs.show(at, lang) for at in (drop.before, drop.after))
    loses, gains, net = short(drop.loses, lang), f"{drop.gains:,.2f}", short(drop.net, lang)
    if lang == "zh":
        between = "" if drop.is_exact else "之间逐步"
        said = f"{before} → {after} {between}：" if between else f"{before} → {after}："
        money = f"待遇少 {loses} 元，多得 {gains} 元，净失 {net} 元" if drop.is_sure else f"待遇少 {loses} 元"
    else:
        said = f"{before} → {after}{'' if drop.is_exact else ' (bit by bit)'}: "
        money = f"{loses} yuan less in benefits, {gains} yuan gained, {net} yuan lost in all" if drop.is_sure else f"{loses} yuan less in benefits"  # fmt: skip
    if drop.loses.exact == 0:
        said, money = said.rstrip("：: "), ""
    yield from wrapped(f"  {said}{money}", width, "    ")
    for item in drop.losses:
        who = f"（{item.who}）" if lang == "zh" else f" ({item.who})"
        name = f"{item.label[lang]}{who if item.entity != 'household' else ''}"
        shown = " → ".join(_state(side, lang) for side in (item.before, item.after))
        yield from wrapped(f"      {name}{'：' if lang == 'zh' else ': '}{shown}", width, "        ")


def _state(side: tuple[str, Amount | None], lang: Lang) -> str:
    status, amount = side
    if status == "eligible" and amount is not None:
        return short(amount, lang)
    return STATUS[status][lang]


def _rows(cliffs: Cliffs, lang: Lang) -> tuple[list[str], list[list[str]]]:
    """Some points, evenly spread: the chart has them all."""
    head = [cliffs.fact.label[lang], "全部金额待遇（元/年）" if lang == "zh" else "money benefits (yuan a year)"]
    every = max(1, -(-(len(cliffs.points) - 1) // 20))
    chosen = [*cliffs.points[:-1:every], cliffs.points[-1]]
    return head, [[cliffs.show(point.at, lang), short(point.total, lang)] for point in chosen]


# the chart


def chart(cliffs: Cliffs, lang: Lang) -> str:
    """The total as a line; a pale band where only bounds are known; a red line down each cliff."""
    points = _with_drops(cliffs)
    lows = [float(total.low or 0) for _, total in points]
    highs = [float(total.high) if total.high is not None else low for (_, total), low in zip(points, lows, strict=True)]
    most = max([*highs, 1.0]) * 1.06
    start, end = points[0][0], points[-1][0]

    def x(at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - start) / max(1, end - start)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM_ - (HEIGHT - TOP - BOTTOM_) * value / most

    parts = [text(0, 18, title(cliffs, lang), bold=True, size=14)]
    axis = "金额待遇合计（元/年）" if lang == "zh" else "money benefits together (yuan a year)"
    parts.append(text(0, 36, axis, colour=FAINT))
    for tick in _ticks(most):
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):g}" y2="{y(tick):g}" stroke="#e4e6ea"/>')
        parts.append(text(LEFT - 8, y(tick) + 4, f"{tick:,.0f}", "end", FAINT, 12))
    if any(total.exact is None for _, total in points):
        upper = " ".join(f"{x(at):g},{y(high):g}" for (at, _), high in zip(points, highs, strict=True))
        lower = " ".join(f"{x(at):g},{y(low):g}" for (at, _), low in zip(reversed(points), reversed(lows), strict=True))
        parts.append(f'<polygon points="{upper} {lower}" fill="{OPEN}" fill-opacity=".35"/>')
        if any(total.high is None for _, total in points):
            words = "上限不知道：线为至少可得" if lang == "zh" else "no upper end is known: the line is the least"
            parts.append(text(WIDTH - RIGHT, 36, words, "end", FAINT, 12))
    line = " ".join(f"{x(at):g},{y(low):g}" for (at, _), low in zip(points, lows, strict=True))
    parts.append(f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    levels = {at: low for (at, _), low in zip(points, lows, strict=True)}
    for drop in cliffs.sure:
        top, bottom = levels[drop.before], levels[drop.after]
        parts.append(f'<line x1="{x(drop.before):g}" x2="{x(drop.after):g}" y1="{y(top):g}" y2="{y(bottom):g}" stroke="{LOSS}" stroke-width="3"/>')  # fmt: skip
        parts.append(text(min(x(drop.after) + 6, WIDTH - 120), y((top + bottom) / 2) + 4, f"−{short(drop.net, lang)}", colour=LOSS, size=12))  # fmt: skip
    for place in range(6):
        at = round(start + (end - start) * place / 5)
        anchor = "start" if place == 0 else "end" if place == 5 else "middle"
        parts.append(text(x(at), HEIGHT - BOTTOM_ + 18, _tick(cliffs, at, lang), anchor, FAINT, 12))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, f"{cliffs.whose} {cliffs.fact.label[lang]}".strip(), "middle", INK))  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        f'font-family="{FONT}" font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _with_drops(cliffs: Cliffs) -> list[tuple[int, Amount]]:
    """The points, and the two sides of every drop between them."""
    return sorted({point.at: point.total for point in (*cliffs.points, *cliffs.edges)}.items())


def _tick(cliffs: Cliffs, at: int, lang: Lang) -> str:
    if isinstance(cliffs.fact.type, ir.NumberType):
        return f"{at / cliffs.fact.type.scale:,.0f}"
    return cliffs.show(at, lang)


def _ticks(most: float) -> list[float]:
    """Round figures up to the most, some four of them."""
    size = 1.0
    while size * 5 < most:
        size *= 10
    size = next(part for part in (size / 10, size / 5, size / 4, size / 2, size, size * 2) if part * 5 >= most)
    return [size * number for number in range(6) if size * number <= most * 1.001]


# HTML


def fragment(cliffs: Cliffs, lang: Lang) -> str:
    """For a notebook: the chart, the drops below it."""
    lines: list[str] = []
    for word, drops in ((SURE, cliffs.sure), (UNSURE, tuple(drop for drop in cliffs.drops if not drop.is_sure))):
        if drops:
            lines += [word[lang], *(line for drop in drops for line in _drop_lines(cliffs, drop, lang, 10_000))]
    rest = [_smaller(cliffs, lang), _open(cliffs, lang) if cliffs.undetermined else ""]
    lines = [*lines, *rest] if lines else [_none(cliffs, lang)]
    told = escape("\n".join(filter(None, lines)))
    style = "font:14px/1.55 system-ui,'Noto Sans CJK SC',sans-serif;white-space:pre-wrap"
    return f'<div lang="{lang}">{chart(cliffs, lang)}<pre style="{style}">{told}</pre></div>'


def page(cliffs: Cliffs, lang: Lang) -> str:
    head, rows = _rows(cliffs, lang)
    first = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    style = (
        "body{font:15px/1.6 system-ui,'Noto Sans CJK SC',sans-serif;margin:1.5rem;color:#222}table{border-collapse:collapse}"
        "td,th{text-align:right;padding:.15em .8em;border-bottom:1px solid #e4e6ea}svg{max-width:100%;height:auto}"
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title(cliffs, lang))}</title><style>{style}</style></head><body>{fragment(cliffs, lang)}"
        f"<table><tr>{first}</tr>{rest}</table></body></html>\n"
    )
