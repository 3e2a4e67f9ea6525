"""Quantities as scenarios expect them: read from their text, and put into words beside what came out."""

from __future__ import annotations

from fractions import Fraction

from policyengine import values
from policyengine.amounts import Amount, amount_of
from policyengine.compiler.figures import FigureError, read_bound
from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic
from policyengine.ir import NumberType
from policyengine.results import Entitlement, IndicatorResult
from policyengine.source import Source
from policyengine.text import Text
from policyengine.units import RATIO, YUAN, Unit, parse_quantity, show_quantity

_MONEY = NumberType(YUAN, 100)


def read_amount(text: str, place: Source | None, name: str) -> Amount:
    """Money as `7500元`, a ratio as `75%`, a bare number otherwise; bounds as in parameters. Raises PolicyError."""
    for type_ in (_MONEY, NumberType(_unit_written(text), 10**8)):
        try:
            bound = read_bound(text, type_)
        except FigureError:
            continue
        low, high = values.ends(bound.value)
        return amount_of(values.interval(low, high), type_)
    raise PolicyError([diagnostic("bad-expectation", place, text=text, name=name)])


def _unit_written(text: str) -> Unit:
    """The unit written in an expected quantity."""
    quantity = parse_quantity(text.split()[-1]) if text.split() else None
    return quantity.unit if quantity is not None and quantity.unit is not None else RATIO


def unit_of(decision: Decision, item: Entitlement | IndicatorResult) -> Unit:
    """In what a result is counted; a benefit's money without whose it is and for how long."""
    if isinstance(item, Entitlement):
        return YUAN
    type_ = next(variable.type for variable in decision.program.variables if variable.id == item.declaration.measure)
    assert isinstance(type_, NumberType)
    return type_.unit


def in_words(amount: Amount, unit: Unit) -> Text:
    """`7,500.00 元`, `at least …`, `between … and …`, as a scenario may write it."""
    return Text(_in_words(amount, unit, "zh"), _in_words(amount, unit, "en"))


def _in_words(amount: Amount, unit: Unit, lang: str) -> str:
    low, high = (None if end is None else show_quantity(Fraction(end), unit, lang) for end in (amount.low, amount.high))
    zh = lang == "zh"
    if low is not None and low == high:
        return low
    if low is None and high is None:
        return "不知道" if zh else "not known"
    if high is None:
        return f"至少 {low}" if zh else f"at least {low}"
    if low is None:
        return f"至多 {high}" if zh else f"at most {high}"
    return f"{low} 至 {high}" if zh else f"between {low} and {high}"
