"""Roundings with smaller numbers, and divisions by multiplying, come to the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

pytest.importorskip("numpy", reason="the extra `population` isn't installed")

import numpy as np

from drawing import EFFECTIVE, Source, drawn
from policyengine import ir
from policyengine.interpreters.household import Evaluator
from policyengine.interpreters.population.rounding import _divided, _multiplier, _multipliers
from policyengine.interpreters.population.shortening import shortened
from policyengine.ir import NumberType
from policyengine.text import same
from policyengine.units import RATIO, YUAN
from policyengine.values import ANYTHING, Value

often = settings(max_examples=10 * settings().max_examples)
YUAN_, SHARE = NumberType(YUAN, 100), NumberType(RATIO, 10_000)
FIGURES = (0, 1, 4000, 7500, 10_000, 2500, 1_500_000, -7500, 3333, (4000, 5000))


def formula(source: Source, depth: int) -> ir.Node:
    if depth == 0 or source.chance(20):
        return source.pick(
            (ir.FactRef(YUAN_, "x", "household"), ir.ParameterRef(SHARE, "p"), ir.ParameterRef(SHARE, "q"),
             ir.Constant(YUAN_, source.pick((0, 1, 100, 2500, -30))))
        )  # fmt: skip
    first, second = formula(source, depth - 1), formula(source, depth - 1)
    operator = source.pick(("multiply", "multiply", "min", "max", "add", "subtract", "negate", "rescale"))
    if operator == "rescale":
        return ir.Rescale(YUAN_, first, source.pick((1, 10, 10_000)))
    return ir.Arithmetic(YUAN_, operator, (first,) if operator == "negate" else (first, second))


@st.composite
def roundings(draw: Any) -> tuple[ir.Round, dict[str, Value], list[Value]]:
    source = drawn(draw)
    node = ir.Round(YUAN_, formula(source, 3), None, source.pick((1, 3)), source.pick((1, 100, 10_000, 37)), source.pick((1, 5)),
                    source.pick(("half_up", "half_even", "up", "down")))  # fmt: skip
    facts = [source.below(2001) - 1000 for _ in range(6)]
    return node, {"p": source.pick(FIGURES), "q": source.pick(FIGURES)}, [*facts, (facts[0], facts[0] + 9), ANYTHING]


def evaluated(node: ir.Node, figures: dict[str, Value], fact: Value) -> Value:
    facts = (ir.Fact("x", "household", YUAN_, ANYTHING, False, same("x")),)
    parameters = tuple(ir.Parameter(key, SHARE, figures[key], "exact", ANYTHING, same(key)) for key in "pq")
    variables = (ir.Variable("v", "household", YUAN_, node, same("v")),)
    evaluator = Evaluator(ir.Program("p", same("p"), EFFECTIVE, "", (), {}, facts, parameters, variables, (), ()))
    home = list(evaluator.layout.household_blank)
    home[0], home[evaluator.layout.household["x"]] = [], fact
    evaluator.run_closures(home)
    return home[evaluator.layout.household["v"]]


@often
@tried_on(roundings())
def test_a_shortened_rounding_comes_to_the_same(case: tuple[ir.Round, dict[str, Value], list[Value]]) -> None:
    node, figures, facts = case
    short = shortened(node, figures)
    for fact in facts:
        assert evaluated(short, figures, fact) == evaluated(node, figures, fact)


def test_a_share_of_fen_is_rounded_at_its_own_denominator() -> None:
    fact, share = ir.FactRef(YUAN_, "x", "household"), ir.ParameterRef(SHARE, "p")
    capped = ir.Arithmetic(YUAN_, "min", (ir.Arithmetic(YUAN_, "multiply", (share, fact)), ir.Rescale(YUAN_, ir.Constant(YUAN_, 1_500_000), 10_000)))  # fmt: skip
    short = shortened(ir.Round(YUAN_, capped, None, 1, 10_000, 1, "half_up"), {"p": 7500})
    assert short.down == 4
    assert short.numerator == ir.Arithmetic(YUAN_, "min", (ir.Arithmetic(YUAN_, "multiply", (ir.Constant(SHARE, 3), fact)), ir.Rescale(YUAN_, ir.Constant(YUAN_, 1_500_000), 4)))  # fmt: skip


@often
@tried_on(
    st.integers(1, 10**6) | st.sampled_from((1, 2, 3, 4, 5, 8, 10, 625, 10_000, 20_000)), st.integers(0, 62), st.data()
)
def test_dividing_by_multiplying_comes_to_the_quotient(divisor: int, bits: int, data: Any) -> None:
    most = data.draw(st.integers(1 << bits >> 1, (1 << bits) - 1)) if bits else 0
    near = {0, most, most // 2, most // divisor * divisor, most // divisor * divisor - 1, divisor, divisor - 1}
    given = [value for value in near if 0 <= value <= most]
    found = _divided(np.array(given, np.int64), divisor, most)
    assert found.tolist() == [value // divisor for value in given]


@often
@tried_on(st.integers(0, 62), st.integers(1, 100), st.data())
def test_dividing_each_by_its_own_comes_to_the_quotients(bits: int, largest: int, data: Any) -> None:
    most = data.draw(st.integers(1 << bits >> 1, (1 << bits) - 1)) if bits else 0
    pairs = [
        (value, divisor)
        for divisor in {1, 2, 3, largest, largest // 2 + 1}
        for value in {0, most, most // 2, most // divisor * divisor, most // divisor * divisor - 1, divisor - 1}
        if 0 <= value <= most
    ]
    values, divisors = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    assert _divided(values, divisors, most).tolist() == [value // divisor for value, divisor in pairs]


def test_small_numbers_are_multiplied_and_large_ones_divided() -> None:
    assert _multiplier(5, 28) is not None
    assert _multiplier(5, 62) is None
    assert _multipliers(28) is not None
    assert _multipliers(62) is None
