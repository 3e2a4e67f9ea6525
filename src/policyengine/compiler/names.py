"""What may be an id: every id that formulas can use, and the options that can be stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policyengine.authoring.formula import KEYWORDS
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.authoring.shape import Label
from policyengine.authoring.slips import hint_of
from policyengine.compiler.calls import FUNCTIONS
from policyengine.compiler.figures import ABSENT, OPEN, UNKNOWN
from policyengine.compiler.scene import EFFECTIVE, REMAINING
from policyengine.errors import Diagnostic, diagnostic, diagnostic_of
from policyengine.text import Text

WORDS = KEYWORDS | {*FUNCTIONS, *EFFECTIVE, *REMAINING}  # an id with any of these names couldn't be used
_ABSENT = (ABSENT, Text("没有", "that there is none"))
_UNKNOWN = (UNKNOWN, Text("不知道", "that it isn't known"))
_OPEN = (OPEN, Text("读法未定", "that the reading is left open"))


def check_names(pack: PolicyPack, found: list[Diagnostic]) -> None:
    """Every id and option of a pack can be written where it is to be used."""
    for key in _ids(pack):
        _check_id(key, found)
    for key, fact in pack.facts.items():
        taken = (_UNKNOWN, _ABSENT) if fact.optional else (_UNKNOWN,)
        _check_options(key, fact.options or {}, taken, found)
    for key, reading in pack.readings.items():
        _check_options(key, reading.options, (_OPEN,), found)


def _ids(pack: PolicyPack) -> Iterator[str]:
    chosen: list[Mapping[Any, Any]] = [pack.facts, pack.readings, pack.variables]
    chosen += [benefit.variables for benefit in pack.benefits.values()]
    for section in (*chosen, pack.parameters, pack.indicators, pack.exclusions, pack.ceilings, pack.payers):
        yield from section
    yield from (benefit.benefit for benefit in pack.benefits.values())
    for declared in chosen:
        for item in declared.values():
            yield from item.options or ()
    for payers in pack.payers.values():
        yield from (step.id for step in payers.order if step.id is not None)


def _check_id(key: str, found: list[Diagnostic]) -> None:
    if not (key.isascii() and key.isidentifier()):
        found.append(diagnostic("bad-id", place_of(key), hint=hint_of(key), id=key[:60]))
    elif key in WORDS:
        found.append(diagnostic("reserved-word", place_of(key), id=str(key)))


def _check_options(
    key: str, options: Mapping[Scalar, Label], taken: Iterable[tuple[tuple[str, ...], Text]], found: list[Diagnostic]
) -> None:
    """No option is called what says something else of the choice."""
    for option, label in options.items():
        for words, meaning in taken:
            word = next((name for name in (option, label.zh, label.en) if name.strip().lower() in words), None)
            if word is not None:
                values: dict[str, str | Text] = {"id": str(key), "option": str(option), "word": str(word)}
                found.append(diagnostic_of("option-means-other", place_of(option), {**values, "meaning": meaning}))
