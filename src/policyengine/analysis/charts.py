"""Charts of a change and of cliffs, as SVG that needs no script and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from policyengine.amounts import Amount
from policyengine.analysis.amount_words import short
from policyengine.analysis.outcomes import Impact
from policyengine.regions_table import fold
from policyengine.text import Lang, Text

WIDTH, LEFT, RIGHT, ROW = 860, 230, 220, 26
GAIN, LOSS, IDLE, OPEN = "#2f7d4f", "#b3402a", "#c9ced4", "#e0b251"
INK, FAINT, LINE = "#222", "#667", "#3b6ea5"
FONT = "system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
_STATES = (
    (Text("受益", "gain"), GAIN),
    (Text("受损", "lose"), LOSS),
    (Text("待定", "undetermined"), OPEN),
    (Text("不变", "unchanged"), IDLE),
)
_WHO = Text("各组受益、受损的户数", "Who gains and who loses, households")
_COST_TENTH = Text("各组差额（元/年）", "Difference (yuan a year)")
_COST_BENEFIT = Text("各项待遇差额（元/年）", "Difference by benefit (yuan a year)")
_ALL = Text("全部", "all")
_UNKNOWN = Text("收入不知道", "not known")


@dataclass(frozen=True)
class Drawing:
    """Pieces of SVG below each other. height: what they take."""

    pieces: tuple[str, ...]
    height: int


def impact_chart(impact: Impact, lang: Lang) -> str:
    """Winners and losers by tenth, and the difference by tenth and by benefit."""
    rows = [
        (_tenth_label(item.number, lang), (item.winners, item.losers, item.undetermined, item.unchanged))
        for item in impact.tenths
    ] or [(_ALL[lang], (impact.winners, impact.losers, impact.undetermined, impact.unchanged))]
    named = f" · {impact.by[lang]}" if impact.tenths and impact.by is not None else ""
    drawings = [stacked(_WHO[lang] + named, rows, lang)]
    if impact.tenths:
        costs = [(_tenth_label(item.number, lang), item.cost.difference) for item in impact.tenths]
        drawings.append(diverging(_COST_TENTH[lang] + named, costs, lang))
    costs = [(line.label[lang], line.cost.difference) for line in impact.lines if line.cost is not None]
    if costs:
        drawings.append(diverging(_COST_BENEFIT[lang], costs, lang))
    return svg(drawings)


def _tenth_label(number: int | None, lang: Lang) -> str:
    if number is None:
        return _UNKNOWN[lang]
    words = {1: ("（最低）", " (lowest)"), 10: ("（最高）", " (highest)")}.get(number, ("", ""))
    return f"第 {number} 组{words[0]}" if lang == "zh" else f"{number}{words[1]}"


def svg(drawings: Sequence[Drawing]) -> str:
    parts, top = [], 0
    for drawing in drawings:
        parts.append(f'<g transform="translate(0 {top})">{"".join(drawing.pieces)}</g>')
        top += drawing.height + 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" role="img" '
        f'font-family="{FONT}" font-size="13"><rect width="{WIDTH}" height="{top}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "start", colour: str = INK, size: int = 13, bold: bool = False) -> str:  # fmt: skip
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" font-size="{size}"{weight}>'
        f"{escape(words)}</text>"
    )


def bar(x: float, y: float, width: float, height: float, colour: str, opacity: float = 1) -> str:
    faded = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"{faded}/>'


def stacked(title: str, rows: Sequence[tuple[str, tuple[int, ...]]], lang: Lang) -> Drawing:
    """One bar a row, as long as its shares of the row's households; numbers inside where they fit."""
    pieces, room = [text(0, 18, title, bold=True, size=14)], WIDTH - LEFT - 40
    x = LEFT
    for word, colour in _STATES:
        pieces += [bar(x, 28, 12, 12, colour), text(x + 17, 39, word[lang], colour=FAINT)]
        x += 40 + 13 * len(word[lang]) if lang == "zh" else 34 + 8 * len(word[lang])
    y = 52
    for label, numbers in rows:
        pieces.append(text(LEFT - 12, y + 15, label, "end"))
        together, x_ = max(1, sum(numbers)), float(LEFT)
        for (_, colour), number in zip(_STATES, numbers, strict=True):
            width = room * number / together
            if number:
                pieces.append(bar(x_, y + 2, max(width, 1), 18, colour))
                if width > 12 + 8 * len(f"{number:,}"):
                    ink = "#fff" if colour in (GAIN, LOSS) else INK
                    pieces.append(text(x_ + width / 2, y + 15, f"{number:,}", "middle", ink, 12))
            x_ += width
        y += ROW
    return Drawing(tuple(pieces), y)


def diverging(title: str, rows: Sequence[tuple[str, Amount]], lang: Lang) -> Drawing:
    """A bar to the right of zero for what is more, to the left for what is less; a pale one as far as it isn't sure."""
    ends = [end for _, amount in rows for end in amount if end is not None]
    most, least = max([Decimal(0), *ends]), min([Decimal(0), *ends])
    span = float(most - least) or 1.0
    room = WIDTH - LEFT - RIGHT - 10
    zero = LEFT + room * float(-least) / span
    pieces, y = [text(0, 18, title, bold=True, size=14)], 30
    for label, amount in rows:
        pieces.append(text(LEFT - 12, y + 15, _cut(label), "end"))
        low = zero if amount.low is None else zero + room * float(amount.low) / span
        high = zero if amount.high is None else zero + room * float(amount.high) / span
        if amount.exact is None:
            first = LEFT if amount.low is None else low
            last = LEFT + room if amount.high is None else high
            pieces.append(bar(first, y + 5, max(1.0, last - first), 12, OPEN, 0.55))
        elif amount.exact:
            colour = GAIN if amount.exact > 0 else LOSS
            pieces.append(bar(min(zero, low), y + 2, max(1.0, abs(low - zero)), 18, colour))
        pieces.append(text(WIDTH - RIGHT + 4, y + 15, short(amount, lang, signed=True), colour=FAINT, size=12))
        y += ROW
    pieces.append(f'<line x1="{zero:g}" y1="28" x2="{zero:g}" y2="{y}" stroke="{INK}" stroke-width="1"/>')
    return Drawing(tuple(pieces), y)


def _cut(label: str) -> str:
    lines = fold(label, 34)
    return lines[0] + ("…" if len(lines) > 1 else "")
