"""Area facts that are totals over households: counts and sums over decisions, with bounds where a household leaves it open."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minipack
import policyengine
from policyengine.checking import check
from policyengine.errors import PolicyError

FACTS = """
in_work: {for: person, type: condition, label: {zh: 在岗, en: in work}}
wage: {for: person, type: number, unit: yuan/year, range: [0元, 10万元], label: {zh: 工资, en: wage}}
households: {for: area, type: number, unit: households, label: {zh: 户数, en: households}, total: {of: households, where: 'true'}}
with_work: {for: area, type: number, unit: households, label: {zh: 有人在岗户数, en: with work}, total: {of: households, where: any of members where 在岗}}
workers: {for: area, type: number, unit: persons, label: {zh: 在岗人数, en: workers}, total: {of: persons, where: 在岗}}
wages: {for: area, type: number, unit: yuan/year, label: {zh: 工资总额, en: wages}, total: {of: persons, where: 在岗, sum: 工资}}
paid: {for: area, type: number, unit: yuan/year, label: {zh: 发放额, en: paid}, total: {of: persons, sum: received(bonus)}}
fund: {for: area, type: number, unit: yuan/year, range: [1元, 10亿元], label: {zh: 资金, en: fund}}
"""
BENEFITS = """
benefit: bonus
label: {zh: 奖励, en: bonus}
for: person
kind: cash
period: year
eligible: 在岗
amount: 10% × 工资
"""
INDICATORS = """
share_in_work: {for: area, label: {zh: 有人在岗比例, en: share with work}, measure: 'round(有人在岗户数 ÷ max(户数, 1户), 0.01%)', must: ">=", target: 50%}
paid_out: {for: area, label: {zh: 支出率, en: paid out}, measure: 'round(发放额 ÷ 资金, 0.01%)', must: ">=", target: 92%}
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> policyengine.Pack:
    folder = tmp_path_factory.mktemp("mini")
    return minipack.load(folder, facts=FACTS, benefits=BENEFITS, indicators=INDICATORS)


def member(name: str, **facts: Any) -> dict[str, Any]:
    return {"id": name, **facts}


WORKING = {"household": "甲", "members": [member("a", 在岗=True, 工资=10_000), member("b", 在岗=False, 工资=500)]}
IDLE = {"household": "乙", "members": [member("a", 在岗=False)]}
UNKNOWN = {"household": "丙", "members": [member("a", 工资=20_000)]}
BROKEN = {"household": "丁", "members": [member("a", 在岗="perhaps"), member("b")]}


def test_known_households_give_exact_totals(pack: policyengine.Pack) -> None:
    totals = pack.totals([WORKING, IDLE], on=minipack.ON)
    assert totals.facts == {"households": "2", "with_work": "1", "workers": "1", "wages": "10000", "paid": "1000"}
    assert (totals.households, totals.problems) == (2, ())


def test_an_open_household_gives_a_total_with_two_ends(pack: policyengine.Pack) -> None:
    totals = pack.totals([WORKING, UNKNOWN], on=minipack.ON)
    assert totals.facts == {
        "households": "2",
        "with_work": "between 1 and 2",
        "workers": "between 1 and 2",
        "wages": "between 10000 and 30000",
        "paid": "between 1000 and 3000",
    }


def test_a_household_that_cannot_be_read_is_named_and_counted_as_unknown(pack: policyengine.Pack) -> None:
    totals = pack.totals([BROKEN, WORKING], on=minipack.ON)
    assert totals.households == 2
    assert [problem.household for problem in totals.problems] == ["丁"]
    assert "perhaps" in totals.problems[0].error.render("en")
    assert totals.facts["with_work"] == "between 1 and 2"
    assert totals.facts["workers"] == "between 1 and 3"  # it lists two members
    assert totals.facts["wages"] == "at least 0"


def test_indicators_take_totals_and_stated_facts_together(pack: policyengine.Pack) -> None:
    totals = pack.totals([WORKING, IDLE], on=minipack.ON)
    decision = pack.decide_area({**totals.facts, "资金": 1_086}, on=minipack.ON)
    share, paid = decision.indicators
    assert (share.status, share.measure and share.measure.exact) == ("met", Decimal("0.5"))
    assert (paid.status, paid.measure and paid.measure.exact) == ("met", Decimal("0.9208"))  # 1000 / 1086
    again = policyengine.replay(decision.record(), pack=pack)
    assert again.matches


def test_a_wrong_setting_is_said_once_and_not_for_every_household(pack: policyengine.Pack) -> None:
    with pytest.raises(PolicyError) as caught:
        pack.totals([WORKING, IDLE], on=minipack.ON, parameters={"nothing": 1})
    assert len(caught.value.diagnostics) == 1


def test_a_pack_without_totals_says_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        minipack.load(tmp_path, facts="a: {for: person, type: condition, label: 甲}\n").totals([IDLE], on=minipack.ON)
    assert [item.code for item in caught.value.diagnostics] == ["no-totals"]


def test_a_total_whose_unit_is_not_its_facts_is_found(tmp_path: Path) -> None:
    facts = FACTS.replace(
        "total: {of: persons, where: 在岗}", "total: {of: households, where: any of members where 在岗}"
    )
    pack = minipack.load(tmp_path, facts=facts, benefits=BENEFITS, indicators=INDICATORS)
    assert "unit-mismatch" in [item.code for item in check(pack.policy).errors]


def test_a_wrong_formula_of_a_total_is_told_at_its_place(tmp_path: Path) -> None:
    pack = minipack.load(
        tmp_path, facts=FACTS.replace("where: 在岗}", "where: 在冈}"), benefits=BENEFITS, indicators=INDICATORS
    )
    found = [item for item in check(pack.policy).errors if item.code == "unknown-name"]
    assert found
    assert "facts.yaml:6" in str(found[0].place)


def test_only_a_number_of_an_area_is_a_total(tmp_path: Path) -> None:
    found = minipack.findings(
        tmp_path, facts="a: {for: person, type: condition, label: 甲, total: {of: persons, where: 'true'}}\n"
    )
    assert minipack.codes(found) == ["wrong-shape"]


people = st.lists(
    st.tuples(st.sampled_from([True, False, None]), st.one_of(st.none(), st.integers(0, 100_000))),
    min_size=1,
    max_size=3,
)


@given(given_people=st.lists(people, max_size=6))
def test_totals_are_what_counting_by_hand_gives(pack: policyengine.Pack, given_people: list[Any]) -> None:
    """Against a count that knows nothing of packs: surely and possibly in work, and the wages of both."""
    households = [
        {
            "members": [
                member(str(i), **({} if w is None else {"在岗": w}), **({} if y is None else {"工资": y}))
                for i, (w, y) in enumerate(rows)
            ]
        }
        for rows in given_people
    ]
    facts = pack.totals(households, on=minipack.ON).facts
    everyone = [person for rows in given_people for person in rows]
    sure, possible = ([w for w, _ in everyone if w is True], [w for w, _ in everyone if w is not False])
    assert facts["workers"] == span(len(sure), len(possible))
    low = sum(y or 0 for w, y in everyone if w is True)
    high = sum(100_000 if y is None else y for w, y in everyone if w is not False)
    assert facts["wages"] == span(low, high)
    assert facts["paid"] == span(Fraction(low, 10), Fraction(high, 10))
    some = sum(any(w is True for w, _ in rows) for rows in given_people)
    most = sum(any(w is not False for w, _ in rows) for rows in given_people)
    assert facts["with_work"] == span(some, most)


def span(low: int | Fraction, high: int | Fraction) -> str:
    first, last = (f"{Decimal(end.numerator) / end.denominator:.2f}".rstrip("0").rstrip(".") for end in (low, high))
    return first if low == high else f"between {first} and {last}"
