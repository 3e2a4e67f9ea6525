"""What a pack's facts, parameters and readings are on one date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.authoring.schema import FactShape, ParameterShape, Range
from policyengine.authoring.slips import hint_of
from policyengine.compiler.figures import (
    Bound,
    FigureError,
    natural_range,
    number_type,
    read_bound,
    read_date,
)
from policyengine.compiler.missing_rows import missing_rows
from policyengine.compiler.scene import Scene, closed_range
from policyengine.errors import Diagnostic, diagnostic, diagnostic_of
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType, Scope, Type
from policyengine.source import Source
from policyengine.text import Text, choices
from policyengine.units import RATIO, Unit, parse_unit, per_person
from policyengine.values import ANYTHING, Number, ends, interval, meet, within

T = TypeVar("T")


RESERVED = ("household", "id", "name", "members", "area", "on", "note")  # keys of a household that aren't facts


@dataclass
class Quantities:
    facts: list[ir.Fact] = field(default_factory=list)
    parameters: list[ir.Parameter] = field(default_factory=list)
    option_labels: dict[tuple[str, str], Text] = field(default_factory=dict)


def declared_unit(text: Scalar | None, scope: str, found: list[Diagnostic], place: Source | None) -> Unit | None:
    """The unit of a declaration; a person's money is money per person."""
    if text is None:
        found.append(diagnostic("missing-key", place, key="unit"))
        return None
    unit = parse_unit(str(text))
    if unit is None:
        found.append(diagnostic("unknown-unit", text.place, unit=str(text)))
        return None
    return per_person(unit) if scope == "person" else unit


def settle(pack: PolicyPack, on: date, scene: Scene, found: list[Diagnostic]) -> Quantities:
    """Declare every fact, parameter and reading in the scene, as they are on `on`."""
    _check_term(pack, found)
    result = Quantities()
    for key, fact in pack.facts.items():
        declared = _fact(key, fact, scene, found)
        if declared is not None:
            result.facts.append(declared)
            result.option_labels |= {(key, str(o)): label.text for o, label in (fact.options or {}).items()}
    for key, parameter in pack.parameters.items():
        if sum(form is not None for form in (parameter.values, parameter.bands, parameter.keys)) > 1:
            one = Text("`values`、`bands`、`keys` 只写一个", "only one of `values`, `bands` and `keys`")
            found.append(diagnostic("wrong-shape", place_of(key), key=key, expected=one))
        if parameter.bands is not None:
            _bands(key, parameter, on, scene, found)
        elif parameter.keys is not None:
            _cells(key, parameter, pack, on, scene, found)
        else:
            item = parameter_on(key, parameter, on, scene, found)
            if item is not None:
                result.parameters.append(item)
    for key, reading in pack.readings.items():
        options = tuple(str(option) for option in reading.options)
        type_ = ChoiceType(options)
        mask = scene.mask(options)
        default = scene.bits.get(str(reading.default)) if str(reading.default) in options else None
        if default is None:
            found.append(
                diagnostic(
                    "unknown-option",
                    reading.default.place,
                    name=str(reading.default),
                    options=choices({str(option): label.text for option, label in reading.options.items()}),
                )
            )
            continue
        scene.types[key], scene.ranges[key] = type_, mask
        result.option_labels |= {(key, str(o)): label.text for o, label in reading.options.items()}
        result.parameters.append(
            ir.Parameter(
                key,
                type_,
                default,
                "exact",
                mask,
                reading.label.text,
                tuple(map(str, reading.citations)),
                is_reading=True,
                default=default,
                why=reading.why.text,
            )
        )
    return result


def _check_term(pack: PolicyPack, found: list[Diagnostic]) -> None:
    """The first and the last day of the plan are days, in this order."""
    term = pack.shape.term
    days = []
    for text in (term.from_, term.to) if term is not None else ():
        try:
            days.append(read_date(str(text)))
        except FigureError as error:
            found.append(diagnostic_of(error.code, text.place, error.values))
    if len(days) == 2 and days[0] > days[1]:
        found.append(diagnostic("empty-range", place_of(term.from_ if term else None), text=f"{days[0]} … {days[1]}"))


def _fact(key: str, fact: FactShape, scene: Scene, found: list[Diagnostic]) -> ir.Fact | None:
    scope: Scope = fact.for_
    place = place_of(key)
    if key in RESERVED:
        found.append(diagnostic("reserved-id", place, id=str(key)))
    type_: Type
    allowed: Number
    match fact.type:
        case "condition":
            type_, allowed = ConditionType(), ANYTHING
        case "choice":
            if not fact.options:
                found.append(diagnostic("missing-key", place, key="options"))
                return None
            options = tuple(str(option) for option in fact.options)
            type_, allowed = ChoiceType(options), scene.mask(options)
        case "date":
            type_ = DateType()
            allowed = _range(fact.range, type_, found)
        case "number":
            unit = declared_unit(fact.unit, scope, found, place)
            if unit is None:
                return None
            type_ = number_type(unit, fact.places)
            allowed = _range(fact.range, type_, found)
    for given, fitting in ((fact.unit, "number"), (fact.options, "choice")):
        if given is not None and fact.type != fitting:
            found.append(diagnostic("does-not-fit-type", place, type=fact.type, id=key))
    scene.types[key], scene.scopes[key] = type_, scope
    scene.ranges[key] = closed_range(allowed, type_, scope)
    if fact.optional:
        scene.optional.add(key)
    return ir.Fact(key, scope, type_, allowed, fact.optional, fact.label.text, place)


def _range(shape: Range | None, type_: NumberType | DateType, found: list[Diagnostic]) -> Number:
    natural = natural_range(type_)
    if shape is None:
        return natural
    limits: list[int | None] = []
    for text in (shape.from_, shape.to):
        try:
            limits.append(None if text is None else ends(read_bound(str(text), type_).value)[0])
        except FigureError as error:
            found.append(diagnostic_of(error.code, text.place if text is not None else None, error.values))
            limits.append(None)
    if limits[0] is not None and limits[1] is not None and limits[0] > limits[1]:
        found.append(diagnostic("empty-range", place_of(shape.from_), text=f"{shape.from_} … {shape.to}"))
        return natural
    return interval(limits[0], limits[1])


def _at_most_the_whole(bound: Bound, type_: NumberType | DateType, allowed: Number) -> Number:
    """A share of at least 75% is at most 100%, whatever else a ratio may be."""
    low = ends(bound.value)[0]
    if not isinstance(type_, NumberType) or type_.unit != RATIO or bound.stated != "at least" or low is None:
        return allowed
    return interval(ends(allowed)[0], type_.scale) if low <= type_.scale else allowed


def _in_scale(text: Scalar, type_: NumberType | DateType) -> tuple[Bound, Number | None]:
    """A figure of a scale or table, with what it can be; None if it can't be."""
    bound = read_bound(str(text), type_)
    return bound, meet(bound.value, _at_most_the_whole(bound, type_, natural_range(type_)))


def in_force(dated: Mapping[Scalar, T], on: date, found: list[Diagnostic]) -> tuple[T | None, Scalar | None]:
    """The value with the latest date not after `on`; `always` counts from the beginning."""
    best: tuple[date, T, Scalar] | None = None
    for when, value in dated.items():
        try:
            start = date.min if when == "always" else read_date(str(when))
        except FigureError as error:
            found.append(diagnostic_of(error.code, place_of(when), error.values))
            continue
        if start <= on and (best is None or start >= best[0]):
            best = (start, value, when)
    return (best[1], best[2]) if best else (None, None)


def parameter_on(
    key: str, shape: ParameterShape, on: date, scene: Scene, found: list[Diagnostic]
) -> ir.Parameter | None:
    """A parameter with one figure, as it is on a date; its type and range are told to the scene."""
    place = place_of(key)
    type_: NumberType | DateType
    if str(shape.unit) in ("date", "日期"):
        type_ = DateType()
    else:
        unit = declared_unit(shape.unit, "parameter", found, place)
        if unit is None:
            return None
        type_ = number_type(unit, shape.places, tuple(map(str, (shape.values or {}).values())))
    if shape.values is None:
        found.append(diagnostic("missing-key", place, key="values"))
        return None
    for text in shape.values.values():  # every date's figure is checked, not only the one in force
        try:
            read_bound(str(text), type_)
        except FigureError as error:
            slip = hint_of(text) if error.code == "bad-figure" else None  # a date run together with its figure
            found.append(diagnostic_of(error.code, text.place or place, error.values, hint=slip))
    allowed = _range(shape.range, type_, found)
    current, since = in_force(shape.values, on, found)
    try:
        bound = Bound("not stated", ANYTHING) if current is None else read_bound(str(current), type_)
    except FigureError:
        return None
    if shape.range is None:
        allowed = _at_most_the_whole(bound, type_, allowed)
    value = meet(bound.value, allowed)
    if value is None or (bound.stated != "not stated" and not within(value, allowed)):
        found.append(diagnostic("outside-range", place_of(current) or place, text=str(current)))
        return None
    origin = (shape.supplement or {}).get(since) if since else None  # on other days the document's own figure holds
    scene.types[key] = type_
    scene.ranges[key] = closed_range(value if origin is None else allowed, type_, "")
    return ir.Parameter(
        key,
        type_,
        value,
        bound.stated,
        value if origin is None else allowed,
        shape.label.text,
        tuple(map(str, shape.citations)),
        needs=shape.needs.text if shape.needs else None,
        supplement="" if origin is None or bound.stated == "not stated" else str(origin),
    )


def _bands(key: str, shape: ParameterShape, on: date, scene: Scene, found: list[Diagnostic]) -> None:
    place = place_of(key)
    assert shape.bands is not None
    unit = declared_unit(shape.unit, "parameter", found, place)
    argument = declared_unit(shape.argument, "parameter", found, place)
    if unit is None or argument is None:
        return
    figures = tuple(str(band.value) for bands in shape.bands.values() for band in bands)
    type_, asked = number_type(unit, shape.places, figures), number_type(argument, None)
    _, in_force_since = in_force(shape.bands, on, found)
    for when, bands in shape.bands.items():
        rows: list[tuple[Number | None, bool, Number]] = []
        previous: int | None = None
        if not bands:
            found.append(diagnostic("missing-key", place_of(when) or place, key="bands"))
            return
        for place_in_order, band in enumerate(bands):
            if band.from_ is not None and band.over is not None:
                either = Text("`from` 和 `over` 只写一个", "either `from` or `over`, not both")
                found.append(diagnostic("wrong-shape", band.over.place, key="over", expected=either))
            try:
                start_text = band.from_ if band.from_ is not None else band.over
                start = None if start_text is None else ends(read_bound(str(start_text), asked).value)[0]
                if place_in_order and (start is None or (previous is not None and start <= previous)):
                    found.append(diagnostic("bands-not-rising", place_of(start_text) or place, id=key))
                previous = start if start is not None else previous
                bound, value = _in_scale(band.value, type_)
                rows.append((start, band.over is None, bound.value if value is None else value))
            except FigureError as error:
                found.append(diagnostic_of(error.code, place, error.values))
        if when == in_force_since:
            scene.scales.bands[key] = (asked, tuple(rows), type_)
    if key not in scene.scales.bands:  # before its first date nothing is stated
        scene.scales.bands[key] = (asked, ((None, True, natural_range(type_)),), type_)


def _cells(key: str, shape: ParameterShape, pack: PolicyPack, on: date, scene: Scene, found: list[Diagnostic]) -> None:
    """A table keyed by choices. Rows: a header (keys…, value, and perhaps from), then one row a combination."""
    place = place_of(key)
    unit = declared_unit(shape.unit, "parameter", found, place)
    if unit is None or shape.keys is None:
        return
    rows = shape.cells or ()
    names = [str(name) for name in shape.keys]
    if shape.cells is None:
        found.append(diagnostic("missing-key", place, key="file"))
        return
    if not rows or not rows[0]:
        where = place_of(shape.file) or place
        found.append(diagnostic("table-empty", where, id=key, expected=",".join([*names, "value"])))
        return
    type_ = number_type(unit, shape.places, tuple(str(part) for row in rows for part in row))
    header = [str(name) for name in rows[0]]
    if header not in ([*names, "value"], [*names, "from", "value"], [*names, "value", "from"]):
        found.append(
            diagnostic(
                "table-header", place_of(rows[0][0]), found=",".join(header), expected=",".join([*names, "value"])
            )
        )
        return
    key_types: list[tuple[str, ChoiceType]] = []
    for key_name in shape.keys:
        type_of = _choice_of(str(key_name), pack, scene)
        if type_of is None:
            found.append(diagnostic("not-a-choice-name", key_name.place, name=str(key_name)))
            return
        key_types.append((str(key_name), type_of))
    cells: dict[tuple[int, ...], tuple[date, Number]] = {}
    stated: set[tuple[tuple[int, ...], date]] = set()
    for row in rows[1:]:
        where = place_of(row[0])
        if len(row) != len(header):
            found.append(diagnostic("table-row", where, number=str(len(row)), expected=str(len(header))))
            continue
        entry = dict(zip(header, row, strict=True))
        bits: list[int] = []
        for name, key_type in key_types:
            option = scene.symbols.option(str(entry[name]), key_type.options)
            if option is None:
                options = scene.symbols.choices_of(key_type.options)
                found.append(diagnostic("unknown-option", where, name=str(entry[name]), options=options))
                break
            bits.append(scene.bits[option])
        else:
            try:
                start = read_date(str(entry["from"])) if "from" in entry else date.min
                _, value = _in_scale(entry["value"], type_)
            except FigureError as error:
                found.append(diagnostic_of(error.code, where, error.values))
                continue
            if value is None:
                found.append(diagnostic("outside-range", where, text=str(entry["value"])))
            elif (tuple(bits), start) in stated:
                found.append(diagnostic("table-duplicate", where, keys=", ".join(map(str, row))))
            else:
                stated.add((tuple(bits), start))
                if start <= on and (tuple(bits) not in cells or cells[tuple(bits)][0] < start):
                    cells[tuple(bits)] = (start, value)
    otherwise: Number | None = None
    if shape.otherwise is not None:
        try:
            otherwise = meet(read_bound(str(shape.otherwise), type_).value, _range(shape.range, type_, found))
        except FigureError as error:
            found.append(diagnostic_of(error.code, shape.otherwise.place, error.values))
    else:
        for combination, _ in stated:  # before its first date a combination isn't stated
            cells.setdefault(combination, (date.min, natural_range(type_)))
        if (missing := missing_rows(key_types, cells, scene, pack)) is not None:
            found.append(diagnostic("table-incomplete", place_of(rows[0][0]) or place, id=key, missing=missing))
    scene.scales.cells[key] = (
        tuple(key_types),
        tuple((combination, value) for combination, (_, value) in sorted(cells.items(), key=lambda cell: cell[0])),
        otherwise,
        type_,
    )


def _choice_of(name: str, pack: PolicyPack, scene: Scene) -> ChoiceType | None:
    symbol = scene.symbols.find(name)
    if symbol is None:
        return None
    type_ = scene.types.get(symbol.id)
    if isinstance(type_, ChoiceType):
        return type_
    variable: Any = pack.variables.get(symbol.id)
    if variable is None:
        variable = next((b.variables[v] for b in pack.benefits.values() for v in b.variables if v == symbol.id), None)
    if variable is not None and variable.options:
        options = tuple(str(option) for option in variable.options)
        scene.mask(options)
        return ChoiceType(options)
    return None
