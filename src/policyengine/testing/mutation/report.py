"""What mutation has found, in lines for people, in Chinese or English, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from policyengine.testing.mutation import Report, Verdict
from policyengine.text import Lang, Text

KINDS = {
    "comparison": Text("比较", "comparison"),
    "connective": Text("且与或", "and / or"),
    "term": Text("少一个条件", "a condition less"),
    "options": Text("选项", "options"),
    "rows": Text("行序", "order of rows"),
    "row": Text("少一行", "a row less"),
    "branches": Text("则与否则", "then / otherwise"),
    "extreme": Text("最小与最大", "min / max"),
    "sign": Text("加与减", "plus / minus"),
    "members": Text("成员", "members"),
    "rank": Text("位次", "rank"),
    "rounding": Text("舍入", "rounding"),
    "figure": Text("数值", "figure"),
    "bound": Text("限与定数", "bound / exact"),
    "date": Text("起始日", "starting day"),
    "reading": Text("默认读法", "default reading"),
}
LONGEST = 110  # characters of a formula that are shown


def lines(report: Report, lang: Lang, survivors: bool = True) -> Iterator[str]:
    """The survivors by benefit, indicator or rule, and the score below them."""
    if survivors:
        for owner, verdicts in by_owner(report):
            label = report.names.get(owner)
            yield f"{label[lang]} [{owner}]" if label is not None else owner
            for _, together in groupby(
                verdicts, key=lambda item: (item.mutant.place, item.mutant.kind, item.mutant.was)
            ):
                yield from told(list(together), lang)
            yield ""
    for outcome in report.failing:
        yield _say(lang, f"没有使用未通过的情景：{outcome.name}", f"not used, since it fails: {outcome.name}")
    yield summary(report, lang)


def by_owner(report: Report) -> Iterator[tuple[str, list[Verdict]]]:
    """The survivors in the order of the pack's rules, together where they belong to one result."""
    found: dict[str, list[Verdict]] = {}
    for verdict in report.survivors:
        found.setdefault(verdict.mutant.owner, []).append(verdict)
    yield from found.items()


def told(verdicts: list[Verdict], lang: Lang) -> Iterator[str]:
    """Survivors at one node: its place and clauses, what stands there, and what it may be changed to."""
    mutant = verdicts[0].mutant
    cited = f"  [{', '.join(mutant.provisions)}]" if mutant.provisions else ""
    yield f"  {mutant.place}{cited}"
    yield f"    {mutant.label[lang]} · {KINDS[mutant.kind][lang]}"
    before = ""
    for verdict in verdicts:
        was, now = shortened(mutant.was[lang], verdict.mutant.now[lang])
        if was != before:
            yield f"      {was}"
        before = was
        yield f"    → {now}"


def shortened(was: str, now: str) -> tuple[str, str]:
    """Two formulas, without what they have in common at both ends where they are long."""
    if max(len(was), len(now)) <= LONGEST:
        return was, now
    start = 0
    while start < min(len(was), len(now)) and was[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(was), len(now)) - start and was[-1 - end] == now[-1 - end]:
        end += 1
    start, end = max(0, start - 30), max(0, end - 30)

    def cut(text: str) -> str:
        inner = text[start : len(text) - end]
        inner = inner if len(inner) <= LONGEST else f"{inner[: LONGEST // 2]}…{inner[-LONGEST // 2 :]}"
        return f"{'…' if start else ''}{inner}{'…' if end else ''}"

    return cut(was), cut(now)


def summary(report: Report, lang: Lang) -> str:
    """`淄博：991 个变异，862 个被发现 …`: how many mutants met which fate, and the score."""
    counts, tried = report.counts, len(report.verdicts)
    score = percent(report)
    label = report.label[lang]
    if lang == "zh":
        parts = [f"{report.scenarios} 个情景", f"{counts['noticed']} 个被发现", f"{counts['survived']} 个没有"]
        parts += [f"{counts['equivalent']} 个等价"] if counts["equivalent"] else []
        parts += [f"{counts['refused']} 个算不出来"] if counts["refused"] else []
        of = f"{tried} 个变异" if tried == report.total else f"{report.total} 个变异中试了 {tried} 个"
        return f"{label}：{of}，{'，'.join(parts)}。得分 {score}。"
    parts = [f"{report.scenarios} scenarios", f"{counts['noticed']} noticed", f"{counts['survived']} not"]
    parts += [f"{counts['equivalent']} equivalent"] if counts["equivalent"] else []
    parts += [f"{counts['refused']} can't be computed"] if counts["refused"] else []
    of = f"{tried} mutants" if tried == report.total else f"{tried} of {report.total} mutants tried"
    return f"{label}: {of}, {', '.join(parts)}. Score {score}."


def percent(report: Report) -> str:
    """The score in per cent with one decimal, rounded down, so that it never says more than there is."""
    if report.score is None:
        return "–"
    tenths = report.score.numerator * 1000 // report.score.denominator
    return f"{tenths // 10}.{tenths % 10}%"


def plain(report: Report) -> dict[str, Any]:
    """Everything that is known, for JSON: each mutant with what became of it."""
    return {
        "pack": report.pack,
        "scenarios": report.scenarios,
        "mutants": report.total,
        "tried": len(report.verdicts),
        "counts": {fate: report.counts[fate] for fate in ("noticed", "survived", "equivalent", "refused")},
        "score": None if report.score is None else percent(report),
        "failing": [outcome.name for outcome in report.failing],
        "verdicts": [_plain_verdict(item) for item in report.verdicts],
    }


def _plain_verdict(verdict: Verdict) -> dict[str, Any]:
    mutant = verdict.mutant
    return {
        "id": mutant.id,
        "fate": verdict.fate,
        "kind": mutant.kind,
        "belongs_to": mutant.owner,
        "rule": {"id": mutant.target, "zh": mutant.label.zh, "en": mutant.label.en},
        "place": str(mutant.place or ""),
        "provisions": list(mutant.provisions),
        "was": {"zh": mutant.was.zh, "en": mutant.was.en},
        "now": {"zh": mutant.now.zh, "en": mutant.now.en},
        **({"noticed_by": verdict.by} if verdict.by else {}),
    }


def _say(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en
