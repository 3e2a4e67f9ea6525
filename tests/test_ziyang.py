"""The shipped plan of 资阳: scenarios, ledger, and hundreds of invented households and cities computed apart."""

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
from ziyang.independent import (
    ALL_OF,
    BASICS,
    EACH_YEAR,
    LAYERS,
    ROUTINE,
    UNDATED,
    WITHIN_2018,
    Award,
    Case,
    Target,
    entitlements,
    requirements,
    targets,
)

ZIYANG = policyengine.load("ziyang")

# The pack as it is shipped


def test_the_one_list_that_ends_in_and_so_on_is_open() -> None:
    open_lists = {key for key, benefit in ZIYANG.policy.benefits.items() if benefit.items and benefit.items.open}
    assert open_lists == {"named_activities"}


def test_the_loan_limit_of_another_fund_is_taken_only_by_who_allows_grade_c() -> None:
    home = {"in_poor_village": False, "lifted_out": False, "members": [{"id": "a", "registered_poor": True}]}
    with pytest.raises(PolicyError, match="sichuan_industry_fund_2017"):
        ZIYANG.with_changes(supplements=["sichuan_industry_fund_2017"])
    allowed = ZIYANG.with_changes(supplements=["sichuan_industry_fund_2017"], grades="ABC")
    decision = allowed.decide(home, on="2018-06-01")
    assert awards(decision)["industry_fund", "household"] == ("eligible", 0, 10_000)


# Invented households, computed apart from the pack

DATES = ("2018-01-01", "2018-06-01", "2018-12-31", "2019-01-01", "2020-06-30", "2020-12-31")
PERSON = (
    "disability_level",
    "disability_type",
    "needs_long_term_care",
    "school_stage",
    "out_of_school_for_poverty",
    "age",
    "ill",
    "owes_pension_premium",
    "medically_insured",
    "employee_medical_insurance",
    "registered_poor",
    "dibao_conditions_found",
    "dibao_recipient",
    "tekun",
    "labour_capacity",
    "employed",
    "does_farm_production",
    "does_relief_labour",
    "does_work_for_relief",
    "wants_work",
)
HOUSEHOLD = (
    *BASICS,
    "lifted_out",
    "rural_household",
    "dibao_assets_ok",
    "four_goods_met",
    "assigned_cadre",
    "assigned_unit",
    "relapse_risk",
    "in_poor_village",
    "town_has_other_villages",
    "relocation_listed",
    "repair_listed",
)
LIKELY = {**dict.fromkeys(BASICS, 0.85), "dibao_recipient": 0.3, "tekun": 0.2, "employed": 0.3, "rural_household": 0.8}
AGES = (0, 5, 6, 12, 13, 14, 15, 16, 17, 18, 30, 59, 60, 82)
FEN = Fraction(1, 100)


def draw_case(source: random.Random, on: str) -> Case:
    """A household of which everything is known, on the bounds of the plan more often than chance would have it."""
    facts = {fact.id: fact for fact in ZIYANG.program(on).facts}
    size, figures = source.randint(1, 4), draw_figures(source, on)
    members: list[dict[str, Any]] = [
        {"id": f"m{number}"} | {name: draw_fact(source, facts[name]) for name in PERSON} for number in range(size)
    ]
    for person in members:
        draw_costs(source, person)
    home = {name: draw_fact(source, facts[name]) for name in HOUSEHOLD}
    line, standard = 12 * figures["rural_dibao_standard"], figures.get("income_standard", Fraction(3600))
    home["household_income"] = draw_income(source, size, source.choice((line, standard)))
    home["household_net_income"] = draw_income(source, size, standard)
    return Case(home, tuple(members), {}, figures, draw_readings(source), date.fromisoformat(on))


def draw_fact(source: random.Random, fact: Fact) -> Any:
    match fact.type:
        case ConditionType():
            return source.random() < LIKELY.get(fact.id, 0.5)
        case ChoiceType(options=options):
            return source.choice(options)
    return source.choice(AGES)


def draw_income(source: random.Random, size: int, line: Fraction) -> Fraction:
    """At the line a head, a fen or a fen a head beside it, or anywhere."""
    beside = line * size + source.choice((-1, 0, 0, 1)) * source.choice((1, size)) * FEN
    return source.choice((beside, beside, Fraction(source.randint(0, 3_000_000), 100)))


def draw_costs(source: random.Random, person: dict[str, Any]) -> None:
    """Bills of which a tenth was paid, or a fen more or less, alone or of both together; and the year's costs."""
    for kind in ("inpatient", "chronic"):
        costs = source.choice((Fraction(0), Fraction(10_000), Fraction(source.randint(1, 2_000_000), 100)))
        listed = source.choice((costs, costs, costs * source.randint(0, 100) / 100))
        listed = Fraction(int(listed * 100), 100)
        tenth = source.choice((costs, listed)) / 10 + source.choice((0, costs - listed))
        own = source.choice((tenth + source.choice((-1, 0, 1)) * FEN, costs * source.randint(0, 40) / 100))
        person[f"local_{kind}_costs"], person[f"local_{kind}_costs_in_scope"] = costs, listed
        person[f"local_{kind}_own"] = min(costs, Fraction(int(max(Fraction(0), own) * 100), 100))
    stay, visits = (person[f"local_{kind}_costs"] for kind in ("inpatient", "chronic"))
    if source.random() < 0.2:  # together just a tenth, one of the two above it
        person["local_inpatient_own"] = Fraction(int((stay + visits) * 10), 100)
        person["local_chronic_own"] = Fraction(0)
    own = person["local_inpatient_own"] + person["local_chronic_own"]
    person["over_ten_percent_by_bill"] = source.choice((Fraction(0), own / 2 // FEN * FEN, own, own + FEN))
    away = Fraction(source.choice((0, 0, 1, 999_999)), 100)
    person["medical_costs"] = stay + visits + away


RATES = (
    "dibao_allowance",
    "disabled_poor_rate",
    "nursing_rate",
    "disabled_living_rate",
    "study_aid_rate",
    "education_fund_rate",
    "industry_fund_amount",
    "production_award_rate",
    "labour_subsidy_rate",
    "work_relief_pay",
    "public_post_pay",
)
RATIOS = (*(ratio for _, ratio in LAYERS), "relief_funds_ratio")


def draw_figures(source: random.Random, on: str) -> dict[str, Any]:
    """What the plan leaves out. A rate may be missing, and all the layers' shares together."""
    standard = Fraction(source.choice((250_00, 299_99, 300_00, 310_00, 320_00)), 100)
    figures: dict[str, Any] = {
        "rural_dibao_standard": standard,
        "compulsory_school_age_start": Fraction(source.choice((6, 7))),
        "compulsory_school_age_end": Fraction(source.choice((15, 16, 18))),
        "after_exit_end": date.fromisoformat(source.choice(("2018-05-31", "2018-06-01", "2018-12-31", "2020-06-29"))),
    }
    if on >= "2019":  # the plan states that of 2018
        figures["income_standard"] = source.choice((Fraction(3600), Fraction(3750), 12 * standard))
    given = source.random() < 0.8
    figures |= {name: Fraction(source.randint(0, 200_000), 100) for name in RATES if source.random() < 0.7}
    return figures | (
        {name: Fraction(source.choice((0, 10, 33, 60, 70, 100)), 100) for name in RATIOS} if given else {}
    )


def draw_readings(source: random.Random) -> dict[str, str]:
    """Half the time the plan as read by default, otherwise any reading of any passage."""
    plain = source.random() < 0.5
    return {
        str(key): str(shape.default) if plain else source.choice([str(option) for option in shape.options])
        for key, shape in ZIYANG.policy.readings.items()
    }


def plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value


def written(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As a caller gives them: numbers as decimals, an absent date as `none`."""
    return {key: "none" if value is None else plain(value) for key, value in facts.items()}


def household_of(case: Case) -> dict[str, Any]:
    return {**written(case.household), "members": [written(person) for person in case.members]}


def awards(decision: Decision) -> dict[tuple[str, str], tuple[str, Fraction | None, Fraction | None]]:
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


def as_told(award: Award) -> tuple[str, Fraction | None, Fraction | None]:
    return ("eligible" if award.due else "ineligible", award.least, award.most)


def cases(number: int, seed: int) -> Iterator[Case]:
    source = random.Random(seed)
    yield from (draw_case(source, DATES[index % len(DATES)]) for index in range(number))


def test_every_result_of_400_invented_households_is_as_computed_apart() -> None:
    due, refused, standing = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for case in cases(400, seed=43):
        expected, needed = entitlements(case), requirements(case)
        decision = ZIYANG.decide(
            household_of(case), on=case.on, parameters=written(case.figures), readings=case.readings
        )
        found = awards(decision)
        assert found == {key: as_told(award) for key, award in expected.items()}, told(case, expected, found)
        assert standings(decision) == needed, told(case, expected, found)
        for (benefit, _), award in expected.items():
            (due if award.due else refused)[benefit] += 1
        standing.update((indicator, target.status) for (indicator, _), target in needed.items())
    for benefit in ZIYANG.policy.benefits:  # each was given and refused often enough for that to mean something
        assert due[benefit] >= 25, f"{benefit} was given {due[benefit]} times"
        assert refused[benefit] >= 25, f"{benefit} was refused {refused[benefit]} times"
    for indicator, shape in ZIYANG.policy.indicators.items():
        if shape.for_ != "area":
            for status in ("met", "not met", "not applicable"):
                assert standing[indicator, status] >= 10, f"{indicator} was {status} too seldom"


def told(case: Case, expected: Mapping[Any, Award], found: Mapping[Any, Any]) -> str:
    wrong = [
        f"{key}: {found.get(key)}, apart {as_told(award)}"
        for key, award in expected.items()
        if found.get(key) != as_told(award)
    ]
    return "\n".join([*wrong, f"{case.on} {household_of(case)}", str(written(case.figures)), str(dict(case.readings))])


def test_nothing_is_missing_where_everything_is_known() -> None:
    for case in cases(12, seed=7):
        figures = {**dict.fromkeys((*RATES, *RATIOS), 0), **written(case.figures)}
        decision = ZIYANG.decide(household_of(case), on=case.on, parameters=figures, readings=case.readings)
        assert decision.missing == ()


def test_what_is_known_of_200_half_known_households_is_as_computed_apart() -> None:
    """Facts, figures and readings left out at random: what is settled all the same agrees with the whole."""
    source, settled, exact, open_ = random.Random(11), 0, 0, 0
    for case in cases(200, seed=44):
        share = source.choice((0.05, 0.2, 0.5, 0.8))

        def kept(facts: Mapping[str, Any], share: float = share) -> dict[str, Any]:
            return {key: value for key, value in written(facts).items() if key == "id" or source.random() > share}

        home = {**kept(case.household), "members": [kept(person) for person in case.members]}
        readings = {key: "open" if source.random() < share else option for key, option in case.readings.items()}
        decision = ZIYANG.decide(home, on=case.on, parameters=kept(case.figures), readings=readings)
        found, expected, needed = awards(decision), entitlements(case), requirements(case)
        for item in decision.indicators:
            assert item.status in ("undetermined", needed[item.indicator, item.entity].status), item
        for key, award in expected.items():
            status, low, high = found[key]
            if status == "undetermined":
                open_ += 1
            else:
                settled += 1
                assert status == as_told(award)[0], told(case, expected, found)
            if award.least is not None:
                exact += low is not None and low == high
                assert low is None or low <= award.least, told(case, expected, found)
                assert high is None or (award.most is not None and high >= award.most), told(case, expected, found)
    assert min(settled, exact, open_) > 1000


# Invented cities

AREA_DATES = ("2018-12-31", "2018-12-30", "2019-06-01", "2019-12-31", "2020-12-30", "2020-12-31")
EARLY_DATES = (  # on both sides of the first whole week, month, quarter and half year
    *("2018-01-02", "2018-04-03", "2018-04-15", "2018-04-16", "2018-04-30", "2018-05-01"),
    *("2018-05-31", "2018-06-01", "2018-09-30", "2018-10-01", "2019-01-01"),
)
FIGURES = {fact: figure for _, fact, figure in (*UNDATED, *EACH_YEAR, *WITHIN_2018)} | {
    "programmes_carried_out": 22,
    "most_village_industries": 2,
    "poor_people_remaining": 1,
    "villages_short_of_committee": 1,
}
PARTS = (
    *((part, whole) for _, part, whole, _ in ALL_OF),
    ("people_trained", "people_to_train"),
    ("special_funds_assessed", "special_funds_available"),
)
SHARES = (
    ("people_gaining_from_chains", "rural_poor_population", 80),
    ("relief_funds_spent", "relief_funds_available", 95),
    ("special_funds_spent", "special_funds_available", 95),
)


def draw_area(source: random.Random) -> dict[str, Any]:
    """Every figure of the plan just missed, reached or passed; shares of everyone, of all but one, or of nothing."""
    area: dict[str, Any] = {fact: max(0, figure + source.choice((-1, 0, 1))) for fact, figure in FIGURES.items()}
    for _, whole in PARTS:
        area[whole] = source.choice((0, 100, 1000, 9_999))
    area["relief_funds_available"] = source.choice((0, 100, 1_000_000))
    for part, whole in PARTS:
        area[part] = max(0, area[whole] - source.choice((0, 0, 1)))
    for part, whole, percent in SHARES:
        area[part] = max(0, -(-area[whole] * percent // 100) - source.choice((-1, 0, 0, 1)))
    area["poor_people_employee_insured"] = source.choice((0, 1))
    area["civilised_villages"], area["civilised_villages_before"] = source.choice(
        ((199, 0), (199, 1), (200, 0), (0, 200))
    )
    area["poor_self_pay_share"] = Fraction(source.choice((999, 1000, 1001)), 10_000)
    for fact in (*(fact for _, facts, _, _ in ROUTINE for fact in facts), "year_assessed", "relief_day_held"):
        area[fact] = source.random() < 0.7
    start = source.choice((date(2018, 1, 15), date(2018, 5, 1), date(2018, 12, 30), date(2019, 12, 31)))
    ends = (None, None, *(start.replace(year=start.year + 1) + timedelta(days=days) for days in (-1, 0, 60)))
    return area | {"conduct_campaign_start": start, "conduct_campaign_end": source.choice(ends)}


def test_targets_of_320_invented_cities_are_as_computed_apart() -> None:
    seen, source = Counter[tuple[str, str]](), random.Random(45)
    dates = (*AREA_DATES, *EARLY_DATES, *AREA_DATES)  # mostly those on which most falls due
    for index in range(320):
        on = dates[index % len(dates)]
        area, figures, readings = draw_area(source), draw_figures(source, on), draw_readings(source)
        figures["conduct_campaign_latest_end"] = source.choice((date(2019, 5, 1), date(2019, 12, 30), date(2020, 6, 1)))
        expected = targets(area, figures, readings, date.fromisoformat(on))
        decision = ZIYANG.decide_area(written(area), on=on, parameters=written(figures), readings=readings)
        assert standings(decision) == {(name, "area"): target for name, target in expected.items()}, (
            on,
            area,
            readings,
        )
        seen.update((name, target.status) for name, target in expected.items())
    for indicator, shape in ZIYANG.policy.indicators.items():
        if shape.for_ == "area":
            assert seen[indicator, "met"] >= 5, f"{indicator} was met {seen[indicator, 'met']} times"
            assert seen[indicator, "not met"] >= 5, f"{indicator} was missed {seen[indicator, 'not met']} times"


# What lies outside the plan's years


@pytest.mark.parametrize("on", ["2017-12-31", "2021-01-01"])
def test_a_date_beyond_the_plan_is_refused_unless_asked_for(on: str) -> None:
    case = next(cases(1, seed=3))
    with pytest.raises(PolicyError, match="2018-01-01"):
        ZIYANG.decide(household_of(case), on=on)
    assert ZIYANG.decide(household_of(case), on=on, beyond_term=True).entitlements
