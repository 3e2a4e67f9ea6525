"""What is said of results before and beside their reasons; kept with a program, for each language."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policyengine import ir
from policyengine.explaining.lines import NO, OPEN, YES
from policyengine.explaining.phrases import Show, lexicon
from policyengine.explaining.wording import Wording
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import Environment
from policyengine.ir import NumberType
from policyengine.results import Entitlement, IndicatorResult
from policyengine.text import Text
from policyengine.values import ends

if TYPE_CHECKING:
    from policyengine.explaining.writing import Writing

MANY = 100  # explanations as text after which it pays to write them by functions of their own
MARKS = {"eligible": YES, "ineligible": NO, "undetermined": OPEN, "met": YES, "not met": NO, "not applicable": "–"}
PERIODS = {
    "year": Text("每年", "a year"),
    "month": Text("每月", "a month"),
    "term": Text("每学期", "a term"),
    "visit": Text("每次就诊", "a visit"),
    "once": Text("一次性", "once"),
}
STATUS = {
    "eligible": Text("符合", "entitled"),
    "ineligible": Text("不符合", "not entitled"),
    "undetermined": Text("待定", "undetermined"),
    "met": Text("达到", "met"),
    "not met": Text("未达到", "not met"),
    "not applicable": Text("不适用", "not applicable"),
}


class Telling:
    """A program's words in one language, made once for all explanations.

    texts: how many explanations have been told as text.
    """

    def __init__(self, evaluator: Evaluator, lang: str) -> None:
        self.evaluator, self.program, self.lang = evaluator, evaluator.program, lang
        self.words, self.texts = lexicon(evaluator.program, lang), 0
        self._wordings: dict[str | None, Wording] = {}
        self._writings: dict[str | None, Writing] = {}
        self._cites: dict[tuple[str, ...], str] = {}
        self._excluding: dict[str, list[tuple[ir.Variable, str]]] = {}
        self._amounts: dict[str, Show] = {}

    def say(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def wording(self, period: str | None) -> Wording:
        """Words for the reasons of a benefit that is paid for a period."""
        wording = self._wordings.get(period)
        if wording is None:
            wording = self._wordings[period] = Wording(self.words, period)
        return wording

    def writing(self, period: str | None) -> Writing:
        """What writes the reasons of a benefit that is paid for a period as text at once."""
        found = self._writings.get(period)
        if found is None:
            from policyengine.explaining.writing import Writing

            found = self._writings[period] = Writing(self.evaluator, self.wording(period))
        return found

    @cached_property
    def not_stated(self) -> frozenset[str]:
        """The figures that the document leaves open."""
        return frozenset(item.id for item in self.program.parameters if item.stated == "not stated")

    def cites(self, provisions: tuple[str, ...]) -> str:
        """The places in the document: `第六章第二节一 [ZB-043, ZB-044]`."""
        text = self._cites.get(provisions)
        if text is None:
            places: dict[str, list[str]] = {}
            for key in provisions:
                places.setdefault(self.program.places.get(key, ""), []).append(key)
            text = self.say("；", "; ").join(f"{place} [{', '.join(keys)}]".strip() for place, keys in places.items())
            self._cites[provisions] = text
        return text

    def exclusions(self, benefit: ir.Benefit, environment: Environment) -> list[ir.Variable]:
        """What keeps a benefit, or may keep it, from someone who is or may be eligible for it: exclusions, by name."""
        found = []
        for exclusion, before in self._exclusions(benefit):
            slots = self.evaluator.layout.person if benefit.scope == "person" else self.evaluator.layout.household
            if environment[slots[exclusion.id]] is not True and environment[slots[before]] is not False:
                found.append(exclusion)
        return found

    def _exclusions(self, benefit: ir.Benefit) -> list[tuple[ir.Variable, str]]:
        """Each exclusion that a benefit is under, with the variable that says whether it would be granted without it."""
        found = self._excluding.get(benefit.id)
        if found is None:
            found, variable = [], self.evaluator.variables[benefit.eligible]
            while variable.role == "granted":
                assert isinstance(variable.node, ir.Logic)
                before = variable.node.terms[0]
                assert isinstance(before, ir.VariableRef)
                found.append((variable, before.id))
                variable = self.evaluator.variables[before.id]
            self._excluding[benefit.id] = found
        return found

    def outcome(self, item: Entitlement | IndicatorResult, waits_for_figures: bool) -> str:
        """`每年 7,500.00 元`, `不符合` …; waits_for_figures: then it says so, with the ends that are known."""
        word = STATUS[item.status][self.lang]
        if isinstance(item, IndicatorResult) or item.status == "ineligible":
            return word
        if item.value is None:
            return self._goods(item.declaration) if item.status == "eligible" and item.declaration.items else word
        low, high = ends(item.value)
        show, between = self._amount(item.declaration), self.say("，", ", ")
        if low == high or not waits_for_figures:
            if item.status == "eligible":
                return show(item.value)
            return word if not high else f"{word}{between}{show((0, high))}"
        if item.status != "eligible":
            return word
        return self.say("符合，金额待定", "entitled, amount not known yet") + (
            f"{between}{show((low, high))}" if low or high is not None else ""
        )

    def _goods(self, declaration: ir.Benefit) -> str:
        """What a benefit without an amount consists of."""
        listed = self.say("、", ", ").join(label[self.lang] for label in declaration.items)
        return listed + (self.say(" 等", " and others") if declaration.open_list else "")

    def _amount(self, declaration: ir.Benefit) -> Show:
        """`每年 7,500.00 元`, with bounds where it isn't exact."""
        show = self._amounts.get(declaration.id)
        if show is None:
            show = self._amounts[declaration.id] = self._amount_shown(declaration)
        return show

    def _amount_shown(self, declaration: ir.Benefit) -> Show:
        type_ = self.words.types[declaration.amount or ""]
        assert isinstance(type_, NumberType)
        show = self.wording(None).shown(NumberType(type_.unit.without(declaration.period or "once"), type_.scale))
        period = PERIODS[declaration.period][self.lang] if declaration.period else ""
        if not period:
            return show
        if self.lang == "zh":
            return lambda value: f"{period} {show(value)}"
        return lambda value: f"{show(value)} {period}"


def telling(evaluator: Evaluator, lang: str) -> Telling:
    """The words of an evaluator's program, kept with it."""
    kept = evaluator.kept.get(lang)
    if kept is None:
        kept = evaluator.kept[lang] = Telling(evaluator, lang)
    words: Telling = kept
    return words
