"""Explanations written as text at once: for each variable a Python function that says what the lines of its reasons would.

The words are those of wording.py. What is written here is the way through the program: which lines stand where, and
which variable has been explained above. It follows the reasons as explanation.py finds them, in their order; whatever is
rarer goes through its reasons. tests/test_writing.py compares the two ways over random programs, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from policyengine import ir
from policyengine.explaining.calculations import is_calculated
from policyengine.explaining.explanation import Reason
from policyengine.explaining.lines import DEEPER, MARGIN, OPEN, YES
from policyengine.explaining.passages import Account, Passage, Passages, Write
from policyengine.explaining.phrases import NAMED, Speech, bare_node
from policyengine.explaining.wording import Wording
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import Environment, is_settled
from policyengine.ir import ChoiceType, ConditionType, Node, NumberType, switch

DEEPEST = 20  # blocks within blocks; what lies deeper goes through its reasons, for the Python compiler's sake
LONGEST_TABLE = 40  # rows
_ONE_LINE = (ir.FactRef, ir.VariableRef, ir.OneOf, ir.Compare, ir.IsKnown, ir.Aggregate, ir.Constant)
_CHOSEN = (ir.FactRef, ir.VariableRef, ir.ParameterRef)
_HEAD = "def write(account, e, g, out):"
_BEGINNING = {
    "add": "out.append",
    "seen": "account.seen",
    "who": "account.member",
    "name": "account.name",
    "speech": "account.speech",
    "h": "e[0]",
}


class Writing:
    """Writes the explanations of one program in one language, for benefits of one period."""

    def __init__(self, evaluator: Evaluator, wording: Wording) -> None:
        self.evaluator, self.wording = evaluator, wording
        self._passages: dict[tuple[str, str], Passage] = {}

    def entitlement(
        self, declared: ir.Benefit, status: str, account: Account, env: Environment, out: list[str]
    ) -> None:
        """The lines below a benefit for someone: what is due and because of what, or what it fails on or waits for."""
        is_due, amount = status == "eligible", declared.amount if status != "ineligible" else None
        if is_due and amount is not None:
            self._root(amount, "origin", account, env, out)
        self._root(declared.eligible, "because" if is_due else "holds", account, env, out)
        if not is_due and amount is not None:
            self._root(amount, "origin", account, env, out)

    def indicator(
        self, declared: ir.Indicator, status: str, account: Account, env: Environment, out: list[str]
    ) -> None:
        """The lines below an indicator: whether it applies, and whether it is met."""
        if declared.applies is not None:
            how = "fails" if status == "not applicable" else "holds"
            self._root(declared.applies, how, account, env, out)
        if status != "not applicable":
            self._root(declared.met, "holds", account, env, out)

    def _root(self, name: str, how: str, account: Account, env: Environment, out: list[str]) -> None:
        """A result's own variable counts as explained, even if another result has told of it."""
        account.seen.add((name, account.member))
        self.passage(name, how).made()(account, env, MARGIN, out)

    def passage(self, name: str, how: str) -> Passage:
        """how: `holds`, `fails` and `because` tell of a condition; `origin` of what a number comes from, `definition`
        also of the number, `mentioned` of both if there is more to tell than the number, `calculation` of its formula."""
        found = self._passages.get((name, how))
        if found is None:
            found = self._passages[name, how] = Passage(
                lambda: _Text(self.evaluator, self.wording, self.passage, self.evaluator.variables[name]).write(how)
            )
        return found


class _Text(Passages):
    """Writes what is said of conditions and calculations."""

    def write(self, how: str) -> Write:
        node = self.variable.node
        match how:
            case "holds" | "fails":
                self.condition(node, how == "holds")
            case "because":
                self.because = True
                self.condition(node, True)
            case "calculation":
                self.calculation(node)
            case "origin":
                self.origin()
            case "definition":
                self.add(self.defined())
                with self.below():
                    self.origin()
            case "mentioned" if self.variable.role == "left":
                self.add(self.defined())
                with self.below():
                    self.origin()
            case "mentioned":
                self.line("told = []")
                with self.below("told"):
                    self.origin()
                with self.block("if told:"):
                    self.add(self.defined())
                    self.line("out += told")
        used = set(re.findall(r"\w+", " ".join(self.lines)))
        return self.made(_HEAD, [f" {name} = {meaning}" for name, meaning in _BEGINNING.items() if name in used])

    # conditions

    def condition(self, node: Node, want: bool) -> None:
        if self.depth > DEEPEST:
            self.by_reasons(node, self.wording.condition(node, want))
            return
        match node:
            case ir.FactRef():
                self.add(self.said(node, self.leads(want)))
            case ir.VariableRef():
                self.condition_variable(node, want)
            case ir.Logic(operator="not", terms=(term,)):
                self.condition(term, not want)
            case ir.Logic():
                self.logic(node, want)
            case ir.OneOf(term=term) if isinstance(term, _CHOSEN):
                self.one_of(node, term, want)
            case ir.Compare() if not isinstance(node.left.type, ChoiceType):
                self.comparison(node, want)
            case ir.Choose() | ir.Table() if not self.because:
                self.calculation(node)
            case _:
                self.by_reasons(node, self.wording.condition(node, want))

    def said(self, node: ir.FactRef | ir.VariableRef, leads: Mapping[Any, str], is_granted: bool = False) -> str:
        nobody, said = self.wording.statement(node, is_granted)
        value = self.value(node)
        if node.scope == "person":
            return f"{{{self.name(leads)}[{value}]}}{{name}}{{{self.name(said)}[{value}]}}"
        return f"{{{self.name({truth: leads[truth] + nobody + said[truth] for truth in said})}[{value}]}}"

    def condition_variable(self, node: ir.VariableRef, want: bool) -> None:
        text = self.said(node, self.leads(want), self.evaluator.variables[node.id].role in ("eligible", "granted"))
        with self.block(f"if {self.key(node)} in seen:"):
            self.add(f"{text}{{{self.name(self.wording.reasons_above)}}}")
        with self.block("else:"):
            self.add(text)
            with self.below():
                self.tell(node, "holds")

    def logic(self, node: ir.Logic, want: bool) -> None:
        """All of them; as a group where one of them is enough, and none is as wanted."""
        value, decisive = self.value(node), node.operator == "or"
        if decisive != want:
            self.each(node, want)
            return
        with self.block(f"if {value} is {want}:"):
            for term in node.terms:
                with self.block(f"if {self.value(term)} is {decisive}:"):
                    self.condition(term, want)
        with self.block("else:"):
            parts = () if _asks_a_reading(node) else node.terms  # a reading isn't one of the alternatives
            if len(parts) > 1 and all(_lines(term, want) is not None for term in parts):
                self.alternatives(node, want)
            else:
                self.by_reasons(node, self.wording.condition(node, want))

    def alternatives(self, node: ir.Logic, want: bool) -> None:
        """None of them is as wanted, and one would be enough; what is needed together stays together."""
        leads = self.leads(want)
        needed, together = ({key: lead + text for key, lead in leads.items()} for text in self.wording.needed(want))
        self.add(f"{{{self.name(needed)}[{self.value(node)}]}}")
        with self.below():
            for term in node.terms:
                several = _lines(term, want)
                if not several:
                    self.condition(term, want)
                    continue
                terms, wanted = several
                truth, failed = self.value(term), [f"({self.value(part)} is {not wanted})" for part in terms]
                with self.block(f"if {truth} is None or {' + '.join(failed)} > 1:"):
                    self.add(f"{{{self.name(together)}[{truth}]}}")
                    with self.below():
                        self.condition(term, want)
                with self.block("else:"):
                    self.condition(term, want)

    def each(self, node: ir.Logic, want: bool) -> None:
        """Those that decide it, or all."""
        value, decisive = self.value(node), node.operator == "or"
        for term in node.terms:
            with self.block(f"if {value} is not {decisive} or {self.value(term)} is {decisive}:"):
                self.condition(term, want)

    def one_of(self, node: ir.OneOf, term: ir.FactRef | ir.VariableRef | ir.ParameterRef, want: bool) -> None:
        say, leads, nobody = self.wording.option(node, want), self.leads(want), Speech({}, ())
        if isinstance(term, ir.ParameterRef) and not self.because:
            leads |= {True: "", False: ""}

        @lru_cache(maxsize=256)  # the same few options serve many households
        def text(value: Any, mask: int) -> str:
            return leads[value] + say(nobody, value, Reason(term, mask, None))

        self.add(f"{{{self.name(text)}({self.value(node)}, {self.value(term)})}}")
        with self.below():
            self.behind(term)

    def comparison(self, node: ir.Compare, want: bool) -> None:
        first, second, fulfilled, must = self.wording.sides(node, want)
        subject, limit, inner = self.side(first), self.side(second), bare_node(first)
        if subject is None or limit is None:
            self.by_reasons(node, self.wording.condition(node, want))
            return
        unknown = missed = subject
        if isinstance(inner, NAMED):
            show = self.name(self.wording.shown(inner.type, self.wording.years_of(inner)))
            unknown, missed = (
                f"{{{self.name(text)}}}{{{show}({self.value(inner)})}}" for text in self.wording.unmet_labels(inner)
            )
        value, lead, required = self.value(node), self.leads(want), f"{{{self.name(must)}}}{limit}"
        with self.block(f"if {value} is {want}:"):
            self.add(f"{{{self.name(lead[want])}}}{subject}{{{self.name(fulfilled)}}}{limit}")
        with self.block(f"elif {value} is None:"):
            self.add(f"{{{self.name(lead[None])}}}{unknown}{required}")
        with self.block("else:"):
            self.add(f"{{{self.name(lead[not want])}}}{missed}{required}")
        with self.below():
            self.behind(node.left)
            self.behind(node.right)

    # numbers, choices and dates

    def calculation(self, node: Node) -> None:
        """The lines that lead to a number (or choice, or date)."""
        if self.depth > DEEPEST:
            self.by_reasons(node, self.wording.calculation(node))
            return
        match node:
            case ir.FactRef() | ir.VariableRef() if isinstance(node.type, ConditionType):
                self.condition(node, True)
            case ir.Logic() | ir.Compare() | ir.OneOf():
                self.condition(node, True)
            case ir.FactRef():
                self.add(self.words(node) or "")
            case ir.Constant():
                pass
            case ir.ParameterRef() if not isinstance(node.type, NumberType):
                self.pass_by(node)
            case ir.ParameterRef():
                self.equation(node, self.wording.operand(node))
            case ir.VariableRef():
                self.definition(node)
            case (
                ir.Rescale(term=term)
                | ir.Round(denominator=None, numerator=ir.Arithmetic(operator="min" | "max") as term)
            ):
                self.calculation(term)
            case ir.Arithmetic(operator="min" | "max"):
                self.extreme(node)
            case ir.Aggregate(operator="count", where=None):
                pass
            case ir.Round() | ir.Arithmetic():
                self.equation(node, self.wording.equation(node))
            case ir.Choose():
                self.choice(node)
            case ir.Table(rows=rows) if len(rows) <= LONGEST_TABLE:
                if switch(node) is None:
                    self.table(node)
                else:
                    self.switched(node)
            case _:
                self.by_reasons(node, self.wording.calculation(node))

    def equation(self, node: Node, say: Callable[[Speech, Reason], str]) -> None:
        """A line, and where the variables in it come from."""
        figure = self.figure(node)
        if figure is None:
            self.by_reasons(node, self.wording.calculation(node))
            return
        self.add(f"{{{self.name(say)}(speech, {figure})}}")
        self.definitions(node)

    def extreme(self, node: ir.Arithmetic) -> None:
        """Each part that is calculated, then which one decides."""
        figure = self.figure(node)
        if figure is None:
            self.by_reasons(node, self.wording.calculation(node))
            return
        for term in node.terms:
            if is_calculated(term):
                self.calculation(term)
        text = self.temporary(f"{self.name(self.wording.deciding(node))}(speech, {figure})")
        with self.block(f"if {text}:"):
            self.add(f"{{{text}}}")

    def choice(self, node: ir.Choose) -> None:
        """Why a branch was chosen, and what it comes to."""
        truth = self.value(node.condition)
        with self.block(f"if {truth} is not False:"):
            self.condition(node.condition, True)
            self.calculation(node.then)
        with self.block("else:"):
            self.condition(node.condition, False)
        with self.block(f"if {truth} is not True:"):
            self.calculation(node.otherwise)

    def table(self, node: ir.Table) -> None:
        """Which row decided, and why the rows before it didn't."""
        passed, before = self.temporary("[]"), (self.margin, self.out)
        margin, deeper = (self.temporary(f'f"{self.margin}{more}"') for more in ("", DEEPER))
        with self.block("while True:"):
            for row in node.rows:
                truth = self.value(row.when)
                self.margin = f"{{{self.temporary(f'{deeper} if {truth} is False else {margin}')}}}"
                self.out = self.temporary(f"{passed} if {truth} is False else {before[1]}")
                self.condition(row.when, True)
                self.margin, self.out = before
                with self.block(f"if {truth} is not False:"):
                    self.calculation(row.then)
                    with self.block(f"if {truth}:"):
                        self.line("break")
            if node.otherwise is not None:
                self.calculation(node.otherwise)
            self.line("break")
        with self.block(f"if {passed}:"):
            self.add(f"{{{self.name(self.wording.none_before)}}}")
            self.line(f"{self.out} += {passed}")

    def switched(self, node: ir.Table) -> None:
        """A table that asks one choice: the option it has, and what follows from it."""
        asked = switch(node)
        assert asked is not None
        term, covered = asked
        if not isinstance(term, _CHOSEN):
            self.by_reasons(node, self.wording.calculation(node))
            return
        say, nobody, mask = self.wording.plainly(term), Speech({}, ()), self.value(term)
        settled = "" if isinstance(term, ir.ParameterRef) else f"{YES} "

        @lru_cache(maxsize=256)
        def text(mask: int) -> str:
            lead = settled if is_settled(term.type, mask) else f"{OPEN} "
            return lead + say(nobody, Reason(term, mask, None))

        self.add(f"{{{self.name(text)}({mask})}}")
        with self.below():
            self.behind(term)
        with self.block("while True:"):
            for row in node.rows:
                assert isinstance(row.when, ir.OneOf)
                with self.block(f"if {mask} & {row.when.mask}:"):
                    self.calculation(row.then)
                    with self.block(f"if not {mask} & {~row.when.mask}:"):
                        self.line("break")
            if node.otherwise is not None:
                with self.block(f"if {mask} & {~covered}:"):
                    self.calculation(node.otherwise)
            self.line("break")


def _asks_a_reading(node: Node) -> bool:
    """Is one of the connected conditions a reading?"""
    if isinstance(node, ir.Logic):
        return any(_asks_a_reading(term) for term in node.terms)
    return isinstance(node, ir.OneOf) and isinstance(node.term, ir.ParameterRef)


def _lines(node: Node, want: bool) -> tuple[tuple[Node, ...], bool] | tuple[()] | None:
    """How many lines tell of a condition that isn't as wanted: () is one; otherwise one for each of some conditions that
    isn't as wanted (with what is wanted of these); None where that can't be said beforehand.
    """
    match node:
        case ir.Logic(operator="not", terms=(term,)):
            return _lines(term, not want)
        case ir.Logic(operator=operator, terms=terms) if len(terms) == 1 or any(
            _lines(term, want) != () for term in terms
        ):
            return None
        case ir.Logic(operator=operator, terms=terms):
            return () if (operator == "or") == want else (terms, want)
    return () if isinstance(node, _ONE_LINE) else None
