"""Write a program's steps as one straight Python function, so that deciding a household costs no call a node.

Known values are computed inline. Whatever isn't known, and the rarer nodes, go to the closure of the same node
(household.py), which defines the meaning; tests/test_straight.py compares the two over random programs. Only
operators, slot numbers and whole numbers are written: no name or text of a pack gets into the function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from policyengine import ir, values
from policyengine.ir import ChoiceType, Node

if TYPE_CHECKING:
    from policyengine.interpreters.household import Environment, Evaluator

DEEPEST, LONGEST_TABLE = 40, 40  # beyond these a node stays a closure, for the Python compiler's sake
COMPARED = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "==", "!=": "!="}
CALCULATED = {"add": "+", "subtract": "-", "multiply": "*"}


def straight(evaluator: Evaluator, variables: Iterable[ir.Variable] | None = None) -> Callable[[Environment], None]:
    """The function that fills in every variable (or some, in their order) of a household's environment.

    It agrees with the evaluator's closures.

    Consecutive variables of persons share a loop over the members, until one looks at the other members: it needs
    what they all have by then.
    """
    writer = Writer(evaluator)
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

    def expression(self, node: Node, depth: int) -> str:
        """The value of a node, in brackets where it needs them."""
        if depth > DEEPEST:
            return self.closure(node)
        match node:
            case ir.Constant(value=value):
                return str(value) if value >= 0 else f"({value})"
            case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
                return self.slot(name)
            case ir.Logic(operator="not", terms=terms):
                truth = self.temporary()
                return f"(None if ({truth} := {self.expression(terms[0], depth + 1)}) is None else not {truth})"
            case ir.Logic(operator=operator, terms=terms):
                return self.logic("True" if operator == "or" else "False", terms, depth)
            case ir.Compare(operator=operator, left=left, right=right) if not isinstance(left.type, ChoiceType):
                names, test = self.operands((left, right), depth)
                otherwise = f"{self.name(values.COMPARISONS[operator])}({', '.join(names)})"
                return f"({names[0]} {COMPARED[operator]} {names[1]} if {test} else {otherwise})"
            case ir.Aggregate(operator="count", where=None, others=False):
                return "len(members)"
            case ir.OneOf(term=term, mask=mask):
                return self.one_of(self.expression(term, depth + 1), mask)
            case ir.Rescale(term=term, factor=factor):
                return self.known(node, (term,), "", depth, f" * {factor}")
            case ir.Arithmetic(operator="min" | "max", terms=(left, right)):
                (first, second), test = self.operands((left, right), depth)
                sign = "<=" if node.operator == "min" else ">="
                return f"(({first} if {first} {sign} {second} else {second}) if {test} else {self.closure(node)})"
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
        truths = [(self.temporary(), self.expression(term, depth + 1)) for term in terms]
        decided = " or ".join(f"({truth} := {term}) is {decisive}" for truth, term in truths)
        unknown = " or ".join(f"{truth} is None" for truth, _ in truths)
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
        """A name or figure for each term, and the test that binds every name and sees that all are known."""
        names, tests = [], []
        for term in terms:
            if isinstance(term, ir.Constant):
                names.append(self.expression(term, depth))
            else:
                name = self.temporary()
                names.append(name)
                tests.append(f"(type({name} := {self.expression(term, depth + 1)}) is int)")
        return names, " & ".join(tests) or "True"

    def known(self, node: Node, terms: tuple[Node, ...], sign: str, depth: int, after: str = "") -> str:
        names, test = self.operands(terms, depth)
        return f"({sign.join(names)}{after} if {test} else {self.closure(node)})"

    def round(self, node: ir.Round, depth: int) -> str:
        """Half up; below 0, where half up goes the other way, the closure knows better."""
        terms = (node.numerator,) if node.denominator is None else (node.numerator, node.denominator)
        names, test = self.operands(terms, depth)
        below = f"{node.down}" if node.denominator is None else f"{names[1]} * {node.down}"
        twice = f"{2 * node.down}" if node.denominator is None else f"({names[1]} * {2 * node.down})"
        value = f"({names[0]} * {2 * node.up} + {below}) // {twice}{f' * {node.step}' if node.step != 1 else ''}"
        return f"({value} if {test} and {names[0]} >= 0 else {self.closure(node)})"

    def rows(self, node: Node, rows: tuple[tuple[Node, Node], ...], otherwise: Node | None, depth: int) -> str:
        truth, uncertain = self.temporary(), self.closure(node)
        parts = [
            f"{self.expression(then, depth + 1)} if ({truth} := {self.expression(when, depth + 1)}) is True"
            f" else {uncertain} if {truth} is None else "
            for when, then in rows
        ]
        return f"({''.join(parts)}{uncertain if otherwise is None else self.expression(otherwise, depth + 1)})"
