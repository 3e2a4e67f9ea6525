"""What holds between benefits: exclusions by all three rules, shared ceilings, order of payers; facts missing."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from minipack import codes, findings, load, variable
from policyengine import Decision
from policyengine.errors import Diagnostic

FACTS = """
    gets_a: {for: person, type: condition, label: {zh: 甲成立, en: a holds}}
    gets_b: {for: person, type: condition, label: {zh: 乙成立, en: b holds}}
    gets_c: {for: person, type: condition, label: {zh: 丙成立, en: c holds}}
    sum_a: {for: person, type: number, unit: yuan/year, label: {zh: 甲金额, en: amount of a}}
    sum_b: {for: person, type: number, unit: yuan/year, label: {zh: 乙金额, en: amount of b}}
    sum_c: {for: person, type: number, unit: yuan/year, label: {zh: 丙金额, en: amount of c}}
    bill: {for: person, type: number, unit: yuan/year, range: [-1000元, 100万元], label: {zh: 账单, en: the bill}}
    age: {for: person, type: number, unit: years, label: {zh: 年纪, en: years of age}}
    rent: {for: household, type: number, unit: yuan/year, label: {zh: 房租, en: yearly rent}}
"""
PARAMETERS = """
    half: {label: {zh: 一半, en: one half}, unit: ratio, values: 50%}
    top: {label: {zh: 封顶, en: the top}, unit: yuan/person/year, values: 100元}
"""
ZH = {"a": "甲", "b": "乙", "c": "丙"}
NAMES = ("a", "b", "c")
ALL = {"gets_a": True, "gets_b": True, "gets_c": True}


def benefit(key: str, amount: str | None = "", eligible: str = "", scope: str = "person") -> str:
    """Benefit `a` for those who `gets_a`, of `sum_a`."""
    lines = [
        f"benefit: {key}",
        f"label: {{zh: 待遇{ZH.get(key, key)}, en: benefit {key}}}",
        f"for: {scope}",
        "kind: cash",
    ]
    lines += ["period: year", f"eligible: {eligible or f'gets_{key}'}"]
    return "\n".join([*lines, *([f"amount: {amount or f'sum_{key}'}"] if amount is not None else [])]) + "\n"


THREE = "---\n".join(map(benefit, NAMES))


def decide(folder: Path, between: str, person: dict[str, Any], benefits: str = THREE, **household: Any) -> Decision:
    pack = load(folder, facts=FACTS, parameters=PARAMETERS, benefits=benefits, between=between)
    return pack.decide({**household, "members": [{"id": "p", **person}]}, on="2018-06-01")


def outcome(decision: Decision) -> dict[str, str]:
    """Benefit -> its amount if eligible, its amount with a ? if undetermined, - if ineligible."""
    mark = {"eligible": "{}", "undetermined": "{}?", "ineligible": "-"}
    return {item.benefit: mark[item.status].format(item.amount) for item in decision.entitlements}


def problems(folder: Path, between: str, benefits: str = THREE) -> list[Diagnostic]:
    found = findings(folder, facts=FACTS, parameters=PARAMETERS, benefits=benefits, between=between)
    return [item for item in found if item.is_error]


def exclusion(rule: str, benefits: str = "[a, b]", key: str = "one_of_them") -> str:
    return f"  {key}: {{label: {{zh: 取一{key}, en: only one {key}}}, benefits: {benefits}, rule: {rule}}}\n"


# exclusions


def sums(a: Any = None, b: Any = None, c: Any = None) -> dict[str, Any]:
    return {key: value for key, value in {"sum_a": a, "sum_b": b, "sum_c": c}.items() if value is not None}


@pytest.mark.parametrize(
    ("person", "a", "b"),
    [
        ({**ALL, **sums(3, 2)}, "3.00", "-"),
        ({**ALL, **sums(2, 3)}, "-", "3.00"),
        ({**ALL, **sums(2, 2)}, "2.00", "-"),  # equals: the first
        ({"gets_a": True, "gets_b": False, **sums(2, 3)}, "2.00", "-"),
        ({"gets_a": True, **sums(3, 2)}, "3.00", "-"),  # whether b holds or not
        ({"gets_a": True, **sums(2, 3)}, "between 0.00 and 2.00?", "between 0.00 and 3.00?"),
        ({"gets_b": True, **sums(2, 3)}, "-", "3.00"),
        ({**ALL, **sums("at least 4", 3)}, "at least 4.00", "-"),
        ({**ALL, **sums("between 2 and 4", 3)}, "between 0.00 and 4.00?", "between 0.00 and 3.00?"),
    ],
)
def test_larger_amount_excludes_the_smaller(tmp_path: Path, person: dict[str, Any], a: str, b: str) -> None:
    found = outcome(decide(tmp_path, "exclusions:\n" + exclusion("larger"), person))
    assert (found["a"], found["b"]) == (a, b)


def test_a_refusal_by_an_exclusion_names_it_and_its_clause(tmp_path: Path) -> None:
    provisions = """
        P-1: {place: item 1, class: benefit, says: {zh: 甲, en: a}}
        P-5: {place: item 5, class: benefit, says: {zh: 择一, en: one of them}}
    """
    between = "exclusions:\n" + exclusion("larger").replace("rule:", "provision: P-5, rule:")
    benefits = THREE.replace("for: person\n", "for: person\nprovision: P-1\n")
    pack = load(tmp_path, facts=FACTS, parameters=PARAMETERS, benefits=benefits, between=between, provisions=provisions)
    decision = pack.decide({"members": [{"id": "p", **ALL, **sums(3, 2)}]}, on="2018-06-01")
    assert str(decision.explain("en", benefit="b")).splitlines()[3:] == [
        "  ✗ benefit b   not entitled",
        "      ✗ excluded by “only one one_of_them”",
        "      ✗ these must not all hold",
        "          ✗ p: qualifying for benefit a",
        "              ✓ p: a holds: yes",
        "          ✗ benefit a is 3.00 yuan; must be below benefit b 2.00 yuan",
        "              amount of a 3.00 yuan",
        "              amount of b 2.00 yuan",
        "      see item 1 [P-1]; item 5 [P-5]",
    ]
    open_ = pack.decide({"members": [{"id": "p", **ALL, **sums(2)}]}, on="2018-06-01")
    assert "? may be excluded by “only one one_of_them”" in str(open_.explain("en", benefit="b"))
    granted = str(decision.explain("en", benefit="a"))
    assert "excluded" not in granted
    assert granted.endswith("see item 1 [P-1]")


def test_largest_of_three_stays(tmp_path: Path) -> None:
    between = "exclusions:\n" + exclusion("larger", "[a, b, c]")
    assert outcome(decide(tmp_path / "1", between, {**ALL, **sums(1, 3, 2)})) == {"a": "-", "b": "3.00", "c": "-"}
    assert outcome(decide(tmp_path / "2", between, {**ALL, **sums(2, 2, 2)})) == {"a": "2.00", "b": "-", "c": "-"}
    smaller = {**ALL, **sums(1, 3, 2), "gets_b": False}
    assert outcome(decide(tmp_path / "3", between, smaller)) == {"a": "-", "b": "-", "c": "2.00"}


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (ALL, ("1.00", "-", "-")),
        ({**ALL, "gets_a": False}, ("-", "2.00", "-")),
        ({**ALL, "gets_a": False, "gets_b": False}, ("-", "-", "3.00")),
        ({"gets_b": True, "gets_c": True}, ("between 0.00 and 1.00?", "between 0.00 and 2.00?", "-")),
        ({"gets_a": True}, ("1.00", "-", "-")),
    ],
)
def test_first_of_the_list_excludes_the_later(
    tmp_path: Path, person: dict[str, Any], expected: tuple[str, ...]
) -> None:
    between = "exclusions:\n" + exclusion("first", "[a, b, c]")
    found = outcome(decide(tmp_path, between, {**person, **sums(1, 2, 3)}))
    assert tuple(found[name] for name in NAMES) == expected


CHOICE = "exclusions:\n" + exclusion("choice")


@pytest.mark.parametrize(
    ("person", "a", "b", "missing"),
    [
        ({"one_of_them": "a"}, "1.00", "-", []),
        ({"取一one_of_them": "待遇乙"}, "-", "2.00", []),
        ({}, "between 0.00 and 1.00?", "between 0.00 and 2.00?", ["one_of_them"]),
        ({"gets_b": False}, "1.00", "-", []),
        ({"gets_b": False, "one_of_them": "b"}, "1.00", "-", []),
    ],
)
def test_applicant_chooses_between_what_both_hold(
    tmp_path: Path, person: dict[str, Any], a: str, b: str, missing: list[str]
) -> None:
    decision = decide(tmp_path, CHOICE, {**ALL, **sums(1, 2), **person}, "---\n".join(map(benefit, "ab")))
    assert tuple(outcome(decision).values()) == (a, b)
    assert [item.id for item in decision.missing] == missing


def test_benefits_without_an_amount_can_exclude_by_order_and_choice_but_not_by_size(tmp_path: Path) -> None:
    served = "---\n".join([benefit("a", None), benefit("b", None)])
    first = decide(tmp_path / "1", "exclusions:\n" + exclusion("first"), ALL, served)
    assert [item.status for item in first.entitlements] == ["eligible", "ineligible"]
    chosen = decide(tmp_path / "2", CHOICE, {**ALL, "one_of_them": "b"}, served)
    assert [item.status for item in chosen.entitlements] == ["ineligible", "eligible"]
    found = problems(tmp_path / "3", "exclusions:\n" + exclusion("larger"), served)
    assert codes(found) == ["no-amount", "no-amount"]
    assert all(item.place is not None for item in found)


def test_one_benefit_may_stand_in_many_exclusions(tmp_path: Path) -> None:
    """The second and the third exclusion once shared a name, and the pack was refused for a cycle."""
    keys = ("a", "c", "d", "e")
    facts = FACTS + "".join(f"    gets_{key}: {{for: person, type: condition, label: G{key}}}\n" for key in "de")
    benefits = "---\n".join(benefit(key, "top") for key in ("a", "b", "c", "d", "e"))
    between = "exclusions:\n" + "".join(exclusion("first", f"[{key}, b]", f"x{key}") for key in keys)
    pack = load(tmp_path, facts=facts, parameters=PARAMETERS, benefits=benefits, between=between)
    nothing = {f"gets_{key}": False for key in keys}
    for holder in (None, *keys):
        person = {"id": "p", "gets_b": True, **nothing, **({f"gets_{holder}": True} if holder else {})}
        found = pack.decide({"members": [person]}, on="2018-06-01").entitlement("b", "p")
        assert found.status == ("eligible" if holder is None else "ineligible")


# shared ceilings

CEILING = "ceilings:\n  both: {label: {zh: 合计, en: both}, benefits: [b, a], ceiling: top}\n"


@pytest.mark.parametrize(
    ("person", "a", "b"),
    [
        ({**ALL, **sums(50, 40)}, "50.00", "40.00"),
        ({**ALL, **sums(70, 40)}, "60.00", "40.00"),  # b is listed first
        ({**ALL, **sums(70, 140)}, "0.00", "100.00"),
        ({"gets_a": True, "gets_b": False, **sums(170, 40)}, "100.00", "-"),
        ({"gets_a": True, **sums(70, 40)}, "between 60.00 and 70.00", "between 0.00 and 40.00?"),
        ({**ALL, **sums(b=40)}, "at most 60.00", "40.00"),
        ({**ALL, **sums(70)}, "between 0.00 and 70.00", "at most 100.00"),
    ],
)
def test_ceiling_is_used_up_in_the_order_listed(tmp_path: Path, person: dict[str, Any], a: str, b: str) -> None:
    found = outcome(decide(tmp_path, CEILING, person))
    bounds = {name: text.replace("between 0.00 and", "at most") for name, text in found.items()}
    expected = tuple(text.replace("between 0.00 and", "at most") for text in (a, b))
    assert (bounds["a"], bounds["b"]) == expected


def test_excluded_benefit_uses_up_nothing_of_a_ceiling(tmp_path: Path) -> None:
    between = "exclusions:\n" + exclusion("first", "[c, b]") + CEILING
    assert outcome(decide(tmp_path, between, {**ALL, **sums(80, 90, 1)})) == {"a": "80.00", "b": "-", "c": "1.00"}


def test_ceiling_and_order_of_payers_that_contradict_each_other_are_a_cycle(tmp_path: Path) -> None:
    """The ceiling serves b before a, the payers a before b."""
    (found, *_) = problems(tmp_path, CEILING + CHAIN)
    assert found.code == "cycle"


def test_ceiling_may_be_a_formula_with_facts(tmp_path: Path) -> None:
    between = CEILING.replace("ceiling: top", "ceiling: half × bill")
    found = outcome(decide(tmp_path, between, {**ALL, **sums(30, 30), "bill": 100}))
    assert (found["a"], found["b"]) == ("20.00", "30.00")


# order of payers

CHAIN = """
payers:
  settlement:
    for: person
    label: {zh: 结算, en: settlement}
    base: bill
    order:
      - {id: insurance, label: {zh: 保险, en: insurance}, pays: half × 剩余}
      - {id: first_aid, benefit: a}
      - {id: fund, label: {zh: 基金, en: the fund}, pays: "min(top, remaining)"}
      - {id: last_aid, benefit: b}
"""


def settled(decision: Decision) -> list[str]:
    """What each step pays and what is left after it."""
    steps = ("insurance", "first_aid", "fund", "last_aid")
    return [variable(decision, name, "p") for step in steps for name in (step, f"after_{step}")]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (
            {"bill": 1000, **sums(200, 900)},
            ["500.00", "500.00", "200.00", "300.00", "100.00", "200.00", "200.00", "0.00"],
        ),
        ({"bill": 1000, **sums(800, 900)}, ["500.00", "500.00", "500.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
        ({"bill": 0, **sums(200, 900)}, ["0.00"] * 8),
        ({"bill": -100, **sums(200, 900)}, ["0.00"] * 8),
        ({"bill": "0.01", **sums(200, 900)}, ["0.01", "0.00"] + ["0.00"] * 6),
    ],
)
def test_each_payer_pays_of_what_is_left_and_never_more(
    tmp_path: Path, person: dict[str, Any], expected: list[str]
) -> None:
    after = "after_last_aid <= after_fund"
    benefits = "---\n".join([benefit("a"), benefit("b"), benefit("c", "after_last_aid", after)])
    decision = decide(tmp_path, CHAIN, {**ALL, **person}, benefits)
    assert settled(decision) == expected
    assert [str(item.amount) for item in decision.entitlements[:2]] == [expected[2], expected[6]]


def test_benefit_that_is_not_granted_pays_nothing_in_the_chain(tmp_path: Path) -> None:
    benefits = "---\n".join([benefit("a"), benefit("b"), benefit("c", "after_last_aid")])
    person = {"gets_a": False, "gets_b": True, "gets_c": True, "bill": 1000, **sums(200, 900)}
    decision = decide(tmp_path, CHAIN, person, benefits)
    assert settled(decision)[2:4] == ["0.00", "500.00"]
    assert outcome(decision) == {"a": "-", "b": "400.00", "c": "0.00"}


def test_unknown_bill_leaves_bounds_that_hold_for_every_bill(tmp_path: Path) -> None:
    benefits = "---\n".join([benefit("a"), benefit("b"), benefit("c", "after_last_aid")])
    decision = decide(tmp_path, CHAIN, {**ALL, **sums(200, 900)}, benefits)
    assert outcome(decision)["a"] == "between 0.00 and 200.00"
    assert "bill" in {item.id for item in decision.missing}


def test_first_payer_may_be_a_benefit_and_pays_nothing_of_a_negative_base(tmp_path: Path) -> None:
    chain = CHAIN.replace("      - {id: insurance, label: {zh: 保险, en: insurance}, pays: half × 剩余}\n", "")
    benefits = "---\n".join([benefit("a"), benefit("b")])
    assert outcome(decide(tmp_path / "1", chain, {**ALL, **sums(200, 0), "bill": -100}, benefits))["a"] == "0.00"
    assert outcome(decide(tmp_path / "2", chain, {**ALL, **sums(200, 0), "bill": 100}, benefits))["a"] == "100.00"


# facts missing

TRIED: dict[str, tuple[Any, ...]] = {
    "gets_a": (True, False),
    "gets_b": (True, False),
    "sum_a": (50, 120),
    "sum_b": (50, 90),
    "bill": (-50, 150),
}
RELATIONS = {
    "larger": "exclusions:\n" + exclusion("larger"),
    "first": "exclusions:\n" + exclusion("first", "[b, a]"),
    "choice": CHOICE,
    "ceiling": CEILING,
    "chain": CHAIN,
    "all": "exclusions:\n"
    + exclusion("larger")
    + CEILING.replace("[b, a]", "[a, b]").replace("top", "half × top")
    + CHAIN,
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_what_is_said_with_facts_missing_holds_for_every_way_to_complete_them(tmp_path: Path, relation: str) -> None:
    benefits = "---\n".join(map(benefit, "ab"))
    pack = load(tmp_path, facts=FACTS, parameters=PARAMETERS, benefits=benefits, between=RELATIONS[relation])
    tried = {**TRIED, "one_of_them": ("a", "b")} if relation == "choice" else TRIED

    def decided(facts: dict[str, Any]) -> list[Any]:
        decision = pack.decide({"members": [{"id": "p", **facts}]}, on="2018-06-01")
        return [(item.status, item.amount) for item in decision.entitlements]

    complete = [dict(zip(tried, values, strict=True)) for values in product(*tried.values())]
    results = [decided(facts) for facts in complete]
    for values in product(*((None, *ways) for ways in tried.values())):
        given = {name: value for name, value in zip(tried, values, strict=True) if value is not None}
        partly = decided(given)
        for facts, exact in zip(complete, results, strict=True):
            if facts.items() >= given.items():
                for (status, bounds), (settled_status, amount) in zip(partly, exact, strict=True):
                    assert status in ("undetermined", settled_status)
                    assert bounds.low is None or bounds.low <= amount.exact
                    assert bounds.high is None or bounds.high >= amount.exact


# entitled and received


@pytest.mark.parametrize(
    ("condition", "person", "expected"),
    [
        ("entitled(a)", {"gets_a": True}, "eligible"),
        ("享受(待遇甲)", {"gets_a": False}, "ineligible"),
        ("entitled(a)", {}, "undetermined"),
        ("received(a) > 0", {"gets_a": True, "sum_a": 1}, "eligible"),
        ("所得(待遇甲) > 0", {"gets_a": False, "sum_a": 1}, "ineligible"),
        ("received(a) > 0", {"gets_a": True, "sum_a": 0}, "ineligible"),
        ("received(a) > 0", {"gets_a": False}, "ineligible"),
    ],
)
def test_results_of_a_benefit_can_be_used_elsewhere(
    tmp_path: Path, condition: str, person: dict[str, Any], expected: str
) -> None:
    benefits = "---\n".join([benefit("a"), benefit("c", "top", condition)])
    assert decide(tmp_path, "", person, benefits).entitlement("c", "p").status == expected


def test_entitled_and_received_see_what_exclusions_and_ceilings_leave(tmp_path: Path) -> None:
    extra = [benefit("x", "received(a) + received(b)", "entitled(a) and not entitled(b)")]
    between = "exclusions:\n" + exclusion("larger") + "ceilings:\n  cap: {label: 封, benefits: [a, c], ceiling: top}\n"
    decision = decide(tmp_path, between, {**ALL, **sums(150, 120, 5)}, "---\n".join([THREE, *extra]))
    assert outcome(decision) == {"a": "100.00", "b": "-", "c": "0.00", "x": "100.00"}


def test_entitled_does_not_depend_on_the_amount(tmp_path: Path) -> None:
    """The condition of b asks whether a is granted, the amount of a whether b is: no cycle."""
    benefits = "---\n".join([benefit("a", "if entitled(b) then sum_a else 0"), benefit("b", "sum_b", "entitled(a)")])
    decision = decide(tmp_path, "", {"gets_a": True, **sums(3, 4)}, benefits)
    assert outcome(decision) == {"a": "3.00", "b": "4.00"}


def test_benefits_that_depend_on_each_other_are_shown_as_a_cycle(tmp_path: Path) -> None:
    benefits = "---\n".join([benefit("a", "sum_a", "not entitled(b)"), benefit("b", "sum_b", "not entitled(a)")])
    (found, *_) = problems(tmp_path, "", benefits)
    assert found.code == "cycle"
    assert "a eligible → b eligible → a eligible" in found.render("en").replace("`", "")


# what is refused


@pytest.mark.parametrize(
    ("between", "code"),
    [
        ("exclusions:\n" + exclusion("larger", "[a, nothing]"), "unknown-name"),
        ("exclusions:\n" + exclusion("first", "[a, sum_a]"), "not-a-benefit"),
        ("exclusions:\n" + exclusion("choice", "[a, 待遇甲]"), "wrong-shape"),
        ("exclusions:\n" + exclusion("first", "[a]"), "wrong-shape"),
        ("exclusions:\n" + exclusion("choice", key="age"), "duplicate-id"),
        ("exclusions:\n" + exclusion("choice", key="a.eligible"), "bad-id"),
        ("exclusions:\n" + exclusion("smaller"), "not-one-of"),
        ("exclusions:\n" + exclusion("first", "[a, h]"), "mixed-scopes"),
        ("ceilings:\n  x: {label: X, benefits: [a, served], ceiling: top}\n", "no-amount"),
        ("ceilings:\n  x: {label: X, benefits: [a, b], ceiling: rent}\n", "unit-mismatch"),
        ("ceilings:\n  x: {label: X, benefits: [a, b], ceiling: age}\n", "unit-mismatch"),
        ("ceilings:\n  x: {label: X, benefits: [a, b], ceiling: gets_a}\n", "not-a-number"),
        ("payers:\n  x: {for: person, label: X, base: bill, order: [{id: s, benefit: served}]}\n", "no-amount"),
        ("payers:\n  x: {for: person, label: X, base: age, order: [{id: s, benefit: a}]}\n", "unit-mismatch"),
        ("payers:\n  x: {for: household, label: X, base: rent, order: [{id: s, benefit: a}]}\n", "unit-mismatch"),
        ("payers:\n  x: {for: household, label: X, base: bill, order: [{id: s, benefit: h}]}\n", "wrong-scope"),
        ("payers:\n  x: {for: person, label: X, base: bill, order: [{id: a, benefit: a}]}\n", "duplicate-id"),
        ("payers:\n  x: {for: person, label: X, base: bill, order: [{id: 付, benefit: a}]}\n", "bad-id"),
        ("payers:\n  x: {for: person, label: X, base: bill, order: [{id: s, label: S}]}\n", "wrong-shape"),
        ("payers:\n  x: {for: person, label: X, base: bill, order: [{id: s, label: S, pays: age}]}\n", "unit-mismatch"),
        ("payers:\n  x: {for: person, label: X, base: bill, order: [{id: s, label: S, pays: bill ÷ 3 ÷ 7}]}\n", None),
    ],
)
def test_relation_that_cannot_be_meant_is_refused(tmp_path: Path, between: str, code: str | None) -> None:
    others = [benefit("served", None, "gets_a"), benefit("h", "rent", "rent > 0", "household")]
    found = codes(problems(tmp_path, between, "---\n".join([THREE, *others])))
    assert code in found if code else found == []


def test_remaining_has_a_meaning_only_in_an_order_of_payers(tmp_path: Path) -> None:
    assert codes(problems(tmp_path, "", benefit("a", "remaining"))) == ["unknown-name"]


# what is wrong is told where it stands


def money(key: str, unit: str = "year", amount: str = "rent", eligible: str = "true") -> str:
    return (
        f"benefit: {key}\nlabel: {key}\nfor: household\nkind: cash\nperiod: {unit}\n"
        f"eligible: {eligible}\namount: {amount}\n"
    )


TWO = money("a") + "---\n" + money("b")
ONCE = "once: {for: household, type: number, unit: yuan, label: {zh: 一次, en: once}}\n"
PERIOD = "one side is per year or month, the other says no period"


@pytest.mark.parametrize(
    ("between", "marked"),
    [
        ("ceilings: {c: {label: c, ceiling: once, benefits: [a, b]}}", "once"),
        ("payers: {p: {for: household, label: p, base: once, order: [{id: s, benefit: a}]}}", "a"),
        ("payers: {p: {for: household, label: p, base: once, order: [{id: s, label: s, pays: rent}]}}", "rent"),
    ],
)
def test_units_that_do_not_fit_are_shown_where_the_benefits_are_joined(
    between: str, marked: str, tmp_path: Path
) -> None:
    found = findings(tmp_path, facts=dedent(FACTS) + ONCE, benefits=TWO, between=between)
    assert "unit-mismatch" in codes(found)
    item = next(item for item in found if item.code == "unit-mismatch")
    assert item.place is not None
    assert item.place.file.text[item.place.start :].startswith(marked)
    assert item.place.file.name.endswith("between.yaml")
    assert item.help().startswith(PERIOD)


def test_amounts_that_differ_in_period_only_get_a_hint(tmp_path: Path) -> None:
    indicator = "i: {for: household, label: i, met: rent > once}\n"
    (found,) = findings(tmp_path, facts=dedent(FACTS) + ONCE, indicators=indicator)
    assert (found.code, found.help().startswith(PERIOD)) == ("unit-mismatch", True)


@pytest.mark.parametrize(
    ("benefits", "between"),
    [
        (
            money("a", amount="min(rent, received(b))") + "---\n" + money("b"),
            "ceilings: {c: {label: c, ceiling: rent, benefits: [a, b]}}",
        ),
        (money("a", amount="min(rent, received(a))"), "{}"),
        (money("a", eligible="entitled(b)") + "---\n" + money("b", eligible="entitled(a)"), "{}"),
        (TWO, "payers: {p: {for: household, label: p, base: after_s, order: [{id: s, label: s, pays: rent}]}}"),
        (TWO, "ceilings: {c: {label: c, ceiling: received(a), benefits: [a, b]}}"),
    ],
)
def test_a_cycle_is_shown_where_it_is_written(benefits: str, between: str, tmp_path: Path) -> None:
    found = [item for item in findings(tmp_path, facts=FACTS, benefits=benefits, between=between) if item.is_error]
    assert {item.code for item in found} == {"cycle"}
    assert all(item.place is not None for item in found)


def test_an_amount_by_options_without_by_is_shown_at_the_amount(tmp_path: Path) -> None:
    found = findings(tmp_path, facts=FACTS, benefits=money("a", amount="{x: rent, y: rent}"))
    assert codes(found) == ["missing-key"]
    assert str(found[0].place).endswith("benefits.yaml:7:10")


@pytest.mark.parametrize("section", ["ceilings", "exclusions"])
def test_hundreds_of_benefits_together_are_refused(section: str, tmp_path: Path) -> None:
    names = [f"b{index}" for index in range(400)]
    how = "ceiling: rent" if section == "ceilings" else "rule: larger"
    between = f"{section}: {{c: {{label: c, {how}, benefits: [{', '.join(names)}]}}}}"
    found = findings(tmp_path / "1", facts=FACTS, benefits="---\n".join(map(money, names)), between=between)
    assert codes(found) == ["too-many-benefits"]
    few = f"{section}: {{c: {{label: c, {how}, benefits: [{', '.join(names[:50])}]}}}}"
    pack = load(tmp_path / "2", facts=FACTS, benefits="---\n".join(map(money, names[:50])), between=few)
    assert str(pack.decide({"rent": 5, "members": [{"id": "p"}]}, on="2018-06-01").explain("zh"))


def test_what_stands_behind_a_limit_that_does_not_bite_is_told_where_it_is_met(tmp_path: Path) -> None:
    """The limit isn't told of then, so nothing may point to its reasons as standing above."""
    joint = "ceilings:\n  joint: {label: {zh: 合计封顶, en: joint}, benefits: [b, c, a], ceiling: top}\n"
    between = "exclusions:\n" + exclusion("larger", "[a, b, c]") + joint
    person = {"gets_a": True, "gets_b": False, "gets_c": False, **sums(3, 0, 0)}
    decision = decide(tmp_path, between, person)
    told = str(decision.explain("en", benefit="a"))
    assert "above" not in told
    assert "p: a holds: yes" in told


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ("exclusions:\n  or: {label: 择一, benefits: [a, b], rule: first}\n", "between.yaml:2:3 reserved-word"),
        ("ceilings:\n  封顶2: {label: 限, benefits: [a, b], ceiling: top}\n", "between.yaml:2:3 bad-id"),
        (
            "payers:\n  if:\n    {for: person, label: 次序, base: bill, order: [{id: x, label: 甲付, pays: 1元}]}\n",
            "between.yaml:2:3 reserved-word",
        ),
    ],
)
def test_an_id_between_benefits_that_is_refused_has_its_place(tmp_path: Path, between: str, told: str) -> None:
    found = findings(tmp_path, facts=FACTS, parameters=PARAMETERS, benefits=THREE, between=between)
    assert told in [f"{str(item.place).rpartition('/')[2]} {item.code}" for item in found]


def test_two_payer_steps_of_one_id_are_told_with_both_places(tmp_path: Path) -> None:
    between = """
        payers:
          order:
            for: person
            label: 支付次序
            base: bill
            order:
              - {id: x, label: 甲付, pays: 1元/人/年}
              - {id: x, label: 乙付, pays: 2元/人/年}
    """
    found = findings(tmp_path, facts=FACTS, parameters=PARAMETERS, benefits=THREE, between=between)
    assert [(str(item.place).rpartition("/")[2], item.code) for item in found] == [
        ("between.yaml:9:14", "duplicate-id")
    ]
    assert found[0].help("en").endswith("between.yaml:8:14")
