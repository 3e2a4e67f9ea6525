"""What a case has concluded: each conclusion with the rule that fired and what it fired from, and both in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from policyengine import ir
from policyengine.explaining.explanation import Explainer
from policyengine.explaining.lines import Line
from policyengine.explaining.phrases import Speech
from policyengine.explaining.telling import telling
from policyengine.interpreters.forward import Derived, Proved
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import INDEX, MEMBERS, Environment
from policyengine.ir import Node
from policyengine.text import Lang


@dataclass(frozen=True, slots=True)
class Premise:
    """Something that was known when a rule fired.

    kind and id: a fact, a condition variable, or (id "") another condition such as a comparison. member: whose it is;
    None for the household's and the area's.
    """

    kind: Literal["fact", "variable", "condition"]
    id: str
    member: str | None
    truth: bool
    node: Node


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A condition that is settled from now on, whatever else becomes known.

    variable: the condition; result: the benefit or indicator that it belongs to, if any. truth: what it came to. rule:
    which of the variable's rules fired (`rural_poor=true.2`); premises: from what. A conclusion without premises follows
    from the plan's own figures and readings, or from who the members are.
    """

    variable: str
    member: str | None
    truth: bool
    rule: str
    premises: tuple[Premise, ...]
    result: str | None = None
    part: Literal["eligible", "applies", "met"] | None = None  # what of the result is settled


Result = tuple[str, Literal["eligible", "applies", "met"]]


def results_of(program: ir.Program) -> dict[str, Result]:
    """The benefit or indicator that a condition variable decides."""
    found: dict[str, Result] = {item.eligible: (item.id, "eligible") for item in program.benefits}
    for item in program.indicators:
        found[item.met] = (item.id, "met")
        if item.applies is not None:
            found[item.applies] = (item.id, "applies")
    return found


def conclusion(derived: Derived, ids: tuple[str, ...], results: Mapping[str, Result]) -> Conclusion:
    """ids: the members' in order."""
    result, part = results.get(derived.variable, (None, None))
    premises = tuple([_premise(proved, ids) for proved in derived.premises])
    return Conclusion(
        derived.variable, _whose(derived.member, ids), derived.truth, derived.rule, premises, result, part
    )


def _whose(member: int | None, ids: tuple[str, ...]) -> str | None:
    return None if member is None else ids[member]


def _premise(proved: Proved, ids: tuple[str, ...]) -> Premise:
    whose = _whose(proved.member, ids)
    match proved.node:
        case ir.FactRef(id=name):
            return Premise("fact", name, whose, proved.truth, proved.node)
        case ir.VariableRef(id=name):
            return Premise("variable", name, whose, proved.truth, proved.node)
        case _:
            return Premise("condition", "", whose, proved.truth, proved.node)


class Teller:
    """Puts one household's conclusions into words.

    ids: the members' in order of id; names: by id, of who has one. given: the parameters that the caller has set.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        home: Environment,
        ids: tuple[str, ...],
        names: Mapping[str, str],
        given: Collection[str],
        lang: Lang,
    ) -> None:
        self.wording, self.speech = telling(evaluator, lang).wording(None), Speech(names, given)
        self.evaluator, self.home, self.ids = evaluator, home, ids
        self.explainer = Explainer(evaluator, home, dict(enumerate(ids)))
        self.labels = {item.id: item.label for item in evaluator.program.benefits}
        self.labels |= {item.id: item.label for item in evaluator.program.indicators}

    def told(self, item: Conclusion) -> str:
        """`张三 享受医疗救助`: what has been concluded."""
        if item.part in ("met", "applies"):
            label = self.labels[item.result or ""][self.wording.lang]
            words = {
                ("met", True): ("达到", "met"),
                ("met", False): ("未达到", "not met"),
                ("applies", True): ("适用", "applies"),
                ("applies", False): ("不适用", "doesn't apply"),
            }[item.part, item.truth]
            who = self.wording.say("本户", "the household") if item.member is None else self.speech.name(item.member)
            return self.wording.say(f"{who} {label}：{words[0]}", f"{who}: {label}: {words[1]}")
        reference = self.evaluator.references[item.variable]
        is_granted = self.evaluator.variables[item.variable].role in ("eligible", "granted")
        nobody, said = self.wording.statement(reference, is_granted)
        return (nobody if item.member is None else self.speech.name(item.member)) + said[item.truth]

    def because(self, item: Conclusion) -> str:
        """`张三 是低保对象，报销后仍有困难：是`: from what it was concluded."""
        if not item.premises:
            return self.wording.say("方案自身的规定和读法", "the plan's own figures and readings")
        lines = [text for premise in item.premises for text in self._premise(premise)]
        return self.wording.say("；", "; ").join(dict.fromkeys(lines))

    def _premise(self, premise: Premise) -> list[str]:
        place = self.home if premise.member is None else self._member(premise.member)
        if isinstance(premise.node, ir.VariableRef):
            return [self.told(Conclusion(premise.id, premise.member, premise.truth, "", (), *self._result(premise.id)))]
        self.explainer.fresh()
        lines: list[Line] = []
        tell = self.wording.condition(premise.node, premise.truth)
        tell(self.speech, self.explainer.reason(premise.node, place), lines)
        return [self._with_members(line) for line in lines]

    def _with_members(self, line: Line) -> str:
        """A line that says nothing alone, with those below it that made it so."""
        below = [child.text for child in line.children if child.mark == line.mark] if line.is_group else []
        if not below:
            return line.text
        return f"{line.text}{self.wording.say('：', ': ')}{self.wording.say('、', ', ').join(below)}"

    def _result(self, variable: str) -> tuple[str | None, Literal["eligible", "applies", "met"] | None]:
        kept = self.evaluator.kept.setdefault("results of conditions", results_of(self.evaluator.program))
        found: tuple[str, Literal["eligible", "applies", "met"]] | None = kept.get(variable)
        return (None, None) if found is None else found

    def _member(self, key: str) -> Environment:
        index = self.ids.index(key)
        found: Environment = next(member for member in self.home[MEMBERS] if member[INDEX] == index)
        return found
