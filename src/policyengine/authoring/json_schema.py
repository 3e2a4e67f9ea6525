"""JSON Schemas for editors: one for each kind of file in a pack."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import TypeAdapter

from policyengine.authoring import scenario_words
from policyengine.authoring.reader import Scalar
from policyengine.authoring.scenario_schema import PropertyShape, ScenariosShape
from policyengine.authoring.schema import (
    BenefitShape,
    BetweenShape,
    FactShape,
    FamilyShape,
    IndicatorShape,
    PackShape,
    ParameterShape,
    ProvisionShape,
    ReadingShape,
    ReformShape,
    SupplementShape,
    VariableShape,
)

KINDS: dict[str, Any] = {
    "pack": PackShape,
    "facts": dict[Scalar, FactShape],
    "parameters": dict[Scalar, ParameterShape],
    "readings": dict[Scalar, ReadingShape],
    "variables": dict[Scalar, VariableShape],
    "benefit": BenefitShape,
    "indicators": dict[Scalar, IndicatorShape],
    "families": dict[Scalar, FamilyShape],
    "between": BetweenShape,
    "provisions": dict[Scalar, ProvisionShape],
    "supplement": SupplementShape,
    "reform": ReformShape,
    "scenarios": ScenariosShape,
    "properties": dict[Scalar, PropertyShape],
}

_VALUE: dict[str, Any] = {"type": ["string", "number", "boolean", "null", "array"]}
HOUSEHOLD: dict[str, Any] = {
    "title": "household",
    "description": "Facts by id or label; what is left out is unknown.",
    "type": "object",
    "required": ["members"],
    "properties": {
        "household": {"type": "string", "description": "what the household is called"},
        "area": {"type": "object", "additionalProperties": _VALUE},
        "members": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": ["string", "integer"]}, "name": {"type": "string"}},
                "additionalProperties": _VALUE,
            },
        },
    },
    "additionalProperties": _VALUE,
}


def _also_in_chinese(schema: dict[str, Any], words: dict[str, str]) -> None:
    """Each key may be written in Chinese; one that is required, in either language."""
    properties = schema["properties"]
    spelt = {name: [name, *(word for word, english in words.items() if english == name)] for name in properties}
    schema["properties"] = {word: properties[name] for name, every in spelt.items() for word in every}
    required = schema.pop("required")
    schema["allOf"] = [{"anyOf": [{"required": [word]} for word in spelt[name]]} for name in required]


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by name."""
    found = {}
    for name, shape in KINDS.items():
        schema = TypeAdapter(shape).json_schema(by_alias=True, mode="validation")
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = name
        found[name] = schema
    _also_in_chinese(found["scenarios"], scenario_words.FILE)
    _also_in_chinese(found["scenarios"]["$defs"]["ScenarioShape"], scenario_words.SCENARIO)
    household = deepcopy(HOUSEHOLD)
    _also_in_chinese(household["properties"]["members"]["items"], scenario_words.MEMBER)
    _also_in_chinese(household, scenario_words.HOUSEHOLD)
    area = {"title": "area", "type": "object", "additionalProperties": _VALUE}
    return {
        **found,
        "household": {"$schema": "https://json-schema.org/draft/2020-12/schema", **household},
        "area": area,
    }
