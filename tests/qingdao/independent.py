"""The plan of 青岛西海岸新区 computed by hand: every result for people of whom everything is known.

Written from the document, item by item, in plain Python with exact fractions. It shares nothing with the pack but names:
of facts, of figures that the plan leaves out, of readings and their options, and of results. Money is yuan.

The plan gives hardly a figure. One that isn't known is anything between two ends; all that is computed from it lies
between what comes out at the end that is worst for the household and what comes out at the best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor, inf
from typing import Any

Facts = Mapping[str, Any]
Figure = Fraction | float  # infinity: without an upper end
Ends = tuple[Figure, Figure]

APRIL, JUNE, OCTOBER, NOVEMBER = date(2018, 4, 30), date(2018, 6, 30), date(2018, 10, 31), date(2018, 11, 30)
MARCH, MAY = date(2018, 3, 31), date(2018, 5, 31)
STAGE_2, STAGE_3 = date(2018, 4, 1), date(2018, 11, 1)
END_OF_2018, END_OF_2019, END_OF_PLAN = date(2018, 12, 31), date(2019, 12, 31), date(2020, 12, 31)

WIDEST: dict[str, Ends] = {
    "retention_period": (Fraction(1), Fraction(1200)),
    "elderly_age": (Fraction(60), Fraction(150)),
    "rural_dibao_standard": (Fraction(0), Fraction(10_000)),
    "urban_dibao_standard": (Fraction(0), Fraction(10_000)),
    "provincial_standard": (Fraction(0), Fraction(100_000)),
    "survey_income_standard": (Fraction(0), Fraction(100_000)),
    "relief_fund_ratio": (Fraction(0), Fraction(1)),
}
LOWER_IS_BETTER = ("elderly_age", "relief_fund_threshold")
LINES = ("provincial_standard", "survey_income_standard")


@dataclass(frozen=True)
class Award:
    """Due, refused or (None) open; how much at least and at most, or None without an amount."""

    due: bool | None
    least: Figure | None = None
    most: Figure | None = None


@dataclass(frozen=True)
class Target:
    """status: met · not met · not applicable · undetermined; by how much the measure lies above its target."""

    status: str
    gap: Fraction | None = None


@dataclass(frozen=True)
class Case:
    """A household, the figures the plan doesn't state (with both ends), and how its open passages are read."""

    household: Facts
    members: tuple[Facts, ...]
    figures: Mapping[str, Ends]
    readings: Mapping[str, str]
    on: date
    best: bool = True

    def figure(self, name: str) -> Figure:
        """The end of a figure that is best for the household, or worst."""
        least, most = self.figures.get(name) or WIDEST.get(name, (Fraction(0), inf))
        return most if self.best != (name in LOWER_IS_BETTER) else least

    def reads(self, reading: str, option: str) -> bool:
        return self.readings[reading] == option

    # Who is poor: part 1, item 2; part 2, section 1, item 1; part 3, stage 2, item 10

    @property
    def keeps_policies(self) -> bool:
        """已脱贫享受政策 … 一定时期内"""
        if not self.household["policies_marked_kept"]:
            return False
        left = self.household["exit_date"]
        if self.reads("retention_lasts", "as_marked") or left is None:
            return True
        return self.on < months_later(date.fromisoformat(left), int(self.figure("retention_period")))

    @property
    def removed(self) -> bool:
        """对不享受政策贫困户按程序退出; whoever falls back is taken in again."""
        home = self.household
        return bool(home["lifted_out"] and not home["fell_back"] and not self.keeps_policies)

    @property
    def on_register(self) -> bool:
        return any(person["registered_poor"] for person in self.members)

    def poor(self, person: Facts) -> bool:
        """贫困人口"""
        relieved = person["dibao_recipient"] or person["tekun"]
        fused = self.reads("poor_means", "with_relief_from_2019") and self.on.year >= 2019
        wide = self.reads("poor_means", "with_relief") or fused
        return bool((person["registered_poor"] and not self.removed) or (wide and relieved))

    @property
    def poor_household(self) -> bool:
        """贫困户: a poor person makes the household poor."""
        return any(self.poor(person) for person in self.members)

    def of_poor_household(self, person: Facts) -> bool:
        """贫困户的学生、劳动力、病人、老人"""
        everyone = self.reads("household_measures_for", "every_member")
        return self.poor_household if everyone else self.poor(person)

    def can_work(self, person: Facts) -> bool:
        capacity = person["labour_capacity"]
        return capacity == "full" or (capacity == "partial" and self.reads("work_capacity_means", "full_or_partial"))

    @property
    def unsafe(self) -> bool:
        grade = self.household["house_grade"]
        return grade == "grade_d" or (grade == "grade_c" and self.reads("unsafe_grades", "c_and_d"))

    def task_holds(self, month: date) -> bool:
        """A task of part 3: from the first day of its stage, for its year, its month or all three years."""
        begins = STAGE_3 if month == NOVEMBER else STAGE_2
        last = {"this_year": END_OF_2018, "until_month": month, "whole_plan": END_OF_PLAN}
        return begins <= self.on <= last[self.readings["year_tasks_after"]]

    @property
    def secure(self) -> bool:
        """四保障: 教育、医疗、住房, and old age or water"""
        fourth = "old_age_secured" if self.reads("four_securities_are", "with_old_age") else "drinking_water_safe"
        return all(self.household[f"{basic}_secured"] for basic in ("schooling", "medical_care", "housing")) and bool(
            self.household[fourth]
        )

    @property
    def survey_line(self) -> str:
        """收入达标: by the provincial standard or the district's own."""
        own = self.reads("income_survey_against", "another_standard")
        return "survey_income_standard" if own else "provincial_standard"

    def per_head(self, income: str) -> Fraction:
        """Counted in whole fen."""
        return to_fen(Fraction(self.household[income]) / len(self.members))


def months_later(day: date, months: int) -> date:
    """The day of the same number so many months on; the first of the next month where that month is too short."""
    month = day.month - 1 + months
    year, number = day.year + month // 12, month % 12 + 1
    try:
        return date(year, number, day.day)
    except ValueError:
        return date(year + number // 12, number % 12 + 1, 1)


def to_fen(amount: Fraction) -> Fraction:
    """Half up to the fen; amounts are never negative."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def paid(amount: Figure, due: bool) -> Award:
    exact: Figure = Fraction(0) if not due else amount if isinstance(amount, float) else to_fen(amount)
    return Award(due, exact, exact)


# Part 2, section 2, item 1: schooling

STAGES = {
    "preschool": "preschool",
    "primary": "compulsory",
    "junior_high": "compulsory",
    "senior_high": "senior_high",
    "secondary_vocational": "vocational",
    "higher_vocational": "college",
    "undergraduate": "college",
    "postgraduate": "postgraduate",
}


def schooling(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    stage, poor = person["school_stage"], case.of_poor_household(person)
    level = STAGES.get(stage)
    left_out = (stage == "preschool" and case.reads("preschoolers_are_students", "excluded")) or (
        stage == "postgraduate" and case.reads("postgraduates_are_students", "excluded")
    )
    for name in ("preschool", "compulsory", "senior_high", "vocational", "college"):
        here = level == name or (name == "college" and level == "postgraduate")
        rate = case.figure(f"{level if here else name}_allowance")
        yield f"{name}_allowance_paid", paid(rate, poor and here and not left_out)
    trained = person["in_skills_training"] and case.reads("rain_dew_for", "vocational_and_training")
    vocational = stage in ("secondary_vocational", "higher_vocational")
    yield "rain_dew", paid(case.figure("rain_dew_grant"), poor and (vocational or trained))
    taught = case.can_work(person) or case.reads("farmer_education_for", "every_member")
    yield "farmer_education", Award(poor and case.household["rural_household"] and taught)
    finished = person["graduated_from"] not in ("no_graduation", "compulsory_school")
    yield "graduate_support", Award(poor and person["left_school_unemployed"] and finished)


# Part 2, section 1, items 1 and 2, and section 3, item 1: work


def work(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    able = case.of_poor_household(person) and case.can_work(person)
    yield "skills_training", Award(able)
    yield "public_post", paid(case.figure("public_post_pay"), able)
    yield "job_placement", Award(able)
    yield "hiring_priority", Award(able)


# Part 2, section 2, item 2: medical care; the insurance of section 1, item 1


def burdens(case: Case, person: Facts) -> tuple[Fraction, Fraction]:
    """What basic and major-illness insurance leave of the costs, and what is left when the others have paid too."""
    costs = "medical_costs_in_scope" if case.reads("relief_fund_costs", "in_scope") else "medical_costs"
    insured = person["basic_insurance_reimbursed"] + person["major_illness_insurance_reimbursed"]
    others = person["other_insurance_reimbursed"] + person["medical_assistance_paid"]
    own = max(Fraction(person[costs]) - insured, Fraction(0))
    return own, max(own - others, Fraction(0))


def health(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    poor, (own, unpaid) = case.poor(person), burdens(case, person)
    insured = case.poor_household if case.reads("special_insurance_for", "whole_household") else poor
    yield "special_insurance", paid(case.figure("special_insurance_subsidy"), insured)
    base = unpaid if case.reads("relief_fund_after", "all_payers") else own
    above = max(base - case.figure("relief_fund_threshold"), Fraction(0))
    helped = min(case.figure("relief_fund_ratio") * above, case.figure("relief_fund_limit"), unpaid)
    yield "medical_relief_fund", paid(helped, poor and unpaid > 0 and above > 0)
    yield "access_to_treatment", Award(poor)
    yield "health_file", Award(poor)
    employee = person["employee_medical_insurance"]
    premium = person["employee_insurance_premium" if employee else "medical_premium"]
    meant = not employee or case.reads("premium_insurance", "any_social")
    yield "medical_premium_subsidy", paid(Fraction(premium), poor and meant)
    yield "home_rounds", Award(case.household["rural_household"])
    yield "regular_medicine", Award(case.of_poor_household(person) and person["chronic_disease"])


# Part 2, section 2, item 4: old age and care


def old_age(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    pension = case.figure("base_pension") + Fraction(person["account_pension"])
    yield "residents_pension", paid(pension, case.poor(person) and person["pension_conditions_met"])
    qualifies = person["tekun"] or person["tekun_conditions_found"]
    rural_poor = case.household["rural_household"] and case.of_poor_household(person)
    yield "tekun_support", paid(case.figure("tekun_standard"), rural_poor and qualifies)
    yield "left_behind_care", Award(person["left_behind"] != "not_left_behind")
    yield "disabled_care", Award(person["disability_level"] != "not_disabled")
    meant = case.reads("mutual_care_for", "anyone") or person["age"] >= case.figure("elderly_age")
    given = case.of_poor_household(person) and case.reads("exploring_means", "promised")
    yield "mutual_care", Award(given and person["needs_daily_care"] and meant)


# What goes to a household


def family(case: Case) -> Iterator[tuple[str, Award]]:
    home, poor = case.household, case.poor_household
    for name in ("household_plan", "winter_visits", "paired_support", "farm_loan", "relief_priority"):
        yield name, Award(poor)
    yield "policies_continue", Award(case.on_register and home["lifted_out"] and case.keeps_policies)
    at_once = case.task_holds(JUNE)
    newly = home["newly_poor"] and at_once
    yield "inclusion", Award(home["newly_identified"] or home["fell_back"] or newly)
    yield "relief_at_once", Award(at_once and (home["fell_back"] or home["newly_poor"]))
    short = per_head_income(case) < case.figure(case.survey_line) or not case.secure
    yield "help_after_survey", Award(poor and case.task_holds(NOVEMBER) and short)
    groups = any(person["particular_hardship_group"] for person in case.members)
    yield "volunteer_help", Award(home["volunteers_chose"] and (poor or groups))
    ill = home["poverty_cause"] == "illness"
    patient = any(person["illness_poverty_patient"] for person in case.members)
    wide = case.reads("illness_families", "any_family")
    yield "illness_household_support", Award((ill or patient) if wide else (ill and poor))
    yield "repair_priority", Award(case.unsafe and case.on_register and not case.removed)
    yield "housing_repair", paid(case.figure("repair_grant"), poor and case.unsafe)
    yield "public_housing", Award(poor and home["public_housing_qualified"])
    yield "village_relocation", Award(home["village_to_move"] and case.reads("exploring_means", "promised"))
    yield "dibao_admission", Award(dibao(case))
    meant = poor or case.reads("relief_for", "anyone")
    yield "temporary_relief", paid(case.figure("temporary_relief_amount"), meant and home["sudden_hardship"])
    yield "disaster_relief", paid(case.figure("disaster_relief_amount"), meant and home["disaster_hit"])


def dibao(case: Case) -> bool:
    """符合低保条件的贫困家庭: its own tests of property and income, a month's standard twelve times."""
    place = "rural" if case.household["rural_household"] else "urban"
    standard, income = 12 * case.figure(f"{place}_dibao_standard"), case.per_head("household_income")
    enough = income < standard or (income == standard and case.reads("dibao_at_standard", "admitted"))
    meant = case.reads("poor_family_for_dibao", "any_family") or case.poor_household
    return bool(meant and case.household["dibao_assets_ok"] and enough)


def at_one_end(case: Case) -> dict[tuple[str, str], Award]:
    found = {(name, "household"): award for name, award in family(case)}
    for person in case.members:
        for item in (schooling, work, health, old_age):
            found |= {(name, person["id"]): award for name, award in item(case, person)}
    return {key: replace(award, due=bool(award.due)) for key, award in found.items()}


def entitlements(case: Case) -> dict[tuple[str, str], Award]:
    """(benefit, member or "household") -> what the plan gives, between the worst figures and the best."""
    worst, best = (at_one_end(replace(case, best=end)) for end in (False, True))
    return {
        key: Award(low.due if low.due == best[key].due else None, low.least, best[key].most)
        for key, low in worst.items()
    }


# What must hold for a household, and what was to reach each person in 2018


def per_head_income(case: Case) -> Fraction:
    measure = case.readings["per_head_income_means"]
    names = {"net": "household_net_income", "disposable": "household_income", "gross": "gross_income"}
    return case.per_head(names[measure])


def goals_due(readings: Mapping[str, str]) -> date:
    """实现、彻底解决: by the end of the three years, of 2018, or from the first day."""
    days = {"term_start": date.min, "end_2018": END_OF_2018, "plan_end": END_OF_PLAN}
    return days[readings["undated_targets_due"]]


def double_is_due(case: Case) -> bool:
    """2019年 … 超过省定标准的2倍"""
    when = case.readings["double_target_from"]
    if when == "year_end_only":
        return case.on == END_OF_2019
    return case.on >= (END_OF_2019 if when == "year_end" else date(2019, 1, 1))


def requirements_at(case: Case, line: Mapping[str, Figure]) -> Iterator[tuple[tuple[str, str], Target]]:
    home, poor = case.household, case.poor_household
    worked = sum(1 for person in case.members if person["employed"])
    wanted = line[case.survey_line]
    undated = case.on >= goals_due(case.readings)
    surveyed = poor and (undated or case.on >= NOVEMBER)
    once_out = case.on_register and (home["lifted_out"] or home["fell_back"])
    labour = any(case.can_work(person) for person in case.members)
    jobs = poor and undated and (labour or case.reads("one_job_for", "every_household"))
    registered = case.on_register and not case.removed
    above = per_head_income(case) - 2 * Fraction(line["provincial_standard"])
    enough = per_head_income(case) - Fraction(wanted)
    found = {
        "income_over_twice": judged(registered and double_is_due(case), above > 0, above),
        "income_up_to_standard": judged(surveyed, enough >= 0, enough),
        "one_member_in_work": judged(jobs, worked >= 1, Fraction(worked - 1)),
        "lifted_out_by_work": judged(poor and undated and worked > 0, home["lifted_out"] and not home["fell_back"]),
        "four_securities": judged(surveyed, case.secure),
        "not_fallen_back": judged(
            once_out and case.on >= NOVEMBER and case.task_holds(NOVEMBER), not home["fell_back"]
        ),
        "housing_safe": judged(poor and undated, home["housing_secured"]),
        "cadre_assigned": judged(poor, home["assigned_cadre"]),
        "rebuilt_by_june": in_time(poor and case.on >= JUNE, home["rebuilding_of_2018"]),
    }
    yield from (((name, "household"), target) for name, target in found.items())
    for person in case.members:
        yield from (((name, person["id"]), target) for name, target in deadlines(case, person))


def deadlines(case: Case, person: Facts) -> Iterator[tuple[str, Target]]:
    student, patient = case.of_poor_household(person), case.poor(person)
    yield "first_allowance_paid", in_time(student and case.on >= APRIL, person["spring_allowance"])
    yield "second_allowance_paid", in_time(student and case.on >= OCTOBER, person["autumn_allowance"])
    yield "rain_dew_paid", in_time(student and case.on >= OCTOBER, person["rain_dew_2018"])
    yield "last_year_reimbursed", in_time(patient and case.on >= JUNE, person["reimbursement_of_2017"])
    yield "medical_premium_paid", in_time(patient and case.on >= NOVEMBER, person["premium_of_2018"])


def judged(applies: bool, holds: bool, gap: Fraction | None = None) -> Target:
    return Target("met" if holds else "not met", gap) if applies else Target("not applicable")


def in_time(applies: bool, outcome: str) -> Target:
    return judged(applies and outcome != "nothing_due", outcome == "settled")


def requirements(case: Case) -> dict[tuple[str, str], Target]:
    """What comes out for every figure alike, or undetermined."""
    ends = [case.figures.get(name) or WIDEST[name] for name in LINES]
    corners = [
        dict(
            requirements_at(replace(case, best=best), {name: pair[end] for name, pair in zip(LINES, ends, strict=True)})
        )
        for best in (False, True)
        for end in (0, 1)
    ]
    found = {}
    for key, target in corners[0].items():
        same = all(corner[key].status == target.status for corner in corners)
        exact = all(corner[key].gap == target.gap for corner in corners)
        found[key] = Target(target.status if same else "undetermined", target.gap if same and exact else None)
    return found


# What the district has to reach: (result, measure, target, due from)


def targets(area: Facts, readings: Mapping[str, str], on: date) -> dict[str, Target]:
    one = readings["firms_and_villages"] == "exactly_one"
    people, always = area["rural_poor_population"], date.min
    due = goals_due(readings)
    insured = area["poor_people_medically_insured"] + area["poor_people_employee_insured"]
    everywhere = readings["eight_works_in"] == "every_village"
    works = area["villages_with_all_works" if everywhere else "village_work_kinds"]
    wanted = area["weak_villages"] if everywhere else 8
    paired = always if readings["pairing_reaches"] == "all_three" else date.max
    rows = (
        ("weak_towns_off_the_list", area["weak_towns_exited"], 5, END_OF_2018),
        ("weak_towns_filed_with_the_city", area["weak_towns_filed"], 5, END_OF_2018),
        ("villages_up_to_standard", area["beautiful_villages"], 41, OCTOBER),
        ("officials_trained", area["training_rounds"], 2, MAY),
        ("all_village_works", works, wanted, due),
        ("firms_paired", area["firms_with_one_village" if one else "firms_with_a_village"], area["firms_chosen"], due),
        ("special_insurance_covers_all", area["people_specially_insured"], people, due),
        ("medical_insurance_covers_all", insured, people, due),
        ("illness_support_covers_all", area["illness_households_helped"], area["illness_poor_households"], due),
        ("dibao_covers_all", area["dibao_admitted_households"], area["dibao_qualified_households"], always),
        ("all_taken_in", area["households_taken_in"], area["households_to_take_in"], always),
        ("pairing_covers_all", area["households_with_cadre"], area["registered_households"], always),
        ("all_villages_in_programme", area["villages_in_programme"], area["weak_villages"], END_OF_PLAN),
        ("officials_all_trained", area["officials_trained_in_turn"], area["relief_officials"], END_OF_PLAN),
        ("leaders_for_weak_towns", area["towns_with_leader"], 5, paired),
        ("offices_for_weak_villages", area["villages_with_office"], area["weak_villages"], paired),
    )
    tasks = (
        ("plans_drawn_up", "plans_drawn_up_by_march", MARCH),
        ("march_training_held", "training_meeting_by_march", MARCH),
        ("programme_of_2018_set", "programme_by_april", APRIL),
        ("assets_bought", "assets_bought_by_june", JUNE),
        ("register_up_to_date", "register_updated_by_june", JUNE),
        ("relief_day_held", "relief_day_by_october", OCTOBER),
        ("survey_made", "survey_by_november", NOVEMBER),
        ("villages_assessed", "villages_assessed_by_november", NOVEMBER),
        ("help_of_firms_graded", "firms_graded_by_december", END_OF_2018),
    )
    found = {
        name: judged(on >= since, measure >= target, Fraction(measure - target))
        for name, measure, target, since in rows
    }
    found |= {name: judged(on >= since, area[fact]) for name, fact, since in tasks}
    found["charity_for_relief"] = judged(on >= due, area["charity_used_for_relief"])
    year_over = (on.month, on.day) == (12, 31) or readings["yearly_duties_judged"] == "any_day"
    return found | {"volunteers_each_year": judged(year_over, area["volunteers_mobilised"])}
