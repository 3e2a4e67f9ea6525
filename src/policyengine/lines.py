"""Lines of an explanation: what each says, how it is marked, and the lines that give its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policyengine.explanation import Reason

YES, NO, OPEN, PLAIN = "✓", "✗", "?", "·"
NEEDED = ("还要知道", "still needed")
_UNMARKED = ("因为", "because", *NEEDED)


@dataclass(slots=True, eq=False)  # not frozen, as reasons aren't: there are many, and freezing costs time
class Line:
    """mark: fulfilled, failed, open, or · for a calculation. is_group: the text says nothing without its children.

    about: the variable that this line explains, or (if that reason repeats) of which it says that it stands above.
    """

    mark: str
    text: str
    children: Sequence[Line] = ()
    is_group: bool = False
    about: Reason | None = None


def indent(lines: Iterable[Line], margin: str, into: list[str]) -> None:
    """Add lines as text, each below what it explains."""
    for line in lines:
        mark, text = line.mark, line.text
        into.append(f"{margin}{text}" if mark == PLAIN or text.startswith(_UNMARKED) else f"{margin}{mark} {text}")
        if line.children:
            indent(line.children, margin + "    ", into)
