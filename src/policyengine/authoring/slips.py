"""Full-width punctuation, and spaces left out, where YAML's own punctuation should stand.

Text may hold any of it, so nothing is looked for in a file that is fine. Of a syntax error a slip is said to be the cause
only if the parser gets past the error once the slip is mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

from policyengine.source import Source, SourceFile
from policyengine.text import Text

MOST_PARSED = 2_000_000  # characters, over all mends that are tried; each is parsed up to the error
MOST_LINES = 50  # above the error, of which each may have a slip


@dataclass(frozen=True)
class Slip:
    """what: what stands there; mend: what to write instead."""

    place: Source
    what: Text
    mend: Text

    @property
    def hint(self) -> Text:
        """Both in one sentence, for an error that is told elsewhere."""
        zh = f"{self.place} {self.what.zh}，{self.mend.zh}"
        return Text(zh, f"{self.place} has {self.what.en}; {self.mend.en}")


@dataclass(frozen=True)
class _Kind:
    signs: str
    instead: str  # sign for sign, or one text for all of them
    called: Text
    mend: Text


_SPACELESS = _Kind(
    ":",
    ": ",
    Text("`:` 后面没有空格", "a `:` without a space behind it"),
    Text("请在 `:` 后加一个空格", "put a space behind the `:`"),
)
_KINDS = (
    _Kind(
        "：", ": ", Text("中文冒号", "full-width colon"), Text("请改成英文冒号加空格 `: `", "write `: `, with a space")
    ),
    _Kind("，", ", ", Text("中文逗号", "full-width comma"), Text("请改成英文逗号 `,`", "write `,`")),
    _Kind("｛｝", "{}", Text("全角花括号", "full-width brace"), Text("请改成英文的 `{` `}`", "write `{` and `}`")),
    _Kind(
        "［］【】", "[][]", Text("全角方括号", "full-width bracket"), Text("请改成英文的 `[` `]`", "write `[` and `]`")
    ),
    _Kind("“”＂", '"""', Text("中文引号", "curly quote"), Text('请改成英文引号 `"`', 'write `"`')),
    _Kind("‘’＇", "'''", Text("中文引号", "curly quote"), Text("请改成英文引号 `'`", "write `'`")),
    _Kind("＃", "#", Text("全角井号", "full-width hash"), Text("注释请用英文的 `#`", "a comment begins with `#`")),
    _Kind(
        "－—–",
        "---",
        Text("中文横线", "long dash"),
        Text("列表请用英文的 `-` 加空格", "an item of a list begins with `- `"),
    ),
    _Kind("　", "  ", Text("全角空格", "full-width space"), Text("请改成英文空格", "use ordinary spaces")),
    _SPACELESS,
)
_QUOTED = re.compile(r"""(?<![^\s\[{,:])(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*')|(?:(?<=\s)|^)\#.*""")
_KEY_WITH_COLON = re.compile(r"(?:^\s*(?:- +)*|[{,｛，]\s*)[^\s：:{}\[\],]+\s?(：)")
_KEY_WITHOUT_SPACE = re.compile(r"(?:^\s*(?:- +)*|[{,]\s*)[^\s:{}\[\],\"']+(:)(?=[^\s:/])")


def behind(file: SourceFile, error: Source, opened: Source | None, broken: Callable[[str], int | None]) -> Slip | None:
    """The slip that a syntax error comes from, if one is found on its line or above.

    error: where the parser gave up; opened: where the quote or bracket begins that it was in; `broken` tells where it
    gives up in a text, None if it gets through.
    """
    starts, line = file.line_starts, error.line - 1
    end = starts[line + 1] if line + 1 < len(starts) else len(file.text)
    lines = file.text[:end].split("\n")
    before = broken(file.text[:end])
    tries = MOST_PARSED // end
    if before is None:
        return None
    for numbers in _stretches(lines, line, None if opened is None else opened.line - 1):
        kinds = [kind for kind in _KINDS if any(_signs(lines[number], kind) for number in numbers)]
        for several in sorted({1, 2, len(kinds)} & set(range(1, len(kinds) + 1))):
            for chosen, first_only in product(combinations(kinds, several), (True, False)):
                mended = "\n".join(_mended(lines, numbers, chosen, first_only))
                if (tries := tries - 1) < 0:
                    return None
                at = broken(mended)
                if at is None or mended[:at].count("\n") > file.text[:before].count("\n"):
                    return _first(file, lines, numbers, chosen)
    return None


def _stretches(lines: list[str], line: int, opened: int | None) -> Iterator[list[int]]:
    """The lines to look at: that of the error, the one above, and those above it as long as each has a key with such a colon."""
    yield [line]
    if opened is not None and opened != line:
        yield [opened]
    above = [number for number in range(max(0, line - MOST_LINES), line) if lines[number].strip()][::-1]
    for last, number in enumerate(above):
        if last and not any(_signs(lines[number], kind) for kind in (_KINDS[0], _SPACELESS)):
            return
        yield above[last::-1]
        yield [*above[last::-1], line]


def _signs(line: str, kind: _Kind) -> list[int]:
    """Where the signs of a kind stand in a line, outside quotes and comments; a quote may be the end of a quoted text."""
    taken = [] if kind.instead[0] in "\"'" else [found.span() for found in _QUOTED.finditer(line)]
    if kind is _SPACELESS or kind.signs == "：":
        keys = _KEY_WITHOUT_SPACE if kind is _SPACELESS else _KEY_WITH_COLON
        places = [found.start(1) for found in keys.finditer(line)]
    else:
        places = [index for index, sign in enumerate(line) if sign in kind.signs]
    return [index for index in places if not any(start <= index < end for start, end in taken)]


def _mended(lines: list[str], numbers: list[int], kinds: tuple[_Kind, ...], first_only: bool) -> list[str]:
    """first_only: of the colons of a line the first alone, for a text behind it may have others."""
    result = list(lines)
    for number in numbers:
        line = lines[number]
        instead = {}
        for kind in kinds:
            places = _signs(line, kind)
            for index in places[:1] if first_only and ":" in kind.instead else places:
                paired = len(kind.instead) == len(kind.signs) > 1
                instead[index] = kind.instead[kind.signs.index(line[index])] if paired else kind.instead
        result[number] = "".join(instead.get(index, sign) for index, sign in enumerate(line))
    return result


def _first(file: SourceFile, lines: list[str], numbers: list[int], kinds: tuple[_Kind, ...]) -> Slip:
    found = [
        (number, index, kind)
        for number in numbers
        for kind in kinds
        for index in _signs(lines[number], kind)
    ]  # fmt: skip
    number, index, kind = min(found, key=lambda each: each[:2])
    return _slip(file, file.line_starts[number] + index, kind)


def _slip(file: SourceFile, start: int, kind: _Kind) -> Slip:
    place = Source(file, start)
    if kind is _SPACELESS:
        return Slip(place, kind.called, kind.mend)
    sign = file.text[start]
    zh, en = f"这里用了{kind.called.zh}", f"a {kind.called.en}"
    shown = "" if sign.isspace() else f" `{sign}`"
    return Slip(place, Text(zh + shown, en + shown), kind.mend)


_IN_WORD = {
    "：": _KINDS[0],
    "｛": _KINDS[2],
    "［": _KINDS[3],
    "【": _KINDS[3],
    "“": _KINDS[4],
    "‘": _KINDS[5],
    "　": _KINDS[8],
}


def in_word(place: Source | None, key: str = "") -> Slip | None:
    """The slip in a word without quotes that can't stand where it does: how it begins, or a colon in it.

    key: only a colon behind this word counts.
    """
    if place is None:
        return None
    raw = place.file.text[place.start : place.start + place.length]
    if key:
        found = re.search(rf"(?<!\w){re.escape(key)}\s*([：:])(?!\s)|(?<!\w){re.escape(key)}(：)", raw)
        at = -1 if found is None else found.start(1) if found[1] else found.start(2)
        if at < 0:
            return None
        return _slip(place.file, place.start + at, _SPACELESS if raw[at] == ":" else _KINDS[0])
    if raw[:1] in _IN_WORD:
        return _slip(place.file, place.start, _IN_WORD[raw[0]])
    found = re.match(r"[^\s：:]+([：:])", raw)
    if found is None or (found[1] == ":" and found.end() == len(raw)):
        return None
    return _slip(place.file, place.start + found.start(1), _SPACELESS if found[1] == ":" else _KINDS[0])


def hint_of(word: object) -> Text | None:
    """What to do about a scalar that can't stand where it does, where a slip explains it."""
    slip = in_word(getattr(word, "place", None)) if getattr(word, "plain", False) else None
    return slip.hint if slip is not None else None


def of_empty(place: Source | None) -> Text | None:
    """What to do about a key without a value, where a slip explains it."""
    if place is None:
        return None
    text, end = place.file.text, place.start + place.length
    if (found := re.compile(r"\s*:[^\S\n\u3000]*\n(\u3000)").match(text, end)) is not None:
        return _slip(place.file, found.start(1), _IN_WORD["　"]).hint
    before, word = text[max(0, place.start - 20) : place.start], text[place.start : end]
    head = re.search(r"\d[\d,]*,$", before)
    if head is not None and re.match(r"\d{3}(?!\d)", word):
        whole = (head[0] + word).replace(",", "")
        return Text(
            f"在 {{ }} 里逗号分隔各项；数字里的逗号请去掉：`{whole}`",
            f"in {{ }} a comma divides items; write the figure without it: `{whole}`",
        )
    slip = in_word(place)
    return slip.hint if slip is not None else None
