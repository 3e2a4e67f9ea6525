"""A comparison as HTML: a fragment for a notebook, and a whole page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from policyengine.analysis.charts import impact_chart
from policyengine.analysis.differences import Part
from policyengine.analysis.report import (
    ONLY_STORED,
    SAID,
    SAME_TEXT,
    WORDS,
    YEARLY,
    counts_of,
    effects_text,
    heading,
    open_of,
    tables_of,
    title_of,
)
from policyengine.analysis.telling_change import KINDS, SIGNS, since_words
from policyengine.text import Lang

if TYPE_CHECKING:
    from policyengine.analysis.comparison import Comparison

STYLE = (
    "<style>.pe-c{font:15px/1.6 system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;max-width:62rem;color:#222}"
    ".pe-c h3{font-size:1.05em;margin:1.4em 0 .4em}.pe-c table{border-collapse:collapse;margin:.6em 0}"
    ".pe-c td,.pe-c th{padding:.2em .7em;text-align:right;border-bottom:1px solid #e4e6ea;font-variant-numeric:tabular-nums}"
    ".pe-c td:first-child,.pe-c th:first-child{text-align:left}.pe-c .said td{text-align:left;vertical-align:top}"
    ".pe-c code{font:13px/1.5 ui-monospace,'Noto Sans Mono CJK SC',monospace;white-space:pre-wrap}"
    ".pe-c del{color:#9a3324;text-decoration-color:#c9a39b}.pe-c ins{color:#1f6b3f;text-decoration:none}"
    ".pe-c small{color:#667}.pe-c pre{font:14px/1.55 system-ui,'Noto Sans CJK SC',sans-serif;white-space:pre-wrap;margin:.3em 0}"
    ".pe-c svg{max-width:100%;height:auto}</style>"
)


def as_html(comparison: Comparison, lang: Lang) -> str:
    """A fragment with its own style."""
    parts = [f'<div class="pe-c" lang="{lang}">{STYLE}']
    parts += [f"<div>{escape(line)}</div>" for line in heading(comparison, lang)]
    if comparison.says_the_same:
        parts.append(f"<p>{SAME_TEXT[lang]}</p>")
    elif comparison.is_one_plan and not comparison.differences and comparison.old.pack.digest != comparison.new.pack.digest:  # fmt: skip
        parts.append(f"<p>{ONLY_STORED[lang]}</p>")
    if comparison.differences:
        parts.append(f"<h3>{SAID[lang]}</h3>{_differences(comparison, lang)}")
    if not comparison.says_the_same:
        title, *lines = effects_text(comparison, lang, 10_000)
        parts.append(f"<h3>{escape(title)}</h3><pre>{escape(chr(10).join(lines))}</pre>")
    if comparison.impact is not None:
        impact = comparison.impact
        parts.append(f"<h3>{escape(title_of(impact, comparison.population, lang))}</h3>")
        parts.append(f"<p>{escape(counts_of(impact, lang))}</p>")
        if impact.may_gain or impact.may_lose:
            parts.append(f"<p>{escape(open_of(impact, lang))}</p>")
        parts += [_table(head, rows) for head, rows in tables_of(impact, lang)]
        parts.append(f"<p><small>{escape(YEARLY[lang])}</small></p>{impact_chart(impact, lang)}")
    return "".join(parts) + "</div>"


def page(comparison: Comparison, lang: Lang) -> str:
    """A whole HTML page."""
    title = " → ".join(side.name(lang) for side in (comparison.old, comparison.new))
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title></head><body>{as_html(comparison, lang)}</body></html>\n"
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    first = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{first}</tr>{rest}</table>"


def _differences(comparison: Comparison, lang: Lang) -> str:
    items = comparison.differences
    told = [item for item in items if item.how != "words"]
    rows = [
        f"<tr><td>{SIGNS[item.how]} {KINDS[item.kind][lang]}</td><td><b>{escape(item.label[lang])}</b> "
        f"<small>{escape(', '.join(item.provisions))}</small>{''.join(_part(part, comparison, lang) for part in item.parts)}</td></tr>"
        for item in told
    ]
    words = ("、" if lang == "zh" else ", ").join(
        dict.fromkeys(item.label[lang] for item in items if item.how == "words")
    )
    below = f"<p><small>{WORDS[lang]}{escape(words)}</small></p>" if words else ""
    return f'<table class="said">{"".join(rows)}</table>{below}'


def _part(part: Part, comparison: Comparison, lang: Lang) -> str:
    name = since_words(part.since, lang) if part.key in ("values", "bands") else f"{part.what[lang]}: "
    said = [
        f"<{tag}><code>{escape(shown[lang])}</code></{tag}>"
        for tag, shown in (("del", part.before), ("ins", part.after))
        if shown is not None
    ]
    places = " → ".join(comparison.place(place) for place in part.places if place)
    return f"<div>{escape(name)}{' → '.join(said)}<br><small>{escape(places)}</small></div>"
