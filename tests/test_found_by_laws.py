"""What the laws have found, kept: each case as small as it gets.

A case that still fails is marked so, strictly: whoever mends it is told to take the mark away.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import minipack
import policyengine
from drawing import CHOICES, CONDITION, EFFECTIVE, OPTIONS, mask_of
from policyengine import ir
from policyengine.amounts import amount_of
from policyengine.compiler.ranges import bounds
from policyengine.interpreters.household import Evaluator
from policyengine.limits import technical_limit
from policyengine.text import same
from policyengine.units import MONTHS, RATIO, YUAN
from policyengine.values import ANYTHING, Number, within

MONEY = ir.NumberType(YUAN, 100)
NOBODY = {"members": [{"id": "a"}]}


def evaluate(node: ir.Node, **facts: Any) -> Any:
    """The value of a household's formula over facts of these values."""
    declared = tuple(
        ir.Fact(part.id, "household", part.type, ANYTHING, False, same(part.id))
        for part in {part.id: part for part in ir.walk(node) if isinstance(part, ir.FactRef)}.values()
    )
    result = ir.Variable("result", "household", node.type, node, same("result"))
    evaluator = Evaluator(ir.Program("", same(""), EFFECTIVE, "", OPTIONS, {}, declared, (), (result,), (), ()))
    home: list[Any] = list(evaluator.layout.household_blank)
    home[0] = []
    for name, value in facts.items():
        home[evaluator.layout.household[name]] = value
    evaluator.run(home)
    return home[evaluator.layout.household["result"]]


def scale(*bands: tuple[int | None, Number]) -> ir.Bands:
    """A progressive scale over the fact x: (from, rate in percent)."""
    argument = ir.FactRef(MONEY, "x", "household")
    rows = tuple(ir.Band(start, True, rate) for start, rate in bands)
    return ir.Bands(ir.NumberType(YUAN, 100 * 100), "scale", argument, rows, progressive=True)


def test_a_progressive_scale_without_a_first_start_charges_nothing_on_nothing() -> None:
    assert evaluate(scale((None, 10), (500, 20)), x=300) == 3000
    assert evaluate(scale((None, 10), (500, 20)), x=(None, 300)) == (0, 3000)
    assert evaluate(scale((None, 10), (500, 20)), x=(None, None)) == (0, None)
    assert evaluate(scale((None, 10)), x=(-5, None)) == (0, None)


def test_a_first_band_without_a_start_is_empty_where_the_next_begins_below_nothing() -> None:
    assert evaluate(scale((None, 10), (-500, 20)), x=300) == 800 * 20
    assert evaluate(scale((None, 10), (-500, 20)), x=(-600, 300)) == (0, 800 * 20)


@pytest.mark.parametrize(("left", "right", "expected"), [(2, 4, True), (2, 2, False), (2, 6, None), (6, 8, True)])
def test_two_choices_may_be_compared_for_being_different(left: int, right: int, expected: bool | None) -> None:
    a, b = (ir.FactRef(CHOICES[1], name, "household") for name in ("a", "b"))
    assert mask_of(CHOICES[1]) == 14
    assert evaluate(ir.Compare(CONDITION, "!=", a, b), a=left, b=right) is expected


FACTS = """
    c: {for: household, type: condition, label: {zh: 甲, en: c}}
    w: {for: household, type: number, unit: yuan, range: {from: 0元, to: 10元}, label: {zh: 乙, en: w}}
    x: {for: household, type: number, unit: yuan, range: {from: 50元, to: 51元}, label: {zh: 丙, en: x}}
    z: {for: household, type: number, unit: yuan, range: {from: 6元, to: 20元}, label: {zh: 丁, en: z}}
    day: {for: household, type: date, label: {zh: 日, en: day}}
"""


def test_at_most_the_least_possible_is_that_and_known(tmp_path: Path) -> None:
    assert minipack.value(tmp_path, "w", scope="household", household={"w": "at most 0"}, facts=FACTS) == "0.00"


def certain(folder: Path, met: str) -> set[str]:
    indicator = f"i: {{for: household, label: {{zh: 标, en: i}}, met: '{met}'}}"
    missing = minipack.load(folder, facts=FACTS, indicators=indicator).decide(NOBODY, on=minipack.ON).missing
    return {item.id for item in missing if item.is_certain}


@pytest.mark.parametrize("met", ["(if c then 0元 else 100元) < x", "min(w, z) < 5元"])
def test_what_cannot_change_a_comparison_is_not_said_to_matter_for_sure(met: str, tmp_path: Path) -> None:
    assert not certain(tmp_path, met) & {"x", "z"}


def test_what_decides_a_condition_alone_is_said_to_matter_for_sure(tmp_path: Path) -> None:
    assert certain(tmp_path, "c and w + 1元 > 5元") == {"c", "w"}


BENEFIT = """
    benefit: b
    label: {zh: 补, en: b}
    for: household
    kind: cash
    provisions: [M-1]
    eligible: c and not c
    amount: x
"""
PROVISIONS = "M-1: {place: 一, class: benefit, says: {zh: 某, en: some}}"


def test_an_amount_is_not_sure_to_matter_where_nobody_may_be_eligible(tmp_path: Path) -> None:
    pack = minipack.load(tmp_path, facts=FACTS, benefits=BENEFIT, provisions=PROVISIONS)
    assert not [item.id for item in pack.decide(NOBODY, on=minipack.ON).missing if item.is_certain]


def test_the_range_of_a_progressive_scale_begins_at_its_first_start() -> None:
    assert bounds(scale((500, 10), (700, 20)), {"x": (0, 800)}) == (0, 300 * 20)
    assert bounds(scale((500, 10), (700, 20)), {"x": (0, 400)}) == 0
    assert bounds(scale((None, 10), (700, 20)), {"x": (-900, 800)}) == (0, 800 * 20)


def test_the_range_of_a_progressive_scale_holds_below_nothing() -> None:
    node = scale((-500, 20), (0, 50))
    assert within(evaluate(node, x=300), bounds(node, {"x": (-600, 300)}))


@pytest.mark.parametrize("unit", ["months", "days"])
def test_the_range_of_elapsed_time_holds_for_the_longest_time(unit: Any) -> None:
    first, last = (
        ir.Constant(ir.DateType(), date.fromisoformat(day).toordinal()) for day in ("1850-01-01", "2150-12-31")
    )
    node = ir.Elapsed(ir.NumberType(MONTHS, 1), unit, first, last)
    assert within(evaluate(node), bounds(node, {}))


def test_a_figure_beyond_what_64_bits_were_proved_for_is_refused(tmp_path: Path) -> None:
    parameters = "p: {label: {zh: 参, en: p}, unit: yuan, provision: M-1, values: not stated}"
    indicator = "i: {for: household, label: {zh: 标, en: i}, met: p > 0元}"
    pack = minipack.load(tmp_path, parameters=parameters, provisions=PROVISIONS, indicators=indicator)
    most = technical_limit(MONEY, area=False) // MONEY.scale
    assert pack.decide(NOBODY, on=minipack.ON, parameters={"p": f"{most}元"}).indicators
    with pytest.raises(policyengine.PolicyError, match="out-of-range"):
        pack.decide(NOBODY, on=minipack.ON, parameters={"p": f"{most + 1}元"})


CHOICE_FACTS = """
    c: {for: household, type: condition, label: {zh: 甲, en: c}}
    x: {for: household, type: choice, options: {one: {zh: 一, en: one}, two: {zh: 二, en: two}}, label: {zh: 乙, en: x}}
    y: {for: household, type: choice, options: {two: {zh: 二, en: two}, three: {zh: 三, en: three}}, label: {zh: 丙, en: y}}
"""
MIXED = """
    mixed: {for: household, label: {zh: 混, en: mixed}, formula: if c then x else y}
    number:
      for: household
      label: {zh: 数, en: number}
      unit: yuan
      table:
        hit: first
        rows:
          - {when: mixed == one, then: 1元}
          - {when: mixed == two, then: 2元}
"""


def test_a_table_over_branches_with_different_options_must_cover_them_all(tmp_path: Path) -> None:
    indicator = "i: {for: household, label: {zh: 标, en: i}, met: number > 1元}"
    found = minipack.findings(tmp_path, facts=CHOICE_FACTS, variables=MIXED, indicators=indicator)
    assert "table-gap" in minipack.codes(found) or "branches-differ" in minipack.codes(found)


def test_an_option_of_an_optional_choice_that_could_not_be_stated_is_refused(tmp_path: Path) -> None:
    facts = """
        x:
          for: household
          type: choice
          optional: true
          options: {none: {zh: 零, en: nil}, some: {zh: 有些, en: some}}
          label: {zh: 乙, en: x}
    """
    with pytest.raises(policyengine.PolicyError, match="option-means-other"):
        minipack.value(tmp_path, "x", scope="household", household={"x": "none"}, facts=facts)


def test_a_record_of_a_day_with_a_time_replays(tmp_path: Path) -> None:
    indicator = "i: {for: household, label: {zh: 标, en: i}, met: day > effective_date}"
    pack = minipack.load(tmp_path, facts=FACTS, indicators=indicator)
    record = pack.decide({**NOBODY, "day": datetime(2018, 1, 2, 3)}, on=minipack.ON).record()
    assert policyengine.replay(record, pack=pack).matches


def test_a_day_whose_range_has_an_open_end_can_be_used(tmp_path: Path) -> None:
    facts = "day: {for: household, type: date, range: {from: 2000-01-01}, label: {zh: 日, en: day}}"
    met = "'years_between(day, effective_date) >= 3岁'"
    indicator = f"i: {{for: household, label: {{zh: 标, en: i}}, met: {met}}}"
    assert not [item for item in minipack.findings(tmp_path, facts=facts, indicators=indicator) if item.is_error]


def test_an_amount_that_has_a_decimal_is_shown_exactly_on_any_scale() -> None:
    assert amount_of(3, ir.NumberType(RATIO, 2 * 10**7)).exact == Decimal("0.00000015")
    assert amount_of(3, ir.NumberType(RATIO, 6)).exact == Decimal("0.5")
    third = amount_of(-1, ir.NumberType(RATIO, 3))  # no decimal is a third
    assert (third.low, third.exact, third.high) == (Decimal("-0.333334"), None, Decimal("-0.333333"))
    assert str(amount_of(123456789012345678901234567890123, MONEY)) == "1234567890123456789012345678901.23"
