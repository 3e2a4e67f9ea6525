"""What is said of all members of a household, or of one among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policyengine import ir, values
from policyengine.interpreters.layout import HOUSEHOLD, INDEX, MEMBERS, Environment, Evaluate
from policyengine.values import Number, Truth

if TYPE_CHECKING:
    from policyengine.interpreters.household import Evaluator


def aggregate(node: ir.Aggregate, person: bool, ev: Evaluator) -> Evaluate:
    where = None if node.where is None else ev.evaluator(node.where, True)
    body = None if node.body is None else ev.evaluator(node.body, True)
    default = None if node.default is None else ev.evaluator(node.default, person)
    operator, others = node.operator, node.others

    def chosen(env: Environment) -> list[tuple[Environment, Truth]]:
        members = env[HOUSEHOLD][MEMBERS] if person else env[MEMBERS]
        found = []
        for member in members:
            if others and member is env:
                continue
            truth = True if where is None else where(member)
            if truth is not False:
                found.append((member, truth))
        return found

    def aggregate(env: Environment) -> Any:
        parts = chosen(env)
        match operator:
            case "count":
                sure = sum(truth is True for _, truth in parts)
                return values.interval(sure, len(parts))
            case "sum":
                total: Number = 0
                assert body is not None
                for member, truth in parts:
                    value = body(member)
                    total = values.add(total, value if truth else values.hull(value, 0))
                return total
            case "any":
                assert body is not None
                return values.disjunction(values.conjunction((truth, body(member))) for member, truth in parts)
            case "all":
                assert body is not None
                return values.conjunction(
                    values.disjunction((values.negation(truth), body(member))) for member, truth in parts
                )
        assert body is not None
        assert default is not None
        extreme = values.minimum if operator == "min" else values.maximum
        sure_values = [body(member) for member, truth in parts if truth]
        maybe = [body(member) for member, truth in parts if truth is None]
        # with the uncertain members all left out, and each of them let in: the hull covers every way between
        ways = [extreme(sure_values) if sure_values else default(env)]
        ways += [extreme([*sure_values, value]) for value in maybe]
        if maybe:
            ways.append(extreme([*sure_values, *maybe]))
        result = ways[0]
        for way in ways[1:]:
            result = values.hull(result, way)
        return result

    return aggregate


def rank(node: ir.Rank, ev: Evaluator) -> Evaluate:
    key = ev.evaluator(node.key, True)
    where = None if node.where is None else ev.evaluator(node.where, True)
    descending = node.descending

    def rank(env: Environment) -> Number:
        mine, sure, possible = key(env), 0, 0
        for member in env[HOUSEHOLD][MEMBERS]:
            if member is env:
                continue
            theirs = key(member)
            if descending:
                before = values.less(mine, theirs)
            else:
                before = values.less(theirs, mine)
            if before is not True and member[INDEX] < env[INDEX]:
                tied = values.equal(mine, theirs)
                # before or tied: known to be one of both is enough
                before = values.disjunction(
                    (
                        before,
                        tied,
                        values.compare("<=", theirs, mine) if not descending else values.compare(">=", theirs, mine),
                    )
                )
            truth = values.conjunction((True if where is None else where(member), before))
            sure += truth is True
            possible += truth is not False
        return values.interval(1 + sure, 1 + possible)

    return rank
