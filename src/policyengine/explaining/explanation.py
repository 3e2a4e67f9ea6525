"""Why a result is what it is: a tree of reasons over the program's own nodes, pruned to what mattered.

A reason holds a node, the value it has, and the reasons for those parts of it that decided the value: all of a failed
`and`'s false terms, all of a fulfilled one's terms, the chosen branch, every member that counts. A parent's value follows
from its children's values by the node's own meaning; tests/test_laws.py recomputes every one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from policyengine import ir
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.layout import HOUSEHOLD, INDEX, MEMBERS, Environment, Evaluate, is_settled
from policyengine.ir import Node, NumberType, switch


@dataclass(slots=True, eq=False)  # not frozen: freezing costs half of the time that an explanation takes
class Reason:
    """node: what was asked; value: what it came to; member: whose value (None: the household's or area's).

    repeats: the definition of this variable has been explained before, further up; its children are left out here.
    """

    node: Node
    value: Any
    member: str | None
    children: Sequence[Reason] = ()
    variable: ir.Variable | None = None
    row: int | None = None  # of a table: the row that decided; None: `otherwise`, or not yet settled
    repeats: bool = False

    @property
    def is_settled(self) -> bool:
        return is_settled(self.node.type, self.value)


class Explainer:
    """Builds reasons for one decision. Each variable is explained in full once; `fresh()` begins again."""

    def __init__(self, evaluator: Evaluator, home: Environment, member_ids: dict[int, str]) -> None:
        self.evaluator, self.home, self.member_ids = evaluator, home, member_ids
        self.seen: set[tuple[str, str | None]] = set()
        self.readings_met: set[str] = set()

    def fresh(self) -> None:
        self.seen.clear()

    def of(self, name: str, environment: Environment) -> Reason:
        """The reason for a variable in a member's or the household's environment, with its definition."""
        reference = self.evaluator.references[name]
        whose = self.member(environment)
        self.seen.discard((name, whose if reference.scope == "person" else None))
        return self.reason(reference, environment)

    def reason(self, node: Node, environment: Environment) -> Reason:
        """The reason for any node of the program in a member's or the household's environment."""
        of, build = _part(self.evaluator, node, environment is not self.home)
        return build(self, environment, self.member(environment), of(environment))

    def everyone(self) -> list[tuple[Environment, str]]:
        """The members in order of id."""
        return [(env, self.member_ids[env[INDEX]]) for env in sorted(self.home[MEMBERS], key=itemgetter(INDEX))]

    def member(self, environment: Environment) -> str | None:
        return None if environment is self.home else self.member_ids[environment[INDEX]]

    def value(self, node: Node, environment: Environment) -> Any:
        return self.evaluator.evaluator(node, environment is not self.home)(environment)


# Like the closures that evaluate nodes, those that give their reasons are made once for each program. They take the
# explainer, an environment, whose that is, and the value that the node has there.
Build = Callable[[Explainer, Environment, str | None, Any], Reason]
Part = tuple[Evaluate, Build]


def builder(evaluator: Evaluator, node: Node, person: bool) -> Build:
    key = (id(node), person)
    build: Build | None = evaluator.builders.get(key)
    if build is None:
        build = evaluator.builders[key] = _build(evaluator, node, person)
    return build


def _part(evaluator: Evaluator, node: Node, person: bool) -> Part:
    return evaluator.evaluator(node, person), builder(evaluator, node, person)


def _build(evaluator: Evaluator, node: Node, person: bool) -> Build:
    """What counts of each kind of node."""
    match node:
        case ir.VariableRef():
            return _variable(evaluator, node, person)
        case ir.FactRef(scope="person") | ir.IsKnown(fact=ir.FactRef(scope="person")):
            return lambda explainer, env, member, value: Reason(node, value, member)
        case ir.FactRef() | ir.IsKnown():
            return lambda explainer, env, member, value: Reason(node, value, None)
        case ir.Constant(value=constant):
            reason = Reason(node, constant, None)
            return lambda explainer, env, member, value: reason
        case ir.ParameterRef(type=ir.ChoiceType(), id=name):

            def reading(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
                explainer.readings_met.add(name)
                return Reason(node, value, None)

            return reading
        case ir.ParameterRef():
            return lambda explainer, env, member, value: Reason(node, value, None)
        case ir.Table():
            return _table(evaluator, node, person)
        case ir.Aggregate():
            return _aggregate(evaluator, node, person)
        case ir.Rank():
            return _rank(evaluator, node)
        case ir.Choose(condition=condition, then=then, otherwise=otherwise):
            return _choose(node, *(_part(evaluator, inner, person) for inner in (condition, then, otherwise)))
        case ir.Logic(operator=operator, terms=terms) if operator != "not":
            return _logic(node, [_part(evaluator, term, person) for term in terms], operator == "or")
        case _:
            return _every(node, [_part(evaluator, part, person) for part in ir.children(node)])


def _every(node: Node, parts: list[Part]) -> Build:
    """All parts count. Nodes have one or two parts, nearly all of them: for those it is written out."""
    if len(parts) == 1:
        ((of, build),) = parts
        return lambda explainer, env, member, value: Reason(
            node, value, member, (build(explainer, env, member, of(env)),)
        )
    if len(parts) == 2:
        (of, build), (of_second, build_second) = parts
        return lambda explainer, env, member, value: Reason(
            node,
            value,
            member,
            (build(explainer, env, member, of(env)), build_second(explainer, env, member, of_second(env))),
        )
    return lambda explainer, env, member, value: Reason(
        node, value, member, [build(explainer, env, member, of(env)) for of, build in parts]
    )


def _logic(node: Node, terms: list[Part], decisive: bool) -> Build:
    """If one term is enough to decide it, all those that do, and only those."""

    def logic(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
        found = []
        for of, build in terms:
            truth = of(env)
            if value is not decisive or truth is decisive:
                found.append(build(explainer, env, member, truth))
        return Reason(node, value, member, found)

    return logic


def _choose(node: Node, condition: Part, then: Part, otherwise: Part) -> Build:
    def choose(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
        truth = condition[0](env)
        found = [condition[1](explainer, env, member, truth)]
        if truth is not False:
            found.append(then[1](explainer, env, member, then[0](env)))
        if truth is not True:
            found.append(otherwise[1](explainer, env, member, otherwise[0](env)))
        return Reason(node, value, member, found)

    return choose


def _variable(evaluator: Evaluator, node: ir.VariableRef, person: bool) -> Build:
    """A variable has the value of its definition, which is told where it is first met."""
    name, own = node.id, node.scope == "person"
    climbs, variable = person and not own, evaluator.variables[name]
    definition: Build | None = None

    def refer(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
        nonlocal definition
        whose = member if own else None
        key = (name, whose)
        if key in explainer.seen:
            return Reason(node, value, whose, (), variable, None, True)
        explainer.seen.add(key)
        if definition is None:  # made when first needed: variables can rest on each other through many others
            definition = builder(evaluator, variable.node, own)
        place = env[HOUSEHOLD] if climbs else env
        seen = set(explainer.seen) if variable.role == "capped" else None
        inner = definition(explainer, place, whose, value)
        if seen is not None and not bites(inner, inner.children[0]):
            inner = unlimited(explainer, place, inner, seen)
        return Reason(node, value, whose, (inner,), variable)

    def unlimited(explainer: Explainer, env: Environment, inner: Reason, seen: set[tuple[str, str | None]]) -> Reason:
        """A limit that doesn't bite isn't told of, so what it rests on doesn't count as told either."""
        amount, limit = inner.children
        explainer.seen.clear()
        explainer.seen.update(seen)
        again = builder(evaluator, amount.node, own)(explainer, env, inner.member, amount.value)
        return Reason(inner.node, inner.value, inner.member, (again, Reason(limit.node, limit.value, limit.member)))

    return refer


def _table(evaluator: Evaluator, node: ir.Table, person: bool) -> Build:
    rows = [(_part(evaluator, row.when, person), _part(evaluator, row.then, person)) for row in node.rows]
    otherwise = None if node.otherwise is None else _part(evaluator, node.otherwise, person)
    whole = switch(node)  # rows that cover every option that is left of their choice leave nothing to `otherwise`
    covered = None if whole is None else (evaluator.evaluator(whole[0], person), whole[1])

    def table(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
        found: list[Reason] = []
        for index, (when, then) in enumerate(rows):
            truth = when[0](env)
            found.append(when[1](explainer, env, member, truth))
            if truth is not False:
                found.append(then[1](explainer, env, member, then[0](env)))
                if truth:
                    return Reason(node, value, member, found, None, index)
        if otherwise is not None and (covered is None or covered[0](env) & ~covered[1]):
            found.append(otherwise[1](explainer, env, member, otherwise[0](env)))
        return Reason(node, value, member, found)

    return table


def _aggregate(evaluator: Evaluator, node: ir.Aggregate, person: bool) -> Build:
    where = None if node.where is None else _part(evaluator, node.where, True)
    body = None if node.body is None else _part(evaluator, node.body, True)
    default = None if node.default is None else _part(evaluator, node.default, person)

    def aggregate(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
        found: list[Reason] = []
        for other, whose in explainer.everyone():
            if node.others and other is env:
                continue
            counts: Any = True
            if where is not None:
                counts = where[0](other)
                found.append(where[1](explainer, other, whose, counts))
            if counts is not False and body is not None:
                found.append(body[1](explainer, other, whose, body[0](other)))
        if default is not None:
            found.append(default[1](explainer, env, member, default[0](env)))
        return Reason(node, value, member, found)

    return aggregate


def _rank(evaluator: Evaluator, node: ir.Rank) -> Build:
    where = None if node.where is None else _part(evaluator, node.where, True)
    of, build = _part(evaluator, node.key, True)

    def rank(explainer: Explainer, env: Environment, member: str | None, value: Any) -> Reason:
        found = [build(explainer, env, member, of(env))]
        for other, whose in explainer.everyone():
            if other is env:
                continue
            counts: Any = True
            if where is not None:
                counts = where[0](other)
                found.append(where[1](explainer, other, whose, counts))
            if counts is not False:
                found.append(build(explainer, other, whose, of(other)))
        return Reason(node, value, member, found)

    return rank


def leaves(reason: Reason) -> Iterator[Reason]:
    """The facts, parameters and stated-or-absent tests that a reason rests on."""
    stack = [reason]
    while stack:
        current = stack.pop()
        if isinstance(current.node, ir.FactRef | ir.ParameterRef | ir.IsKnown):
            yield current
        stack.extend(current.children)


def choice_options(program: ir.Program, mask: int) -> list[str]:
    """The options of a choice that are still possible."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(program.options[lowest.bit_length() - 1])
        mask ^= lowest
    return found


def same_value(reason: Reason, part: Reason) -> bool:
    """Do both have the same settled value, whatever their scales?"""
    if not (isinstance(reason.value, int) and isinstance(part.value, int)):
        return False
    first, second = reason.node.type, part.node.type
    assert isinstance(first, NumberType)
    assert isinstance(second, NumberType)
    return reason.value * second.scale == part.value * first.scale


def bites(capped: Reason, uncapped: Reason) -> bool:
    """Has a limit made an amount smaller?"""
    return not same_value(capped, uncapped) and capped.value != uncapped.value
