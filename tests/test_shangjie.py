"""The shipped plan of 郑州上街: scenarios, ledger, and hundreds of invented households and districts computed apart."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import policyengine
from policyengine import Decision, PolicyError
from policyengine.ir import ChoiceType, ConditionType, Fact, NumberType
from shangjie.independent import BASICS, Award, Case, Target, counted, entitlements, requirements, targets

SHANGJIE = policyengine.load("shangjie")

# The pack as it is shipped


def test_lists_are_open_where_the_document_ends_them_in_and_so_on() -> None:
    open_lists = {key for key, benefit in SHANGJIE.policy.benefits.items() if benefit.items and benefit.items.open}
    assert open_lists == {"urgent_problems", "follow_up_production"}


# Invented households, computed apart from the pack

DATES = ("2018-01-01", "2018-06-30", "2018-12-31", "2019-01-01", "2020-12-31", "2021-01-01")
AGES = (0, 6, 13, 14, 15, 17, 18, 30, 45, 59, 60, 61, 64, 65, 66, 79, 80, 90)
LIKELY = {
    **{"lifted_out": 0.7, "rural_household": 0.75, "dibao_recipient": 0.35, "tekun": 0.2},
    **dict.fromkeys(("newly_identified", "newly_poor", "fell_back", "relapse_risk", "out_of_school_for_poverty"), 0.3),
    **dict.fromkeys((*BASICS, "disabled_members_helped", "living_backed"), 0.8),
}
AMOUNTS = (
    *(f"{stage}_aid_amount" for stage in ("preschool", "primary", "junior_high", "senior_high", "undergraduate")),
    *(f"{stage}_aid_amount" for stage in ("secondary_vocational", "higher_vocational", "postgraduate")),
    *("public_post_pay", "startup_award_amount", "asset_income_amount", "early_exit_reward_amount", "welfare_amount"),
    *("tekun_rural_standard", "tekun_urban_standard", "temporary_relief_amount", "disaster_relief_amount"),
    *("disabled_living_subsidy_amount", "nursing_subsidy_amount"),
)
UNBOUNDED = (Fraction(0), None)  # nobody has published the figure


def draw_case(source: random.Random, on: str) -> Case:
    """A household of which everything is known, on the lines of the plan more often than chance would have it."""
    members: list[dict[str, Any]] = [{"id": f"m{number}"} for number in range(source.randint(1, 4))]
    home: dict[str, Any] = {}
    figures = draw_figures(source)
    for fact in SHANGJIE.program("2018-06-01").facts:
        for place in {"person": members, "household": [home], "area": []}[fact.scope]:
            place[fact.id] = draw_fact(source, fact)
    for person in members:
        draw_costs(source, person, figures)
    for income, times in (("household_income", 12), ("household_net_income", 1)):
        line = source.choice((figures["poverty_line"], 12 * figures["rural_dibao_standard"] / times))
        if times == 12:
            line = source.choice((line, 12 * figures["urban_dibao_standard"]))
        home[income] = max(Fraction(0), line + Fraction(source.choice((-100, -1, 0, 0, 0, 1)), 100)) * len(members)
    home["exit_date"] = source.choice((None, "2017-06-30"))
    return Case(home, tuple(members), figures, draw_readings(source), date.fromisoformat(on))


def draw_fact(source: random.Random, fact: Fact) -> Any:
    match fact.type:
        case ConditionType():
            return source.random() < LIKELY.get(fact.id, 0.55)
        case ChoiceType(options=options):
            return source.choice(options)
    if isinstance(fact.type, NumberType) and fact.type.scale == 1:
        return source.choice(AGES)
    return money(source, 5000)


def money(source: random.Random, most: int) -> Fraction:
    """None at all, whole yuan, or any number of fen."""
    return source.choice((Fraction(0), Fraction(source.randint(0, most)), Fraction(source.randint(0, most * 100), 100)))


def draw_costs(source: random.Random, person: dict[str, Any], figures: Mapping[str, Any]) -> None:
    """Costs that leave the bounds of a band, just less or just more; reimbursed may be more than was spent."""
    ends = ("major_illness_threshold", "major_illness_first_bound", "major_illness_second_bound")
    at = figures[source.choice((*ends, "supplementary_threshold", "medical_assistance_ceiling"))]
    left = source.choice((Fraction(0), at - Fraction(1, 100), at, at + 1, money(source, 5000), money(source, 200_000)))
    person["basic_insurance_reimbursed"] = basic = money(source, 30_000)
    person["medical_costs_in_scope"] = max(Fraction(0), source.choice((left, left + basic, left + basic)))


def draw_figures(source: random.Random) -> dict[str, Any]:
    """What the plan leaves out; of amounts, sometimes only bounds, or nothing."""

    def amount() -> Any:
        least = money(source, 3000)
        return source.choice((least, least, least, (least, least + 100), (least, None), UNBOUNDED))

    def share() -> Fraction:
        return Fraction(source.choice((0, 30, 50, 80, 95, 100, source.randint(0, 100))), 100)

    threshold, band = source.choice((0, 1000, 7500)), source.choice((1, 42_500, 50_000))
    return {
        **{name: amount() for name in AMOUNTS},
        "rural_dibao_standard": Fraction(source.choice((300, 380))),
        "urban_dibao_standard": Fraction(source.choice((380, 600))),
        "poverty_line": Fraction(source.choice((3300, 3600, 4560))),
        "campaign_end": date(2020, 12, 31) if source.random() < 0.7 else date(2018, 12, 31),
        "elderly_age": Fraction(source.choice((60, 65, 80))),
        "woman_age": Fraction(source.choice((14, 18))),
        "major_illness_threshold": Fraction(threshold),
        "major_illness_first_bound": Fraction(threshold + band),
        "major_illness_second_bound": Fraction(threshold + band + source.choice((0, 50_000))),
        **{f"major_illness_{name}_ratio": share() for name in ("first", "second", "third")},
        "supplementary_threshold": Fraction(source.choice((0, 3000))),
        "supplementary_ratio": share(),
        "medical_assistance_ratio": share(),
        "medical_assistance_ceiling": Fraction(source.choice((0, 1000, 50_000))),
    }


def draw_readings(source: random.Random) -> dict[str, str]:
    """A third of the time the plan as read by default, otherwise any reading of any passage."""
    plain = source.random() < 1 / 3
    return {
        str(key): str(shape.default) if plain else source.choice([str(option) for option in shape.options])
        for key, shape in SHANGJIE.policy.readings.items()
    }


def plain(value: Any) -> Any:
    match value:
        case Fraction():
            return Decimal(value.numerator) / Decimal(value.denominator)
        case (least, None):
            return f"at least {plain(least)}"
        case (least, most):
            return f"between {plain(least)} and {plain(most)}"
        case date():
            return value.isoformat()
    return value


def written(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As a caller gives them: an absent date as `none`; a figure that nobody published isn't given at all."""
    return {key: "none" if value is None else plain(value) for key, value in facts.items() if value != UNBOUNDED}


def cases(number: int, seed: int) -> Iterator[Case]:
    source = random.Random(seed)
    yield from (draw_case(source, DATES[index % len(DATES)]) for index in range(number))


def decide(home: Mapping[str, Any], case: Case, figures: Mapping[str, Any], readings: Mapping[str, str]) -> Decision:
    return SHANGJIE.decide(
        home, on=case.on, parameters=figures, readings=readings, beyond_term=case.on > date(2018, 12, 31)
    )


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


def standings(decision: Decision) -> dict[str, Target]:
    return {item.indicator: Target(item.status, gap_of(item.gap)) for item in decision.indicators}


def gap_of(gap: policyengine.Amount | None) -> Fraction | None:
    return None if gap is None or gap.exact is None else Fraction(gap.exact)


def as_told(award: Award) -> Told:
    return ("eligible" if award.due else "ineligible", award.least, award.most)


def test_every_entitlement_of_400_invented_households_is_as_computed_apart() -> None:
    given, refused, reached = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for case in cases(400, seed=21):
        expected, needed = entitlements(case), requirements(case)
        home = {**written(case.household), "members": [written(person) for person in case.members]}
        decision = decide(home, case, written(case.figures), case.readings)
        found = awards(decision)
        assert found == {key: as_told(award) for key, award in expected.items()}, told(case, home, expected, found)
        assert standings(decision) == needed, (case.on, home, dict(case.readings))
        for (benefit, _), award in expected.items():
            (given if award.due else refused)[benefit] += 1
        reached.update((name, target.status) for name, target in needed.items())
    for (
        benefit
    ) in SHANGJIE.policy.benefits:  # every benefit was given and refused often enough for that to mean something
        assert given[benefit] >= 25, f"{benefit} was given {given[benefit]} times"
        assert refused[benefit] >= 25, f"{benefit} was refused {refused[benefit]} times"
    for indicator, shape in SHANGJIE.policy.indicators.items():
        if shape.for_ == "household":
            assert min(reached[(indicator, state)] for state in ("met", "not met", "not applicable")) >= 10, indicator


def told(case: Case, home: Mapping[str, Any], expected: Mapping[Any, Award], found: Mapping[Any, Any]) -> str:
    wrong = [
        f"{key}: {found.get(key)}, apart {as_told(award)}"
        for key, award in expected.items()
        if found.get(key) != as_told(award)
    ]
    return "\n".join([*wrong, f"{case.on} {home}", str(written(case.figures)), str(dict(case.readings))])


def test_what_is_known_of_250_half_known_households_agrees_with_the_whole() -> None:
    """Facts, figures and readings left out at random: what is settled all the same is what it was."""
    source, seen = random.Random(12), Counter[str]()
    for case in cases(250, seed=22):
        share = source.choice((0.05, 0.2, 0.5, 0.8))

        def kept(facts: Mapping[str, Any], share: float = share) -> dict[str, Any]:
            return {key: value for key, value in written(facts).items() if key == "id" or source.random() > share}

        home = {**kept(case.household), "members": [kept(person) for person in case.members]}
        readings = {key: "open" if source.random() < share else option for key, option in case.readings.items()}
        decision = decide(home, case, kept(case.figures), readings)
        found, needed = awards(decision), requirements(case)
        for item in decision.indicators:
            assert item.status in ("undetermined", needed[item.indicator].status), (item.indicator, case.on, home)
            seen[f"indicator {item.status}"] += 1
        for key, award in entitlements(case).items():
            state, low, high = found[key]
            seen[state] += 1
            assert state in ("undetermined", as_told(award)[0]), key
            if award.least is not None:
                seen["exact"] += low == high
                assert low is not None
                assert low <= award.least, key
                assert high is None or (award.most is not None and high >= award.most), key
    enough = ("eligible", "ineligible", "undetermined", "exact", "indicator met", "indicator undetermined")
    assert all(seen[state] >= 100 for state in enough), seen


# Invented districts

COUNTS = (0, 1, 2, 3, 4, 6, 7, 8, 120)
SHARES = tuple(map(Fraction, ("0", "0.8999", "0.9", "0.9", "1")))
FUNDS = tuple(map(Fraction, ("0", "300", "400", "399.99", "400.01", "1000", "920", "919.99", "1288", "1287.99")))


def draw_area(source: random.Random) -> dict[str, Any]:
    """Counts that meet each other often; funds around 40% and 92% of one another, or none at all."""
    area: dict[str, Any] = {}
    for fact in SHANGJIE.program("2018-06-01").facts:
        if fact.scope == "area":
            pool = FUNDS if "funds" in fact.id else SHARES if "awareness" in fact.id else COUNTS
            area[fact.id] = source.random() < 0.7 if isinstance(fact.type, ConditionType) else source.choice(pool)
    levels = ("central_funds", "provincial_funds", "municipal_funds")
    if source.random() < 0.15:
        area |= dict.fromkeys((*levels, *source.choice(((), ("district_funds",)))), Fraction(0))
    upper = sum(area[level] for level in levels)
    near = Fraction(source.choice((-1, 0, 0, 1)), 100)
    if upper > 0 and source.random() < 0.6:
        area["district_funds"] = Fraction(int(upper * 40), 100) + near
        area["upper_funds_settled"] = area["district_funds_settled"] = Fraction(0)
        whole = source.choice((upper, upper + area["district_funds"]))
        area["upper_funds_settled"] = Fraction(int(whole * 92), 100) + near
    return area


def test_targets_of_200_invented_districts_are_as_computed_apart() -> None:
    seen, source = Counter[tuple[str, str]](), random.Random(23)
    days = ("2018-12-31", "2018-01-01", "2018-12-31", "2018-12-30", "2018-12-31")
    for index in range(200):
        on, area, figures, readings = days[index % 5], draw_area(source), draw_figures(source), draw_readings(source)
        line = 12 * figures["rural_dibao_standard"]
        figures["poverty_line"] = line + Fraction(source.choice((-1, 0, 1)), 100)
        expected = targets(area, figures, readings, date.fromisoformat(on))
        decision = SHANGJIE.decide_area(written(area), on=on, parameters=written(figures), readings=readings)
        assert standings(decision) == expected, (on, area, readings)
        seen.update((name, target.status) for name, target in expected.items())
    for indicator, shape in SHANGJIE.policy.indicators.items():
        if shape.for_ == "area":
            assert seen[(indicator, "met")] >= 10, indicator
            assert seen[(indicator, "not met")] >= 10, indicator


def test_what_100_invented_households_add_to_the_figures_of_the_district_is_as_counted_apart() -> None:
    seen = Counter[str]()
    for case in cases(100, seed=24):
        home = {**written(case.household), "members": [written(person) for person in case.members]}
        totals = SHANGJIE.totals(
            [home], on=case.on, readings=case.readings, beyond_term=case.on > date(2018, 12, 31)
        ).facts
        expected = counted(case)
        assert {key: int(totals[key]) for key in expected} == expected, (home, dict(case.readings))
        seen.update(expected)
    assert all(seen[key] >= 10 for key in counted(next(cases(1, seed=24)))), seen


# What isn't a household of this plan


def test_a_date_beyond_the_plan_is_refused_unless_asked_for() -> None:
    home = {"lifted_out": True, "members": [{"id": "a"}]}
    with pytest.raises(PolicyError, match="2018-12-31"):
        SHANGJIE.decide(home, on="2019-01-01")
    assert SHANGJIE.decide(home, on="2019-01-01", beyond_term=True).entitlements
