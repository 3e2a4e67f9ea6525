"""The words for values, names and calculations, in Chinese or English: what stands inside a line of an explanation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from policyengine import ir
from policyengine.amounts import show_amount
from policyengine.explanation import Reason, choice_options
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.units import YEARS, Unit, number_format
from policyengine.values import ends

_NOUNS = (
    "对象", "人员", "家庭", "人口", "户", "患者", "学生", "儿童", "残疾人", "老年人", "未成年人", "成人", "职工", "居民", "主体", "农民", "妇女", "者",
)  # fmt: skip
NAMED = (ir.FactRef, ir.ParameterRef, ir.VariableRef)
_SIGNS = {"add": " + ", "subtract": " − ", "multiply": " × "}


@dataclass(frozen=True)
class Lexicon:
    """The words of one program in one language, looked up once: they serve every explanation."""

    program: ir.Program
    zh: bool
    labels: dict[str, str]
    parameters: dict[str, ir.Parameter]
    types: dict[str, ir.Type]
    nouns: frozenset[str] = frozenset()  # conditions of which one says that someone is (not) it
    # filled as they are met: options by owner and mask; by period, how numbers of a type (by its identity) are shown
    options: dict[tuple[str, int], str] = field(default_factory=dict)
    formats: dict[str | None, dict[int, Callable[[int], str]]] = field(default_factory=dict)
    types_met: list[NumberType] = field(default_factory=list)  # kept, so that their identities stay their own
    durations: frozenset[str] = frozenset()  # quantities in years that aren't ages


def lexicon(program: ir.Program, lang: str) -> Lexicon:
    declared: tuple[ir.Fact | ir.Parameter | ir.Variable, ...] = (
        *program.facts,
        *program.parameters,
        *program.variables,
    )
    labels = {benefit.id: benefit.label for benefit in program.benefits}
    durations = {
        item.id
        for item in declared
        if isinstance(item.type, NumberType) and item.type.unit == YEARS and not set(item.label.zh) & {"龄", "岁"}
    }
    return Lexicon(
        program,
        lang == "zh",
        {item.id: labels.get(_benefit_of(item), item.label)[lang] for item in declared},
        {item.id: item for item in program.parameters},
        {item.id: item.type for item in declared},
        durations=frozenset(durations),
        nouns=frozenset(item.id for item in declared if item.label.zh.endswith(_NOUNS)),
    )


def _benefit_of(item: ir.Fact | ir.Parameter | ir.Variable) -> str:
    """An amount under a limit carries the limit's name; spoken of, it is the benefit's."""
    return item.id.partition(".")[0] if isinstance(item, ir.Variable) and item.role == "capped" else ""


class Phrases:
    """Phrases for one explanation.

    names: the members' names by id. given: the parameters that the caller has set. subject: the member whose results are
    being explained.
    """

    def __init__(self, words: Lexicon, names: Mapping[str, str], given: Collection[str]) -> None:
        self.words, self.names, self.given = words, names, given
        self.program, self.zh, self.lang = words.program, words.zh, "zh" if words.zh else "en"
        self.subject: str | None = None
        self.speak_of(None)

    def speak_of(self, period: str | None) -> None:
        """Show money without the period of the benefit that is being explained."""
        self.period = period
        self.formats = self.words.formats.setdefault(period, {})

    def say(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    # values

    def value(self, type_: ir.Type, value: Any, owner: str = "") -> str:
        show = self.formats.get(id(type_))
        if show is not None and type(value) is int:
            text = show(value)
            return text.replace("岁", "年") if owner in self.words.durations else text
        match type_:
            case NumberType(unit=unit, scale=scale):
                shown_in = shown_unit(unit, self.period)
                if show is None:
                    self.formats[id(type_)] = number_format(shown_in, scale, self.lang)
                    self.words.types_met.append(type_)
                text = show_amount(value, NumberType(shown_in, scale), self.lang)
                return text.replace("岁", "年") if owner in self.words.durations else text
            case ConditionType():
                if value is None:
                    return self.say("不知道", "not known")
                return self.say("是", "yes") if value else self.say("否", "no")
            case DateType():
                return self.date(value)
            case ChoiceType():
                return self.chosen(type_, value, owner)

    def chosen(self, type_: ChoiceType, mask: int, owner: str) -> str:
        """The options that are left, or that nothing is known."""
        known = self.words.options.get((owner, mask))
        if known is None:
            possible = choice_options(self.program, mask)
            known = self.say(" 或 ", " or ").join(self.option(option, owner) for option in possible)
            if len(possible) == len(type_.options) > 1:
                known = self.say("不知道", "not known")
            self.words.options[(owner, mask)] = known
        return known

    def date(self, value: Any) -> str:
        low, high = ends(value)
        if low is not None and low == high:
            return date.fromordinal(low).isoformat()
        return self.say("不知道", "not known")

    def option(self, option: str, owner: str) -> str:
        label = self.program.option_labels.get((owner, option))
        if label is None:
            label = next((text for (_, key), text in self.program.option_labels.items() if key == option), None)
        return option if label is None else label[self.lang]

    def name(self, member: str) -> str:
        return self.names.get(member, member)

    def label(self, reason: Reason) -> str:
        """What a fact, parameter or variable is called, with whose it is if that isn't the subject."""
        node = reason.node
        assert isinstance(node, NAMED)
        text = self.words.labels[node.id]
        if reason.member is None or reason.member == self.subject:
            return text
        return f"{self.name(reason.member)}的{text}" if self.zh else f"{text} of {self.name(reason.member)}"

    # numbers inside a sentence

    def operand(self, reason: Reason, inside: str = "") -> str:
        """A number with its name, or a nested calculation."""
        node = reason.node
        match node:
            case ir.FactRef(id=key) | ir.VariableRef(id=key):
                return f"{self.label(reason)} {self.value(node.type, reason.value, key)}"
            case ir.ParameterRef(id=key):
                return f"{self.label(reason)} {self.figure(reason)}{self.note(key, reason.value)}"
            case ir.Constant(name=name):
                shown = self.value(node.type, reason.value)
                return shown if name is None else f"{name[self.lang]} {shown}"
            case ir.Rescale():
                return self.operand(reason.children[0], inside)
            case ir.Round():
                return self.rounding(reason, node, inside)
            case ir.Arithmetic(operator=operator) if operator in _SIGNS:
                text = _SIGNS[operator].join(self.operand(child, operator) for child in reason.children)
                return f"({text})" if inside == "multiply" and operator != "multiply" else text
            case ir.Arithmetic(operator="negate"):
                return f"−{self.operand(reason.children[0], 'multiply')}"
            case ir.Arithmetic(operator=operator):
                decides = next((child for child in reason.children if same_value(reason, child)), None)
                if decides is not None:
                    return self.operand(decides, inside)
                word = self.say("最小", "min") if operator == "min" else self.say("最大", "max")
                return f"{word}({self.say('，', ', ').join(self.operand(child) for child in reason.children)})"
            case ir.Elapsed(unit=unit):
                words = {
                    "years": ("周岁", "whole years"),
                    "months": ("足月", "whole months"),
                    "days": ("天数", "days"),
                }[unit]
                first, last = (self.operand(child) for child in reason.children)
                shown = self.value(node.type, reason.value)
                return self.say(
                    f"{first} 至 {last} 的{words[0]} {shown}", f"{words[1]} from {first} to {last}: {shown}"
                )
            case ir.DatePart(part=part):
                words = {"year": ("年份", "year"), "month": ("月份", "month"), "day": ("日", "day")}[part]
                inner, shown = self.operand(reason.children[0]), self.value(node.type, reason.value)
                return self.say(f"{inner} 的{words[0]} {shown}", f"{words[1]} of {inner}: {shown}")
            case ir.Bands(parameter=key) | ir.Cells(parameter=key):
                inner = self.say("，", ", ").join(self.operand(child) for child in reason.children)
                shown = self.value(node.type, reason.value)
                return self.say(
                    f"{self.table_label(key)}（{inner}）{shown}", f"{self.table_label(key)} ({inner}): {shown}"
                )
            case ir.Choose() if reason.children[0].value is not None:
                return self.operand(reason.children[1], inside)
            case ir.Aggregate():
                return f"{self.aggregate(node)} {self.value(node.type, reason.value)}"
            case ir.Rank():
                return self.say("位次 ", "rank ") + self.value(node.type, reason.value)
            case _:
                return self.value(node.type, reason.value)

    def rounding(self, reason: Reason, node: ir.Round, inside: str, outermost: bool = False) -> str:
        """What is rounded; that it is rounded is told where it changes the number (the outermost is told after it)."""
        text = " ÷ ".join(self.operand(child, "multiply") for child in reason.children)
        if node.denominator is None:
            text = self.operand(reason.children[0], inside)
        if outermost or not self.is_changed(reason, node):
            return text
        return f"{self.direction(node)}({text})"

    def is_changed(self, reason: Reason, node: ir.Round) -> bool:
        """Has rounding changed the number?"""
        parts = [child.value for child in reason.children]
        if not all(isinstance(part, int) for part in parts):
            return False
        exact: Fraction = Fraction(parts[0] * node.up, (parts[1] if len(parts) > 1 else 1) * node.down) * node.step
        return bool(exact != reason.value)

    def direction(self, node: ir.Round) -> str:
        words = {
            "half_up": ("四舍五入", "rounded"),
            "half_even": ("四舍六入", "rounded half to even"),
            "up": ("向上取整", "rounded up"),
            "down": ("向下取整", "rounded down"),
        }
        return self.say(*words[node.direction])

    def figure(self, reason: Reason) -> str:
        """A parameter's figure: of a bound that the document states, the end that it states."""
        node, value = reason.node, reason.value
        assert isinstance(node, ir.ParameterRef)
        parameter = self.words.parameters[node.id]
        stated = parameter.stated
        if node.id in self.given:
            return self.value(node.type, value, node.id)
        if stated == "not stated" and value == parameter.value and isinstance(value, tuple):
            return self.say("不知道", "not known")
        if isinstance(value, tuple) and stated == "at least" and value[0] is not None:
            value = value[0]
        elif isinstance(value, tuple) and stated == "at most" and value[1] is not None:
            value = value[1]
        return self.value(node.type, value, node.id)

    def table_label(self, key: str) -> str:
        return self.program.table_labels[key][self.lang]

    def note(self, key: str, value: Any) -> str:
        """How the document puts a figure, where that isn't simply the figure, and where it comes from otherwise."""
        parameter = self.words.parameters[key]
        if key in self.given and not parameter.is_reading:
            return self.say("（由使用者给出）", " (given by the caller)")
        if parameter.supplement:
            return self.say(f"（{parameter.supplement}）", f" ({parameter.supplement})")
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
                return self.say("（文件未载明）", " (the plan doesn't state it)")
        return ""

    def aggregate(self, node: ir.Aggregate) -> str:
        words = {
            "count": ("人数", "number of members"),
            "sum": ("成员合计", "sum over members"),
            "any": ("有成员符合", "some member fulfils it"),
            "all": ("成员全部符合", "all members fulfil it"),
            "max": ("成员中最大", "largest of members"),
            "min": ("成员中最小", "smallest of members"),
        }[node.operator]
        return self.say(
            ("其他" if node.others else "") + words[0], words[1] + (" other than this one" if node.others else "")
        )


@cache
def shown_unit(unit: Unit, period: str | None) -> Unit:
    """The unit without the period of the benefit that is being explained."""
    return unit.without(period) if period is not None and unit.is_money and unit.power(period) == -1 else unit


def bare(reason: Reason) -> Reason:
    """Without changes of scale, which nobody sees."""
    while isinstance(reason.node, ir.Rescale):
        reason = reason.children[0]
    return reason


def same_value(reason: Reason, part: Reason) -> bool:
    """Do both have the same settled value, whatever their scales?"""
    if not (isinstance(reason.value, int) and isinstance(part.value, int)):
        return False
    first, second = reason.node.type, part.node.type
    assert isinstance(first, NumberType)
    assert isinstance(second, NumberType)
    return reason.value * second.scale == part.value * first.scale
