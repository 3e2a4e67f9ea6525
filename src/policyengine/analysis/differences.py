"""What two versions of a pack say differently: figures by date, formulas and tables, what is added and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from policyengine.analysis.figures import figures_by_date
from policyengine.analysis.writing import in_words, key_of, place_in, step_word, written
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import place_of
from policyengine.authoring.schema import BandShape, ParameterShape, ReadingShape, RowShape
from policyengine.authoring.shape import Label, Shape
from policyengine.text import Text, same

Kind = Literal["parameter", "reading", "fact", "variable", "benefit", "indicator", "exclusion", "ceiling", "payers"]
# in the order in which they are told: what a change usually is about comes first
SECTIONS: tuple[tuple[Kind, str], ...] = (
    ("parameter", "parameters"),
    ("variable", "variables"),
    ("benefit", "benefits"),
    ("indicator", "indicators"),
    ("reading", "readings"),
    ("exclusion", "exclusions"),
    ("ceiling", "ceilings"),
    ("payers", "payers"),
    ("fact", "facts"),
)
# keys that no result depends on
WORDS = (
    "label",
    "definition",
    "note",
    "needs",
    "why",
    "question",
    "provision",
    "provisions",
    "payer",
    "items",
    "family",
)


@dataclass(frozen=True)
class Part:
    """One thing said differently. key: where in its item (`eligible`, `table.rows[2].when`), what: that in words.

    before, after: as it is written, None where it isn't there. since: the first day of a dated figure, `always`, or "".
    places: `file:line:column` in the old and the new pack, "" where it isn't there.
    """

    key: str
    what: Text
    before: Text | None
    after: Text | None
    since: str = ""
    places: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Difference:
    """One item of a pack that is added, removed or changed; `words`: only in words that no result depends on."""

    kind: Kind
    id: str
    label: Text
    how: Literal["added", "removed", "changed", "words"]
    parts: tuple[Part, ...]
    provisions: tuple[str, ...]
    places: tuple[str, str]


def differences(old: PolicyPack, new: PolicyPack) -> tuple[Difference, ...]:
    """Everything declared in either pack that isn't declared alike in the other. Empty for packs of one digest."""
    if old.digest == new.digest:
        return ()
    found: list[Difference] = []
    for kind, section in SECTIONS:
        pair = _items(old, section), _items(new, section)
        for key in dict.fromkeys((*pair[0], *pair[1])):
            found += _difference(kind, key, pair[0].get(key), pair[1].get(key))
    return tuple(found)


def _items(pack: PolicyPack, section: str) -> dict[str, Any]:
    """A section by id; the variables of benefits stand beside the others."""
    items = {key: (key, item) for key, item in getattr(pack, section).items()}
    if section == "variables":
        items |= {key: (key, item) for benefit in pack.benefits.values() for key, item in benefit.variables.items()}
    return {str(key): item for key, item in items.items()}


def _difference(kind: Kind, key: str, before: Any, after: Any) -> Iterator[Difference]:
    """before, after: an item and its id as it is written there, or None."""
    places = tuple("" if item is None else str(place_of(item[0]) or "") for item in (before, after))
    item = (after or before)[1]
    label = item.label.text
    cited = tuple(map(str, getattr(item, "citations", ())))
    if before is None or after is None:
        how: Any = "added" if before is None else "removed"
        parts = tuple(_whole(item, before is None))
    elif before[1] == after[1]:
        return
    else:
        parts = tuple(_parts((), before[1], after[1]))
        how = "words" if all(part.key.split(".")[0].split("[")[0] in WORDS for part in parts) else "changed"
        if not parts:
            return
    yield Difference(kind, key, label, how, parts, cited, (places[0], places[1]))


def _whole(item: Shape, is_new: bool) -> Iterator[Part]:
    """An item that the other pack doesn't have: the rules in it, and its figures."""
    skipped = (*WORDS, "benefit", "for_", "unit", "variables", "type")
    for name in type(item).model_fields:
        value = getattr(item, name)
        if name in skipped or name not in item.model_fields_set or value is None or value == {}:
            continue
        if isinstance(item, ParameterShape) and name in ("values", "bands"):
            pair = (None, item) if is_new else (item, None)
            yield from _dated(name, *pair)
            continue
        yield from _leaf_parts((name,), *((None, value) if is_new else (value, None)))


def _leaf_parts(path: tuple[str | int, ...], before: Any, after: Any) -> Iterator[Part]:
    """A rule that is wholly new or gone: a table by its rows, anything else as one text."""
    value = after if before is None else before
    if isinstance(value, Mapping) or (isinstance(value, Shape) and not isinstance(value, Label | RowShape | BandShape)):
        inner = (
            value.items()
            if isinstance(value, Mapping)
            else ((name, getattr(value, name)) for name in type(value).model_fields if name in value.model_fields_set)
        )
        for name, each in inner:
            if each is not None:
                yield from _leaf_parts((*path, str(name)), *((None, each) if before is None else (each, None)))
    elif isinstance(value, tuple) and value and isinstance(value[0], Shape):
        for index, each in enumerate(value):
            yield from _leaf_parts((*path, index), *((None, each) if before is None else (each, None)))
    else:
        yield _part(path, before, after)


def _parts(path: tuple[str | int, ...], before: Any, after: Any) -> Iterator[Part]:
    """What differs between two values of one shape, down to the texts that do."""
    if before == after:
        return
    if before is None or after is None:
        yield from _leaf_parts(path, before, after)
    elif isinstance(before, Label) or type(before) is not type(after):
        yield _part(path, before, after)
    elif isinstance(before, Shape):
        for name in type(before).model_fields:
            if name == "variables" or name == "supplement":  # told as items of their own, or with the figures
                continue
            if isinstance(before, ParameterShape) and name in ("values", "bands"):
                yield from _dated(name, before, after)
            elif isinstance(before, ReadingShape) and name == "default" and before.default != after.default:
                yield replace(
                    _part((name,), before.default, after.default), before=_option(before), after=_option(after)
                )
            else:
                yield from _parts((*path, name), getattr(before, name), getattr(after, name))
    elif isinstance(before, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _parts((*path, str(key)), before.get(key), after.get(key))
    elif isinstance(before, tuple):
        yield from _aligned(path, before, after)
    else:
        yield _part(path, before, after)


def _aligned(path: tuple[str | int, ...], before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Part]:
    """Two lists: an item put in between is one item more, not a change of all that follow."""
    matcher = SequenceMatcher(None, [written(item) for item in before], [written(item) for item in after], False)
    for how, first, end, start, stop in matcher.get_opcodes():
        if how == "replace" and end - first == stop - start:
            for offset in range(end - first):
                yield from _parts((*path, start + offset), before[first + offset], after[start + offset])
        elif how != "equal":
            yield from (_part((*path, index), before[index], None) for index in range(first, end))
            yield from (_part((*path, index), None, after[index]) for index in range(start, stop))


def _part(path: tuple[str | int, ...], before: Any, after: Any) -> Part:
    places = tuple("" if value is None else str(place_in(value) or "") for value in (before, after))
    words = [step_word(step) for step in path]
    what = Text(" · ".join(word.zh for word in words), ", ".join(word.en for word in words))
    shown = (None if value is None else in_words(value) for value in (before, after))
    return Part(key_of(path), what, next(shown), next(shown), "", (places[0], places[1]))


def _option(shape: ReadingShape) -> Text:
    """What the option taken by default is called."""
    label = shape.options.get(shape.default)
    return same(str(shape.default)) if label is None else label.text


def _dated(name: str, before: ParameterShape | None, after: ParameterShape | None) -> Iterator[Part]:
    """The days from which a parameter's figures differ, each with the figures then in force."""
    for since, first, second in figures_by_date(name, before, after):
        places = tuple("" if item is None or item.place is None else str(item.place) for item in (first, second))
        yield Part(
            name,
            step_word(name),
            None if first is None else first.shown,
            None if second is None else second.shown,
            since,
            (places[0], places[1]),
        )
