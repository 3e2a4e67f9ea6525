"""Mutation: what is changed, that a short cut sees what deciding everything again would see, and what the scenarios keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policyengine
import policyengine.ready
from drawing import seeded
from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar
from policyengine.compiler import compile_pack
from policyengine.packs import Pack
from policyengine.testing.mutation import Mutation
from policyengine.testing.mutation.mutants import Edition, Mutant, with_date
from policyengine.testing.mutation.nodes import at, changes, paths, put
from policyengine.testing.scenarios import run_scenarios
from policyengine.values import ends
from programs import random_program

LINHAI = Path(__file__).parent / "regions" / "linhai"


# taking a formula apart and putting it together


@given(st.integers(0, 10**6))
def test_formula_put_together_from_its_parts_is_the_same(seed: int) -> None:
    for variable in random_program(seeded(seed)).variables:
        for path, node in paths(variable.node):
            assert ir.with_children(node, ir.children(node)) == node
            assert at(variable.node, path) == node
            assert put(variable.node, path, node) == variable.node


@given(st.integers(0, 10**6))
def test_every_change_changes_its_node_and_keeps_its_type(seed: int) -> None:
    program = random_program(seeded(seed))
    for variable in program.variables:
        for path, node in paths(variable.node):
            keys = []
            for change in changes(node, program.options, False):
                keys.append((change.kind, change.key))
                assert change.node != node
                assert type(change.node.type) is type(node.type)
                assert put(variable.node, path, change.node) != variable.node
            assert len(keys) == len(set(keys)), "two changes of one name"


# the short cut


@contextmanager
def recompiled(mutant: Mutant) -> Iterator[None]:
    """Every program is compiled with the mutant in it: figures and dates in the pack itself, formulas in the program."""
    editions: dict[tuple[str, date], Edition] = {}

    def compile_mutated(policy: PolicyPack, on: date) -> ir.Program:
        if mutant.kind in ("figure", "bound", "date") and mutant.target in policy.parameters:
            return compile_pack(rewritten(policy, mutant, on), on)
        key = (policy.digest, on)
        if key not in editions:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(policyengine.ready, "compile_pack", compile_pack)
                editions[key] = Edition(Pack(policy), on)
        edit = editions[key].apply(mutant)
        return editions[key].program if edit is None else edit.program(editions[key].program)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policyengine.ready, "compile_pack", compile_mutated)
        yield


def rewritten(policy: PolicyPack, mutant: Mutant, on: date) -> PolicyPack:
    """The pack with the figure or date as the mutant has it, written into its parameter."""
    shape = policy.parameters[mutant.target]
    when, _, key = mutant.key.rpartition(" ")
    if mutant.kind == "date":
        changed = with_date(shape, when, key)
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(policyengine.ready, "compile_pack", compile_pack)
            edit = Edition(Pack(policy), on).apply(mutant)
        if edit is None:
            return policy
        values = {
            each: written(edit.parameters[mutant.target]) if each == when else text
            for each, text in (shape.values or {}).items()
        }
        changed = shape.model_copy(update={"values": values})
    return policy if changed is None else replace(policy, parameters={**policy.parameters, mutant.target: changed})


def written(parameter: ir.Parameter) -> Scalar:
    """A parameter's figure as a pack writes it."""

    def figure(value: int) -> str:
        if isinstance(parameter.type, ir.DateType):
            return date.fromordinal(value).isoformat()
        assert isinstance(parameter.type, ir.NumberType)
        whole, rest = divmod(value * 10**8, parameter.type.scale)
        assert rest == 0
        return f"{whole // 10**8}.{whole % 10**8:08d}"

    low, high = ends(parameter.value)
    match parameter.stated:
        case "at least":
            assert low is not None
            return Scalar.at(f"at least {figure(low)}", None)
        case "at most":
            assert high is not None
            return Scalar.at(f"at most {figure(high)}", None)
        case "between":
            assert low is not None
            assert high is not None
            return Scalar.at(f"between {figure(low)} and {figure(high)}", None)
        case _:
            assert low is not None
            return Scalar.at(figure(low), None)


def compare_with_everything_decided_again(folder: Path | str, every: int, offset: int) -> None:
    mutation = Mutation(policyengine.load(folder))
    chosen = mutation.mutants[offset::every]
    different = []
    for mutant in chosen:
        quick = mutation.verdict(mutant).fate
        with recompiled(mutant):
            failing = [outcome.name for outcome in run_scenarios(policyengine.load(folder)) if not outcome.passed]
        if quick != "refused" and (quick == "noticed") != bool(failing):
            different.append((mutant.id, quick, failing))
    assert different == []
    assert len(chosen) >= 5


def test_short_cut_says_what_deciding_everything_again_says() -> None:
    compare_with_everything_decided_again(LINHAI, 60, 0)


@pytest.mark.long
@pytest.mark.parametrize("pack", ["zibo", "zhanjiang"])
def test_short_cut_says_on_a_real_plan_what_deciding_everything_again_says(pack: str) -> None:
    compare_with_everything_decided_again(pack, 37, 3)
