"""Reasons in words: every node of an explanation as a line in Chinese or English, nested as the reasons are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from policyengine import ir
from policyengine.explanation import Reason
from policyengine.interpreters.household import switch
from policyengine.ir import ChoiceType, ConditionType, DateType
from policyengine.phrases import NAMED, Phrases, bare, same_value
from policyengine.text import Text

YES, NO, OPEN, PLAIN = "✓", "✗", "?", "·"
_NOUNS = (
    "对象", "人员", "家庭", "人口", "户", "患者", "学生", "儿童", "残疾人", "老年人", "未成年人", "成人", "职工", "居民", "主体", "农民", "妇女", "者",
)  # fmt: skip
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

    def calculation(self, reason: Reason) -> Iterator[Line]:
        """The lines that lead to a number (or choice, or date)."""
        node = reason.node
        match node:
            case ir.FactRef() | ir.VariableRef() | ir.IsKnown() if isinstance(node.type, ConditionType):
                yield from self.condition(reason, True)
            case ir.FactRef() | ir.ParameterRef() | ir.Constant() | ir.IsKnown():
                return
            case ir.VariableRef():
                yield self.definition(reason)
            case ir.Rescale():
                yield from self.calculation(reason.children[0])
            case ir.Arithmetic(operator="min" | "max") if node.operator in ("min", "max"):
                yield from self.extreme(reason, node)
            case ir.Round(denominator=None) if isinstance(reason.children[0].node, ir.Arithmetic) and reason.children[
                0
            ].node.operator in ("min", "max"):
                yield from self.calculation(reason.children[0])
            case ir.Arithmetic() | ir.Round():
                text = (
                    self.rounding(reason, node, "", outermost=True)
                    if isinstance(node, ir.Round)
                    else self.operand(reason)
                )
                told = ""
                if isinstance(node, ir.Round) and self.is_changed(reason, node):
                    told = self.say(f"（{self.direction(node)}）", f" ({self.direction(node)})")
                yield Line(PLAIN, f"{text} = {self.value(node.type, reason.value)}{told}")
                yield from self.definitions(reason)
            case ir.Choose():
                condition, *branches = reason.children
                yield from self.condition(condition, condition.value is not False)
                for branch in branches:
                    yield from self.calculation(branch)
            case ir.Table():
                yield from self.table(reason)
            case ir.Aggregate(operator="count", where=None):
                return
            case ir.Aggregate() | ir.Rank():
                yield Line(PLAIN, self.operand(reason), tuple(self.members(reason)))
            case ir.Bands() | ir.Cells() | ir.Elapsed() | ir.DatePart():
                yield Line(PLAIN, self.operand(reason))
                yield from self.definitions(reason)
            case ir.Logic() | ir.Compare() | ir.OneOf():
                yield from self.condition(reason, True)

    def definition(self, reason: Reason) -> Line:
        """A variable's value and where it comes from."""
        assert isinstance(reason.node, ir.VariableRef)
        text = f"{self.label(reason)} {self.value(reason.node.type, reason.value, reason.node.id)}"
        if reason.repeats:
            return Line(PLAIN, text + self.say("（见上）", " (see above)"), link=anchor(reason))
        assert reason.variable is not None
        here = anchor(reason)
        match reason.variable.role:
            case "left":  # max(0, before - paid)
                before, paid = reason.children[0].children[1].children
                text = f"{self.label(reason)} = {self.operand(before)} − {self.operand(paid)} = {self.value(reason.node.type, reason.value)}"
                return Line(
                    PLAIN,
                    text,
                    self.whose(reason, lambda: self.definitions(reason.children[0].children[1])),
                    anchor=here,
                )
            case "paid" if isinstance(
                reason.children[0].node, ir.Arithmetic
            ):  # max(0, min(what it pays, what is left))
                return Line(
                    PLAIN, text, self.whose(reason, lambda: self.paid(reason.children[0].children[1])), anchor=here
                )
            case "paid" if isinstance(reason.children[0].node, ir.VariableRef):  # what a benefit pays
                return self.definition(reason.children[0])
            case "received" if reason.children[0].children[0].value is not None:
                granted = reason.children[0].children[0]
                lines = self.condition(granted, True) if not granted.value else self.definitions(reason.children[0])
                return Line(PLAIN, text, tuple(lines), anchor=here)
            case "capped":
                return Line(PLAIN, text, self.whose(reason, lambda: self.capped(reason)), anchor=here)
        return Line(PLAIN, text, self.whose(reason, lambda: self.calculation(reason.children[0])), anchor=here)

    def paid(self, smaller: Reason) -> Iterator[Line]:
        """What a payer pays: its own formula, unless less is left."""
        pays, left = (bare(child) for child in smaller.children)
        if not same_value(smaller, pays):
            yield Line(PLAIN, self.say(f"以 {self.operand(left)} 为限", f"limited to {self.operand(left)}"))
        elif not isinstance(pays.node, _GIVEN):
            yield from self.calculation(pays)

    def capped(self, reason: Reason) -> Iterator[Line]:
        """An amount under a shared ceiling or in an order of payers: the limit is told where it bites."""
        assert reason.variable is not None
        amount, limit = (bare(child) for child in reason.children[0].children)
        if isinstance(amount.node, ir.VariableRef) and not amount.repeats:
            role = amount.variable.role if amount.variable is not None else ""
            yield from self.capped(amount) if role == "capped" else self.calculation(amount.children[0])
        if not same_value(reason, amount) and reason.value != amount.value:
            label = reason.variable.label[self.lang]
            least = self.operand(limit) if reason.is_settled else self.value(limit.node.type, limit.value)
            yield Line(
                PLAIN,
                self.say(f"受“{label}”限制：{least}", f"limited by “{label}”: {least}"),
                tuple(self.behind(limit)),
            )

    def whose(self, reason: Reason, lines: Any) -> tuple[Line, ...]:
        before, self.subject = self.subject, reason.member if reason.member is not None else self.subject
        try:
            return tuple(lines())
        finally:
            self.subject = before

    def definitions(self, reason: Reason) -> Iterator[Line]:
        """The definitions of the variables that a calculation mentions."""
        for child in reason.children:
            match child.node:
                case ir.VariableRef():
                    line = self.definition(child)
                    role = child.variable.role if child.variable is not None and not child.repeats else ""
                    if line.children or role == "left":  # otherwise all of it stands in the calculation already
                        yield line
                case ir.FactRef() | ir.ParameterRef() | ir.Constant():
                    continue
                case ir.Arithmetic(operator=operator) if operator not in ("min", "max") or child.is_settled:
                    yield from self.definitions(child)
                case ir.Choose() if child.children[0].value is not None:
                    yield from self.condition(child.children[0], bool(child.children[0].value))
                    yield from self.definitions(child)
                case ir.Logic() | ir.Compare() | ir.OneOf():
                    continue
                case ir.Rescale() | ir.Round():
                    yield from self.definitions(child)
                case _:
                    yield from self.calculation(child)

    def extreme(self, reason: Reason, node: ir.Arithmetic) -> Iterator[Line]:
        """The smaller (larger) of several: each part that is calculated, then which one decides."""
        smaller = node.operator == "min"
        for child in reason.children:
            if not isinstance(bare(child).node, _FIGURES):
                yield from self.calculation(child)
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
                    yield Line(
                        PLAIN,
                        self.say(
                            f"{words[0]} {self.operand(second)}，{words[2]}",
                            f"{words[1]} {self.operand(second)}, {words[3]}",
                        ),
                    )
                elif isinstance(second.node, ir.Constant) and second.value == 0 and not smaller:
                    return
                else:
                    if mine:
                        zh, en = ("不超过", "not above") if smaller else ("不低于", "not below")
                    else:
                        zh, en = ("低于", "below") if smaller else ("高于", "above")
                    yield Line(PLAIN, self.say(f"{zh} {self.operand(second)}", f"{en} {self.operand(second)}"))
                return
        word = self.say("取较小者", "the smaller of") if smaller else self.say("取较大者", "the larger of")
        listed = self.say("；", "; ").join(
            self.operand(part) if isinstance(part.node, _SHOWN) else self.value(part.node.type, part.value)
            for part in parts
        )
        yield Line(PLAIN, f"{word}{self.say('：', ' ')}{listed} = {self.value(node.type, reason.value)}")

    def table(self, reason: Reason) -> Iterator[Line]:
        """Which row decided, and why the rows before it didn't."""
        node = reason.node
        assert isinstance(node, ir.Table)
        if switch(node) is not None:
            yield from self.switched(reason, node)
            return
        children, passed = list(reason.children), []
        decided: list[Line] = []
        index = 0
        for row in node.rows:
            if index >= len(children):
                break
            when = children[index]
            index += 1
            if when.value is False:
                passed += list(self.condition(when, True))
                continue
            then = children[index]
            index += 1
            decided += [*self.condition(when, True), *self.calculation(then)]
            assert row is not None
            if when.value is True:
                break
        else:
            if index < len(children):
                decided += list(self.calculation(children[index]))
        yield from decided
        if passed:
            yield Line(PLAIN, self.say("此前各项不成立", "none of the earlier cases holds"), tuple(passed))

    def switched(self, reason: Reason, node: ir.Table) -> Iterator[Line]:
        """A table that asks one choice: the option it has, and what follows from it."""
        results = {id(row.then) for row in node.rows} | {id(node.otherwise)}
        term = bare(reason.children[0].children[0])
        settled = isinstance(term.value, int) and term.value & (term.value - 1) == 0
        yield Line(YES if settled else OPEN, self.plainly(term), tuple(self.behind(term)))
        for child in reason.children:
            if id(child.node) in results:
                yield from self.calculation(child)

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

    def members(self, reason: Reason) -> Iterator[Line]:
        """What an aggregate or rank found for each member: whether it counts, and its own value."""
        node = reason.node
        assert isinstance(node, ir.Aggregate | ir.Rank)
        for child in reason.children:
            if child.node is node.where:
                counts = self.say("计入", "counted") if child.value else self.say("不计入", "not counted")
                if child.value is None:
                    counts = self.say("是否计入不确定", "not known whether counted")
                who = self.name(child.member) if child.member is not None else ""
                yield Line(
                    PLAIN,
                    f"{who}{self.say('：', ': ')}{counts}",
                    tuple(self.condition(child, child.value is not False)),
                )
            elif isinstance(child.node.type, ConditionType):
                yield from self.condition(child, True)
            elif isinstance(child.node, ir.VariableRef):
                yield Line(PLAIN, self.operand(child), self.definition(child).children)
            else:
                yield Line(PLAIN, self.operand(child), tuple(self.calculation(child)))

    # conditions

    def condition(self, reason: Reason, want: bool) -> Iterator[Line]:
        """The lines that say whether a condition is as wanted, and why."""
        node = reason.node
        mark = OPEN if reason.value is None else YES if reason.value is want else NO
        match node:
            case ir.Logic(operator="not"):
                yield from self.condition(reason.children[0], not want)
            case ir.Logic(operator=operator):
                lines = [line for child in reason.children for line in self.condition(child, want)]
                any_is_enough = (operator == "or") == want
                if any_is_enough and len(lines) > 1 and reason.value is not want:
                    text = self.say("以下至少须有一项", "at least one of these is needed")
                    yield Line(mark, text, tuple(lines), is_group=True)
                else:
                    yield from lines
            case ir.Compare(operator=operator) if isinstance(node.left.type, ChoiceType):
                left, right = reason.children
                word = self.say("与", "and")
                yield Line(
                    mark,
                    f"{self.operand(left)} {word} {self.operand(right)} {self.say('相同' if want else '不同', 'agree' if want else 'differ')}",
                )
            case ir.Compare(operator=operator):
                left, right = reason.children
                yield Line(
                    mark, self.comparison(left, right, operator, want, reason.value), tuple(self.behind(left, right))
                )
            case ir.OneOf(mask=options):
                term = reason.children[0]
                yield Line(mark, self.one_of(term, options, want, reason.value), tuple(self.behind(term)))
            case ir.FactRef():
                yield Line(mark, self.statement(reason, want))
            case ir.VariableRef():
                text = self.statement(reason, want)
                if reason.repeats:
                    yield Line(mark, text + self.say("（理由见上）", " (reasons above)"), link=anchor(reason))
                else:
                    behind = self.whose(reason, lambda: self.condition(reason.children[0], True))
                    yield Line(mark, text, behind, anchor=anchor(reason))
            case ir.IsKnown(fact=fact):
                label = self.words.labels[fact.id]
                stated = {
                    True: ("已载明", "is stated"),
                    False: ("没有", "doesn't exist"),
                    None: ("不知道有无", "isn't known to exist"),
                }[reason.value]
                yield Line(mark, self.say(f"{label}：{stated[0]}", f"{label} {stated[1]}"))
            case ir.Aggregate():
                yield Line(mark, self.everybody(node, reason.value), tuple(self.members(reason)), is_group=True)
            case ir.Constant():
                yield Line(mark, self.say("恒成立", "always") if reason.value else self.say("恒不成立", "never"))
            case ir.Choose() | ir.Table():
                yield from self.calculation(reason)

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

    def behind(self, *parts: Reason) -> Iterator[Line]:
        """How the two sides of a comparison came about."""
        for part in parts:
            inner = bare(part)
            if isinstance(inner.node, ir.VariableRef):
                if not inner.repeats:
                    yield from self.definition(inner).children
            elif not isinstance(inner.node, ir.Arithmetic | ir.Round) or inner.node.type is None:
                yield from (line for line in self.calculation(inner) if line.children)
            else:
                yield from self.definitions(inner)

    def statement(self, reason: Reason, want: bool) -> str:
        """`张三 是低保对象` / `愿意学习技能：否`."""
        label = self.label(reason) if reason.member == self.subject else self.words.labels[reason.node.id]  # type: ignore[union-attr]
        node = reason.node
        assert isinstance(node, _COMPUTED)
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
        is_noun = label.endswith(_NOUNS)
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
