"""What every name in a pack stands for: ids and labels, Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from policyengine.authoring.formula_slips import BETWEEN
from policyengine.authoring.reader import place_of
from policyengine.errors import Diagnostic, diagnostic
from policyengine.source import Source
from policyengine.text import Text, choices, closest

TRUTH = Text(
    "条件直接写，不用 `= 是`；要表示 `= 否`，请写 `非 …`",
    "a condition stands by itself, without `= yes`; for `= no` write `not …`",
)
KIND = {
    "fact": Text("事实", "fact"),
    "parameter": Text("参数", "parameter"),
    "reading": Text("读法", "reading"),
    "variable": Text("变量", "variable"),
    "benefit": Text("待遇", "benefit"),
    "indicator": Text("指标", "indicator"),
    "option": Text("选项", "option"),
}


@dataclass(frozen=True, slots=True)
class Symbol:
    kind: str
    id: str
    label: Text
    place: Source | None


@dataclass
class Symbols:
    """by_name: every name that stands for exactly one thing. ambiguous: names that stand for several."""

    by_id: dict[str, Symbol] = field(default_factory=dict)
    by_label: dict[str, list[Symbol]] = field(default_factory=dict)
    options: dict[str, set[str]] = field(default_factory=dict)  # option's name or label -> option ids
    choices: list[dict[str, Text]] = field(default_factory=list)  # of each choice, option's id -> label

    def declare(self, kind: str, key: str, label: Text, found: list[Diagnostic]) -> None:
        symbol = Symbol(kind, str(key), label, place_of(key))
        if symbol.id in self.by_id:
            first = self.by_id[symbol.id]
            found.append(diagnostic("duplicate-id", symbol.place, id=symbol.id, first=str(first.place)))
            return
        self.by_id[symbol.id] = symbol
        for name in {label.zh, label.en}:
            self.by_label.setdefault(name, []).append(symbol)

    def declare_options(self, options: Iterable[tuple[str, Text]]) -> None:
        labels = dict(options)
        self.choices.append(labels)
        for option, label in labels.items():
            for name in {option, label.zh, label.en}:
                self.options.setdefault(name, set()).add(option)

    def choices_of(self, options: Iterable[str]) -> Text:
        """The options of a choice, with their labels, for whoever has named another."""
        wanted = set(options)
        labels = next((labels for labels in self.choices if wanted <= set(labels)), {})
        return choices({option: labels.get(option) for option in options})

    def option(self, name: str, options: Iterable[str]) -> str | None:
        """Which of the options a name stands for; an id goes before a label."""
        known = set(options)
        if name in known:
            return name
        found = self.options.get(name, set()) & known
        return found.pop() if len(found) == 1 else None

    def find(self, name: str) -> Symbol | None:
        """The one thing a name stands for; an id goes before a label."""
        if name in self.by_id:
            return self.by_id[name]
        found = self.by_label.get(name, [])
        return found[0] if len(found) == 1 else None

    def unknown(self, name: str, place: Source | None, options: tuple[str, ...] = ()) -> Diagnostic:
        """The diagnostic for a name that `find` doesn't know, with the likeliest meant; `options` could stand there."""
        several = self.by_label.get(name, [])
        if len(several) > 1:
            ids = ", ".join(f"`{symbol.id}`" for symbol in several)
            return diagnostic("ambiguous-name", place, name=name, ids=ids)
        if options:
            which, near = (
                self.choices_of(options),
                closest(name, (word for word in self.options if self.option(word, options))),
            )
            meant = Text(f"是否想写选项 `{near}`？", f"did you mean the option `{near}`? ") if near else Text("", "")
            hint: Text | None = Text(f"{meant.zh}可选：{which.zh}", f"{meant.en}one of {which.en}")
        elif name in ("是", "否", "yes", "no"):
            hint = TRUTH
        else:
            hint = self._joined(name) or self._similar(name)
        return diagnostic("unknown-name", place, name=name, hint=hint)

    def _similar(self, name: str) -> Text | None:
        known = [*self.by_id, *(label for label, symbols in self.by_label.items() if len(symbols) == 1)]
        near = closest(name, known)
        if near is None:
            near_option = closest(name, self.options)
            if near_option is None:
                return None
            return Text(f"是否想写选项 `{near_option}`？", f"did you mean the option `{near_option}`?")
        symbol = self.find(near)
        assert symbol is not None
        kind, where = KIND[symbol.kind], f" ({symbol.place})" if symbol.place else ""
        return Text(f"是否想写{kind.zh} `{near}`{where}？", f"did you mean the {kind.en} `{near}`{where}?")

    def _joined(self, name: str) -> Text | None:
        """Two names joined by a keyword without a space: 低保对象且特困人员."""
        for word in ("且", "或", "非", "不属于", "属于", "则", "否则"):
            left, found, right = name.partition(word)
            if found and (not left or self.find(left)) and self.find(right):
                apart = f"{left} {word} {right}".strip()
                return Text(f"关键字两边要空格：`{apart}`", f"put spaces around the keyword: `{apart}`")
        for word in BETWEEN:
            left, found, right = name.partition(word)
            if found and self.find(left) and (self.find(right) or re.fullmatch(r"\d+\w*", right)):
                apart = f"{left} {BETWEEN[word]} {right}"
                return Text(
                    f"公式里没有 `{word}` 这个词，请写：`{apart}`", f"formulas have no word `{word}`; write `{apart}`"
                )
        return None
