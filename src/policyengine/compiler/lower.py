"""From a formula's tree of names to typed nodes: scopes, units and scales checked, nothing left implicit."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import Literal

from policyengine import ir
from policyengine.authoring import formula as ast
from policyengine.authoring.reader import Scalar
from policyengine.compiler.calls import FUNCTIONS, lower_call, lower_members
from policyengine.compiler.figures import unit_text
from policyengine.compiler.ranges import TooLarge, bounds
from policyengine.compiler.scene import (
    CONDITION,
    EFFECTIVE,
    REMAINING,
    SCOPES,
    Problem,
    Quotient,
    Scene,
    joined_type,
    locate,
    number,
    rescaled,
    unit_hint,
    whole_sum,
)
from policyengine.compiler.symbols import KIND
from policyengine.errors import Diagnostic, diagnostic, diagnostic_of
from policyengine.ir import ChoiceType, ConditionType, DateType, Node, NumberType, Scope
from policyengine.limits import FIRST_DAY, LAST_DAY
from policyengine.text import Text
from policyengine.units import RANK, RATIO, Unit, day_meant, fits
from policyengine.values import Number, ends


@dataclass
class Lowering:
    """Lowers one formula. `text` is where its spans point to; `remaining` what 剩余 stands for in an order of payers."""

    scene: Scene
    text: Scalar | str
    scope: Scope
    warnings: list[Diagnostic]
    remaining: str | None = None

    # errors

    def problem(self, code: str, span: ast.Span, hint: Text | None = None, **values: str | Text) -> Problem:
        return Problem(diagnostic_of(code, locate(self.text, span), values, hint=hint))

    def unit_hint(self, left: Unit, right: Unit) -> Text | None:
        whole = whole_sum(self.text, left, right, self.scene) if self.scope == "person" else None
        return unit_hint(left, right, whole)

    # what a formula must come to

    def condition(self, tree: ast.Ast) -> Node:
        node = self.lower(tree)
        if isinstance(node, Quotient) or not isinstance(node.type, ConditionType):
            raise self.problem("not-a-condition", tree.span, found=self.describe(node))
        return node

    def number(self, tree: ast.Ast, unit: Unit | None = None) -> Node:
        """A number without open quotient; a bare 0 takes the unit asked for."""
        node = self.amount(tree)
        if isinstance(node, Quotient):
            raise self.problem("quotient-needs-rounding", node.span)
        return node if unit is None else self.as_unit(node, unit, tree.span)

    def amount(self, tree: ast.Ast) -> Node | Quotient:
        node = self.lower(tree)
        if not isinstance(node, Quotient) and not isinstance(node.type, NumberType):
            raise self.problem("not-a-number", tree.span, found=self.describe(node))
        return node

    def as_unit(self, node: Node, unit: Unit, span: ast.Span) -> Node:
        if number(node).unit == unit:
            return node
        if (
            isinstance(node, ir.Constant)
            and node.value == 0
            and (number(node).unit == RATIO or fits(number(node).unit, unit))
        ):
            return ir.Constant(NumberType(unit, 1), 0)  # a bare 0, or `0元` for yuan/person/year
        if isinstance(node, ir.Constant) and number(node) == NumberType(RATIO, 1) and unit.is_count:
            return ir.Constant(NumberType(unit, 1), node.value)  # a bare 2 may count persons
        raise self.problem(
            "unit-mismatch",
            span,
            left=unit_text(number(node).unit),
            right=unit_text(unit),
            hint=self.unit_hint(number(node).unit, unit),
        )

    def describe(self, node: Node | Quotient) -> Text:
        if isinstance(node, Quotient):
            return unit_text(node.unit)
        match node.type:
            case ConditionType():
                return Text("条件", "a condition")
            case NumberType(unit=unit):
                return unit_text(unit)
            case DateType():
                return Text("日期", "a date")
            case ChoiceType():
                return Text("选择", "a choice")

    # names

    def reference(self, name: ast.Name) -> Node:
        scene = self.scene
        if name.name in EFFECTIVE:
            return ir.Constant(DateType(), scene.effective, Text("判断日", "effective date"))
        if name.name in REMAINING and self.remaining is not None:
            return self.variable(self.remaining, name.span)
        if "." in name.name:  # made by the compiler
            return self.variable(name.name, name.span)
        symbol = scene.symbols.find(name.name)
        if symbol is None:
            if name.name in scene.symbols.options:
                raise self.problem("option-alone", name.span, name=name.name)
            raise Problem(scene.symbols.unknown(name.name, locate(self.text, name.span)))
        if symbol.kind in ("parameter", "reading"):
            if symbol.id in scene.scales.bands or symbol.id in scene.scales.cells:
                raise self.problem("scale-alone", name.span, name=name.name)
            return ir.ParameterRef(scene.types[symbol.id], symbol.id)
        if symbol.kind == "fact":
            self.check_scope(symbol.id, name)
            return ir.FactRef(scene.types[symbol.id], symbol.id, scene.scopes[symbol.id])
        if symbol.kind == "variable":
            return self.variable(symbol.id, name.span)
        raise self.problem("not-a-value", name.span, name=name.name, kind=KIND[symbol.kind])

    def variable(self, key: str, span: ast.Span) -> Node:
        if key not in self.scene.types:  # its own formula has failed and has been reported
            raise self.problem("depends-on-error", span, name=key)
        self.check_scope(key, ast.Name(span, key))
        return ir.VariableRef(self.scene.types[key], key, self.scene.scopes[key])

    def check_scope(self, key: str, name: ast.Name) -> None:
        scope = self.scene.scopes[key]
        allowed = {"area": ("area",), "household": ("area", "household"), "person": ("area", "household", "person")}
        if scope not in allowed[self.scope]:
            raise self.problem("wrong-scope", name.span, name=name.name, scope=SCOPES[scope], here=SCOPES[self.scope])

    def option(self, tree: ast.Ast, type_: ChoiceType) -> int | None:
        """The bit of an option written by its id or label."""
        if isinstance(tree, ast.Name):
            option = self.scene.symbols.option(tree.name, type_.options)
            if option is not None:
                return self.scene.bits[option]
        return None

    def choice(self, tree: ast.Ast, type_: ChoiceType) -> Node:
        """One of the options of `type_` by name, or a choice that can be nothing else."""
        node = self.any_choice(tree, type_)
        assert isinstance(node.type, ChoiceType)
        extra = [option for option in node.type.options if option not in type_.options]
        if extra:
            options = self.scene.symbols.choices_of(type_.options)
            raise self.problem("unknown-option", tree.span, name=extra[0], options=options)
        return node

    def any_choice(self, tree: ast.Ast, type_: ChoiceType) -> Node:
        """One of the options of `type_` by name, or any choice."""
        bit = self.option(tree, type_)
        if bit is not None:
            return ir.Constant(type_, bit)
        if isinstance(tree, ast.IfElse):
            then, otherwise = self.choice(tree.then, type_), self.choice(tree.otherwise, type_)
            return ir.Choose(type_, self.condition(tree.condition), then, otherwise)
        if isinstance(tree, ast.Name) and self.scene.symbols.find(tree.name) is None and tree.name not in REMAINING:
            raise self.unknown_option(tree, type_)
        node = self.lower(tree)
        if isinstance(node, Quotient) or not isinstance(node.type, ChoiceType):
            raise self.problem("not-a-choice", tree.span, found=self.describe(node))
        return node

    def unknown_option(self, name: ast.Name, type_: ChoiceType) -> Problem:
        options = self.scene.symbols.choices_of(type_.options)
        return self.problem("unknown-option", name.span, name=name.name, options=options)

    # formulas

    def lower(self, tree: ast.Ast) -> Node | Quotient:
        match tree:
            case ast.Figure(quantity=quantity):
                self.warn_figure(tree)
                unit = quantity.unit or RATIO
                return ir.Constant(NumberType(unit, quantity.value.denominator), quantity.value.numerator)
            case ast.Day(day=day):
                if not FIRST_DAY <= day.toordinal() <= LAST_DAY:
                    raise self.problem("bad-date", tree.span, text=str(day), example=day_meant(""))
                self.warnings.append(diagnostic("unnamed-figure", locate(self.text, tree.span), text=str(day)))
                return ir.Constant(DateType(), day.toordinal())
            case ast.TruthWord(value=value):
                return ir.Constant(CONDITION, value)
            case ast.Name():
                return self.reference(tree)
            case ast.Invert(term=term):
                return ir.Logic(CONDITION, "not", (self.condition(term),))
            case ast.Connect(operator=operator, terms=terms):
                word: Literal["and", "or"] = "and" if operator == "and" else "or"
                return ir.Logic(CONDITION, word, tuple(self.condition(term) for term in terms))
            case ast.Comparison():
                return self.comparison(tree)
            case ast.Belongs(term=term, options=options):
                node = self.lower(term)
                if isinstance(node, Quotient) or not isinstance(node.type, ChoiceType):
                    raise self.problem("not-a-choice", term.span, found=self.describe(node))
                mask = 0
                for name in options:
                    bit = self.option(name, node.type)
                    if bit is None:
                        raise self.unknown_option(name, node.type)
                    mask |= bit
                return ir.OneOf(CONDITION, node, mask)
            case ast.KnownTest(term=term):
                node = self.lower(term)
                if not isinstance(node, ir.FactRef) or node.id not in self.scene.optional:
                    raise self.problem("is-known-needs-optional", term.span)
                return ir.IsKnown(CONDITION, node)
            case ast.IfElse():
                return self.choose(tree)
            case ast.Binary():
                return self.binary(tree)
            case ast.Negate(term=term):
                inner = self.amount(term)
                if isinstance(inner, Quotient):
                    return Quotient(self.negative(inner.numerator), inner.denominator, inner.span)
                return self.negative(inner)
            case ast.Call():
                return lower_call(self, tree)
            case ast.Members():
                return lower_members(self, tree)
            case ast.RankBy(key=key, descending=descending, where=where):
                if self.scope != "person":
                    raise self.problem("rank-needs-person", tree.span)
                node = self.lower(key)
                if isinstance(node, Quotient) or not isinstance(node.type, NumberType | DateType):
                    raise self.problem("not-a-number", key.span, found=self.describe(node))
                condition = None if where is None else self.condition(where)
                return ir.Rank(NumberType(RANK, 1), node, condition, descending)

    def negative(self, node: Node) -> Node:
        return ir.Arithmetic(number(node), "negate", (node,))

    def warn_figure(self, tree: ast.Figure) -> None:
        if tree.quantity.value not in (0, 1):
            start, end = tree.span
            self.warnings.append(
                diagnostic("unnamed-figure", locate(self.text, tree.span), text=str(self.text)[start:end].strip())
            )

    def comparison(self, tree: ast.Comparison) -> Node:
        parts: list[Node] = []
        for operator, left, right in zip(tree.operators, tree.terms, tree.terms[1:], strict=False):
            parts.append(self.compare(operator, left, right))
        return parts[0] if len(parts) == 1 else ir.Logic(CONDITION, "and", tuple(parts))

    def compare(self, operator: str, left: ast.Ast, right: ast.Ast) -> Node:
        if operator in ("=", "!="):
            for side, other in ((left, right), (right, left)):
                type_ = self.choice_type(side)
                if type_ is not None:
                    node, bit = self.lower(side), self.option(other, type_)
                    assert not isinstance(node, Quotient)
                    if bit is not None:
                        test: Node = ir.OneOf(CONDITION, node, bit)
                    else:
                        test = ir.Compare(CONDITION, "=", node, self.any_choice(other, type_))
                    return test if operator == "=" else ir.Logic(CONDITION, "not", (test,))
        first, second = self.lower(left), self.lower(right)
        for node, span in ((first, left.span), (second, right.span)):
            if isinstance(node, Quotient):
                raise self.problem("quotient-needs-rounding", node.span)
            if not isinstance(node.type, NumberType | DateType):
                raise self.problem("cannot-compare", span, found=self.describe(node))
        assert not isinstance(first, Quotient)
        assert not isinstance(second, Quotient)
        span = (left.span[0], right.span[1])
        if isinstance(first.type, DateType) != isinstance(second.type, DateType):
            raise self.problem("unit-mismatch", span, left=self.describe(first), right=self.describe(second))
        if isinstance(first.type, NumberType):
            first, second = self.aligned([first, second], span)
        return ir.Compare(CONDITION, _comparison(operator), first, second)

    def choice_type(self, tree: ast.Ast) -> ChoiceType | None:
        """The type of a name that stands for a choice; a name that is also an option counts as what it names."""
        if isinstance(tree, ast.Name):
            symbol = self.scene.symbols.find(tree.name)
            if symbol is not None and isinstance(self.scene.types.get(symbol.id), ChoiceType):
                type_ = self.scene.types[symbol.id]
                assert isinstance(type_, ChoiceType)
                return type_
        if isinstance(tree, ast.Call) and FUNCTIONS.get(tree.function.name) is None:
            return None
        return None

    def choose(self, tree: ast.IfElse) -> Node | Quotient:
        condition = self.condition(tree.condition)
        then, otherwise = self.lower(tree.then), self.lower(tree.otherwise)
        if isinstance(then, Quotient) or isinstance(otherwise, Quotient):
            return self.choose_quotient(condition, then, otherwise, tree.span)
        then, otherwise = self.same_type([then, otherwise], tree.span)
        return ir.Choose(joined_type([then, otherwise]), condition, then, otherwise)

    def choose_quotient(
        self, condition: Node, then: Node | Quotient, otherwise: Node | Quotient, span: ast.Span
    ) -> Quotient:
        """A quotient in a branch is rounded where the whole is: both branches become quotients."""
        one = ir.Constant(NumberType(RATIO, 1), 1)
        parts = []
        for branch in (then, otherwise):
            if not isinstance(branch, Quotient) and not isinstance(branch.type, NumberType):
                raise self.problem("branches-differ", span, left=self.describe(then), right=self.describe(otherwise))
            parts.append(branch if isinstance(branch, Quotient) else Quotient(branch, one, span))
        a, b = parts
        if number(a.denominator).unit != number(b.denominator).unit:
            if b.denominator is one:
                b = self._over(b.numerator, number(a.denominator), span)
            elif a.denominator is one:
                a = self._over(a.numerator, number(b.denominator), span)
            else:
                raise self.problem("quotient-needs-rounding", span)
        above, below = (
            self.aligned([a.numerator, b.numerator], span),
            self.aligned([a.denominator, b.denominator], span),
        )
        return Quotient(
            ir.Choose(above[0].type, condition, above[0], above[1]),
            ir.Choose(below[0].type, condition, below[0], below[1]),
            span,
        )

    def _over(self, node: Node, like: NumberType, span: ast.Span) -> Quotient:
        """A plain number as a quotient by one of another's unit: 5 yuan is 5 yuan·person ÷ 1 person."""
        unit_one = ir.Constant(NumberType(like.unit, 1), 1)
        above = ir.Arithmetic(
            NumberType(number(node).unit * like.unit, number(node).scale), "multiply", (node, unit_one)
        )
        return Quotient(above, unit_one, span)

    def same_type(self, nodes: list[Node], span: ast.Span) -> list[Node]:
        """Branches brought to one type: one unit and scale, one set of options."""
        kinds = {type(node.type) for node in nodes}
        if len(kinds) > 1:
            raise self.problem("branches-differ", span, left=self.describe(nodes[0]), right=self.describe(nodes[-1]))
        if kinds == {NumberType}:
            return self.aligned(nodes, span)
        return nodes

    def aligned(self, nodes: list[Node], span: ast.Span) -> list[Node]:
        """Numbers of one unit on one scale; a bare 0 takes the others' unit."""
        units = [number(node).unit for node in nodes if not (isinstance(node, ir.Constant) and node.value == 0)]
        units.sort(key=lambda unit: unit == RATIO)
        if not units:
            units = [number(nodes[0]).unit]
        nodes = [self.as_unit(node, units[0], span) for node in nodes]
        scale = lcm(*(number(node).scale for node in nodes))
        return [rescaled(node, scale) for node in nodes]

    def binary(self, tree: ast.Binary) -> Node | Quotient:
        left, right = self.amount(tree.left), self.amount(tree.right)
        match tree.operator:
            case "*":
                return self.product(left, right, tree.span)
            case "/":
                if isinstance(right, Quotient):
                    left, right = self.product(left, right.denominator, tree.span), right.numerator
                return self.divided(left, right, tree)
        operator: Literal["add", "subtract"] = "add" if tree.operator == "+" else "subtract"
        if isinstance(left, Quotient) or isinstance(right, Quotient):
            return self.sum_of_quotients(operator, left, right, tree.span)
        first, second = self.aligned([left, right], tree.span)
        return ir.Arithmetic(number(first), operator, (first, second))

    def sum_of_quotients(
        self, operator: Literal["add", "subtract"], left: Node | Quotient, right: Node | Quotient, span: ast.Span
    ) -> Quotient:
        one = ir.Constant(NumberType(RATIO, 1), 1)
        a = left if isinstance(left, Quotient) else Quotient(left, one, span)
        b = right if isinstance(right, Quotient) else Quotient(right, one, span)
        first = self.product(a.numerator, b.denominator, span)
        second = self.product(b.numerator, a.denominator, span)
        assert not isinstance(first, Quotient)
        assert not isinstance(second, Quotient)
        first, second = self.aligned([first, second], span)
        total = ir.Arithmetic(number(first), operator, (first, second))
        below = self.product(a.denominator, b.denominator, span)
        assert not isinstance(below, Quotient)
        return Quotient(total, below, span)

    def product(self, left: Node | Quotient, right: Node | Quotient, span: ast.Span) -> Node | Quotient:
        if isinstance(left, Quotient) or isinstance(right, Quotient):
            above = self.product(
                left.numerator if isinstance(left, Quotient) else left,
                right.numerator if isinstance(right, Quotient) else right,
                span,
            )
            belows = [side.denominator for side in (left, right) if isinstance(side, Quotient)]
            below = belows[0] if len(belows) == 1 else self.product(belows[0], belows[1], span)
            assert not isinstance(above, Quotient)
            assert not isinstance(below, Quotient)
            return Quotient(above, below, span)
        first, second = number(left), number(right)
        for one, other in ((left, right), (right, left)):  # × 1 changes nothing, not even the scale
            if isinstance(one, ir.Constant) and one.value == number(one).scale and number(one).unit == RATIO:
                return other
        return ir.Arithmetic(
            NumberType(first.unit * second.unit, first.scale * second.scale), "multiply", (left, right)
        )

    def divided(self, left: Node | Quotient, right: Node, tree: ast.Binary) -> Node | Quotient:
        if isinstance(right, ir.Constant):
            if right.value <= 0:
                raise self.problem("division-by-zero", tree.right.span)
            inverse = ir.Constant(NumberType(RATIO / number(right).unit, right.value), number(right).scale)
            return self.product(left, inverse, tree.span)
        low = ends(self.range_of(right, tree.right.span))[0]
        if low is None or low <= 0:
            raise self.problem("division-by-zero", tree.right.span)
        if isinstance(left, Quotient):
            below = self.product(left.denominator, right, tree.span)
            assert not isinstance(below, Quotient)
            return Quotient(left.numerator, below, tree.span)
        return Quotient(left, right, tree.span)

    def range_of(self, node: Node, span: ast.Span) -> Number:
        try:
            return bounds(node, self.scene.ranges)
        except TooLarge:
            raise self.problem("too-large", span) from None


def _comparison(operator: str) -> ir.Comparison:
    assert operator in ("=", "!=", "<", "<=", ">", ">=")
    return operator  # type: ignore[return-value]
