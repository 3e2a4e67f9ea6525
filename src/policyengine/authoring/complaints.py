"""What a YAML parser complains of, in our words: libyaml's complaints and those of the parser written in Python."""

from __future__ import annotations

import re

import yaml

from policyengine.authoring import slips
from policyengine.errors import Diagnostic, diagnostic
from policyengine.source import Source, SourceFile
from policyengine.text import Text

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FEATURES = re.compile("while (scanning an (anchor|alias)|(scanning|parsing) a tag$)|.*undefined tag handle")
_CANNOT_BEGIN = re.compile("found character .*that cannot start any token")
_UNCLOSED = re.compile("found unexpected end of stream|could not find expected ':'|found unexpected document")

_TAB = (Text("缩进不能用制表符", "a tab can't indent"), Text("请用空格", "use spaces"))
# "context: complaint" of the parser, the first that is found -> ours, and what to do about it
_COMPLAINTS: tuple[tuple[str, Text, Text | None], ...] = (
    (
        "scanning a .*directive|parsing a (%TAG|tag) directive|duplicate|incompatible YAML document",
        Text("以 `%` 开头的行是 YAML 指令", "a line that begins with `%` is a directive of YAML"),
        Text("若是文字，请加引号；若是指令，请删去", "put it in quotes if it is text; leave a directive out"),
    ),
    ("tab character", *_TAB),
    (
        "scanning a block scalar",
        Text("`>` 或 `|` 后面不能有文字", "text can't follow `>` or `|`"),
        Text(
            "若是以 `>` 或 `|` 开头的文字，请加引号；若是多行文字，请从下一行写起",
            "put text that begins with `>` or `|` in quotes; text of several lines begins on the next line",
        ),
    ),
    (
        "mapping values are not allowed|found unexpected ':'",
        Text("这里不该有 `:`", "a `:` isn't expected here"),
        Text(
            "同一层的键要对齐；含 `: ` 的文字请加引号；`:` 后要有空格",
            "keys of one mapping begin in the same column, text with `: ` in it needs quotes, and a space follows the `:` of a key",
        ),
    ),
    (
        "mapping keys are not allowed",
        Text("这里不该有 `? `", "a `? ` isn't expected here"),
        Text("以 `? ` 开头的文字请加引号", "put text that begins with `? ` in quotes"),
    ),
    (
        "did not find expected key|parsing a block mapping: expected <block end>",
        Text("这里应为键", "a key is expected here"),
        Text(
            "同一层的键要对齐；引号之后不能再有文字",
            "keys of one mapping begin in the same column, and nothing follows a closing quote",
        ),
    ),
    (
        "did not find expected '-' indicator|parsing a block collection: expected <block end>",
        Text("这里应为 `-`", "a `-` is expected here"),
        Text("同一列表的各项要对齐", "the items of one list begin in the same column"),
    ),
    (
        "sequence entries are not allowed",
        Text("这里不该有列表", "a list isn't expected here"),
        Text("列表请另起一行", "begin the list on a line of its own"),
    ),
    ("expected ',' or '}'", Text("`{` 没有闭合，或缺逗号", "a `{` isn't closed, or a comma is missing"), None),
    ("expected ',' or ']'", Text("`[` 没有闭合，或缺逗号", "a `[` isn't closed, or a comma is missing"), None),
    ("found unexpected end of stream|found unexpected document", Text("引号没有闭合", "this quote isn't closed"), None),
    (
        "could not find expected ':'",
        Text("这个键后面缺 `:`", "this key has no `:`"),
        Text("`:` 后要有空格", "a space follows the `:`"),
    ),
    (
        "unknown escape character|hexdecimal number|escape sequence of|invalid Unicode character escape",
        Text("双引号里的 `\\` 是转义", "in double quotes a `\\` begins an escape"),
        Text("请用单引号", "use single quotes"),
    ),
    ("expected (the )?node content", Text("这里应为值", "a value is expected here"), None),
    (
        "expected '?<document start>",
        Text("文件到上一行已经结束", "the document has ended above"),
        Text("是否缩进有误，或多了一个括号？", "is the indentation wrong, or a bracket too many?"),
    ),
    ("[Mm]aximum nesting level", Text("嵌套太深", "nested too deep"), None),
)
_OTHER = (
    Text("读不懂这里", "this can't be read"),
    Text(
        "请检查缩进、引号和括号；拿不准的文字请加引号",
        "check indentation, quotes and brackets; put doubtful text in quotes",
    ),
)


def syntax_error(error: yaml.YAMLError, file: SourceFile) -> Diagnostic:
    """What stops the parser: at its place, or at the slip that it comes from."""
    problem, context = str(getattr(error, "problem", None) or ""), str(getattr(error, "context", None) or "")
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:  # a character that no YAML may have
        bad = _UNPRINTABLE.search(file.text)
        what = Text("有不可见的控制字符", "a control character")
        return diagnostic("yaml-syntax", Source(file, bad.start() if bad else 0), problem=what)
    if opened is not None and (_FEATURES.match(context) or _FEATURES.match(problem)):
        return diagnostic("yaml-feature", word_at(file, opened.index))
    last = max(0, len(file.text.rstrip()) - 1)
    begins = None if opened is None else Source(file, min(opened.index, last))
    slip = slips.behind(file, Source(file, min(mark.index, last)), begins, _breaks)
    if slip is not None:
        return diagnostic("yaml-syntax", slip.place, problem=slip.what, hint=slip.mend)
    if opened is not None and _UNCLOSED.match(problem):
        mark = opened  # where it began says more than where it was missed
    place = Source(file, min(mark.index, last))
    sentence, hint = complaint(problem, context)
    if _CANNOT_BEGIN.match(problem):
        sentence, hint = _cannot_begin(file.text[place.start : place.start + 1])
    elif begins is not None and context.startswith("while parsing a flow"):
        hint = hint or Text(f"括号开于 {begins}", f"the bracket was opened at {begins}")
        if begins.line < place.line:
            hint, place = Text(f"请看此处至 {place} 之间", f"look between here and {place}"), begins
    return diagnostic("yaml-syntax", place, problem=sentence, hint=hint)


def _cannot_begin(char: str) -> tuple[Text, Text]:
    if char == "\t":
        return _TAB
    return Text(f"文字不能以 `{char}` 开头", f"text can't begin with `{char}`"), Text("请加引号", "put it in quotes")


def complaint(problem: str, context: str) -> tuple[Text, Text | None]:
    """A parser's complaint in our words, and what to do about it; for one that isn't known, what always helps."""
    said = f"{context}: {problem}"
    return next(((ours, hint) for theirs, ours, hint in _COMPLAINTS if re.search(theirs, said)), _OTHER)


def _breaks(text: str) -> int | None:
    """Where the parser gives up in a text; None if it gets through."""
    loader = LOADER(text)
    try:
        while loader.get_event() is not None:
            pass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return 0 if mark is None else mark.index
    finally:
        loader.dispose()
    return None


def word_at(file: SourceFile, start: int) -> Source:
    """The stretch up to the next space or bracket."""
    found = re.compile(r"[^\s\[\]{},]*").match(file.text, start)
    return Source(file, start, max(1, found.end() - start if found else 1))
