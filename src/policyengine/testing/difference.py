"""Why a result isn't what a scenario expects: the reasons that decided it, and what would decide it otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher

from policyengine.decision import Decision
from policyengine.errors import PolicyError
from policyengine.explaining.explanation import choice_options
from policyengine.explaining.lines import NO, OPEN, PLAIN, Line, indent
from policyengine.explaining.rendering import Explanation
from policyengine.ir import ChoiceType
from policyengine.results import Entitlement, IndicatorResult, Missing
from policyengine.text import Lang

Result = Entitlement | IndicatorResult
NEEDED = ("还要知道", "still needed")
_BECAUSE = ("因为", "because")
_DECIDED_BY = {"ineligible": NO, "not met": NO, "undetermined": OPEN}


def explained(decision: Decision, item: Result, part: str, lang: Lang) -> list[str]:
    """The lines that decided a result's status or amount (`part`), with its clauses.

    Of a refusal the conditions that failed, of an open result those that are open and what is still needed, of an
    entitlement the conditions that hold, or (amount) the calculation.
    """
    name = item.benefit if isinstance(item, Entitlement) else item.indicator
    explanation = Explanation(decision, lang, name, None)
    environment = next(place for entity, place in explanation.entities() if entity == item.entity)
    block = explanation.block(item, environment)
    lines = list(block.lines)
    if isinstance(item, Entitlement) and part == "status" and item.status != "eligible":
        explanation.explainer.fresh()  # the amount doesn't matter to the status
        reason = explanation.reasons(item, environment)["eligible"].children[0]
        lines = [line for line in block.lines if line.text.startswith(NEEDED)]
        conditions: list[Line] = []
        explanation.telling.wording(item.period).condition(reason.node, True)(explanation.speech, reason, conditions)
        lines = conditions + lines
    told: list[str] = []
    indent(_decisive(lines, item, part), "", told)
    if block.cites:
        told.append(f"{explanation.say('依据', 'see')} {block.cites}")
    return told


def _decisive(lines: list[Line], item: Result, part: str) -> Iterable[Line]:
    if part == "amount" and item.status not in ("ineligible", "not applicable"):
        kept = [line for line in lines if not line.text.startswith(_BECAUSE)]
        return kept or lines
    mark = _DECIDED_BY.get(item.status)
    if mark is not None:
        return _only(lines, mark)
    if item.status == "eligible":
        return [line for line in lines if line.text.startswith(_BECAUSE)]
    return lines


def _only(lines: Iterable[Line], mark: str) -> list[Line]:
    """The lines with a mark, and below each that has such lines below it only those: the others decided nothing."""
    kept = []
    for line in lines:
        if line.mark == mark:
            below = _only(line.children, mark)
            calculated = [each for each in line.children if _calculates(each, mark)]
            kept.append(replace(line, children=calculated + below if below else line.children))
    return kept


def _calculates(line: Line, mark: str) -> bool:
    """Is it a calculation, rather than a group of conditions that decided nothing?"""
    return line.mark == PLAIN and (not line.children or any(each.mark in (mark, PLAIN) for each in line.children))


def entity_label(decision: Decision, entity: str, lang: Lang) -> str:
    """`张三（a）`, `the household`."""
    if entity == "household":
        return "全户" if lang == "zh" else "household"
    if entity == "area":
        return "地区" if lang == "zh" else "area"
    name = decision.member_names.get(entity)
    if name is None or name == entity:
        return entity
    return f"{name}（{entity}）" if lang == "zh" else f"{name} ({entity})"


def waits_for(decision: Decision, item: Result) -> list[Missing]:
    """What a result waits for."""
    name = item.benefit if isinstance(item, Entitlement) else item.indicator
    return [missing for missing in decision.missing if (name, item.entity) in missing.for_results]


def other_readings(decision: Decision, holds: Callable[[Mapping[str, str]], bool], lang: Lang) -> list[str]:
    """The readings, one changed at a time, under which something would hold."""
    found = []
    for reading in decision.program.parameters:
        if not reading.is_reading or not isinstance(reading.type, ChoiceType):
            continue
        assert reading.default is not None
        taken = decision.readings.get(reading.id, choice_options(decision.program, reading.default)[0])
        for option in reading.type.options:
            try:
                fits = option != taken and holds({reading.id: option})
            except PolicyError:  # the reading was set under another of its names
                continue
            if fits:
                label = decision.program.option_labels[reading.id, option]
                if lang == "zh":
                    found.append(f"换一种读法就是所期望的：{reading.label.zh} = {label.zh}（{reading.id}: {option}）")
                else:
                    text = f"as expected under another reading: {reading.label.en} = {label.en}"
                    found.append(f"{text} ({reading.id}: {option})")
    return found


def nearest(fragment: str, told: str, lang: Lang) -> list[str]:
    """The line of an explanation that is most like a fragment, if one is like it at all."""
    lines = [line.strip() for line in told.splitlines() if line.strip() and not line.strip().startswith(NEEDED)]

    def likeness(line: str) -> int:
        return SequenceMatcher(None, fragment, line, autojunk=False).find_longest_match().size

    best = max(lines, key=likeness, default="")
    if not best or likeness(best) * 2 < len(fragment):
        return []
    return [f"最接近的一句：{best}" if lang == "zh" else f"the nearest line: {best}"]
