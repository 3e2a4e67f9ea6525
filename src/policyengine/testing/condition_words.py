"""A part of a formula in words, whoever the household is: what coverage and generated scenarios call it."""

from __future__ import annotations

from datetime import date

from policyengine import ir
from policyengine.explaining.explanation import choice_options
from policyengine.explaining.phrases import Lexicon
from policyengine.ir import ChoiceType, ConditionType, DateType, Node, NumberType
from policyengine.units import RATIO, number_format

_SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_ARITHMETIC = {"add": "+", "subtract": "−", "multiply": "×"}
_FUNCTIONS = {
    "min": ("较小者", "min"), "max": ("较大者", "max"), "count": ("人数", "count"), "sum": ("合计", "sum"),
    "any": ("有成员", "any member"), "all": ("成员都", "every member"),
}  # fmt: skip
LONGEST = 120


def in_words(node: Node, words: Lexicon) -> str:
    """One line; a part that is too long ends in …"""
    text = _say(node, words)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _say(node: Node, words: Lexicon) -> str:
    def go(inner: Node) -> str:
        return _say(inner, words)

    zh = words.zh
    match node:
        case ir.Constant(type=type_, value=value, name=name):
            return name[words.lang] if name is not None else _value(type_, value, words)
        case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
            return words.labels[name]
        case ir.Logic(operator="not", terms=(term,)):
            return f"非（{go(term)}）" if zh else f"not ({go(term)})"
        case ir.Logic(operator=operator, terms=terms):
            word = {"and": (" 且 ", " and "), "or": (" 或 ", " or ")}[operator][not zh]
            return word.join(f"({go(term)})" if isinstance(term, ir.Logic) else go(term) for term in terms)
        case ir.Compare(operator=operator, left=left, right=right):
            return f"{go(left)} {_SIGNS[operator]} {go(right)}"
        case ir.OneOf(term=term, mask=mask):
            owner = term.id if isinstance(term, ir.FactRef | ir.ParameterRef | ir.VariableRef) else ""
            options = (" 或 " if zh else " or ").join(_options(owner, mask, words))
            return f"{go(term)} = {options}"
        case ir.Rescale(term=term):
            return go(term)
        case ir.Arithmetic(operator="negate", terms=(term,)):
            return f"−{go(term)}"
        case ir.Arithmetic(operator="min" | "max" as operator, terms=terms):
            return f"{_FUNCTIONS[operator][not zh]}({', '.join(map(go, terms))})"
        case ir.Arithmetic(operator=operator, terms=terms):
            return f" {_ARITHMETIC[operator]} ".join(map(go, terms))
        case ir.Round(numerator=numerator, denominator=denominator):
            return go(numerator) if denominator is None else f"{go(numerator)} ÷ {go(denominator)}"
        case ir.Choose(condition=condition, then=then, otherwise=otherwise):
            parts = go(condition), go(then), go(otherwise)
            return "若 {} 则 {} 否则 {}".format(*parts) if zh else "if {} then {} else {}".format(*parts)
        case ir.Table():
            return "判定表" if zh else "table"
        case ir.Aggregate(operator=operator, body=body, where=where):
            inner = " | ".join(go(part) for part in (body, where) if part is not None)
            return f"{_FUNCTIONS[operator][not zh]}({inner})"
        case ir.Rank(key=key):
            return f"{'排位' if zh else 'rank'}({go(key)})"
        case ir.Bands(parameter=name, argument=argument):
            return f"{_label(name, words)}[{go(argument)}]"
        case ir.Cells(parameter=name, keys=keys):
            return f"{_label(name, words)}[{', '.join(map(go, keys))}]"
        case ir.Elapsed(start=start, end=end):
            return f"{go(start)} {'至' if zh else 'to'} {go(end)}"
        case ir.DatePart(term=term):
            return go(term)
        case ir.IsKnown(fact=fact):
            return f"{words.labels[fact.id]} {'已载明' if zh else 'is stated'}"


def _label(name: str, words: Lexicon) -> str:
    label = words.program.table_labels.get(name)
    return name if label is None else label[words.lang]


def _options(owner: str, mask: int, words: Lexicon) -> list[str]:
    labels = words.program.option_labels
    found = ((option, labels.get((owner, option))) for option in choice_options(words.program, mask))
    return [option if label is None else label[words.lang] for option, label in found]


def _value(type_: ir.Type, value: int, words: Lexicon) -> str:
    match type_:
        case ConditionType():
            return ("真" if value else "假") if words.zh else str(bool(value)).lower()
        case ChoiceType():
            return _options("", value, words)[0]
        case DateType():
            return date.fromordinal(value).isoformat()
        case NumberType(unit=unit, scale=scale):
            return (
                str(value // scale)
                if unit == RATIO and value % scale == 0
                else number_format(unit, scale, words.lang)(value)
            )
