"""Words and signs that one would expect in a formula and that it doesn't have, and what it has instead."""

from __future__ import annotations

import re

from policyengine.text import Text

Span = tuple[int, int]
# what is written -> the Chinese keyword and the English one, or the one sign for both
_INSTEAD = {
    word: instead
    for words, instead in (
        ("并且 而且 同时 以及 并 与 及 和 && & AND And", ("且", "and")),
        ("或者 或是 || | OR Or", ("或", "or")),
        ("不是 没有 并非 ! NOT Not", ("非", "not")),
        ("如果 假如 若是 当 IF If", ("若", "if")),
        ("那么 那 就 THEN Then", ("则", "then")),
        ("不然 其他情况 ELSE Else", ("否则", "else")),
        ("大于等于 大于或等于 不低于 不小于 不少于 至少 => ≧ ⩾", (">=",)),
        ("小于等于 小于或等于 不超过 不高于 不大于 不多于 至多 =< ≦ ⩽", ("<=",)),
        ("大于 高于 超过 多于", (">",)),
        ("小于 低于 少于 不足 不满", ("<",)),
        ("为 是 等于 ===", ("=",)),
        ("不等于 不为 <>", ("!=",)),
        ("加 加上", ("+",)),
        ("减 减去", ("-",)),
        ("乘 乘以 x X", ("×",)),
        ("除以", ("÷",)),
        ("包括 包含于 在", ("属于", "in")),
    )
    for word in words.split()
}
_BETWEEN = {"不是": ("!=",), "!": ("非", "not")}  # what the same word is where a value stands before it
# those that stand between two values, in Chinese, with what there is instead; the longest first
BETWEEN = {
    word: instead[0]
    for word, instead in sorted(_INSTEAD.items(), key=lambda item: -len(item[0]))
    if not word.isascii() and word.isalpha() and instead[0] not in ("非", "若")
}
_WORD = re.compile(r"\w+|[=<>!]+|&+|\|+|\S")
_QUOTES = {"“": "”", "”": "”", "‘": "’", "「": "」", '"': '"', "'": "'", "`": "`"}


def instead_of(text: str, span: Span) -> tuple[Span, Text] | None:
    """What is at fault in a formula that can't be read on at `span`, and what to write; None if that isn't known.

    The fault may lie before: after `如果` the parser still takes `如果` for a name.
    """
    start, end = span
    words = [found.span() for found in _WORD.finditer(text) if found.start() <= start]
    for first, last in words:
        if text[first:last] in ("如果", "假如", "若是") and not _follows_value(text, first):
            return (first, last), _use(text[first:last])
    if text[start] in _QUOTES:
        close = text.find(_QUOTES[text[start]], start + 1)
        if close > start + 1:
            inner = text[start + 1 : close].strip()
            return (start, close + 1), Text(
                f"公式里的名称不加引号：`{inner}`", f"names have no quotes in a formula: `{inner}`"
            )
    digits = re.search(r"\d[\w.]*$", text[:start])
    if digits is not None and re.match(r"\w", text[start]) and not text[start - 1].isspace():
        whole = re.compile(r"\w+").match(text, start)
        at = digits.start(), whole.end() if whole else end
        return at, Text(
            f"公式里的名称不能以数字开头；`{text[at[0] : at[1]]}` 若是名称，请写它的标识",
            f"a name in a formula can't begin with a digit; if `{text[at[0] : at[1]]}` is one, use its id",
        )
    for first, last in words[:-3:-1]:  # the word at the place, and the one before it
        if text[first:last] in _INSTEAD:
            return (first, last), _use(text[first:last], _follows_value(text, first))
    return None


def _follows_value(text: str, start: int) -> bool:
    """Does a name, figure or closing bracket stand before this place?"""
    before = text[:start].rstrip()
    return (
        bool(before)
        and (before[-1] in ")）%％" or re.search(r"\w$", before) is not None)
        and not re.search(r"(?<!\w)(if|then|else|or|and|not|若|则|否则|或|且|非|如果|那么)$", before)
    )


def _use(word: str, between: bool = False) -> Text:
    instead = _BETWEEN.get(word) if between else None
    chinese, *english = instead or _INSTEAD[word]
    what = Text("词", "word") if re.match(r"\w", word) else Text("符号", "sign")
    more = f"（{english[0]}）" if english else ""
    besides = Text("", "")
    if word in ("和", "与", "及"):
        besides = Text("；数值相加请用 `+`", "; to add numbers, `+`")
    elif english == ["if"]:
        besides = Text("：`若 … 则 … 否则 …`", ": `if … then … else …`")
    return Text(
        f"公式里没有 `{word}` 这个{what.zh}，请用 `{chinese}`{more}{besides.zh}",
        f"formulas have no {what.en} `{word}`; use `{english[0] if english else chinese}`{besides.en}",
    )
