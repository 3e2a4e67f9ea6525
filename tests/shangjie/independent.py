"""The plan of 郑州上街 computed by hand: every result for people of whom everything is known.

Written from the document, item by item, in plain Python with exact fractions. It shares nothing with the pack but names:
of facts, of figures that the plan leaves out, of readings and their options, and of results. Money is yuan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Facts = Mapping[str, Any]
Span = tuple[Fraction, Fraction | None]  # an amount: at least, at most; None without an upper end


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
    """A household, the figures the plan doesn't state, and how its open passages are read."""

    household: Facts
    members: tuple[Facts, ...]
    figures: Facts
    readings: Mapping[str, str]
    on: date

    def reads(self, reading: str, option: str) -> bool:
        return self.readings[reading] == option

    # Whom the clauses name

    @property
    def lifted(self) -> bool:
        return bool(self.household["lifted_out"])

    @property
    def registered(self) -> bool:
        return any(person["registered_poor"] for person in self.members)

    @property
    def named_as_lifted(self) -> bool:
        """脱贫户、脱贫群众、脱贫家庭: marked as lifted out, if need be still on the register; or whoever is on it."""
        if self.registered and self.reads("lifted_out_clauses_for", "every_registered"):
            return True
        return self.lifted and (self.registered or self.reads("lifted_household_means", "marked"))

    @property
    def registered_and_lifted(self) -> bool:
        """建档立卡脱贫家庭, all of whose members the clause means."""
        return self.registered and self.named_as_lifted

    def registered_and_lifted_person(self, person: Facts) -> bool:
        """建档立卡脱贫人口, 建档立卡脱贫残疾人"""
        return bool(person["registered_poor"]) and self.named_as_lifted

    def poor(self, person: Facts) -> bool:
        """贫困群众、贫困人口"""
        match self.readings["poor_people_means"]:
            case "registered":
                return bool(person["registered_poor"])
            case "not_lifted_out":
                return bool(person["registered_poor"]) and not self.lifted
        return any(person[standing] for standing in ("registered_poor", "dibao_recipient", "tekun"))

    def helped_when_ill(self, person: Facts) -> bool:
        """Item 14 names nobody for treatment: it eases the costs of poor people, after cover for lifted-out households."""
        match self.readings["treatment_for"]:
            case "poor_people":
                return self.poor(person)
            case "registered_lifted":
                return self.registered_and_lifted
        return True

    def severe(self, person: Facts) -> bool:
        grade, kind = person["disability_level"], person["disability_type"]
        if grade == "third":
            mental = kind in ("intellectual", "psychiatric")
            return mental and self.reads("severe_disability_means", "with_third_mental")
        return grade in ("first", "second")

    def aged(self, person: Facts) -> bool:
        return bool(person["age"] >= self.figures["elderly_age"])

    # Two measures of income, and lines by the month and by the year

    def per_head(self, income: str) -> Fraction:
        """Counted in whole fen."""
        return to_fen(Fraction(self.household[income]) / len(self.members))

    @property
    def dibao_test(self) -> bool:
        """Property within the rules, and disposable income below the standard of town or country."""
        kind = "rural_dibao_standard" if self.household["rural_household"] else "urban_dibao_standard"
        short = 12 * self.figures[kind] - self.per_head("household_income")
        admitted = short > 0 or (short == 0 and self.reads("dibao_at_standard", "admitted"))
        return bool(self.household["dibao_assets_ok"]) and admitted

    @property
    def past_the_line(self) -> bool:
        """Item 28: net or disposable income above the poverty line, or at it where that is enough."""
        above = self.above_the_line
        return above > 0 or (above == 0 and self.reads("exactly_at_poverty_line", "enough"))

    @property
    def above_the_line(self) -> Fraction:
        net = self.reads("exit_income_measure", "net_income")
        income = self.per_head("household_net_income" if net else "household_income")
        return income - Fraction(self.figures["poverty_line"])

    @property
    def taking_part(self) -> bool:
        return self.reads("participation_means", "guidance") or bool(self.household["takes_part"])


def disabled(person: Facts) -> bool:
    return bool(person["disability_level"] != "not_disabled")


def able(person: Facts) -> bool:
    """有就业能力: a full labourer, or half a one, for whom the plan finds work too."""
    return person["labour_capacity"] in ("full", "partial")


def to_fen(amount: Fraction) -> Fraction:
    """Half up to the fen; amounts are never negative."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def given(case: Case, figure: str) -> Span:
    """A figure that the plan leaves out: as published, or published as a bound (at least, at most)."""
    value = case.figures[figure]
    return value if isinstance(value, tuple) else (value, value)


def paid(amount: Span, due: bool) -> Award:
    if not due:
        return Award(False, Fraction(0), Fraction(0))
    least, most = amount
    return Award(True, to_fen(least), None if most is None else to_fen(most))


# Items 7, 8, 9, 28 and 30: the elderly, the disabled and the gravely ill; what goes on after leaving poverty


def standing(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    special = case.aged(person) or disabled(person) or person["gravely_ill"]
    if case.reads("special_groups", "others_too"):
        special = special or person["other_special_group"]
    yield "special_attention", Award(case.named_as_lifted and bool(special))
    yield "residential_care", Award(case.named_as_lifted and case.severe(person))
    yield "after_exit_support", Award(case.lifted and goes_on(case))
    yield "hotline", Award(bool(person["problem_raised"]))


def goes_on(case: Case) -> bool:
    """脱贫不脱政策: without an end, to the end of the plan's year, or to that of the campaign."""
    match case.readings["support_goes_on_until"]:
        case "no_end":
            return True
        case "plan_year":
            return case.on <= date(2018, 12, 31)
    return bool(case.on <= case.figures["campaign_end"])


# Items 6, 11, 16 and 30: training and work


def work(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    trained = case.poor(person) and (case.reads("training_for", "every_poor_person") or able(person))
    yield "skills_training", Award(trained)
    labourer = case.named_as_lifted and able(person)
    yield "employment_register", Award(labourer)
    named = case.named_as_lifted if case.reads("real_name_training_for", "lifted_labourers") else case.poor(person)
    yield "real_name_training", Award(named and able(person))
    full = person["labour_capacity"] == "full"
    yield "job_offer", Award(labourer and full)
    post = labourer and (case.reads("public_post_for", "anyone_able") or not full)
    yield "public_post", paid(given(case, "public_post_pay"), post)
    award = person["excellent_return_project"] and (case.reads("startup_award_for", "anyone") or case.named_as_lifted)
    yield "startup_award", paid(given(case, "startup_award_amount"), bool(award))
    moved = case.household["relocated"] or case.reads("follow_up_for", "every_lifted_person")
    supported = case.registered_and_lifted_person(person) and moved and case.taking_part
    yield "follow_up_production", Award(bool(supported))


# Item 13: schooling

SCHOOLING = {
    "preschool_aid": ("preschool",),
    "compulsory_aid": ("primary", "junior_high"),
    "senior_high_aid": ("senior_high",),
    "vocational_aid": ("secondary_vocational", "higher_vocational"),
    "higher_aid": ("undergraduate", "postgraduate"),
}


def schooling(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    stage = person["school_stage"]
    student = stage != "preschool" or case.reads("preschool_children", "students")
    for benefit, stages in SCHOOLING.items():
        due = case.registered_and_lifted and student and stage in stages
        yield benefit, paid(given(case, f"{stage}_aid_amount") if due else (Fraction(0), Fraction(0)), due)


# Item 14: four layers of cover, each of which pays on what the one before it left, or on what basic insurance left; and treatment


def health(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    covered, helped = case.registered_and_lifted, case.helped_when_ill(person)
    yield "basic_medical_insurance", Award(covered)
    costs = Fraction(person["medical_costs_in_scope"])
    after_basic = left = costs - min(costs, Fraction(person["basic_insurance_reimbursed"]))
    for benefit, rule in (
        ("major_illness_insurance", by_bands),
        ("supplementary_insurance", above_threshold),
        ("medical_assistance", up_to_ceiling),
    ):
        base = left if case.reads("layer_order", "as_listed") else after_basic
        pays = min(to_fen(rule(case.figures, base)), left) if covered else Fraction(0)
        left -= pays
        yield benefit, paid((pays, pays), covered)
    yield "major_disease_treatment", Award(helped and person["major_disease"] != "no_major_disease")
    yield "emergency_treatment", Award(helped and bool(person["needs_emergency_treatment"]))
    yield "chronic_contract", Award(helped and bool(person["chronic_disease"]))


def by_bands(figures: Facts, costs: Fraction) -> Fraction:
    """Three bands above the threshold, each yuan at the ratio of the band that it lies in."""
    ends = [figures[f"major_illness_{name}"] for name in ("threshold", "first_bound", "second_bound")]
    ratios = [figures[f"major_illness_{name}_ratio"] for name in ("first", "second", "third")]
    total = Fraction(0)
    for start, end, ratio in zip(ends, [*ends[1:], costs], ratios):
        if costs > start:
            total += ratio * (min(costs, end) - start)
    return total


def above_threshold(figures: Facts, costs: Fraction) -> Fraction:
    over = costs - figures["supplementary_threshold"]
    return figures["supplementary_ratio"] * over if over > 0 else Fraction(0)


def up_to_ceiling(figures: Facts, costs: Fraction) -> Fraction:
    share = figures["medical_assistance_ratio"] * costs
    return min(share, figures["medical_assistance_ceiling"])


# Item 15: disabled people


def disability(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    wanted = person["meets_disability_standard"] and person["wants_disability_certificate"]
    yield "disability_certificate", Award(bool(wanted))
    found = case.reads("disabled_dibao_test", "finding")
    qualified = bool(person["dibao_conditions_found"]) if found else case.dibao_test
    circle = case.registered_and_lifted_person(person) and disabled(person)
    yield "dibao_for_disabled", Award(circle and bool(case.household["rural_household"]) and qualified)
    need = person["dibao_recipient"]
    if case.reads("needy_disabled_means", "dibao_or_registered"):
        need = need or person["registered_poor"]
    living = given(case, "disabled_living_subsidy_amount")
    yield "disabled_living_subsidy", paid(living, bool(disabled(person) and need))
    cared = case.reads("nursing_subsidy_asks", "grade_only") or person["needs_long_term_care"]
    yield "nursing_subsidy", paid(given(case, "nursing_subsidy_amount"), bool(case.severe(person) and cared))
    yield "rehabilitation_service", Award(case.poor(person) and disabled(person))
    promised = case.reads("exploring_means", "promised")
    yield "explored_care", Award(promised and case.poor(person) and case.severe(person))


# Item 29: the last safety net


def security(case: Case, person: Facts) -> Iterator[tuple[str, Award]]:
    kind = "rural" if case.household["rural_household"] else "urban"
    yield "tekun_support", paid(given(case, f"tekun_{kind}_standard"), bool(person["tekun"]))
    yield "welfare", paid(given(case, "welfare_amount"), bool(person["welfare_group"]))
    yield "left_behind_care", Award(kind == "rural" and case.poor(person) and looked_after(case, person))


def looked_after(case: Case, person: Facts) -> bool:
    """留守儿童和妇女、老年人"""
    if case.reads("left_behind_scope", "all_three"):
        return bool(person["left_behind"] != "not_left_behind")
    woman = person["sex"] == "female" and person["age"] >= case.figures["woman_age"]
    return bool(person["left_behind"] == "child" or woman or case.aged(person))


# What goes to a household


def family(case: Case) -> Iterator[tuple[str, Award]]:
    home = case.household
    yield "tailored_support", Award(any(case.poor(person) for person in case.members))
    yield "urgent_problems", Award(case.named_as_lifted)
    yield "consolidation_plan", Award(case.registered and case.lifted and bool(home["policies_marked_kept"]))
    yield (
        "asset_income",
        paid(given(case, "asset_income_amount"), home["poverty_cause"] == "disability" and case.taking_part),
    )
    rebuilt = any(case.poor(person) and case.severe(person) for person in case.members)
    yield "barrier_free_home", Award(rebuilt)
    yield "dibao_admission", Award(case.dibao_test)
    found = any(home[standing] for standing in ("newly_identified", "newly_poor", "fell_back"))
    short = case.reads("should_be_supported_means", "below_line_too") and not case.past_the_line
    yield "register_inclusion", Award(bool(home["rural_household"] and (found or short)))
    first_out = bool(case.lifted and home["early_exit_recognised"])
    yield "early_exit_reward", paid(given(case, "early_exit_reward_amount"), first_out)
    for benefit, figure, need in (
        ("temporary_relief", "temporary_relief_amount", "sudden_hardship"),
        ("disaster_relief", "disaster_relief_amount", "disaster_hit"),
    ):
        yield benefit, paid(given(case, figure), bool(home[need]))


def entitlements(case: Case) -> dict[tuple[str, str], Award]:
    """(benefit, member or "household") -> what the plan gives."""
    found = {(name, "household"): award for name, award in family(case)}
    for person in case.members:
        for chapter in (standing, work, schooling, health, disability, security):
            found |= {(name, person["id"]): award for name, award in chapter(case, person)}
    return found


# What must hold for a household (items 2, 8, 10, 13, 16 and 28)


def status(holds: Any) -> str:
    return "met" if holds else "not met"


BASICS = (
    *("enough_food", "enough_clothing"),
    *("schooling_secured", "medical_care_secured", "housing_secured"),
)


def fallen_due(readings: Mapping[str, str], on: date) -> bool:
    """What bears no date of its own: judged from the first day, or a task of the year 2018."""
    return readings["undated_targets_due"] == "term_start" or on >= date(2018, 12, 31)


def requirements(case: Case) -> dict[str, Target]:
    home, due = case.household, fallen_due(case.readings, case.on)
    found: dict[str, Target] = {}

    def judge(name: str, applies: Any, holds: Any, gap: Fraction | None = None) -> None:
        found[name] = Target(status(holds), gap) if applies else Target("not applicable")

    settled = sum(1 for person in case.members if person["stable_job"])
    more = Fraction(settled - (1 if case.reads("one_or_more", "includes_one") else 2))
    labour = case.reads("stable_work_for", "every_household") or any(map(able, case.members))
    judge("one_in_stable_work", due and case.named_as_lifted and labour, more >= 0, more)
    willing = [person for person in case.members if able(person) and person["wants_work"]]
    placed = sum(
        1 for person in willing if person["stable_job"] and person["job_kind"] in ("enterprise", "public_post")
    )
    moved = home["relocated"]
    meant = moved or case.reads("follow_up_for", "every_lifted_person")
    judge("relocated_worker", due and meant and case.named_as_lifted and willing, placed >= 1, Fraction(placed - 1))
    lasting = case.reads("stable_exit_means", "mark_enough") or not (home["fell_back"] or home["relapse_risk"])
    judge("relocated_and_lifted_out", due and moved, case.lifted and lasting)
    farming = home["rural_household"] and case.reads("every_one_means", "whole_district")
    judge("raised_income", due and (case.registered or farming), home["income_project"])
    schooled = not any(person["out_of_school_for_poverty"] for person in case.members)
    assured = all(home[fact] for fact in ("medical_care_secured", "disabled_members_helped", "living_backed"))
    judge("four_assurances", case.named_as_lifted, schooled and assured)
    judge("nobody_out_of_school", case.registered_and_lifted, schooled)
    basics = case.reads("exit_standard_means", "income_only") or all(home[fact] for fact in BASICS)
    judge("truly_lifted_out", case.lifted, case.past_the_line and basics)
    return found


# What the district has to reach (items 2, 4, 10, 13, 14, 16, 18, 19, 26 and 29)


def targets(area: Facts, figures: Facts, readings: Mapping[str, str], on: date) -> dict[str, Target]:
    found: dict[str, Target] = {}
    year_over = on >= date(2018, 12, 31)
    fallen = fallen_due(readings, on)

    def judge(name: str, measure: Any, target: Any, due: bool = True, strictly: bool = False) -> None:
        gap = Fraction(measure) - Fraction(target)
        found[name] = Target(status(gap > 0 if strictly else gap >= 0), gap) if due else Target("not applicable")

    judge("projects_done", area["special_projects_done"], 3, year_over)
    judge("stable_work_in_all", area["in_stable_work"], area["due_for_stable_work"], fallen)
    together = readings["coverage_means"] == "together"
    each = min(area["people_reached_by_production"], area["people_reached_by_work"])
    judge("all_reached", area["people_reached"] if together else each, area["poor_people"], fallen)
    judge("first_secretary_funds", area["first_secretary_funds_paid"], area["first_secretary_funds_due"], fallen)
    judge("district_funds_in_full", area["district_funds"], area["district_funds_due"], fallen)
    judge("awareness_raised", area["awareness_this_year"], area["awareness_last_year"], fallen, strictly=True)
    task = readings["every_one_means"] == "in_task"
    village = "task_villages" if task else "villages"
    for name, has in (("speciality", "industry"), ("cooperative", "cooperative"), ("income", "collective_income")):
        judge(f"villages_{name}", area[f"{village}_with_{has}"], area[village], fallen)
    homes = "registered_households" if task else "rural_households"
    judge("households_project", area[f"{homes}_with_project"], area[homes], fallen)
    judge("student_aid_for_all", area["students_aided"], area["students_of_lifted_households"], fallen)
    layers = ("basic_insurance", "major_illness_insurance", "supplementary_insurance", "medical_assistance")
    least = min(area[f"covered_by_{layer}"] for layer in layers)
    judge("four_layers_for_all", least, area["people_of_lifted_households"], fallen)
    judge("relocated_households_out", area["relocated_households_lifted"], area["relocated_households"], fallen)
    judge("dibao_above_poverty_line", 12 * figures["rural_dibao_standard"], figures["poverty_line"], strictly=True)
    kinds = ("",) if readings["dibao_subsidy_counted"] == "together" else ("rural_", "urban_")
    raised = all(area[f"{kind}dibao_subsidy_this_year"] > area[f"{kind}dibao_subsidy_last_year"] for kind in kinds)
    found["dibao_subsidy_raised"] = Target(status(raised) if fallen else "not applicable")
    found |= funds(area, readings, year_over)
    found["results_published"] = Target(status(area["allocation_published"] and area["use_announced"]))
    found["relief_day_held"] = Target(status(area["relief_day_held_2018"]) if year_over else "not applicable")
    judge("cases_exposed", area["cases_made_public"], area["cases_verified"])
    judge("duty_at_seven_levels", area["levels_with_duty"], 7)
    return found


def counted(case: Case) -> dict[str, int]:
    """What one household adds to the figures of the district that are totals over households."""
    home, people = case.household, case.members
    farming, moved, settled = home["rural_household"], home["relocated"], sum(1 for p in people if p["stable_job"])
    labour = case.reads("stable_work_for", "every_household") or any(map(able, people))
    due = case.named_as_lifted and labour
    enough = settled >= (1 if case.reads("one_or_more", "includes_one") else 2)
    lasting = case.lifted and (
        case.reads("stable_exit_means", "mark_enough") or not (home["fell_back"] or home["relapse_risk"])
    )
    no_students = {"not_in_school"} | (set() if case.reads("preschool_children", "students") else {"preschool"})
    students = sum(1 for person in people if person["school_stage"] not in no_students)
    return {
        "poor_people": sum(1 for person in people if case.poor(person)),
        "people_of_lifted_households": len(people) if case.registered_and_lifted else 0,
        "students_of_lifted_households": students if case.registered_and_lifted else 0,
        "due_for_stable_work": int(due),
        "in_stable_work": int(due and enough),
        "rural_households": int(farming),
        "rural_households_with_project": int(farming and home["income_project"]),
        "registered_households": int(case.registered),
        "registered_households_with_project": int(case.registered and home["income_project"]),
        "relocated_households": int(moved),
        "relocated_households_lifted": int(moved and lasting),
    }


def funds(area: Facts, readings: Mapping[str, str], year_over: bool) -> dict[str, Target]:
    """Item 19: 40% of what centre, province and city gave; 92% of the year's funds, down to a hundredth of a percent."""
    upper = sum(Fraction(area[f"{level}_funds"]) for level in ("central", "provincial", "municipal"))
    own, settled = Fraction(area["district_funds"]), Fraction(area["upper_funds_settled"])
    of = upper
    if readings["settlement_base"] == "all_levels":
        of, settled = upper + own, settled + Fraction(area["district_funds_settled"])

    def judge(part: Fraction, whole: Fraction, least: Fraction) -> Target:
        if not (year_over and whole > 0):
            return Target("not applicable")
        gap = Fraction(floor(part / whole * 10_000), 10_000) - least
        return Target(status(part / whole >= least), gap)

    return {
        "district_funds_enough": judge(own, upper, Fraction(40, 100)),
        "funds_accounted_for": judge(settled, of, Fraction(92, 100)),
    }
