"""What mutation has found, in lines for people, in Chinese or English, and as plain values for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from policyengine.amounts import plain_amount
from policyengine.decision import Decision
from policyengine.explaining.telling import STATUS
from policyengine.results import Entitlement, IndicatorResult
from policyengine.testing.difference import entity_label
from policyengine.testing.expected import in_words, unit_of
from policyengine.testing.mutation import Report, Verdict
from policyengine.testing.mutation.trying import name_of
from policyengine.text import Lang, Text

if TYPE_CHECKING:
    from policyengine.testing.mutation.equivalence import Killer

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
    if report.proofs == "not installed" and report.survivors:
        yield _say(
            lang,
            "没有安装 z3：其中等价的变异没有剔除（pip install 'policyengine-packs[verify]'）",
            "z3 isn't installed: those that are equivalent count too (pip install 'policyengine-packs[verify]')",
        )
    yield summary(report, lang)


def example(killer: Killer, lang: Lang) -> Iterator[str]:
    """A scenario that would notice the mutant, as YAML, and how its results differ."""
    names = _names(killer.differences[0].decision, lang)
    yield f"on: {killer.on}"
    household = {key: value for key, value in killer.household.items() if key != "members"}
    parts: list[tuple[str, Any]] = [
        ("area", killer.area),
        ("parameters", killer.parameters),
        ("readings", killer.readings),
    ]
    for key, part in parts:
        if part or (key == "area" and part is not None):
            yield f"{key}: {_flow(part, names)}"
    if killer.household:
        members = killer.household["members"]
        if household:
            facts = ", ".join(_pairs(household, names))
            yield f"household: {{{facts}, members: [{', '.join(_flow(each, names) for each in members)}]}}"
        else:
            yield f"household: {{members: [{', '.join(_flow(each, names) for each in members)}]}}"
    for difference in killer.differences[:3]:
        entity = entity_label(difference.decision, difference.before.entity, lang)
        before, after = (_outcome(difference.decision, item, lang) for item in (difference.before, difference.after))
        yield f"{entity} {difference.before.label[lang]}{_say(lang, '：', ': ')}{before} → {after}"


def _outcome(decision: Decision, item: Entitlement | IndicatorResult, lang: Lang) -> str:
    text = STATUS[item.status][lang]
    if isinstance(item, Entitlement):
        if item.status == "ineligible" or item.amount is None:
            return text
        return f"{text} {in_words(item.amount, unit_of(decision, item))[lang]}"
    if item.gap is None:
        return text
    return f"{text}{_say(lang, '，差距 ', ', gap ')}{in_words(item.gap, unit_of(decision, item))[lang]}"


def _names(decision: Decision, lang: Lang) -> dict[str, str]:
    """Facts, figures, readings and options by id as people call them, where that name is theirs alone."""
    if lang == "en":
        return {}
    program = decision.program
    labels = {item.id: item.label[lang] for item in program.facts}
    labels |= {item.id: item.label[lang] for item in program.parameters}
    shared = Counter(labels.values())
    names = {key: label for key, label in labels.items() if shared[label] == 1}
    options: dict[str, set[str]] = {}
    for (_, option), label in program.option_labels.items():
        options.setdefault(option, set()).add(label[lang])
    return names | {option: each.pop() for option, each in options.items() if len(each) == 1 and option not in names}


def _pairs(facts: dict[str, Any], names: dict[str, str]) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, bool):
            text = ("是" if value else "否") if names else str(value).lower()
        elif value == "none":
            text = "无" if names else "none"
        else:
            text = names.get(value, value) if key != "id" else value
        yield f"{names.get(key, key)}: {text}"


def _flow(facts: dict[str, Any], names: dict[str, str]) -> str:
    return "{" + ", ".join(_pairs(facts, names)) + "}"


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
        if verdict.killer is not None:
            yield from (f"        {line}" for line in example(verdict.killer, lang))
        if verdict.undecided:
            yield "        " + _say(
                lang,
                f"没能判定是否等价（{verdict.undecided}）",
                f"not decided whether it is equivalent ({verdict.undecided})",
            )


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
        "proofs": report.proofs,
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
        **({"example": _plain_example(verdict.killer)} if verdict.killer is not None else {}),
        **({"undecided": verdict.undecided} if verdict.undecided else {}),
    }


def _plain_example(killer: Killer) -> dict[str, Any]:
    content: dict[str, Any] = {"on": killer.on.isoformat()}
    for key, part in (
        ("household", killer.household),
        ("area", killer.area),
        ("parameters", killer.parameters),
        ("readings", killer.readings),
    ):
        if part:
            content[key] = part
    content["differences"] = [
        {
            "entity": item.before.entity,
            "result": name_of(item.before),
            "was": {"status": item.before.status, **_plain_amount(item.before)},
            "now": {"status": item.after.status, **_plain_amount(item.after)},
        }
        for item in killer.differences
    ]
    return content


def _plain_amount(item: Entitlement | IndicatorResult) -> dict[str, Any]:
    if isinstance(item, Entitlement):
        return {} if item.amount is None else {"amount": plain_amount(item.amount)}
    return {} if item.gap is None else {"gap": plain_amount(item.gap)}


def _say(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en
