"""What there is to be seen of a program: conditions, table rows, thresholds, benefits and indicators, with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import place_of
from policyengine.authoring.schema import VariableShape
from policyengine.ir import ChoiceType, ConditionType, DateType, Node, NumberType
from policyengine.source import Source

Kind = Literal["condition", "row", "threshold", "benefit", "indicator"]
Path = tuple[int, ...]  # from the root of a variable's formula, which child at each step
Key = tuple[str, Path]  # a variable and the path of a node in it; a result and ()
TRUTHS: dict[bool | None, str] = {True: "true", False: "false", None: "unknown"}
SIDES = ("below", "at", "above")
STATUSES = ("eligible", "ineligible", "undetermined")
INDICATOR = ("met", "not met", "undetermined")
KINDS: tuple[Kind, ...] = ("condition", "row", "threshold", "benefit", "indicator")


class Figures(NamedTuple):
    """The variables that are made of parameters alone. fixed: of the same ones for every household."""

    fixed: frozenset[str]
    all: frozenset[str]


@dataclass(frozen=True)
class Point:
    """Something of which several aspects should be seen: a condition true, false and unknown, a threshold from both sides.

    key: the variable (or result) and where in its formula. node: None of a benefit or indicator.
    """

    kind: Kind
    key: Key
    aspects: tuple[str, ...]
    node: Node | None
    provisions: tuple[str, ...]
    place: Source | None


@dataclass(frozen=True)
class Goal:
    """One aspect of a point."""

    point: Point
    aspect: str

    @property
    def id(self) -> tuple[Kind, Key, str]:
        return self.point.kind, self.point.key, self.aspect


def points_of(program: ir.Program, policy: PolicyPack) -> list[Point]:
    """Every point of a program, in the order of its variables, then of its results."""
    places, rows = _places(program, policy)
    figures = figure_variables(program)
    open_ended = _open_ended(program)
    found: list[Point] = []
    for variable in program.variables:
        place = places.get(variable.id, variable.place)
        for path, node in walk(variable.node):
            key, cited = (variable.id, path), variable.provisions
            if is_condition(node):
                unknown = ("unknown",) if rests_on_what_is_open(node, open_ended) else ()
                found.append(Point("condition", key, ("true", "false", *unknown), node, cited, place))
            if isinstance(node, ir.Table):
                here = rows.get(variable.id, ()) if not path else ()
                for index, row in enumerate(node.rows):
                    where = here[index] if index < len(here) else place
                    cell = Point(
                        "row", (variable.id, (*path, index)), ("hit",), row.when, row.provisions or cited, where
                    )
                    found.append(cell)
                if node.otherwise is not None:
                    where = here[-1] if here else place
                    found.append(Point("row", (variable.id, (*path, len(node.rows))), ("hit",), node, cited, where))
            if isinstance(node, ir.Bands):
                for index in range(len(node.bands)):
                    found.append(Point("row", (variable.id, (*path, index)), ("hit",), node, cited, place))
            if threshold_of(node, figures) is not None:
                found.append(Point("threshold", key, SIDES, node, cited, place))
    for benefit in program.benefits:
        place = places.get(benefit.eligible)
        found.append(Point("benefit", (benefit.id, ()), STATUSES, None, benefit.provisions, place))
    for indicator in program.indicators:
        place = places.get(indicator.met)
        found.append(Point("indicator", (indicator.id, ()), INDICATOR, None, indicator.provisions, place))
    return found


def walk(node: Node) -> Iterator[tuple[Path, Node]]:
    """Every node of a formula with its path."""
    stack: list[tuple[Path, Node]] = [((), node)]
    while stack:
        path, current = stack.pop()
        yield path, current
        below = ir.children(current)
        stack.extend(((*path, index), below[index]) for index in reversed(range(len(below))))


def is_condition(node: Node) -> bool:
    """Is it a condition that isn't put together from others, nor always the same?"""
    return isinstance(node.type, ConditionType) and not isinstance(node, ir.Logic | ir.Constant | ir.Choose | ir.Table)


def threshold_of(node: Node, figures: Figures) -> int | None:
    """Which side of a comparison (or of a minimum or maximum of two) is a figure of the plan; None if none or both are."""
    match node:
        case ir.Compare(left=left, right=right) if isinstance(left.type, NumberType | DateType):
            sides: tuple[Node, Node] = (left, right)
        case ir.Arithmetic(operator="min" | "max", terms=(first, second)):
            sides = (first, second)
        case _:
            return None
    found = [_figure(side, figures) for side in sides]
    kind = True in found  # beside a figure that is the same for everybody, one of several is what it is held against
    return found.index(kind) if found.count(kind) == 1 else None


def _figure(node: Node, figures: Figures) -> bool | None:
    """Is it made of parameters alone, at least one? False: of which ones depends on the household, as a standard by kind of place."""
    if _of_parameters(ir.walk(node), figures.fixed):
        return True
    return False if _of_parameters(_in_every_case(node), figures.all) else None


def _of_parameters(nodes: Iterable[Node], figures: frozenset[str]) -> bool:
    every = tuple(nodes)
    if any(isinstance(inner, ir.FactRef | ir.Aggregate | ir.Rank | ir.IsKnown) for inner in every):
        return False
    named = [inner for inner in every if isinstance(inner, ir.ParameterRef | ir.VariableRef)]
    return any(not isinstance(inner.type, ChoiceType) for inner in named) and all(
        isinstance(inner, ir.ParameterRef) or inner.id in figures for inner in named
    )


def _in_every_case(node: Node) -> list[Node]:
    """The nodes that a value is made of, without the conditions that choose between its cases."""
    found: list[Node] = []
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        match current:
            case ir.Choose(then=then, otherwise=otherwise):
                waiting += [then, otherwise]
            case ir.Table(rows=rows, otherwise=otherwise):
                waiting += [row.then for row in rows] + ([] if otherwise is None else [otherwise])
            case _:
                found.append(current)
                waiting += ir.children(current)
    return found


def figure_variables(program: ir.Program) -> Figures:
    """The variables that are made of parameters alone."""
    found = Figures(frozenset(), frozenset())
    for variable in program.variables:
        kind = _figure(variable.node, found) if isinstance(variable.type, NumberType | DateType) else None
        if kind is not None:
            own = frozenset((variable.id,))
            found = Figures(found.fixed | own if kind else found.fixed, found.all | own)
    return found


def rests_on_what_is_open(node: Node, open_ended: frozenset[str]) -> bool:
    """Can it be unknown: does it rest on a fact, a reading or a figure that isn't settled?"""
    return any(
        isinstance(inner, ir.FactRef)
        or (isinstance(inner, ir.ParameterRef | ir.VariableRef) and inner.id in open_ended)
        or (isinstance(inner, ir.Bands) and any(isinstance(band.value, tuple) for band in inner.bands))
        for inner in ir.walk(node)
    )


def _open_ended(program: ir.Program) -> frozenset[str]:
    """The parameters that a caller may leave open, and the variables that rest on facts or on such."""
    found = {item.id for item in program.parameters if item.is_reading or isinstance(item.value, tuple)}
    for variable in program.variables:
        if rests_on_what_is_open(variable.node, frozenset(found)):
            found.add(variable.id)
    return frozenset(found)


# where the formulas stand


def _places(program: ir.Program, policy: PolicyPack) -> tuple[dict[str, Source], dict[str, tuple[Source | None, ...]]]:
    """The place of each variable's formula, and of the rows of each that is a table, `otherwise` last."""
    places: dict[str, Source] = {}
    rows: dict[str, tuple[Source | None, ...]] = {}

    def put(name: str | None, formula: object) -> None:
        place = place_of(formula)
        if name is not None and place is not None:
            places[name] = place

    def variables(shapes: dict[str, VariableShape]) -> None:
        for name, shape in shapes.items():
            put(str(name), shape.formula if shape.formula is not None else name)
            if shape.table is not None:
                rows[str(name)] = (*(place_of(row.when) for row in shape.table.rows), place_of(shape.table.otherwise))

    variables(policy.variables)
    for benefit in program.benefits:
        shape = policy.benefits.get(benefit.id)
        if shape is not None:
            variables({str(name): item for name, item in shape.variables.items()})
            put(benefit.eligible, shape.eligible)
            put(benefit.amount, shape.amount)
    for indicator in program.indicators:
        target = policy.indicators.get(indicator.id)
        if target is not None:
            put(indicator.met, target.met if target.met is not None else target.measure)
            put(indicator.applies, target.applies)
            put(indicator.measure, target.measure)
            put(indicator.target, target.target)
    return places, rows
