"""Medical assistance of 淄博 in OpenFisca-core, as its users write models: vectorial formulas, amounts in yuan as float32."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.population_by_hand import Answers, Tables
from benchmarks.subject import CEILING, COSTS, STANDARD, STATUSES

YEAR = "2018"
HOUSEHOLD = build_entity(
    key="household", plural="households", label="", roles=[{"key": "member", "plural": "members", "label": ""}]
)
PERSON = build_entity(key="person", plural="persons", label="", is_person=True)


def variable(name: str, entity: Any, kind: type, formula: Any = None) -> type[Any]:
    """A variable of a year; without a formula it is an input."""
    body = {"value_type": kind, "entity": entity, "definition_period": DateUnit.YEAR, "label": name}
    return type(name, (Variable,), body | ({"formula": formula} if formula is not None else {}))


def income_tested(household: Any, period: Any) -> Any:
    per_head = np.round(household("household_income", period) / household.nb_persons(), 2)
    return (per_head >= STANDARD) & (per_head <= 2 * STANDARD)


def burden(person: Any, period: Any) -> Any:
    costs, basic, major = (person(name, period) for name in COSTS)
    return np.maximum(np.maximum(costs - basic, 0) - major, 0)


def amount(person: Any, period: Any) -> Any:
    own = person("burden", period)
    dibao, tekun, illness, poor = (person(name, period) for name in STATUSES)
    regular = person.household("income_tested", period) | illness | poor
    return np.select(
        [dibao | tekun, regular],
        [
            np.minimum(np.minimum(np.round(0.75 * own, 2), CEILING), own),
            np.minimum(np.minimum(np.round(0.40 * own, 2), 15_000), own),
        ],
        0,
    )


@cache
def system() -> Any:
    found = TaxBenefitSystem([PERSON, HOUSEHOLD])
    found.add_variable(variable("household_income", HOUSEHOLD, float))
    found.add_variable(variable("income_tested", HOUSEHOLD, bool, income_tested))
    for name in STATUSES:
        found.add_variable(variable(name, PERSON, bool))
    for name in COSTS:
        found.add_variable(variable(name, PERSON, float))
    found.add_variable(variable("burden", PERSON, float, burden))
    found.add_variable(variable("amount", PERSON, float, amount))
    return found


def in_openfisca(tables: Tables) -> Answers:
    """Eligible, and the amount in fen, rounded from the float."""
    homes, persons = tables
    builder = SimulationBuilder()
    builder.create_entities(system())
    builder.declare_person_entity("person", np.arange(persons.num_rows))
    household = builder.declare_entity("household", homes.column("household_id").to_numpy())
    place = np.searchsorted(homes.column("household_id").to_numpy(), persons.column("household_id").to_numpy())
    builder.join_with_persons(household, place, np.full(persons.num_rows, "member"))
    simulation = builder.build(system())
    simulation.set_input("household_income", YEAR, homes.column("household_income").to_numpy())
    for name in (*STATUSES, *COSTS):
        simulation.set_input(name, YEAR, persons.column(name).to_numpy())
    found = simulation.calculate("amount", YEAR)
    return found > 0, np.round(found.astype(np.float64) * 100).astype(np.int64)
