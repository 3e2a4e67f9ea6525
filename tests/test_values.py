"""Every operation on partly known values holds for all values in them (containment), and knowing more never widens it."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from drawing import Source, drawn
from policyengine import values
from policyengine.values import Number, Truth

often = settings(max_examples=20 * settings().max_examples)
DIRECTIONS = ("half_up", "half_even", "up", "down")

ends = st.none() | st.integers(-6, 6) | st.integers(-(10**12), 10**12)
truths = st.sampled_from((None, True, False))


@st.composite
def numbers(draw: Any, least: int | None = None, open_ends: bool = True) -> Number:
    """A number or interval; not below `least`."""
    return number(drawn(draw), least, open_ends)


def number(source: Source, least: int | None, open_ends: bool = True) -> Number:
    low, high = ((some(source) if source.chance(67) else None) if open_ends else source.below(9) - 4 for _ in range(2))
    if least is not None:
        low, high = max(least, low or least), None if high is None else max(least, high)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return values.interval(low, high)


def some(source: Source) -> int:
    """A small number as often as a large one."""
    return source.below(13) - 6 if source.chance(50) else source.below(2 * 10**12 + 1) - 10**12


def between(source: Source, low: int | None, high: int | None) -> int:
    if low is not None and high is not None:
        return low + source.below(high - low + 1)
    away = abs(some(source))
    return low + away if low is not None else high - away if high is not None else some(source)


def part(source: Source, whole: Number) -> Number:
    """A part of the number: one value, or an interval in it."""
    low, high = values.ends(whole)
    first, second = sorted((between(source, low, high), between(source, low, high)))
    return values.interval(*source.pick(((first, first), (first, second), (low, second), (first, high), (low, high))))


@st.composite
def narrowed(
    draw: Any, count: int = 2, least: tuple[int | None, ...] = (None, None, None)
) -> list[tuple[Number, Number, int]]:
    """For each argument: an interval, an interval in it, a value in that."""
    source, found = drawn(draw), []
    for index in range(count):
        wide = number(source, least[index])
        narrow = part(source, wide)
        found.append((wide, narrow, between(source, *values.ends(narrow))))
    return found


def check(operation: Callable[..., Number], cases: list[tuple[Number, Number, int]], expected: Any = None) -> None:
    """Known arguments give a known value (the expected one), which the wider results contain, each in the next."""
    wide, narrow, exact = (operation(*arguments) for arguments in zip(*cases))
    assert isinstance(exact, int)
    assert expected is None or exact == expected
    assert values.within(exact, narrow)
    assert values.within(narrow, wide)


def check_truth(
    operation: Callable[..., Truth], cases: list[tuple[Any, Any, Any]], expected: bool | None = None
) -> None:
    wide, narrow, exact = (operation(*arguments) for arguments in zip(*cases))
    assert exact is not None
    assert expected is None or exact is expected
    assert narrow in (exact, None)
    assert wide in (narrow, None)


OPERATIONS: dict[str, tuple[Callable[..., Number], Callable[..., int]]] = {
    "add": (values.add, lambda a, b: a + b),
    "subtract": (values.subtract, lambda a, b: a - b),
    "multiply": (values.multiply, lambda a, b: a * b),
    "minimum": (lambda a, b: values.minimum([a, b]), min),
    "maximum": (lambda a, b: values.maximum([a, b]), max),
}


@often
@given(narrowed())
def test_arithmetic_contains_every_result_and_never_widens(cases: Any) -> None:
    for operation, meaning in OPERATIONS.values():
        check(operation, cases, meaning(*(exact for _, _, exact in cases)))


@often
@given(numbers(open_ends=False), numbers(open_ends=False))
def test_arithmetic_is_as_narrow_as_can_be(first: Number, second: Number) -> None:
    for operation, meaning in OPERATIONS.values():
        results = [meaning(a, b) for a, b in product(inside(first), inside(second))]
        assert operation(first, second) == values.interval(min(results), max(results))


def inside(value: Number) -> range:
    low, high = values.ends(value)
    assert low is not None
    assert high is not None
    return range(low, high + 1)


@often
@given(narrowed(3))
def test_extremes_of_several_contain_every_result_and_never_widen(cases: Any) -> None:
    check(lambda *a: values.minimum(a), cases, min(exact for _, _, exact in cases))
    check(lambda *a: values.maximum(a), cases, max(exact for _, _, exact in cases))


@often
@given(narrowed(1), st.integers(1, 1000))
def test_one_sided_operations_contain_every_result_and_never_widen(cases: Any, factor: int) -> None:
    exact = cases[0][2]
    check(values.negative, cases, -exact)
    check(lambda value: values.times(value, factor), cases, exact * factor)


@often
@given(narrowed(2, (None, 1)), st.sampled_from(DIRECTIONS))
@example([((1, None), (1, None), 1), ((1, None), (1, None), 7)], "up")
def test_a_rounded_quotient_contains_every_result_and_never_widens(cases: Any, direction: Any) -> None:
    check(lambda above, below: values.rounded(above, below, direction), cases)


@often
@given(st.integers(-(10**6), 10**6) | st.integers(-20, 20), st.integers(1, 12), st.sampled_from(DIRECTIONS))
def test_a_quotient_is_the_nearest_whole_number_in_its_direction(above: int, below: int, direction: Any) -> None:
    exact, found = Fraction(above, below), values.quotient(above, below, direction)
    match direction:
        case "down":
            assert found == math.trunc(exact)
        case "up":
            assert found == (math.ceil(exact) if exact > 0 else math.floor(exact))
        case "half_even":
            assert found == round(exact)
        case "half_up":
            assert abs(found - exact) <= Fraction(1, 2)
            assert abs(found - exact) < Fraction(1, 2) or abs(found) > abs(exact)


@often
@given(numbers(open_ends=False), st.integers(1, 4), st.integers(0, 3), st.sampled_from(DIRECTIONS))
def test_a_rounded_quotient_is_as_narrow_as_can_be(above: Number, low: int, more: int, direction: Any) -> None:
    below = values.interval(low, low + more)
    results = [values.quotient(a, b, direction) for a, b in product(inside(above), inside(below))]
    assert values.rounded(above, below, direction) == values.interval(min(results), max(results))


SIGNS: dict[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@often
@given(narrowed())
def test_comparisons_hold_for_every_value_and_never_become_unknown(cases: Any) -> None:
    for sign, meaning in SIGNS.items():
        exact = meaning(cases[0][2], cases[1][2])
        check_truth(lambda first, second, sign=sign: values.compare(sign, first, second), cases, exact)


@often
@given(numbers(open_ends=False), numbers(open_ends=False))
def test_a_comparison_is_unknown_only_where_it_can_go_either_way(first: Number, second: Number) -> None:
    for sign, meaning in SIGNS.items():
        results = {meaning(a, b) for a, b in product(inside(first), inside(second))}
        assert values.compare(sign, first, second) == (results.pop() if len(results) == 1 else None)


@st.composite
def narrowed_choices(draw: Any) -> list[tuple[int, int, int]]:
    found = []
    for _ in range(2):
        options = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True))
        kept = options[: draw(st.integers(1, len(options)))]
        wide, narrow = (sum(1 << option for option in some) for some in (options, kept))
        found.append((wide, narrow, 1 << kept[0]))
    return found


@often
@given(narrowed_choices())
def test_choices_are_the_same_only_where_one_option_is_left(cases: Any) -> None:
    check_truth(values.same_choice, cases, cases[0][2] == cases[1][2])


@often
@given(st.lists(st.tuples(truths, st.booleans()), max_size=4))
def test_conditions_hold_whatever_the_unknown_ones_turn_out_to_be(terms: list[tuple[Truth, bool]]) -> None:
    wide = [truth for truth, _ in terms]
    exact = [truth if truth is not None else otherwise for truth, otherwise in terms]
    for operation, meaning in ((values.conjunction, all), (values.disjunction, any)):
        assert operation(exact) is meaning(exact)
        for known in range(len(terms) + 1):  # one more condition known, and one more
            before, after = (operation([*exact[:n], *wide[n:]]) for n in (max(0, known - 1), known))
            assert before in (after, None)
        # Kleene: unknown only if it can go either way
        ways = {meaning(way) for way in product(*((True, False) if truth is None else (truth,) for truth in wide))}
        assert operation(wide) is (ways.pop() if len(ways) == 1 else None)


def test_the_negation_of_unknown_is_unknown() -> None:
    assert [values.negation(truth) for truth in (True, False, None)] == [False, True, None]


@often
@given(narrowed(2))
def test_a_hull_holds_both_and_nothing_that_neither_needs(cases: Any) -> None:
    (wide, narrow, exact), (other, _, exactly) = cases
    hull = values.hull(wide, other)
    assert values.within(wide, hull)
    assert values.within(other, hull)
    assert values.within(values.hull(narrow, other), hull)
    assert values.hull(exact, exactly) == values.interval(min(exact, exactly), max(exact, exactly))
    for end in values.ends(hull):
        assert end is None or end in values.ends(wide) + values.ends(other)


@often
@given(numbers(), numbers(), st.integers(-8, 8))
def test_a_meet_holds_what_both_allow(first: Number, second: Number, value: int) -> None:
    common = values.meet(first, second)
    both = values.within(value, first) and values.within(value, second)
    assert both == (common is not None and values.within(value, common))
    if common is not None:
        assert values.within(common, first)
        assert values.within(common, second)
    assert (values.equal(first, second) is False) == (common is None)


@often
@given(numbers(open_ends=False), numbers(open_ends=False))
def test_within_asks_every_value(inner: Number, outer: Number) -> None:
    assert values.within(inner, outer) == set(inside(inner)).issubset(inside(outer))


@given(ends, ends)
def test_an_interval_whose_ends_meet_is_a_known_number(low: int | None, high: int | None) -> None:
    assume(low is None or high is None or low <= high)
    found = values.interval(low, high)
    assert values.ends(found) == (low, high)
    assert values.is_known(found) == (low is not None and low == high)
    assert values.within(found, values.ANYTHING)


def test_conditions_are_known_unless_unknown() -> None:
    assert [values.is_known(truth) for truth in (True, False, None)] == [True, True, False]


@given(st.integers(0, 255))
def test_a_choice_is_settled_with_one_option(mask: int) -> None:
    assert values.single(mask) == (mask.bit_count() == 1)


def test_zero_times_anything_is_zero() -> None:
    assert values.multiply(0, values.ANYTHING) == 0
    assert values.multiply((0, 5), (None, None)) == values.ANYTHING
    assert values.multiply((0, None), (0, None)) == (0, None)


def test_an_open_interval_has_no_known_quotient_by_an_open_divisor() -> None:
    assert values.rounded((1, None), (1, None), "half_up") == (0, None)
    assert values.rounded((-5, 7), (2, None), "down") == (-2, 3)
