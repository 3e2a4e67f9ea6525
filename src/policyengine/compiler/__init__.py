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
from policyengine.compiler.definitions import Definitions
from policyengine.compiler.effective import Quantities, settle
from policyengine.compiler.names import check_names
from policyengine.compiler.order import in_order, used_by_results
from policyengine.compiler.scene import Problem, Scene
from policyengine.compiler.symbols import KIND, Symbols
from policyengine.compiler.variables import lower_variable
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.ir import ChoiceType
from policyengine.text import Text, closest


def compile_pack(pack: PolicyPack, on: date) -> ir.Program:
    """The program of a pack on a date. Raises PolicyError with every error found in the stage that failed."""
    program, found = examine(pack, on)
    if program is None:
        raise PolicyError(item for item in found if item.is_error)
    return program


def examine(pack: PolicyPack, on: date) -> tuple[ir.Program | None, list[Diagnostic]]:
    """The program, unless something is wrong, and all errors and warnings."""
    found: list[Diagnostic] = []
    check_names(pack, found)
    symbols = symbols_of(pack, found)
    scene = Scene(symbols, on.toordinal())
    quantities = settle(pack, on, scene, found)
    definitions = Definitions(pack, symbols, found)
    definitions.collect()
    for key, benefits in definitions.choices.items():
        _choice_fact(key, benefits, pack, scene, quantities)
    scene.granted, scene.received = definitions.granted, {key: f"{key}.received" for key in definitions.amounts}
    order = in_order(definitions, scene, found)
    if any(item.is_error for item in found):
        return None, found
    used = used_by_results(definitions, scene)
    variables = []
    for definition in order:
        try:
            variable = lower_variable(definition, scene, found)
        except Problem as problem:
            if problem.found.code != "depends-on-error":
                found.append(problem.found)
            continue
        if definition.id in used:
            variables.append(variable)
        if isinstance(variable.type, ChoiceType) and (shape := pack.variables.get(definition.id)) and shape.options:
            for option, label in shape.options.items():
                quantities.option_labels[(definition.id, str(option))] = label.text
    for benefit in pack.benefits.values():
        for key, inner in benefit.variables.items():
            for option, label in (inner.options or {}).items():
                quantities.option_labels[(str(key), str(option))] = label.text
    _unused(pack, definitions, used, variables, scene, found)
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
        notice=_notice(pack, on),
    )
    return program, found


def symbols_of(pack: PolicyPack, found: list[Diagnostic]) -> Symbols:
    """Every name that a pack declares."""
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


def _notice(pack: PolicyPack, on: date) -> Text | None:
    """Rules applied to a day beyond the plan's term, or to one before anybody could know them, say so."""
    term, document = pack.shape.term, pack.shape.document
    if term is not None and not str(term.from_) <= on.isoformat() <= str(term.to):
        return Text(
            f"判断日在文件的期限（{term.from_} 至 {term.to}）以外，照原来的规定计算",
            f"this date lies beyond the plan's term, {term.from_} to {term.to}; its rules are applied as they stand",
        )
    if document is not None and document.issued is not None and on.isoformat() < str(document.issued):
        return Text(
            f"文件 {document.issued} 才印发，判断日在这以前，照它的规定计算",
            f"the document was issued on {document.issued}, after this date, to which its rules are applied",
        )
    return None


def _choice_fact(key: str, benefits: tuple[str, ...], pack: PolicyPack, scene: Scene, quantities: Quantities) -> None:
    """The fact that an applicant's choice between benefits is: its options are the benefits."""
    shape, place = pack.exclusions[key], place_of(key)
    key, type_ = str(key), ChoiceType(benefits)
    scene.types[key], scene.ranges[key] = type_, scene.mask(benefits)
    scene.scopes[key] = pack.benefits[benefits[0]].for_
    label = shape.label.text
    scene.symbols.declare("fact", Scalar.at(key, place), label, [])
    scene.symbols.declare_options((one, pack.benefits[one].label.text) for one in benefits)
    quantities.option_labels |= {(key, one): pack.benefits[one].label.text for one in benefits}
    quantities.facts.append(ir.Fact(key, scene.scopes[key], type_, scene.mask(benefits), False, label))


def _unused(
    pack: PolicyPack,
    definitions: Definitions,
    needed: set[str],
    variables: Iterable[ir.Variable],
    scene: Scene,
    found: list[Diagnostic],
) -> None:
    """Warnings for what nothing uses; of a vocabulary (a pack without rules) no variable need be used."""
    has_rules = bool(pack.benefits or pack.indicators)
    in_totals = set(_named_in_totals(pack, scene))
    own = {*pack.variables, *(key for benefit in pack.benefits.values() for key in benefit.variables)} - pack.inherited
    for key in own:
        if has_rules and key in definitions.all and key not in needed and key not in in_totals:
            found.append(diagnostic("unused-variable", place_of(key), id=str(key)))
    mentioned = in_totals
    for definition in definitions.all.values():
        for part in definition.parts:
            for name in ast.names_in(part.tree):
                symbol = scene.symbols.find(name.name)
                if symbol is not None:
                    mentioned.add(symbol.id)
    for kind, section in (("parameter", pack.parameters), ("reading", pack.readings)):
        for key in section:
            if key not in mentioned:
                found.append(diagnostic("unused-parameter", place_of(key), id=str(key), kind=KIND[kind]))


def _named_in_totals(pack: PolicyPack, scene: Scene) -> Iterable[str]:
    """What the totals of area facts count by; they are compiled apart (totals.py)."""
    for fact in pack.facts.values():
        for formula in (fact.total.where, fact.total.sum) if fact.total is not None else ():
            try:
                names = ast.names_in(ast.parse_formula(str(formula))) if formula is not None else []
            except ast.FormulaError:
                continue  # told when the totals are examined
            yield from (symbol.id for name in names if (symbol := scene.symbols.find(name.name)) is not None)


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
