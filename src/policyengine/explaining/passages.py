"""The passages of explanations that are written as text: for each variable a Python function for its lines.

The words are those of wording.py, the order that of the reasons in explanation.py. Here: lines, what stands behind
variables and calculations, and the way through reasons, which the rarer nodes go. Conditions and calculations: writing.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from policyengine import ir
from policyengine.explaining.explanation import Explainer, Reason, builder
from policyengine.explaining.lines import DEEPER, NO, OPEN, YES, Line, indent
from policyengine.explaining.origins import Lines, Tell
from policyengine.explaining.phrases import Speech, bare_node
from policyengine.explaining.statements import Statements
from policyengine.explaining.wording import Wording
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import Environment
from policyengine.ir import ChoiceType, Node, NumberType

_UNREMARKABLE = (ir.FactRef, ir.Constant, ir.Rescale, ir.Arithmetic, ir.Round)


class Account:
    """An explanation that is being written. member: whose results; None for the household's and the area's.

    Whoever's results are told is also whose facts and variables come up, and go unnamed with numbers; others come up only
    inside aggregates and ranks, which go through their reasons.
    """

    def __init__(self, explainer: Explainer, speech: Speech) -> None:
        self.explainer, self.speech = explainer, speech
        self.seen, self.readings_met = explainer.seen, explainer.readings_met
        self.member: str | None = None
        self.name = ""

    def turn_to(self, member: str | None) -> None:
        self.member = self.speech.subject = member
        self.name = "" if member is None else self.speech.name(member)


Write = Callable[[Account, Environment, str, list[str]], None]  # adds lines of text, all behind a margin


class Passage:
    """What is written of a variable. write: None until it is made, when it is first needed."""

    __slots__ = ("_make", "write")

    def __init__(self, make: Callable[[], Write]) -> None:
        self._make = make
        self.write: Write | None = None

    def made(self) -> Write:
        if self.write is None:
            self.write = self._make()
        return self.write


class Passages(Statements, ABC):
    """Writes the function for one variable, as lines of Python.

    `g` is the margin, `out` where the lines of text go. What is said is put together as what stands inside an f-string:
    margins and other words, all by their names, in braces.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        wording: Wording,
        passage: Callable[[str, str], Passage],
        variable: ir.Variable,
    ) -> None:
        super().__init__(evaluator, variable.scope == "person")
        self.wording, self.passage, self.variable = wording, passage, variable
        self.reference = self.evaluator.references[variable.id]
        self.names |= {"Reason": Reason}
        self.margin, self.out, self.because = "{g}", "out", False
        self.whose = "who" if self.person else "None"
        self.known[id(variable.node)] = self.value(self.reference)  # the definition comes to what the variable has

    @abstractmethod
    def condition(self, node: Node, want: bool) -> None:
        """The lines that say whether a condition is as wanted, and why."""

    @abstractmethod
    def calculation(self, node: Node) -> None:
        """The lines that lead to a number (or choice, or date)."""

    # lines

    def add(self, text: str) -> None:
        """A line of text."""
        self.line(f'{"add" if self.out == "out" else f"{self.out}.append"}(f"{self.margin}{text}")')

    @contextmanager
    def below(self, out: str | None = None) -> Iterator[None]:
        """What is added stands one step deeper, or in another list as well."""
        before = self.margin, self.out, self.because
        self.margin, self.out, self.because = self.margin + DEEPER, out or self.out, False
        yield
        self.margin, self.out, self.because = before

    def leads(self, want: bool) -> dict[Any, str]:
        """What stands before a condition, by what it came to."""
        if self.because:
            return dict.fromkeys((True, False, None), self.wording.because)
        return {want: f"{YES} ", not want: f"{NO} ", None: f"{OPEN} "}

    # variables

    def definition(self, node: ir.VariableRef) -> None:
        """A variable's value and where it comes from."""
        if not self.is_written(node):
            self.by_reasons(node, self.wording.calculation(node))
            return
        with self.block(f"if {self.key(node)} in seen:"):
            self.add(f"{self.words(node)}{{{self.name(self.wording.above)}}}")
        with self.block("else:"):
            self.tell(node, "definition")

    def mentioned(self, node: ir.VariableRef) -> None:
        """A variable inside a calculation: told unless the calculation has said all there is."""
        if not self.is_written(node):
            self.by_reasons(node, self.wording.mentioned(node))
            return
        with self.block(f"if {self.key(node)} not in seen:"):
            self.tell(node, "mentioned")

    def behind(self, node: Node) -> None:
        """How one side of a comparison came about."""
        match node:
            case ir.Rescale(term=term):
                self.behind(term)
            case ir.VariableRef():
                with self.block(f"if {self.key(node)} not in seen:"):
                    self.tell(node, "origin")
            case ir.Arithmetic() | ir.Round():
                self.definitions(node)
            case ir.ParameterRef():
                self.pass_by(node)

    def is_written(self, node: ir.VariableRef) -> bool:
        """Is there a line for the variable itself? What a benefit pays is told as that benefit."""
        variable = self.evaluator.variables[node.id]
        return variable.role != "paid" or not isinstance(variable.node, ir.VariableRef)

    def key(self, node: ir.VariableRef) -> str:
        """Under what a variable is known to have been explained."""
        if node.scope != "person":
            return self.name((node.id, None))
        key = ("key", node.id)
        if key not in self.known:
            self.known[key] = self.temporary(f"({self.name(node.id)}, who)")
        return self.known[key]

    def tell(self, node: ir.VariableRef, how: str) -> None:
        """Hand over to a variable's own function, and remember that it has been explained."""
        self.line(f"seen.add({self.key(node)})")
        passage, env = (
            self.name(self.passage(node.id, how)),
            "e" if node.scope == "person" or not self.person else "h",
        )
        self.line(f'({passage}.write or {passage}.made())(account, {env}, f"{self.margin}", {self.out})')

    def defined(self) -> str:
        """The line with the variable's value."""
        value = self.value(self.reference)
        match self.variable.role, self.variable.node:
            case "left", ir.Arithmetic(terms=(_, ir.Arithmetic(terms=(before, paid)))):
                first, second, show = self.words(before), self.words(paid), self.wording.shown(self.reference.type)
                assert first is not None and second is not None, "what is left is a difference of variables"
                label = self.name(self.wording.words.labels[self.reference.id])
                return f"{{{label}}} = {first} − {second} = {{{self.name(show)}({value})}}"
        words = self.words(self.reference)
        assert words is not None
        return words

    def origin(self) -> None:
        """Where the variable's value comes from."""
        match self.variable.role, self.variable.node:
            case "left", ir.Arithmetic(terms=(_, difference)):  # max(0, before - paid)
                self.definitions(difference)
            case "paid", ir.Arithmetic(terms=(_, ir.Arithmetic(terms=(pays, left)) as smaller)):
                self.paid(smaller, pays, left)
            case "capped", ir.Arithmetic() as limited:
                self.capped(self.variable, limited, self.value(self.reference))
            case "paid" | "received", _:
                self.origin_by_reasons()
            case _ if self.wording.is_the_fact(self.variable):
                pass
            case _, node:
                self.calculation(node)

    def paid(self, smaller: Node, pays: Node, left: Node) -> None:
        """What a payer pays: its own formula, unless less is left."""
        rest = self.words(left)
        if rest is None:
            self.origin_by_reasons()
            return
        with self.block(f"if {self.same(smaller, pays)}:"):
            if isinstance(bare_node(pays), ir.FactRef | ir.ParameterRef):
                self.pass_by(pays)
            else:
                self.calculation(pays)
        with self.block("else:"):
            self.pass_by(pays)
            self.add(f"{{{self.name(self.wording.limited_to)}(f'{rest}')}}")
        self.pass_by(left)

    def same(self, first: Node, second: Node) -> str:
        """Do both have the same settled value, whatever their scales?"""
        assert isinstance(first.type, NumberType)
        assert isinstance(second.type, NumberType)
        one, other = self.value(first), self.value(second)
        known = f"type({one}) is int and type({other}) is int"
        return f"{known} and {one} * {second.type.scale} == {other} * {first.type.scale}"

    def capped(self, variable: ir.Variable, limited: ir.Arithmetic, value: str) -> None:
        """An amount under a limit that is told where it bites."""
        amount, limit = (bare_node(term) for term in limited.terms)
        figure = self.figure(limit)
        if figure is None or (
            isinstance(amount, ir.VariableRef) and self.evaluator.variables[amount.id].role == "capped"
        ):
            self.origin_by_reasons()
            return
        if isinstance(amount, ir.VariableRef):
            with self.block(f"if {self.key(amount)} not in seen:"):
                self.tell(amount, "calculation")
        else:
            self.pass_by(amount)
        with self.block(f"if not ({self.same(limited, amount)}) and {value} != {self.value(amount)}:"):
            inner, words = (
                f"Reason({self.name(limited)}, {value}, None)",
                self.name(self.wording.limit(variable, limit)),
            )
            self.add(f"{{{words}(speech, {inner}, {figure})}}")
            with self.below():
                self.behind(limit)

    # parts of a calculation

    def definitions(self, node: Node) -> None:
        """The definitions of the variables that a calculation mentions."""
        for part in ir.children(node):
            match part:
                case ir.VariableRef():
                    self.mentioned(part)
                case ir.FactRef() | ir.ParameterRef() | ir.Constant():
                    pass
                case ir.Arithmetic(operator="min" | "max"):
                    with self.block(f"if type({self.value(part)}) is int:"):
                        self.definitions(part)
                    with self.block("else:"):
                        self.calculation(part)
                case ir.Arithmetic() | ir.Rescale() | ir.Round():
                    self.definitions(part)
                case _:
                    self.by_reasons(part, self.wording.mentioned(part))

    def words(self, node: Node) -> str | None:
        """What stands for a number in a sentence; None where that needs its reasons."""
        match node:
            case ir.FactRef() | ir.VariableRef():
                label, show = self.wording.words.labels[node.id] + " ", self.wording.shown(node.type, node.id)
                return f"{{{self.name(label)}}}{{{self.name(show)}({self.value(node)})}}"
            case ir.ParameterRef():
                figure = self.name(self.wording.figure_words(node.id))
                return f"{{{figure}({self.value(node)}, {self.name(node.id)} in speech.given)}}"
            case ir.Rescale(term=term):
                return self.words(term)
        reason = self.figure(node)
        return reason and f"{{{self.name(self.wording.operand(node))}(speech, {reason})}}"

    def side(self, node: Node) -> str | None:
        """What stands for a side of a comparison: a calculation with what it comes to."""
        inner = bare_node(node)
        reason = self.figure(inner) if isinstance(inner, ir.Arithmetic) else None
        return f"{{{self.name(self.wording.side(inner))}(speech, {reason})}}" if reason else self.words(node)

    def figure(self, node: Node) -> str | None:
        """The reason for a number, as far as words for it need one; None where they need more."""
        match node:
            case ir.FactRef(scope="person") | ir.VariableRef(scope="person"):
                return f"Reason({self.name(node)}, {self.value(node)}, who)"
            case ir.FactRef() | ir.VariableRef() | ir.Constant() | ir.ParameterRef():
                return f"Reason({self.name(node)}, {self.value(node)}, None)"
            case ir.Rescale() | ir.Arithmetic() | ir.Round():
                parts = [self.figure(part) for part in ir.children(node)]
                listed = ", ".join(part for part in parts if part is not None)
                return None if None in parts else f"Reason({self.name(node)}, {self.value(node)}, None, ({listed},))"
        return None

    # through reasons

    def pass_by(self, node: Node) -> None:
        """Nothing is told of a part, but what its reasons explain counts as explained."""
        match node:
            case ir.ParameterRef(type=ChoiceType(), id=name):
                self.line(f"account.readings_met.add({self.name(name)})")
            case ir.VariableRef():
                with self.block(f"if {self.key(node)} not in seen:"):
                    self.follow(node)
            case _ if not all(isinstance(inner, _UNREMARKABLE) for inner in ir.walk(node)):
                self.follow(node)

    def follow(self, node: Node) -> None:
        build = builder(self.evaluator, node, self.person)
        self.line(f"{self.name(build)}(account.explainer, e, {self.whose}, {self.value(node)})")

    def by_reasons(self, node: Node, tell: Tell) -> None:
        """The lines that the reasons for a node have."""
        build, word = builder(self.evaluator, node, self.person), self.wording.because if self.because else None

        def by_reasons(
            account: Account, env: Environment, whose: str | None, value: Any, margin: str, out: list[str]
        ) -> None:
            lines: Lines = []
            tell(account.speech, build(account.explainer, env, whose, value), lines)
            if word is not None:
                lines = [Line(YES, word + line.text, line.children, is_spoken=True) for line in lines]
            indent(lines, margin, out)

        self.line(
            f'{self.name(by_reasons)}(account, e, {self.whose}, {self.value(node)}, f"{self.margin}", {self.out})'
        )

    def origin_by_reasons(self) -> None:
        """The lines that say where the variable comes from."""
        variable, reference, tell = self.variable, self.reference, self.wording.origin(self.reference)
        build = builder(self.evaluator, variable.node, self.person)

        def by_reasons(
            account: Account, env: Environment, whose: str | None, value: Any, margin: str, out: list[str]
        ) -> None:
            lines: Lines = []
            inner = build(account.explainer, env, whose, value)
            tell(account.speech, Reason(reference, value, whose, (inner,), variable), lines)
            indent(lines, margin, out)

        value = self.value(self.reference)
        self.line(f'{self.name(by_reasons)}(account, e, {self.whose}, {value}, f"{self.margin}", {self.out})')
