"""Law 4 for the loop that a program is written as: row by row it comes to what the household evaluator comes to.

The loop is Python that numba compiles, which takes seconds. So it is mostly run as the Python that it is, over many programs and
rows; some are compiled too, and with --long the packs that ship.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given as tried_on
from hypothesis import strategies as st

pytest.importorskip("numba", reason="the extra `fast` isn't installed")

import policyengine
from drawing import drawn, seeded
from policyengine import ir
from policyengine.errors import PolicyError
from policyengine.interpreters.population.fused import Fused, _compiled
from policyengine.population import prepare
from policyengine.population.tables import decide_nested, nest
from populations import fused
from programs import random_program
from test_population_agrees import check_program
from test_population_on_packs import PACKS, check

CANDIDATES = 200  # programs from which those are taken that are compiled: each takes some seconds
compiled = partial(fused, compiled=True)


@tried_on(st.data())
def test_written_loops_come_to_what_households_come_to(data: Any) -> None:
    source = drawn(data.draw)
    program = random_program(source)
    check_program(program, source, data.draw(st.integers(0, 2**32)), fused)


def test_compiled_loops_come_to_what_households_come_to(record_property: Any) -> None:
    """A few small programs that have every kind of node between them."""
    nodes = {seed: kinds_of(random_program(seeded(seed))) for seed in range(CANDIDATES)}
    kinds: Counter[str] = Counter()
    chosen: list[int] = []
    while missing := {kind.__name__ for kind in get_args(ir.Node)} - set(kinds):
        best = max(nodes, key=lambda seed: len(missing & set(nodes[seed])) / (20 + nodes[seed].total()))
        chosen.append(best)
        kinds += nodes[best]
    for seed in chosen:
        source = seeded(seed)
        check_program(random_program(source), source, seed, compiled, 40)
    record_property("counted", f"compiled loops: {len(chosen)} programs, 0 differences; {dict(sorted(kinds.items()))}")


def kinds_of(program: ir.Program) -> Counter[str]:
    return Counter(type(node).__name__ for item in program.variables for node in ir.walk(item.node))


@pytest.mark.parametrize("pack", PACKS)
def test_written_loops_decide_random_households_of_a_pack_as_the_household_evaluator_does(pack: str) -> None:
    households, values = check(pack, 80, seed=3, made=fused, batch_size=80)
    print(f"{pack}: {households:,} households, {values:,} values, 0 differences")


@pytest.mark.long
@pytest.mark.parametrize("pack", PACKS)
def test_compiled_loops_decide_200000_households_of_a_pack_as_the_household_evaluator_does(pack: str) -> None:
    households, values = check(pack, 200_000, seed=4, made=compiled, batch_size=50_000)
    print(f"{pack}: {households:,} households, {values:,} values, 0 differences")


HOMES = [
    {"id": 1, "家庭年收入": 12000, "members": [{"id": "a", "低保对象": True, "目录内医疗费用": 40000.0}, {"id": "b"}]},
    {"id": 2, "members": [{"id": "c", "低保对象": False, "目录内医疗费用": 900.5, "基本医保报销额": 100}]},
]
ASKED: dict[str, Any] = {
    "on": "2018-06-01",
    "parameters": {"农村低保标准": "4200元"},
    "benefits": ["医疗救助"],
    "reasons": False,
}


def decided(kernel: Any) -> tuple[list[Any], Fused]:
    plan = prepare(policyengine.load("zibo"), kernel=kernel, **ASKED)
    nested = nest(HOMES)
    found = decide_nested(plan, nested)
    (columns,) = plan._compiled.values()
    assert isinstance(columns, Fused)
    return [*found.households.to_pylist(), *found.persons.to_pylist()], columns


def test_few_rows_are_left_to_columns_unless_it_is_asked_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICYENGINE_CACHE", str(tmp_path / "kernels"))
    by_itself, left = decided("auto")
    forced, compiled_ = decided("fused")
    assert (len(left.kernels), len(compiled_.kernels)) == (0, 1)
    assert by_itself == forced
    assert {path.suffix for path in (tmp_path / "kernels").rglob("*.*")} >= {".py", ".nbi", ".nbc"}
    (loop,) = compiled_.loops.values()
    assert [loop.is_worthwhile(persons) for persons in (1000, 10**9)] == [False, True]


def test_compiled_code_that_cannot_be_kept_is_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("POLICYENGINE_CACHE", str(tmp_path / "file" / "kernels"))
    _compiled.cache_clear()
    assert decided("fused")[0] == decided("auto")[0]


def test_a_kernel_that_is_none_is_named() -> None:
    with pytest.raises(PolicyError) as raised:
        prepare(policyengine.load("zibo"), kernel="quick", **ASKED)  # type: ignore[arg-type]
    assert "auto / columns / fused" in raised.value.diagnostics[0].message("en")


def test_without_numba_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policyengine.population.deciding.is_installed", lambda: False)
    with pytest.raises(PolicyError) as raised:
        prepare(policyengine.load("zibo"), kernel="fused", **ASKED)
    assert "policyengine-packs[fast]" in (raised.value.diagnostics[0].help("en") or "")
    assert prepare(policyengine.load("zibo"), kernel="auto", **ASKED).kernel == "auto"
