"""Reasons in words: every node of an explanation as a line in Chinese or English, nested as the reasons are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from policyengine import ir
from policyengine.explanation import Reason
from policyengine.interpreters.household import switch
from policyengine.ir import ChoiceType, ConditionType, DateType
from policyengine.phrases import NAMED, Phrases, bare, same_value
from policyengine.text import Text

YES, NO, OPEN, PLAIN = "✓", "✗", "?", "·"
_OPERATORS = {
    "<": Text("小于", "below"),
    "<=": Text("不超过", "at most"),
    ">": Text("大于", "above"),
    ">=": Text("不低于", "at least"),
    "=": Text("等于", "equal to"),
    "!=": Text("不等于", "other than"),
}
_DATES = {
    "<": Text("早于", "before"),
    "<=": Text("不晚于", "not after"),
    ">": Text("晚于", "after"),
    ">=": Text("不早于", "not before"),
    "=": Text("等于", "the same day as"),
    "!=": Text("不等于", "another day than"),
}
_GIVEN = (ir.FactRef, ir.ParameterRef)
_FIGURES = (*_GIVEN, ir.Constant)
_CALCULATED = (ir.Arithmetic, ir.Round)
_SHOWN = (ir.FactRef, ir.ParameterRef, ir.VariableRef, ir.Constant)
_COMPUTED = (ir.FactRef, ir.VariableRef)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


class Line(NamedTuple):
    """mark: fulfilled, failed, open, or · for a calculation. is_group: the text says nothing without its children."""

    mark: str
    text: str
    children: tuple[Line, ...] = ()
    is_group: bool = False
    anchor: str = ""  # what this line explains
    link: str = ""  # where it has been explained before


class Wording(Phrases):
    """Puts reasons into lines."""

    # how a number came about

    def calculation(self, reason: Reason) -> list[Line]:
        """The lines that lead to a number (or choice, or date)."""
        node = reason.node
        match node:
            case ir.FactRef() | ir.VariableRef() | ir.IsKnown() if isinstance(node.type, ConditionType):
                return self.condition(reason, True)
            case ir.FactRef() | ir.ParameterRef() | ir.Constant() | ir.IsKnown():
                return []
            case ir.VariableRef():
                return [self.definition(reason)]
            case ir.Rescale():
                return self.calculation(reason.children[0])
            case ir.Arithmetic(operator="min" | "max"):
                return self.extreme(reason, node)
            case ir.Round(denominator=None, numerator=ir.Arithmetic(operator="min" | "max")):
                return self.calculation(reason.children[0])
            case ir.Round():
                told = f"{self.rounding(reason, node, '', outermost=True)} = {self.value(node.type, reason.value)}"
                if self.is_changed(reason, node):
                    told += self.say(f"（{self.direction(node)}）", f" ({self.direction(node)})")
                return [Line(PLAIN, told), *self.definitions(reason)]
            case ir.Arithmetic():
                text = f"{self.operand(reason)} = {self.value(node.type, reason.value)}"
                return [Line(PLAIN, text), *self.definitions(reason)]
            case ir.Choose():
                condition, *branches = reason.children
                lines = self.condition(condition, condition.value is not False)
                for branch in branches:
                    lines += self.calculation(branch)
                return lines
            case ir.Table():
                return self.table(reason)
            case ir.Aggregate(operator="count", where=None):
                return []
            case ir.Aggregate() | ir.Rank():
                return [Line(PLAIN, self.operand(reason), tuple(self.members(reason)))]
            case ir.Bands() | ir.Cells() | ir.Elapsed() | ir.DatePart():
                return [Line(PLAIN, self.operand(reason)), *self.definitions(reason)]
            case ir.Logic() | ir.Compare() | ir.OneOf():
                return self.condition(reason, True)

    def definition(self, reason: Reason) -> Line:
        """A variable's value and where it comes from."""
        if reason.repeats:
            return Line(PLAIN, self.operand(reason) + self.say("（见上）", " (see above)"), link=anchor(reason))
        return self.defined(reason, self.origin(reason))

    def defined(self, reason: Reason, behind: tuple[Line, ...]) -> Line:
        assert reason.variable is not None
        text, inner = self.operand(reason), reason.children[0]
        match reason.variable.role:
            case "left":  # max(0, before - paid)
                before, paid = inner.children[1].children
                value = self.value(reason.node.type, reason.value)
                text = f"{self.label(reason)} = {self.operand(before)} − {self.operand(paid)} = {value}"
            case "paid" if isinstance(inner.node, ir.VariableRef):  # what a benefit pays
                return self.definition(inner)
        return Line(PLAIN, text, behind, anchor=anchor(reason))

    def origin(self, reason: Reason) -> tuple[Line, ...]:
        """Where a variable's value comes from."""
        assert reason.variable is not None
        inner = reason.children[0]
        match reason.variable.role:
            case "left":  # max(0, before - paid)
                return self.whose(reason, self.definitions, inner.children[1])
            case "paid" if isinstance(inner.node, ir.Arithmetic):  # max(0, min(what it pays, what is left))
                return self.whose(reason, self.paid, inner.children[1])
            case "paid" if isinstance(inner.node, ir.VariableRef):  # what a benefit pays
                return () if inner.repeats else self.origin(inner)
            case "received" if inner.children[0].value is not None:
                granted = inner.children[0]
                return tuple(self.definitions(inner) if granted.value else self.condition(granted, True))
            case "capped":
                return self.whose(reason, self.capped, reason)
        return self.whose(reason, self.calculation, inner)

    def paid(self, smaller: Reason) -> list[Line]:
        """What a payer pays: its own formula, unless less is left."""
        lines: list[Line] = []
        pays, left = (bare(child) for child in smaller.children)
        if not same_value(smaller, pays):
            lines.append(Line(PLAIN, self.say(f"以 {self.operand(left)} 为限", f"limited to {self.operand(left)}")))
        elif not isinstance(pays.node, _GIVEN):
            lines += self.calculation(pays)
        return lines

    def capped(self, reason: Reason) -> list[Line]:
        """An amount under a shared ceiling or in an order of payers: the limit is told where it bites."""
        lines: list[Line] = []
        assert reason.variable is not None
        amount, limit = (bare(child) for child in reason.children[0].children)
        if isinstance(amount.node, ir.VariableRef) and not amount.repeats:
            role = amount.variable.role if amount.variable is not None else ""
            lines += self.capped(amount) if role == "capped" else self.calculation(amount.children[0])
        if not same_value(reason, amount) and reason.value != amount.value:
            label = reason.variable.label[self.lang]
            least = self.operand(limit) if reason.is_settled else self.value(limit.node.type, limit.value)
            lines.append(
                Line(
                    PLAIN,
                    self.say(f"受“{label}”限制：{least}", f"limited by “{label}”: {least}"),
                    tuple(self.behind(limit)),
                )
            )
        return lines

    def whose(self, reason: Reason, tell: Callable[..., list[Line]], *what: Any) -> tuple[Line, ...]:
        """What is told while a reason's member is the subject."""
        before, self.subject = self.subject, reason.member if reason.member is not None else self.subject
        try:
            return tuple(tell(*what))
        finally:
            self.subject = before

    def definitions(self, reason: Reason) -> list[Line]:
        """The definitions of the variables that a calculation mentions."""
        lines: list[Line] = []
        for child in reason.children:
            match child.node:
                case ir.VariableRef():
                    if not child.repeats:
                        assert child.variable is not None
                        behind = self.origin(child)
                        if behind or child.variable.role == "left":  # otherwise the calculation has told it all
                            lines.append(self.defined(child, behind))
                case ir.FactRef() | ir.ParameterRef() | ir.Constant():
                    continue
                case ir.Arithmetic(operator=operator) if operator not in ("min", "max") or child.is_settled:
                    lines += self.definitions(child)
                case ir.Choose() if child.children[0].value is not None:
                    lines += self.condition(child.children[0], bool(child.children[0].value))
                    lines += self.definitions(child)
                case ir.Logic() | ir.Compare() | ir.OneOf():
                    continue
                case ir.Rescale() | ir.Round():
                    lines += self.definitions(child)
                case _:
                    lines += self.calculation(child)
        return lines

    def extreme(self, reason: Reason, node: ir.Arithmetic) -> list[Line]:
        """The smaller (larger) of several: each part that is calculated, then which one decides."""
        lines: list[Line] = []
        smaller = node.operator == "min"
        for child in reason.children:
            if not isinstance(bare(child).node, _FIGURES):
                lines += self.calculation(child)
        parts = [bare(child) for child in reason.children]
        if len(parts) == 2 and reason.is_settled:
            first, second = parts
            if isinstance(first.node, ir.Constant):
                first, second = second, first
            if isinstance(second.node, _SHOWN):
                mine = same_value(reason, second)
                if mine and not same_value(reason, first):
                    words = (
                        ("高于", "above", "按后者计", "so the latter counts")
                        if smaller
                        else ("低于", "below", "按后者计", "so the latter counts")
                    )
                    lines.append(
                        Line(
                            PLAIN,
                            self.say(
                                f"{words[0]} {self.operand(second)}，{words[2]}",
                                f"{words[1]} {self.operand(second)}, {words[3]}",
                            ),
                        )
                    )
                elif isinstance(second.node, ir.Constant) and second.value == 0 and not smaller:
                    return lines
                else:
                    if mine:
                        zh, en = ("不超过", "not above") if smaller else ("不低于", "not below")
                    else:
                        zh, en = ("低于", "below") if smaller else ("高于", "above")
                    lines.append(Line(PLAIN, self.say(f"{zh} {self.operand(second)}", f"{en} {self.operand(second)}")))
                return lines
        word = self.say("取较小者", "the smaller of") if smaller else self.say("取较大者", "the larger of")
        listed = self.say("；", "; ").join(
            self.operand(part) if isinstance(part.node, _SHOWN) else self.value(part.node.type, part.value)
            for part in parts
        )
        lines.append(Line(PLAIN, f"{word}{self.say('：', ' ')}{listed} = {self.value(node.type, reason.value)}"))
        return lines

    def table(self, reason: Reason) -> list[Line]:
        """Which row decided, and why the rows before it didn't."""
        lines: list[Line] = []
        node = reason.node
        assert isinstance(node, ir.Table)
        if switch(node) is not None:
            lines += self.switched(reason, node)
            return lines
        children, passed = list(reason.children), []
        decided: list[Line] = []
        index = 0
        for row in node.rows:
            if index >= len(children):
                break
            when = children[index]
            index += 1
            if when.value is False:
                passed += self.condition(when, True)
                continue
            then = children[index]
            index += 1
            decided += [*self.condition(when, True), *self.calculation(then)]
            assert row is not None
            if when.value is True:
                break
        else:
            if index < len(children):
                decided += self.calculation(children[index])
        lines += decided
        if passed:
            lines.append(Line(PLAIN, self.say("此前各项不成立", "none of the earlier cases holds"), tuple(passed)))
        return lines

    def switched(self, reason: Reason, node: ir.Table) -> list[Line]:
        """A table that asks one choice: the option it has, and what follows from it."""
        lines: list[Line] = []
        results = {id(row.then) for row in node.rows} | {id(node.otherwise)}
        term = bare(reason.children[0].children[0])
        settled = isinstance(term.value, int) and term.value & (term.value - 1) == 0
        lines.append(Line(YES if settled else OPEN, self.plainly(term), tuple(self.behind(term))))
        for child in reason.children:
            if id(child.node) in results:
                lines += self.calculation(child)
        return lines

    def plainly(self, term: Reason) -> str:
        """A choice and its option: `学段 为 小学`, or the reading that is taken."""
        node = term.node
        owner = node.id if isinstance(node, NAMED) else ""
        label = self.label(term) if owner else self.say("选择", "choice")
        shown = self.value(node.type, term.value, owner)
        if isinstance(node, ir.ParameterRef):
            return self.say(f"按读法“{label}：{shown}”", f"by the reading “{label}: {shown}”")
        if not isinstance(term.value, int) or term.value & (term.value - 1):
            return f"{label}{self.say('：', ': ')}{shown}"
        return f"{label} {self.say('为', 'is')} {shown}"

    def members(self, reason: Reason) -> list[Line]:
        """What an aggregate or rank found for each member: whether it counts, and its own value."""
        lines: list[Line] = []
        node = reason.node
        assert isinstance(node, ir.Aggregate | ir.Rank)
        for child in reason.children:
            if child.node is node.where:
                counts = self.say("计入", "counted") if child.value else self.say("不计入", "not counted")
                if child.value is None:
                    counts = self.say("是否计入不确定", "not known whether counted")
                who = self.name(child.member) if child.member is not None else ""
                lines.append(
                    Line(
                        PLAIN,
                        f"{who}{self.say('：', ': ')}{counts}",
                        tuple(self.condition(child, child.value is not False)),
                    )
                )
            elif isinstance(child.node.type, ConditionType):
                lines += self.condition(child, True)
            elif isinstance(child.node, ir.VariableRef):
                lines.append(Line(PLAIN, self.operand(child), self.definition(child).children))
            else:
                lines.append(Line(PLAIN, self.operand(child), tuple(self.calculation(child))))
        return lines

    # conditions

    def condition(self, reason: Reason, want: bool) -> list[Line]:
        """The lines that say whether a condition is as wanted, and why."""
        node, value = reason.node, reason.value
        mark = OPEN if value is None else YES if value is want else NO
        match node:
            case ir.FactRef():
                return [Line(mark, self.statement(reason, want))]
            case ir.VariableRef():
                text = self.statement(reason, want)
                if reason.repeats:
                    return [Line(mark, text + self.say("（理由见上）", " (reasons above)"), link=anchor(reason))]
                behind = self.whose(reason, self.condition, reason.children[0], True)
                return [Line(mark, text, behind, anchor=anchor(reason))]
            case ir.Logic(operator="not"):
                return self.condition(reason.children[0], not want)
            case ir.Logic(operator=operator):
                lines = [line for child in reason.children for line in self.condition(child, want)]
                any_is_enough = (operator == "or") == want
                if any_is_enough and len(lines) > 1 and value is not want:
                    text = self.say("以下至少须有一项", "at least one of these is needed")
                    return [Line(mark, text, tuple(lines), is_group=True)]
                return lines
            case ir.OneOf(mask=options):
                term = reason.children[0]
                return [Line(mark, self.one_of(term, options, want, value), tuple(self.behind(term)))]
            case ir.Compare(operator=operator) if isinstance(node.left.type, ChoiceType):
                first, second = (self.operand(side) for side in reason.children)
                words = ("相同", "agree") if want else ("不同", "differ")
                return [Line(mark, self.say(f"{first} 与 {second} {words[0]}", f"{first} and {second} {words[1]}"))]
            case ir.Compare(operator=operator):
                left, right = reason.children
                text = self.comparison(left, right, operator, want, value)
                return [Line(mark, text, tuple(self.behind(left, right)))]
            case ir.IsKnown(fact=fact):
                label = self.words.labels[fact.id]
                stated = {
                    True: ("已载明", "is stated"),
                    False: ("没有", "doesn't exist"),
                    None: ("不知道有无", "isn't known to exist"),
                }[value]
                return [Line(mark, self.say(f"{label}：{stated[0]}", f"{label} {stated[1]}"))]
            case ir.Aggregate():
                return [Line(mark, self.everybody(node, value), tuple(self.members(reason)), is_group=True)]
            case ir.Constant():
                return [Line(mark, self.say("恒成立", "always") if value else self.say("恒不成立", "never"))]
            case _:
                return self.calculation(reason)

    def everybody(self, node: ir.Aggregate, value: Any) -> str:
        """What an `any` or `all` over members has found."""
        whom = self.say("其他成员" if node.others else "成员", "other member" if node.others else "member")
        words = {
            ("any", True): (f"有{whom}符合", f"some {whom} fulfils it"),
            ("any", False): (f"没有{whom}符合", f"no {whom} fulfils it"),
            ("any", None): (f"不知道是否有{whom}符合", f"not known whether some {whom} fulfils it"),
            ("all", True): (f"{whom}全部符合", f"every {whom} fulfils it"),
            ("all", False): (f"{whom}并非全部符合", f"not every {whom} fulfils it"),
            ("all", None): (f"不知道{whom}是否全部符合", f"not known whether every {whom} fulfils it"),
        }
        return self.say(*words[(node.operator, value)])

    def behind(self, *parts: Reason) -> list[Line]:
        """How the two sides of a comparison came about."""
        lines: list[Line] = []
        for part in parts:
            inner = bare(part)
            if isinstance(inner.node, ir.VariableRef):
                if not inner.repeats:
                    lines += self.origin(inner)
            elif not isinstance(inner.node, _CALCULATED):
                lines += [line for line in self.calculation(inner) if line.children]
            else:
                lines += self.definitions(inner)
        return lines

    def statement(self, reason: Reason, want: bool) -> str:
        """`张三 是低保对象` / `愿意学习技能：否`."""
        node = reason.node
        assert isinstance(node, _COMPUTED)
        label = self.words.labels[node.id]
        who = self.say("本地区", "the area") if node.scope == "area" else self.say("本户", "the household")
        if reason.member is not None:
            who = self.name(reason.member)
        is_granted = reason.variable is not None and reason.variable.role in ("eligible", "granted")
        if not self.zh:
            if reason.value is None:
                return f"{who}: {label}: not known"
            if is_granted:
                return f"{who}: {'entitled' if reason.value else 'not entitled'} to {label}"
            return f"{who}: {label}: {'yes' if reason.value else 'no'}"
        is_noun = node.id in self.words.nouns
        if reason.value is None:
            return f"{who} {'是否' if is_noun else ''}{label}：不知道"
        if is_granted:
            return f"{who} {'享受' if reason.value else '不享受'}{label}"
        if is_noun:
            return f"{who} {'是' if reason.value else '不是'}{label}"
        return f"{who} {label}：{'是' if reason.value else '否'}"

    def comparison(self, left: Reason, right: Reason, operator: str, want: bool, value: Any) -> str:
        wanted = operator if want else _INVERSE[operator]
        if isinstance(bare(left).node, ir.Constant) or (
            isinstance(bare(right).node, _COMPUTED) and not isinstance(bare(left).node, _COMPUTED)
        ):
            left, right, wanted = right, left, _TURNED.get(wanted, wanted)
        if isinstance(left.node.type, DateType):
            if isinstance(right.node, ir.Constant) and isinstance(left.node, ir.ParameterRef):
                left, right, wanted = right, left, _TURNED.get(wanted, wanted)
            sign = _DATES[wanted][self.lang]
        else:
            sign = _OPERATORS[wanted][self.lang]
        first, second = self.operand(left), self.operand(right)
        if value is want:
            return f"{first} {sign} {second}" if self.zh else f"{first} is {sign} {second}"
        must = f"须{sign} {second}" if self.zh else f"must be {sign} {second}"
        if isinstance(bare(left).node, NAMED):
            inner = bare(left)
            shown = self.value(inner.node.type, inner.value)
            first = (
                f"{self.label(inner)}{self.say('：', ': ')}{shown}"
                if value is None
                else f"{self.label(inner)} {self.say('为', 'is')} {shown}"
            )
        return f"{first}{self.say('；', '; ')}{must}"

    def one_of(self, term: Reason, options: int, want: bool, value: Any) -> str:
        inner = bare(term)
        said = self.plainly(inner)
        if value is want or isinstance(inner.node, ir.ParameterRef) or (not want and inner.value == options):
            return said  # what it should not be is what it is: nothing more to say
        owner = inner.node.id if isinstance(inner.node, ir.FactRef | ir.VariableRef) else ""
        assert isinstance(inner.node.type, ChoiceType)
        listed = self.chosen(inner.node.type, options, owner)
        must = self.say(f"须{'' if want else '不'}为 {listed}", f"must {'' if want else 'not '}be {listed}")
        return f"{said}{self.say('；', '; ')}{must}"


def anchor(reason: Reason) -> str:
    """Names the place where a variable is explained."""
    assert reason.variable is not None
    return f"pe-{reason.variable.id}-{reason.member or ''}"
