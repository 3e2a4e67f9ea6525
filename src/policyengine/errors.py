"""What can be wrong with a pack, a household or a call: diagnostics as data, one exception to carry them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policyengine.catalogue import CATALOGUE
from policyengine.source import Source, visible
from policyengine.text import Lang, Text, preferred_language


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong, with its place and what to do.

    code: stable, listed in docs/reference/diagnostics.md. place: where in a file, or None. path: where in a value that
    came from Python (`members[0].income`), or "". values fill the catalogue's sentence; hint fills its hint.
    """

    code: str
    place: Source | None = None
    values: tuple[tuple[str, str | Text], ...] = ()
    hint: Text | None = None
    path: str = ""

    @property
    def is_error(self) -> bool:
        return CATALOGUE[self.code].severity == "error"

    def message(self, lang: Lang = "en") -> str:
        """One line that says what is wrong."""
        return _fill(CATALOGUE[self.code].message, {"path": self.path, **dict(self.values)}, lang)

    def help(self, lang: Lang = "en") -> str:
        """What to do about it; empty when nothing can be said."""
        if self.hint is not None:
            return visible(self.hint[lang])
        hint = CATALOGUE[self.code].hint
        return "" if hint is None else _fill(hint, dict(self.values), lang)

    def render(self, lang: Lang = "en") -> str:
        """`file:line:col: message [code]`, the line with a caret, and the hint."""
        where = visible(f"{self.place}: " if self.place else f"{self.path}: " if self.path else "")
        warning = "" if self.is_error else ("警告：" if lang == "zh" else "warning: ")
        lines = [f"{where}{warning}{self.message(lang)} [{self.code}]"]
        if self.place:
            lines.append(self.place.snippet())
        if hint := self.help(lang):
            lines.append(("提示：" if lang == "zh" else "hint: ") + hint)
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.render()


def _fill(template: Text, values: dict[str, str | Text], lang: Lang) -> str:
    shown = {key: value[lang] if isinstance(value, Text) else value for key, value in values.items()}
    return visible(template[lang].format_map(shown))


def diagnostic_of(
    code: str,
    place: Source | None,
    values: Mapping[str, str | Text] | Mapping[str, str],
    path: str = "",
    hint: Text | None = None,
) -> Diagnostic:
    """A diagnostic whose values come as a mapping."""
    assert code in CATALOGUE, code
    return Diagnostic(code, place, tuple(values.items()), hint, path)


def diagnostic(
    code: str, place: Source | None = None, *, path: str = "", hint: Text | None = None, **values: str | Text
) -> Diagnostic:
    """A diagnostic whose sentence is filled with `values`."""
    return diagnostic_of(code, place, values, path, hint)


class PolicyError(ValueError):
    """Something is wrong with a pack, a household or a call; `diagnostics` says what, all that was found."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def render(self, lang: Lang | None = None) -> str:
        return "\n".join(item.render(lang or preferred_language()) for item in self.diagnostics)

    def __str__(self) -> str:
        return self.render()


def require_no_errors(diagnostics: list[Diagnostic]) -> None:
    """Raise what a stage has found, warnings included, if any of it is an error."""
    if any(item.is_error for item in diagnostics):
        raise PolicyError(diagnostics)
