"""The short form of an explanation: entitlements in full; what is refused or open is grouped by its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from policyengine.explaining.lines import MARGIN, NO, OPEN, PLAIN, YES, Line
from policyengine.explaining.telling import STATUS
from policyengine.interpreters.layout import Environment
from policyengine.results import Entitlement, IndicatorResult

if TYPE_CHECKING:
    from policyengine.explaining.rendering import Block, Explanation


def short_form(
    explanation: Explanation, results: Sequence[Entitlement | IndicatorResult], environment: Environment
) -> Iterator[str]:
    """The lines of one member's (or the household's, the area's) results."""
    say = explanation.say
    groups: dict[tuple[str, bool, tuple[str, ...]], list[Block]] = {}
    for item in results:
        if item.status == "eligible":
            yield from explanation.block_text(explanation.block(item, environment))
        elif item.status != "not applicable":
            block = explanation.block_alone(item, environment)
            key = (block.mark, isinstance(item, IndicatorResult), tuple(_gist(explanation, block)))
            groups.setdefault(key, []).append(block)
    for (mark, is_indicator, gist), blocks in groups.items():
        status = {YES: "met", NO: "not met" if is_indicator else "ineligible", OPEN: "undetermined"}[mark]
        one = len(blocks) == 1
        titles = [block.title if one else block.cited_title for block in blocks]
        yield f"  {mark} {say('、', ', ').join(titles)}   {STATUS[status][explanation.lang]}"
        yield from (f"{MARGIN}{line}" for line in gist)
        yield from explanation.foot("", blocks[0].cites if one else "")


def _gist(explanation: Explanation, block: Block) -> Iterator[str]:
    """What decided a refusal, or is still needed, in one line each."""
    if block.mark == OPEN:
        yield from (line.text for line in block.lines if line.is_spoken)
    elif block.mark == NO:
        yield from (_with_failed(explanation, line) for line in block.lines if line.mark == NO)


def _with_failed(explanation: Explanation, line: Line, deep: bool = True) -> str:
    """A failed condition with the failed ones right behind it."""
    wanted = _failed(line) if deep or line.is_group else ()
    behind = [_with_failed(explanation, child, deep=False) for child in wanted]
    if not behind:
        return line.text
    joined = explanation.say("｜", " | ").join(dict.fromkeys(behind))
    return f"{line.text}{explanation.say(f'（{joined}）', f' ({joined})')}"


def _failed(line: Line) -> Iterator[Line]:
    """What failed right behind a line: its failed conditions, and of a table those of the rows before."""
    for child in line.children:
        if child.mark == NO:
            yield child
        elif child.mark == PLAIN and child.is_group:
            yield from _failed(child)
