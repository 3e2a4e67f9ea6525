"""Tables in step are looked through in pieces, and decided in pieces, to the same effect as any other way."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import numpy as np
import pyarrow as pa

import policyengine
from drawing import EFFECTIVE, Source, drawn, seeded
from households import Ready, random_household
from policyengine import ir
from policyengine.errors import PolicyError
from policyengine.interpreters.population import Batch, Nesting
from policyengine.interpreters.population.columns import Numbers, Whole
from policyengine.interpreters.population.least import Leasts
from policyengine.interpreters.population.nodes import compile_columns
from policyengine.ir import NumberType
from policyengine.population import deciding, ordered, prepare
from policyengine.population.nesting import Nested, join
from policyengine.population.ordered import InOrder, in_order
from policyengine.population.threads import at_once
from policyengine.text import same
from policyengine.units import YUAN
from policyengine.values import Interval
from programs import random_program
from test_population_agrees import decided


def chunked(values: list[Any], source: Source, kind: Any) -> Any:
    """A column in chunks of any lengths."""
    chunks, first = [], 0
    while first < len(values):
        last = first + 1 + source.below(5)
        chunks.append(pa.array(values[first:last], kind))
        first = last
    return pa.chunked_array(chunks, kind)


@st.composite
def tables(draw: Any) -> tuple[pa.Table, pa.Table, bool]:
    """Households and persons in step, but for a fault now and then; and whether there is none."""
    source = drawn(draw)
    sizes = [1 + source.below(4) for _ in range(1 + source.below(9))]
    ids = list(np.cumsum([1 + source.below(3) for _ in sizes]).tolist())
    refs = [home for home, size in zip(ids, sizes) for _ in range(size)]
    people = [1 + member for size in sizes for member in range(size)]
    fault = source.pick(
        (
            "none",
            "none",
            "orphan",
            "without members",
            "swapped",
            "twice",
            "member twice",
            "no ref",
            "ids fall",
            "turned",
        )
    )
    row, home = source.below(len(refs)), source.below(len(ids))
    match fault:
        case "orphan":
            refs[row] = 10_000
        case "without members":
            ids.insert(home, max(ids) + 1)
        case "swapped":
            other = source.below(len(refs))
            refs[row], refs[other] = refs[other], refs[row]
        case "twice":
            ids[home] = ids[source.below(len(ids))]
        case "member twice":
            people[row] = people[source.below(len(refs))]
        case "no ref":
            refs[row] = None  # type: ignore[call-overload]
        case "ids fall":
            ids.reverse()
        case "turned":
            refs, people = refs[row:] + refs[:row], people[row:] + people[:row]
    marks = list(range(len(refs)))
    homes = pa.table(
        {"household_id": chunked(ids, source, pa.int64()), "x": chunked(list(range(len(ids))), source, pa.int64())}
    )
    persons = pa.table({"household_id": chunked(refs, source, pa.int64()), "person_id": chunked(people, source, pa.int64()), "y": chunked(marks, source, pa.int64())})  # fmt: skip
    return homes, persons, fault == "none"


@tried_on(tables(), st.integers(1, 7))
def test_tables_in_step_come_to_what_looking_every_row_up_comes_to(
    case: tuple[pa.Table, pa.Table, bool], piece: int
) -> None:
    homes, persons, faultless = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "PIECE", piece)
        quick = join(homes, persons)
        found = in_order(homes.column(0).combine_chunks(), persons.column(0), persons.column(1))
        patch.setattr("policyengine.population.nesting.in_order", lambda *_: None)
        slow = join(homes, persons)
    assert told(quick) == told(slow)
    if faultless:
        assert isinstance(found, InOrder)
        assert found.rising
        assert found.largest == int(np.diff(found.starts, append=persons.num_rows).max())


def told(nested: Nested) -> Any:
    kept = nested.households
    rows = [list(map(int, numbers)) for numbers in (kept.household_rows, kept.person_rows, kept.starts)]
    reasons = sorted((row.table, row.row, row.id, row.column, row.reason.code) for row in nested.rejected)
    return rows, kept.household_ids.to_pylist(), kept.persons.to_pydict(), reasons


@pytest.mark.parametrize("ref", [0, 3, 5])
def test_a_household_across_two_pieces_is_one(ref: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "PIECE", 2)
    refs = pa.chunked_array([[1, 1, 1, 1, 1, 2, 3]])
    assert in_order(pa.array([1, 2, 3]), refs, pa.chunked_array([[1, 2, 3, 4, 5, 1, 1]])) is not None
    broken = refs.to_pylist()
    broken[ref] = 9
    assert in_order(pa.array([1, 2, 3]), pa.chunked_array([broken]), refs) is None


@tried_on(st.lists(st.integers(1, 6), min_size=1, max_size=60), st.integers(1, 4))
def test_pieces_are_all_households_in_order_and_none_is_too_large(sizes: list[int], workers: int) -> None:
    refs = [home for home, size in enumerate(sizes) for _ in range(size)]
    persons = pa.table({"household_id": refs, "person_id": list(range(len(refs)))})
    households = join(pa.table({"household_id": list(range(len(sizes)))}), persons).households
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("LEAST", 8), ("MOST", 20), ("WORKERS", workers)):
            patch.setattr(deciding, name, value)
        parts = list(deciding.pieces(households))
    assert [int(row) for part in parts for row in part.person_rows] == list(range(len(refs)))
    assert [int(row) for part in parts for row in part.household_rows] == list(range(len(sizes)))
    lengths = [len(part.person_rows) for part in parts]
    assert max(lengths) < 20 + 6  # the last household of a piece is whole
    assert all(later <= 8 + 6 or later <= earlier + 6 for earlier, later in pairwise(lengths))


def test_pieces_done_at_once_keep_their_order_and_the_first_fault_ends_them() -> None:
    assert at_once(lambda number: number * number, range(50)) == [number * number for number in range(50)]
    assert at_once(str, []) == []
    done: list[int] = []
    first_is_in = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            first_is_in.wait(10)
            raise ValueError("a fault")
        first_is_in.set()
        done.append(number)
        threading.Event().wait(0.005)

    with pytest.raises(ValueError, match="a fault"):
        at_once(work, range(100_000))
    assert len(done) < 100_000


@tried_on(st.lists(st.lists(st.integers(-50, 50), max_size=5), min_size=1, max_size=3), st.integers(1, 100), st.data())
def test_a_stretch_of_figures_in_pieces_is_that_of_the_whole(pieces: list[list[int]], factor: int, data: Any) -> None:
    pytest.importorskip("numba", reason="the extra `fast` isn't installed")
    from policyengine.interpreters.population.scalars import stretch

    arrays = [np.array(piece, np.int64) for piece in pieces]
    whole = np.concatenate(arrays)
    assert Whole(arrays, factor).low.tolist() == (whole * factor).tolist()
    first = data.draw(st.integers(0, len(whole)))
    last = data.draw(st.integers(first, len(whole)))
    three = [*arrays, *[np.zeros(0, np.int64)] * (3 - len(arrays))]
    found = stretch.py_func(*three, first, last, np.empty(20, np.int64))
    assert found.tolist() == whole[first:last].tolist()


# what figures are known not to fall below


@tried_on(st.data())
def test_no_known_figure_is_beyond_what_is_said_of_it(data: Any) -> None:
    source = drawn(data.draw)
    program = random_program(source)
    ready = Ready(program)
    layout = ready.evaluator.layout
    for home in decided(ready, [random_household(source, program) for _ in range(3)]):
        leasts = Leasts(program, {item.id: home[layout.household[item.id]] for item in program.parameters})
        for variable in program.variables:
            leasts.definitions[variable.id] = variable.node
            if not isinstance(variable.type, NumberType):
                continue
            least, most = leasts.of(variable.node), leasts.most(variable.node)
            rows, slots = (home[0], layout.person) if variable.scope == "person" else ([home], layout.household)
            for row in rows:
                if isinstance(value := row[slots[variable.id]], int):
                    assert least is None or least <= value, variable.id
                    assert most is None or value <= most, variable.id


RANGES: dict[str, Interval] = {"costs": (0, None), "paid": (0, 900), "balance": (None, None), "year": (-3, 40)}
AMOUNT = NumberType(YUAN, 100)


def formula(source: Source, depth: int) -> ir.Node:
    if depth == 0 or source.chance(20):
        name = source.pick(("costs", "costs", "costs", "paid", "balance", "year", ""))
        return ir.FactRef(AMOUNT, name, "household") if name else ir.Constant(AMOUNT, source.pick((-2, 0, 0, 5)))
    operator = source.pick(
        ("min", "min", "max", "subtract", "subtract", "add", "multiply", "negate", "rescale", "round")
    )
    first = formula(source, depth - 1)
    match operator:
        case "rescale":
            return ir.Rescale(AMOUNT, first, 10)
        case "round":
            return ir.Round(AMOUNT, first, None, 1, 7, 3, "half_up")
        case "negate":
            return ir.Arithmetic(AMOUNT, "negate", (first,))
    return ir.Arithmetic(AMOUNT, operator, (first, formula(source, depth - 1)))


def anywhere(source: Source, low: int | None, high: int | None) -> int:
    bottom, top = -500 if low is None else low, 1000 if high is None else high
    return bottom + source.below(top - bottom + 1)


def worth(node: ir.Node, facts: dict[str, int]) -> int:
    match node:
        case ir.Constant(value=value):
            return value
        case ir.FactRef(id=name):
            return facts[name]
        case ir.Rescale(term=term, factor=factor):
            return worth(term, facts) * factor
        case ir.Round(numerator=numerator):
            value = worth(numerator, facts)
            return 3 * (1 if value >= 0 else -1) * ((abs(value) * 2 + 7) // 14)
        case ir.Arithmetic(operator=operator, terms=terms):
            values = [worth(term, facts) for term in terms]
            return {"min": min, "max": max, "add": lambda *all_: sum(all_), "subtract": lambda one, other: one - other,
                    "multiply": lambda one, other: one * other, "negate": lambda one: -one}[operator](*values)  # fmt: skip
    raise AssertionError(node)


def test_no_formula_is_worth_less_or_more_than_is_said_of_it(record_property: Any) -> None:
    facts = tuple(ir.Fact(name, "household", AMOUNT, range_, False, same(name)) for name, range_ in RANGES.items())
    program = ir.Program("p", same("p"), EFFECTIVE, "", (), {}, facts, (), (), (), ())
    counted = Counter[str]()
    for seed in range(4000):
        source = seeded(seed)
        node, leasts = formula(source, 3), Leasts(program, {})
        least, most = leasts.of(node), leasts.most(node)
        counted.update(least=least is not None, most=most is not None)
        for _ in range(8):
            value = worth(node, {name: anywhere(source, *range_) for name, range_ in RANGES.items()})
            assert least is None or least <= value, (seed, node)
            assert most is None or value <= most, (seed, node)
    record_property("counted", f"least and most of 4,000 formulas: {dict(counted)} are known, 0 wrong")


def test_what_is_left_of_known_costs_is_not_compared_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """max(0, costs - min(costs, paid)): between bounds it must be, since an interval forgets that both costs are the same."""
    amount = NumberType(YUAN, 100)
    costs, paid = (ir.FactRef(amount, name, "household") for name in ("costs", "paid"))
    rest = ir.Arithmetic(amount, "subtract", (costs, ir.Arithmetic(amount, "min", (costs, paid))))
    node = ir.Arithmetic(amount, "max", (ir.Constant(amount, 0), rest))
    facts = tuple(ir.Fact(name, "household", amount, (0, None), False, same(name)) for name in ("costs", "paid"))
    variables = (ir.Variable("left", "household", amount, node, same("left")),)
    program = ir.Program("p", same("p"), EFFECTIVE, "", (), {}, facts, (), variables, (), ())
    columns = compile_columns(program, ["costs", "paid"], {}, ["left"])
    compared: list[Numbers] = []

    def maximum(one: Numbers, other: Numbers) -> Numbers:
        compared.append(other)
        return Numbers(np.maximum(one.low, other.low), np.maximum(one.top, other.top))

    monkeypatch.setattr("policyengine.interpreters.population.nodes.maximum", maximum)

    def left(costs: Numbers, paid: Numbers) -> Numbers:
        nesting = Nesting(np.arange(2), 2)
        found = columns.run(Batch(nesting, {"costs": costs, "paid": paid}), "left")
        assert isinstance(found, Numbers)
        return found

    known = left(Numbers(np.array([500, 700])), Numbers(np.array([200, 900])))
    assert (known.low.tolist(), known.high, compared) == ([300, 0], None, [])
    open_ = left(Numbers(np.array([500, 0]), np.array([500, 1000])), Numbers(np.array([200, 500])))
    assert (open_.low.tolist(), open_.top.tolist(), len(compared)) == ([300, 0], [300, 1000], 1)


def test_a_plan_is_made_ready_once_for_the_same_question() -> None:
    pack = policyengine.load("zibo")
    asked: dict[str, Any] = {"on": "2018-06-01", "parameters": {"农村低保标准": "4200元"}, "benefits": ["医疗救助"]}
    plan = prepare(pack, **asked)
    assert prepare(pack, **{**asked, "benefits": iter(["医疗救助"])}) is plan
    others: list[dict[str, Any]] = [{"on": "2018-06-02"}, {"parameters": {"农村低保标准": "4300元"}}, {"benefits": ()}, {"skip": ["x"]},
              {"labels": "zh"}, {"reasons": False}, {"kernel": "columns"}]  # fmt: skip
    for other in others:
        assert prepare(pack, **{**asked, **other}) is not plan, other
    with pytest.raises(PolicyError):
        prepare(pack, **{**asked, "parameters": {"农村低保标准": [4200]}})
    for day in range(1, 30):
        prepare(pack, **{**asked, "on": f"2018-07-{day:02}"})
    assert len(pack.kept["plans"]) == deciding.MOST_PLANS


def test_one_and_true_are_different_questions() -> None:
    pack = policyengine.load("zibo")
    prepare(pack, on="2018-06-01", parameters={"农村低保标准": 1})
    with pytest.raises(PolicyError):
        prepare(pack, on="2018-06-01", parameters={"农村低保标准": True})
