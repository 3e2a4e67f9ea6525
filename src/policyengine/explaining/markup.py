"""Lines of an explanation as HTML: nested lists, and links to where a reason has been given before."""

from __future__ import annotations

import html
from collections.abc import Iterable

from policyengine.explaining.explanation import Reason
from policyengine.explaining.lines import Line


def lines_html(lines: Iterable[Line]) -> str:
    items: list[str] = []
    for line in lines:
        name = f' id="{_anchor(line.about)}"' if line.about is not None and not line.about.repeats else ""
        mark = html.escape(line.shown_mark)
        items.append(f'<li{name}><span class="m">{mark}</span> {_linked(line)}{lines_html(line.children)}</li>')
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _linked(line: Line) -> str:
    text = html.escape(line.text)
    return f'<a href="#{_anchor(line.about)}">{text}</a>' if line.about is not None and line.about.repeats else text


def _anchor(reason: Reason) -> str:
    """Names the place where a variable is explained."""
    assert reason.variable is not None
    return html.escape(f"pe-{reason.variable.id}-{reason.member or ''}", quote=True)


STYLE = (
    "<style>.pe{font-family:system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;line-height:1.6;max-width:60rem}"
    ".pe h3{margin:.2rem 0}.pe h4{margin:1rem 0 .2rem}.pe summary{cursor:pointer;padding:.1rem 0}.pe ul{list-style:none;"
    "margin:.1rem 0;padding-left:1.4rem}.pe .m{display:inline-block;width:1.1rem;text-align:center}.pe a{color:inherit}.pe .c{color:#666;"
    "margin:.2rem 0 .4rem 1.4rem}.pe .eligible>summary .m,.pe .met>summary .m{color:#15803d}.pe .ineligible>summary .m,"
    ".pe .not-met>summary .m{color:#b91c1c}.pe .undetermined>summary .m{color:#b45309}"
    "@media print{.pe details>*{display:block}}</style>"
)
