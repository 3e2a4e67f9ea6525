"""Recompute a reason from the reasons below it, by the meaning of its node alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from drawing import EFFECTIVE
from policyengine import ir, values
from policyengine.decision import Decision
from policyengine.explaining.explanation import Reason
from policyengine.interpreters.closures import joiner
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import INDEX
from policyengine.ir import ChoiceType
from policyengine.text import same
from policyengine.values import ANYTHING, Number, Value


def every(reason: Reason) -> Iterator[Reason]:
    stack = [reason]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


class Recomputation:
    """What reasons of one decision have to come to. Facts and parameters are looked up; the rest follows from children."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.layout = decision._evaluator.layout
        self.home = decision._household.environment
        self.by_id = decision._household.by_id
        self.members = sorted(self.by_id, key=lambda key: self.by_id[key][INDEX])
        self.definitions = {item.id: item.node for item in decision.program.variables}

    def value(self, reason: Reason) -> Value:
        """The value that follows; AssertionError where the children aren't those that the node and its pruning ask for."""
        node, below = reason.node, list(reason.children)
        parts = [child.value for child in below]
        match node:
            case ir.Constant(value=value):
                return value
            case ir.FactRef(id=name) | ir.ParameterRef(id=name):
                return self.slot(reason, name)
            case ir.IsKnown(fact=fact):
                place = self.layout.absent[fact.id]
                return (self.home if reason.member is None else self.by_id[reason.member])[place]
            case ir.VariableRef(id=name):
                if reason.repeats:
                    assert not below
                    return reason.value  # compared with the full explanation of the same variable
                self.are(below, (self.definitions[name],))
                return parts[0]
            case ir.Logic(operator="not", terms=terms):
                self.are(below, terms)
                return values.negation(parts[0])
            case ir.Logic(operator=operator, terms=terms):
                return self.logic(reason, operator, terms, below)
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                truth = parts[0]
                kept = [then] * (truth is not False) + [otherwise] * (truth is not True)
                self.are(below, (condition, *kept))
                return self.joined(node, parts[1:])
            case ir.Table():
                return self.table(node, reason, below)
            case ir.Aggregate():
                return self.aggregate(node, reason, below)
            case ir.Rank():
                return self.rank(node, reason, below)
            case _:
                self.are(below, ir.children(node))
                return recomputed(node, parts)

    def are(self, below: list[Reason], nodes: tuple[ir.Node, ...]) -> None:
        assert [id(child.node) for child in below] == [id(node) for node in nodes]

    def slot(self, reason: Reason, name: str) -> Any:
        if reason.member is not None:
            return self.by_id[reason.member][self.layout.person[name]]
        return self.home[self.layout.household[name]]

    def logic(self, reason: Reason, operator: str, terms: tuple[ir.Node, ...], below: list[Reason]) -> Value:
        """All terms, unless some decide alone: then all that do."""
        decisive, person = operator == "or", reason.member is not None
        environment = self.by_id[reason.member] if reason.member is not None else self.home
        evaluator = self.decision._evaluator.evaluator
        deciding = tuple(term for term in terms if evaluator(term, person)(environment) is decisive)
        self.are(below, deciding or terms)
        truths = [child.value for child in below]
        return values.disjunction(truths) if decisive else values.conjunction(truths)

    def joined(self, node: ir.Node, parts: list[Any]) -> Any:
        join, result = joiner(node.type), parts[0]
        for part in parts[1:]:
            result = join(result, part)
        return result

    def table(self, node: ir.Table, reason: Reason, below: list[Reason]) -> Value:
        """The tests of the rows up to the first that holds, and the results of those that may hold."""
        rest, possible = iter(below), []
        for index, row in enumerate(node.rows):
            when = next(rest)
            assert when.node is row.when
            if when.value is not False:
                then = next(rest)
                assert then.node is row.then
                possible.append(then.value)
            if when.value is True:
                assert reason.row == index
                break
        else:
            assert reason.row is None
            last = next(rest, None)
            if last is not None:
                assert last.node is node.otherwise
                possible.append(last.value)
        assert next(rest, None) is None
        return self.joined(node, possible)

    def parts_by_member(
        self, node: ir.Aggregate | ir.Rank, body: ir.Node | None, reason: Reason, rest: Iterator[Reason], others: bool
    ) -> Iterator[tuple[str, Any, Any]]:
        """(member, whether `where` holds, the body's value) for each member for whom it may hold."""
        for member in self.members:
            if others and member == reason.member:
                continue
            truth: Any = True
            if node.where is not None:
                where = next(rest)
                assert where.node is node.where
                truth = where.value
            if truth is not False:
                value = None
                if body is not None:
                    child = next(rest)
                    assert child.node is body
                    value = child.value
                yield member, truth, value

    def aggregate(self, node: ir.Aggregate, reason: Reason, below: list[Reason]) -> Value:
        rest = iter(below)
        parts = [(truth, value) for _, truth, value in self.parts_by_member(node, node.body, reason, rest, node.others)]
        default = next(rest, None)
        assert (default and default.node) is node.default
        sure = [value for truth, value in parts if truth]
        maybe = [value for truth, value in parts if truth is None]
        match node.operator:
            case "count":
                return values.interval(len(sure), len(parts))
            case "any":
                return values.disjunction(values.conjunction(part) for part in parts)
            case "all":
                return values.conjunction(values.disjunction((values.negation(t), value)) for t, value in parts)
            case "sum":
                total: Number = 0
                for value in (*sure, *(values.hull(value, 0) for value in maybe)):
                    total = values.add(total, value)
                return total
        assert default is not None
        extreme = values.minimum if node.operator == "min" else values.maximum
        ways = [extreme(sure) if sure else default.value, *(extreme([*sure, value]) for value in maybe)]
        return self.joined(node, [*ways, extreme([*sure, *maybe])] if maybe else ways)

    def rank(self, node: ir.Rank, reason: Reason, below: list[Reason]) -> Value:
        rest = iter(below)
        mine = next(rest)
        assert mine.node is node.key
        least = most = 1
        for member, truth, key in self.parts_by_member(node, node.key, reason, rest, True):
            strict = self.members.index(member) > self.members.index(reason.member or "")
            sign = (">" if node.descending else "<") + ("" if strict else "=")
            before = values.conjunction((truth, values.compare(sign, key, mine.value)))
            least, most = least + (before is True), most + (before is not False)
        assert next(rest, None) is None
        return values.interval(least, most)


def recomputed(node: ir.Node, parts: list[Any]) -> Value:
    """The value of a node whose parts are all there."""
    match node:
        case ir.Compare(operator=operator, left=left) if isinstance(left.type, ChoiceType):
            truth = values.same_choice(*parts)
            return truth if operator == "=" else values.negation(truth)
        case ir.Compare(operator=operator):
            return values.compare(operator, *parts)
        case ir.OneOf(mask=mask):
            return False if not parts[0] & mask else None if parts[0] & ~mask else True
        case ir.Rescale(factor=factor):
            return values.times(parts[0], factor)
        case ir.Arithmetic(operator=operator):
            two = {"add": values.add, "subtract": values.subtract, "multiply": values.multiply}
            if operator in two:
                return two[operator](*parts)
            if operator == "negate":
                return values.negative(parts[0])
            return (values.minimum if operator == "min" else values.maximum)(parts)
        case ir.Round(up=up, down=down, step=step, direction=direction):
            below = values.times(parts[1], down) if node.denominator is not None else down
            return values.times(values.rounded(values.times(parts[0], up), below, direction), step)
        case _:
            return alone(node, parts)


def alone(node: ir.Node, parts: list[Any]) -> Value:
    """The node with facts in the place of its parts, each with the part's value."""
    facts = [ir.FactRef(child.type, f"x{index}", "household") for index, child in enumerate(ir.children(node))]
    match node:
        case ir.Bands():
            node = replace(node, argument=facts[0])
        case ir.Cells():
            node = replace(node, keys=tuple(facts))
        case ir.Elapsed():
            node = replace(node, start=facts[0], end=facts[1])
        case ir.DatePart():
            node = replace(node, term=facts[0])
        case _:
            raise AssertionError(node)
    declared = tuple(ir.Fact(item.id, "household", item.type, ANYTHING, False, same(item.id)) for item in facts)
    variable = ir.Variable("y", "household", node.type, node, same("y"))
    program = ir.Program("", same(""), EFFECTIVE, "", (), {}, declared, (), (variable,), (), ())
    evaluator = Evaluator(program)
    home = list(evaluator.layout.household_blank)
    home[0] = []
    for fact, part in zip(facts, parts):
        home[evaluator.layout.household[fact.id]] = part
    evaluator.run(home)
    return home[evaluator.layout.household["y"]]
