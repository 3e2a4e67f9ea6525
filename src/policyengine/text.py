"""Words in two languages, and which of them to use."""

from __future__ import annotations

import locale
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, overload

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


def same(text: str) -> Text:
    return Text(text, text)


def preferred_language() -> Lang:
    """zh where the environment's locale is Chinese, otherwise en."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, Chinese or English; None when nothing is alike."""
    candidates = list(known)
    found = get_close_matches(name, candidates, n=1, cutoff=0.6)
    if found:
        return found[0]
    if name.isascii():
        return None
    # short Chinese labels: half of the characters in common are enough, the longest common part decides
    best = max(candidates, key=lambda c: len(set(c) & set(name)) / max(len(c), len(name)), default=None)
    if best is not None and len(set(best) & set(name)) / max(len(best), len(name)) >= 0.5:
        return best
    return None


def choices(options: Mapping[str, Text | None]) -> Text:
    """Options to choose from, each with its label: `none`（不在学）、`primary`（小学）."""
    chinese, english = [], []
    for option, label in options.items():
        zh, en = (label.zh, label.en) if label is not None else (option, option)
        chinese.append(f"`{option}`" + (f"（{zh}）" if zh != option else ""))
        english.append(f"`{option}`" + (f" ({en})" if en.lower().replace(" ", "_") != option else ""))
    return Text("、".join(chinese), ", ".join(english))


def number_of(number: int, noun: str) -> str:
    """`1 date`, `2 dates`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


@overload
def several(names: Iterable[str]) -> tuple[str, ...]: ...


@overload
def several(names: Iterable[str | Path] | Path) -> tuple[str | Path, ...]: ...


def several(names: Iterable[str | Path] | Path) -> tuple[str | Path, ...]:
    """Names as a caller gives them: a text or path by itself is one name, not its letters."""
    return (names,) if isinstance(names, str | Path) else tuple(names)


def no_language(given: str) -> Text:
    """That this is neither zh nor en."""
    return Text(f"`{given}` 不是语言；可选 zh、en", f"`{given}` is no language here; choose zh or en")
