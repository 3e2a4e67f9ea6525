"""The shipped plan of 湛江经开区: scenarios, ledger, supplements, and hundreds of invented households computed apart."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import policyengine
from policyengine import Decision, PolicyError
from policyengine.ir import ChoiceType, ConditionType, Fact
from zhanjiang.independent import (
    AIMS,
    ALL_OF_THEM,
    AT_LEAST,
    EVERY_MONTH,
    EVERY_YEAR,
    LATEST_END,
    SEVEN,
    WITHOUT_A_DATE,
    Award,
    Case,
    Target,
    entitlements,
    requirements,
    targets,
)

ZHANJIANG = policyengine.load("zhanjiang")

# The pack as it is shipped


def test_lists_are_open_where_the_document_ends_them_in_and_so_on() -> None:
    open_lists = {key for key, benefit in ZHANJIANG.policy.benefits.items() if benefit.items and benefit.items.open}
    assert open_lists == {"public_post_priority", "startup_services", "asset_pooling"}


# Published figures of the lowest grade, which scenarios can't load


def test_second_hand_figures_need_the_callers_leave() -> None:
    for supplement in ("dibao_floor_2019", "student_aid_reports"):
        with pytest.raises(PolicyError):
            ZHANJIANG.with_changes(supplements=[supplement])


def test_second_hand_rates_of_student_aid_go_to_their_stages() -> None:
    reported = ZHANJIANG.with_changes(supplements=["student_aid_reports"], grades="ABC")
    stages = {"compulsory": "primary", "senior_high": "senior_high", "vocational": "secondary_vocational"}
    stages["college"] = "higher_vocational"
    members = [
        {"id": name, "registered_poor": True, "school_stage": stage, "full_time_study": True, "tuition_fee": 6000}
        for name, stage in stages.items()
    ]
    found = awards(reported.decide({"members": members}, on="2018-09-01"))
    for name, rate in {"compulsory": 3000, "senior_high": 3000, "vocational": 3000, "college": 7000}.items():
        assert found[f"living_allowance_{name}", name] == ("eligible", rate, rate)
    assert found["two_waivers_college", "college"] == ("eligible", 5000, None)  # the second waiver isn't reported


def test_the_second_hand_floor_of_2019_admits_below_it_and_holds_for_that_year_only() -> None:
    floor = ZHANJIANG.with_changes(supplements=["dibao_floor_2019"], grades="ABC")
    person = {"id": "a", "registered_poor": True, "dibao_recipient": False, "tekun": False, "orphan": False}
    person |= {"disability_level": "not_disabled", "labour_capacity": "no_capacity"}
    for income, on, status in (  # 484 × 12 = 5808
        (5807, "2019-06-01", "eligible"),
        (5808, "2019-06-01", "undetermined"),
        (5807, "2018-12-31", "undetermined"),
        (5807, "2020-01-01", "undetermined"),
    ):
        home = {"rural_household": True, "dibao_assets_ok": True, "household_income": income, "members": [person]}
        assert awards(floor.decide(home, on=on))["dibao_admission", "a"][0] == status


# Invented households, computed apart from the pack

DATES = ("2018-05-24", "2018-06-01", "2018-12-30", "2018-12-31", "2019-02-28", "2020-02-29", "2020-12-31")
LIKELY = {
    "registered_poor": 0.45,
    "dibao_recipient": 0.25,
    "tekun": 0.15,
    "orphan": 0.15,
    "rural_household": 0.8,
    "barred_from_entry": 0.3,
    "unable_to_buy_pension": 0.5,
    "dibao_assets_ok": 0.8,
    "out_of_school_for_poverty": 0.2,
}
LIKELY_OPTIONS = {
    "disability_level": ("not_disabled", "not_disabled", "not_disabled", "second", "fourth", "ungraded"),
    "labour_capacity": ("full", "partial", "no_capacity", "no_capacity"),
    "graduated_from": ("college", "college", "vocational_school", "senior_high_school", "no_graduation"),
    "poverty_cause": ("illness", "disaster", "schooling", "schooling", "disability", "never_poor"),
}
AGES = (0, 7, 17, 40, 59, 60, 61, 75)
WAIVED = ("tuition_waiver", "second_waiver", "separate_subsidy")
FIGURES = (
    "dibao_disaster_increase",
    "poor_disaster_increase",
    "basic_pension",
    "pension_purchase_amount",
    "rebuilding_subsidy",
    "living_aid_compulsory",
    "living_aid_senior_high",
    "living_aid_vocational",
    "living_aid_college",
    *(f"{kind}_{stage}" for kind in WAIVED for stage in ("senior_high", "vocational", "college")),
)
SHARES = ("premium_subsidy_share", "microloan_interest_share", "asset_income_share")


def draw_case(source: random.Random, on: str) -> Case:
    """A household of which everything is known, on the bounds of the plan more often than chance would have it."""
    program = ZHANJIANG.program(on)
    members = [{"id": f"m{number}"} for number in range(source.randint(1, 3))]
    home: dict[str, Any] = {}
    for fact in program.facts:
        for place in {"person": members, "household": [home], "area": []}[fact.scope]:
            place[fact.id] = draw_fact(source, fact)
    for person in members:
        draw_costs(source, person)
    figures = draw_figures(source)
    line = source.choice((12 * figures["rural_dibao_standard"], figures["exit_line"]))
    per_head = line + source.choice((-1, 0, 0, 1)) * Fraction(1, 100)
    home["household_income"] = source.choice((per_head * len(members), per_head * len(members), money(source, 40_000)))
    day = date.fromisoformat(on)
    home["exit_date"] = draw_exit(source, day, int(figures["continued_months"])) if home["lifted_out"] else None
    area = {"public_services_at_average": source.random() < 0.7}
    return Case(home, tuple(members), area, figures, draw_readings(source), day)


def draw_fact(source: random.Random, fact: Fact) -> Any:
    match fact.type:
        case ConditionType():
            return source.random() < LIKELY.get(fact.id, 0.6)
        case ChoiceType(options=options):
            return source.choice(LIKELY_OPTIONS.get(fact.id, options))
    if fact.id == "age":
        return source.choice(AGES)
    if fact.id == "free_trainings_attended":
        return source.choice((0, 1, 2))
    return money(source, 3000)


def money(source: random.Random, most: int) -> Fraction:
    """None at all, whole yuan, or any number of fen."""
    return source.choice((Fraction(0), Fraction(source.randint(0, most)), Fraction(source.randint(0, most * 100), 100)))


def draw_costs(source: random.Random, person: dict[str, Any]) -> None:
    """Bills of which the payers leave something, nothing, or one fen; what was paid may be more than was left."""
    payers = ("basic_insurance", "major_illness_insurance", "other_insurance")
    for payer in payers:
        person[f"{payer}_reimbursed"] = money(source, 8000)
    insured = sum((person[f"{payer}_reimbursed"] for payer in payers), Fraction(0))
    others = person["medical_assistance_paid"] + person["temporary_relief_for_costs"]
    by_hand = (insured, insured + Fraction(1, 100), insured + others, insured + others + Fraction(1, 100))
    person["medical_costs_in_scope"] = source.choice((money(source, 30_000), insured + money(source, 9000), *by_hand))


def draw_exit(source: random.Random, on: date, months: int) -> str | None:
    """The day on which the period ends, the day before and after, any other day gone by, or none."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    anniversary = date(year, month + 1, min(on.day, 28))
    near = anniversary + timedelta(days=source.choice((-1, 0, 1)))
    before = on - timedelta(days=source.randint(0, 900))
    return source.choice((min(near, on).isoformat(), before.isoformat(), None))


def draw_figures(source: random.Random) -> dict[str, Fraction]:
    """What the plan leaves out. Those that only bound an amount are left out a third of the time."""
    figures = {
        "rural_dibao_standard": Fraction(source.choice((400, 532, Fraction(61375, 100)))),
        "exit_line": Fraction(source.choice((4800, 7365))),
        "continued_months": Fraction(source.choice((1, 12, 24))),
        "basic_living_cost": money(source, 900),
    }
    bounding = {name: money(source, 4000) for name in FIGURES}
    bounding |= {name: share(source) for name in (*SHARES, "dibao_disaster_increase", "poor_disaster_increase")}
    bounding["grave_illness_ratio"] = Fraction(source.choice((75, 76, 80, 100)), 100)
    bounding["relief_months"] = Fraction(source.choice((1, 2, 3)))
    return figures | {name: figure for name, figure in bounding.items() if source.random() < 0.67}


def share(source: random.Random) -> Fraction:
    return Fraction(source.choice((0, 1, 50, 99, 100, source.randint(0, 100))), 100)


DEFAULTS = {str(key): str(shape.default) for key, shape in ZHANJIANG.policy.readings.items()}


def draw_readings(source: random.Random) -> dict[str, str]:
    """Half the time the plan as read by default, otherwise any reading of any passage."""
    plain = source.random() < 0.5
    return DEFAULTS | {
        str(key): source.choice([str(option) for option in shape.options])
        for key, shape in ZHANJIANG.policy.readings.items()
        if not plain
    }


def plain(value: Any) -> Any:
    return Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value


def written(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As a caller gives them: numbers as decimals, an absent date as `none`."""
    return {key: "none" if value is None else plain(value) for key, value in facts.items()}


def household_of(case: Case) -> dict[str, Any]:
    return {
        **written(case.household),
        "area": written(case.area),
        "members": [written(person) for person in case.members],
    }


Told = tuple[str, Fraction | None, Fraction | None]


def awards(decision: Decision) -> dict[tuple[str, str], Told]:
    def exact(end: Decimal | None) -> Fraction | None:
        return None if end is None else Fraction(end)

    return {
        (item.benefit, item.entity): (
            item.status,
            None if item.amount is None else exact(item.amount.low),
            None if item.amount is None else exact(item.amount.high),
        )
        for item in decision.entitlements
    }


def standings(decision: Decision) -> dict[tuple[str, str], Target]:
    return {(item.indicator, item.entity): Target(item.status, gap_of(item.gap)) for item in decision.indicators}


def gap_of(gap: policyengine.Amount | None) -> Fraction | None:
    return None if gap is None or gap.exact is None else Fraction(gap.exact)


def as_told(award: Award) -> Told:
    least, most = (None, None) if award.amount is None else (award.amount.least, award.amount.most)
    return ("eligible" if award.due else "ineligible", least, most)


def cases(number: int, seed: int) -> Iterator[Case]:
    source = random.Random(seed)
    yield from (draw_case(source, DATES[index % len(DATES)]) for index in range(number))


def decided(case: Case) -> Decision:
    figures = written(case.figures)
    return ZHANJIANG.decide(household_of(case), on=case.on, parameters=figures, readings=case.readings)


def told(case: Case, expected: Mapping[Any, Award], found: Mapping[Any, Any]) -> str:
    wrong = [
        f"{key}: {found.get(key)}, apart {as_told(award)}"
        for key, award in expected.items()
        if found.get(key) != as_told(award)
    ]
    return "\n".join([*wrong, f"{case.on} {household_of(case)}", str(written(case.figures)), str(dict(case.readings))])


def test_every_result_of_420_invented_households_is_as_computed_apart() -> None:
    due, refused, stood = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for case in cases(420, seed=43):
        expected, needed = entitlements(case), requirements(case)
        decision = decided(case)
        found = awards(decision)
        assert found == {key: as_told(award) for key, award in expected.items()}, told(case, expected, found)
        assert standings(decision) == needed, (household_of(case), dict(case.readings))
        for (benefit, _), award in expected.items():
            (due if award.due else refused)[benefit] += 1
        stood.update((indicator, target.status) for (indicator, _), target in needed.items())
    for benefit in ZHANJIANG.policy.benefits:  # given and refused often enough for that to mean something
        assert due[benefit] >= 10, f"{benefit} was given {due[benefit]} times"
        assert refused[benefit] >= 10, f"{benefit} was refused {refused[benefit]} times"
    for indicator, shape in ZHANJIANG.policy.indicators.items():
        if shape.for_ != "area":
            assert min(stood[indicator, status] for status in ("met", "not met", "not applicable")) >= 10, indicator


def test_what_is_known_of_210_half_known_households_is_as_computed_apart() -> None:
    """Facts, figures and readings left out at random: what is settled all the same agrees with the whole."""
    source, settled, bounded, open_ = random.Random(11), 0, 0, 0
    for case in cases(210, seed=44):
        gone = source.choice((0.05, 0.2, 0.5, 0.8))

        def kept(facts: Mapping[str, Any], gone: float = gone) -> dict[str, Any]:
            return {key: value for key, value in written(facts).items() if key == "id" or source.random() > gone}

        home = {**kept(case.household), "area": kept(case.area), "members": [kept(person) for person in case.members]}
        readings = {key: "open" if source.random() < gone else option for key, option in case.readings.items()}
        decision = ZHANJIANG.decide(home, on=case.on, parameters=kept(case.figures), readings=readings)
        found, expected, needed = awards(decision), entitlements(case), requirements(case)
        for item in decision.indicators:
            assert item.status in ("undetermined", needed[item.indicator, item.entity].status)
        for key, award in expected.items():
            status, low, high = found[key]
            whole, least, most = as_told(award)
            assert status in ("undetermined", whole), told(case, expected, found)
            settled, open_ = settled + (status == whole), open_ + (status != whole)
            if least is not None:
                bounded += high is not None
                assert low is not None, key
                assert low <= least, told(case, expected, found)
                assert high is None or (most is not None and high >= most), told(case, expected, found)
    assert min(settled, bounded, open_) > 1000


def test_nothing_is_missing_where_everything_is_known() -> None:
    for case in cases(12, seed=7):
        everything = {name: Fraction(1) for name in (*FIGURES, *SHARES, "grave_illness_ratio", "relief_months")}
        figures = written({**everything, **case.figures})
        decision = ZHANJIANG.decide(household_of(case), on=case.on, parameters=figures, readings=case.readings)
        assert decision.missing == ()


# What the zone has to reach

AT_THE_FIGURE = dict(AT_LEAST.values())


def draw_area(source: random.Random) -> dict[str, Any]:
    """A zone that reaches each target, misses it by one, or goes beyond it."""
    area: dict[str, Any] = {
        fact.id: source.randint(0, 3) for fact in ZHANJIANG.program("2018-12-31").facts if fact.scope == "area"
    }
    for whole in {whole for _, whole in ALL_OF_THEM.values()}:
        area[whole] = source.choice((0, 6, 60, 5000))
    for part, whole in ALL_OF_THEM.values():
        area[part] = max(0, area[whole] + source.choice((-1, 0, 0, 0, 1)))
    for thing in SEVEN:
        area[f"poor_villages_with_{thing}"] = max(0, area["provincial_poor_villages"] - (source.random() < 0.1))
    for fact, figure in AT_THE_FIGURE.items():
        step = Fraction(1, 10_000) if fact == "poor_gross_enrolment" else 1
        area[fact] = figure + source.choice((-1, 0, 1)) * step
    area["lowest_town_enrolment"] = Fraction(93, 100) + source.choice((-1, 0, 1)) * Fraction(1, 10_000)
    area["villages_paired_for_teaching"] = max(
        0, area["provincial_poor_villages"] + area["key_support_villages"] + source.choice((-1, 0, 1))
    )
    area["wrongly_excellent"] = source.choice((0, 0, 1))
    area["public_services_at_average"] = source.random() < 0.5
    due = 20_000 * area["able_support_targets"]
    for when in ("set_aside", "this_year"):
        area[f"special_funds_{when}"] = max(Fraction(0), due + source.choice((-1, 0, 1)) * Fraction(1, 100))
    own = source.choice((Fraction(1, 20), Fraction(3, 10), Fraction(6, 10))) * due
    for name in ("own_special_funds", "own_special_funds_this_year"):
        area[name] = max(Fraction(0), own + source.choice((-1, 0, 1)) * Fraction(1, 100))
    return area


def test_targets_of_210_invented_zones_are_as_computed_apart() -> None:
    seen, source = Counter[tuple[str, str]](), random.Random(45)
    for index in range(210):
        on, area = date.fromisoformat(DATES[index % len(DATES)]), draw_area(source)
        part = source.choice((None, Fraction(1, 2), Fraction(3), Fraction(6)))
        day = source.choice((None, on - timedelta(days=1), on, min(on + timedelta(days=1), LATEST_END)))
        figures = {"own_part": part, "well_off_date": day}
        figures = {name: figure for name, figure in figures.items() if figure is not None}
        readings = draw_readings(source)
        expected = targets(area, figures, readings, on)
        decision = ZHANJIANG.decide_area(written(area), on=on, parameters=written(figures), readings=readings)
        assert {name: target for (name, _), target in standings(decision).items()} == expected, (on, area, figures)
        seen.update((name, target.status) for name, target in expected.items())
    for indicator, shape in ZHANJIANG.policy.indicators.items():
        if shape.for_ == "area":
            assert seen[indicator, "met"] >= 10, indicator
            assert seen[indicator, "not met"] >= 10, indicator
    assert seen["own_funds_set_aside", "undetermined"] >= 10
    assert seen["industry_in_every_town", "not applicable"] >= 10
    for target in (*AIMS, *WITHOUT_A_DATE, *EVERY_YEAR, *EVERY_MONTH, "funds_per_head_set_aside"):
        assert seen[target, "not applicable"] >= 10, target
    for target in (*AIMS, *WITHOUT_A_DATE, "funds_per_head_set_aside"):  # the end of the plan isn't known
        assert seen[target, "undetermined"] >= 10, target


def test_what_is_known_of_half_known_zones_is_as_computed_apart() -> None:
    source, settled, open_ = random.Random(46), 0, 0
    for index in range(70):
        on, area = date.fromisoformat(DATES[index % len(DATES)]), draw_area(source)
        expected = targets(area, {"own_part": Fraction(3)}, DEFAULTS, on)
        known = {key: value for key, value in written(area).items() if source.random() < 0.6}
        for item in ZHANJIANG.decide_area(known, on=on).indicators:
            assert item.status in ("undetermined", expected[item.indicator].status), (item.indicator, known)
            settled, open_ = settled + (item.status != "undetermined"), open_ + (item.status == "undetermined")
    assert min(settled, open_) > 200


# What isn't a household of this plan


def test_a_date_outside_the_plan_is_refused_unless_asked_for() -> None:
    case = next(cases(1, seed=3))
    for on in ("2018-05-23", "2021-01-01"):
        with pytest.raises(PolicyError, match="2020-12-31"):
            ZHANJIANG.decide(household_of(case), on=on)
        assert ZHANJIANG.decide(household_of(case), on=on, beyond_term=True).entitlements
