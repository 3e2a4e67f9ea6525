"""The words for values and names, in Chinese or English: what stands inside a line of an explanation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from policyengine import ir
from policyengine.amounts import show_amount
from policyengine.compiler.figures import natural_range
from policyengine.explaining.explanation import Reason, choice_options
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.units import RATIO, YEARS, Unit, number_format, unit_name
from policyengine.values import Number, ends

_NOUNS = (
    "对象", "人员", "家庭", "人口", "户", "患者", "学生", "儿童", "残疾人", "老年人", "未成年人", "成人", "职工", "居民", "主体", "农民", "妇女", "者",
)  # fmt: skip
NAMED = (ir.FactRef, ir.ParameterRef, ir.VariableRef)


@dataclass(frozen=True)
class Lexicon:
    """The words of one program in one language, looked up once: they serve every explanation."""

    program: ir.Program
    zh: bool
    labels: dict[str, str]
    parameters: dict[str, ir.Parameter]
    variables: dict[str, ir.Variable]
    types: dict[str, ir.Type]
    nouns: frozenset[str]  # conditions of which one says that someone is (not) it
    durations: frozenset[str]  # quantities in years that aren't ages
    unknown: dict[str, Number]  # of facts that are numbers: what they are while nothing is known
    granting: frozenset[str]  # the variables that say whether someone is entitled, exclusions counted

    @property
    def lang(self) -> str:
        return "zh" if self.zh else "en"


def lexicon(program: ir.Program, lang: str) -> Lexicon:
    declared: tuple[ir.Fact | ir.Parameter | ir.Variable, ...] = (
        *program.facts,
        *program.parameters,
        *program.variables,
    )
    benefits = {benefit.id: benefit.label for benefit in program.benefits}
    labels = {item.id: benefits.get(_benefit_of(item), item.label) for item in declared}
    durations = {
        item.id
        for item in declared
        if isinstance(item.type, NumberType) and item.type.unit == YEARS and not set(item.label.zh) & {"龄", "岁"}
    }
    return Lexicon(
        program,
        lang == "zh",
        {key: label[lang] for key, label in labels.items()},
        {item.id: item for item in program.parameters},
        {item.id: item for item in program.variables},
        {item.id: item.type for item in declared},
        frozenset(key for key, label in labels.items() if label.zh.endswith(_NOUNS)),
        frozenset(durations),
        {fact.id: fact.range for fact in program.facts if isinstance(fact.type, NumberType)},
        frozenset(benefit.eligible for benefit in program.benefits),
    )


def _benefit_of(item: ir.Fact | ir.Parameter | ir.Variable) -> str:
    """An amount under a limit, and whether it is granted under an exclusion, carry the name of that; spoken of, it is the benefit's."""
    is_under = isinstance(item, ir.Variable) and item.role in ("capped", "granted")
    return item.id.partition(".")[0] if is_under else ""


class Speech:
    """One explanation's circumstances.

    names: the members' names by id. given: the parameters that the caller has set. subject: the member whose results are
    being explained.
    """

    def __init__(self, names: Mapping[str, str], given: Collection[str]) -> None:
        self.names, self.given = names, given
        self.subject: str | None = None

    def name(self, member: str) -> str:
        return self.names.get(member, member)


Say = Callable[[Speech, Reason], str]  # words for a reason, made once for its node
Show = Callable[[Any], str]  # words for a value


class Phrases:
    """Phrases of one language; money is shown without the period of the benefit that is being explained."""

    def __init__(self, words: Lexicon, period: str | None) -> None:
        self.words, self.period = words, period
        self.program, self.zh, self.lang = words.program, words.zh, words.lang
        self._shows: dict[tuple[ir.Type, str], Show] = {}

    def say(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    # values

    def shown(self, type_: ir.Type, owner: str = "") -> Show:
        """How values of a type are shown; owner: the fact, parameter or variable that has them."""
        show = self._shows.get((type_, owner))
        if show is None:
            show = self._shows[type_, owner] = self._shown(type_, owner)
        return show

    def _shown(self, type_: ir.Type, owner: str) -> Show:
        match type_:
            case NumberType():
                return self._known(self._number(type_, owner), owner)
            case ConditionType():
                truths = {
                    True: self.say("是", "yes"),
                    False: self.say("否", "no"),
                    None: self.say("不知道", "not known"),
                }
                return truths.__getitem__
            case DateType():
                return self._date
            case ChoiceType():
                return cache(lambda mask: self._chosen(type_, mask, owner))

    def _known(self, show: Show, owner: str) -> Show:
        """Of a fact that isn't known its technical range says nothing."""
        unknown, words = self.words.unknown.get(owner), self.say("不知道", "not known")
        if unknown is None:
            return show
        return lambda value: show(value) if type(value) is int or value != unknown else words

    def _number(self, type_: NumberType, owner: str) -> Show:
        shown_in, lang = NumberType(shown_unit(type_.unit, self.period), type_.scale), self.lang
        if owner in self.words.durations:
            return lambda value: show_amount(value, shown_in, lang).replace("岁", "年")
        if not shown_in.unit.is_money or shown_in.scale != 100:
            show = number_format(shown_in.unit, shown_in.scale, lang)
            return lambda value: show(value) if type(value) is int else show_amount(value, shown_in, lang)
        name = unit_name(shown_in.unit, lang)
        fen, zero = _fen(name), f"0 {name}"

        def money(value: Any) -> str:  # by far the most frequent: what show_amount says, in half the time
            if type(value) is int and value >= 0:
                return f"{value // 100:,}{fen[value % 100]}" if value else zero
            return show_amount(value, shown_in, lang)

        return money

    def _date(self, value: Any) -> str:
        low, high = ends(value)
        if low is not None and low == high:
            return date.fromordinal(low).isoformat()
        return self.say("不知道", "not known")

    def _chosen(self, type_: ChoiceType, mask: int, owner: str) -> str:
        """The options that are left, or that nothing is known."""
        possible = choice_options(self.program, mask)
        if len(possible) == len(type_.options) > 1:
            return self.say("不知道", "not known")
        return self.say(" 或 ", " or ").join(self._option(option, owner) for option in possible)

    def _option(self, option: str, owner: str) -> str:
        label = self.program.option_labels.get((owner, option))
        if label is None:
            label = next((text for (_, key), text in self.program.option_labels.items() if key == option), None)
        return option if label is None else label[self.lang]

    # names

    def label(self, node: ir.FactRef | ir.ParameterRef | ir.VariableRef, after: str = "") -> Say:
        """What a fact, parameter or variable is called, with whose it is if that isn't the subject, and what follows."""
        text, text_after, zh = self.words.labels[node.id], self.words.labels[node.id] + after, self.zh

        def label(speech: Speech, reason: Reason) -> str:
            member = reason.member
            if member is None or member == speech.subject:
                return text_after
            return f"{speech.name(member)}的{text_after}" if zh else f"{text} of {speech.name(member)}{after}"

        return label

    def labelled(self, node: ir.FactRef | ir.ParameterRef | ir.VariableRef, owner: str, between: str = " ") -> Say:
        """The name and the value: `家庭年收入 5,000.00 元`, `李四的年龄 5 岁`."""
        name, text, zh = self.words.labels[node.id], self.words.labels[node.id] + between, self.zh
        show = self.shown(node.type, owner)

        def labelled(speech: Speech, reason: Reason) -> str:
            member = reason.member
            if member is None or member == speech.subject:
                return text + show(reason.value)
            who = f"{speech.name(member)}的{text}" if zh else f"{name} of {speech.name(member)}{between}"
            return who + show(reason.value)

        return labelled

    def figure(self, key: str) -> Say:
        """A parameter's name, figure and note."""
        figure = self.figure_words(key)
        return lambda speech, reason: figure(reason.value, key in speech.given)

    def figure_words(self, key: str) -> Callable[[Any, bool], str]:
        """The same by the figure, and whether the caller has given it."""
        show, label = self.shown(self.words.types[key], key), self.words.labels[key]

        @lru_cache(maxsize=16)  # the same figure serves many households
        def figure(value: Any, given: bool) -> str:
            return f"{label} {self._figure(key, value, given, show)}{self._note(key, value, given)}"

        return figure

    def _figure(self, key: str, value: Any, given: bool, show: Show) -> str:
        """A parameter's figure: of a bound that the document states, the end that it states."""
        parameter = self.words.parameters[key]
        stated = parameter.stated
        if given:
            return show(value)
        if stated == "not stated" and value == parameter.value and isinstance(value, tuple):
            return self.say("不知道", "not known")
        if isinstance(value, tuple) and stated == "at least" and value[0] is not None:
            value = value[0]
        elif isinstance(value, tuple) and stated == "at most" and value[1] is not None:
            value = value[1]
        return show(value)

    def _bound(self, stated: str) -> str:
        """That a published figure is a bound."""
        if stated == "at least":
            return self.say("不低于；", "at least; ")
        return self.say("不超过；", "at most; ") if stated == "at most" else ""

    def _note(self, key: str, value: Any, given: bool) -> str:
        """How the document puts a figure, where that isn't simply the figure, and where it comes from otherwise."""
        parameter = self.words.parameters[key]
        if given and not parameter.is_reading:
            return self.say("（由使用者给出）", " (given by the caller)")
        if parameter.supplement:
            bound = self._bound(parameter.stated) if isinstance(value, tuple) else ""
            return self.say(f"（{bound}{parameter.supplement}）", f" ({bound}{parameter.supplement})")
        if isinstance(value, tuple):
            if parameter.stated == "at least":
                return self.say(
                    "（文件写“不低于”，地方可更高）", " (the plan says “at least”; local figures may be higher)"
                )
            if parameter.stated == "at most":
                return self.say(
                    "（文件写“不超过”，地方可更低）", " (the plan says “at most”; local figures may be lower)"
                )
            if parameter.stated == "not stated":
                within = self._within(parameter, value)
                return self.say(f"（文件未载明{within}）", f" (the plan doesn't state it{within})")
        return ""

    def _within(self, parameter: ir.Parameter, value: Number) -> str:
        """The range that the pack gives an unknown figure, since it may be what decides; nothing for what goes without saying."""
        type_, comma = parameter.type, self.say("，", ", ")
        low, high = ends(value)
        if not isinstance(type_, NumberType | DateType) or value == natural_range(type_):
            return ""
        if isinstance(type_, DateType):
            natural_ends = ends(natural_range(type_))
            after = "" if low in (None, *natural_ends) else comma + self.say("不早于 ", "not before ") + self._date(low)
            before = (
                "" if high in (None, *natural_ends) else comma + self.say("不晚于 ", "not after ") + self._date(high)
            )
            return after + before
        if type_.unit == RATIO and (low, high) == (0, type_.scale):
            return ""
        return comma + show_amount(value, type_, self.lang)


@cache
def _fen(name: str) -> list[str]:
    """What stands behind whole yuan, by the fen."""
    return [f".{cents:02d} {name}" for cents in range(100)]


@cache
def shown_unit(unit: Unit, period: str | None) -> Unit:
    """The unit without the period of the benefit that is being explained."""
    return unit.without(period) if period is not None and unit.is_money and unit.power(period) == -1 else unit


def bare(reason: Reason) -> Reason:
    """Without changes of scale, which nobody sees."""
    while isinstance(reason.node, ir.Rescale):
        reason = reason.children[0]
    return reason


def bare_node(node: ir.Node) -> ir.Node:
    while isinstance(node, ir.Rescale):
        node = node.term
    return node
