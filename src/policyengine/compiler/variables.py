"""From a definition to a variable of the program: its formula or table lowered, with the unit and rounding of its name."""

from __future__ import annotations

from fractions import Fraction

from policyengine import ir
from policyengine.authoring import formula as ast
from policyengine.authoring.reader import Scalar, place_of
from policyengine.compiler.definitions import Definition, Part
from policyengine.compiler.figures import FigureError, unit_text
from policyengine.compiler.lower import Lowering
from policyengine.compiler.ranges import TooLarge, bounds
from policyengine.compiler.scene import (
    FINEST,
    Problem,
    Quotient,
    Scene,
    joined_type,
    number,
    read_step,
    rescaled,
    round_to,
)
from policyengine.compiler.tables import TooMany, covers, first_overlap
from policyengine.errors import Diagnostic, diagnostic, diagnostic_of
from policyengine.ir import ChoiceType, DateType, Node, NumberType
from policyengine.text import same
from policyengine.units import RATIO, parse_unit, per_person
from policyengine.values import ends


def lower_variable(definition: Definition, scene: Scene, found: list[Diagnostic]) -> ir.Variable:
    """Lower one definition; its type and range are then known to those after it."""
    if definition.formula is not None:
        node = _formula(definition, scene, found)
    else:
        node = _table(definition, scene, found)
    text = definition.parts[0].text
    scene.types[definition.id], scene.scopes[definition.id] = node.type, definition.scope
    try:
        for inner in ir.walk(node):
            if isinstance(inner.type, NumberType | DateType):
                bounds(inner, scene.ranges)
        if isinstance(node.type, NumberType | DateType):
            scene.ranges[definition.id] = bounds(node, scene.ranges)
    except TooLarge:
        del scene.types[definition.id]
        raise Problem(diagnostic("too-large", text.place or definition.place, hint=None)) from None
    low = ends(scene.ranges[definition.id])[0] if isinstance(node.type, NumberType) else 0
    if definition.role == "amount" and low is not None and low < 0:
        found.append(diagnostic("negative-amount", text.place or definition.place, id=definition.id.partition(".")[0]))
    return ir.Variable(
        definition.id,
        definition.scope,
        node.type,
        node,
        definition.label,
        definition.provisions,
        definition.role,
        definition.place,
    )


def _lowering(definition: Definition, text: Scalar, scene: Scene, found: list[Diagnostic]) -> Lowering:
    return Lowering(scene, text, definition.scope, found, definition.remaining)


def _formula(definition: Definition, scene: Scene, found: list[Diagnostic]) -> Node:
    assert definition.formula is not None
    part = definition.formula
    lowering = _lowering(definition, part.text, scene, found)
    if definition.wants == "condition":
        return lowering.condition(part.tree)
    if definition.options is not None:
        type_ = ChoiceType(definition.options)
        scene.mask(definition.options)
        return lowering.choice(part.tree, type_)
    value = lowering.lower(part.tree)
    if not isinstance(value, Quotient) and not isinstance(value.type, NumberType):
        if definition.wants == "number":
            raise lowering.problem("not-a-number", part.tree.span, found=lowering.describe(value))
        return value
    return _named(value, definition, lowering, part, scene)


def _table(definition: Definition, scene: Scene, found: list[Diagnostic]) -> Node:
    options = definition.options
    results = [row[1] for row in definition.rows] + ([definition.otherwise] if definition.otherwise else [])
    if options is None and all(
        isinstance(part.tree, ast.Name) and scene.symbols.find(part.tree.name) is None for part in results
    ):
        names = [part.tree.name for part in results if isinstance(part.tree, ast.Name)]
        options = tuple(dict.fromkeys(_option_id(name, scene) for name in names))
        scene.symbols.declare_options((option, same(option)) for option in options)
    type_ = ChoiceType(options) if options is not None else None
    if options is not None:
        scene.mask(options)
    conditions, thens = [], []
    for when, then, _ in definition.rows:
        conditions.append(_lowering(definition, when.text, scene, found).condition(when.tree))
        thens.append(_result(definition, then, type_, scene, found))
    other = _result(definition, definition.otherwise, type_, scene, found) if definition.otherwise else None
    nodes = thens + ([other] if other is not None else [])
    first = definition.rows[0][0]
    lowering = _lowering(definition, first.text, scene, found)
    nodes = lowering.same_type(nodes, (0, len(first.text)))
    if definition.hit == "unique":
        _check_unique(definition, conditions, scene)
    if other is None and not covers(conditions, scene.bits):
        raise Problem(diagnostic("table-gap", definition.place, id=definition.id))
    rows = tuple(
        ir.Row(when, then, cited)
        for when, then, (_, _, cited) in zip(conditions, nodes[: len(conditions)], definition.rows, strict=True)
    )
    return ir.Table(joined_type(nodes), rows, nodes[-1] if other is not None else None)


def _check_unique(definition: Definition, conditions: list[Node], scene: Scene) -> None:
    """No two rows of a unique table hold together."""
    try:
        overlap = first_overlap(conditions, scene.bits)
    except TooMany:
        raise Problem(diagnostic("table-not-proved", definition.place, id=definition.id)) from None
    if overlap is not None:
        first, second = overlap
        numbers = {"first": str(first + 1), "second": str(second + 1)}
        raise Problem(
            diagnostic_of("table-overlap", definition.rows[second][0].text.place, {"id": definition.id, **numbers})
        )


def _option_id(name: str, scene: Scene) -> str:
    known = scene.symbols.options.get(name, set())
    return scene.symbols.option(name, known) or name


def _result(
    definition: Definition, part: Part, type_: ChoiceType | None, scene: Scene, found: list[Diagnostic]
) -> Node:
    lowering = _lowering(definition, part.text, scene, found)
    if type_ is not None:
        return lowering.choice(part.tree, type_)
    value = lowering.lower(part.tree)
    if not isinstance(value, Quotient) and not isinstance(value.type, NumberType):
        return value
    return _named(value, definition, lowering, part, scene)


def _named(value: Node | Quotient, definition: Definition, lowering: Lowering, part: Part, scene: Scene) -> Node:
    """A number brought to the unit and rounding of what it is called."""
    span = part.tree.span
    unit = definition.unit
    if definition.unit_text is not None:
        unit = parse_unit(str(definition.unit_text))
        if unit is None:
            raise Problem(diagnostic("unknown-unit", definition.unit_text.place, unit=str(definition.unit_text)))
        if definition.scope == "person":
            unit = per_person(unit)
    if isinstance(value, Quotient):
        if unit is not None and value.unit != unit:
            hint = lowering.unit_hint(value.unit, unit)
            raise lowering.problem("unit-mismatch", span, hint, left=unit_text(value.unit), right=unit_text(unit))
    elif unit is not None:
        value = lowering.as_unit(value, unit, span)
    elif definition.like is not None and isinstance(value, ir.Constant) and value.value == 0:
        like = scene.types.get(definition.like)
        value = lowering.as_unit(value, like.unit, span) if isinstance(like, NumberType) else value
    have = value.unit if isinstance(value, Quotient) else number(value).unit
    rule = definition.rounding
    if rule is not None:
        try:
            default = "0.01元" if have.is_money else "0.01%" if have == RATIO else "1"
            step = read_step(str(rule.to) if rule.to is not None else default, have)
        except FigureError as error:
            raise Problem(diagnostic_of(error.code, place_of(rule.to), error.values)) from None
        return round_to(value, step, rule.direction)
    if have.power("yuan"):
        rounded = round_to(value, Fraction(1, 100), "half_up")
        return rounded if number(rounded).scale == 100 or isinstance(rounded, ir.Constant) else rescaled(rounded, 100)
    if isinstance(value, Quotient):
        raise lowering.problem("quotient-needs-rounding", span)
    if number(value).scale > FINEST:
        raise lowering.problem("quotient-needs-rounding", span)
    return value
