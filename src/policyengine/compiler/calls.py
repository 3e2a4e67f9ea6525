"""Functions and aggregates in formulas: rounding, dates, scales and tables, benefits' results, the members."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import lcm
from typing import TYPE_CHECKING, Literal

from policyengine import ir
from policyengine.authoring import formula as ast
from policyengine.compiler.figures import unit_text
from policyengine.compiler.scene import (
    CONDITION,
    SCOPES,
    Problem,
    Quotient,
    locate,
    number,
    rescaled,
    round_to,
)
from policyengine.ir import ChoiceType, DateType, Node, NumberType
from policyengine.text import Text, closest
from policyengine.units import DAYS, MONTHS, PERSONS, RATIO, YEARS, Unit
from policyengine.values import Direction, ends

if TYPE_CHECKING:
    from policyengine.compiler.lower import Lowering

FUNCTIONS = {
    "min": "min", "最小": "min", "max": "max", "最大": "max",
    "round": "half_up", "四舍五入": "half_up", "round_up": "up", "向上取整": "up", "round_down": "down", "向下取整": "down",
    "yearly": "yearly", "按年": "yearly", "monthly": "monthly", "按月": "monthly",
    "years_between": "years", "周岁": "years", "months_between": "months", "月数": "months",
    "days_between": "days", "天数": "days",
    "year_of": "year", "年份": "year", "month_of": "month", "月份": "month", "day_of": "day", "日数": "day",
    "progressive": "progressive", "分段累进": "progressive", "lookup": "lookup", "分档": "lookup",
    "table": "table", "查表": "table",
    "entitled": "entitled", "享受": "entitled", "received": "received", "所得": "received",
}  # fmt: skip


def lower_call(lowering: Lowering, tree: ast.Call) -> Node:
    function = FUNCTIONS.get(tree.function.name)
    counts = {
        "min": (2, 99),
        "max": (2, 99),
        "yearly": (1, 1),
        "monthly": (1, 1),
        "entitled": (1, 1),
        "received": (1, 1),
    }
    counts |= {"year": (1, 1), "month": (1, 1), "day": (1, 1)}
    least, most = counts.get(function or "", (2, 9 if function == "table" else 2))
    if function is None:
        raise lowering.problem(
            "unknown-function", tree.function.span, name=tree.function.name, hint=_near(tree.function.name)
        )
    if not least <= len(tree.arguments) <= most:
        raise lowering.problem("wrong-arguments", tree.span, name=tree.function.name, number=str(len(tree.arguments)))
    match function:
        case "min" | "max":
            parts = lowering.aligned([lowering.number(argument) for argument in tree.arguments], tree.span)
            which: Literal["min", "max"] = "min" if function == "min" else "max"
            return ir.Arithmetic(number(parts[0]), which, tuple(parts))
        case "half_up" | "up" | "down":
            return rounding(lowering, tree, function)
        case "yearly" | "monthly":
            return converted(lowering, tree, function)
        case "years" | "months" | "days":
            return elapsed(lowering, tree, function)
        case "year" | "month" | "day":
            kind = {"year": YEARS, "month": MONTHS, "day": DAYS}[function]
            return ir.DatePart(NumberType(kind, 1), function, lower_date(lowering, tree.arguments[0]))
        case "progressive" | "lookup":
            return banded(lowering, tree, function == "progressive")
        case "table":
            return looked_up(lowering, tree)
        case _:
            return benefit(lowering, tree, function)


def rounding(lowering: Lowering, tree: ast.Call, direction: Direction) -> Node:
    value, step = lowering.amount(tree.arguments[0]), tree.arguments[1]
    if not isinstance(step, ast.Figure) or step.quantity.value <= 0:
        raise lowering.problem("round-needs-step", step.span)
    unit = value.unit if isinstance(value, Quotient) else number(value).unit
    written = step.quantity.unit
    if (
        written is not None
        and written not in (unit, unit.without("person"))
        and not (written.is_money and unit.is_money)
    ):
        raise lowering.problem("unit-mismatch", tree.span, left=unit_text(unit), right=unit_text(written))
    return round_to(value, step.quantity.value, direction)


def converted(lowering: Lowering, tree: ast.Call, function: str) -> Node:
    node = lowering.number(tree.arguments[0])
    unit = number(node).unit
    have, want = ("month", "year") if function == "yearly" else ("year", "month")
    if unit.power(have) != -1:
        raise lowering.problem("cannot-convert", tree.span, unit=unit_text(unit), want=tree.function.name)
    bases = Unit(tuple(sorted(((have, 1), (want, -1)))))
    factor = ir.Constant(NumberType(bases, 1), 12) if function == "yearly" else ir.Constant(NumberType(bases, 12), 1)
    product = lowering.product(node, factor, tree.span)
    assert not isinstance(product, Quotient)
    return product


def elapsed(lowering: Lowering, tree: ast.Call, unit: Literal["years", "months", "days"]) -> Node:
    parts = [lower_date(lowering, argument) for argument in tree.arguments]
    kind = {"years": YEARS, "months": MONTHS, "days": DAYS}[unit]
    return ir.Elapsed(NumberType(kind, 1), unit, parts[0], parts[1])


def lower_date(lowering: Lowering, tree: ast.Ast) -> Node:
    node = lowering.lower(tree)
    if isinstance(node, Quotient) or not isinstance(node.type, DateType):
        raise lowering.problem("not-a-date", tree.span, found=lowering.describe(node))
    return node


def scale_name(lowering: Lowering, argument: ast.Ast, known: dict[str, Callable[[], object]] | set[str]) -> str:
    if isinstance(argument, ast.Name):
        symbol = lowering.scene.symbols.find(argument.name)
        if symbol is None:
            raise Problem(lowering.scene.symbols.unknown(argument.name, locate(lowering.text, argument.span)))
        if symbol.id in known:
            return symbol.id
    raise lowering.problem("not-a-scale", argument.span)


def banded(lowering: Lowering, tree: ast.Call, progressive: bool) -> Node:
    name = scale_name(lowering, tree.arguments[1], set(lowering.scene.scales.bands))
    asked, rows, type_ = lowering.scene.scales.bands[name]
    argument = lowering.number(tree.arguments[0], asked.unit)
    scale = lcm(number(argument).scale, asked.scale)
    argument = rescaled(argument, scale)
    factor = scale // asked.scale
    bands = tuple(
        ir.Band(None if start is None else ends(start)[0] * factor, inclusive, value)  # type: ignore[operator]
        for start, inclusive, value in rows
    )
    if progressive:
        if type_.unit != RATIO:
            raise lowering.problem("not-a-scale", tree.arguments[1].span)
        type_ = NumberType(asked.unit, scale * type_.scale)
    elif (start := bands[0].start) is not None:  # what is looked up must not lie below the first band
        low = ends(lowering.range_of(argument, tree.arguments[0].span))[0]
        if low is None or low < start or (low == start and not bands[0].inclusive):
            hint = Text(
                "第一档不写 `from`，或收窄所查数值的 `range`",
                "leave `from` out of the first band, or narrow the `range`",
            )
            raise lowering.problem("table-gap", tree.arguments[0].span, id=name, hint=hint)
    return ir.Bands(type_, name, argument, bands, progressive)


def looked_up(lowering: Lowering, tree: ast.Call) -> Node:
    name = scale_name(lowering, tree.arguments[0], set(lowering.scene.scales.cells))
    keys, cells, otherwise, type_ = lowering.scene.scales.cells[name]
    if len(keys) != len(tree.arguments) - 1:
        raise lowering.problem("wrong-arguments", tree.span, name=tree.function.name, number=str(len(tree.arguments)))
    parts = []
    for (_, key_type), argument in zip(keys, tree.arguments[1:], strict=True):
        node = lowering.any_choice(argument, key_type)
        assert isinstance(node.type, ChoiceType)
        extra = set(node.type.options) - set(key_type.options)
        if extra and otherwise is None:
            raise lowering.problem("table-key", argument.span, options=", ".join(sorted(extra)))
        parts.append(node)
    return ir.Cells(type_, name, tuple(parts), cells, otherwise)


def benefit(lowering: Lowering, tree: ast.Call, function: str) -> Node:
    argument = tree.arguments[0]
    symbol = lowering.scene.symbols.find(argument.name) if isinstance(argument, ast.Name) else None
    if symbol is None or symbol.kind != "benefit":
        raise lowering.problem("not-a-benefit", argument.span)
    names = lowering.scene.granted if function == "entitled" else lowering.scene.received
    if symbol.id not in names:
        raise lowering.problem("no-amount", argument.span, name=symbol.id)
    return lowering.variable(names[symbol.id], argument.span)


def lower_members(lowering: Lowering, tree: ast.Members) -> Node:
    if lowering.scope == "area":
        raise lowering.problem("wrong-scope", tree.span, name="members", scope=SCOPES["person"], here=SCOPES["area"])
    if tree.others and lowering.scope != "person":
        raise lowering.problem("others-need-person", tree.span)
    inner = replace(lowering, scope="person", remaining=None)
    where = None if tree.where is None else inner.condition(tree.where)
    if tree.operator in ("any", "all"):
        assert tree.body is not None
        truth: Literal["any", "all"] = "any" if tree.operator == "any" else "all"
        return ir.Aggregate(CONDITION, truth, inner.condition(tree.body), where, None, tree.others)
    if tree.operator == "count":
        return ir.Aggregate(NumberType(PERSONS, 1), "count", None, where, None, tree.others)
    assert tree.body is not None
    body = inner.number(tree.body)
    if tree.operator == "sum":
        unit = number(body).unit
        unit = unit.without("person") if unit.power("person") == -1 else unit
        return ir.Aggregate(NumberType(unit, number(body).scale), "sum", body, where, None, tree.others)
    if tree.default is None:
        raise lowering.problem("needs-default", tree.span, word=tree.operator)
    body, default = lowering.aligned([body, lowering.number(tree.default)], tree.span)
    extreme: Literal["max", "min"] = "max" if tree.operator == "max" else "min"
    return ir.Aggregate(body.type, extreme, body, where, default, tree.others)


def _near(name: str) -> Text | None:
    near = closest(name, FUNCTIONS)
    return Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
