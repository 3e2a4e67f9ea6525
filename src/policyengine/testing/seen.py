"""What the reasons of a result show: which conditions, rows and thresholds decided something, and how they came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policyengine import ir, values
from policyengine.decision import Decision
from policyengine.explaining.explanation import Reason
from policyengine.results import Entitlement, IndicatorResult
from policyengine.testing.points import SIDES, TRUTHS, Figures, Key, Kind, Path, is_condition, threshold_of

Seen = set[tuple[Kind, Key, str]]
Result = Entitlement | IndicatorResult


def seen_of(decision: Decision, item: Result, with_amount: bool, figures: Figures) -> Seen:
    """What one result shows. with_amount: also what led to its amount, not only to its status."""
    seen: Seen = set()
    if isinstance(item, Entitlement):
        seen.add(("benefit", (item.benefit, ()), item.status))
    elif item.status != "not applicable":
        seen.add(("indicator", (item.indicator, ()), item.status))
    for name, reason in _reasons(decision, item, with_amount):
        _observe(reason, name, figures, seen)
    return seen


def _reasons(decision: Decision, item: Result, with_amount: bool) -> Iterator[tuple[str, Reason]]:
    declared = item.declaration
    if isinstance(declared, ir.Benefit):
        names = [declared.eligible]
        if with_amount and declared.amount is not None and item.status != "ineligible":
            names.append(declared.amount)
    else:
        names = [declared.applies] if declared.applies is not None else []
        if item.status != "not applicable":
            names.append(declared.met)
    environment = next(place for entity, place, _ in decision._entities() if entity == item.entity)
    for name in names:
        decision._explainer.fresh()
        yield name, decision._explainer.of(name, environment).children[0]


def _observe(root: Reason, owner: str, figures: Figures, seen: Seen) -> None:
    """Walk down what decided: a definition that repeats is looked up where it was told first."""
    told: dict[tuple[str, str | None], Reason] = {}
    waiting = [root]
    while waiting:
        reason = waiting.pop()
        if isinstance(reason.node, ir.VariableRef) and reason.children:
            told.setdefault((reason.node.id, reason.member), reason.children[0])
        waiting.extend(reason.children)
    stack: list[tuple[Reason, str, Path]] = [(root, owner, ())]
    entered: set[tuple[str, str | None]] = set()
    while stack:
        reason, owner, path = stack.pop()
        node = reason.node
        if is_condition(node):
            seen.add(("condition", (owner, path), TRUTHS[reason.value]))
        side = threshold_of(node, figures)
        if side is not None:
            seen.update(("threshold", (owner, path), where) for where in _sides(reason, side))
        if isinstance(node, ir.VariableRef):
            key = (node.id, reason.member)
            if key in told and key not in entered:
                entered.add(key)
                stack.append((told[key], node.id, ()))
            continue
        if isinstance(node, ir.Table):
            row = len(node.rows) if reason.row is None and reason.is_settled else reason.row
            if row is not None:
                seen.add(("row", (owner, (*path, row)), "hit"))
        if isinstance(node, ir.Bands):
            seen.update(("row", (owner, (*path, index)), "hit") for index in _band(node, reason.children[0].value))
        below = ir.children(node)
        for child in decisive(reason):
            index = next(place for place, inner in enumerate(below) if inner is child.node)
            stack.append((child, owner, (*path, index)))


def decisive(reason: Reason) -> Iterable[Reason]:
    """The reasons below that made the value what it is: of an open `and` only what is open."""
    node, below = reason.node, reason.children
    match node:
        case ir.Logic(operator="and" | "or"):
            return [child for child in below if child.value is reason.value]
        case ir.Choose(condition=condition) if reason.is_settled:
            return [child for child in below if child.node is not condition or child.value is not None]
        case ir.Table(rows=rows) if reason.is_settled:
            tests = {id(row.when) for row in rows}
            return [child for child in below if id(child.node) not in tests or child.value is not None]
        case ir.Aggregate(operator="any" | "all", body=body):
            return [child for child in below if child.node is not body or child.value is reason.value]
    return below


def _sides(reason: Reason, figure: int) -> list[str]:
    """Where what is compared lies, seen from the figure: below, at or above it; none where that isn't known."""
    first, second = (child.value for child in reason.children)
    mine, against = (second, first) if figure == 0 else (first, second)
    if values.less(mine, against):
        return [SIDES[0]]
    if values.less(against, mine):
        return [SIDES[2]]
    return [SIDES[1]] if type(mine) is int and mine == against else []


def _band(node: ir.Bands, argument: object) -> list[int]:
    """The band in which a settled argument lies."""
    if not isinstance(argument, int):
        return []
    found = 0
    for index, band in enumerate(node.bands):
        if band.start is None or argument > band.start or (band.inclusive and argument == band.start):
            found = index
    return [found]
