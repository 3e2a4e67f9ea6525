"""What scenarios have seen of a pack, in words and as JSON: totals, and each gap with the household that would close it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policyengine import ir
from policyengine.explaining.phrases import Lexicon, lexicon
from policyengine.source import cells
from policyengine.testing.condition_words import in_words
from policyengine.testing.coverage import Coverage
from policyengine.testing.points import KINDS, Goal, Kind
from policyengine.text import Lang, Text

KIND_NAMES: dict[Kind, Text] = {
    "condition": Text("条件", "conditions"),
    "row": Text("表格行和分档", "rows and bands"),
    "threshold": Text("界限", "thresholds"),
    "benefit": Text("待遇", "benefits"),
    "indicator": Text("指标", "indicators"),
}
ASPECTS = {
    "true": Text("成立", "true"),
    "false": Text("不成立", "false"),
    "unknown": Text("不知道", "unknown"),
    "hit": Text("命中", "hit"),
    "below": Text("在其下", "below"),
    "at": Text("恰在其上", "exactly at"),
    "above": Text("超过", "above"),
    "eligible": Text("符合", "eligible"),
    "ineligible": Text("不符合", "ineligible"),
    "undetermined": Text("待定", "undetermined"),
    "met": Text("达到", "met"),
    "not met": Text("未达到", "not met"),
}


@dataclass(frozen=True)
class Gap:
    """What no scenario has seen. scenario: one that would, as an entry of a scenario file. why: there is none, and why not.

    impossible: it has been proved that no household shows it; then it isn't counted.
    """

    goal: Goal
    scenario: str | None = None
    why: Text | None = None
    impossible: bool = False


@dataclass(frozen=True)
class Report:
    """gaps: in the order of the pack's rules. note: why there are no households, where none were looked for."""

    coverage: Coverage
    gaps: tuple[Gap, ...]
    note: Text | None = None
    counts: Mapping[Kind, tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        impossible = frozenset(gap.goal.id for gap in self.gaps if gap.impossible)
        object.__setattr__(self, "counts", self.coverage.counts(impossible))

    @property
    def total(self) -> tuple[int, int]:
        return sum(seen for seen, _ in self.counts.values()), sum(every for _, every in self.counts.values())

    @property
    def share(self) -> float:
        """How much is seen, from 0 to 1; 1 where there is nothing to be seen."""
        seen, every = self.total
        return seen / every if every else 1.0


def what(goal: Goal, words: Lexicon) -> str:
    """What a goal is about: the condition in words, the benefit by its label."""
    point, program = goal.point, words.program
    if point.node is None:
        name = point.key[0]
        labels = {item.id: item.label for item in program.benefits} | {
            item.id: item.label for item in program.indicators
        }
        return labels[name][words.lang]
    text = in_words(point.node, words)
    if point.kind == "row" and isinstance(point.node, ir.Table):  # of the others the node is their condition
        return "其余（otherwise）" if words.zh else "otherwise"
    if point.kind == "row":
        return (f"第 {point.key[1][-1] + 1} 行 {text}") if words.zh else f"row {point.key[1][-1] + 1} {text}"
    return text


def where(goal: Goal, words: Lexicon) -> str:
    """The variable or benefit whose formula it stands in, by its label."""
    name = goal.point.key[0]
    return words.labels.get(name, name) if goal.point.node is not None else ""


def tell(report: Report, lang: Lang) -> str:
    """The totals, then every gap with its place, its clause and a household."""
    coverage, zh = report.coverage, lang == "zh"
    words = lexicon(coverage.program, lang)
    label = coverage.program.label[lang]
    counted = f"{coverage.scenarios} 个情景" if zh else f"{coverage.scenarios} scenarios"
    lines = [f"{label} · {coverage.on} · {counted}"]
    if coverage.failed:
        lines.append(
            f"{coverage.failed} 个情景失败，没有计入" if zh else f"{coverage.failed} scenarios fail and don't count"
        )
    rows = [(KIND_NAMES[kind][lang], *report.counts[kind]) for kind in KINDS if report.counts[kind][1]]
    lines += [_row(name, seen, every, lang) for name, seen, every in rows]
    lines.append(_row("合计" if zh else "total", *report.total, lang))
    if unconfirmed := _also(report):
        text = f"待确认的情景另看到 {unconfirmed} 项" if zh else f"unconfirmed scenarios see another {unconfirmed}"
        lines.append(text)
    impossible = [gap for gap in report.gaps if gap.impossible]
    if impossible:
        number = len(impossible)
        lines.append(
            f"另有 {number} 项证明不可能出现，不计"
            if zh
            else f"{number} more can't be, as has been proved, and don't count"
        )
    if report.note is not None:
        lines.append(report.note[lang])
    told: dict[str, int] = {}
    for number, gap in enumerate((gap for gap in report.gaps if not gap.impossible), 1):
        lines += ["", *_gap(gap, number, told, words)]
    if impossible:
        lines += ["", "不可能出现的：" if zh else "What can't be:"]
        lines += [f"  {_head(gap.goal, words)}{'：' if zh else ': '}{gap.why[lang]}" for gap in impossible if gap.why]
    return "\n".join(lines)


def _also(report: Report) -> int:
    return sum(gap.goal.id in report.coverage.unconfirmed for gap in report.gaps)


def _row(name: str, seen: int, every: int, lang: Lang) -> str:
    share = f"{seen / every:.1%}" if every else "–"
    return f"  {name}{' ' * (16 - cells(name))}{seen:>6,} / {every:>6,}  {share:>6}"


def _head(goal: Goal, words: Lexicon) -> str:
    zh, lang = words.zh, words.lang
    place = f"{goal.point.place}: " if goal.point.place else ""
    inside = where(goal, words)
    text = f"{inside}{'：' if zh else ': '}{what(goal, words)}" if inside else what(goal, words)
    cited = f" [{', '.join(goal.point.provisions)}]" if goal.point.provisions else ""
    aspect = ASPECTS[goal.aspect][lang]
    return f"{place}{text}{cited} — {f'未见{aspect}' if zh else f'never seen {aspect}'}"


def _gap(gap: Gap, number: int, told: dict[str, int], words: Lexicon) -> list[str]:
    lines = [f"{number}. {_head(gap.goal, words)}"]
    if gap.why is not None:
        lines.append(f"   {gap.why[words.lang]}")
    if gap.scenario is not None:
        household = gap.scenario.partition("\n")[2]  # without its name
        first = told.setdefault(household, number)
        if first != number:
            lines.append(f"   同 {first}" if words.zh else f"   the household of {first} shows it too")
        else:
            lines += [f"    {line}" for line in gap.scenario.splitlines()]
    return lines


def as_json(report: Report, lang: Lang) -> dict[str, Any]:
    """The same as plain values."""
    words = lexicon(report.coverage.program, lang)
    seen, every = report.total
    return {
        "pack": report.coverage.program.pack,
        "on": report.coverage.on,
        "scenarios": report.coverage.scenarios,
        "seen": seen,
        "of": every,
        "counts": {kind: {"seen": one, "of": of} for kind, (one, of) in report.counts.items()},
        "gaps": [
            {
                "kind": gap.goal.point.kind,
                "in": gap.goal.point.key[0],
                "path": list(gap.goal.point.key[1]),
                "what": what(gap.goal, words),
                "not seen": gap.goal.aspect,
                "place": None if gap.goal.point.place is None else str(gap.goal.point.place),
                "provisions": list(gap.goal.point.provisions),
                "impossible": gap.impossible,
                "why": None if gap.why is None else gap.why[lang],
                "scenario": gap.scenario,
            }
            for gap in report.gaps
        ],
    }
