"""Read a formula: text to a tree of names, figures and operators. What the names mean is decided by the compiler."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from policyengine.authoring.formula_slips import instead_of
from policyengine.text import Text
from policyengine.units import FULL_WIDTH, Quantity, day_meant, parse_quantity

LONGEST = 4_000  # characters
DEEPEST = 100  # operators inside one another; `a + b + c` counts two
Span = tuple[int, int]
# keywords that no name can be told from; others, such as `other` and `default`, are names where a name is expected
KEYWORDS = {
    "if",
    "then",
    "else",
    "or",
    "and",
    "not",
    "in",
    "of",
    "where",
    "true",
    "false",
    "count",
    "sum",
    "any",
    "all",
}
KEYWORDS |= {"max", "min", "rank"}


@dataclass(frozen=True, slots=True)
class Figure:
    span: Span
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Day:
    span: Span
    day: date


@dataclass(frozen=True, slots=True)
class TruthWord:
    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class Name:
    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Invert:
    span: Span
    term: Ast


@dataclass(frozen=True, slots=True)
class Connect:
    """operator is `and` or `or`."""

    span: Span
    operator: str
    terms: tuple[Ast, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b <= c` has two operators and three terms."""

    span: Span
    operators: tuple[str, ...]
    terms: tuple[Ast, ...]


@dataclass(frozen=True, slots=True)
class Belongs:
    span: Span
    term: Ast
    options: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class KnownTest:
    span: Span
    term: Ast


@dataclass(frozen=True, slots=True)
class IfElse:
    span: Span
    condition: Ast
    then: Ast
    otherwise: Ast


@dataclass(frozen=True, slots=True)
class Binary:
    """operator is one of + - * /"""

    span: Span
    operator: str
    left: Ast
    right: Ast


@dataclass(frozen=True, slots=True)
class Negate:
    span: Span
    term: Ast


@dataclass(frozen=True, slots=True)
class Call:
    span: Span
    function: Name
    arguments: tuple[Ast, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """An aggregate over the household's members: count, sum, any, all, max, min."""

    span: Span
    operator: str
    body: Ast | None
    others: bool
    where: Ast | None
    default: Ast | None


@dataclass(frozen=True, slots=True)
class RankBy:
    span: Span
    key: Ast
    descending: bool
    where: Ast | None


Ast = (
    Figure
    | Day
    | TruthWord
    | Name
    | Invert
    | Connect
    | Comparison
    | Belongs
    | KnownTest
    | IfElse
    | Binary
    | Negate
    | Call
    | Members
    | RankBy
)


@dataclass
class FormulaError(Exception):
    """code, values and hint of a diagnostic; span: where in the formula."""

    code: str
    span: Span
    values: tuple[tuple[str, str], ...] = ()
    hint: Text | None = None


_WORDS = {"计数": "count", "合计": "sum", "任一": "any", "全部": "all", "最大": "max", "最小": "min"}
_SIGNS = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "÷": "/", "−": "-"}


@cache
def _parser() -> Any:
    from lark import Lark, Token, Transformer, v_args

    def span(*parts: Any) -> Span:
        found: list[Any] = [
            (part.start_pos, part.end_pos) if isinstance(part, Token) else part.span
            for part in parts
            if part is not None
        ]
        return found[0][0], found[-1][1]

    def name(token: Any) -> Name:
        return Name((token.start_pos, token.end_pos), str(token))

    @v_args(inline=True)
    class Build(Transformer):  # type: ignore[type-arg]
        def figure(self, token: Any) -> Figure:
            quantity = parse_quantity(str(token))
            if quantity is None:
                raise FormulaError("bad-figure", span(token), (("text", str(token)[:60]),))
            return Figure(span(token), quantity)

        def date(self, token: Any) -> Day:
            try:
                return Day(span(token), date.fromisoformat(str(token)))
            except ValueError:
                raise FormulaError(
                    "bad-date", span(token), (("text", str(token)), ("example", day_meant(str(token))))
                ) from None

        def truth(self, token: Any) -> TruthWord:
            return TruthWord(span(token), str(token) in ("true", "真"))

        def name(self, token: Any) -> Name:
            return name(token)

        def group(self, opening: Any, inner: Ast, closing: Any) -> Ast:
            """Brackets belong to what they hold; a name or figure is shown without them."""
            return (
                inner
                if isinstance(inner, Name | Figure | Day | TruthWord)
                else replace(inner, span=span(opening, closing))
            )

        def invert(self, word: Any, term: Ast) -> Ast:
            return Invert(span(word, term), term)

        def negate(self, sign: Any, term: Ast) -> Ast:
            return Negate(span(sign, term), term)

        def disjunction(self, *terms: Ast) -> Ast:
            return Connect(span(*terms), "or", terms)

        def conjunction(self, *terms: Ast) -> Ast:
            return Connect(span(*terms), "and", terms)

        def compare(self, *parts: Any) -> Ast:
            operators = tuple(_SIGNS.get(str(sign), str(sign)) for sign in parts[1::2])
            return Comparison(span(parts[0], parts[-1]), operators, parts[0::2])

        def one_of(self, term: Ast, *options: Any) -> Ast:
            *names, closing = options
            return Belongs(span(term, closing), term, tuple(name(option) for option in names))

        def none_of(self, term: Ast, word: Any, *options: Any) -> Ast:
            return Invert(span(term, options[-1]), self.one_of(term, *options))

        def is_known(self, term: Ast, words: Any) -> Ast:
            return KnownTest(span(term, words), term)

        def choose(self, word: Any, condition: Ast, then: Ast, otherwise: Ast) -> Ast:
            return IfElse(span(word, otherwise), condition, then, otherwise)

        def arithmetic(self, left: Ast, sign: Any, right: Ast) -> Ast:
            return Binary(span(left, right), _SIGNS.get(str(sign), str(sign)), left, right)

        def call(self, function: Any, *rest: Any) -> Ast:
            *arguments, closing = rest
            return Call(span(function, closing), name(function), tuple(arguments))

        def members(self, other: Any, members: Any, where: Any, default: Any) -> Any:
            return other is not None, members, where, default

        def aggregate(self, word: Any, rest: Any) -> Ast:
            operator = _WORDS.get(str(word), str(word))
            others, members, where, default = rest
            if operator in ("any", "all"):  # `any of members where c` asks c itself
                if where is None:
                    raise FormulaError("aggregate-needs-where", span(word, members), (("word", str(word)),))
                return Members(span(word, where), operator, where, others, None, None)
            return Members(span(word, members, where, default), operator, None, others, where, default)

        def aggregate_of(self, word: Any, body: Ast, rest: Any) -> Ast:
            others, members, where, default = rest
            return Members(
                span(word, members, where, default), _WORDS.get(str(word), str(word)), body, others, where, default
            )

        def aggregate_in_brackets(self, word: Any, opening: Any, body: Ast, closing: Any, rest: Any) -> Ast:
            return self.aggregate_of(word, self.group(opening, body, closing), rest)

        def rank(self, word: Any, key: Ast, descending: Any, where: Any) -> Ast:
            return RankBy(span(word, key, descending, where), key, descending is not None, where)

    grammar = (Path(__file__).parent / "formula.lark").read_text(encoding="utf-8")
    kept = _kept_tables() or False
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=Build(), maybe_placeholders=True, cache=kept)


def _kept_tables() -> str | None:
    """Where the parser's tables are kept: they take ten times as long to make as to read.

    That is where Python keeps this module, compiled, if it may write there: whoever can change the one can change the
    other. lark makes them again if the grammar, lark or Python is another, or the file is damaged.
    """
    if sys.dont_write_bytecode:
        return None
    path = Path(cache_from_source(__file__)).with_suffix(".lark")
    return str(path) if os.access(path if path.exists() else path.parent, os.W_OK) else None


@lru_cache(maxsize=4096)
def parse_formula(text: str) -> Ast:
    """The tree of a formula, its spans counting characters of `text`. Raises FormulaError at the first thing wrong."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

    if len(text) > LONGEST:
        raise FormulaError("formula-too-long", (0, 1), (("length", f"{len(text):,}"), ("limit", f"{LONGEST:,}")))
    if not text.strip():
        raise FormulaError("empty-formula", (0, 1))
    try:
        tree = _parser().parse(text.translate(FULL_WIDTH))
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc from None
        raise
    except UnexpectedEOF:
        raise FormulaError("formula-ends", (len(text) - 1, len(text))) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise FormulaError("formula-ends", (len(text.rstrip()) - 1, len(text.rstrip()))) from None
        at = error.token.start_pos or 0
        raise _unexpected(text, (at, at + len(str(error.token)))) from None
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        raise _unexpected(text, (at, at + 1)) from None
    assert isinstance(tree, Ast)
    _refuse_depth(tree)
    return tree


def _unexpected(text: str, span: Span) -> FormulaError:
    at, hint = instead_of(text.translate(FULL_WIDTH), span) or (span, None)
    return FormulaError("formula-syntax", at, (("found", text[slice(*at)]),), hint)


def _refuse_depth(tree: Ast) -> None:
    """Every later stage walks the tree by calling itself, so its depth is bounded here, without recursion."""
    waiting = [(tree, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > DEEPEST:
            raise FormulaError("formula-too-deep", part.span, (("limit", str(DEEPEST)),))
        waiting += [(below, depth + 1) for below in parts_of(part)]


def parts_of(tree: Ast) -> tuple[Ast, ...]:
    """The trees right below this one, in the order in which they are written."""
    match tree:
        case Name() | Figure() | Day() | TruthWord():
            return ()
        case Invert(term=term) | Negate(term=term) | KnownTest(term=term) | Belongs(term=term):
            return (term,)
        case Connect(terms=terms) | Comparison(terms=terms) | Call(arguments=terms):
            return terms
        case IfElse(condition=condition, then=then, otherwise=otherwise):
            return condition, then, otherwise
        case Binary(left=left, right=right):
            return left, right
        case Members(body=body, where=where, default=default):
            return tuple(part for part in (body, where, default) if part is not None)
        case RankBy(key=key, where=where):
            return (key,) if where is None else (key, where)


def names_in(tree: Ast) -> list[Name]:
    """Every name a formula mentions, functions left out."""
    match tree:
        case Name():
            return [tree]
        case Belongs(term=term, options=options):
            return [*names_in(term), *options]
        case _:
            return [name for part in parts_of(tree) for name in names_in(part)]
