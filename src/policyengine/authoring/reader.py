"""Read YAML so that every scalar keeps its place, and nothing in it means something else than it says.

All scalars are text (`Scalar`); what they mean is decided by what is expected of them. Anchors, aliases, tags, merge keys,
duplicate keys and deep nesting are refused, so a small file stays a small value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import core_schema

from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.source import Source, SourceFile

LARGEST_FILE = 5_000_000  # bytes
DEEPEST = 40
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURPRISES = re.compile(r"[-+]?0\d+|\d+:\d\d(:\d\d)?|0x[0-9a-fA-F]+|0o?[0-7]+")


class Scalar(str):
    """A piece of text from a file, with its place."""

    place: Source | None
    plain: bool  # written without quotes
    __slots__ = ("place", "plain")

    @classmethod
    def at(cls, text: str, place: Source | None, plain: bool = False) -> Scalar:
        scalar = cls(text)
        scalar.place, scalar.plain = place, plain
        return scalar

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}

    @classmethod
    def _validate(cls, value: Any) -> Scalar:
        if isinstance(value, Scalar):
            return value
        if isinstance(value, bool):
            return cls.at("true" if value else "false", None)
        if isinstance(value, str | int):
            return cls.at(str(value), None)
        raise ValueError("text is expected here")


class Mapping(dict[Scalar, Any]):
    """A YAML mapping with its place."""

    place: Source | None = None


class Sequence(list[Any]):
    """A YAML sequence with its place."""

    place: Source | None = None


def read_file(path: Path, name: str) -> list[Any]:
    """The documents of a YAML file; `name` is how messages call it."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PolicyError([diagnostic("file-too-large", path=name, limit=f"{LARGEST_FILE:,}")])
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyError([diagnostic("not-utf8", path=name, byte=str(error.start))]) from None
    except OSError as error:
        raise PolicyError([diagnostic("unreadable-file", path=name, reason=error.strerror or "")]) from None
    return read_text(text, name)


def read_text(text: str, name: str) -> list[Any]:
    """The documents in a YAML text. Raises PolicyError with everything that is wrong up to the first syntax error."""
    file = SourceFile(name, text)
    found: list[Diagnostic] = []
    documents: list[Any] = []
    try:
        _build(yaml.parse(text, Loader=_Loader), file, documents, found)
    except yaml.YAMLError as error:
        found.append(_syntax_error(error, file))
    except RecursionError:
        found.append(diagnostic("nested-too-deep", Source(file, 0), limit=str(DEEPEST)))
    if found:
        raise PolicyError(found)
    return documents


def _syntax_error(error: yaml.YAMLError, file: SourceFile) -> Diagnostic:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    start = 0
    if mark is not None:
        line = min(mark.line, len(file.line_starts) - 1)
        start = min(file.line_starts[line] + mark.column, max(0, len(file.text) - 1))
    return diagnostic("yaml-syntax", Source(file, start), problem=str(problem))


def _build(events: Iterator[Any], file: SourceFile, documents: list[Any], found: list[Diagnostic]) -> None:
    """Turn parse events into values, without recursion."""
    stack: list[tuple[Any, Scalar | None]] = []  # open collections, each with the key that waits for its value

    def put(value: Any, place: Source) -> None:
        if not stack:
            documents.append(value)
            return
        holder, key = stack[-1]
        if isinstance(holder, Sequence):
            holder.append(value)
        elif key is None:
            if not isinstance(value, Scalar):
                found.append(diagnostic("key-not-text", place))
                value = Scalar.at(f"?{len(holder)}", place)
            elif value in holder:
                first = next(known for known in holder if known == value)
                found.append(diagnostic("duplicate-key", place, key=str(value), first=str(first.place)))
            stack[-1] = (holder, value)
        else:
            holder[key] = value
            stack[-1] = (holder, None)

    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            start, end = event.start_mark.index, event.end_mark.index
            place = Source(file, start, max(1, end - start))
            plain = event.style is None
            if event.anchor or (event.tag and event.tag != "!"):
                found.append(diagnostic("yaml-feature", place))
            value = Scalar.at(event.value, place, plain)
            if plain and _SURPRISES.fullmatch(event.value):
                found.append(diagnostic("yaml-surprise", place, text=event.value))
            if plain and event.value == "<<" and stack and isinstance(stack[-1][0], Mapping) and stack[-1][1] is None:
                found.append(diagnostic("yaml-feature", place))
            put(value, place)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            place = Source(file, event.start_mark.index)
            if event.anchor or (event.tag and event.tag != "!"):
                found.append(diagnostic("yaml-feature", place))
            collection: Mapping | Sequence = Mapping() if isinstance(event, yaml.MappingStartEvent) else Sequence()
            collection.place = place
            put(collection, place)
            stack.append((collection, None))
            if len(stack) > DEEPEST:
                found.append(diagnostic("nested-too-deep", place, limit=str(DEEPEST)))
                return
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            place = Source(file, event.start_mark.index, event.end_mark.index - event.start_mark.index)
            found.append(diagnostic("yaml-feature", place))
            put(Scalar.at("", place), place)


def place_of(value: Any) -> Source | None:
    """Where a value that was read stands."""
    return getattr(value, "place", None)


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
