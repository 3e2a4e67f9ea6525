"""The plan of 资阳 computed by hand: every result for people of whom everything is known.

Written from the document, item by item, in plain Python with exact fractions. It shares nothing with the pack but
names: of facts, of figures that the plan leaves out, of readings and their options, and of results. Money is yuan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

Facts = Mapping[str, Any]

ZERO = Fraction(0)
END_2018, END_2020 = date(2018, 12, 31), date(2020, 12, 31)


@dataclass(frozen=True)
class Award:
    """Due or not; how much at least and at most (None above: no end), or None twice without an amount."""

    due: bool
    least: Fraction | None = None
    most: Fraction | None = None


@dataclass(frozen=True)
class Target:
    """status: met · not met · not applicable; by how much the measure lies above its target, where both are numbers."""

    status: str
    gap: Fraction | None = None


@dataclass(frozen=True)
class Case:
    """A household with its city, the figures the plan doesn't state, and how its open passages are read."""

    household: Facts
    members: tuple[Facts, ...]
    area: Facts
    figures: Facts
    readings: Mapping[str, str]
    on: date

    # Who is meant

    @property
    def going_on(self) -> bool:
        """Item 14: 脱贫不脱政策, without a last day; or until one that another paper names."""
        return self.readings["after_exit_lasts"] == "plan_years" or self.on <= self.figures["after_exit_end"]

    @property
    def lifted(self) -> bool:
        return bool(self.household["lifted_out"])

    def poor(self, person: Facts) -> bool:
        """贫困人口: on the register, and after leaving poverty as long as policies last; or less, or more."""
        meant = self.readings["poor_means"]
        if person["registered_poor"] and (not self.lifted or (meant != "not_lifted" and self.going_on)):
            return True
        relieved = person["dibao_recipient"] or person["tekun"]
        return bool(meant == "with_relief" and self.household["rural_household"] and relieved)

    @property
    def poor_family(self) -> bool:
        return any(self.poor(person) for person in self.members)

    def of_poor_family(self, person: Facts) -> bool:
        """贫困家庭学生、贫困家庭劳动力: any member, or only one who is poor; a poor one makes the family poor."""
        every = self.readings["family_members_are"] == "every_member"
        return self.poor_family if every else self.poor(person)

    @property
    def registered(self) -> bool:
        return any(person["registered_poor"] for person in self.members)

    @property
    def exited(self) -> bool:
        """已脱贫对象"""
        return self.registered and self.lifted

    def able(self, person: Facts) -> bool:
        """有劳动能力"""
        capacity = person["labour_capacity"]
        return capacity == "full" or (capacity == "partial" and self.readings["labour_means"] == "full_or_partial")

    @property
    def in_work(self) -> int:
        return sum(1 for person in self.members if person["employed"])

    # Item 5: the income standard of 2018, 3600 yuan; other years' aren't in the plan

    @property
    def standard(self) -> Fraction:
        return Fraction(3600) if self.on.year == 2018 else self.figures["income_standard"]

    @property
    def net_per_head(self) -> Fraction:
        return Fraction(self.household["household_net_income"]) / len(self.members)

    @property
    def up_to_standard(self) -> bool:
        """Above the standard, 两不愁、三保障; read more widely, the four goods too."""
        home = self.household
        basics = all(home[fact] for fact in BASICS)
        wide = self.readings["measure_up_means"] == "with_four_goods"
        return self.net_per_head > self.standard and basics and bool(not wide or home["four_goods_met"])


BASICS = ("enough_food", "enough_clothing", "schooling_secured", "medical_care_secured", "housing_secured")


def disabled(person: Facts) -> bool:
    return bool(person["disability_level"] != "not_disabled")


def at_school(person: Facts) -> bool:
    return bool(person["school_stage"] != "not_in_school")


def to_fen(amount: Fraction) -> Fraction:
    """Half up to the fen; amounts are never negative."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def up_to_fen(amount: Fraction) -> Fraction:
    return Fraction(ceil(amount * 100), 100)


def paid(amount: Fraction | None, due: bool) -> Award:
    """An amount known to the fen, if it is due at all; None: due, and the plan doesn't say how much."""
    if not due:
        return Award(False, ZERO, ZERO)
    return Award(True, ZERO, None) if amount is None else Award(True, to_fen(amount), to_fen(amount))


# Item 4 and items 7 to 9: the fund, evening schools, people who come to help


def support(case: Case) -> Iterator[tuple[str, Award]]:
    home, poor = case.household, case.poor_family
    other_village = not home["in_poor_village"]
    in_town = case.readings["industry_fund_for"] == "whole_town" and home["town_has_other_villages"]
    yield "industry_fund", paid(case.figures.get("industry_fund_amount"), poor and (other_village or in_town))
    yield "village_team", Award(case.registered and (not case.lifted or case.going_on))
    yield "social_matching", Award(poor)
    yield "named_activities", Award(poor)
    yield "buying_products", Award(poor)


# Item 5: work, dibao, pension premiums, disabled people


def one_job(case: Case) -> Award:
    able = case.poor_family and any(case.able(person) for person in case.members)
    return Award(able and case.in_work < 1)


def dibao(case: Case) -> Award:
    """Income per head, counted in whole fen as civil affairs counts it, against twelve months of the standard."""
    home = case.household
    line = 12 * case.figures["rural_dibao_standard"]
    if case.readings["two_lines_effect"] == "floor":
        line = max(line, case.standard)
    income = to_fen(Fraction(home["household_income"]) / len(case.members))
    poor_enough = income < line or (income == line and case.readings["dibao_at_standard"] == "admitted")
    meets = home["dibao_assets_ok"] and poor_enough
    if case.readings["dibao_test"] == "finding":  # of the household, or of one person in it
        meets = any(person["dibao_conditions_found"] for person in case.members)
    return paid(case.figures.get("dibao_allowance"), home["rural_household"] and meets)


def pension_premium(case: Case, person: Facts) -> Award:
    """100 yuan a year for 建档立卡未标注脱贫的贫困人口、低保对象、特困人员, once, if there is a premium to pay."""
    goes_on = case.readings["premium_after_exit"] == "goes_on" and case.going_on
    counted = person["registered_poor"] and (not case.lifted or goes_on)
    relieved = person["dibao_recipient"] or person["tekun"]
    anywhere = case.readings["premium_relief_from"] == "town_and_country" or case.household["rural_household"]
    member = counted or (relieved and anywhere and case.readings["unmarked_qualifies"] == "poor_only")
    return paid(Fraction(100), bool(member and person["owes_pension_premium"]))


def severe(case: Case, person: Facts) -> bool:
    grade, kind = person["disability_level"], person["disability_type"]
    if grade == "third" and case.readings["severe_disability_means"] == "with_third_mental":
        return kind in ("intellectual", "psychiatric")
    return grade in ("first", "second")


def subsidies(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    figures, readings = case.figures, case.readings
    yield "disabled_poor_allowance", paid(figures.get("disabled_poor_rate"), disabled(person) and case.poor(person))
    cared = readings["nursing_allowance_for"] == "every_severe" or person["needs_long_term_care"]
    yield "severe_disability_nursing", paid(figures.get("nursing_rate"), bool(severe(case, person) and cared))
    wide = readings["disabled_in_need_means"] == "dibao_or_poor"
    in_need = person["dibao_recipient"] or (wide and case.poor(person))
    yield "disabled_living_allowance", paid(figures.get("disabled_living_rate"), bool(disabled(person) and in_need))


def work(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    """Item 5's training and fairs; item 12's rewards for taking part."""
    worker = Award(case.of_poor_family(person) and case.able(person))
    yield "skills_training", worker
    yield "job_fair", worker
    for name, fact, rate in (
        ("production_award", "does_farm_production", "production_award_rate"),
        ("labour_subsidy", "does_relief_labour", "labour_subsidy_rate"),
        ("work_for_relief", "does_work_for_relief", "work_relief_pay"),
        ("public_post", "wants_work", "public_post_pay"),
    ):
        yield name, paid(case.figures.get(rate), bool(case.poor(person) and person[fact]))


# Item 6: schooling, medical care, housing


def pupil(case: Case, person: Facts) -> bool:
    """贫困家庭学生, of every stage, with kindergarten or without, or of primary and junior high school."""
    stage = person["school_stage"]
    if case.readings["student_stages"] == "compulsory_only":
        meant = stage in ("primary", "junior_high")
    else:
        meant = at_school(person) and (stage != "preschool" or case.readings["preschoolers_are_students"] == "included")
    return case.of_poor_family(person) and meant


def dropout(case: Case, person: Facts) -> bool:
    start, end = (case.figures[f"compulsory_school_age_{which}"] for which in ("start", "end"))
    of_age = case.readings["student_stages"] == "every_stage" or start <= person["age"] < end
    return bool(case.of_poor_family(person) and person["out_of_school_for_poverty"] and of_age)


def schooling(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    mine = pupil(case, person)
    yield "study_aid", paid(case.figures.get("study_aid_rate"), mine)
    yield "education_fund_aid", paid(case.figures.get("education_fund_rate"), mine)
    yield "schooling_guarantee", Award(mine or dropout(case, person))


LAYERS = (
    ("fee_reduction", "fee_reduction_ratio"),
    ("four_insurances", "insurance_ratio"),
    ("medical_assistance", "assistance_ratio"),
    ("four_funds", "health_funds_ratio"),
)


def layers(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    """一减免+四保险+一救助+四基金: each pays its share of what is left, or of the whole and never more than is left.

    Without any share stated each may pay everything or nothing.
    """
    costs = Fraction(person["medical_costs"])
    left, due = costs, case.poor(person) and costs > 0
    for name, ratio in LAYERS:
        if name == "four_funds" and case.readings["four_funds_means"] == "same":
            ratio = "relief_funds_ratio"
        if not due:
            yield name, paid(None, False)
        elif ratio not in case.figures:
            yield name, Award(True, ZERO, costs)
        else:
            base = left if case.readings["layer_order"] == "as_listed" else costs
            payment = min(to_fen(case.figures[ratio] * base), left)
            left -= payment
            yield name, Award(True, payment, payment)


def excess(case: Case, person: Facts) -> Fraction:
    """What the patient pays over 10% within the county, for stays and chronic outpatient care.

    By the bill it is what the bills were over one by one, and no more than the patient paid.
    """
    if case.readings["ten_percent_of"] == "each_bill":
        own_of_all = sum((Fraction(person[f"local_{kind}_own"]) for kind in ("inpatient", "chronic")), ZERO)
        return min(Fraction(person["over_ten_percent_by_bill"]), own_of_all)
    bills = []
    for kind in ("inpatient", "chronic"):
        costs, own = (Fraction(person[f"local_{kind}_{what}"]) for what in ("costs", "own"))
        if case.readings["ten_percent_base"] == "in_scope":
            listed = Fraction(person[f"local_{kind}_costs_in_scope"])
            own = max(ZERO, own - max(ZERO, costs - listed))  # the patient pays first what the lists leave out
            costs = listed
        bills.append((own, costs))
    if case.readings["ten_percent_of"] == "together":
        bills = [(sum((own for own, _ in bills), ZERO), sum((costs for _, costs in bills), ZERO))]
    return up_to_fen(sum((max(ZERO, own - costs / 10) for own, costs in bills), ZERO))


def health(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    poor = case.poor(person)
    yield "medical_insurance", Award(poor and not person["employee_medical_insurance"])  # nobody can be in both
    yield from layers(case, person)
    yield "full_course_treatment", Award(poor and bool(person["ill"]))
    over = excess(case, person)
    each_person = case.readings["ten_percent_for"] == "each_person"
    yield "self_pay_guarantee", paid(over, poor and each_person and over > 0)
    yield "free_checkup", Award(poor)
    yield "evening_school", Award(poor)  # item 7


def housing(case: Case) -> Iterator[tuple[str, Award]]:
    home = case.household
    moved, rebuilt = (bool(case.poor_family and home[fact]) for fact in ("relocation_listed", "repair_listed"))
    yield "safe_housing", Award(case.poor_family and not home["housing_secured"])
    yield "relocation", Award(moved)
    yield "housing_repair", Award(rebuilt)
    yield "settling_in", Award(moved or rebuilt)


# Item 14: after leaving poverty


def after_exit(case: Case) -> Iterator[tuple[str, Award]]:
    yield "policies_after_exit", Award(case.exited and case.going_on)
    yield "second_look", Award(case.exited)
    yield "help_with_what_is_lacking", Award(case.exited and not case.up_to_standard)
    yield "regular_check", Award(case.exited)
    yield "relapse_help", Award(case.exited and bool(case.household["relapse_risk"]))


def family(case: Case) -> Iterator[tuple[str, Award]]:
    for item in (support, housing, after_exit):
        yield from item(case)
    yield "one_job", one_job(case)
    yield "dibao_admission", dibao(case)


def entitlements(case: Case) -> dict[tuple[str, str], Award]:
    """(benefit, member or "household") -> what the plan gives."""
    found = {(name, "household"): award for name, award in family(case)}
    for person in case.members:
        for item in (subsidies, work, schooling, health):
            found |= {(name, person["id"]): award for name, award in item(case, person)}
        found["pension_premium", person["id"]] = pension_premium(case, person)
    return found


# What must hold for a household and its members


def requirements(case: Case) -> dict[tuple[str, str], Target]:
    home = case.household
    above = up_to_fen(case.net_per_head) - case.standard
    able = case.poor_family and any(case.able(person) for person in case.members)
    followed = case.registered and (not case.lifted or case.going_on)
    measured = case.poor_family or case.exited  # 缺啥补啥: item by item, also after leaving poverty
    wide = case.readings["measure_up_means"] == "with_four_goods"
    in_time = case.readings["income_judged_when"] == "any_day" or (case.on.month, case.on.day) == (12, 31)
    found = {
        "income_above_standard": judged(above > 0, measured and in_time, above),
        "food_and_clothing": judged(home["enough_food"] and home["enough_clothing"], measured),
        "schooling_assured": judged(home["schooling_secured"], measured),
        "medical_care_assured": judged(home["medical_care_secured"], measured),
        "housing_assured": judged(home["housing_secured"], measured),
        "four_goods_reached": judged(home["four_goods_met"], measured and wide),
        "stays_up_to_standard": judged(case.up_to_standard, case.exited),
        "one_member_in_work": judged(case.in_work >= 1, able, Fraction(case.in_work - 1)),
        "unit_assigned": judged(home["assigned_unit"], followed),
        "cadre_assigned": judged(home["assigned_cadre"], followed),
    }
    return {(name, "household"): target for name, target in found.items()} | {
        (name, person["id"]): target for person in case.members for name, target in personal(case, person)
    }


def personal(case: Case, person: Facts) -> Iterator[tuple[str, Target]]:
    otherwise = case.readings["insured_means"] == "employees_too" and person["employee_medical_insurance"]
    yield "insured", judged(person["medically_insured"] or otherwise, case.poor(person))
    promised = pupil(case, person) or dropout(case, person)
    yield "not_out_of_school", judged(not person["out_of_school_for_poverty"], promised)
    treated = person["local_inpatient_costs"] + person["local_chronic_costs"] > 0
    over = excess(case, person)
    each_person = case.readings["ten_percent_for"] == "each_person"
    yield "self_payment_within_limit", judged(over <= 0, case.poor(person) and each_person and treated, over)


def judged(holds: Any, applies: Any, gap: Fraction | None = None) -> Target:
    return Target("met" if holds else "not met", gap) if applies else Target("not applicable")


# What the city has to reach

UNDATED = (  # measure, figure
    ("enough_industries", "fewest_village_industries", 1),
    ("enough_cooperatives", "fewest_village_cooperatives", 1),
    ("enough_farms", "fewest_village_farms", 2),
    ("forestry_cooperatives", "fewest_county_forestry", 1),
    ("relocation_finished", "people_relocated", 1005),
    ("rebuilding_finished", "poor_homes_rebuilt", 3228),
    ("good_villages_made", "good_villages", 81),
    ("culture_centres_built", "culture_centres", 81),
    ("model_sites_built", "model_sites", 100),
    ("civilised_families_named", "civilised_families", 100),
)
EACH_YEAR = (
    ("training_each_year", "training_visits", 1160),
    ("fairs_each_year", "job_fairs_held", 2),
    ("supervised_each_year", "supervision_rounds", 2),
)
WITHIN_2018 = (
    ("villages_exited", "poor_villages_exited", 81),
    ("people_lifted", "people_lifted_this_year", 44_000),
)
ALL_OF = (  # measure, of what; when
    ("all_insured", "poor_people_medically_insured", "rural_poor_population", "always"),
    ("toilets_everywhere", "good_village_homes_with_toilet", "good_village_homes", "gradually"),
    ("all_looked_at_again", "households_looked_at_again", "households_lifted_out", "undated"),
    ("cadres_assessed", "cadres_assessed_so_far", "cadres_to_assess", "undated"),
    ("committees_assessed", "committees_assessed_so_far", "committees_to_assess", "undated"),
    ("town_funds_set_up", "towns_with_industry_fund", "towns_with_other_villages", "undated"),
    ("duty_statements", "duty_statements_signed", "duty_statements_due", "last day"),
    ("all_money_supervised", "special_funds_supervised", "special_funds_available", "always"),
)
ROUTINE = (  # item 1, period by period: what must all have been done; for the period that runs, or the last that ended
    ("lists_drawn", ("monthly_lists_drawn",), "month", "runs"),
    ("weekly_meeting", ("weekly_meeting_held",), "week", "ended"),
    ("quarterly_visit", ("quarterly_visit_made",), "quarter", "ended"),
    ("half_year_summary", ("half_year_summed_up",), "half year", "ended"),
    (
        "monthly_supervision",
        ("monthly_inspection_made", "monthly_findings_reported", "monthly_faults_answered"),
        "month",
        "ended",
    ),
)
ISSUED = date(2018, 4, 3)


def first_day(period: str, on: date) -> date:
    """Of the week (from Monday), month, quarter or half year in which the day lies."""
    if period == "week":
        return on - timedelta(days=on.weekday())
    months = {"month": 1, "quarter": 3, "half year": 6}[period]
    return date(on.year, (on.month - 1) // months * months + 1, 1)


def asked(period: str, which: str, on: date) -> bool:
    """Whether the period that is asked about began after the plan was issued; none begins on the day itself."""
    start = first_day(period, on)
    return (start if which == "runs" else first_day(period, start - timedelta(days=1))) > ISSUED


def targets(area: Facts, figures: Facts, readings: Mapping[str, str], on: date) -> dict[str, Target]:
    last_day = (on.month, on.day) == (12, 31)
    due = {"term_start": True, "end_2018": on >= END_2018, "plan_end": on >= END_2020}[readings["undated_targets_due"]]
    gradually = {"plan_end": on >= END_2020, "with_other_tasks": due, "term_start": True}
    when = {
        "always": True,
        "gradually": gradually[readings["gradual_toilets_due"]],
        "undated": due,
        "last day": last_day,
    }
    found: dict[str, Target] = {}

    def reach(name: str, measure: Any, target: Any, applies: bool = True) -> None:
        gap = Fraction(measure) - Fraction(target)
        found[name] = judged(gap >= 0, applies, gap)

    for name, fact, figure in UNDATED:
        reach(name, area[fact], figure, due)
    for name, fact, figure in EACH_YEAR:
        reach(name, area[fact], figure, last_day)
    for name, fact, figure in WITHIN_2018:
        reach(name, area[fact], figure, on == END_2018)
    for name, part, whole, time in ALL_OF:
        insured_otherwise = name == "all_insured" and readings["insured_means"] == "employees_too"
        more = area["poor_people_employee_insured"] if insured_otherwise else 0
        reach(name, area[part] + more, area[whole], when[time])
    for name, facts, period, which in ROUTINE:
        found[name] = judged(all(area[fact] for fact in facts), asked(period, which, on))
    found["year_end_assessment"] = judged(area["year_assessed"], last_day)
    found["relief_day"] = judged(area["relief_day_held"], last_day)
    found["committees_complete"] = at_most(area["villages_short_of_committee"], 0, due)
    before = area["civilised_villages_before"] if readings["civilised_villages_counted"] == "all_there_are" else 0
    reach("civilised_villages_named", area["civilised_villages"] + before, 200, due)
    together = readings["ten_percent_for"] == "poor_people_together"
    found["self_payment_of_all"] = at_most(area["poor_self_pay_share"], Fraction(10, 100), together)
    reach("all_programmes_carried_out", area["programmes_carried_out"], 22)
    reach("all_trained", area["people_trained"], area["people_to_train"], on >= END_2018)
    reach("all_money_assessed", area["special_funds_assessed"], area["special_funds_available"], last_day)
    found["all_lifted"] = at_most(area["poor_people_remaining"], 0, on >= END_2020)
    both_ends = due and readings["one_to_two_industries"] == "both_ends"
    found["not_too_many_industries"] = at_most(area["most_village_industries"], 2, both_ends)
    poor = area["rural_poor_population"]
    reach("income_from_chains", share(area["people_gaining_from_chains"], poor), Fraction(80, 100), due and poor > 0)
    funds = "special" if readings["spending_base"] == "special_funds" else "relief"
    money = area[f"{funds}_funds_available"]
    reach("money_spent", share(area[f"{funds}_funds_spent"], money), Fraction(95, 100), last_day and money > 0)
    found["lines_joined"] = lines_joined(figures, readings, on)
    found["conduct_campaign_in_time"] = conduct(area, figures, readings, on)
    return found


def at_most(measure: Any, target: int | Fraction, applies: bool) -> Target:
    gap = Fraction(measure) - target
    return judged(gap <= 0, applies, gap)


def share(part: Any, whole: Any) -> Fraction:
    """Down to a hundredth of a percent; of nothing at all, nothing."""
    return Fraction(floor(Fraction(part) / Fraction(whole) * 10_000), 10_000) if whole else ZERO


def lines_joined(figures: Facts, readings: Mapping[str, str], on: date) -> Target:
    """两线合一: dibao of twelve months no lower than the income standard, or equal to it."""
    dibao_line = 12 * figures["rural_dibao_standard"]
    standard = Fraction(3600) if on.year == 2018 else figures["income_standard"]
    equal = readings["two_lines_means"] == "equal"
    return judged(dibao_line == standard if equal else dibao_line >= standard, True)


def conduct(area: Facts, figures: Facts, readings: Mapping[str, str], on: date) -> Target:
    """用1年左右时间: over before a year has passed, or by the day its scheme names; while it goes on, so far."""
    start, end = area["conduct_campaign_start"], area["conduct_campaign_end"]
    last = end or on
    within = last < start.replace(year=start.year + 1)
    longer = readings["about_one_year"] == "tolerance" and last <= figures["conduct_campaign_latest_end"]
    return judged(within or longer, end is not None or not within)
