"""Read YAML so that every scalar keeps its place, and nothing in it means something else than it says.

All scalars are text (`Scalar`); what they mean is decided by what is expected of them. Anchors, aliases, tags, merge keys,
duplicate keys, keys without a value and deep nesting are refused, so a small file stays a small value.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import PydanticSerializationUnexpectedValue, core_schema

from policyengine.authoring.complaints import LOADER, syntax_error, word_at
from policyengine.authoring.slips import in_word, of_empty
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.source import Source, SourceFile
from policyengine.text import Text, number_of, same

LARGEST_FILE = 5_000_000  # bytes
DEEPEST = 40
MOST_PROBLEMS = 100  # in one file; what follows from so many helps nobody
_BEGINS = ("benefit", "supplement", "reform")  # the keys of documents of which a file may have several
_SURPRISES = re.compile(r"[-+]?0\d+|\d+:\d\d(:\d\d)?|0x[0-9a-fA-F]+|0o[0-7]+")
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))
_SUSPECT = frozenset("+-0123456789<~nN\u3000") | {""}  # how what is looked at more closely begins


class Unfit(ValueError):
    """A value isn't what is expected; `reason` says what is."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


class Scalar(str):
    """A piece of text from a file, with its place."""

    file: SourceFile | None
    start: int
    length: int
    plain: bool  # written without quotes
    __slots__ = ("file", "length", "plain", "start")

    @property
    def place(self) -> Source | None:
        """Made when it is asked for: of tens of thousands that are read, few are."""
        return None if self.file is None else Source(self.file, self.start, self.length)

    @classmethod
    def at(cls, text: str, place: Source | None, plain: bool = False) -> Scalar:
        scalar = cls(text)
        scalar.file, scalar.start, scalar.length = place or (None, 0, 0)
        scalar.plain = plain
        return scalar

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(cls._plain)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}

    @staticmethod
    def _plain(value: Any) -> str:
        """The text alone; in a choice of shapes (text or a mapping) anything else is left to the other shape."""
        if not isinstance(value, str):
            raise PydanticSerializationUnexpectedValue("text is expected here")
        return str(value)

    @classmethod
    def _validate(cls, value: Any) -> Scalar:
        if isinstance(value, Scalar):
            return value
        if isinstance(value, bool):
            return cls.at("true" if value else "false", None)
        if isinstance(value, str | int):
            return cls.at(str(value), None)
        raise Unfit(Text("这里应为文字", "text is expected here"))


class Mapping(dict[Scalar, Any]):
    """A YAML mapping with its place."""

    place: Source | None
    __slots__ = ("place",)


class Sequence(list[Any]):
    """A YAML sequence with its place."""

    place: Source | None
    __slots__ = ("place",)


def shown(path: Path) -> str:
    """How messages call a file: relative to where the user stands, if it lies below."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def lies_inside(path: Path, root: Path) -> bool:
    """Does a file lie in a folder, once its links are followed (`root` has none)? Raises PolicyError if they can't be."""
    try:
        return os.path.realpath(path).startswith(os.path.join(root, ""))
    except (OSError, ValueError) as error:
        raise PolicyError([diagnostic("unreadable-file", path=shown(path), reason=_reason(error))]) from None


def read_file(path: Path, name: str) -> list[Any]:
    """The documents of a YAML file; `name` is how messages call it."""
    return read_text(text_of(path, name), name)


def text_of(path: Path, name: str) -> str:
    """The text of a file, its lines ending in \\n. Raises PolicyError if it is no file, too large or not UTF-8."""
    return decoded(bytes_of(path, name), name)


def decoded(data: bytes, name: str) -> str:
    """Bytes as text, its lines ending in \\n, without a byte order mark. Raises PolicyError if they aren't UTF-8."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return _unix_lines(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = _unix_lines(data[: error.start].decode("utf-8"))
        shown = SourceFile(name, before + _unix_lines(data[error.start :].decode("utf-8", "replace")))
        raise PolicyError([diagnostic("not-utf8", Source(shown, len(before)))]) from None


def bytes_of(path: Path, name: str) -> bytes:
    """What a file holds. Raises PolicyError if it is no file, or too large."""
    try:
        status = path.stat()
        data = path.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_FILE else b""
    except (OSError, ValueError) as error:
        raise PolicyError([diagnostic("unreadable-file", path=name, reason=_reason(error))]) from None
    if not stat.S_ISREG(status.st_mode):  # a pipe would keep us waiting
        reason = Text("不是普通文件", "it isn't a regular file")
        raise PolicyError([diagnostic("unreadable-file", path=name, reason=reason)])
    if status.st_size > LARGEST_FILE:
        raise PolicyError([diagnostic("file-too-large", path=name, limit=same(f"{LARGEST_FILE // 1_000_000} MB"))])
    return data


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _reason(error: Exception) -> Text:
    match error:
        case FileNotFoundError():
            return Text("没有这个文件", "there is no such file")
        case PermissionError():
            return Text("没有读取权限", "permission denied")
        case OSError(errno=errno.ELOOP):
            return Text("这个链接指向自己", "the link leads back to itself")
        case OSError():
            return Text(error.strerror or "？", error.strerror or "?")
        case _:
            return Text("没有系统允许这样的文件名", "no system has such a file name")


def read_text(text: str, name: str) -> list[Any]:
    """The documents in a YAML text. Raises PolicyError with everything that is wrong up to the first syntax error."""
    return _read(text, name, nulls=False)


def read_stated(text: str, name: str) -> list[Any]:
    """What somebody states in YAML or JSON. In JSON `null` is None, characters may be written
    as pairs of escapes, and numbers with an exponent.
    """
    is_json = text.lstrip()[:1] in ("{", "[") and _is_json(text)
    return _read(_ESCAPES.sub(_unescaped, text), name, nulls=True) if is_json else read_text(text, name)


_ESCAPES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\.")


def _unescaped(found: re.Match[str]) -> str:
    """A pair of escapes as the character it stands for, which YAML doesn't know; any other escape as it is."""
    import json

    return str(json.loads(f'"{found[0]}"')) if len(found[0]) > 2 else found[0]


_WITH_EXPONENT = re.compile(r"-?\d+(\.\d+)?[eE][-+]?\d{1,2}")  # what is further off is no figure of a household


def _in_digits(number: str) -> str:
    """A JSON number that has an exponent as the digits it stands for, exactly: `1.5e3` as 1500; anything else as it is."""
    return format(Decimal(number), "f") if _WITH_EXPONENT.fullmatch(number) else number


def _is_json(text: str) -> bool:
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _read(text: str, name: str, nulls: bool) -> list[Any]:
    file = SourceFile(name, text)
    found: list[Diagnostic] = []
    documents: list[Any] = []
    loader = LOADER(text)
    try:
        _build(loader.get_event, file, documents, found, nulls)
    except yaml.YAMLError as error:
        found.append(syntax_error(error, file))
    finally:
        loader.dispose()
    if found:
        raise PolicyError(_without_what_follows(file, found))
    return documents


def _without_what_follows(file: SourceFile, found: list[Diagnostic]) -> list[Diagnostic]:
    """Lines indented with full-width spaces belong to no mapping, so whatever else is wrong from there on follows from that."""
    wide = [item.place for item in found if item.code == "yaml-syntax" and item.place is not None]
    wide = [place for place in wide if file.text[place.start : place.start + 1] == "\u3000"]
    if not wide:
        return found
    before = [item for item in found if item.place is not None and item.place.line < wide[0].line]
    slip = next(item for item in found if item.place is wide[0])
    if len(wide) > 1:
        more = len(wide) - 1
        mend = Text(
            f"请改成英文空格；另有 {more} 行也是", f"use ordinary spaces, in {number_of(more, 'more line')} too"
        )
        slip = replace(slip, hint=mend)
    if before and before[-1].code == "empty-value":  # that of the key whose lines these are
        before.pop()
    return [*before, slip]


def _build(
    parse: Callable[[], Any], file: SourceFile, documents: list[Any], found: list[Diagnostic], nulls: bool
) -> None:
    """Turn parse events into values, without recursion. Not yaml.parse: it asks twice for each event."""
    scalar, begins, ends = yaml.ScalarEvent, (yaml.MappingStartEvent, yaml.SequenceStartEvent), yaml.CollectionEndEvent
    value: Scalar | Mapping | Sequence
    holder: Any = documents  # the innermost open collection, whether keys stand in it, the key that waits for its value
    keyed = False
    key: Scalar | None = None
    run_on: Any = None  # the document that goes on with a second one's keys
    stack: list[tuple[Any, bool, Scalar | None]] = []  # those of the collections around it
    for event in iter(parse, None):
        kind = type(event)
        if kind is scalar:
            value = Scalar(_in_digits(event.value) if nulls and not event.style else event.value)
            value.file = file
            value.start = start = event.start_mark.index
            value.length = event.end_mark.index - start or 1
            value.plain = not event.style  # None, or "" from the C parser
            if event.anchor or event.tag:
                value.plain = False
                found.append(diagnostic("yaml-feature", word_at(file, start)))
            if value[:1] in _SUSPECT and value.plain:
                if _SURPRISES.fullmatch(value):
                    found.append(diagnostic("yaml-surprise", value.place, text=str(value)))
                elif value == "<<" and keyed and key is None:
                    found.append(diagnostic("yaml-feature", value.place))
                elif value[0:1] == "\u3000":
                    if keyed and key is None and (slip := in_word(value.place)) is not None:
                        found.append(diagnostic("yaml-syntax", slip.place, problem=slip.what, hint=slip.mend))
                elif nulls and value == "null" and key is not None:
                    holder[key] = None
                    key = None
                    continue
                elif value in _NOTHING and (key is not None or (holder is not documents and not keyed)):
                    what = Text("这一项", "this item") if key is None else f"`{key}`"
                    place = place_of(key) or value.place
                    found.append(diagnostic("empty-value", place, hint=of_empty(place_of(key)), key=what))
        elif issubclass(kind, ends):
            holder, keyed, key = stack.pop()
            continue
        elif kind in begins:
            place = Source(file, event.start_mark.index)
            if event.anchor or event.tag:
                found.append(diagnostic("yaml-feature", word_at(file, place.start)))
            value = Mapping() if kind is yaml.MappingStartEvent else Sequence()
            value.place = place
        elif kind is yaml.AliasEvent:
            place = word_at(file, event.start_mark.index)
            found.append(diagnostic("yaml-feature", place))
            value = Scalar.at("", place)
        else:
            continue
        if key is not None:
            holder[key] = value
            key = None
        elif not keyed:
            holder.append(value)
        elif isinstance(value, Scalar):
            key = value
            if key in holder and holder is not run_on:
                first = next(place_of(known) for known in holder if known == key)
                hint = None
                if key in _BEGINS and len(stack) == 1:  # what else stands twice follows from that
                    run_on, hint = holder, _divide(first)
                found.append(diagnostic("duplicate-key", key.place, hint=hint, key=str(key), first=str(first)))
        else:
            key = Scalar.at(f"?{len(holder)}", value.place)
            found.append(diagnostic("key-not-text", value.place))
        if not isinstance(value, Scalar):
            stack.append((holder, keyed, key))
            holder, keyed, key = value, kind is yaml.MappingStartEvent, None
            if len(stack) > DEEPEST:
                found.append(diagnostic("nested-too-deep", value.place, limit=str(DEEPEST)))
                return
        if found and len(found) >= MOST_PROBLEMS:
            return


def _divide(first: Source | None) -> Text:
    return Text(
        f"第一次在 {first}；一个文件里写几项时，各项之间用单独一行 `---` 隔开",
        f"the first one is at {first}; where a file has several, a line `---` stands between them",
    )


def needs_quotes(text: str) -> bool:
    """Is this text refused, or read as something else than text, where it stands without quotes?"""
    return text in _NOTHING or text == "<<" or _SURPRISES.fullmatch(text) is not None


def place_of(value: Any) -> Source | None:
    """Where a value that was read stands."""
    place = getattr(value, "place", None)
    return place if isinstance(place, Source) else None


def place_at(document: Any, path: tuple[str | int, ...]) -> Source | None:
    """The place of what stands at a path, or of the nearest thing above it that has one."""
    place, current = place_of(document), document
    for step in path:
        if isinstance(current, Mapping) and step in current:
            current = current[Scalar(step)]
        elif isinstance(current, Sequence) and isinstance(step, int) and step < len(current):
            current = current[step]
        else:
            continue
        place = place_of(current) or place
    return place
