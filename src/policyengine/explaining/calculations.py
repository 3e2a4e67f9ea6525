"""How numbers, choices and dates came about: for each node, once, the function that tells its reasons as lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from policyengine import ir
from policyengine.explaining.explanation import Reason, same_value
from policyengine.explaining.lines import OPEN, PLAIN, YES, Line
from policyengine.explaining.operands import first, is_changed
from policyengine.explaining.origins import Lines, Origins, Tell, below_first, nothing
from policyengine.explaining.phrases import NAMED, Lexicon, Say, Show, Speech, bare, bare_node
from policyengine.ir import ConditionType, NumberType, switch
from policyengine.values import ends, multiply

_FIGURES = (ir.FactRef, ir.ParameterRef, ir.Constant)
_SHOWN = (ir.FactRef, ir.ParameterRef, ir.VariableRef, ir.Constant)


def is_calculated(node: ir.Node) -> bool:
    """Is there more to a part than a figure that is shown?"""
    return not isinstance(bare_node(node), _FIGURES)


class Calculations(Origins):
    """What is told of a node depends on the node, so that is settled once; what is left is filled in for a reason."""

    def __init__(self, words: Lexicon, period: str | None) -> None:
        super().__init__(words, period)
        self._calculations: dict[int, Tell] = {}  # by the node's identity
        self.none_before = self.say("前面几种情形都不符合", "none of the cases before it applies")

    def calculation(self, node: ir.Node) -> Tell:
        """The lines that lead to a number (or choice, or date)."""
        tell = self._calculations.get(id(node))
        if tell is None:
            tell = self._calculations[id(node)] = self._calculation(node)
        return tell

    def _calculation(self, node: ir.Node) -> Tell:
        match node:
            case ir.FactRef() | ir.VariableRef() | ir.IsKnown() if isinstance(node.type, ConditionType):
                return self.condition(node, True)
            case ir.FactRef():
                return self._with_definitions(node, self.operand(node))
            case ir.ParameterRef() if isinstance(node.type, NumberType):
                return self._with_definitions(node, self.operand(node))  # with where it comes from
            case ir.ParameterRef() | ir.Constant() | ir.IsKnown():
                return nothing
            case ir.VariableRef():
                return self.definition(node)
            case ir.Rescale(term=term):
                return below_first(self.calculation(term))
            case ir.Arithmetic(operator="min" | "max"):
                return self._extreme(node)
            case ir.Round(denominator=None, numerator=ir.Arithmetic(operator="min" | "max") as extreme):
                return below_first(self.calculation(extreme))
            case ir.Round() | ir.Arithmetic():
                return self._with_definitions(node, self.equation(node))
            case ir.Choose():
                return self._choice(node)
            case ir.Table():
                return self._table(node) if switch(node) is None else self._switched(node)
            case ir.Aggregate(operator="count", where=None):
                return nothing
            case ir.Aggregate() | ir.Rank():
                return self._counted(node)
            case ir.Bands(progressive=True):
                return self._progressive(node)
            case ir.Bands() | ir.Cells() | ir.Elapsed() | ir.DatePart():
                return self._with_definitions(node, self.operand(node))
            case ir.Logic() | ir.Compare() | ir.OneOf():
                return self.condition(node, True)

    # calculations

    def equation(self, node: ir.Round | ir.Arithmetic) -> Say:
        """A calculation with what it comes to."""
        if isinstance(node, ir.Round):
            return self._rounding(node)
        operand, show = self.operand(node), self.shown(node.type)
        return lambda speech, reason: f"{operand(speech, reason)} = {show(reason.value)}"

    def _rounding(self, node: ir.Round) -> Say:
        """`家庭年收入 2,778.00 元 ÷ 家庭人口 3 人 = 926.00 元`, and whether that is rounded."""
        unrounded, show, changed = self.unrounded(node, ""), self.shown(node.type), is_changed(node)
        rounded = self.say(f"（{self.direction(node)}）", f" ({self.direction(node)})")

        def equation(speech: Speech, reason: Reason) -> str:
            text = f"{unrounded(speech, reason)} = {show(reason.value)}"
            return text + rounded if changed(reason) else text

        return equation

    def _with_definitions(self, node: ir.Node, say: Say) -> Tell:
        """A line, and the lines that tell where the variables in it come from."""
        definitions = self.definitions(node)

        def tell(speech: Speech, reason: Reason, lines: Lines) -> None:
            lines.append(Line(PLAIN, say(speech, reason)))
            definitions(speech, reason, lines)

        return tell

    def _choice(self, node: ir.Choose) -> Tell:
        """Why a branch was chosen, and what it comes to."""
        held, failed = self.condition(node.condition, True), self.condition(node.condition, False)
        then, otherwise = self.calculation(node.then), self.calculation(node.otherwise)

        def choice(speech: Speech, reason: Reason, lines: Lines) -> None:
            condition = reason.children[0]
            truth = condition.value
            (failed if truth is False else held)(speech, condition, lines)
            if truth is not False:
                then(speech, reason.children[1], lines)
            if truth is not True:
                otherwise(speech, reason.children[-1], lines)

        return choice

    def _table(self, node: ir.Table) -> Tell:
        """Which row decided, and why the rows before it didn't."""
        rows = [(self.condition(row.when, True), self.calculation(row.then)) for row in node.rows]
        otherwise = nothing if node.otherwise is None else self.calculation(node.otherwise)
        none = self.none_before

        def table(speech: Speech, reason: Reason, lines: Lines) -> None:
            passed: Lines = []
            rest = iter(reason.children)
            for tell_when, tell_then in rows:
                when = next(rest)
                if when.value is False:
                    tell_when(speech, when, passed)
                    continue
                tell_when(speech, when, lines)
                tell_then(speech, next(rest), lines)
                if when.value:
                    break
            else:
                for last in rest:
                    otherwise(speech, last, lines)
            if passed:
                lines.append(Line(PLAIN, none, passed, is_group=True))

        return table

    def _switched(self, node: ir.Table) -> Tell:
        """A table that asks one choice: the option it has, and what follows from it."""
        asked = switch(node)
        assert asked is not None
        term = asked[0]
        say, behind, is_reading = self.plainly(term), self.behind(term), isinstance(term, ir.ParameterRef)
        results = {id(row.then): self.calculation(row.then) for row in node.rows}
        if node.otherwise is not None:
            results[id(node.otherwise)] = self.calculation(node.otherwise)

        def switched(speech: Speech, reason: Reason, lines: Lines) -> None:
            choice = reason.children[0].children[0]
            below: Lines = []
            behind(speech, choice, below)
            mark = YES if choice.is_settled else OPEN
            lines.append(Line(mark, say(speech, choice), below, is_reading=is_reading and choice.is_settled))
            for child in reason.children:
                tell = results.get(id(child.node))
                if tell is not None:
                    tell(speech, child, lines)

        return switched

    def plainly(self, node: ir.Node) -> Say:
        """A choice and its option: `学段 为 小学`, or the reading that is taken."""
        show = self.shown(node.type, node.id if isinstance(node, NAMED) else "")
        if isinstance(node, ir.ParameterRef):
            return self._reading(self.words.labels[node.id], show)
        is_, maybe = f" {self.say('为', 'is')} ", self.say("：", ": ")
        unnamed = self.say("选择", "choice")
        name = self.label(node) if isinstance(node, NAMED) else lambda speech, reason: unnamed

        def plainly(speech: Speech, reason: Reason) -> str:
            mask = reason.value
            return f"{name(speech, reason)}{maybe if mask & (mask - 1) else is_}{show(mask)}"

        return plainly

    def _reading(self, label: str, show: Show) -> Say:
        """What the text is taken to mean, or that this is left open."""
        before, after = self.say(f"按“{label}”的读法：", f"under the reading “{label}: "), self.say("", "”")
        left_open = self.say(f"“{label}”的读法未定", f"the reading “{label}” is left open")
        return lambda speech, reason: f"{before}{show(reason.value)}{after}" if reason.is_settled else left_open

    # scales

    def _progressive(self, node: ir.Bands) -> Tell:
        """What a progressive scale comes to, with each band that is reached: how much of the number lies in it, at which rate."""
        operand, definitions, charged = self.operand(node), self.definitions(node), self._charged(node)

        def progressive(speech: Speech, reason: Reason, lines: Lines) -> None:
            value = reason.children[0].value
            below = [Line(PLAIN, text) for text in charged(value)] if type(value) is int else []
            lines.append(Line(PLAIN, operand(speech, reason), below))
            definitions(speech, reason, lines)

        return progressive

    def _charged(self, node: ir.Bands) -> Callable[[int], list[str]]:
        """`1,000.00 元至 3,000.00 元部分 2,000.00 元 × 10% = 200.00 元`, of a known number, for each band that it reaches."""
        asked, charge = node.argument.type, node.type
        assert isinstance(asked, NumberType)
        amount, part = self.shown(asked), self.shown(charge)
        rate = self.shown(NumberType(charge.unit / asked.unit, charge.scale // asked.scale))
        starts = [
            band.start or 0 for band in node.bands
        ]  # what is charged begins at 0 where the first band has no start

        def within(start: int, end: int | None) -> str:
            if end is None:
                return self.say(f"{amount(start)}以上部分 ", f"above {amount(start)}: ")
            if start == 0:
                return self.say(f"{amount(end)}以内部分 ", f"up to {amount(end)}: ")
            return self.say(f"{amount(start)}至 {amount(end)}部分 ", f"{amount(start)} to {amount(end)}: ")

        def charged(value: int) -> list[str]:
            found = []
            for band, start, end in zip(node.bands, starts, [*starts[1:], None], strict=True):
                reached = value if end is None else min(value, end)
                if reached > start:
                    came_to = part(multiply(reached - start, band.value))
                    found.append(f"{within(start, end)}{amount(reached - start)} × {rate(band.value)} = {came_to}")
            return found

        return charged

    # members

    def _counted(self, node: ir.Aggregate | ir.Rank) -> Tell:
        operand, members = self.operand(node), self.members(node)

        def counted(speech: Speech, reason: Reason, lines: Lines) -> None:
            below: Lines = []
            members(speech, reason, below)
            lines.append(Line(PLAIN, operand(speech, reason), below))

        return counted

    def members(self, node: ir.Aggregate | ir.Rank, want: bool = True) -> Tell:
        """What an aggregate or rank found for each member: whether it counts, and its own value. want: of a condition."""
        parts = {id(part): self._of_member(part, want) for part in ir.children(node)}
        if node.where is not None:
            parts[id(node.where)] = self._whether_counted(node.where)

        def members(speech: Speech, reason: Reason, lines: Lines) -> None:
            for child in reason.children:
                parts[id(child.node)](speech, child, lines)

        return members

    def _whether_counted(self, where: ir.Node) -> Tell:
        counts = {
            True: self.say("计入", "counted"),
            False: self.say("不计入", "not counted"),
            None: self.say("是否计入不确定", "not known whether counted"),
        }
        held, failed, colon = self.condition(where, True), self.condition(where, False), self.say("：", ": ")

        def whether_counted(speech: Speech, reason: Reason, lines: Lines) -> None:
            who = speech.name(reason.member) if reason.member is not None else ""
            below: Lines = []
            (failed if reason.value is False else held)(speech, reason, below)
            lines.append(Line(PLAIN, f"{who}{colon}{counts[reason.value]}", below))

        return whether_counted

    def _of_member(self, node: ir.Node, want: bool) -> Tell:
        """A member's own value."""
        if isinstance(node.type, ConditionType):
            return self.condition(node, want)
        operand = self.operand(node)
        below = nothing if isinstance(node, ir.FactRef) else self.calculation(node)
        if isinstance(node, ir.VariableRef):
            below = self.behind_variable(node)

        def of_member(speech: Speech, reason: Reason, lines: Lines) -> None:
            reasons: Lines = []
            below(speech, reason, reasons)
            lines.append(Line(PLAIN, operand(speech, reason), reasons))

        return of_member

    # the smaller and the larger of several

    def _extreme(self, node: ir.Arithmetic) -> Tell:
        """Each part that is calculated, then which one decides."""
        calculated = [(place, self.calculation(term)) for place, term in enumerate(node.terms) if is_calculated(term)]
        decide = self.deciding(node)

        def extreme(speech: Speech, reason: Reason, lines: Lines) -> None:
            for place, tell in calculated:
                tell(speech, reason.children[place], lines)
            text = decide(speech, reason)
            if text:
                lines.append(Line(PLAIN, text))

        return extreme

    def deciding(self, node: ir.Arithmetic) -> Say:
        """Which of the parts of a minimum or maximum decides; nothing where that needn't be said."""
        return self._against(node) or self._listed(node)

    def _against(self, node: ir.Arithmetic) -> Say | None:
        """Of two, one of which is simply shown: `低于 封顶线 20,000.00 元`, whatever the other comes to."""
        if len(node.terms) != 2:
            return None
        other, limit = 0, 1
        if isinstance(bare_node(node.terms[0]), ir.Constant):
            other, limit = 1, 0
        shown = bare_node(node.terms[limit])
        if not isinstance(shown, _SHOWN):
            return None
        smaller, listed, operand = node.operator == "min", self._listed(node), self.operand(node.terms[limit])
        is_floor = isinstance(shown, ir.Constant) and shown.value == 0 and not smaller
        beyond = self.say("高于 ", "above ") if smaller else self.say("低于 ", "below ")
        latter = self.say("，按后者计", ", so the latter counts")
        same = self.say("不超过 ", "not above ") if smaller else self.say("不低于 ", "not below ")
        within = self.say("低于 ", "below ") if smaller else self.say("高于 ", "above ")
        given = bare_node(node.terms[other])
        is_told = not isinstance(given, ir.FactRef | ir.ParameterRef)  # by the lines above
        named = None if is_told else self.operand(given)

        def against(speech: Speech, reason: Reason) -> str:
            if not reason.is_settled:
                return listed(speech, reason)
            bound, of = reason.children[limit], reason.children[other]
            decides = same_value(reason, bound)
            subject = "" if named is None else f"{named(speech, bare(of))} "
            if decides and not same_value(reason, of):
                return f"{subject}{beyond}{operand(speech, bound)}{latter}"
            if is_floor:
                return subject.rstrip()
            met = decides or same_value(reason, replace(bound, value=ends(bound.value)[0 if smaller else 1]))
            return f"{subject}{same if met else within}{operand(speech, bound)}"

        return against

    def _listed(self, node: ir.Arithmetic) -> Say:
        """`取较小者：…；… = …`."""
        smaller, between, show = node.operator == "min", self.say("；", "; "), self.shown(node.type)
        word = self.say("取较小者：", "the smaller of ") if smaller else self.say("取较大者：", "the larger of ")
        parts = [self._named_or_value(term) for term in node.terms]

        def listed(speech: Speech, reason: Reason) -> str:
            texts = [say(speech, child) for say, child in zip(parts, reason.children, strict=True)]
            return f"{word}{between.join(texts)} = {show(reason.value)}"

        return listed

    def _named_or_value(self, node: ir.Node) -> Say:
        """A figure with its name, or the value alone of what has been calculated before."""
        if isinstance(node, ir.Rescale):
            return first(self._named_or_value(node.term))
        return self.operand(node) if isinstance(node, _SHOWN) else self._valued(node, "")
