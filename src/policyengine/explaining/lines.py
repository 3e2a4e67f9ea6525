"""Lines of an explanation: what each says, how it is marked, and the lines that give its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policyengine.explaining.explanation import Reason

YES, NO, OPEN, PLAIN = "✓", "✗", "?", "·"
MARGIN, DEEPER = " " * 6, " " * 4  # of the lines below a result, and of those below a line


@dataclass(slots=True, eq=False)  # not frozen, as reasons aren't: there are many, and freezing costs time
class Line:
    """mark: fulfilled, failed, open, or · for a calculation. is_group: the text says nothing without its children.

    about: the variable that this line explains, or (if that reason repeats) of which it says that it stands above.
    is_spoken: its first word (because, still needed) says in plain text what the mark would say.
    is_reading: it says what the text is taken to mean, which may decide but is nothing that anyone fails.
    """

    mark: str
    text: str
    children: Sequence[Line] = ()
    is_group: bool = False
    about: Reason | None = None
    is_spoken: bool = False
    is_reading: bool = False

    @property
    def shown_mark(self) -> str:
        return PLAIN if self.is_reading else self.mark


def indent(lines: Iterable[Line], margin: str, into: list[str]) -> None:
    """Add lines as text, each below what it explains."""
    for line in lines:
        mark = line.shown_mark
        into.append(f"{margin}{line.text}" if mark == PLAIN or line.is_spoken else f"{margin}{mark} {line.text}")
        if line.children:
            indent(line.children, margin + DEEPER, into)
