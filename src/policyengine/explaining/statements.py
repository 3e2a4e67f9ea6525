"""The values of nodes as statements of a Python function that is being written: each is worked out once, where it is needed.

Known values are computed inline; for others stand the functions of values.py, which the closures rest on too,
and for the rarer nodes those closures. Only operators, slot numbers and whole numbers are written: what a pack says gets
into the function as the meaning of a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from policyengine import ir, values
from policyengine.interpreters.closures import rounding
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.straight import CALCULATED, COMPARED
from policyengine.ir import ChoiceType, Node

_PARTLY = {"add": values.add, "subtract": values.subtract, "multiply": values.multiply}


class Statements:
    """A function that takes an environment `e` among other things. person: is it a person's; then `h` is the household's.

    names: what the names in the function mean. known: what has been worked out, by whatever can be asked for, and the name
    that holds it: within the block that is being written, and those around it.
    """

    def __init__(self, evaluator: Evaluator, person: bool) -> None:
        self.evaluator, self.person = evaluator, person
        self.names: dict[str, Any] = {"type": type, "int": int, "__builtins__": {}}
        self.lines: list[str] = []
        self.depth, self.used = 1, 0
        self.known: dict[Any, str] = {}

    def made(self, head: str, beginning: list[str]) -> Callable[..., Any]:
        """The function, once its lines are written."""
        exec("\n".join([head, *beginning, *self.lines, " return None"]), self.names)
        found: Callable[..., Any] = self.names[head[4 : head.index("(")]]
        return found

    def line(self, text: str) -> None:
        self.lines.append(" " * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines below `if …:` and the like; what is worked out there isn't known behind it."""
        before = self.known.copy()
        self.line(head)
        self.depth += 1
        self.line("pass")
        yield
        self.depth -= 1
        self.known = before

    def name(self, meaning: Any) -> str:
        name = f"f{len(self.names)}"
        self.names[name] = meaning
        return name

    def temporary(self, expression: str) -> str:
        self.used += 1
        self.line(f"t{self.used} = {expression}")
        return f"t{self.used}"

    def value(self, node: Node) -> str:
        """A name, or an expression as short, for a node's value."""
        found = self.known.get(id(node))
        if found is None:
            found = self.known[id(node)] = self._value(node)
        return found

    def _value(self, node: Node) -> str:
        match node:
            case ir.Constant(value=value):
                return str(value) if value >= 0 else f"({value})"
            case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
                layout = self.evaluator.layout
                if self.person and name in layout.person:
                    return f"e[{layout.person[name]}]"
                return f"{'h' if self.person else 'e'}[{layout.household[name]}]"
            case ir.Logic(operator="not", terms=(term,)):
                truth = self.value(term)
                return self.temporary(f"None if {truth} is None else not {truth}")
            case ir.Logic(operator=operator, terms=terms):
                decisive, truths = operator == "or", [self.value(term) for term in terms]
                decided = " or ".join(f"{truth} is {decisive}" for truth in truths)
                unknown = " or ".join(f"{truth} is None" for truth in truths)
                return self.temporary(f"{decisive} if {decided} else None if {unknown} else {not decisive}")
            case ir.Compare(operator=operator, left=left) if not isinstance(left.type, ChoiceType):
                parts = [self.value(part) for part in ir.children(node)]
                sign = f" {COMPARED[operator]} "
                return self._inline(node, parts, sign.join(parts), values.COMPARISONS[operator])
            case ir.OneOf(term=term, mask=mask):
                choice = self.value(term)
                return self.temporary(
                    f"False if not {choice} & {mask} else True if {choice} & {mask} == {choice} else None"
                )
            case ir.Rescale(term=term, factor=factor):
                part = self.value(term)
                return self._inline(node, [part], f"{part} * {factor}", lambda value: values.times(value, factor))
            case ir.Arithmetic(operator="min" | "max" as operator, terms=(_, _)):
                first, second = (self.value(part) for part in node.terms)
                smaller = f"{first} if {first} {'<=' if operator == 'min' else '>='} {second} else {second}"
                partly = values.minimum if operator == "min" else values.maximum
                return self._inline(node, [first, second], smaller, lambda *both: partly(both))
            case ir.Arithmetic(operator="add" | "subtract" | "multiply" as operator, terms=(_, _)):
                parts = [self.value(part) for part in node.terms]
                return self._inline(node, parts, f" {CALCULATED[operator]} ".join(parts), _PARTLY[operator])
            case ir.Round(direction="half_up"):
                return self._rounded(node)
        return self.temporary(f"{self.name(self.evaluator.evaluator(node, self.person))}(e)")

    def _rounded(self, node: ir.Round) -> str:
        """Half up; below 0, where half up goes the other way, the general rule is asked."""
        parts = [self.value(part) for part in ir.children(node)]
        above, divisor = parts[0], "1" if node.denominator is None else parts[1]
        known = f"({above} * {2 * node.up} + {divisor} * {node.down}) // ({divisor} * {2 * node.down}) * {node.step}"
        tests = " and ".join(f"type({part}) is int" for part in parts)
        general = self.name(rounding(node, itemgetter(0), None if node.denominator is None else itemgetter(1)))
        return self.temporary(f"{known} if {tests} and {above} >= 0 else {general}(({', '.join(parts)},))")

    def _inline(self, node: Node, parts: list[str], known: str, partly: Callable[..., Any]) -> str:
        """What a node comes to where its parts are known, and what otherwise."""
        open_ = [
            part for part, inner in zip(parts, ir.children(node), strict=True) if not isinstance(inner, ir.Constant)
        ]
        tests = " and ".join(f"type({part}) is int" for part in open_) or "True"
        return self.temporary(f"({known}) if {tests} else {self.name(partly)}({', '.join(parts)})")
