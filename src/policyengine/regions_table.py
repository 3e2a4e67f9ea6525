"""How a comparison of regions looks: a table for the terminal, and one in HTML."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from policyengine.text import Lang, Text, number_of

if TYPE_CHECKING:
    from policyengine.regions import Cell, Entry, Region, RegionComparison

MARKS = {"eligible": "✓", "undetermined": "?", "ineligible": "✗"}
NOT_HERE = Text("本方案没有", "not in this plan")
REFUSED = Text("不符合", "not entitled")
NO_DECISION = Text("无法判断", "no decision")
LINES, NEEDS = 4, 2  # in a cell of the terminal; `every` shows all
# what stays on one line: a word, or a Chinese character, with the punctuation that opens before or closes after it
_PIECES = re.compile(r"(?:[✓✗?] )?[（“《]*(?:[!-~]+|[^!-~\s])[：，、。；）”》]*\s*")
STYLE = (
    "<style>.pe-r{border-collapse:collapse;table-layout:fixed;width:100%;font:14px/1.5 system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',"
    "sans-serif}.pe-r th,.pe-r td{border:1px solid #ddd;padding:.4em .6em;text-align:left;vertical-align:top}"
    ".pe-r th{background:#f6f6f6}.pe-r th:first-child{width:7em}.pe-r caption{text-align:left;font-weight:bold;padding:.4em 0}.pe-r .eligible{color:#1a6b2b}.pe-r .undetermined{color:#8a5a00}"
    ".pe-r .ineligible,.pe-r .not-in-this-plan{color:#777}.pe-r .no-decision{color:#a11}.pe-r small{color:#777}</style>"
)


def entry_text(entry: Entry, cell: Cell, lang: Lang, members: int, needs: int | None) -> str:
    """`医疗救助（张三）每年 7,500.00 元`; without the benefit's name where the family has only one in the plan."""
    zh = lang == "zh"
    who = ("、" if zh else ", ").join(entry.who)
    if len(entry.who) == members > 1:
        who = "全体成员" if zh else "everyone"
    name = entry.label[lang] if cell.benefits > 1 or not cell.is_family else ""
    if name and who:
        name = f"{name}（{who}）" if zh else f"{name} ({who})"
    name = name or who
    said = entry.says[lang]
    if entry.needs:
        listed = [need[lang] for need in entry.needs[:needs]]
        more = len(entry.needs) - len(listed)
        text = ("、" if zh else ", ").join(listed)
        if more:
            text += f" 等 {len(entry.needs)} 项" if zh else f" and {more} more"
        said += f"（须知 {text}）" if zh else f" (needs {text})"
    return f"{name}{'：' if zh else ': '}{said}" if name else said


def cell_lines(cell: Cell, lang: Lang, members: int, every: bool) -> Iterator[tuple[str, str]]:
    """(status, text) of each line; refusals only where nothing else is told."""
    if cell.status == "not in this plan":
        yield cell.status, "—"
    elif cell.status == "no decision":
        yield cell.status, NO_DECISION[lang]
    elif cell.status == "ineligible" and not every:
        yield cell.status, f"✗ {REFUSED[lang]}"
    else:
        told = [entry for entry in cell.entries if every or entry.status != "ineligible"]
        for entry in told if every else told[:LINES]:
            text = entry_text(entry, cell, lang, members, None if every else NEEDS)
            yield entry.status, f"{MARKS[entry.status]} {text}"
        if not every and len(told) > LINES:
            more = len(told) - LINES
            yield "ineligible", f"另有 {more} 项" if lang == "zh" else f"{more} more"


def title(comparison: RegionComparison, lang: Lang) -> str:
    name = comparison.household or ("住户" if lang == "zh" else "household")
    return f"{name} · {comparison.on}"


def notes(comparison: RegionComparison, lang: Lang, rows: list[str]) -> Iterator[str]:
    """What stands below the table: regions without a decision and why, families that are left out, the dash."""
    for region in comparison.regions:
        if region.problem is not None:
            yield f"{region.label[lang]}{'：' if lang == 'zh' else ': '}{_first_line(region, lang)}"
    left = [
        label[lang]
        for family, label in comparison.families.items()
        if family and family not in rows and comparison.is_refused(family)
    ]
    if left:
        listed = ("、" if lang == "zh" else ", ").join(left)
        yield (
            f"各地均不符合或没有：{listed}" if lang == "zh" else f"not entitled, or not in the plan, anywhere: {listed}"
        )
    if comparison.ungrouped and "" not in rows:
        number = comparison.ungrouped
        yield (
            f"另有 {number} 项待遇没有写 family:，未列入（--all / every=True 列出）；要归入一行，在待遇里写 family: 类别，类别见 families.yaml"
            if lang == "zh"
            else f"{number_of(number, 'benefit')} without `family:`, not shown (--all / every=True shows them); to give one a row, write "
            "`family: …` in it, a family of families.yaml"
        )
    if any(cell.status == "not in this plan" for (family, _), cell in comparison.cells.items() if family in rows):
        yield f"—：{NOT_HERE.zh}" if lang == "zh" else f"—: {NOT_HERE.en}"


def _first_line(region: Region, lang: Lang) -> str:
    assert region.problem is not None
    return "; ".join(item.message(lang) for item in region.problem.diagnostics[:3])


def as_text(comparison: RegionComparison, lang: Lang, width: int | None, every: bool) -> str:
    """A table as wide as the terminal (120 cells where there is none); characters of two cells count as two."""
    width = width or shutil.get_terminal_size((120, 24)).columns
    rows, columns = comparison.rows(every), len(comparison.regions)
    labels = [comparison.families[family][lang] for family in rows]
    first = min(max([cell_len(label) for label in labels], default=0), max(10, width // (columns + 2)))
    each = max(10, (width - first - 2 * columns) // max(1, columns))
    lines = [title(comparison, lang), ""]
    lines += beside(
        [[], *(fold(region.label[lang], each) for region in comparison.regions)], [first, *[each] * columns]
    )
    lines.append("─" * (first + columns * (each + 2)))
    for family, label in zip(rows, labels, strict=True):
        cells = [comparison.cells[family, region.id] for region in comparison.regions]
        told = [
            [line for _, text in cell_lines(cell, lang, comparison.members, every) for line in fold(text, each, "  ")]
            for cell in cells
        ]
        lines += [*beside([fold(label, first), *told], [first, *[each] * columns]), ""]
    for note in notes(comparison, lang, rows):
        lines += fold(note, width, "  ")
    return "\n".join(lines)


def beside(cells: list[list[str]], widths: list[int]) -> list[str]:
    """The lines of several cells next to each other, each filled up to its width and two more."""
    height = max(len(cell) for cell in cells)
    rows = [[cell[index] if index < len(cell) else "" for cell in cells] for index in range(height)]
    return [
        "".join(set_cell_size(text, width) + "  " for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def fold(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` cells. Chinese breaks between any two characters, but not before closing punctuation."""
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if line.strip() and cell_len(line + piece.rstrip()) > width and line != indent:
            lines.append(line.rstrip())
            line = indent
            piece = piece.lstrip()
        while cell_len(line + piece.rstrip()) > width and len(piece) > 1:  # one long word
            room = next(n for n in range(len(piece), 0, -1) if n == 1 or cell_len(line + piece[:n]) <= width)
            lines.append(line + piece[:room])
            line, piece = indent, piece[room:]
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def as_html(comparison: RegionComparison, lang: Lang, every: bool) -> str:
    """A fragment with its own style: every entry in full, what is missing included."""
    rows = comparison.rows(every)
    head = "".join(f"<th>{html.escape(region.label[lang])}</th>" for region in comparison.regions)
    body = "".join(
        f"<tr><th>{html.escape(comparison.families[family][lang])}</th>"
        + "".join(
            _html_cell(comparison.cells[family, region.id], lang, comparison.members) for region in comparison.regions
        )
        + "</tr>"
        for family in rows
    )
    below = "".join(f"<p><small>{html.escape(note)}</small></p>" for note in notes(comparison, lang, rows))
    caption = html.escape(title(comparison, lang))
    return (
        f'<div lang="{lang}">{STYLE}<table class="pe-r"><caption>{caption}</caption>'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>{below}</div>"
    )


def _html_cell(cell: Cell, lang: Lang, members: int) -> str:
    if cell.status in ("not in this plan", "no decision", "ineligible"):
        lines = list(cell_lines(cell, lang, members, every=False))
    else:
        told = [entry for entry in cell.entries if entry.status != "ineligible"]
        lines = [
            (entry.status, f"{MARKS[entry.status]} {entry_text(entry, cell, lang, members, None)}") for entry in told
        ]
    inner = "".join(f'<div class="{status.replace(" ", "-")}">{html.escape(text)}</div>' for status, text in lines)
    return f"<td>{inner}</td>"


def page(comparison: RegionComparison, lang: Lang, every: bool) -> str:
    """A whole HTML page."""
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title(comparison, lang))}</title></head><body>{as_html(comparison, lang, every)}</body></html>\n"
    )
