"""Reasons in words: every node of an explanation as a line in Chinese or English, nested as the reasons are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from policyengine import ir
from policyengine.explaining.calculations import Calculations
from policyengine.explaining.explanation import Reason
from policyengine.explaining.lines import NO, OPEN, YES, Line
from policyengine.explaining.origins import Lines, Tell, nothing
from policyengine.explaining.phrases import NAMED, Lexicon, Say, Speech, bare, bare_node
from policyengine.ir import ChoiceType, DateType
from policyengine.text import Text

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
_COMPUTED = (ir.FactRef, ir.VariableRef)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
Marks = Mapping[Any, str]  # by what a condition came to: True, False, None


class Wording(Calculations):
    """Puts the reasons of one program into lines, in one language, for benefits of one period."""

    def __init__(self, words: Lexicon, period: str | None) -> None:
        super().__init__(words, period)
        self._conditions: dict[tuple[int, bool], Tell] = {}  # by the node's identity, and whether it should hold
        self._between_unmet = self.say("：", ": "), f" {self.say('为', 'is')} "
        self.because = self.say("因为 ", "because ")
        self.reasons_above = self.say("（理由见上）", " (reasons above)")

    def condition(self, node: ir.Node, want: bool) -> Tell:
        key = (id(node), want)
        tell = self._conditions.get(key)
        if tell is None:
            tell = self._conditions[key] = self._condition(node, want)
        return tell

    def _condition(self, node: ir.Node, want: bool) -> Tell:
        marks = {want: YES, not want: NO, None: OPEN}
        match node:
            case ir.FactRef():
                return self._fact(node, marks)
            case ir.VariableRef():
                return self._variable(node, marks)
            case ir.Logic(operator="not", terms=(term,)):
                inner = self.condition(term, not want)
                return lambda speech, reason, lines: inner(speech, reason.children[0], lines)
            case ir.Logic():
                return self._logic(node, want, marks)
            case ir.OneOf():
                return self._one_of(node, want, marks)
            case ir.Compare() if isinstance(node.left.type, ChoiceType):
                return self._agreement(node, want, marks)
            case ir.Compare():
                return self._comparison(node, want, marks)
            case ir.IsKnown(fact=fact):
                return self._stated(fact, marks)
            case ir.Aggregate():
                return self._everybody(node, want, marks)
            case ir.Constant(value=value):
                always, never = (
                    self.say("不设条件", "no condition is set"),
                    self.say("任何情形都不符合", "nobody can fulfil it"),
                )
                said = always if value is want else never
                return lambda speech, reason, lines: lines.append(Line(marks[reason.value], said))
            case _:
                return self.calculation(node)

    # facts and variables

    def statement(self, node: ir.FactRef | ir.VariableRef, is_granted: bool) -> tuple[str, dict[Any, str]]:
        """`张三 是低保对象`, `愿意学习技能：否`: of whom it is said if not of a member; and what is said, by value."""
        label, is_noun = self.words.labels[node.id], node.id in self.words.nouns
        who = self.say("本地区", "the area") if node.scope == "area" else self.say("本户", "the household")
        is_final = node.id in self.words.granting  # or else some exclusion may still keep it from someone
        if not self.zh and is_granted:
            due = "entitled to" if is_final else "qualifying for"
            return who, {True: f": {due} {label}", False: f": not {due} {label}", None: f": {label}: not known"}
        if not self.zh:
            return who, {True: f": {label}: yes", False: f": {label}: no", None: f": {label}: not known"}
        unknown = f" {'是否' if is_noun else ''}{label}：不知道"
        if is_granted:
            if not is_final:
                return who, {True: f" 符合{label}的条件", False: f" 不符合{label}的条件", None: unknown}
            return who, {True: f" 享受{label}", False: f" 不享受{label}", None: unknown}
        if is_noun:
            return who, {True: f" 是{label}", False: f" 不是{label}", None: unknown}
        return who, {True: f" {label}：是", False: f" {label}：否", None: unknown}

    def _fact(self, node: ir.FactRef, marks: Marks) -> Tell:
        nobody, said = self.statement(node, False)

        def fact(speech: Speech, reason: Reason, lines: Lines) -> None:
            value, member = reason.value, reason.member
            lines.append(Line(marks[value], (nobody if member is None else speech.name(member)) + said[value]))

        return fact

    def _variable(self, node: ir.VariableRef, marks: Marks) -> Tell:
        definition, role = self.words.variables[node.id].node, self.words.variables[node.id].role
        nobody, said = self.statement(node, role in ("eligible", "granted"))
        above, tell = self.reasons_above, None

        def variable(speech: Speech, reason: Reason, lines: Lines) -> None:
            nonlocal tell
            value, member = reason.value, reason.member
            text = (nobody if member is None else speech.name(member)) + said[value]
            if reason.repeats:
                lines.append(Line(marks[value], text + above, (), False, reason))
                return
            if tell is None:  # when it is first told: variables rest on each other through many others
                tell = self.condition(definition, True)
            below: Lines = []
            before = speech.subject
            if member is not None:
                speech.subject = member
            tell(speech, reason.children[0], below)
            speech.subject = before
            lines.append(Line(marks[value], text, below, False, reason))

        return variable

    def _stated(self, fact: ir.FactRef, marks: Marks) -> Tell:
        label = self.words.labels[fact.id]
        texts = {
            True: self.say(f"{label}：已载明", f"{label} is stated"),
            False: self.say(f"{label}：没有", f"{label} doesn't exist"),
            None: self.say(f"{label}：不知道有无", f"{label} isn't known to exist"),
        }
        return lambda speech, reason, lines: lines.append(Line(marks[reason.value], texts[reason.value]))

    # several conditions

    def _logic(self, node: ir.Logic, want: bool, marks: Marks) -> Tell:
        """All of them; as a group where one of them is enough, and none is as wanted."""
        terms = {id(term): self.condition(term, want) for term in node.terms}

        def each(speech: Speech, reason: Reason, lines: Lines) -> None:
            for child in reason.children:
                terms[id(child.node)](speech, child, lines)

        if (node.operator == "or") != want:
            return each
        needed, together = self.needed(want)

        def any_is_enough(speech: Speech, reason: Reason, lines: Lines) -> None:
            if reason.value is want:
                each(speech, reason, lines)
                return
            alternatives: Lines = []
            for child in reason.children:
                below: Lines = []
                terms[id(child.node)](speech, child, below)
                if len(below) > 1 and len(reason.children) > 1:
                    below = [Line(marks[child.value], together, below, True)]
                alternatives += below
            lines += [line for line in alternatives if line.is_reading]  # nobody can do anything about these
            alternatives = [line for line in alternatives if not line.is_reading]
            if len(alternatives) > 1:
                lines.append(Line(marks[reason.value], needed, alternatives, True))
            else:
                lines += alternatives

        return any_is_enough

    def needed(self, want: bool) -> tuple[str, str]:
        """What stands above conditions of which one is enough, and above several that are one of these together."""
        if want:
            one = self.say("以下至少须有一项", "at least one of these is needed")
            return one, self.say("须同时具备", "these are needed together")
        one = self.say("以下各项不得同时具备", "these must not all hold")
        return one, self.say("须都不成立", "none of these may hold")

    def _everybody(self, node: ir.Aggregate, want: bool, marks: Marks) -> Tell:
        """What an `any` or `all` over members has found; of each member, whether it is as wanted."""
        whom, members = (
            self.say("其他成员" if node.others else "成员", "other member" if node.others else "member"),
            self.members(node, want),
        )
        words = {
            ("any", True): (f"有{whom}符合", f"some {whom} fulfils it"),
            ("any", False): (f"没有{whom}符合", f"no {whom} fulfils it"),
            ("any", None): (f"不知道是否有{whom}符合", f"not known whether some {whom} fulfils it"),
            ("all", True): (f"{whom}全部符合", f"every {whom} fulfils it"),
            ("all", False): (f"{whom}并非全部符合", f"not every {whom} fulfils it"),
            ("all", None): (f"不知道{whom}是否全部符合", f"not known whether every {whom} fulfils it"),
        }

        def everybody(speech: Speech, reason: Reason, lines: Lines) -> None:
            below: Lines = []
            members(speech, reason, below)
            text = self.say(*words[node.operator, reason.value])
            lines.append(Line(marks[reason.value], text, below, True))

        return everybody

    # choices and comparisons

    def _one_of(self, node: ir.OneOf, want: bool, marks: Marks) -> Tell:
        text, behind, is_reading = (
            self.option(node, want),
            self.behind(node.term),
            isinstance(node.term, ir.ParameterRef),
        )

        def one_of(speech: Speech, reason: Reason, lines: Lines) -> None:
            choice, value = reason.children[0], reason.value
            below: Lines = []
            behind(speech, choice, below)
            said = text(speech, value, choice)
            lines.append(Line(marks[value], said, below, is_reading=is_reading and value is not None))

        return one_of

    def option(self, node: ir.OneOf, want: bool) -> Callable[[Speech, Any, Reason], str]:
        """`收入档次 为 低收入；须为 低保边缘`, of a choice: what it is, and what it should be."""
        term, options, say = node.term, node.mask, self.plainly(node.term)
        if isinstance(term, ir.ParameterRef):  # a reading: nothing must be
            return lambda speech, value, choice: say(speech, choice)
        must = self._must_be(node, term, want)

        def option(speech: Speech, value: Any, choice: Reason) -> str:
            # what it should not be is what it is: nothing more to say
            has_more = value is not want and (want or choice.value != options)
            return say(speech, choice) + must if has_more else say(speech, choice)

        return option

    def _must_be(self, node: ir.OneOf, term: ir.Node, want: bool) -> str:
        """The options that it should have (or not)."""
        listed = self.shown(term.type, term.id if isinstance(term, _COMPUTED) else "")(node.mask)
        return self.say(f"；须{'' if want else '不'}为 {listed}", f"; must {'' if want else 'not '}be {listed}")

    def _agreement(self, node: ir.Compare, want: bool, marks: Marks) -> Tell:
        """Whether two choices are the same."""
        first, second = self.operand(node.left), self.operand(node.right)
        zh, en = ("相同", "agree") if want else ("不同", "differ")

        def agreement(speech: Speech, reason: Reason, lines: Lines) -> None:
            one, other = first(speech, reason.children[0]), second(speech, reason.children[1])
            lines.append(Line(marks[reason.value], self.say(f"{one} 与 {other} {zh}", f"{one} and {other} {en}")))

        return agreement

    def _comparison(self, node: ir.Compare, want: bool, marks: Marks) -> Tell:
        text = self.compared(node, want)
        behind = [(place, self.behind(side)) for place, side in enumerate((node.left, node.right))]
        behind = [(place, tell) for place, tell in behind if tell is not nothing]

        def comparison(speech: Speech, reason: Reason, lines: Lines) -> None:
            value, sides = reason.value, reason.children
            below: Lines = []
            for place, tell in behind:
                tell(speech, sides[place], below)
            lines.append(Line(marks[value], text(speech, value, sides), below))

        return comparison

    def compared(self, node: ir.Compare, want: bool) -> Callable[[Speech, Any, Sequence[Reason]], str]:
        """`家庭人均年收入 926.00 元 小于 农村低保标准 4,200.00 元`, of both sides: how they compare, or should."""
        left, right, fulfilled, must = self.sides(node, want)
        here, there = (0, 1) if left is node.left else (1, 0)
        subject, limit, open_subject, missed_subject = self.side(left), self.side(right), *self._unmet(left)

        def compared(speech: Speech, value: Any, sides: Sequence[Reason]) -> str:
            second = limit(speech, sides[there])
            if value is want:
                return subject(speech, sides[here]) + fulfilled + second
            say = open_subject if value is None else missed_subject
            return say(speech, sides[here]) + must + second

        return compared

    def sides(self, node: ir.Compare, want: bool) -> tuple[ir.Node, ir.Node, str, str]:
        """Which side is spoken of, against which; what stands between them where it is as wanted, and where it must be."""
        left, right, sign = self._sides(node, want)
        if self.zh:
            return left, right, f" {sign} ", f"；须{sign} "
        return left, right, f" is {sign} ", f"; must be {sign} "

    def _sides(self, node: ir.Compare, want: bool) -> tuple[ir.Node, ir.Node, str]:
        """Which side is spoken of, against which, and in which words: what someone has comes before a figure."""
        left, right = node.left, node.right
        wanted: str = node.operator if want else _INVERSE[node.operator]
        if isinstance(bare_node(left), ir.Constant) or (
            isinstance(bare_node(right), _COMPUTED) and not isinstance(bare_node(left), _COMPUTED)
        ):
            left, right, wanted = right, left, _TURNED.get(wanted, wanted)
        if not isinstance(left.type, DateType):
            return left, right, _OPERATORS[wanted][self.lang]
        if isinstance(right, ir.Constant) and isinstance(left, ir.ParameterRef):
            left, right, wanted = right, left, _TURNED.get(wanted, wanted)
        return left, right, _DATES[wanted][self.lang]

    def _unmet(self, node: ir.Node) -> tuple[Say, Say]:
        """The side that is spoken of where it isn't known to be as wanted, and where it is known not to be."""
        inner = bare_node(node)
        if not isinstance(inner, NAMED):
            return self.side(node), self.side(node)
        unknown, missed = (self.labelled(inner, self.years_of(inner), between) for between in self._between_unmet)
        if inner is node:
            return unknown, missed
        return (
            lambda speech, reason: unknown(speech, bare(reason)),
            lambda speech, reason: missed(speech, bare(reason)),
        )

    def years_of(self, node: ir.FactRef | ir.ParameterRef | ir.VariableRef) -> str:
        """Whose a value is, where that decides whether its years are an age: 1 岁, 1 年."""
        return node.id if node.id in self.words.durations else ""

    def unmet_labels(self, node: ir.FactRef | ir.ParameterRef | ir.VariableRef) -> tuple[str, str]:
        """What stands before a value where it isn't known to be as wanted, and where it is known not to be."""
        unknown, missed = (self.words.labels[node.id] + between for between in self._between_unmet)
        return unknown, missed
