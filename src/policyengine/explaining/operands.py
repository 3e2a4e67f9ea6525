"""Numbers inside a sentence: with their names, or as the calculation that they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from policyengine import ir
from policyengine.explaining.explanation import Reason, same_value
from policyengine.explaining.phrases import NAMED, Lexicon, Phrases, Say, Speech, bare_node

_SIGNS = {"add": " + ", "subtract": " − ", "multiply": " × "}
_ELAPSED = {"years": ("周岁", "whole years"), "months": ("足月", "whole months"), "days": ("天数", "days")}
_PARTS = {"year": ("年份", "year"), "month": ("月份", "month"), "day": ("日", "day")}
_ROUNDED = {
    "half_up": ("四舍五入", "rounded"),
    "half_even": ("四舍六入", "rounded half to even"),
    "up": ("向上取整", "rounded up"),
    "down": ("向下取整", "rounded down"),
}
_AGGREGATES = {
    "count": ("人数", "number of members"),
    "sum": ("成员合计", "sum over members"),
    "any": ("有成员符合", "some member fulfils it"),
    "all": ("成员全部符合", "all members fulfil it"),
    "max": ("成员中最大", "largest of members"),
    "min": ("成员中最小", "smallest of members"),
}


class Operands(Phrases):
    """For each node, once, the function that puts its reasons into a few words."""

    def __init__(self, words: Lexicon, period: str | None) -> None:
        super().__init__(words, period)
        self._operands: dict[tuple[int, str], Say] = {}  # by the node's identity, and what it stands in

    def operand(self, node: ir.Node, inside: str = "") -> Say:
        """A number with its name, or a nested calculation; inside: the operator that it is an operand of."""
        key = (id(node), inside)
        say = self._operands.get(key)
        if say is None:
            say = self._operands[key] = self._operand(node, inside)
        return say

    def _operand(self, node: ir.Node, inside: str) -> Say:
        match node:
            case ir.FactRef() | ir.VariableRef():
                return self.labelled(node, node.id)
            case ir.ParameterRef(id=key):
                return self.figure(key)
            case ir.Constant(name=name, value=value):
                shown = self.shown(node.type)(value)
                text = shown if name is None else f"{name[self.lang]} {shown}"
                return lambda speech, reason: text
            case ir.Rescale(term=term):
                return first(self.operand(term, inside))
            case ir.Round():
                return self._rounded(node, inside)
            case ir.Arithmetic(operator="negate", terms=(term,)):
                positive = self.operand(term, "multiply")
                return lambda speech, reason: f"−{positive(speech, reason.children[0])}"
            case ir.Arithmetic(operator="min" | "max"):
                return self._extreme_operand(node, inside)
            case ir.Arithmetic(operator=operator, terms=terms):
                later = [self.operand(term, operator) for term in terms[1:]]
                before = "" if operator == "subtract" else operator  # a difference needs brackets only behind the sign
                text_of = _joined(_SIGNS[operator], [self.operand(terms[0], before), *later])
                if inside == "divide" or (operator != "multiply" and inside in ("multiply", "subtract")):
                    return lambda speech, reason: f"({text_of(speech, reason)})"
                return text_of
            case ir.Choose():
                return self._chosen_operand(node, inside)
            case ir.Elapsed(unit=unit):
                zh, en = _ELAPSED[unit]
                return self._between(node, zh, en)
            case ir.DatePart():
                return self._part(node)
            case ir.Bands(parameter=key) | ir.Cells(parameter=key):
                label = self.program.table_labels.get(key)
                return self._looked_up(node, key if label is None else label[self.lang])
            case ir.Aggregate():
                return self._valued(node, f"{self.aggregate(node)} ")
            case ir.Rank():
                return self._valued(node, self.say("位次 ", "rank "))
            case _:
                return self._valued(node, "")

    def side(self, node: ir.Node) -> Say:
        """A side of a comparison: a calculation says what it comes to, `150% × 低保标准 4,200.00 元 = 6,300.00 元`."""
        match node:
            case ir.Rescale(term=term):
                return first(self.side(term))
            case ir.Arithmetic(operator="add" | "subtract" | "multiply"):
                say, show = self.operand(node), self.shown(node.type)
                return lambda speech, reason: (
                    f"{say(speech, reason)} = {show(reason.value)}"
                    if type(reason.value) is int
                    else say(speech, reason)
                )
            case _:
                return self.operand(node)

    def _valued(self, node: ir.Node, before: str) -> Say:
        """Only the value, after some words."""
        show = self.shown(node.type)
        return lambda speech, reason: before + show(reason.value)

    def _extreme_operand(self, node: ir.Arithmetic, inside: str) -> Say:
        """The one that decides, or `最小(…，…)`."""
        parts = [self.operand(term, inside) for term in node.terms]
        word = self.say("最小", "min") if node.operator == "min" else self.say("最大", "max")
        every = _joined(self.say("，", ", "), [self.operand(term) for term in node.terms])

        def extreme(speech: Speech, reason: Reason) -> str:
            for say, child in zip(parts, reason.children, strict=True):
                if same_value(reason, child):
                    return say(speech, child)
            return f"{word}({every(speech, reason)})"

        return extreme

    def _chosen_operand(self, node: ir.Choose, inside: str) -> Say:
        then, otherwise, show = (
            self.operand(node.then, inside),
            self.operand(node.otherwise, inside),
            self.shown(node.type),
        )

        def chosen(speech: Speech, reason: Reason) -> str:
            truth = reason.children[0].value
            if truth is None:
                return show(reason.value)
            return (then if truth else otherwise)(speech, reason.children[1])

        return chosen

    def _part(self, node: ir.DatePart) -> Say:
        """`出生日期 2012-03-31 的日 31`, a number of the calendar and no duration."""
        (zh, en), inner, amount = _PARTS[node.part], self.operand(node.term), self.shown(node.type)

        def show(value: Any) -> str:
            return str(value) if type(value) is int else amount(value)

        if self.zh:
            return lambda speech, reason: f"{inner(speech, reason.children[0])} 的{zh} {show(reason.value)}"
        return lambda speech, reason: f"{en} of {inner(speech, reason.children[0])}: {show(reason.value)}"

    def _between(self, node: ir.Elapsed, zh: str, en: str) -> Say:
        start, end, amount = self.operand(node.start), self.operand(node.end), self.shown(node.type)
        since = bare_node(node.start)
        is_age = not isinstance(since, NAMED) or "生" in self.words.labels[since.id]
        zh = zh if is_age else zh.replace("周岁", "足年")

        def show(value: Any) -> str:
            return amount(value) if is_age else amount(value).replace("岁", "年")

        def between(speech: Speech, reason: Reason) -> str:
            first, last, shown = (
                start(speech, reason.children[0]),
                end(speech, reason.children[1]),
                show(reason.value),
            )
            return f"{first} 至 {last} 的{zh} {shown}" if self.zh else f"{en} from {first} to {last}: {shown}"

        return between

    def _looked_up(self, node: ir.Bands | ir.Cells, label: str) -> Say:
        inner = _joined(self.say("，", ", "), [self.operand(part) for part in ir.children(node)])
        show = self.shown(node.type)

        def looked_up(speech: Speech, reason: Reason) -> str:
            shown = show(reason.value)
            return (
                f"{label}（{inner(speech, reason)}）{shown}"
                if self.zh
                else f"{label} ({inner(speech, reason)}): {shown}"
            )

        return looked_up

    def _rounded(self, node: ir.Round, inside: str) -> Say:
        """What is rounded; that it is rounded is told where it changes the number."""
        unrounded, changes, direction = self.unrounded(node, inside), is_changed(node), self.direction(node)

        def rounded(speech: Speech, reason: Reason) -> str:
            text = unrounded(speech, reason)
            return f"{direction}({text})" if changes(reason) else text

        return rounded

    def unrounded(self, node: ir.Round, inside: str) -> Say:
        if node.denominator is None:
            return first(self.operand(node.numerator, inside))
        return _joined(" ÷ ", [self.operand(node.numerator, "multiply"), self.operand(node.denominator, "divide")])

    def direction(self, node: ir.Round) -> str:
        return self.say(*_ROUNDED[node.direction])

    def aggregate(self, node: ir.Aggregate) -> str:
        zh, en = _AGGREGATES[node.operator]
        return self.say(("其他" if node.others else "") + zh, en + (" other than this one" if node.others else ""))


def first(say: Say) -> Say:
    return lambda speech, reason: say(speech, reason.children[0])


def _joined(sign: str, parts: Sequence[Say]) -> Say:
    """All children, with a sign between them."""
    if len(parts) == 2:
        first, second = parts
        return lambda speech, reason: f"{first(speech, reason.children[0])}{sign}{second(speech, reason.children[1])}"
    return lambda speech, reason: sign.join(
        [say(speech, child) for say, child in zip(parts, reason.children, strict=True)]
    )


def is_changed(node: ir.Round) -> Callable[[Reason], bool]:
    """Has rounding changed the number?"""
    up, down = node.up * node.step, node.down

    def changed(reason: Reason) -> bool:
        parts = [child.value for child in reason.children]
        if not all(isinstance(part, int) for part in parts):
            return False
        divisor = down * parts[1] if len(parts) > 1 else down
        return bool(parts[0] * up != reason.value * divisor)

    return changed
