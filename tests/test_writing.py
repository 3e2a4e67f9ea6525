"""An explanation written as text by functions of its own says what the lines of its reasons say, byte for byte."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given as tried_on
from hypothesis import settings

import policyengine
from drawing import CONDITION, EFFECTIVE, YUAN_EACH, seeded
from households import Given, Household, Ready, random_household
from policyengine import ir
from policyengine.decision import Decision
from policyengine.explaining.reason_tree import write_json
from policyengine.explaining.telling import MANY, telling
from policyengine.interpreters.straight import straight
from policyengine.ir import NumberType
from policyengine.text import Lang, same
from policyengine.values import ANYTHING
from programs import random_program
from showing import Case
from test_straight import programs_with_households

often = settings(max_examples=10 * settings().max_examples)
EXAMPLES = sorted(Path(__file__).parent.parent.joinpath("examples").rglob("*.yaml"))
LANGS: tuple[Lang, ...] = ("zh", "en")


def examples(pack: policyengine.Pack) -> list[Decision]:
    """The examples whose facts a plan knows; others are of other plans."""
    found = []
    for path in EXAMPLES:
        with contextlib.suppress(policyengine.PolicyError):
            found.append(pack.decide(yaml.safe_load(path.read_text(encoding="utf-8")), on="2018-06-01"))
    assert found
    return found


def by_reasons(decision: Decision, lang: Lang, **narrowed: str) -> str:
    telling(decision._evaluator, lang).texts = 0
    return decision.explain(lang, **narrowed).text  # type: ignore[arg-type]


def written(decision: Decision, lang: Lang, **narrowed: str) -> str:
    telling(decision._evaluator, lang).texts = MANY
    return decision.explain(lang, **narrowed).text  # type: ignore[arg-type]


@often
@tried_on(programs_with_households())
def test_what_is_written_is_what_the_reasons_say(case: Case) -> None:
    ready = Ready(case.program)
    for household in case.households:
        decision = ready.decide(household)
        for lang in LANGS:
            assert written(decision, lang) == by_reasons(decision, lang)


@pytest.mark.parametrize("name", ["zibo", "qingdao", "shangjie", "zhanjiang", "ziyang"])
def test_the_shipped_plans_are_written_as_their_reasons_say(name: str) -> None:
    """The examples, whole and for one benefit or member."""
    for decision in examples(policyengine.load(name)):
        narrowed: list[dict[str, str]] = [{}]
        narrowed += [{"member": member} for member in decision._household.member_ids[:2]]
        narrowed += [{"benefit": item.id} for item in decision.program.benefits[:5]]
        for lang in LANGS:
            for narrow in narrowed:
                assert written(decision, lang, **narrow) == by_reasons(decision, lang, **narrow)


def test_after_many_texts_the_functions_take_over() -> None:
    source = seeded(7)
    program = random_program(source)
    ready, household = Ready(program), random_household(source, program)
    first = ready.decide(household).explain("zh").text
    for _ in range(MANY):
        last = ready.decide(household).explain("zh").text
    assert telling(ready.evaluator, "zh")._writings
    assert last == first


def test_what_is_needed_together_among_alternatives_is_written_together() -> None:
    """One, both or neither of two conditions failed or open, beside another and behind a `not`."""
    program = _program(
        _or(_fact("a"), _and(_fact("b"), _fact("c"))), _or(_fact("a"), _not(_or(_fact("b"), _fact("c"))))
    )
    ready = Ready(program)
    for a in (True, False, None):
        for b in (True, False, None):
            for c in (True, False, None):
                facts = {(name, "甲"): Given(value) for name, value in zip("abc", (a, b, c), strict=True)}
                decision = ready.decide(Household(("甲",), facts))
                for lang in LANGS:
                    assert written(decision, lang) == by_reasons(decision, lang)


def test_a_member_called_because_keeps_the_marks_before_the_name() -> None:
    ready = Ready(_program(_fact("a")))
    decision = ready.decide(Household(("because",), {("a", "because"): Given(False)}))
    expected = """random · 2018-06-01 · household, 1 member

because
  ✗ b0   not entitled
      ✗ because: a: no"""
    assert by_reasons(decision, "en") == written(decision, "en") == expected


def test_amounts_are_written_with_how_they_came_about() -> None:
    money = NumberType(YUAN_EACH, 100)
    cost, most = ir.FactRef(money, "cost", "person"), ir.Constant(money, 50_00)
    program = _program(_fact("a"), amount=ir.Arithmetic(money, "min", (cost, most)))
    ready = Ready(program)
    for fen in (49_99, 50_00, 1_234_50):
        decision = ready.decide(Household(("甲",), {("a", "甲"): Given(True), ("cost", "甲"): Given(fen)}))
        assert written(decision, "zh") == by_reasons(decision, "zh")
        assert f"{fen // 100:,}.{fen % 100:02d}" in written(decision, "zh") or fen > 50_00


# other options of readings


@often
@tried_on(programs_with_households())
def test_what_another_reading_would_change_is_found_beside_the_household_too(case: Case) -> None:
    ready = Ready(case.program)
    ready.evaluator._straight = straight(ready.evaluator)
    for household in case.households:
        decision = ready.decide(household)
        before, home = variables(decision), decision._household
        every = set(decision._results())
        for item in decision._readings().values():
            reach, changed = ready.evaluator.reach(item.parameter), set(decision._changes(item.parameter))
            for shown in (every, *({result} for result in every)):
                found = ready.evaluator.matters(reach, home.environment, home.member_ids, shown)
                assert found is None or found == bool(changed & shown)
        assert variables(decision) == before


@pytest.mark.parametrize("name", ["zibo", "qingdao", "shangjie", "zhanjiang", "ziyang"])
def test_what_other_readings_of_the_shipped_plans_would_change_is_found_beside_the_household(name: str) -> None:
    pack, found = policyengine.load(name), set()
    for decision in examples(pack):
        evaluator, home = decision._evaluator, decision._household
        evaluator._straight = straight(evaluator)
        every = set(decision._results())
        for item in decision._readings().values():
            reach, changed = evaluator.reach(item.parameter), set(decision._changes(item.parameter))
            for shown in (every, changed, every - changed):
                matters = evaluator.matters(reach, home.environment, home.member_ids, shown)
                assert matters is None or matters == bool(changed & shown)
                found.add(matters)
    assert found >= {True, False}


def variables(decision: Decision) -> list[Any]:
    home = decision._household.environment
    return [home[1:], *(member[1:] for member in home[0])]


# JSON


def test_reasons_many_levels_deep_are_told_in_every_form() -> None:
    deep = 600
    fact: ir.Node = _fact("a")
    chain = []
    for index in range(deep):
        chain.append(ir.Variable(f"v{index}", "person", CONDITION, fact, same(f"v{index}")))
        fact = ir.VariableRef(CONDITION, f"v{index}", "person")
    program = _program(fact, variables=tuple(chain))
    decision = Ready(program).decide(Household(("甲",), {("a", "甲"): Given(True)}))
    assert decision.explain("zh").to_json().count('"kind": "variable"') == deep + 1
    assert by_reasons(decision, "zh") == written(decision, "zh")
    assert by_reasons(decision, "zh").count("\n") > deep


@pytest.mark.parametrize(
    "content",
    [{}, [], 0, None, "中\n", {"a": []}, {"a": {}}, [1, None, True, {"b": [[], [1.5, "x"]], "c": {"d": 1}}, []]],
)
def test_json_is_written_as_the_standard_library_writes_it(content: Any) -> None:
    assert write_json(content) == json.dumps(content, ensure_ascii=False, indent=1)


# small programs


def _fact(name: str) -> ir.FactRef:
    return ir.FactRef(CONDITION, name, "person")


def _and(*terms: ir.Node) -> ir.Node:
    return ir.Logic(CONDITION, "and", terms)


def _or(*terms: ir.Node) -> ir.Node:
    return ir.Logic(CONDITION, "or", terms)


def _not(term: ir.Node) -> ir.Node:
    return ir.Logic(CONDITION, "not", (term,))


def _program(
    *conditions: ir.Node, amount: ir.Node | None = None, variables: tuple[ir.Variable, ...] = ()
) -> ir.Program:
    """A benefit for each condition; the facts a, b, c are conditions, cost is money."""
    facts = [ir.Fact(name, "person", CONDITION, ANYTHING, False, same(name)) for name in "abc"]
    facts.append(ir.Fact("cost", "person", NumberType(YUAN_EACH, 100), (0, None), False, same("cost")))
    benefits, defined = [], list(variables)
    for index, node in enumerate(conditions):
        name = f"b{index}"
        defined.append(ir.Variable(f"{name}.eligible", "person", CONDITION, node, same(name), (), "eligible"))
        if amount is not None:
            defined.append(ir.Variable(f"{name}.amount", "person", amount.type, amount, same(name), (), "amount"))
        due = None if amount is None else f"{name}.amount"
        benefits.append(
            ir.Benefit(name, "person", "cash", same(name), f"{name}.eligible", due, "year", None, (), False, (), None)
        )
    return ir.Program(
        "random", same("random"), EFFECTIVE, "", (), {}, tuple(facts), (), tuple(defined), tuple(benefits), ()
    )
