"""Law 4 for the forward interpreter: after every fact it has concluded what the household evaluator settles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")

import policyengine
from cases import ProgramPack, concluded, open_random, random_case, room, settled, tell
from drawing import CHOICES, CONDITION, EFFECTIVE, OPTIONS, Source, mask_of, seeded
from households import Household, given, keys, write_fact
from policyengine import ir
from policyengine.cases.case import Case
from policyengine.interpreters import forward_host
from policyengine.interpreters.forward import Forward
from policyengine.interpreters.forward_host import MOST_CONDITIONS, MOST_PATTERNS, MOST_USES, TooLarge, define
from policyengine.interpreters.forward_rules import Conditions
from policyengine.interpreters.household import Evaluator
from policyengine.text import same
from programs import random_program

REGIONS = [name for name in policyengine.shipped_packs() if policyengine.load(name).policy.shape.document is not None]
Record = Callable[[str, object], None]


def agree(case: Case) -> None:
    assert concluded(case) == settled(case)


def follow(seed: int) -> tuple[int, int]:
    """Two households on a random program, told fact by fact; how many facts, and what was concluded."""
    source = seeded(seed)
    pack = ProgramPack(random_program(source))
    facts = conclusions = 0
    for _ in range(2):
        household, told = random_case(source, pack)
        with open_random(pack, household) as case:
            agree(case)
            for key, stated in told:
                conclusions += len(tell(case, pack, key, stated))
                facts += 1
                agree(case)
            case.decision()
    return facts, conclusions


@pytest.mark.parametrize("part", range(4))
def test_after_every_fact_the_conclusions_are_the_household_evaluators(
    part: int, pytestconfig: pytest.Config, record_property: Record
) -> None:
    seeds = 1000 if pytestconfig.getoption("--long") else 50
    steps, found = map(sum, zip(*(follow(10_000 * part + seed) for seed in range(seeds)), strict=True))
    record_property(
        "counted", f"forward, random programs {part + 1}/4: {steps} facts told, {found} conclusions, all agree"
    )
    assert steps > 10 * seeds


@pytest.mark.parametrize("region", REGIONS)
def test_after_every_fact_of_a_regions_household_too(
    region: str, pytestconfig: pytest.Config, record_property: Record
) -> None:
    pack, steps = policyengine.load(region), 0
    first, last = pack.term or (date(2018, 6, 1), date(2018, 6, 1))
    for seed in range(60 if pytestconfig.getoption("--long") else 4):
        source = seeded(seed)
        on = source.pick((date(2018, 6, 1), first, last, date(2019, 1, 1)))
        steps += follow_region(source, pack, min(max(on, first), last))
    record_property("counted", f"forward, {region}: {steps} facts told, all agree")


def follow_region(source: Source, pack: policyengine.Pack, on: date) -> int:
    program = pack.program(on)
    members = tuple("abcd"[: 1 + source.below(4)])
    readings = {
        item.id: source.pick((*item.type.options, "open"))
        for item in program.parameters
        if isinstance(item.type, ir.ChoiceType) and source.chance(30)
    }
    facts = [(fact, whose) for fact, whose in keys(program, members) if source.chance(60)]
    with pack.open_case(on=on, members=members, readings=readings) as case:
        agree(case)
        for fact, whose in source.shuffled(facts):
            stated = given(source, fact, room(fact), partly=source.chance(10))
            value = "none" if stated.absent else write_fact(fact, stated, program.options)
            case.tell(fact.id, value, whose if fact.scope == "person" else None)
            agree(case)
        case.decision()
    return len(facts)


# exactly what Kleene's logic does


def condition(name: str, scope: ir.Scope = "household") -> ir.FactRef:
    return ir.FactRef(CONDITION, name, scope)


def pack_of(node: ir.Node, facts: list[ir.Fact], scope: ir.Scope = "household") -> ProgramPack:
    """A pack with one benefit, whose eligibility is the node."""
    variable = ir.Variable("b.eligible", scope, CONDITION, node, same("b"), role="eligible")
    benefit = ir.Benefit("b", scope, "cash", same("b"), variable.id, None, None, None, (), False, (), None)
    program = ir.Program("p", same("p"), EFFECTIVE, "", OPTIONS, {}, tuple(facts), (), (variable,), (benefit,), ())
    return ProgramPack(program)


def conditions(number: int, scope: ir.Scope = "household") -> list[ir.Fact]:
    return [ir.Fact(f"f{i}", scope, CONDITION, (None, None), False, same(f"f{i}")) for i in range(number)]


def opened(pack: ProgramPack, *members: str) -> Case:
    return open_random(pack, Household(members or ("a",), {}))


def test_where_both_branches_hold_the_condition_needn_t_be_known() -> None:
    node = ir.Choose(CONDITION, condition("f0"), condition("f1"), condition("f2"))
    with opened(pack_of(node, conditions(3))) as case:
        assert case.tell("f1", True) == ()
        (found,) = case.tell("f2", True)
    assert (found.variable, found.truth, found.result, found.part) == ("b.eligible", True, "b", "eligible")
    assert [(item.kind, item.id, item.truth) for item in found.premises] == [("fact", "f1", True), ("fact", "f2", True)]


def test_rows_that_name_every_option_left_of_a_choice_leave_nothing_to_otherwise() -> None:
    type_ = CHOICES[1]
    choice = ir.Fact("c", "household", type_, mask_of(type_), False, same("c"))
    reference = ir.FactRef(type_, "c", "household")
    rows = tuple(
        ir.Row(ir.OneOf(CONDITION, reference, 1 << OPTIONS.index(option)), condition("f0"))
        for option in ("low", "high")
    )
    with opened(pack_of(ir.Table(CONDITION, rows, ir.Constant(CONDITION, False)), [choice, *conditions(1)])) as case:
        case.tell("f0", True)
        assert case.conclusions == ()
        (found,) = case.tell("c", ["low", "high"])
        assert found.truth is True


def test_a_wide_condition_is_proved_in_steps_and_tells_its_true_premises() -> None:
    facts = conditions(40)
    terms = tuple(
        ir.Logic(CONDITION, "or", tuple(condition(f"f{i}") for i in range(first, first + 4)))
        for first in range(0, 40, 4)
    )
    pack = pack_of(ir.Logic(CONDITION, "and", terms), facts)
    with opened(pack) as case:
        for index in range(1, 37, 4):
            assert case.tell(f"f{index}", True) == ()
        (found,) = case.tell("f38", True)
        agree(case)
    assert {item.id for item in found.premises} == {*(f"f{index}" for index in range(1, 37, 4)), "f38"}


# limits


def widest(definitions: Any) -> tuple[int, int, int]:
    """The longest rule in patterns, the most uses of a predicate in a ruleset, and the largest ruleset in conditions."""
    import json

    longest = uses = conditions = 0
    for text in definitions.rulesets:
        counted: Counter[str] = Counter()
        patterns = [pattern for rule in json.loads(text).values() for pattern in rule["all"]]
        for pattern in patterns:
            (test,) = pattern.values()
            counted.update(test.get("$ex", test).keys())
        longest = max(longest, *(len(rule["all"]) for rule in json.loads(text).values()))
        uses, conditions = max(uses, *counted.values()), max(conditions, len(patterns))
    return longest, uses, conditions


def many(number: int) -> ProgramPack:
    """So many benefits, each of which asks for the same fact and one of its own."""
    facts = conditions(number + 1)
    nodes = [ir.Logic(CONDITION, "and", (condition("f0"), condition(f"f{i + 1}"))) for i in range(number)]
    variables = tuple(ir.Variable(f"b{i}.eligible", "household", CONDITION, n, same("")) for i, n in enumerate(nodes))
    benefits = tuple(
        ir.Benefit(f"b{i}", "household", "cash", same(""), f"b{i}.eligible", None, None, None, (), False, (), None)
        for i in range(number)
    )
    return ProgramPack(
        ir.Program("p", same("p"), EFFECTIVE, "", OPTIONS, {}, tuple(facts), (), variables, benefits, ())
    )


def compiled(pack: ProgramPack) -> Any:
    return Forward(pack.evaluator).compiled(list(pack.evaluator.layout.household_blank)).definitions


def test_a_conjunction_of_twenty_is_cut_into_rules_of_at_most_sixteen_patterns() -> None:
    pack = pack_of(ir.Logic(CONDITION, "and", tuple(map(condition, (f"f{i}" for i in range(20))))), conditions(20))
    assert widest(compiled(pack))[0] <= MOST_PATTERNS
    with opened(pack) as case:
        assert [case.tell(f"f{i}", True) for i in range(19)] == [()] * 19
        (found,) = case.tell("f19", True)
        assert len(found.premises) == 20


def test_a_predicate_that_many_rules_ask_for_is_spread_over_rulesets() -> None:
    pack = many(150)
    definitions = compiled(pack)
    assert len(definitions.rulesets) > 1
    assert widest(definitions)[1] <= MOST_USES
    with opened(pack) as case:
        for index in range(150):
            case.tell(f"f{index + 1}", True)
        assert len(case.tell("f0", True)) == 150
        agree(case)


def test_a_pack_of_many_conditions_is_split_and_conclusions_pass_between_the_rulesets() -> None:
    facts, chain = conditions(400), []
    for index in range(400):
        before = ir.VariableRef(CONDITION, f"v{index - 1}", "household") if index else ir.Constant(CONDITION, True)
        chain.append(ir.Variable(f"v{index}", "household", CONDITION, ir.Logic(CONDITION, "and", (before, condition(f"f{index}"))), same("")))  # fmt: skip
    benefit = ir.Benefit("b", "household", "cash", same(""), "v399", None, None, None, (), False, (), None)
    pack = ProgramPack(
        ir.Program("p", same("p"), EFFECTIVE, "", OPTIONS, {}, tuple(facts), (), tuple(chain), (benefit,), ())
    )
    definitions = compiled(pack)
    assert len(definitions.rulesets) > 2
    assert widest(definitions)[2] <= MOST_CONDITIONS
    with opened(pack) as case:
        for index in range(399, 0, -1):
            assert case.tell(f"f{index}", True) == ()
        assert [item.variable for item in case.tell("f0", True)] == [f"v{index}" for index in range(400)]


def test_a_pack_beyond_what_rulesets_hold_is_refused_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward_host, "MOST_RULESETS", 1)
    with pytest.raises(TooLarge) as caught:
        compiled(many(150))
    assert caught.value.variable.startswith("b")
    with pytest.raises(policyengine.PolicyError) as refused:
        opened(many(150))
    assert [item.code for item in refused.value.diagnostics] == ["case-too-large"]


def test_names_that_the_package_would_take_for_others_are_passed_over() -> None:
    rules = Conditions(many(10).program).rules(())
    narrow = define(rules, lambda text: forward_host.fnv(text) % 1009)
    values = [forward_host.fnv(name) % 1009 for name in (*narrow.names.values(), *forward_host.WORDS)]
    assert len(set(values)) == len(values)


def test_nothing_but_generated_names_and_small_facts_reaches_the_package() -> None:
    evaluator: Evaluator = policyengine.load("zibo")._on(date(2018, 6, 1)).evaluator
    text = "".join(Forward(evaluator).compiled(list(evaluator.layout.household_blank)).definitions.rulesets)
    assert text.isascii()
    assert not any(fact.id in text for fact in evaluator.program.facts if len(fact.id) > 4)
    assert not any(
        word in text for word in ("$and", "$or", "$nex", "$not", "$lt", "$gt", "$add", "any", "none", "count")
    )


def test_cases_that_differ_in_figures_alone_share_their_rules() -> None:
    pack = policyengine.load("zibo")
    with (
        pack.open_case(on="2018-06-01", members=["a"], parameters={"农村低保标准": 4200}) as one,
        pack.open_case(on="2018-06-01", members=["a"], parameters={"农村低保标准": 5000}) as other,
        pack.open_case(on="2018-06-01", members=["a"], readings={"rural_poor_means": "open"}) as third,
    ):
        parts = [SimpleNamespace(rules=case._inference.compiled) for case in (one, other, third)]  # type: ignore[union-attr]
    assert parts[0].rules is parts[1].rules
    assert parts[2].rules is not parts[0].rules
