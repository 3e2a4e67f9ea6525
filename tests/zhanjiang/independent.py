"""The plan of 湛江经开区 computed by hand: every result for people of whom everything is known.

Written from the document, clause by clause, in plain Python with exact fractions. It shares nothing with the pack but
names: of facts, of figures that the plan leaves out, of readings and their options, and of results. Money is yuan.
A figure that nobody gives is `None`: then only what the plan says of it holds ("at least 75%", or nothing at all).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Facts = Mapping[str, Any]
NOTHING, ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Span:
    """From `least` to `most` (None: no end), never negative; one number where both are the same."""

    least: Fraction
    most: Fraction | None

    def __add__(self, other: Span) -> Span:
        ends = (self.most, other.most)
        return Span(self.least + other.least, None if None in ends else sum(ends, NOTHING))  # type: ignore[arg-type]

    def __mul__(self, other: Span) -> Span:
        """Nothing, however often, is nothing."""
        open_ = self.most is None or other.most is None
        most = None if open_ else self.most * other.most  # type: ignore[operator]
        return Span(self.least * other.least, NOTHING if NOTHING in (self.most, other.most) else most)

    def times(self, number: Fraction) -> Span:
        return self * Span(number, number)

    def up_to(self, limit: Fraction) -> Span:
        return Span(min(self.least, limit), limit if self.most is None else min(self.most, limit))

    def to_fen(self) -> Span:
        return Span(to_fen(self.least), None if self.most is None else to_fen(self.most))


@dataclass(frozen=True)
class Award:
    """Due or not; how much, or None where no amount belongs to it."""

    due: bool
    amount: Span | None = None


@dataclass(frozen=True)
class Target:
    """status: met · not met · undetermined · not applicable; by how much the measure lies above its target, if known."""

    status: str
    gap: Fraction | None = None


@dataclass(frozen=True)
class Case:
    """A household with its zone, the figures the plan doesn't state, and how its open passages are read."""

    household: Facts
    members: tuple[Facts, ...]
    area: Facts
    figures: Facts
    readings: Mapping[str, str]
    on: date

    def figure(self, name: str, least: Fraction = NOTHING, most: Fraction | None = None) -> Span:
        """As given; otherwise from the least to the most that it can be."""
        given = self.figures.get(name)
        return Span(least, most) if given is None else Span(given, given)

    # Who counts

    def poor(self, person: Facts) -> bool:
        """贫困人口: the register; read more widely, dibao and extreme-hardship people too; perhaps never one barred."""
        if self.readings["seven_bars_apply"] == "always" and self.household["barred_from_entry"]:
            return False
        wide = self.readings["poor_means"] == "registered_or_relief"
        return bool(person["registered_poor"] or (wide and (person["dibao_recipient"] or person["tekun"])))

    @property
    def poor_family(self) -> bool:
        return any(self.poor(person) for person in self.members)

    def labour(self, person: Facts) -> bool:
        """劳动力: a person who can work, wholly or in part, or wholly only."""
        enough = ("full", "partial") if self.readings["labour_force_means"] == "full_or_partial" else ("full",)
        return person["labour_capacity"] in enough

    @property
    def family_with_labour(self) -> bool:
        """有劳动力户, the opposite of 没劳动力户."""
        return any(self.labour(person) for person in self.members)

    @property
    def family_able_to_work(self) -> bool:
        """有劳动能力贫困户"""
        partly = self.readings["household_with_labour_means"] == "full_or_partial"
        enough = ("full", "partial") if partly else ("full",)
        return any(person["labour_capacity"] in enough for person in self.members)

    @property
    def dibao_family(self) -> bool:
        """低保户: one of whom somebody is on dibao, or everybody."""
        enough = any if self.readings["dibao_household_means"] == "any_member" else all
        return enough(person["dibao_recipient"] for person in self.members)

    @property
    def per_head(self) -> Fraction:
        """Disposable income per head, counted in whole fen."""
        return to_fen(Fraction(self.household["household_income"]) / len(self.members))


def to_fen(amount: Fraction) -> Fraction:
    """Half up to the fen; amounts are never negative."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def paid(amount: Span, due: bool) -> Award:
    return Award(due, amount.to_fen() if due else Span(NOTHING, NOTHING))


# Chapter 3, action 2: training, posts, starting a business


def work(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    worker = case.poor_family and case.labour(person)
    yield "free_training", Award(worker and person["wants_training"])
    yield "work_away_support", Award(case.poor_family and person["wants_work_away"])
    # 贫困劳动力、贫困高校毕业生: by the household or by the person
    first = case.poor_family if case.readings["poor_worker_means"] == "of_poor_household" else case.poor(person)
    yield "enterprise_priority", Award(first and case.labour(person))
    yield "graduate_priority", Award(first and person["graduated_from"] == "college")
    yield "public_post_priority", Award(first and case.labour(person))
    starts = worker and person["wants_startup"]
    yield "startup_training", Award(starts)
    yield "startup_services", Award(starts)


# Chapter 2 (2), chapter 3, action 3, and chapter 4: dibao, extreme hardship, pensions


def to_be_checked(person: Facts) -> bool:
    """五保、孤儿、残疾人、部分丧失劳动能力（没有残疾人证）"""
    return bool(person["tekun"]) or after_five_guarantees(person)


def after_five_guarantees(person: Facts) -> bool:
    """The three classes that the word 农村 may or may not go on to."""
    disabled = person["disability_level"] != "not_disabled"
    partly_lost = person["labour_capacity"] == "partial"
    return bool(person["orphan"] or disabled or (partly_lost and not disabled))


def qualifies_for_dibao(case: Case, person: Facts) -> bool:
    """符合条件: twelve months of the standard against a year's income, or what civil affairs found."""
    if person["dibao_recipient"]:
        return True
    reading = case.readings["dibao_conditions_mean"]
    if reading == "finding":
        return bool(person["dibao_conditions_found"])
    year = 12 * case.figures["rural_dibao_standard"]
    poor_enough = case.per_head < year or (reading == "income_up_to" and case.per_head == year)
    return bool(case.household["dibao_assets_ok"] and poor_enough)


def security(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    rural = case.household["rural_household"]
    of_the_three = after_five_guarantees(person)
    meant = rural or (of_the_three and case.readings["rural_list_means"] == "five_guarantees_only")
    tekun = meant and (person["tekun"] or (of_the_three and person["tekun_conditions_found"]))
    yield "tekun_admission", Award(tekun)
    helpless_recipient = person["dibao_recipient"] and person["labour_capacity"] == "no_capacity"
    circle = case.poor_family or to_be_checked(person) or helpless_recipient
    instead = tekun and case.readings["dibao_or_tekun"] == "one_of_two"
    yield "dibao_admission", Award(rural and circle and qualifies_for_dibao(case, person) and not instead)
    old = case.poor_family and person["age"] >= 60
    bought = old and person["unable_to_buy_pension"]
    yield "pension_purchase", paid(case.figure("pension_purchase_amount"), bought)
    own = Fraction(person["account_pension"])
    pension = case.figure("basic_pension") + Span(own, own)
    yield "residents_pension", paid(pension, old and (person["pension_conditions_met"] or bought))


# Chapter 3, action 4: medical care


def left_by_insurance(person: Facts) -> Fraction:
    """合规医疗费用 less what the insurances paid of it, one after the other."""
    left = Fraction(person["medical_costs_in_scope"])
    for payer in ("basic_insurance", "major_illness_insurance", "other_insurance"):
        left -= min(left, Fraction(person[f"{payer}_reimbursed"]))
    return left


def grave_illness_assistance(case: Case, person: Facts) -> Award:
    """贫困人口: 不低于75% of what the insurances leave."""
    left = left_by_insurance(person)
    meant = case.readings["assistance_ratio_for"] == "any_illness" or person["major_illness_costs"]
    ratio = case.figure("grave_illness_ratio", least=Fraction(75, 100), most=ALL)
    return paid(ratio.times(left), case.poor(person) and meant and left > 0)


def specially_hard(case: Case, person: Facts) -> bool:
    reading = case.readings["special_group_means"]
    if reading == "office_list":
        return bool(person["special_hardship_group"])
    return bool(person["tekun"] or person["orphan"] or (reading == "with_dibao" and person["dibao_recipient"]))


def full_cost_cover(case: Case, person: Facts, assistance: Award) -> Award:
    """政策范围内医疗费用 up to 100%: whatever is still open in the end."""
    left, relief = left_by_insurance(person), Fraction(person["temporary_relief_for_costs"])
    other = Fraction(person["medical_assistance_paid"])
    helped = assistance.amount if assistance.due else Span(other, other)
    assert helped is not None
    assert helped.most is not None
    rest = Span(*(max(NOTHING, max(NOTHING, left - end) - relief) for end in (helped.most, helped.least)))
    return paid(rest, specially_hard(case, person) and person["medical_costs_in_scope"] > 0)


def health(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    premium = Fraction(person["medical_premium"])
    whole = case.readings["hundred_percent_of_premium"] == "whole_premium"
    share = Span(ALL, ALL) if whole else case.figure("premium_subsidy_share", most=ALL)
    yield "medical_premium_subsidy", paid(share.times(premium), case.poor(person) and premium > 0)
    rural_poor = case.household["rural_household"] and case.poor(person)
    yield "one_stop_service", Award(rural_poor and person["major_disease"] != "no_major_disease")
    assistance = grave_illness_assistance(case, person)
    yield "grave_illness_assistance", assistance
    yield "full_cost_cover", full_cost_cover(case, person, assistance)


# Chapter 3, action 6: schooling


def stage_of(case: Case, person: Facts) -> str | None:
    """Which of the stages that the clause names the person attends."""
    stage = person["school_stage"]
    if stage in ("primary", "junior_high"):
        return "compulsory"
    colleges = ["higher_vocational"]
    if case.readings["college_means"] == "every_college":
        colleges += ["undergraduate", "postgraduate"]
    if stage in colleges:
        return "college" if person["full_time_study"] else None
    return {"senior_high": "senior_high", "secondary_vocational": "vocational"}.get(stage)


def schooling(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    mine = stage_of(case, person) if case.poor_family else None
    for stage in ("compulsory", "senior_high", "vocational", "college"):
        yield f"living_allowance_{stage}", paid(case.figure(f"living_aid_{stage}"), mine == stage)
    for stage in ("senior_high", "vocational", "college"):
        tuition = case.figure(f"tuition_waiver_{stage}").up_to(Fraction(person["tuition_fee"]))
        given = tuition + case.figure(f"second_waiver_{stage}")
        if case.readings["one_subsidy_is"] == "separate":
            given += case.figure(f"separate_subsidy_{stage}")
        yield f"two_waivers_{stage}", paid(given, mine == stage)


# What goes to a household


def relief(case: Case) -> Iterator[tuple[str, Award]]:
    home = case.household
    beyond_help = home["beyond_work_and_production"] or not case.family_with_labour
    any_family = case.readings["safety_net_for"] == "any_family" and home["beyond_work_and_production"]
    yield "safety_net", Award((case.poor_family and beyond_help) or any_family)
    explored = case.readings["exploring_means"] == "promised"  # 探索建立贫困户评价准入制度
    yield "follow_up", Award(explored and case.poor_family and case.family_with_labour)
    heads = len(case.members) if case.readings["temporary_relief_counts"] == "every_member" else 1
    living = case.figure("basic_living_cost").times(Fraction(heads))
    yield "temporary_relief", paid(case.figure("relief_months", least=ALL) * living, home["sudden_hardship"])
    hit = home["disaster_hit"] and (case.dibao_family or case.poor_family)
    higher = Span(ALL, ALL) + increase(case)
    yield "disaster_relief", paid(higher.times(Fraction(home["disaster_relief_base"])), hit)


def increase(case: Case) -> Span:
    """低保受灾户和贫困受灾户…分别上浮"""
    dibao, poor = case.figure("dibao_disaster_increase"), case.figure("poor_disaster_increase")
    if not case.poor_family:
        return dibao
    if not case.dibao_family:
        return poor
    reading = case.readings["both_kinds_of_disaster_household"]
    if reading == "added":
        return dibao + poor
    if reading == "dibao_rate":
        return dibao
    ends = (dibao.most, poor.most)
    return Span(max(dibao.least, poor.least), None if None in ends else max(ends))  # type: ignore[type-var]


def means(case: Case) -> Iterator[tuple[str, Award]]:
    """Housing, loans, shares."""
    home, poor = case.household, case.poor_family
    circle = poor or case.readings["rebuilding_for"] == "every_qualified_household"
    rebuilt = home["rural_household"] and home["repair_qualified"] and circle
    yield "housing_repair", paid(case.figure("rebuilding_subsidy"), rebuilt)
    visited = case.family_able_to_work or case.readings["loan_help_for"] == "any_poor_household"
    yield "microloan_visit", Award(poor and case.family_able_to_work)
    yield "microloan_help", Award(poor and home["wants_microloan"] and visited)
    yield "microloan_guarantee", Award(poor and home["wants_microloan"] and home["microloan_qualified"])
    interest = Fraction(home["micro_loan_interest"])
    subsidy = case.figure("microloan_interest_share", most=ALL).times(interest)
    yield "microloan_interest", paid(subsidy, poor and interest > 0)
    pools = poor and (home["land_rights"] or home["poolable_assets"]) and home["wants_to_pool_assets"]
    yield "asset_pooling", Award(pools)
    kept = ("full", "partial") if case.readings["lost_capacity_means"] == "wholly" else ("full",)
    lost = not any(person["labour_capacity"] in kept for person in case.members)
    yield "asset_pooling_first", Award(pools and lost)
    earned = case.figure("asset_income_share", most=ALL).times(Fraction(home["asset_share_earnings"]))
    yield "asset_income", paid(earned, poor and home["asset_shareholder"])
    yield "farming_guidance", Award(poor and case.family_with_labour)


def full_months(start: date, end: date) -> int:
    """Months that have gone by in full: the day of the month must have come round."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def exit_and_return(case: Case) -> Iterator[tuple[str, Award]]:
    """Chapter 6 (1) and (3)"""
    home = case.household
    out = home["exit_date"] if home["lifted_out"] else None
    yield (
        "continued_policies",
        Award(out is not None and full_months(date.fromisoformat(out), case.on) < case.figures["continued_months"]),
    )
    named = home["poverty_cause"] in ("illness", "disaster")
    barred = home["barred_from_entry"] and case.readings["seven_bars_apply"] != "first_entry"
    yield "readmission", Award(home["fell_back"] and named and not barred)


def entitlements(case: Case) -> dict[tuple[str, str], Award]:
    """(benefit, member or "household") -> what the plan gives."""
    found = {(name, "household"): award for part in (relief, means, exit_and_return) for name, award in part(case)}
    for person in case.members:
        for action in (work, security, health, schooling):
            found |= {(name, person["id"]): award for name, award in action(case, person)}
    return found


# What must hold for a poor household and its members


def requirements(case: Case) -> dict[tuple[str, str], Target]:
    """(indicator, member or "household") -> how it stands."""
    home, poor = case.household, case.poor_family
    above = case.per_head - case.figures["exit_line"]
    basics = home["enough_food"] and home["enough_clothing"]
    secured = home["schooling_secured"] and home["medical_care_secured"] and home["housing_secured"]
    newly = home["fell_back"] or home["newly_poor"]
    met = {
        "no_dropout": not any(person["out_of_school_for_poverty"] for person in case.members),
        "not_impoverished_by_schooling": not (newly and home["poverty_cause"] == "schooling"),
        "food_and_clothing": basics,
        "three_securities": secured,
        "all_six": basics and secured and case.area["public_services_at_average"],
    }
    found = {(name, "household"): Target(status(holds) if poor else "not applicable") for name, holds in met.items()}
    found["income_reaches_line", "household"] = judged(above, poor and case.family_able_to_work)
    for person in case.members:
        wants = poor and case.labour(person) and person["wants_training"]
        found["trained_once", person["id"]] = judged(Fraction(person["free_trainings_attended"]) - 1, wants)
        payers = ("basic_insurance_reimbursed", "major_illness_insurance_reimbursed", "other_insurance_reimbursed")
        others = ("medical_assistance_paid", "temporary_relief_for_costs")
        costs = Fraction(person["medical_costs_in_scope"])
        covered = sum((Fraction(person[payer]) for payer in payers + others), NOTHING)
        concerned = specially_hard(case, person) and costs > 0
        found["special_group_covered", person["id"]] = judged(covered - costs, concerned)
    return found


def status(holds: bool) -> str:
    return "met" if holds else "not met"


def judged(gap: Fraction, applies: bool) -> Target:
    return Target(status(gap >= 0), gap) if applies else Target("not applicable")


# What the zone has to reach

ALL_OF_THEM = {  # result: (of these, at least as many as of those)
    "model_villages_finished": ("poor_villages_finished", "provincial_poor_villages"),
    "capacity_lost_all_in_dibao": ("capacity_lost_admitted", "capacity_lost_due"),
    "checked_people_all_admitted": ("checked_people_admitted", "checked_people_due"),
    "helped_pensioners_all_paid": ("helped_pensioners_paid", "helped_pensioners_due"),
    "premium_subsidy_carried_out_for_all": ("premium_subsidies_paid", "premium_subsidies_due"),
    "all_in_grave_illness_scheme": ("in_grave_illness_scheme", "rural_poor_population"),
    "health_station_in_every_village": ("villages_with_health_station", "villages"),
    "tap_water_in_every_village": ("villages_with_tap_water", "villages"),
    "service_platform_everywhere": ("villages_with_service_platform", "villages"),
    "service_platform_in_every_town": ("towns_with_service_platform", "towns"),
    "network_everywhere": ("villages_with_network", "villages"),
    "television_everywhere": ("villages_with_television", "villages"),
    "culture_in_poor_villages": ("poor_villages_with_culture", "provincial_poor_villages"),
    "education_relief_for_all": ("poor_students_helped", "poor_students"),
    "labour_register_in_every_village": ("villages_with_labour_register", "villages_with_team"),
    "four_classes_all_checked": ("four_classes_checked", "four_classes_registered"),
    "ordinary_poor_all_checked": ("ordinary_poor_households_checked", "ordinary_poor_households"),
    "safe_water_everywhere": ("villages_with_safe_water", "villages"),
    "leader_in_every_poor_village": ("poor_villages_with_leader", "provincial_poor_villages"),
    "rebuilding_funds_in_full": ("rebuilding_funds_arrived", "rebuilding_funds_planned"),
    "rebuilding_file_per_household": ("households_with_rebuilding_file", "households_rebuilt"),
    "students_all_registered": ("poor_students_registered", "poor_students_in_school"),
    "finance_points_finished": ("finance_points_built", "finance_points_agreed"),
    "projects_disclosed": ("relief_projects_disclosed", "relief_projects"),
    "work_log_in_every_team": ("teams_with_work_log", "work_teams"),
    "notice_board_of_every_team": ("teams_with_notice_board", "work_teams"),
    "team_full_time": ("team_members_full_time", "team_members"),
    "team_insured": ("team_members_insured", "team_members"),
    "team_paid_in_time": ("team_members_paid", "team_members"),
}
AT_LEAST = {
    "free_clinic_held": ("free_clinics", 1),
    "enrolment_reached": ("poor_gross_enrolment", Fraction(93, 100)),
    "town_meetings_held": ("fewest_town_meetings", 4),
    "team_trained_often_enough": ("team_trainings", 2),
    "team_trained_long_enough": ("team_training_days", 4),
    "reports_sent": ("fewest_monthly_reports", 1),
    "materials_sent": ("fewest_monthly_materials", 1),
    "briefings_issued": ("fewest_monthly_briefings", 1),
}
SEVEN = ("hard_roads", "toilets", "culture_places", "waste_points", "safe_water", "sewage", "meeting_places")


# 印发日 2018年5月24日; 每月: June is the first whole month, and it is over on 1 July. 全面建成小康社会: 2020 at the latest.
FIRST_LOOK, LATEST_END = date(2018, 7, 1), date(2020, 12, 31)
TO_BE_BUILT = (
    "health_station_in_every_village",
    "tap_water_in_every_village",
    "safe_water_everywhere",
    "service_platform_everywhere",
    "service_platform_in_every_town",
    "network_everywhere",
    "television_everywhere",
    "culture_in_poor_villages",
    "seven_haves",
    "finance_points_finished",
    "notice_board_of_every_team",
)
TO_BE_DONE_ONCE = (
    "labour_register_in_every_village",
    "four_classes_all_checked",
    "ordinary_poor_all_checked",
    "students_all_registered",
)
TO_BE_REACHED = ("capacity_lost_all_in_dibao", "enrolment_reached", "teaching_pairs", "services_at_average")
WITHOUT_A_DATE = TO_BE_BUILT + TO_BE_DONE_ONCE + TO_BE_REACHED
EVERY_YEAR = (
    "free_clinic_held",
    "rebuilding_funds_in_full",
    "town_meetings_held",
    "team_trained_often_enough",
    "team_trained_long_enough",
)
EVERY_MONTH = ("reports_sent", "materials_sent", "briefings_issued")
AIMS = ("all_people_lifted", "model_villages_finished")


def plan_over(figures: Facts, on: date) -> bool | None:
    """衔接…时间节点: whether that day has come; None where nobody says which day it is and it may come yet."""
    if on >= LATEST_END:
        return True
    day = figures.get("well_off_date")
    return None if day is None else bool(on >= day)


def times(figures: Facts, readings: Mapping[str, str], on: date) -> dict[str, bool | None]:
    """target -> whether it is judged on the day; those not named are judged on every day."""
    over = plan_over(figures, on)
    aims = True if readings["aims_judged"] == "any_day" else over
    undated = {"term_start": True, "end_2018": on >= date(2018, 12, 31), "plan_end": over}[
        readings["undated_targets_due"]
    ]
    year_over = (on.month, on.day) == (12, 31) or readings["yearly_duties_judged"] == "any_day"
    funds = over if readings["funds_standard_is"] == "whole_campaign" else year_over
    found = dict.fromkeys(AIMS, aims) | dict.fromkeys(WITHOUT_A_DATE, undated)
    found |= dict.fromkeys(EVERY_YEAR, year_over) | dict.fromkeys(EVERY_MONTH, on >= FIRST_LOOK)
    found |= dict.fromkeys(("funds_per_head_set_aside", "own_funds_set_aside"), funds)
    return found | {"industry_in_every_town": on >= date(2018, 12, 31)}


def targets(area: Facts, figures: Facts, readings: Mapping[str, str], on: date) -> dict[str, Target]:
    found = standings(area, figures, readings)
    for name, judged_today in times(figures, readings, on).items():
        if judged_today is None:
            found[name] = Target("undetermined", found[name].gap)
        elif not judged_today:
            found[name] = Target("not applicable")
    return found


def standings(area: Facts, figures: Facts, readings: Mapping[str, str]) -> dict[str, Target]:
    """How far things are, whatever the day."""
    found = {name: judged(Fraction(area[part]) - area[whole], True) for name, (part, whole) in ALL_OF_THEM.items()}
    found |= {name: judged(Fraction(area[fact]) - figure, True) for name, (fact, figure) in AT_LEAST.items()}
    remaining = Fraction(area["poor_people_remaining"])
    found["all_people_lifted"] = Target(status(remaining == 0), remaining)
    if readings["enrolment_reached_in"] == "every_town":
        found["enrolment_reached"] = judged(Fraction(area["lowest_town_enrolment"]) - Fraction(93, 100), True)
    villages = area["provincial_poor_villages"] + area["key_support_villages"]
    found["teaching_pairs"] = judged(Fraction(area["villages_paired_for_teaching"]) - villages, True)
    wrong = Fraction(area["wrongly_excellent"])
    found["nobody_excellent_after_failure"] = Target(status(wrong == 0), wrong)
    found["industry_in_every_town"] = judged(Fraction(area["fewest_town_industries"]) - 1, True)
    rarest = min(area[f"poor_villages_with_{thing}"] for thing in SEVEN)
    found["seven_haves"] = judged(Fraction(rarest) - area["provincial_poor_villages"], True)
    found["services_at_average"] = Target(status(area["public_services_at_average"]))
    due = Fraction(20_000 * area["able_support_targets"])
    yearly = readings["funds_standard_is"] == "every_year"
    given = area["special_funds_this_year" if yearly else "special_funds_set_aside"]
    found["funds_per_head_set_aside"] = judged(Fraction(given) - due, True)
    own = Fraction(area["own_special_funds_this_year" if yearly else "own_special_funds"])
    parts = [figures["own_part"]] if "own_part" in figures else [Fraction(1, 2), Fraction(6)]
    gaps = {own - due * part / 10 for part in parts}  # 6 + 3 + 0.5 + 0.5
    outcomes = {status(gap >= 0) for gap in gaps}
    one = outcomes.pop() if len(outcomes) == 1 else "undetermined"
    found["own_funds_set_aside"] = Target(one, gaps.pop() if len(gaps) == 1 else None)
    return found
