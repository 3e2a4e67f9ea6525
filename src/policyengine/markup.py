"""Lines of an explanation as HTML: nested lists, and links to where a reason has been given before."""

from __future__ import annotations

import html
from collections.abc import Iterable

from policyengine.wording import Line


def lines_html(lines: Iterable[Line]) -> str:
    items = "".join(
        f'<li{_attribute("id", line.anchor)}><span class="m">{html.escape(line.mark)}</span> {_linked(line)}'
        f"{lines_html(line.children)}</li>"
        for line in lines
    )
    return f"<ul>{items}</ul>" if items else ""


def _attribute(name: str, value: str) -> str:
    return f' {name}="{html.escape(value, quote=True)}"' if value else ""


def _linked(line: Line) -> str:
    text = html.escape(line.text)
    return f'<a href="#{html.escape(line.link, quote=True)}">{text}</a>' if line.link else text


STYLE = (
    "<style>.pe{font-family:system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;line-height:1.6;max-width:60rem}"
    ".pe h3{margin:.2rem 0}.pe h4{margin:1rem 0 .2rem}.pe summary{cursor:pointer;padding:.1rem 0}.pe ul{list-style:none;"
    "margin:.1rem 0;padding-left:1.4rem}.pe .m{display:inline-block;width:1.1rem;text-align:center}.pe a{color:inherit}.pe .c{color:#666;"
    "margin:.2rem 0 .4rem 1.4rem}.pe .eligible>summary .m,.pe .met>summary .m{color:#15803d}.pe .ineligible>summary .m,"
    ".pe .not-met>summary .m{color:#b91c1c}.pe .undetermined>summary .m{color:#b45309}"
    "@media print{.pe details>*{display:block}}</style>"
)
