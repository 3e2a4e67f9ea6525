"""What lowering works on: names with their types, scales and ranges; numbers on their scales; quotients that wait."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from policyengine import ir
from policyengine.authoring import formula as ast
from policyengine.authoring.reader import Scalar
from policyengine.compiler.figures import FigureError, number_type, read_number, unit_text
from policyengine.compiler.symbols import Symbol, Symbols
from policyengine.errors import Diagnostic
from policyengine.ir import ChoiceType, ConditionType, Node, NumberType, Scope, Type
from policyengine.limits import closed
from policyengine.source import Source
from policyengine.text import Text
from policyengine.units import RATIO, Unit, per_person
from policyengine.values import Direction, Number

CONDITION = ConditionType()
FINEST = 10**8  # the finest scale a named number may keep without being rounded
EFFECTIVE = ("effective_date", "判断日")
REMAINING = ("remaining", "剩余")
SCOPES = {"area": Text("地区", "area"), "household": Text("家庭", "household"), "person": Text("个人", "person")}


class Problem(Exception):
    """One diagnostic that ends a formula."""

    def __init__(self, found: Diagnostic) -> None:
        self.found = found


@dataclass(frozen=True, slots=True)
class Quotient:
    """A division that still needs its rounding."""

    numerator: Node
    denominator: Node
    span: ast.Span

    @property
    def unit(self) -> Unit:
        return number(self.numerator).unit / number(self.denominator).unit


@dataclass
class Scales:
    """The band or table parameters in force, by id: how to look a value up in them."""

    bands: dict[str, tuple[NumberType, tuple[tuple[Number | None, bool, Number], ...], NumberType]] = field(
        default_factory=dict
    )  # argument's type, (start, inclusive, value), value's type
    cells: dict[
        str,
        tuple[
            tuple[tuple[str, ChoiceType], ...], tuple[tuple[tuple[int, ...], Number], ...], Number | None, NumberType
        ],
    ] = field(default_factory=dict)  # keys, cells, otherwise, value's type


@dataclass
class Scene:
    """What is known while a program is compiled: names, their types and ranges, the effective date."""

    symbols: Symbols
    effective: int
    types: dict[str, Type] = field(default_factory=dict)  # facts, parameters, readings, variables
    scopes: dict[str, Scope] = field(default_factory=dict)  # facts, variables
    ranges: dict[str, Number] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    labels: dict[str, Text] = field(default_factory=dict)
    bits: dict[str, int] = field(default_factory=dict)
    scales: Scales = field(default_factory=Scales)
    received: dict[str, str] = field(default_factory=dict)  # benefit -> the variable of its amount, if it has one
    granted: dict[str, str] = field(default_factory=dict)

    def mask(self, options: tuple[str, ...]) -> int:
        for option in options:
            self.bits.setdefault(option, 1 << len(self.bits))
        return sum(self.bits[option] for option in options)


def number(node: Node) -> NumberType:
    assert isinstance(node.type, NumberType)
    return node.type


def joined_type(nodes: list[Node]) -> Type:
    """The type of whichever of the nodes is taken: for choices, the options of all of them."""
    options = [option for node in nodes if isinstance(node.type, ChoiceType) for option in node.type.options]
    return ChoiceType(tuple(dict.fromkeys(options))) if options else nodes[0].type


def locate(text: Scalar | str, span: ast.Span) -> Source | None:
    """Where a span of a formula stands in its file, also when YAML has folded its lines."""
    place: Source | None = getattr(text, "place", None)
    if place is None:
        return None
    if not text:  # made by the compiler
        return place
    raw = place.file.text[place.start : place.start + place.length]
    start, end = span
    if raw == text:
        return place.part(start, end - start)
    inked = _inked(raw)
    before, within = (sum(not char.isspace() for char in part) for part in (text[:start], text[start:end]))
    first = inked[min(before, len(inked) - 1)] if inked else 0
    last = inked[min(before + max(within, 1), len(inked)) - 1] if inked else first
    return place.part(first, len(raw[first : last + 1].splitlines()[0]) if inked else 1)


_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_BLANK_ESCAPES = (
    "\\n",
    "\\t",
    "\\r",
    "\\ ",
    "\\\n",
    "\\v",
    "\\f",
    "\\_",
    "\\N",
    "\\L",
    "\\P",
    "\\x20",
    "\\u0020",
    "\\u3000",
)


def _inked(raw: str) -> list[int]:
    """Where in a YAML scalar the characters of its text stand, white space left out."""
    if raw[:1] in "|>":
        return [index for index in range(raw.find("\n") + 1, len(raw)) if not raw[index].isspace()]
    if raw[:1] == "'":
        pieces = re.finditer("''|.", raw[1:], re.DOTALL)
    elif raw[:1] == '"':
        pieces = re.finditer(f"{_ESCAPE.pattern}|.", raw[1:], re.DOTALL)
    else:
        return [index for index, char in enumerate(raw) if not char.isspace()]
    return [piece.start() + 1 for piece in pieces if not piece[0].isspace() and piece[0] not in _BLANK_ESCAPES]


def whole_sum(text: Scalar | str, left: Unit, right: Unit, scene: Scene) -> Symbol | None:
    """The parameter of a formula that says it is in yuan/year where yuan/person/year would fit."""
    whole, each = sorted((left, right), key=lambda unit: -unit.power("person"))
    if not whole.is_money or each != per_person(whole) or whole == each:
        return None
    for name in ast.names_in(ast.parse_formula(str(text))) if text else ():
        symbol = scene.symbols.find(name.name)
        type_ = scene.types.get(symbol.id) if symbol is not None and symbol.kind == "parameter" else None
        if isinstance(type_, NumberType) and type_.unit == whole:
            return symbol
    return None


def unit_hint(left: Unit, right: Unit, whole: Symbol | None = None) -> Text | None:
    """The likeliest way to bring two units together; `whole` is a parameter that may mean the money of each person."""
    both = left.without("person"), right.without("person")
    apart = unit_hint(*both) if both != (left, right) and left.is_money and right.is_money else None
    if left.power("person") != right.power("person") and (both[0] == both[1] or apart is not None):
        if whole is not None:
            unit = unit_text(per_person(left.without("person")))
            return Text(
                f"`{whole.label.zh}`（{whole.place}）若是每人的标准，`unit` 请写 {unit.zh}（个人的金额都按人计）；"
                "若是全家的，用 `合计 … 于 成员` 汇总另一边，或除以 家庭人口",
                f"if `{whole.label.en}` ({whole.place}) is an amount for each person, its `unit` is {unit.en} (the money of a "
                "person is per person); if it is the household's, use `sum … of members` on the other side, or divide by "
                "household_size",
            )
        each = Text(
            "一边按人、另一边按户：用 `合计 … 于 成员` 汇总，或除以 家庭人口",
            "one side is per person, the other isn't: use `sum … of members`, or divide by household_size",
        )
        return each if apart is None else Text(f"{each.zh}；另外，{apart.zh}", f"{each.en}; also, {apart.en}")
    if {left.power("year"), right.power("year")} == {0, -1} and {left.power("month"), right.power("month")} == {0, -1}:
        return Text("用 按年(…) 或 按月(…) 换算", "convert with yearly(…) or monthly(…)")
    for period in ("year", "month"):
        if left.is_money and left != right and left.without(period) == right.without(period):
            return Text(
                "一边按年（月）、另一边没有写期间：请统一 `unit`（如 元/年），待遇则统一 `period`",
                "one side is per year or month, the other says no period: use one unit (`unit: yuan/year`), "
                "of benefits one `period`",
            )
    if RATIO in (left, right) and (left.is_money or right.is_money):
        return Text("比例要先乘以金额", "multiply the ratio with an amount first")
    return None


def rescaled(node: Node, scale: int) -> Node:
    type_ = number(node)
    if type_.scale == scale:
        return node
    factor = scale // type_.scale
    if isinstance(node, ir.Constant):
        return ir.Constant(NumberType(type_.unit, scale), node.value * factor, node.name)
    return ir.Rescale(NumberType(type_.unit, scale), node, factor)


def round_to(value: Node | Quotient, step: Fraction, direction: Direction) -> Node:
    """A number or quotient rounded to a multiple of `step` (in its own unit)."""
    unit = value.unit if isinstance(value, Quotient) else number(value).unit
    scale = lcm(number_type(unit, None).scale, step.denominator)
    numerator, denominator = (value.numerator, value.denominator) if isinstance(value, Quotient) else (value, None)
    whole = int(step * scale)
    up = scale * (number(denominator).scale if denominator is not None else 1)
    down = number(numerator).scale * whole
    shrink = Fraction(up, down)
    type_ = NumberType(unit, scale)
    if denominator is None and shrink.denominator == 1:
        return rescaled(value, scale) if not isinstance(value, Quotient) else value.numerator
    return ir.Round(type_, numerator, denominator, shrink.numerator, shrink.denominator, whole, direction)


def read_step(text: str, unit: Unit) -> Fraction:
    """The step of a rounding rule, such as 0.01元 or 0.01%; raises FigureError."""
    exact = NumberType(unit, 10**10)
    step = Fraction(read_number(text, exact), exact.scale)
    if step <= 0:
        raise FigureError("bad-figure", {"text": text})
    return step


def closed_range(value: Number, type_: Type, scope: str) -> Number:
    return closed(value, type_, scope == "area")
