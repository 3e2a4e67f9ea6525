"""Write a program's steps as one straight Python function, so that deciding a household costs no call a node.

Known values are computed inline. Whatever isn't known, and the rarer nodes, go to the closure of the same node
(closures.py), which defines the meaning; tests/test_straight.py compares the two over random programs. Only
operators, slot numbers and whole numbers are written: no name or text of a pack gets into the function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from policyengine import ir, values
from policyengine.ir import ChoiceType, Node

if TYPE_CHECKING:
    from policyengine.interpreters.household import Evaluator
    from policyengine.interpreters.layout import Environment

DEEPEST, LONGEST_TABLE = 40, 40  # beyond these a node stays a closure, for the Python compiler's sake
COMPARED = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "==", "!=": "!="}
ALL_KNOWN = "True"
SHORT = re.compile(r"[hm]\[\d+\]|\w+")  # what can be read twice
CALCULATED = {"add": "+", "subtract": "-", "multiply": "*"}


def straight(
    evaluator: Evaluator, variables: Iterable[ir.Variable] | None = None, writer: Writer | None = None
) -> Callable[[Environment], None]:
    """The function that fills in every variable (or some, in their order) of a household's environment.

    It agrees with the evaluator's closures. writer: writes the nodes otherwise.

    Consecutive variables of persons share a loop over the members, until one looks at the other members: it needs
    what they all have by then.
    """
    writer = writer or Writer(evaluator)
    lines, loop, before = ["def run(h):", " members = h[0]"], False, 0
    for variable in evaluator.program.variables if variables is None else variables:
        person = variable.scope == "person"
        looks_around = any(isinstance(node, ir.Aggregate | ir.Rank) for node in ir.walk(variable.node))
        if person and (looks_around or not loop):
            before = len(lines)
            lines.append(" for m in members:")
            writer.shared.clear()
        loop = person
        place = (evaluator.layout.person if person else evaluator.layout.household)[variable.id]
        value = writer.step(variable.node, person)
        lines.append(f"  m[{place}] = {value}" if person else f" h[{place}] = {value}")
        lines[before:before] = writer.ahead
        before += len(writer.ahead)
    exec("\n".join(lines), writer.names)
    run: Callable[[Environment], None] = writer.names["run"]
    return run


class Writer:
    """Writes nodes as expressions.

    names: what the function's names stand for, the closures among it. shared: tests of household values that are the
    same for every member, and the names that hold them; ahead: the lines that set those, to stand before the loop.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.names: dict[str, Any] = {"type": type, "int": int, "len": len, "__builtins__": {}}
        self.shared: dict[str, str] = {}
        self.ahead: list[str] = []
        self.person, self.used = False, 0

    def step(self, node: Node, person: bool) -> str:
        self.person, self.used, self.ahead = person, 0, []
        return self.expression(node, 0)

    def temporary(self) -> str:
        self.used += 1
        return f"t{self.used}"

    def name(self, meaning: Any) -> str:
        name = f"f{len(self.names)}"
        self.names[name] = meaning
        return name

    def closure(self, node: Node) -> str:
        return f"{self.name(self.evaluator.evaluator(node, self.person))}({'m' if self.person else 'h'})"

    def slot(self, name: str) -> str:
        layout = self.evaluator.layout
        if self.person and name in layout.person:
            return f"m[{layout.person[name]}]"
        return f"h[{layout.household[name]}]"

    def literal(self, value: Any) -> str:
        if value is None or isinstance(value, bool):
            return str(value)
        if isinstance(value, int):
            return str(value) if value >= 0 else f"({value})"
        return self.name(value)

    def is_sure(self, node: Node) -> bool:
        """Is the node sure to come to one value?"""
        return isinstance(node, ir.Constant)

    def expression(self, node: Node, depth: int) -> str:
        """The value of a node, in brackets where it needs them."""
        if depth > DEEPEST:
            return self.closure(node)
        match node:
            case ir.Constant(value=value):
                return self.literal(value)
            case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
                return self.slot(name)
            case ir.Logic(operator="not", terms=terms):
                if self.is_sure(terms[0]):
                    return f"(not {self.expression(terms[0], depth + 1)})"
                truth = self.temporary()
                return f"(None if ({truth} := {self.expression(terms[0], depth + 1)}) is None else not {truth})"
            case ir.Logic(operator=operator, terms=terms):
                return self.logic("True" if operator == "or" else "False", terms, depth)
            case ir.Compare(operator=operator, left=left, right=right) if not isinstance(left.type, ChoiceType):
                names, test = self.operands((left, right), depth)
                known = f"{names[0]} {COMPARED[operator]} {names[1]}"
                if test == ALL_KNOWN:
                    return f"({known})"
                otherwise = f"{self.name(values.COMPARISONS[operator])}({', '.join(names)})"
                return f"({known} if {test} else {otherwise})"
            case ir.Aggregate(operator="count", where=None, others=False):
                return "len(members)"
            case ir.OneOf(term=term, mask=mask) if self.is_sure(term):
                return f"({self.expression(term, depth + 1)} & {mask} != 0)"
            case ir.OneOf(term=term, mask=mask):
                return self.one_of(self.expression(term, depth + 1), mask)
            case ir.Rescale(term=term, factor=factor):
                return self.known(node, (term,), "", depth, f" * {factor}")
            case ir.Arithmetic(operator="min" | "max", terms=(left, right)):
                return self.extreme(node, (left, right), depth)
            case ir.Arithmetic(operator="add" | "subtract" | "multiply", terms=terms):
                return self.known(node, terms, f" {CALCULATED[node.operator]} ", depth)
            case ir.Round(direction="half_up"):
                return self.round(node, depth)
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                return self.rows(node, ((condition, then),), otherwise, depth)
            case ir.Table(rows=rows, otherwise=otherwise) if len(rows) <= LONGEST_TABLE:
                return self.rows(node, tuple((row.when, row.then) for row in rows), otherwise, depth)
            case _:
                return self.closure(node)

    def logic(self, decisive: str, terms: tuple[Node, ...], depth: int) -> str:
        written = [self.expression(term, depth + 1) for term in terms]
        unsure = [not self.is_sure(term) for term in terms]
        if not any(unsure):
            return f"({(' or ' if decisive == 'True' else ' and ').join(written)})"
        truths = [self.temporary() if is_unsure else "" for is_unsure in unsure]
        decided = " or ".join(
            f"({truth} := {term}) is {decisive}" if truth else term if decisive == "True" else f"not {term}"
            for truth, term in zip(truths, written, strict=True)
        )
        unknown = " or ".join(f"{truth} is None" for truth in truths if truth)
        return f"({decisive} if {decided} else None if {unknown} else {'False' if decisive == 'True' else 'True'})"

    def one_of(self, choice: str, mask: int) -> str:
        possible, common = self.temporary(), self.temporary()
        none = f"not ({common} := ({possible} := {choice}) & {mask})"
        test = f"(False if {none} else True if {common} == {possible} else None)"
        if not self.person or not choice.startswith("h["):
            return test
        key = f"{choice} & {mask}"
        if key not in self.shared:
            self.shared[key] = f"s{len(self.shared)}"
            self.ahead.append(f" {self.shared[key]} = {test}")
        return self.shared[key]

    def operands(self, terms: tuple[Node, ...], depth: int) -> tuple[list[str], str]:
        """A name, figure or expression for each term, and the test that binds every name and sees that all are known."""
        names, tests = [], []
        for term in terms:
            written = self.expression(term, depth + 1)
            if not self.is_sure(term):
                name = self.temporary()
                tests.append(f"(type({name} := {written}) is int)")
                written = name
            names.append(written)
        return names, " & ".join(tests) or ALL_KNOWN

    def bound(self, written: str) -> tuple[str, str]:
        """An expression that is read more than once: a name for it, and how it is read first."""
        if SHORT.fullmatch(written):
            return written, written
        name = self.temporary()
        return name, f"({name} := {written})"

    def known(self, node: Node, terms: tuple[Node, ...], sign: str, depth: int, after: str = "") -> str:
        names, test = self.operands(terms, depth)
        found = f"{sign.join(names)}{after}"
        return f"({found})" if test == ALL_KNOWN else f"({found} if {test} else {self.closure(node)})"

    def extreme(self, node: ir.Arithmetic, terms: tuple[Node, Node], depth: int) -> str:
        operands, test = self.operands(terms, depth)
        (first, first_read), (second, second_read) = map(self.bound, operands)
        sign = "<=" if node.operator == "min" else ">="
        chosen = f"({first} if {first_read} {sign} {second_read} else {second})"
        return chosen if test == ALL_KNOWN else f"({chosen} if {test} else {self.closure(node)})"

    def round(self, node: ir.Round, depth: int) -> str:
        """Half up; below 0, where half up goes the other way, the closure knows better."""
        terms = (node.numerator,) if node.denominator is None else (node.numerator, node.denominator)
        names, test = self.operands(terms, depth)
        above, above_read = self.bound(names[0])
        if node.denominator is None:
            below, twice = f"{node.down}", f"{2 * node.down}"
        else:
            divisor, divisor_read = self.bound(names[1])
            below, twice = f"{divisor_read} * {node.down}", f"({divisor} * {2 * node.down})"
        value = f"({above} * {2 * node.up} + {below}) // {twice}{f' * {node.step}' if node.step != 1 else ''}"
        known = "" if test == ALL_KNOWN else f"{test} and "
        return f"({value} if {known}{above_read} >= 0 else {self.closure(node)})"

    def rows(self, node: Node, rows: tuple[tuple[Node, Node], ...], otherwise: Node | None, depth: int) -> str:
        is_open = otherwise is None or not all(self.is_sure(when) for when, _ in rows)
        truth, uncertain = self.temporary(), self.closure(node) if is_open else ""
        parts = [
            f"{self.expression(then, depth + 1)} if {self.expression(when, depth + 1)} else "
            if self.is_sure(when)
            else f"{self.expression(then, depth + 1)} if ({truth} := {self.expression(when, depth + 1)}) is True"
            f" else {uncertain} if {truth} is None else "
            for when, then in rows
        ]
        return f"({''.join(parts)}{uncertain if otherwise is None else self.expression(otherwise, depth + 1)})"
