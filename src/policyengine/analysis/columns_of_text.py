"""Small tables of text for a terminal: Chinese characters are two cells wide, figures stand flush right."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from policyengine.regions_table import fold

GAP = "  "


def wrapped(text: str, width: int, further: str = "") -> list[str]:
    """Lines of at most `width` cells; the first keeps its own indentation, those after it begin with `further`."""
    own = text[: len(text) - len(text.lstrip())]
    room = max(20, width - cell_len(further))
    lines = fold(text.strip(), room - max(0, cell_len(own) - cell_len(further)))
    return [(own if place == 0 else further) + line for place, line in enumerate(lines)]


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], width: int, indent: str = "  ") -> list[str]:
    """The first column flush left and folded where there isn't room, the others flush right."""
    columns = [list(column) for column in zip(head, *rows, strict=True)]
    sizes = [max(map(cell_len, column)) for column in columns]
    room = max(12, width - len(indent) - sum(sizes[1:]) - len(GAP) * (len(sizes) - 1))
    first = min(sizes[0], room)
    lines: list[str] = []
    for place, row in enumerate([head, *rows]):
        names = fold(row[0], first, "  ") or [""]
        rest = GAP.join(" " * (size - cell_len(text)) + text for text, size in zip(row[1:], sizes[1:], strict=True))
        last = names[-1] + " " * (first - cell_len(names[-1]))
        lines += [indent + name for name in names[:-1]]
        lines.append(f"{indent}{last}{GAP}{rest}".rstrip())
        if place == 0:
            lines.append(indent + "─" * min(width - len(indent), first + sum(sizes[1:]) + len(GAP) * (len(sizes) - 1)))
    return lines
