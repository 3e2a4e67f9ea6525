"""What a pack's authors mean to hold for every household, compiled beside its rules on one date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.authoring.scenario_schema import PropertyShape
from policyengine.authoring.schema import IndicatorShape
from policyengine.checking import change_dates
from policyengine.compiler.figures import FigureError, read_date, read_number
from policyengine.errors import Diagnostic, PolicyError, diagnostic, diagnostic_of
from policyengine.ir import ConditionType, NumberType
from policyengine.ready import Ready
from policyengine.source import Source
from policyengine.text import Text, closest

Span = tuple[date, date]  # the first and last day


@dataclass(frozen=True)
class Move:
    """How a number goes when a fact is more. by: how much more, None for anything; the limits on the measure's scale."""

    fact: ir.Fact
    by: int | None
    raises_at_most: int | None
    lowers_at_most: int | None


@dataclass(frozen=True)
class Property:
    """indicator: the one it is compiled to; its `met` (for `always`) or its `measure` (for a move) is the formula."""

    id: str
    label: Text
    scope: ir.Scope
    indicator: ir.Indicator
    move: Move | None
    provisions: tuple[str, ...]
    holds: bool
    why: Text | None
    place: Source | None


@dataclass(frozen=True)
class Meant:
    """A pack's properties in a span of days, and the program that has them as indicators in place of the pack's own."""

    span: Span
    ready: Ready
    properties: tuple[Property, ...]

    @property
    def program(self) -> ir.Program:
        return self.ready.program


def spans(policy: PolicyPack) -> tuple[Span, ...]:
    """The plan's term, cut where a figure changes; a plan without a term is taken on one day."""
    days = change_dates(policy)
    term = policy.shape.term
    if term is None:
        return ((days[-1], days[-1]),)
    last = read_date(str(term.to))
    starts = [day for day in days if day != last] or [last]
    return tuple(zip(starts, [*(day - timedelta(1) for day in starts[1:]), last]))


def compile_properties(policy: PolicyPack, span: Span, only: Iterable[str] = ()) -> Meant:
    """The pack's properties in a span of days without a change. only: by id or label; all of them if empty.

    Raises PolicyError with everything that is wrong in their formulas, names and figures.
    """
    shapes = _chosen(policy.properties(), tuple(only))
    ready = Ready(with_properties(policy, shapes), span[0])
    declared = {item.id: item for item in ready.program.indicators}
    found: list[Diagnostic] = []
    properties = []
    for key, shape in shapes.items():
        try:
            move = _move(shape, declared[_indicator_id(key)], ready.program)
        except PolicyError as error:
            found += error.diagnostics
            continue
        properties.append(
            Property(
                str(key),
                shape.label.text,
                shape.for_,
                declared[_indicator_id(key)],
                move,
                tuple(map(str, shape.citations)),
                shape.holds,
                shape.why.text if shape.why else None,
                place_of(key),
            )
        )
    if found:
        raise PolicyError(found)
    return Meant(span, ready, tuple(properties))


def with_properties(policy: PolicyPack, shapes: dict[str, PropertyShape]) -> PolicyPack:
    """The pack with its properties in place of its indicators."""
    return replace(policy, indicators={_indicator_id(key): _indicator(key, shape) for key, shape in shapes.items()})


def _chosen(shapes: dict[str, PropertyShape], only: tuple[str, ...]) -> dict[str, PropertyShape]:
    if not only:
        return shapes
    found: list[Diagnostic] = []
    chosen: dict[str, PropertyShape] = {}
    for name in only:
        named = {key: shape for key, shape in shapes.items() if name in (key, *_words(shape.label.text))}
        chosen |= named
        if not named:
            near = closest(
                name, [word for key, shape in shapes.items() for word in (str(key), *_words(shape.label.text))]
            )
            every = ", ".join(f"`{key}`" for key in shapes)
            hint = Text(f"有：{every}", f"there are: {every}") if shapes else None
            if near:
                hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?")
            found.append(diagnostic("unknown-property", name=name, hint=hint))
    if found:
        raise PolicyError(found)
    return chosen


def _words(label: Text) -> tuple[str, str]:
    return label.zh, label.en


def _indicator_id(key: str) -> str:
    return f"property_{key}"


def _indicator(key: str, shape: PropertyShape) -> IndicatorShape:
    """Labelled by its id, so that it takes no name away from anything; a move's measure is compared with nothing."""
    place = place_of(key)
    parts: dict[str, object] = {"for": shape.for_, "label": Scalar.at(_indicator_id(key), place)}
    if shape.given is not None:
        parts["applies"] = shape.given
    if shape.always is not None:
        parts["met"] = shape.always
    else:
        assert shape.of is not None
        parts |= {"measure": shape.of, "must": ">=", "target": Scalar.at("0", place_of(shape.of))}
    return IndicatorShape.model_validate(parts)


def _move(shape: PropertyShape, indicator: ir.Indicator, program: ir.Program) -> Move | None:
    if shape.more is None:
        return None
    fact = _fact(shape.more, program)
    types = {item.id: item.type for item in program.variables}
    assert indicator.measure is not None
    measured = types[indicator.measure]
    assert isinstance(measured, NumberType)
    if isinstance(fact.type, ConditionType):
        if shape.by is not None:
            raise PolicyError([diagnostic("figure-of-condition", place_of(shape.by), id=fact.id)])
    elif not isinstance(fact.type, NumberType):
        raise PolicyError([diagnostic("cannot-be-more", place_of(shape.more), name=str(shape.more))])
    by = _figure(shape.by, fact.type) if isinstance(fact.type, NumberType) else None
    if by is not None and by <= 0:
        raise PolicyError([diagnostic("bad-figure", place_of(shape.by), text=str(shape.by))])
    return Move(fact, by, _figure(shape.raises_at_most, measured), _figure(shape.lowers_at_most, measured))


def _fact(name: Scalar, program: ir.Program) -> ir.Fact:
    named = [fact for fact in program.facts if name in (fact.id, *_words(fact.label))]
    if len(named) == 1:
        return named[0]
    near = closest(str(name), [word for fact in program.facts for word in (fact.id, *_words(fact.label))])
    hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near and not named else None
    raise PolicyError([diagnostic("unknown-name", place_of(name), name=str(name), hint=hint)])


def _figure(text: Scalar | None, type_: NumberType) -> int | None:
    if text is None:
        return None
    try:
        return read_number(str(text), type_)
    except FigureError as error:
        raise PolicyError([diagnostic_of(error.code, place_of(text), error.values)]) from None


# what a result rests on


def slice_of(program: ir.Program, names: Iterable[str]) -> Iterator[ir.Variable]:
    """The variables that some variables rest on, those themselves among them, in the program's order."""
    declared = {item.id: item for item in program.variables}
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            below = ir.walk(declared[name].node)
            waiting += [node.id for node in below if isinstance(node, ir.VariableRef)]
    return (item for item in program.variables if item.id in needed)


def looks_at_others(program: ir.Program, names: Iterable[str]) -> bool:
    """Can other members make a difference? If not, what is proved of one member is proved of households of any size."""
    return any(
        isinstance(node, ir.Aggregate | ir.Rank) for item in slice_of(program, names) for node in ir.walk(item.node)
    )
