"""The words for values, names and calculations, in Chinese or English: what stands inside a line of an explanation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from policyengine import ir
from policyengine.decision import show_amount
from policyengine.explanation import Reason, choice_options
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.text import Text
from policyengine.values import ends

_SIGNS = {"add": " + ", "subtract": " − ", "multiply": " × "}


@dataclass
class Phrases:
    """Phrases for one program, one language, and the members' names."""

    program: ir.Program
    lang: str
    names: dict[str, str]
    labels: dict[str, Text] = field(default_factory=dict)
    parameters: dict[str, ir.Parameter] = field(default_factory=dict)
    subject: str | None = None  # the member whose results are being explained
    period: str | None = None  # of the benefit being explained: its money is shown without it

    def __post_init__(self) -> None:
        self.zh = self.lang == "zh"
        declared: tuple[ir.Fact | ir.Parameter | ir.Variable, ...] = (
            *self.program.facts,
            *self.program.parameters,
            *self.program.variables,
        )
        self.labels = {item.id: item.label for item in declared}
        self.parameters = {item.id: item for item in self.program.parameters}

    def say(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    # values

    def value(self, type_: ir.Type, value: Any, owner: str = "") -> str:
        match type_:
            case ConditionType():
                return (
                    self.say("不知道", "not known")
                    if value is None
                    else self.say("是", "yes")
                    if value
                    else self.say("否", "no")
                )
            case NumberType(unit=unit, scale=scale):
                if self.period is not None and unit.power(self.period) == -1 and unit.is_money:
                    type_ = NumberType(unit.without(self.period), scale)
                return show_amount(value, type_, self.lang)
            case DateType():
                return self.date(value)
            case ChoiceType(options=options):
                possible = choice_options(self.program, value)
                if len(possible) == len(options) > 1:
                    return self.say("不知道", "not known")
                return self.say(" 或 ", " or ").join(self.option(option, owner) for option in possible)

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
        assert isinstance(node, ir.FactRef | ir.ParameterRef | ir.VariableRef)
        text = self.labels[node.id][self.lang]
        if reason.member is not None and reason.member != self.subject:
            return self.say(f"{self.name(reason.member)}的{text}", f"{text} of {self.name(reason.member)}")
        return text

    # numbers inside a sentence

    def operand(self, reason: Reason, inside: str = "") -> str:
        """A number with its name, or a nested calculation."""
        node = reason.node
        match node:
            case ir.FactRef() | ir.VariableRef():
                return f"{self.label(reason)} {self.value(node.type, reason.value, node.id)}"
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
        stated = self.parameters[node.id].stated
        if isinstance(value, tuple) and stated == "at least" and value[0] is not None:
            value = value[0]
        elif isinstance(value, tuple) and stated == "at most" and value[1] is not None:
            value = value[1]
        return self.value(node.type, value, node.id)

    def table_label(self, key: str) -> str:
        return self.program.table_labels[key][self.lang]

    def note(self, key: str, value: Any) -> str:
        """How the document puts a figure, where that isn't simply the figure, and where it comes from otherwise."""
        parameter = self.parameters[key]
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
        elif parameter.value != value and not parameter.is_reading:
            return self.say("（由使用者给出）", " (given by the caller)")
        return ""

    def aggregate(self, node: ir.Aggregate) -> str:
        words = {
            "count": ("人数", "number of members"),
            "sum": ("成员合计", "sum over members"),
            "any": ("有成员符合", "some member"),
            "all": ("成员全部符合", "all members"),
            "max": ("成员中最大", "largest of members"),
            "min": ("成员中最小", "smallest of members"),
        }[node.operator]
        return self.say(
            ("其他" if node.others else "") + words[0], words[1] + (" other than this one" if node.others else "")
        )


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
    return Fraction(reason.value, first.scale) == Fraction(part.value, second.scale)
