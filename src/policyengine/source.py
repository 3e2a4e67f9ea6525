"""Where something stands in a file, and how to show that place."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple


@dataclass(frozen=True)
class SourceFile:
    """A file as it was read: `name` is shown to the reader, `text` is the whole content."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts


class Source(NamedTuple):
    """A stretch of a file: `start` and `length` count characters."""

    file: SourceFile
    start: int
    length: int = 1

    @property
    def line(self) -> int:
        """1 for the first line."""
        return bisect_right(self.file.line_starts, self.start)

    @property
    def column(self) -> int:
        """1 for the first character of the line."""
        return self.start - self.file.line_starts[self.line - 1] + 1

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}:{self.column}"

    def part(self, start: int, length: int) -> Source:
        """The stretch inside this one that begins `start` characters in."""
        return Source(self.file, self.start + start, max(1, length))

    def snippet(self) -> str:
        """The line with a caret under the stretch; a wide (CJK) character takes two cells."""
        begin = self.file.line_starts[self.line - 1]
        end = self.file.text.find("\n", begin)
        text = visible(self.file.text[begin : end if end >= 0 else None], " ")
        column, length = self.column - 1, self.length
        if len(text) > 160:  # show the neighbourhood only
            cut = max(0, column - 60)
            more = "…" if cut + 150 < len(text) else ""
            text, column = ("…" if cut else "") + text[cut : cut + 150] + more, column - cut + (1 if cut else 0)
        marked = text[column : column + length]
        number = f"{self.line:>4}"
        return f"{number} | {text}\n{' ' * len(number)} | {' ' * cells(text[:column])}{'^' * max(1, min(cells(marked), 120))}"


def visible(text: str, stand_in: str | None = None) -> str:
    """The text on one line and without control characters: each becomes `stand_in`, or its escape (`\\n`)."""
    if text.isprintable():
        return text
    return "".join(
        (stand_in or repr(char)[1:-1]) if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char
        for char in text
    )


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )
