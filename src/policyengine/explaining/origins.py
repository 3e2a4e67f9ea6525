"""Where the variables that a number rests on come from: for each node, once, the function that adds the lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from policyengine import ir
from policyengine.explaining.explanation import Reason, bites, same_value
from policyengine.explaining.lines import PLAIN, Line
from policyengine.explaining.operands import Operands
from policyengine.explaining.phrases import Lexicon, Say, Speech, bare, bare_node

_GIVEN = (ir.FactRef, ir.ParameterRef)
_CALCULATED = (ir.Arithmetic, ir.Round)

Lines = list[Line]
Tell = Callable[[Speech, Reason, Lines], None]  # adds the lines that tell a reason


def nothing(speech: Speech, reason: Reason, lines: Lines) -> None:
    """There is nothing to tell of a figure that is shown where it is used."""


class Origins(Operands, ABC):
    """A variable's definition is looked at when it is first told: variables rest on each other through many others."""

    def __init__(self, words: Lexicon, period: str | None) -> None:
        super().__init__(words, period)
        self._origins: dict[int, Tell] = {}  # by the node's identity
        self._definitions: dict[int, Tell] = {}
        self.above = self.say("（见上）", " (see above)")

    @abstractmethod
    def condition(self, node: ir.Node, want: bool) -> Tell:
        """The lines that say whether a condition is as wanted, and why."""

    @abstractmethod
    def calculation(self, node: ir.Node) -> Tell:
        """The lines that lead to a number (or choice, or date)."""

    def definition(self, node: ir.VariableRef) -> Tell:
        """A variable's value and where it comes from."""
        operand, above, origin, define = self.operand(node), self.above, self.origin(node), self._define(node)

        def definition(speech: Speech, reason: Reason, lines: Lines) -> None:
            if reason.repeats:
                lines.append(Line(PLAIN, operand(speech, reason) + above, (), False, reason))
                return
            below: Lines = []
            origin(speech, reason, below)
            define(speech, reason, below, lines)

        return definition

    def _define(self, node: ir.VariableRef) -> Callable[[Speech, Reason, Lines, Lines], None]:
        """The line with a variable's value, above the lines that tell where it comes from."""
        variable, operand = self.words.variables[node.id], self.operand(node)
        match variable.role, variable.node:
            case "left", ir.Arithmetic(terms=(_, ir.Arithmetic(terms=(before, paid)))):
                operand = self.what_is_left(node, before, paid)
            case "paid", ir.VariableRef() as benefit:  # what a benefit pays

                def paid_by_benefit(speech: Speech, reason: Reason, below: Lines, lines: Lines) -> None:
                    self.calculation(benefit)(speech, reason.children[0], lines)

                return paid_by_benefit

        def define(speech: Speech, reason: Reason, below: Lines, lines: Lines) -> None:
            lines.append(Line(PLAIN, operand(speech, reason), below, False, reason))

        return define

    def what_is_left(self, node: ir.VariableRef, before: ir.Node, paid: ir.Node) -> Say:
        """`余额 = 费用 900.00 元 − 支付 400.00 元 = 500.00 元`, of max(0, before - paid)."""
        label, first, second, show = (
            self.label(node, " = "),
            self.operand(before),
            self.operand(paid),
            self.shown(node.type),
        )

        def what_is_left(speech: Speech, reason: Reason) -> str:
            costs, payment = reason.children[0].children[1].children
            return f"{label(speech, reason)}{first(speech, costs)} − {second(speech, payment)} = {show(reason.value)}"

        return what_is_left

    def origin_of(self, reason: Reason) -> Tell:
        assert isinstance(reason.node, ir.VariableRef)
        return self.origin(reason.node)

    def origin(self, node: ir.VariableRef) -> Tell:
        """Where a variable's value comes from."""
        tell = self._origins.get(id(node))
        if tell is None:
            tell = self._origins[id(node)] = self._origin(self.words.variables[node.id])
        return tell

    def _origin(self, variable: ir.Variable) -> Tell:
        match variable.role, variable.node:
            case "left", ir.Arithmetic(terms=(_, difference)):  # max(0, before - paid)
                return _whose(lambda: _second(self.definitions(difference)))
            case "paid", ir.Arithmetic(
                terms=(_, ir.Arithmetic() as smaller)
            ):  # max(0, min(what it pays, what is left))
                return _whose(lambda: _second(self._paid(smaller)))
            case "paid", ir.VariableRef() as benefit:  # what a benefit pays
                return lambda speech, reason, lines: self.behind_variable(benefit)(speech, reason.children[0], lines)
            case "received", ir.Choose() as granted:
                return self._received(granted)
            case "capped", ir.Arithmetic() as limited:
                return _whose(lambda: self._capped(variable, limited))
            case _ if self.is_the_fact(variable):
                return nothing
        return _whose(lambda: self.calculation(variable.node))

    def is_the_fact(self, variable: ir.Variable) -> bool:
        """Is a variable a fact under the fact's own name, behind which nothing stands?"""
        node, labels = variable.node, self.words.labels
        return isinstance(node, ir.FactRef) and labels[node.id] == labels[variable.id]

    def _received(self, node: ir.Choose) -> Tell:
        """What someone gets of another benefit: how much if it is granted, why not if it isn't."""
        definitions, refusal = self.definitions(node), self.condition(node.condition, True)
        open_ = _whose(lambda: self.calculation(node))

        def received(speech: Speech, reason: Reason, lines: Lines) -> None:
            inner = reason.children[0]
            granted = inner.children[0]
            if granted.value is None:
                open_(speech, reason, lines)
            elif granted.value:
                definitions(speech, inner, lines)
            else:
                refusal(speech, granted, lines)

        return received

    def _paid(self, node: ir.Arithmetic) -> Tell:
        """What a payer pays: its own formula, unless less is left."""
        pays, left = node.terms
        calculation = nothing if isinstance(bare_node(pays), _GIVEN) else self.calculation(pays)
        operand = self.operand(left)

        def paid(speech: Speech, reason: Reason, lines: Lines) -> None:
            formula, rest = reason.children
            if same_value(reason, formula):
                calculation(speech, formula, lines)
            else:
                lines.append(Line(PLAIN, self.limited_to(operand(speech, rest))))

        return paid

    def limited_to(self, least: str) -> str:
        return self.say(f"以 {least} 为限", f"limited to {least}")

    def _capped(self, variable: ir.Variable, node: ir.Arithmetic) -> Tell:
        """An amount under a shared ceiling or in an order of payers: the limit is told where it bites."""
        amount, limit = (bare_node(term) for term in node.terms)
        behind = self._amount_behind(amount)
        words, reasons = self.limit(variable, limit), self.behind(limit)

        def capped(speech: Speech, inner: Reason, lines: Lines) -> None:
            uncapped, ceiling = (bare(child) for child in inner.children)
            behind(speech, uncapped, lines)
            if bites(inner, uncapped):
                below: Lines = []
                reasons(speech, ceiling, below)
                lines.append(Line(PLAIN, words(speech, inner, ceiling), below))

        return capped

    def limit(self, variable: ir.Variable, limit: ir.Node) -> Callable[[Speech, Reason, Reason], str]:
        """`受“…”限制：…`, of the limited amount and its limit."""
        operand, show = self.operand(limit), self.shown(limit.type)
        limited = self.say(f"受“{variable.label.zh}”限制：", f"limited by “{variable.label.en}”: ")
        return lambda speech, capped, ceiling: (
            limited + (operand(speech, ceiling) if capped.is_settled else show(ceiling.value))
        )

    def _amount_behind(self, amount: ir.Node) -> Tell:
        """What an amount comes from before it was limited."""
        if not isinstance(amount, ir.VariableRef):
            return nothing
        variable = self.words.variables[amount.id]
        if variable.role == "capped" and isinstance(variable.node, ir.Arithmetic):
            tell = self._capped(variable, variable.node)
        else:
            tell = self.calculation(variable.node)

        def amount_behind(speech: Speech, reason: Reason, lines: Lines) -> None:
            if not reason.repeats:
                tell(speech, reason.children[0], lines)

        return amount_behind

    # what stands behind the parts of a calculation

    def definitions(self, node: ir.Node) -> Tell:
        """The definitions of the variables that a calculation mentions."""
        tell = self._definitions.get(id(node))
        if tell is None:
            tell = self._chosen_definitions(node) if isinstance(node, ir.Choose) else self._each_definition(node)
            self._definitions[id(node)] = tell
        return tell

    def _each_definition(self, node: ir.Node) -> Tell:
        parts = [(place, self.mentioned(part)) for place, part in enumerate(ir.children(node))]
        parts = [(place, tell) for place, tell in parts if tell is not nothing]
        if not parts:
            return nothing

        def definitions(speech: Speech, reason: Reason, lines: Lines) -> None:
            for place, tell in parts:
                tell(speech, reason.children[place], lines)

        return definitions

    def _chosen_definitions(self, node: ir.Choose) -> Tell:
        condition, then, otherwise = (self.mentioned(part) for part in ir.children(node))

        def definitions(speech: Speech, reason: Reason, lines: Lines) -> None:
            truth = reason.children[0].value
            condition(speech, reason.children[0], lines)
            if truth is not False:
                then(speech, reason.children[1], lines)
            if truth is not True:
                otherwise(speech, reason.children[-1], lines)

        return definitions

    def mentioned(self, node: ir.Node) -> Tell:
        """What is told of one part of a calculation."""
        match node:
            case ir.VariableRef():
                return self._mentioned_variable(node)
            case ir.FactRef() | ir.ParameterRef() | ir.Constant() | ir.Logic() | ir.Compare() | ir.OneOf():
                return nothing
            case ir.Arithmetic(operator="min" | "max"):
                return _if_settled(self.definitions(node), self.calculation(node))
            case ir.Arithmetic() | ir.Rescale() | ir.Round():
                return self.definitions(node)
            case ir.Choose():
                return self._mentioned_choice(node)
            case _:
                return self.calculation(node)

    def _mentioned_variable(self, node: ir.VariableRef) -> Tell:
        origin, define = self.origin(node), self._define(node)
        is_left = self.words.variables[node.id].role == "left"

        def mentioned(speech: Speech, reason: Reason, lines: Lines) -> None:
            if not reason.repeats:
                below: Lines = []
                origin(speech, reason, below)
                if below or is_left:  # otherwise the calculation has told it all
                    define(speech, reason, below, lines)

        return mentioned

    def _mentioned_choice(self, node: ir.Choose) -> Tell:
        held, failed = self.condition(node.condition, True), self.condition(node.condition, False)
        definitions, calculation = self.definitions(node), self.calculation(node)

        def mentioned(speech: Speech, reason: Reason, lines: Lines) -> None:
            condition = reason.children[0]
            if condition.value is None:
                calculation(speech, reason, lines)
            else:
                (held if condition.value else failed)(speech, condition, lines)
                definitions(speech, reason, lines)

        return mentioned

    def behind(self, node: ir.Node) -> Tell:
        """How one side of a comparison came about."""
        if isinstance(node, ir.Rescale):
            return below_first(self.behind(node.term))
        if isinstance(node, ir.VariableRef):
            return self.behind_variable(node)
        if isinstance(node, _CALCULATED):
            return self.definitions(node)
        if isinstance(node, ir.FactRef):
            return nothing
        calculation = self.calculation(node)
        if calculation is nothing:
            return nothing

        def behind(speech: Speech, reason: Reason, lines: Lines) -> None:
            told: Lines = []
            calculation(speech, reason, told)
            lines += [line for line in told if line.children]

        return behind

    def behind_variable(self, node: ir.VariableRef) -> Tell:
        origin = self.origin(node)

        def behind(speech: Speech, reason: Reason, lines: Lines) -> None:
            if not reason.repeats:
                origin(speech, reason, lines)

        return behind


def below_first(tell: Tell) -> Tell:
    """What is told of the first part."""
    return tell if tell is nothing else lambda speech, reason, lines: tell(speech, reason.children[0], lines)


def _second(tell: Tell) -> Tell:
    return tell if tell is nothing else lambda speech, reason, lines: tell(speech, reason.children[1], lines)


def _if_settled(settled: Tell, otherwise: Tell) -> Tell:
    return lambda speech, reason, lines: (settled if reason.is_settled else otherwise)(speech, reason, lines)


def _whose(make: Callable[[], Tell]) -> Tell:
    """What is told of a variable's definition, while the variable's member is the subject."""
    tell: Tell | None = None

    def whose(speech: Speech, reason: Reason, lines: Lines) -> None:
        nonlocal tell
        if tell is None:
            tell = make()
        before = speech.subject
        if reason.member is not None:
            speech.subject = reason.member
        tell(speech, reason.children[0], lines)
        speech.subject = before

    return whose
