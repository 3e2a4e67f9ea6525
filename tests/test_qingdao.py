"""The shipped plan of 青岛西海岸新区: scenarios, ledger, published figures, and invented households computed apart."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import inf
from typing import Any

import pytest

import policyengine
from policyengine import Decision, PolicyError
from policyengine.ir import ChoiceType, ConditionType, Fact
from qingdao.independent import LINES, WIDEST, Award, Case, Ends, Figure, Target, entitlements, requirements, targets

QINGDAO = policyengine.load("qingdao")

# The pack as it is shipped


def test_lists_are_open_where_the_document_ends_them_in_and_so_on() -> None:
    open_lists = {key for key, benefit in QINGDAO.policy.benefits.items() if benefit.items and benefit.items.open}
    assert open_lists == {"rain_dew", "public_housing", "relief_at_once", "relief_priority", "volunteer_help"}


# Published figures that are only inferred

PUPIL = {"lifted_out": False, "members": [{"id": "m", "registered_poor": True, "school_stage": "primary"}]}


@pytest.mark.parametrize(("on", "amount"), [("2018-12-31", 1000), ("2019-01-01", None)])
def test_the_allowance_of_2017_is_carried_into_2018_and_no_further(on: str, amount: int | None) -> None:
    pack = QINGDAO.with_changes(supplements=["student_allowance_2017"], grades="ABC")
    found = awards(pack.decide(PUPIL, on=on))[("compulsory_allowance_paid", "m")]
    assert found == ("eligible", Fraction(amount or 0), amount)


@pytest.mark.parametrize(("income", "on", "status"), [
    ("7919.99", "2018-01-01", "eligible"),  # 660 × 12 = 7920
    ("7920", "2020-03-31", "ineligible"),
    ("7920", "2020-04-01", "eligible"),  # 700 × 12 = 8400
    ("8400", "2020-04-01", "ineligible"),
])  # fmt: skip
@pytest.mark.parametrize("rural", [True, False])
def test_dibao_is_660_until_march_2020_if_one_accepts_the_inference(
    income: str, on: str, status: str, rural: bool
) -> None:
    pack = QINGDAO.with_changes(supplements=["dibao_660"], grades="ABC")
    home = {"rural_household": rural, "household_income": Decimal(income), "dibao_assets_ok": True}
    decision = pack.decide({**home, "members": [{"id": "m"}]}, on=on)
    assert awards(decision)[("dibao_admission", "household")][0] == status


@pytest.mark.parametrize("supplement", ["dibao_660", "student_allowance_2017"])
def test_an_inferred_figure_needs_the_callers_word(supplement: str) -> None:
    with pytest.raises(PolicyError, match="grade C"):
        QINGDAO.with_changes(supplements=[supplement])


# Invented households, computed apart from the pack

DATES = (
    "2018-01-01", "2018-03-31", "2018-04-01", "2018-04-29", "2018-04-30", "2018-06-29", "2018-06-30", "2018-10-30",
    "2018-10-31", "2018-11-01", "2018-11-29", "2018-11-30", "2018-12-30", "2018-12-31", "2019-01-01", "2019-06-30",
    "2019-12-30", "2019-12-31", "2020-01-01", "2020-12-30", "2020-12-31",
)  # fmt: skip
EXITS = (None, "2016-06-30", "2016-12-31", "2017-06-30", "2017-12-30", "2017-12-31", "2018-06-30", "2018-12-31")
LIKELY = {"registered_poor": 0.6, "lifted_out": 0.5, "policies_marked_kept": 0.7, "fell_back": 0.2, "tekun": 0.3}
AGES = (0, 17, 49, 50, 59, 60, 61, 64, 65, 66, 79, 80, 90)
COUNTS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 40, 41, 42)
DIBAO = ("rural_dibao_standard", "urban_dibao_standard")
INCOMES = ("household_net_income", "household_income", "gross_income")
MONEY = (
    "preschool_allowance", "compulsory_allowance", "senior_high_allowance", "vocational_allowance", "college_allowance",
    "postgraduate_allowance", "rain_dew_grant", "public_post_pay", "special_insurance_subsidy", "relief_fund_threshold",
    "relief_fund_limit", "repair_grant", "tekun_standard", "temporary_relief_amount", "disaster_relief_amount",
    "base_pension",
)  # fmt: skip


def draw_case(source: random.Random, on: str) -> Case:
    """A household of which everything is known, on the bounds of the plan more often than chance would have it."""
    members = [{"id": f"m{number}"} for number in range(source.randint(1, 4))]
    home: dict[str, Any] = {}
    for fact in QINGDAO.program(on).facts:
        if fact.scope != "area":
            for place in members if fact.scope == "person" else [home]:
                place[fact.id] = draw_fact(source, fact)
    figures = draw_figures(source)
    for person in members:
        draw_costs(source, person)
    for income in INCOMES:
        lines = DIBAO if income == "household_income" and source.random() < 0.6 else (*LINES, *DIBAO)
        home[income] = draw_income(source, figures, len(members), lines)
    return Case(home, tuple(members), figures, draw_readings(source), date.fromisoformat(on))


def draw_fact(source: random.Random, fact: Fact) -> Any:
    match fact.type:
        case ConditionType():
            return source.random() < LIKELY.get(fact.id, 0.6)
        case ChoiceType(options=options):
            return source.choice(options)
    if fact.id == "exit_date":
        return source.choice(EXITS)
    if fact.scope == "area":
        return source.choice(COUNTS)
    if fact.id == "free_trainings_attended":
        return source.randint(0, 3)
    return source.choice(AGES) if fact.id == "age" else money(source, 5000)


def money(source: random.Random, most: int) -> Fraction:
    """None at all, whole yuan, or any number of fen."""
    return source.choice((Fraction(0), Fraction(source.randint(0, most)), Fraction(source.randint(0, most * 100), 100)))


def draw_costs(source: random.Random, person: dict[str, Any]) -> None:
    """Bills a fen below, at and a fen above what the insurances or everyone paid, or anywhere."""
    names = ("basic_insurance_reimbursed", "major_illness_insurance_reimbursed")
    for name in names:
        person[name] = money(source, 8000)
    for name in ("other_insurance_reimbursed", "medical_assistance_paid"):
        person[name] = source.choice((Fraction(0), money(source, 4000)))
    settled = sum(person[name] for name in names)
    others = person["other_insurance_reimbursed"] + person["medical_assistance_paid"]
    fen = Fraction(source.choice((-1, 0, 1)), 100)
    person["medical_costs_in_scope"] = source.choice(
        (max(settled + fen, Fraction(0)), max(settled + others + fen, Fraction(0)), settled + money(source, 9000))
    )
    person["medical_costs"] = person["medical_costs_in_scope"] + money(source, 4000)


def draw_income(source: random.Random, figures: Mapping[str, Ends], size: int, lines: tuple[str, ...]) -> Fraction:
    """A fen for each head below, at and above one of the lines or its double, or anywhere."""
    name = source.choice(lines)
    times = 12 if name in DIBAO else source.choice((1, 2))
    line = Fraction(source.choice(figures.get(name, WIDEST[name]))) * times
    fen = Fraction(source.choice((-1, 0, 1)), 100)
    at_line = max(line + fen, Fraction(0)) * size
    return source.choice((at_line, at_line, money(source, 40_000)))


def draw_figures(source: random.Random) -> dict[str, Ends]:
    """What the plan leaves out: known, not known at all, or known between two ends."""
    usual = {
        "retention_period": (12, 18, 24),
        "elderly_age": (60, 65),
        "rural_dibao_standard": (600, 660, 700),
        "urban_dibao_standard": (660, 700),
        "provincial_standard": (3609, 4000),
        "survey_income_standard": (5000, 6000),
    }
    figures: dict[str, Ends] = {}
    for name in (*usual, *MONEY, "relief_fund_ratio"):
        if source.random() < 0.2:
            continue
        if name in usual:
            ends = sorted(Fraction(source.choice(usual[name])) for _ in range(2))
        elif name == "relief_fund_ratio":
            ends = sorted(Fraction(source.choice((0, 60, 95, 100)), 100) for _ in range(2))
        else:
            ends = sorted(money(source, 3000) for _ in range(2))
        figures[name] = (ends[0], ends[1]) if source.random() < 0.2 else (ends[0], ends[0])
    return figures


def draw_readings(source: random.Random) -> dict[str, str]:
    """A third of the time the plan as read by default, otherwise any reading of any passage."""
    plain = source.random() < 0.33
    return {
        str(key): str(shape.default) if plain else source.choice([str(option) for option in shape.options])
        for key, shape in QINGDAO.policy.readings.items()
    }


def plain(value: Any) -> Any:
    return Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value


def written(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As a caller gives them: numbers as decimals, an absent date as `none`."""
    return {key: "none" if value is None else plain(value) for key, value in facts.items()}


def stated(figures: Mapping[str, Ends]) -> dict[str, Any]:
    """As a caller gives figures: one number, or two ends in words."""
    return {
        name: plain(low) if low == high else f"between {plain(low)} and {plain(high)}"
        for name, (low, high) in figures.items()
    }


def household_of(case: Case) -> dict[str, Any]:
    return {**written(case.household), "members": [written(person) for person in case.members]}


def awards(decision: Decision) -> dict[tuple[str, str], tuple[str, Fraction | None, Fraction | None]]:
    def end(value: Decimal | None) -> Fraction | None:
        return None if value is None else Fraction(value)

    return {
        (item.benefit, item.entity): (
            item.status,
            None if item.amount is None else end(item.amount.low),
            None if item.amount is None else end(item.amount.high),
        )
        for item in decision.entitlements
    }


def standings(decision: Decision) -> dict[tuple[str, str], Target]:
    return {
        (item.indicator, item.entity): Target(
            item.status, None if item.gap is None or item.gap.exact is None else Fraction(item.gap.exact)
        )
        for item in decision.indicators
    }


STATUS = {True: "eligible", False: "ineligible", None: "undetermined"}


def as_told(award: Award) -> tuple[str, Figure | None, Figure | None]:
    return STATUS[award.due], award.least, None if award.most == inf else award.most


def cases(number: int, seed: int) -> Iterator[Case]:
    source = random.Random(seed)
    yield from (draw_case(source, DATES[index % len(DATES)]) for index in range(number))


def decided(case: Case) -> Decision:
    return QINGDAO.decide(household_of(case), on=case.on, parameters=stated(case.figures), readings=case.readings)


def told(case: Case, found: Mapping[Any, Any], expected: Mapping[Any, Any]) -> str:
    wrong = [f"{key}: {found.get(key)}, apart {value}" for key, value in expected.items() if found.get(key) != value]
    facts = (case.on, household_of(case), stated(case.figures), dict(case.readings))
    return "\n".join([*wrong, *map(str, facts)])


def test_every_result_of_400_invented_households_is_as_computed_apart() -> None:
    given, judged = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for case in cases(400, seed=22):
        decision = decided(case)
        found, expected = awards(decision), {key: as_told(award) for key, award in entitlements(case).items()}
        assert found == expected, told(case, found, expected)
        needed, standing = requirements(case), standings(decision)
        for key, target in needed.items():  # where a figure has two ends the gap isn't one number
            shown = standing[key] if target.gap is not None else Target(standing[key].status)
            assert shown == target, told(case, standing, needed)
        assert set(standing) == set(needed)
        given.update((benefit, status) for (benefit, _), (status, _, _) in expected.items())
        judged.update((indicator, target.status) for (indicator, _), target in needed.items())
    for benefit in QINGDAO.policy.benefits:  # each was given and refused often enough for that to mean something
        assert min(given[(benefit, "eligible")], given[(benefit, "ineligible")]) >= 10, benefit
    for indicator, shape in QINGDAO.policy.indicators.items():
        if shape.for_ != "area":
            for status in ("met", "not met", "not applicable"):
                assert judged[(indicator, status)] >= 5, f"{indicator} {status}"


def test_what_is_known_of_200_half_known_households_is_as_computed_apart() -> None:
    """Facts, figures and readings left out at random: what is settled all the same agrees with the whole."""
    source, settled, open_ = random.Random(23), 0, 0
    for case in cases(200, seed=24):
        share = source.choice((0.05, 0.2, 0.5))

        def kept(facts: Mapping[str, Any], share: float = share) -> dict[str, Any]:
            return {key: value for key, value in facts.items() if key == "id" or source.random() > share}

        home = {**written(kept(case.household)), "members": [written(kept(person)) for person in case.members]}
        readings = {key: "open" if source.random() < share else option for key, option in case.readings.items()}
        decision = QINGDAO.decide(home, on=case.on, parameters=stated(kept(case.figures)), readings=readings)
        found, needed = awards(decision), requirements(case)
        for key, target in standings(decision).items():
            assert target.status in ("undetermined", needed[key].status), (key, home)
        for key, award in entitlements(case).items():
            status, low, high = found[key]
            settled += status != "undetermined"
            open_ += status == "undetermined"
            assert status in ("undetermined", STATUS[award.due]), (key, home)
            if award.least is not None and award.most is not None:
                assert low is None or low <= award.least, (key, home)
                assert high is None or high >= award.most, (key, home)
    assert min(settled, open_) > 3000


def test_targets_of_200_invented_districts_are_as_computed_apart() -> None:
    seen, source = Counter[tuple[str, str]](), random.Random(25)
    days = (
        "2018-03-30", "2018-03-31", "2018-04-29", "2018-04-30", "2018-05-30", "2018-05-31", "2018-06-29", "2018-06-30",
        "2018-10-30", "2018-10-31", "2018-11-29", "2018-11-30", "2018-12-30", "2018-12-31", "2019-12-31", "2020-12-30",
        "2020-12-31", "2020-12-31",
    )  # fmt: skip
    for index in range(200):
        on = days[index % len(days)]
        area = {fact.id: draw_fact(source, fact) for fact in QINGDAO.program(on).facts if fact.scope == "area"}
        readings = draw_readings(source)
        expected = targets(area, readings, date.fromisoformat(on))
        decision = QINGDAO.decide_area(area, on=on, readings=readings)
        assert {name: target for (name, _), target in standings(decision).items()} == expected, (on, area, readings)
        seen.update((name, target.status) for name, target in expected.items())
    for indicator, shape in QINGDAO.policy.indicators.items():
        if shape.for_ == "area":
            assert min(seen[(indicator, "met")], seen[(indicator, "not met")]) >= 5, indicator


def test_nothing_is_missing_where_everything_is_known() -> None:
    for case in cases(12, seed=26):
        known = {name: (Fraction(12), Fraction(12)) for name in (*WIDEST, *MONEY) if name != "relief_fund_ratio"}
        figures = {
            **known,
            "elderly_age": (Fraction(60), Fraction(60)),
            "relief_fund_ratio": (Fraction(1), Fraction(1)),
        }
        decision = QINGDAO.decide(household_of(case), on=case.on, parameters=stated(figures), readings=case.readings)
        assert decision.missing == ()
