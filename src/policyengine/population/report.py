"""One page of what a population comes to, with charts that need no script and no other file."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable
from decimal import Decimal
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from policyengine.text import Lang, Text

if TYPE_CHECKING:
    from policyengine.population.deciding import Plan
    from policyengine.population.runs import Run

MOST_BARS, ROOM = 30, 40  # bars in a chart; cells of a name beside it
_TITLE = Text(
    "{pack}：{households:,} 户 {persons:,} 人，{on}", "{pack}: {households:,} households, {persons:,} persons, {on}"
)
_ENTITLED = Text("符合条件的家庭（户）", "Entitled households")
_COST = Text("应付金额（元；有下限的按下限计）", "Amounts due (yuan; of bounded amounts the least)")
_MISSING = Text("待定所缺（项次）", "What is missing where results are open (times)")
_REJECTED = Text("退回的行", "Rejected rows")
_NONE = Text("无", "none")
_MORE = Text("另有 {number} 项", "and {number} more")
_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
h1{font-size:1.4em} h2{font-size:1.1em;margin-top:2em} svg{width:100%;height:auto} text{font-size:13px;fill:#222}
dl{display:grid;grid-template-columns:max-content auto;gap:.2em 1em} dt{color:#555}
"""


def page(plan: Plan, run: Run, source: str, lang: Lang) -> str:
    summary = run.summary
    assert summary is not None
    labels = {item.id: item.label[lang] for item in plan.outcomes}
    labels |= {item.id: item.label[lang] for item in plan.program.facts}
    labels |= {item.id: item.label[lang] for item in plan.program.parameters}
    entitled = [(labels[name], item.households) for name, item in summary.benefits.items()]
    costs = [(labels[name], item.cost + item.more) for name, item in summary.benefits.items() if item.cost or item.more]
    missing = [(labels[name], number) for name, number in summary.missing.items()]
    title = _TITLE[lang].format(
        pack=plan.pack.label[lang], households=run.households, persons=run.persons, on=plan.on.isoformat()
    )
    sections = [
        (_ENTITLED[lang], bars(entitled, _count, lang)),
        (_COST[lang], bars(costs, _money, lang)),
        (_MISSING[lang], bars(missing, _count, lang)),
        (_REJECTED[lang], bars(list(run.codes.items()), _count, lang)),
    ]
    body = "".join(f"<h2>{escape(name)}</h2>{chart}" for name, chart in sections)
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>{_facts(plan, source, lang)}{body}</html>\n"
    )


def _facts(plan: Plan, source: str, lang: Lang) -> str:
    words = ("输入", "规则包摘要") if lang == "zh" else ("input", "digest of the pack")
    rows = {words[0]: source, words[1]: plan.pack.digest[:16], **plan.parameters, **plan.readings}
    items = "".join(f"<dt>{escape(str(key))}</dt><dd>{escape(str(value))}</dd>" for key, value in rows.items())
    return f"<dl>{items}</dl>"


def _count(value: Any) -> str:
    return f"{value:,}"


def _money(value: Any) -> str:
    return f"{Decimal(value):,.2f}"


def bars(items: Iterable[tuple[str, Any]], show: Callable[[Any], str], lang: Lang) -> str:
    """A horizontal bar for each item, the longest first; what is 0 is left out, and below so many it is said how many more there are."""
    every = sorted(((name, value) for name, value in items if value), key=lambda item: -item[1])
    rows, left = every[:MOST_BARS], len(every) - MOST_BARS
    if not rows:
        return f"<p>{_NONE[lang]}</p>"
    most, height = rows[0][1], 24 * len(rows)
    parts = []
    for place, (name, value) in enumerate(rows):
        width, y = max(1, int(360 * value / most)), 24 * place
        parts.append(
            f'<text x="290" y="{y + 16}" text-anchor="end">{escape(_short(name))}</text>'
            f'<rect x="300" y="{y + 3}" width="{width}" height="17" fill="#3b6ea5"/>'
            f'<text x="{306 + width}" y="{y + 16}">{escape(show(value))}</text>'
        )
    more = f"<p>{_MORE[lang].format(number=left)}</p>" if left > 0 else ""
    return f'<svg viewBox="0 0 860 {height}" role="img">{"".join(parts)}</svg>{more}'


def _short(name: str) -> str:
    """As much of a name as there is room for, 40 Latin letters or 20 Chinese characters."""
    wide = [2 if ord(letter) > 0x2E7F else 1 for letter in name]
    return name if sum(wide) <= ROOM else name[: bisect(list(accumulate(wide)), ROOM - 1)] + "…"
