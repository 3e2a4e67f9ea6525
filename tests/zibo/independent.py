"""The plan of 淄博文昌湖 computed by hand: every result for people of whom everything is known.

Written from the document, clause by clause, in plain Python with exact fractions. It shares nothing with the pack but
names: of facts, of figures that the plan leaves out, of readings and their options, and of results. Money is yuan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Award:
    """Due or not; how much at least and at most (the same where the plan is exact), or None without an amount."""

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
    """A household with its district, the figures the plan doesn't state, and how its open passages are read."""

    household: Facts
    members: tuple[Facts, ...]
    area: Facts
    figures: Facts
    readings: Mapping[str, str]
    on: date

    # People

    def rural_poor(self, person: Facts) -> bool:
        """农村贫困人口: the register; read more widely, rural dibao and extreme-hardship people too."""
        if person["registered_poor"]:
            return True
        wide = self.readings["rural_poor_means"] == "registered_or_relief"
        return wide and self.household["rural_household"] and (person["dibao_recipient"] or person["tekun"])

    @property
    def registered(self) -> bool:
        return any(person["registered_poor"] for person in self.members)

    @property
    def poor_family(self) -> bool:
        return any(self.rural_poor(person) for person in self.members)

    @property
    def per_head(self) -> Fraction:
        """Income per head, counted in whole fen."""
        return to_fen(Fraction(self.household["household_income"]) / len(self.members))

    @property
    def exit_income(self) -> Fraction:
        """Chapter 2, section 3: which income per head must exceed the poverty line."""
        if self.readings["exit_income_measure"] == "disposable_income":
            return self.per_head
        return to_fen(Fraction(self.household["household_net_income"]) / len(self.members))

    @property
    def standing(self) -> str:
        """Chapter 6, section 2, item 1: 100%-150% of the dibao standard is the margin, 150%-200% low income."""
        in_town = self.readings["urban_income_against"] == "own_standard" and not self.household["rural_household"]
        share = self.per_head / self.figures["urban_dibao_standard" if in_town else "rural_dibao_standard"]
        if share == 1:
            return "margin" if self.readings["exactly_100_percent"] == "margin" else "poorer"
        if share == Fraction(3, 2):
            return self.readings["exactly_150_percent"]
        if share == 2:
            return "low_income" if self.readings["exactly_200_percent"] == "low_income" else "richer"
        if share < 1:
            return "poorer"
        return "margin" if share < Fraction(3, 2) else "low_income" if share < 2 else "richer"

    def severe(self, person: Facts) -> bool:
        grade, kind = person["disability_level"], person["disability_type"]
        if self.readings["severe_disability_means"] == "with_third_mental" and grade == "third":
            return kind in ("intellectual", "psychiatric")
        return grade in ("first", "second")

    def aged(self, person: Facts) -> bool:
        return bool(person["age"] >= self.figures["elderly_age"])

    def minor(self, person: Facts) -> bool:
        return bool(person["age"] < self.figures["adult_age"])

    def child(self, person: Facts) -> bool:
        """Of the age for children's diseases (item 2)."""
        return bool(person["age"] < self.figures["child_age_limit"])

    def assisted_child(self, person: Facts) -> bool:
        """Of the age that civil affairs has for children in item 3, which needn't be the same."""
        return bool(person["age"] < self.figures["assisted_child_age_limit"])

    def small_and_disabled(self, person: Facts) -> bool:
        """0-6岁残疾儿童"""
        last = 6 if self.readings["age_six_belongs"] == "included" else 5
        return disabled(person) and person["age"] <= last


def disabled(person: Facts) -> bool:
    return bool(person["disability_level"] != "not_disabled")


def at_school(person: Facts) -> bool:
    return bool(person["school_stage"] != "not_in_school")


def to_fen(amount: Fraction) -> Fraction:
    """Half up to the fen; amounts are never negative."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def paid(amount: Fraction, due: bool) -> Award:
    """An amount that is known to the fen, if it is due at all."""
    exact = to_fen(amount) if due else Fraction(0)
    return Award(due, exact, exact)


REFUSED = Award(False, Fraction(0), Fraction(0))


# Chapter 6, section 2: medical assistance


def burden(person: Facts) -> Fraction:
    """Costs within the lists, less what the two insurances paid of them, one after the other."""
    left = Fraction(person["medical_costs_in_scope"])
    for payer in ("basic_insurance_reimbursed", "major_illness_insurance_reimbursed"):
        left -= min(left, Fraction(person[payer]))
    return left


def raised(person: Facts) -> bool:
    """The two classes whose assistance the plan raises."""
    return bool(person["dibao_recipient"] or person["tekun"])


def covered_by_income(case: Case, person: Facts) -> bool:
    """At the margin everyone; in a low-income household everyone, or the three kinds it names."""
    if case.standing == "low_income" and case.readings["low_income_members"] == "three_kinds":
        return case.severe(person) or case.aged(person) or case.minor(person)
    return case.standing in ("margin", "low_income")


def tier(case: Case, person: Facts) -> str | None:
    """Which ratio and ceiling: 75% for dibao and extreme hardship, 40% for others, or one the plan doesn't give."""
    if raised(person):
        return "priority"
    circle = case.readings["regular_assistance_for"]
    if covered_by_income(case, person):
        return "regular"
    if person["illness_poverty_patient"] and circle != "income_tested_only":
        return "regular"
    if person["registered_poor"] and circle == "every_other_class":
        return "regular"
    return "unassigned" if person["illness_poverty_patient"] or person["registered_poor"] else None


def in_grave_circle(case: Case, person: Facts) -> bool:
    """Item 3: rural dibao, extreme hardship, four kinds in low-income households, and illness-impoverished patients."""
    reach = case.readings["grave_illness_rural_means"]  # of the word rural
    if person["dibao_recipient"] and (case.household["rural_household"] or reach == "no_one"):
        return True
    if person["tekun"] and (case.household["rural_household"] or reach != "both"):
        return True
    if person["illness_poverty_patient"]:
        return True
    meant = (
        ("low_income",)
        if case.readings["low_income_household_means"] == "as_defined"
        else ("poorer", "margin", "low_income")
    )
    kinds = case.aged(person) or case.minor(person) or case.severe(person) or person["gravely_ill"]
    return case.standing in meant and kinds


def medical_assistance(case: Case, person: Facts) -> Award:
    mine, left = tier(case, person), burden(person)
    if mine is None or left == 0:
        return REFUSED
    readings = case.readings
    if readings["still_in_difficulty_means"] == "finding" and not person["found_still_in_difficulty"]:
        return REFUSED
    through = (
        person["major_illness_insurance_reimbursed"] > 0
        or readings["after_major_illness_insurance_means"] == "settled_first"
    )
    takes_the_place_of = {"instead": True, "instead_of_regular": not raised(person)}.get(
        readings["grave_illness_adds"], False
    )
    replaced = takes_the_place_of and in_grave_circle(case, person) and person["major_illness_costs"]
    if not through or replaced:
        return REFUSED
    if mine == "regular":
        return paid(min(Fraction(40, 100) * left, Fraction(15_000)), True)
    if mine == "unassigned":
        share, ceiling = case.figures["unassigned_assistance_ratio"], case.figures["unassigned_assistance_ceiling"]
        return paid(min(share * left, ceiling), True)
    amount = to_fen(Fraction(75, 100) * left)
    local = case.figures.get("medical_assistance_ceiling")  # the plan: no lower than 15000
    if local is not None:
        return paid(min(amount, local), True)
    return Award(True, min(amount, Fraction(15_000)), amount)


def grave_illness_assistance(case: Case, person: Facts, ordinary: Award) -> Award:
    left = burden(person)
    if not (in_grave_circle(case, person) and person["major_illness_costs"] and left > 0):
        return REFUSED
    assert ordinary.least is not None
    assert ordinary.most is not None
    share, limit = case.figures["grave_illness_ratio"], case.figures["grave_illness_limit"]

    def after(first: Fraction) -> Fraction:
        base = left - first if case.readings["grave_illness_adds"] == "on_remainder" else left
        return min(to_fen(min(share * base, limit)), left - first)

    return Award(True, after(ordinary.most), after(ordinary.least))


# Chapter 5, section 2: schooling

PRESCHOOL = ("childcare_fee", "boarding_fee", "meal_fee", "school_bus_fee", "accident_insurance_fee", "bedding_fee")
COMPULSORY = ("workbook_fee", "meal_fee", "school_bus_fee", "field_activity_fee", "uniform_fee")
SENIOR_HIGH = ("tuition_fee", "boarding_fee", "meal_fee", "textbook_fee", "uniform_fee")


def in_need(case: Case, person: Facts) -> bool:
    circle = ["registered_poor"]
    if case.readings["needy_student_means"] != "registered":
        circle += ["dibao_recipient", "tekun"]
    if case.readings["needy_student_means"] == "school_finding":
        circle.append("found_needy_by_school")
    return at_school(person) and any(person[standing] for standing in circle)


def schooling(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    last = date(2018, 12, 31) if case.readings["education_aid_until"] == "campaign" else date(2020, 12, 31)
    helped = in_need(case, person) and case.on <= last
    stage = person["school_stage"]

    def waived(fees: tuple[str, ...], is_open: bool) -> Fraction:
        more = ("unlisted_school_fees",) if is_open and case.readings["fees_beyond_list"] == "waived_alike" else ()
        return sum((Fraction(person[fee]) for fee in fees + more), Fraction(0))

    yield "preschool_waiver", paid(waived(PRESCHOOL, True), helped and stage == "preschool")
    yield "compulsory_waiver", paid(waived(COMPULSORY, False), helped and stage in ("primary", "junior_high"))
    yield "senior_high_waiver", paid(waived(SENIOR_HIGH, True), helped and stage == "senior_high")
    above = ["secondary_vocational", "higher_vocational", "undergraduate"]
    if case.readings["postgraduate_grant"] == "included":
        above.append("postgraduate")
    yield "vocational_and_higher_grant", paid(Fraction(3000), helped and stage in above)
    pupil = case.household["rural_household"] and at_school(person) and person["left_behind"] == "child"
    every = case.readings["left_behind_pupils_means"] == "every_rural_pupil"
    yield "left_behind_pupil_care", Award(pupil and (every or case.poor_family))
    interest = Fraction(person["student_loan_interest"])
    yield "student_loan_subsidy", paid(interest, case.poor_family and interest > 0)


# Chapter 6, sections 2 and 3: treatment and public health

CHILDRENS = (
    "acute_lymphoblastic_leukaemia",
    "acute_promyelocytic_leukaemia",
    "atrial_septal_defect",
    "ventricular_septal_defect",
)
ANYONES = ("oesophageal_cancer", "gastric_cancer", "colon_cancer", "rectal_cancer", "end_stage_renal_disease")


def health(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    ordinary = medical_assistance(case, person)
    yield "medical_assistance", ordinary
    yield "grave_illness_assistance", grave_illness_assistance(case, person, ordinary)
    assisted = tier(case, person) is not None or in_grave_circle(case, person)
    yield (
        "child_assistance_priority",
        Award(case.assisted_child(person) and assisted and (person["gravely_ill"] or case.severe(person))),
    )
    poor, disease, course = case.rural_poor(person), person["major_disease"], person["treatment_course"]
    major = poor and disease != "no_major_disease"
    yield "expert_treatment", Award(major and course == "one_off")
    yield "inpatient_treatment", Award(major and course == "inpatient")
    yield "long_term_rehabilitation", Award(major and course == "long_term")
    yield "cataract_treatment", Award(poor and person["cataract"])
    listed = disease in ANYONES or (disease in CHILDRENS and case.child(person))
    yield "nine_disease_treatment", Award(case.poor_family and listed)
    yield "treatment_plan", Award(has_treatment_plan(case, person))
    circle = case.readings["contracted_care_for"]
    yield (
        "contracted_care",
        Award({"anyone": True, "rural_poor": poor, "ill_poor": poor and person["ill"]}[circle]),
    )
    yield "cochlear_implant", Award(poor and person["needs_cochlear_implant"])
    yield "haemophilia_treatment", Award(poor and person["haemophilia"])
    yield "treatment_before_payment", Award(person["registered_poor"] and person["ill"])
    yield "one_stop_counter", Award(person["ill"] and (poor or case.readings["one_stop_for"] == "every_patient"))
    yield (
        "key_disease_care",
        Award(person["key_disease"] and (poor or case.readings["key_disease_care_for"] == "anyone")),
    )
    yield "prepregnancy_check", Award(person["planning_pregnancy"])
    woman = case.household["rural_household"] and person["sex"] == "female"
    folic = woman and (person["planning_pregnancy"] or person["early_pregnancy"])
    screened = person["age"] == 0 and person["newborn"]
    free = case.readings["free_screening_covers"] == "all_three"
    yield "folic_acid", Award(folic)
    yield "newborn_screening", Award(screened)
    yield "folic_acid_waiver", Award(folic and free)
    yield "newborn_screening_waiver", Award(screened and free)
    yield "infant_nutrition", Award(nourished(case, person))
    yield "child_rehabilitation_aids", Award(poor and case.small_and_disabled(person))


def has_treatment_plan(case: Case, person: Facts) -> bool:
    """因病致贫返贫的患病贫困人口"""
    if not (case.rural_poor(person) and person["ill"]):
        return False
    return case.readings["illness_poverty_means"] == "any_ill_member" or case.household["poverty_cause"] == "illness"


def nourished(case: Case, person: Facts) -> bool:
    """困难家庭婴幼儿, where the pilot is."""
    meant = case.readings["needy_family_means"]
    needy = case.poor_family
    if meant != "rural_poor":
        needy = needy or any(one["dibao_recipient"] or one["tekun"] for one in case.members)
    if meant == "low_income":
        needy = needy or case.standing in ("poorer", "margin", "low_income")
    return needy and case.area["infant_nutrition_pilot"] and person["age"] < case.figures["infant_age_limit"]


# Chapter 4 and chapter 12, section 3: work and loans


def work(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    poor, capacity = case.rural_poor(person), person["labour_capacity"]
    partly_counts = case.readings["training_capacity_means"] == "full_or_partial"
    trainable = capacity == "full" or (capacity == "partial" and partly_counts)
    yield "free_training", Award(poor and trainable and person["wants_training"])
    fully_counts = case.readings["some_capacity_means"] == "full_or_partial"
    some = capacity == "partial" or (capacity == "full" and fully_counts)
    invited = poor or case.readings["public_post_for"] == "anyone"
    yield "public_post", paid(case.figures["public_post_pay"], invited and some and person["wants_work"])
    guaranteed = poor and person["self_employed"] and person["startup_loan_qualified"]
    yield "startup_guarantee", Award(guaranteed)
    interest = Fraction(person["startup_loan_interest"])
    yield "startup_loan_subsidy", paid(interest, guaranteed and interest > 0)


# Chapter 8: pensions, homes, people left behind, disabled people


def security(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    rural, figures, poor = case.household["rural_household"], case.figures, case.rural_poor(person)
    kind = case.aged(person) or disabled(person) or person["age"] < 16
    alone = person["legal_supporter"] in ("no_supporter", "unable_supporter")
    helpless = person["labour_capacity"] == "no_capacity" and person["no_livelihood"] and alone
    rate = figures["tekun_institution_standard" if person["support_form"] == "institution" else "tekun_home_standard"]
    yield "tekun_support", paid(rate, rural and kind and helpless)
    yield "tekun_services", Award(person["tekun"])
    yield "collective_share_rights", Award(rural and person["collective_shares"])
    yield "pension_premium", paid(figures["pension_premium_amount"], poor and person["premium_hardship"])
    yield "institutional_care", Award(poor and person["fit_for_institution"] and person["wants_institution"])
    pension = figures["pension_age"]
    early = pension - 5 <= person["age"] < pension
    yield "early_pension", Award(case.severe(person) and person["pension_insured"] and early)
    yield "left_behind_care", Award(rural and person["left_behind"] != "not_left_behind")
    trained = person["registered_poor"] and case.small_and_disabled(person) and person["in_rehabilitation"]
    cost = min(Fraction(person["rehabilitation_cost"]), figures["rehabilitation_cost_limit"])
    yield "rehabilitation_training", paid(cost, trained)
    yield "disabled_training", Award(poor and disabled(person))
    starts = poor and disabled(person) and person["self_employed"] and not person["had_startup_grant"]
    yield "disabled_startup_grant", paid(figures["disabled_startup_grant_amount"], starts)
    yield "assistive_device", Award(poor and disabled(person) and person["fit_for_assistive_device"])


# What goes to a household


def family(case: Case) -> Iterator[tuple[str, Award]]:
    home, figures = case.household, case.figures
    trained = any(
        award.due
        for person in case.members
        for name, award in security(case, person)
        if name == "rehabilitation_training"
    )
    yield "rehabilitation_family_allowance", paid(figures["rehabilitation_family_rate"], trained)
    yield "barrier_free_home", Award(any(case.rural_poor(person) and disabled(person) for person in case.members))
    in_time = case.on <= date(2018, 12, 31) or case.readings["housing_after_deadline"] == "continues"
    yield "housing_repair", Award(case.registered and home["repair_qualified"] and home["wants_repair"] and in_time)
    yield "land_share_support", Award(case.registered and home["land_rights"])
    earned = figures["asset_income_share"] * home["asset_share_earnings"]
    yield "asset_income", paid(earned, case.registered and home["asset_shareholder"])
    owed = home["assigned_cadre"] or case.readings["guidance_for"] == "every_registered"
    yield "cadre_guidance", Award(to_have_a_cadre(case) and owed)
    yield "asset_project_voice", Award(case.registered and home["asset_shareholder"])
    yield "household_treatment_plan", Award(any(has_treatment_plan(case, person) for person in case.members))
    standard, income = figures["rural_dibao_standard"], case.per_head
    poor_enough = income < standard or (income == standard and case.readings["dibao_at_standard"] == "admitted")
    yield "dibao_admission", Award(home["rural_household"] and home["dibao_assets_ok"] and poor_enough)
    yield "temporary_relief", paid(figures["temporary_relief_amount"], home["sudden_hardship"])
    micro, premium, loan = (
        Fraction(home[fact]) for fact in ("micro_loan_interest", "poverty_insurance_premium", "business_loan")
    )
    yield "micro_loan_subsidy", paid(figures["micro_loan_share"] * micro, case.poor_family and micro > 0)
    yield (
        "insurance_premium_subsidy",
        paid(
            figures["insurance_premium_share"] * premium,
            (case.poor_family or case.readings["premium_subsidy_for"] == "anyone") and premium > 0,
        ),
    )
    yield "business_loan_subsidy", paid(Fraction(3, 100) * loan, home["business_supports_poor"] and loan > 0)


def to_have_a_cadre(case: Case) -> bool:
    """Every household on the register, or those only that are still poor."""
    return case.registered and not (
        case.readings["cadre_stays_for"] == "not_yet_lifted" and case.household["lifted_out"]
    )


def pairing_due(readings: Mapping[str, str], on: date) -> bool:
    return readings["pairing_due_when"] == "throughout" or on >= undated_due(readings)


def undated_due(readings: Mapping[str, str]) -> date:
    """The day from which targets without a year are judged."""
    return {"term_start": date(2016, 1, 1), "campaign_end": date(2018, 12, 31), "plan_end": date(2020, 12, 31)}[
        readings["undated_targets_due"]
    ]


def entitlements(case: Case) -> dict[tuple[str, str], Award]:
    """(benefit, member or "household") -> what the plan gives."""
    found = {(name, "household"): award for name, award in family(case)}
    for person in case.members:
        for chapter in (schooling, health, work, security):
            found |= {(name, person["id"]): award for name, award in chapter(case, person)}
    return found


# Chapter 2, section 3 and chapter 9, section 1: what must hold for a registered household


def requirements(case: Case) -> dict[str, Target]:
    home = case.household
    above = case.exit_income - case.figures["poverty_line"]
    basics = ("enough_food", "enough_clothing")
    three = ("schooling_secured", "medical_care_secured", "housing_secured")
    met = {
        "income_above_line": above > 0,
        "stable_source": home["stable_income"],
        "food_and_clothing": all(home[fact] for fact in basics),
        "three_securities": all(home[fact] for fact in three),
        "out_of_poverty": home["stable_income"] and above > 0 and all(home[fact] for fact in basics + three),
        "cadre_assigned": home["assigned_cadre"],
    }
    if not case.registered:
        return dict.fromkeys(met, Target("not applicable"))
    found = {name: Target(status(holds)) for name, holds in met.items()}
    found["income_above_line"] = Target(status(above > 0), above)
    if not (to_have_a_cadre(case) and pairing_due(case.readings, case.on)):
        found["cadre_assigned"] = Target("not applicable")
    return found


def status(holds: bool) -> str:
    return "met" if holds else "not met"


# What the district has to reach: (result, due from, only on that very day, measure, target)

CAMPAIGN_YEARS = {2016: Fraction(40, 100), 2017: Fraction(40, 100), 2018: Fraction(20, 100)}  # “442”


def targets(area: Facts, figures: Facts, readings: Mapping[str, str], on: date) -> dict[str, Target]:
    found: dict[str, Target] = {}

    def judge(name: str, measure: Any, target: Any, due: date | None = None, only: bool = False, of: Any = 1) -> None:
        """Reached, if the measure is no less than the target. `of`: who the share is a share of."""
        is_due = due is None or (on == due if only else on >= due)
        gap = Fraction(measure) - Fraction(target)
        found[name] = Target(status(gap >= 0), gap) if is_due and of > 0 else Target("not applicable")

    def share(part: str, whole: str) -> Fraction:
        """Down to a hundredth of a percent."""
        return Fraction(floor(Fraction(area[part], max(area[whole], 1)) * 10_000), 10_000)

    ends = {year: date(year, 12, 31) for year in range(2016, 2021)}
    undated = undated_due(readings)
    striven = ends[2020] if readings["striven_for_means"] == "judged" else date.max
    if readings["target_people_means"] == "named_people":
        judge("all_people_lifted", area["task_people_lifted"], 148, ends[2018])
    else:  # nobody on the register is left
        judge("all_people_lifted", -area["poor_people_remaining"], 0, ends[2018])
    lifted = Fraction(floor(Fraction(area["task_people_lifted"], 148) * 10_000), 10_000)
    judge("basically_lifted_2016", lifted, figures["basically_all"], ends[2016], only=True)
    judge("all_households_lifted", area["households_lifted_out"], area["registered_households"], ends[2018])
    for stage, due, wanted in (
        ("in_2016", ends[2016], (3_000_000, 12, 274, 491)),
        ("to_2018", ends[2018], (3_110_000, 4, 229, 322)),
    ):
        facts = ("project_investment", "project_count", "project_households", "project_people")
        names = ("investment", "projects", "project_households", "project_people")
        for name, fact, figure in zip(names, facts, wanted, strict=True):
            judge(f"{name}_{stage}", area[fact], figure, due, only=True)
    if readings["treatment_schedule_means"] == "each_year":
        done, wanted_share = "treated_this_year", CAMPAIGN_YEARS.get(on.year, Fraction(0))
    else:
        done = "treated_in_all"
        wanted_share = sum((part for year, part in CAMPAIGN_YEARS.items() if year <= on.year), Fraction(0))
    due = ends[on.year] if on.year in CAMPAIGN_YEARS else date.max
    ill = area["ill_poor_people"]
    judge("treatment_on_schedule", share(done, "ill_poor_people"), wanted_share, due, only=True, of=ill)
    judge("all_ill_treated", area["treated_in_all"], area["ill_poor_people"], ends[2018])
    every = on >= ends[2018]
    found["health_at_city_average"] = Target(
        status(area["health_indicators_at_city_average"]) if every else "not applicable"
    )
    judge("every_village_served", area["villages_with_health_service"], area["villages"], undated)
    judge("standard_clinics_cover_all", area["villages_with_standard_clinic"], area["villages"], ends[2018])
    judge("clinics_all_up_to_standard", area["clinics_up_to_standard"], area["village_clinics"], ends[2020])
    judge("telemedicine_covers_all", area["town_hospitals_with_telemedicine"], area["town_hospitals"], ends[2019])
    short = figures["local_visit_tolerance"] if readings["about_90_percent"] == "tolerance" else 0
    judge("treated_locally", area["local_visit_rate"], Fraction(90, 100) - short, ends[2018])
    judge("general_practitioner_everywhere", area["town_hospitals_with_gp"], area["town_hospitals"], ends[2017])
    judge("all_health_staff_trained", area["health_staff_trained"], area["health_staff"], ends[2018])
    judge(
        "enough_village_doctors",
        share("village_doctors", "population_served"),
        Fraction(1, 1000),
        ends[2020],
        of=area["population_served"],
    )
    judge(
        "qualified_doctor_in_every_clinic", area["clinics_with_qualified_doctor"], area["village_clinics"], ends[2020]
    )
    settled = share("one_stop_people", "rural_poor_population")
    judge("one_stop_settlement", settled, Fraction(95, 100), ends[2020], of=area["rural_poor_population"])
    judge(
        "health_literacy_at_provincial_level",
        area["health_literacy"],
        figures["provincial_health_literacy"],
        ends[2018],
    )
    judge("all_housing_rebuilt", area["houses_rebuilt"], area["houses_to_rebuild"], ends[2018])
    apart = figures["rural_dibao_standard"] - figures["poverty_line"]
    joined = apart == 0 if readings["two_lines_means"] == "equal" else apart >= 0
    found["lines_joined"] = Target(status(joined) if on >= undated else "not applicable")
    judge("all_poor_insured", area["poor_people_insured"], area["poor_people_to_insure"], undated)
    judge("early_pension_covers_all", area["severely_disabled_paid"], area["severely_disabled_due"], ends[2016])
    trained = undated if readings["striven_for_means"] == "judged" else date.max
    judge("rehabilitation_covers_all", area["disabled_children_trained"], area["disabled_children_due"], trained)
    paired = date(2016, 1, 1) if readings["pairing_due_when"] == "throughout" else undated
    judge("section_cadres_paired", area["fewest_per_section_cadre"], 3, paired)
    judge("general_cadres_paired", area["fewest_per_general_cadre"], 2, paired)
    judge("all_trained", area["trainees_trained"], area["trainees_due"], undated)
    judge("all_admitted_to_dibao", area["dibao_households_admitted"], area["dibao_households_due"], undated)
    donated = Fraction(area["one_day_donations"])
    judge("donations_mainly_for_relief", area["donations_for_relief"], figures["donation_share"] * donated, of=donated)
    judge("streets_join_roads", area["villages_joined_to_roads"], area["villages"], ends[2020])
    fewest = "fewest_streets_built" if readings["older_streets_count"] == "built_in_term" else "fewest_streets_in_all"
    judge("streets_at_least", area[fewest], 1, ends[2020])
    most = Fraction(area["most_streets_built"]) - 2
    bound = on >= ends[2020] and readings["street_range_means"] == "both_ends"
    found["streets_at_most"] = Target(status(most <= 0), most) if bound else Target("not applicable")
    judge("every_home_on_a_street", area["village_homes_on_streets"], area["village_homes"], striven)
    judge("piped_water_reaches", area["piped_water"], Fraction(95, 100), ends[2020])
    judge("supply_assured", area["supply_assurance"], Fraction(90, 100), ends[2020])
    gain = area["water_quality_rate"] - figures["earlier_water_quality_rate"]
    judge("water_quality_raised", gain, figures["water_quality_rise"], ends[2020])
    return found
