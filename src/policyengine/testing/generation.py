"""Scenarios made from a pack: around every threshold, and for each condition of an eligibility a pair that it alone decides.

What they expect is what the engine answers, so they are marked to be confirmed. The same pack gives the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from policyengine import ir
from policyengine.explaining.phrases import lexicon
from policyengine.ir import ChoiceType, ConditionType, NumberType
from policyengine.packs import Pack
from policyengine.testing.closing import REACHED, REFUSED, Closer, Shown, cone_of, further_dates
from policyengine.testing.coverage import Coverage, coverage_of, seen_by, variables_of
from policyengine.testing.coverage_report import ASPECTS, Gap, Report, what, where
from policyengine.testing.example import Example, as_scenario, decide_example, numbered
from policyengine.testing.points import Goal
from policyengine.testing.scenarios import Result, id_of, results
from policyengine.text import Lang, Text

_WHY = {
    "no result rests on it": "没有结果取决于它",
    "it can be so, but decides no result on the ways that were tried": "可以出现，但在试过的途径上不影响任何结果",
    REFUSED: "找到的家庭不为规则包所接受",
    REACHED: "有家庭会走到这里，但它在那里不决定任何结果：起作用的是别的条件",
    "not decided in time": "在时限内没有定论",
    "nothing shows it decisively": "没有家庭使它起决定作用",
    "leaving out what it rests on leaves other things open as well, or nothing": "略去它所依据的事实，别的也不知道了，或者结果不变",
}
Advance = Callable[[int, int], None]


def close_gaps(pack: Pack, coverage: Coverage, lang: Lang, seconds: float, advance: Advance) -> Report:
    """Every gap with a household that would close it, or why there is none."""
    closer = closer_of(pack, coverage, seconds)
    goals = coverage.gaps()
    found: list[Gap] = []
    for number, goal in enumerate(goals):
        advance(number, len(goals))
        answer = closer.close(goal)
        if isinstance(answer, Shown):
            name = name_of(goal, coverage.program)
            found.append(Gap(goal, as_scenario(name, answer.example, answer.decision, [answer.result], lang)))
        else:
            found.append(Gap(goal, None, _why(answer), not hasattr(answer, "why")))
    advance(len(goals), len(goals))
    return Report(coverage, tuple(found))


def closer_of(pack: Pack, coverage: Coverage, seconds: float) -> Closer:
    program = coverage.program
    return Closer(pack, program, coverage.on, further_dates(pack, program), coverage.examples, seconds)


def _why(answer: Any) -> Text:
    if hasattr(answer, "why"):
        return Text(_WHY.get(answer.why, answer.why), answer.why)
    if answer.members == 0:
        return Text("没有结果取决于它", "no result rests on it")
    if answer.decisive:
        zh, en = "可以出现，但从不决定任何结果", "it can be so, but never decides a result"
    else:
        zh, en = "不可能出现", "it can't be so"
    plural = "s" if answer.members > 1 else ""
    return Text(
        f"{zh}（证明及于 {answer.members} 人以内的家庭）",
        f"{en} (proved for households of up to {answer.members} member{plural})",
    )


def name_of(goal: Goal, program: ir.Program) -> Text:
    """`低保边缘家庭：家庭人均年收入 < 低保标准，恰在其上`."""
    texts = []
    for lang in ("zh", "en"):
        words = lexicon(program, lang)
        inside = where(goal, words)
        colon, comma = ("：", "，") if lang == "zh" else (": ", ", ")
        about = f"{inside}{colon}{what(goal, words)}" if inside and inside != what(goal, words) else what(goal, words)
        texts.append(f"{about}{comma}{ASPECTS[goal.aspect][lang]}")
    return Text(*texts)


# generation


@dataclass(frozen=True)
class Generated:
    """One scenario to be: what it shows, and the results that it expects."""

    goals: tuple[Goal, ...]
    example: Example
    results: tuple[Result, ...]
    text: str


@dataclass
class Generation:
    """scenarios: in the order of the file. without: goals for which no household was found (or none can be)."""

    scenarios: list[Generated] = field(default_factory=list)
    without: list[Goal] = field(default_factory=list)

    def file(self) -> str:
        head = (
            "# yaml-language-server: $schema=../.schema/scenarios.json\n"
            "# 由 policyengine generate 生成：期望是程序算出的，请逐个对照文件核对，核对后删去 to_confirm。\n"
            "# Written by `policyengine generate`: what is expected is what the engine answers. Check each against the\n"
            "# document, then take away its to_confirm.\n"
        )
        body = "\n".join("".join(f"  {line}\n" for line in each.text.splitlines()) for each in self.scenarios)
        return f"{head}scenarios:\n\n{body}" if self.scenarios else f"{head}scenarios: []\n"


def generate(
    pack: Pack,
    *,
    benefit: str | None = None,
    on: str | None = None,
    lang: Lang = "zh",
    seconds: float = 2.0,
    advance: Advance = lambda done, of: None,
) -> Generation:
    """Boundary and MC/DC scenarios that no confirmed scenario of the pack makes needless, smallest households first.

    benefit: the id of a benefit or indicator: only what it rests on. on: the date whose figures are to be met; otherwise
    that of most scenarios. Raises PolicyError if the pack or a scenario is broken.
    """
    coverage = coverage_of(pack, on=on)
    closer = closer_of(pack, coverage, seconds)
    made: list[tuple[Goal, Shown]] = []
    found = Generation()
    wanted = list(_wanted(coverage, benefit))
    for number, (goal, pair) in enumerate(wanted):
        advance(number, len(wanted))
        shown = (_neighbour(pack, coverage, closer, goal) or closer.found(goal)) if pair else closer.close(goal)
        if isinstance(shown, Shown) and (benefit is None or id_of(shown.result) == benefit):
            made.append((goal, shown))
        else:
            found.without.append(goal)
    advance(len(wanted), len(wanted))
    kept = _without_needless(made)
    names = numbered(name_of(group[0][0], coverage.program) for group in kept)
    for name, group in zip(names, kept, strict=True):
        example, decision = group[0][1].example, group[0][1].decision
        expected = {(shown.result.entity, id_of(shown.result)): shown.result for _, shown in group}
        text = as_scenario(name, example, decision, expected.values(), lang)
        found.scenarios.append(Generated(tuple(goal for goal, _ in group), example, tuple(expected.values()), text))
    return found


def _without_needless(made: list[tuple[Goal, Shown]]) -> list[list[tuple[Goal, Shown]]]:
    """What each household shows, one after the other, the smallest first; without those that show nothing more.

    A household far from a figure doesn't stand in for one right beside it, nor any for one of a pair.
    """
    merged: dict[str, list[tuple[Goal, Shown]]] = {}
    for goal, shown in sorted(made, key=lambda each: (each[0].point.kind, each[1].example.size)):
        merged.setdefault(repr(shown.example), []).append((goal, shown))
    covered: dict[str, set[Any]] = {"condition": set(), "threshold": set()}
    kept: list[list[tuple[Goal, Shown]]] = []
    for group in merged.values():
        fresh = [(goal, shown) for goal, shown in group if goal.id not in covered[goal.point.kind]]
        if fresh:
            kept.append(fresh)
            for goal, shown in fresh:
                covered[goal.point.kind] |= seen_by(shown.decision, shown.result)
    return sorted(kept, key=lambda group: group[0][1].example.size)


def _wanted(coverage: Coverage, benefit: str | None) -> Iterator[tuple[Goal, bool]]:
    """What should be generated, and whether as one of a pair: thresholds, and the conditions of eligibilities."""
    program = coverage.program
    roles = {item.id: item.role for item in program.variables}
    inside = None if benefit is None else variables_of(program, benefit)
    for goal in coverage.gaps():
        name = goal.point.key[0]
        if inside is not None and name not in inside:
            continue
        if goal.point.kind == "threshold":
            yield goal, False
        elif goal.point.kind == "condition" and roles[name] == "eligible" and goal.aspect != "unknown":
            yield goal, True


# the other one of a pair


def _neighbour(pack: Pack, coverage: Coverage, closer: Closer, goal: Goal) -> Shown | None:
    """A household that differs in one fact from one in which the condition came out the other way, with another result."""
    other = replace(goal, aspect="false" if goal.aspect == "true" else "true")
    bases = list(coverage.examples.get(other.id, ()))
    if not bases:
        found = closer.found(other)
        bases = [found.example] if isinstance(found, Shown) else []
    facts, _ = cone_of(coverage.program, goal)
    for base in bases:
        before = decide_example(pack, base)
        if before is None:
            continue
        statuses = {(item.entity, id_of(item)): item.status for item in results(before)}
        for example in _one_fact_changed(coverage.program, base, facts):
            shown = closer.look(example, goal)
            if shown is not None and shown.result.status != statuses.get((shown.result.entity, id_of(shown.result))):
                return shown
    return None


def _one_fact_changed(program: ir.Program, base: Example, facts: set[str]) -> Iterator[Example]:
    declared = {name: fact for fact in program.facts for name in (fact.id, fact.label.zh, fact.label.en)}
    rows = [base.household, base.household.get("area", {}), *base.household["members"]]
    for index, row in enumerate(rows):
        for name, value in row.items():
            fact = declared.get(name)
            if fact is None or fact.id not in facts:
                continue
            for changed in _others(fact, value, program):
                household = deepcopy(base.household)
                [household, household.get("area", {}), *household["members"]][index][name] = changed
                yield replace(base, household=household)


def _others(fact: ir.Fact, value: Any, program: ir.Program) -> list[Any]:
    """Other values that a fact might have: the other truth, the other options, nothing and a great deal."""
    match fact.type:
        case ConditionType():
            return [value not in (True, "true", "yes", "是", "有")] if isinstance(value, bool | str) else []
        case ChoiceType(options=options):
            return [option for option in options if option != value]
        case NumberType():
            return [0, 1, 100, 10_000]
    return []
