"""The random programs of the laws hold every kind of node, in all its forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest

from drawing import seeded
from policyengine import ir
from policyengine.ir import ChoiceType
from programs import random_program

PROGRAMS = 1500


def form(node: ir.Node, program: ir.Program) -> Iterator[str]:
    """What kind of node it is, and each way in which nodes of the kind can differ."""
    kind, type_ = type(node).__name__, type(node.type).__name__.removesuffix("Type").lower()
    yield kind
    match node:
        case ir.Constant(name=name):
            yield f"{kind} {type_}{' named' if name else ''}"
        case ir.FactRef(id=name, scope=scope):
            optional = next(fact.optional for fact in program.facts if fact.id == name)
            yield f"{kind} {scope} {type_}{' optional' if optional else ''}"
        case ir.VariableRef(scope=scope):
            yield f"{kind} {scope} {type_}"
        case ir.ParameterRef(id=name):
            found = next(item for item in program.parameters if item.id == name)
            yield f"{kind} {type_} {'reading' if found.is_reading else found.stated}"
        case ir.Logic(operator=operator) | ir.Arithmetic(operator=operator):
            yield f"{kind} {operator}"
        case ir.Compare(operator=operator, left=left):
            yield f"{kind} {'choice' if isinstance(left.type, ChoiceType) else 'ordered'} {operator}"
        case ir.Round(direction=direction, denominator=denominator):
            yield f"{kind} {direction}{'' if denominator is None else ' of a quotient'}"
        case ir.Choose():
            yield f"{kind} {type_}"
        case ir.Table(otherwise=otherwise):
            yield f"{kind} {type_}{'' if otherwise is None else ' with otherwise'}"
        case ir.Aggregate(operator=operator, where=where, others=others):
            yield f"{kind} {operator}{'' if where is None else ' where'}{' of others' if others else ''}"
        case ir.Rank(key=key, where=where, descending=descending):
            by = "date" if isinstance(key.type, ir.DateType) else "number"
            yield f"{kind} {'descending' if descending else 'ascending'}{'' if where is None else ' where'}"
            yield f"{kind} by {by}"
        case ir.Bands(progressive=progressive, bands=bands):
            which = "progressive" if progressive else "lookup"
            for band in bands:
                yield f"{kind} {which} {'from' if band.inclusive else 'over'}{' no start' if band.start is None else ''}"
                yield f"{kind} {which} {'figure' if isinstance(band.value, int) else 'bound'}"
        case ir.Cells(keys=keys, otherwise=otherwise):
            yield f"{kind} by {len(keys)}{'' if otherwise is None else ' with otherwise'}"
        case ir.Elapsed(unit=unit):
            yield f"{kind} {unit}"
        case ir.DatePart(part=part):
            yield f"{kind} {part}"
        case ir.OneOf() | ir.Rescale() | ir.IsKnown():
            pass


ARITHMETIC, ORDER = ("add", "subtract", "multiply", "min", "max", "negate"), ("<", "<=", ">", ">=", "=", "!=")
TYPES, SCOPES = ("condition", "number", "date", "choice"), ("area", "household", "person")
WANTED = {
    *(kind.__name__ for kind in get_args(ir.Node)),
    *(f"Constant {type_}" for type_ in TYPES),
    "Constant date named",
    *(f"FactRef {scope} {type_}{end}" for scope in SCOPES for type_ in TYPES for end in ("", " optional")),
    *(f"VariableRef {scope} {type_}" for scope in SCOPES for type_ in TYPES),
    *(f"ParameterRef number {stated}" for stated in ("exact", "at least", "at most", "between", "not stated")),
    *(f"ParameterRef date {stated}" for stated in ("exact", "at least", "at most", "between", "not stated")),
    "ParameterRef choice reading",
    *(f"Logic {operator}" for operator in ("and", "or", "not")),
    *(f"Arithmetic {operator}" for operator in ARITHMETIC),
    *(f"Compare ordered {operator}" for operator in ORDER),
    *(f"Compare choice {operator}" for operator in ("=", "!=")),
    *(f"Round {way}{end}" for way in ("half_up", "half_even", "up", "down") for end in ("", " of a quotient")),
    *(f"Choose {type_}" for type_ in TYPES),
    *(f"Table {type_}{end}" for type_ in TYPES for end in ("", " with otherwise")),
    *(
        f"Aggregate {operator}{where}{others}"
        for operator in ("count", "sum", "any", "all", "max", "min")
        for where in ("", " where")
        for others in ("", " of others")
    ),
    *(f"Rank {order}{where}" for order in ("ascending", "descending") for where in ("", " where")),
    *(f"Rank by {key}" for key in ("date", "number")),
    *(
        f"Bands {way} {how}"
        for way in ("progressive", "lookup")
        for how in ("from", "over", "figure", "bound", "from no start")
    ),
    *(f"Cells by {keys}{end}" for keys in (1, 2) for end in ("", " with otherwise")),
    *(f"Elapsed {unit}" for unit in ("years", "months", "days")),
    *(f"DatePart {part}" for part in ("year", "month", "day")),
}


@pytest.fixture(scope="module")
def sample() -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(PROGRAMS):
        program = random_program(seeded(seed))
        for variable in program.variables:
            for node in ir.walk(variable.node):
                found.update(form(node, program))
    return found


def test_every_kind_of_node_is_made_in_all_its_forms(sample: Counter[str]) -> None:
    for name, number in sorted(sample.items()):
        print(f"{number:7,}  {name}")
    assert set(sample) >= WANTED
    assert set(sample) <= WANTED, "a form that nobody asked for"


def test_a_person_s_formula_refers_to_the_household_s_variables() -> None:
    found = 0
    for seed in range(PROGRAMS):
        for variable in random_program(seeded(seed)).variables:
            references = [node for node in ir.walk(variable.node) if isinstance(node, ir.VariableRef)]
            found += variable.scope == "person" and any(node.scope == "household" for node in references)
    assert found > 50
