"""Compile a policy pack into the program in force on one date.

effective (what the figures are that day) → definitions (everything with a formula) → names and order → lower (types,
units, scales) → tables and ranges (proofs) → Program. Each stage reports all it finds before it stops.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from policyengine import ir
from policyengine.authoring import formula as ast
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.compiler.calls import FUNCTIONS
from policyengine.compiler.definitions import Definition, Definitions
from policyengine.compiler.effective import Quantities, per_person, settle
from policyengine.compiler.figures import FigureError
from policyengine.compiler.lower import Lowering
from policyengine.compiler.ranges import TooLarge, bounds
from policyengine.compiler.scene import (
    EFFECTIVE,
    FINEST,
    REMAINING,
    Problem,
    Quotient,
    Scene,
    joined_type,
    locate,
    number,
    read_step,
    rescaled,
    round_to,
)
from policyengine.compiler.symbols import Symbols
from policyengine.compiler.tables import check_rows
from policyengine.errors import Diagnostic, PolicyError, diagnostic, diagnostic_of
from policyengine.ir import ChoiceType, DateType, Node, NumberType
from policyengine.text import Text, closest, same
from policyengine.units import RATIO, Unit, parse_unit
from policyengine.values import ends


def compile_pack(pack: PolicyPack, on: date) -> ir.Program:
    """The program of a pack on a date. Raises PolicyError with every error found in the stage that failed."""
    program, found = examine(pack, on)
    if program is None:
        raise PolicyError(item for item in found if item.is_error)
    return program


def examine(pack: PolicyPack, on: date) -> tuple[ir.Program | None, list[Diagnostic]]:
    """The program, unless something is wrong, and all errors and warnings."""
    found: list[Diagnostic] = []
    symbols = _symbols(pack, found)
    scene = Scene(symbols, on.toordinal())
    quantities = settle(pack, on, scene, found)
    definitions = Definitions(pack, symbols, found)
    definitions.collect()
    for key, benefits in definitions.choices.items():
        _choice_fact(key, benefits, pack, scene, quantities)
    scene.granted, scene.received = definitions.granted, {key: f"{key}.received" for key in definitions.amounts}
    order = _order(definitions, scene, found)
    if any(item.is_error for item in found):
        return None, found
    needed = _needed(definitions, scene)
    variables = []
    for definition in order:
        try:
            variable = _variable(definition, scene, found)
        except Problem as problem:
            if problem.found.code != "depends-on-error":
                found.append(problem.found)
            continue
        if definition.id in needed:
            variables.append(variable)
        if isinstance(variable.type, ChoiceType) and (shape := pack.variables.get(definition.id)) and shape.options:
            for option, label in shape.options.items():
                quantities.option_labels[(definition.id, str(option))] = label.text
    for benefit in pack.benefits.values():
        for key, inner in benefit.variables.items():
            for option, label in (inner.options or {}).items():
                quantities.option_labels[(str(key), str(option))] = label.text
    _unused(pack, definitions, needed, variables, scene, found)
    _families(pack, found)
    if any(item.is_error for item in found):
        return None, found
    program = ir.Program(
        pack=pack.id,
        label=pack.shape.label.text,
        effective=on,
        digest=pack.digest,
        options=tuple(sorted(scene.bits, key=lambda option: scene.bits[option])),
        option_labels=quantities.option_labels,
        facts=tuple(quantities.facts),
        parameters=tuple(quantities.parameters),
        variables=tuple(variables),
        benefits=tuple(_benefits(pack, definitions)),
        indicators=tuple(_indicators(pack, definitions)),
        table_labels={key: item.label.text for key, item in pack.parameters.items() if item.bands or item.keys},
        places={key: str(item.place) for key, item in pack.provisions.items()},
    )
    return program, found


def _symbols(pack: PolicyPack, found: list[Diagnostic]) -> Symbols:
    symbols = Symbols()
    for kind, section in (
        ("fact", pack.facts),
        ("parameter", pack.parameters),
        ("reading", pack.readings),
        ("variable", pack.variables),
        ("benefit", pack.benefits),
        ("indicator", pack.indicators),
    ):
        for key, item in section.items():
            symbols.declare(kind, key, item.label.text, found)
    for benefit in pack.benefits.values():
        for key, variable in benefit.variables.items():
            symbols.declare("variable", key, variable.label.text, found)
            symbols.declare_options((str(o), label.text) for o, label in (variable.options or {}).items())
    for section in (pack.facts, pack.readings, pack.variables):
        for item in section.values():
            symbols.declare_options((str(option), label.text) for option, label in (item.options or {}).items())
    return symbols


def _choice_fact(key: str, benefits: tuple[str, ...], pack: PolicyPack, scene: Scene, quantities: Quantities) -> None:
    """The fact that an applicant's choice between benefits is: its options are the benefits."""
    shape = pack.exclusions[key]
    type_ = ChoiceType(benefits)
    scene.types[key], scene.ranges[key] = type_, scene.mask(benefits)
    scene.scopes[key] = pack.benefits[benefits[0]].for_
    label = shape.label.text
    scene.symbols.declare("fact", Scalar.at(key, place_of(key)), label, [])
    scene.symbols.declare_options((one, pack.benefits[one].label.text) for one in benefits)
    quantities.option_labels |= {(key, one): pack.benefits[one].label.text for one in benefits}
    quantities.facts.append(ir.Fact(key, scene.scopes[key], type_, scene.mask(benefits), False, label))


def _needs(definition: Definition, definitions: Definitions, scene: Scene) -> tuple[set[str], list[Diagnostic]]:
    """The definitions a definition rests on, and the names in it that nobody knows."""
    needed: set[str] = {definition.like} if definition.like is not None else set()
    unknown: list[Diagnostic] = []
    for part in definition.parts:
        for name in ast.names_in(part.tree):
            if name.name in EFFECTIVE:
                continue
            if "." in name.name:
                needed.add(name.name)
                continue
            if name.name in REMAINING and definition.remaining is not None:
                needed.add(definition.remaining)
                continue
            symbol = scene.symbols.find(name.name)
            if symbol is None:
                if name.name not in scene.symbols.options and (
                    definition.options is not None or not _is_then(definition, name)
                ):
                    unknown.append(scene.symbols.unknown(name.name, locate(part.text, name.span)))
            elif symbol.kind == "variable":
                needed.add(symbol.id)
        needed |= _benefits_asked(part.tree, definitions, scene)
    return needed & set(definitions.all), unknown


def _is_then(definition: Definition, name: ast.Name) -> bool:
    """Is the name the whole of a row's result? Then it may be an option that the table itself introduces."""
    results = [row[1].tree for row in definition.rows] + ([definition.otherwise.tree] if definition.otherwise else [])
    return any(result is name for result in results)


def _benefits_asked(tree: ast.Ast, definitions: Definitions, scene: Scene) -> set[str]:
    """What `entitled(benefit)` and `received(benefit)` rest on; an option that has a benefit's name rests on nothing."""
    needed = {need for part in ast.parts_of(tree) for need in _benefits_asked(part, definitions, scene)}
    if isinstance(tree, ast.Call) and tree.arguments and isinstance(tree.arguments[0], ast.Name):
        symbol = scene.symbols.find(tree.arguments[0].name)
        if symbol is not None and symbol.kind == "benefit":
            asked = FUNCTIONS.get(tree.function.name)
            needed |= {definitions.granted[symbol.id]} if asked == "entitled" else {f"{symbol.id}.received"}
    return needed


def _order(definitions: Definitions, scene: Scene, found: list[Diagnostic]) -> list[Definition]:
    """Each definition after those it needs, or a diagnostic that shows the whole cycle."""
    needs: dict[str, list[str]] = {}
    for key, definition in definitions.all.items():
        needed, unknown = _needs(definition, definitions, scene)
        needs[key] = sorted(needed)
        found += unknown
    order: list[Definition] = []
    state: dict[str, int] = {}  # 1 open, 2 done
    for root in definitions.all:
        stack: list[tuple[str, int]] = [(root, 0)]
        while stack:
            key, index = stack.pop()
            if index == 0:
                if state.get(key):
                    continue
                state[key] = 1
            if index < len(needs[key]):
                stack.append((key, index + 1))
                below = needs[key][index]
                if state.get(below) == 1:
                    path = [item for item, _ in stack]
                    cycle = [*path[path.index(below) :], below]
                    names = " → ".join(_shown(definitions.all[item]) for item in cycle)
                    found.append(diagnostic("cycle", definitions.all[below].place, path=names))
                elif not state.get(below):
                    stack.append((below, 0))
            else:
                state[key] = 2
                order.append(definitions.all[key])
    return order


def _shown(definition: Definition) -> str:
    return definition.id.replace(".", " ")


def _needed(definitions: Definitions, scene: Scene) -> set[str]:
    """The definitions that some benefit or indicator rests on."""
    needed: set[str] = set()
    stack = [key for key, definition in definitions.all.items() if definition.is_root]
    while stack:
        key = stack.pop()
        if key not in needed:
            needed.add(key)
            stack += _needs(definitions.all[key], definitions, scene)[0]
    return needed


def _variable(definition: Definition, scene: Scene, found: list[Diagnostic]) -> ir.Variable:
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
    if definition.hit == "unique" or other is None:
        covered, overlaps = check_rows(conditions, scene.bits)
        if definition.hit == "unique" and overlaps is None:
            raise Problem(diagnostic("table-not-proved", definition.place, id=definition.id))
        if definition.hit == "unique" and overlaps:
            a, b = overlaps[0]
            raise Problem(
                diagnostic(
                    "table-overlap",
                    definition.rows[b][0].text.place,
                    id=definition.id,
                    first=str(a + 1),
                    second=str(b + 1),
                )
            )
        if other is None and not covered:
            raise Problem(diagnostic("table-gap", definition.place, id=definition.id))
    rows = tuple(
        ir.Row(when, then, cited)
        for when, then, (_, _, cited) in zip(conditions, nodes[: len(conditions)], definition.rows, strict=True)
    )
    return ir.Table(joined_type(nodes), rows, nodes[-1] if other is not None else None)


def _option_id(name: str, scene: Scene) -> str:
    ids = scene.symbols.options.get(name, set())
    return next(iter(ids)) if len(ids) == 1 else name


def _result(
    definition: Definition, part: object, type_: ChoiceType | None, scene: Scene, found: list[Diagnostic]
) -> Node:
    from policyengine.compiler.definitions import Part

    assert isinstance(part, Part)
    lowering = _lowering(definition, part.text, scene, found)
    if type_ is not None:
        return lowering.choice(part.tree, type_)
    value = lowering.lower(part.tree)
    if not isinstance(value, Quotient) and not isinstance(value.type, NumberType):
        return value
    return _named(value, definition, lowering, part, scene)


def _named(value: Node | Quotient, definition: Definition, lowering: Lowering, part: object, scene: Scene) -> Node:
    """A number brought to the unit and rounding of what it is called."""
    from policyengine.compiler.definitions import Part

    assert isinstance(part, Part)
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
            raise lowering.problem("unit-mismatch", span, left=_text(value.unit), right=_text(unit))
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
        from fractions import Fraction

        rounded = round_to(value, Fraction(1, 100), "half_up")
        return rounded if number(rounded).scale == 100 or isinstance(rounded, ir.Constant) else rescaled(rounded, 100)
    if isinstance(value, Quotient):
        raise lowering.problem("quotient-needs-rounding", span)
    if number(value).scale > FINEST:
        raise lowering.problem("quotient-needs-rounding", span)
    return value


def _text(unit: Unit) -> Text:
    return Text(unit.text("zh"), unit.text("en"))


def _unused(
    pack: PolicyPack,
    definitions: Definitions,
    needed: set[str],
    variables: Iterable[ir.Variable],
    scene: Scene,
    found: list[Diagnostic],
) -> None:
    """Warnings for what nothing uses."""
    own = {*pack.variables, *(key for benefit in pack.benefits.values() for key in benefit.variables)} - pack.inherited
    for key in own:
        if key in definitions.all and key not in needed:
            found.append(diagnostic("unused-variable", place_of(key), id=str(key)))
    mentioned: set[str] = set()
    for definition in definitions.all.values():
        for part in definition.parts:
            for name in ast.names_in(part.tree):
                symbol = scene.symbols.find(name.name)
                if symbol is not None:
                    mentioned.add(symbol.id)
    for key in (*pack.parameters, *pack.readings):
        if key not in mentioned:
            found.append(diagnostic("unused-parameter", place_of(key), id=str(key)))


def _families(pack: PolicyPack, found: list[Diagnostic]) -> None:
    """A benefit's family must be declared; where there are families, one without is left out of comparisons."""
    for key, benefit in pack.benefits.items():
        if benefit.family is None:
            if pack.families:
                found.append(diagnostic("no-family", place_of(key), id=str(key)))
        elif benefit.family not in pack.families:
            near = closest(benefit.family, pack.families)
            hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
            found.append(diagnostic("unknown-family", benefit.family.place, name=str(benefit.family), hint=hint))


def _benefits(pack: PolicyPack, definitions: Definitions) -> Iterable[ir.Benefit]:
    for key, shape in pack.benefits.items():
        yield ir.Benefit(
            key,
            shape.for_,
            shape.kind,
            shape.label.text,
            definitions.granted[key],
            definitions.amounts.get(key),
            shape.period,
            shape.payer.text if shape.payer else None,
            tuple(item.text for item in shape.items.list) if shape.items else (),
            shape.items.open if shape.items else False,
            tuple(map(str, shape.citations)),
            shape.note.text if shape.note else None,
            str(shape.family) if shape.family else None,
        )


def _indicators(pack: PolicyPack, definitions: Definitions) -> Iterable[ir.Indicator]:
    for key, shape in pack.indicators.items():
        measured = shape.measure is not None
        sign = {"≥": ">=", "≤": "<=", "==": "="}.get(str(shape.must), shape.must)
        yield ir.Indicator(
            key,
            shape.for_,
            shape.label.text,
            f"{key}.met",
            f"{key}.applies" if shape.applies is not None else None,
            f"{key}.measure" if measured else None,
            f"{key}.target" if measured else None,
            sign,  # type: ignore[arg-type]
            tuple(map(str, shape.citations)),
        )
