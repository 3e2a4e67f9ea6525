"""Quantities as scenarios expect them: read from their text, and put into words beside what came out."""

from __future__ import annotations

from fractions import Fraction

from policyengine import values
from policyengine.amounts import Amount, amount_of
from policyengine.compiler.definitions import amount_unit
from policyengine.compiler.figures import FigureError, read_bound, unit_text
from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic, diagnostic_of
from policyengine.ir import NumberType
from policyengine.results import Entitlement, IndicatorResult
from policyengine.source import Source
from policyengine.text import Text
from policyengine.units import RATIO, YUAN, Unit, parse_quantity, show_quantity

_FINEST = 10**8  # decimals that a result can't have may still be expected: then it differs


def read_amount(text: str, place: Source | None, name: str, counted_in: Unit) -> tuple[Amount, Unit]:
    """What is expected of a result that is counted in a unit, and the unit to show both in.

    The unit may be left out, of money also whose it is and the period (`7500元`); bounds as in parameters.
    Raises PolicyError where it is no quantity, or in a unit that doesn't fit.
    """
    type_ = NumberType(counted_in, _FINEST)
    try:
        bound = read_bound(text, type_)
    except FigureError as error:
        if error.code != "figure-unit":
            raise PolicyError([diagnostic("bad-expectation", place, text=text, name=name)]) from None
        raise PolicyError([diagnostic_of(error.code, place, error.values, hint=_unit_hint(name, counted_in))]) from None
    low, high = values.ends(bound.value)
    plain = counted_in.is_money and _unit_written(text) in (None, YUAN)
    return amount_of(values.interval(low, high), type_), YUAN if plain else counted_in


def _unit_hint(name: str, counted_in: Unit) -> Text | None:
    unit = unit_text(counted_in)
    if counted_in == YUAN or not counted_in.is_money:
        return None
    return Text(f"`{name}` 按 {unit.zh} 计；只写“元”也可以", f"`{name}` is counted in {unit.en}; plain yuan will do")


def _unit_written(text: str) -> Unit | None:
    """The unit written in an expected quantity, of two the last."""
    quantity = parse_quantity(text.split()[-1]) if text.split() else None
    return None if quantity is None else quantity.unit


def counted_in(decision: Decision, item: Entitlement | IndicatorResult) -> Unit:
    """The unit that a result is declared in: yuan/person/month for a person's monthly benefit."""
    if isinstance(item, Entitlement):
        return amount_unit(item.declaration.period, item.declaration.scope)
    for variable in decision.program.variables:
        if variable.id == item.declaration.measure and isinstance(variable.type, NumberType):
            return variable.type.unit
    return RATIO


def unit_of(decision: Decision, item: Entitlement | IndicatorResult) -> Unit:
    """In what a result is shown; a benefit's money without whose it is and for how long."""
    return YUAN if isinstance(item, Entitlement) else counted_in(decision, item)


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
