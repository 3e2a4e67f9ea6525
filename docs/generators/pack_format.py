"""The page of every key in every file of a pack, from the shapes that files are checked against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types
from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

from policyengine.authoring import scenario_schema, scenario_words, schema
from policyengine.authoring.shape import Citations, Day, Figure, Flag, Formula, Id, Label, Shape

# file, what stands in it, the shape of one item
FILES: tuple[tuple[str, str, type[Shape]], ...] = (
    ("pack.yaml", "one pack", schema.PackShape),
    ("provisions.yaml, provisions/\\*.yaml", "clauses by id", schema.ProvisionShape),
    ("facts.yaml, facts/\\*.yaml", "facts by id", schema.FactShape),
    ("parameters.yaml, parameters/\\*.yaml", "parameters by id", schema.ParameterShape),
    ("readings.yaml, readings/\\*.yaml", "readings by id", schema.ReadingShape),
    ("variables.yaml, variables/\\*.yaml", "variables by id", schema.VariableShape),
    ("benefits.yaml, benefits/\\*.yaml", "benefits, divided by `---`", schema.BenefitShape),
    ("indicators.yaml, indicators/\\*.yaml", "indicators by id", schema.IndicatorShape),
    ("families.yaml", "families of benefits by id", schema.FamilyShape),
    ("between.yaml", "what holds between benefits", schema.BetweenShape),
    ("supplements/\\*.yaml", "supplements, divided by `---`", schema.SupplementShape),
    ("reforms/\\*.yaml", "reforms, divided by `---`", schema.ReformShape),
    ("scenarios.yaml, scenarios/\\*.yaml", "scenarios", scenario_schema.ScenariosShape),
    ("properties.yaml, properties/\\*.yaml", "properties", scenario_schema.PropertyShape),
)
SCALARS = {Id: "id or label", Formula: "formula", Figure: "figure", Day: "date"}

# what a key means, where the shape itself doesn't say: for one shape, or wherever it stands
MEANINGS = {
    "PackShape.pack": "the pack's id",
    "PackShape.term": "the first and last day of the plan; decisions on other days are refused unless asked for",
    "PackShape.uses": "packs whose facts and variables this one takes over",
    "PackShape.document": "the document that the pack encodes",
    "TermShape.from": "the first day",
    "TermShape.to": "the last day",
    "DocumentShape.title": "the document's own title",
    "DocumentShape.number": "its number",
    "DocumentShape.issued": "when it was issued",
    "DocumentShape.issuer": "who issued it",
    "DocumentShape.length": "how many characters it has, white space removed",
    "DocumentShape.sha256": "the SHA-256 of those characters in UTF-8",
    "ProvisionShape.place": "where it stands in the document",
    "ProvisionShape.class": "what the clause is about",
    "ProvisionShape.says": "what it says, in the pack's own words",
    "ProvisionShape.figures": "the figures in it, as the clause writes them",
    "ProvisionShape.passage": "where its words stand in the document, without quoting them",
    "ProvisionShape.not_encoded": "why nothing encodes it",
    "PassageShape.length": "how many characters, white space removed",
    "PassageShape.sha256": "the SHA-256 of those characters in UTF-8",
    "FactShape.type": "what kind of value it has",
    "FactShape.range": "what it can be; what lies outside is refused",
    "FactShape.options": "the options of a choice, by id",
    "FactShape.optional": "may the fact be stated as absent (`none`)?",
    "Range.from": "the lower end; open without it",
    "Range.to": "the upper end; open without it",
    "FactShape.total": "how an area's figure follows from its households, see [totals](../areas.md)",
    "ScenarioShape.grades": "the grades of supplement figures that are allowed: `A`, `AB` or `ABC`",
    "TotalShape.of": "what is counted, or over what is summed",
    "TotalShape.where": "a condition of the household or person: only these count",
    "TotalShape.sum": "a number of the household or person: added up instead of counted",
    "BandShape.from": "where the band begins, this figure included",
    "BandShape.over": "where the band begins, this figure not included",
    "BandShape.value": "the figure in the band",
    "ParameterShape.values": "the figure in force from each date",
    "ParameterShape.bands": "a scale: bands by one number, in force from each date",
    "ParameterShape.argument": "the unit of the number by which `bands` are chosen",
    "ParameterShape.keys": "the choices by which a table is looked up",
    "ParameterShape.file": "a CSV file of the table in the same folder: the keys, `value`, and perhaps `from`",
    "ParameterShape.otherwise": "the figure of combinations that have no row",
    "ParameterShape.range": "what a caller may supply",
    "ParameterShape.needs": "which office or paper has the missing figure",
    "ReadingShape.question": "what the document leaves open",
    "ReadingShape.options": "the interpretations, by id",
    "ReadingShape.default": "the interpretation that is taken where the caller says nothing",
    "ReadingShape.why": "why that one",
    "RoundingShape.to": "the step",
    "RoundingShape.direction": "which way halves and the rest go",
    "RowShape.when": "the condition of the row",
    "RowShape.then": "what holds if it is the first true one, or the only one",
    "TableShape.hit": "`first`: the first true row counts; `unique`: rows must provably exclude each other",
    "TableShape.rows": "the rows",
    "TableShape.otherwise": "what holds if no row is true; may be left out only if the rows provably cover everything",
    "VariableShape.options": "the options of a choice, by id",
    "VariableShape.table": "a decision table, instead of a formula",
    "VariableShape.formula": "what it is",
    "ItemsShape.list": "what is given in kind, waived, or served",
    "ItemsShape.open": "does the document's list end in 等?",
    "BenefitShape.benefit": "the benefit's id",
    "BenefitShape.kind": "what kind of benefit it is",
    "BenefitShape.eligible": "the condition",
    "BenefitShape.amount": "how much; or `by:` a choice, and one formula for each of its options",
    "BenefitShape.period": "for which period the amount is; left out: no amount is due, or no period is stated",
    "BenefitShape.payer": "who pays",
    "BenefitShape.items": "what is given in kind, waived, or served",
    "BenefitShape.variables": "variables, visible in the whole pack",
    "IndicatorShape.applies": "where it is false the indicator is *not applicable*",
    "IndicatorShape.met": "the condition, instead of the next three",
    "IndicatorShape.measure": "the number that is compared",
    "IndicatorShape.must": "how it must compare with the target",
    "IndicatorShape.target": "what it is compared with",
    "ExclusionShape.benefits": "of which only one is granted",
    "ExclusionShape.rule": "which one: the `larger`, the `first` in the list, or the applicant's `choice`",
    "CeilingShape.benefits": "which share the ceiling; the first in the list is served first",
    "CeilingShape.ceiling": "the most that all of them together come to",
    "PayersShape.base": "what there is to pay",
    "PayersShape.order": "who pays, one after the other",
    "PayerStepShape.id": "the id of the variable that says what it pays; what is left is `after_<id>`",
    "PayerStepShape.pays": "what it pays; `remaining` is what the earlier ones left",
    "PayerStepShape.benefit": "a benefit that pays, instead of `pays`",
    "BetweenShape.exclusions": "benefits that exclude each other",
    "BetweenShape.ceilings": "ceilings that benefits share",
    "BetweenShape.payers": "orders of payers",
    "SupplementShape.supplement": "the supplement's id",
    "SupplementShape.figures": "figures by parameter",
    "SupplementFigure.values": "the figure in force from each date",
    "SupplementFigure.source": "where it was published",
    "SupplementFigure.grade": "how good the source is; C is refused unless asked for",
    "SupplementFigure.published": "when it was published",
    "ReformShape.reform": "the reform's id",
    "ReformShape.why": "why it is proposed",
    "ReformShape.add": "what is new",
    "ReformShape.remove": "what is taken away",
    "ReformShape.parameters": "what changes, key by key; dated values are merged",
    "ReformShape.readings": "what changes, key by key",
    "ReformShape.variables": "what changes, key by key",
    "ReformShape.benefits": "what changes, key by key",
    "ReformShape.indicators": "what changes, key by key",
    "RemovalsShape.benefits": "benefits by id or label",
    "RemovalsShape.indicators": "indicators by id or label",
    "ScenarioShape.name": "what the scenario is called",
    "ScenarioShape.on": "the date of the decision",
    "ScenarioShape.parameters": "figures that the caller sets",
    "ScenarioShape.readings": "readings that the caller sets",
    "ScenarioShape.supplements": "supplements to fill in",
    "ScenarioShape.reforms": "reforms to apply",
    "ScenarioShape.household": "facts by id or label, and `members`",
    "ScenarioShape.area": "facts of the area by id or label",
    "ScenarioShape.beyond_term": "decide outside the plan's term",
    "ScenarioShape.to_confirm": "its expectations were generated and nobody has confirmed them yet",
    "ScenarioShape.expect": "results by member's id, `household` or `area`; `missing`, `not missing`, `explains`, `assumes`",
    "ScenariosShape.scenarios": "the scenarios",
    "PropertyShape.given": "the property speaks only of those for whom this holds",
    "PropertyShape.always": "a condition that holds for everyone",
    "PropertyShape.more": "a fact: a number that grows, or a condition that becomes true, all else the same",
    "PropertyShape.by": "by how much it grows; anything if left out",
    "PropertyShape.of": "what is then compared",
    "PropertyShape.raises_at_most": "by how much that may rise; 0 means never",
    "PropertyShape.lowers_at_most": "by how much that may fall; 0 means never",
    "PropertyShape.holds": "false for what the plan itself breaks",
    "PropertyShape.why": "why it doesn't hold",
    "Label.zh": "in Chinese",
    "Label.en": "in English",
    "for": "whose it is",
    "label": "what it is called",
    "unit": "its unit",
    "places": "how many decimals it keeps; money has 2, a ratio 4, a count 0",
    "definition": "what exactly is meant",
    "note": "a remark for the reader",
    "provision": "the clause it rests on",
    "provisions": "the clauses it rests on",
    "rounding": "how it is rounded",
    "facts": "facts by id",
    "parameters": "parameters by id",
    "variables": "variables by id",
    "benefits": "benefits",
    "indicators": "indicators by id",
}
INTRODUCTION = """\
<!-- Written by docs/generate.py (`make docs`) from src/policyengine/authoring/schema.py. -->

# Every key of every file

[The pack format](../pack-format.md) explains what the keys do together; this page lists them all. A key that isn't listed
is refused. A *figure* is exact (`1.5万元`, `75%`, `60岁`), `at least …`, `at most …`, `between … and …` or `not stated`.

| file | what stands in it | one of them |
| --- | --- | --- |"""


def page() -> str:
    lines = [INTRODUCTION]
    lines += [f"| {name} | {what} | {_link(shape)} |" for name, what, shape in FILES]
    for shape in _reachable():
        about = (shape.__doc__ or "").split("\n")[0] if "__doc__" in vars(shape) and shape.__doc__ else ""
        lines += ["", f"## {_title(shape)}", "", *([about, ""] if about and shape is not schema.PackShape else [])]
        lines += ["| key | what stands there | required | meaning |", "| --- | --- | --- | --- |", *_rows(shape)]
    return "\n".join(lines) + "\n"


def _reachable() -> list[type[Shape]]:
    """The shapes of all files, each followed by those it is made of."""
    found: list[type[Shape]] = []
    waiting = [shape for *_, shape in FILES]
    while waiting:
        shape = waiting.pop(0)
        if shape not in found:
            found.append(shape)
            below = [part for hint in _hints(shape).values() for part in _shapes(hint)]
            waiting = [part for part in below if part not in found] + waiting
    return [*(shape for shape in found if shape is not Label), Label]


def _hints(shape: type[Shape]) -> dict[str, Any]:
    return {
        name: hint for name, hint in get_type_hints(shape, include_extras=True).items() if name in shape.model_fields
    }


def _shapes(hint: Any) -> Iterator[type[Shape]]:
    if isinstance(hint, type) and issubclass(hint, Shape):
        yield hint
    for part in get_args(hint):
        yield from _shapes(part)


def _title(shape: type[Shape]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", shape.__name__.removesuffix("Shape")).lower()


CHINESE: dict[type[Shape], dict[str, str]] = {
    scenario_schema.ScenariosShape: scenario_words.FILE,
    scenario_schema.ScenarioShape: scenario_words.SCENARIO,
}


def _link(shape: type[Shape]) -> str:
    return f"[{_title(shape)}](#{_title(shape).replace(' ', '-')})"


def _rows(shape: type[Shape]) -> Iterator[str]:
    for name, hint in _hints(shape).items():
        field = shape.model_fields[name]
        key = field.alias or name
        meaning = meaning_of(shape, key, field)
        spelt = "".join(f", {word}" for word, english in CHINESE.get(shape, {}).items() if english == key)
        yield f"| `{key}`{spelt} | {_written(hint)}{_limits(field)} | {'yes' if field.is_required() else ''} | {meaning} |"


def meaning_of(shape: type[Shape], key: str, field: FieldInfo) -> str:
    """What a key means; a description in the shape itself comes first, unless it only says what kind of scalar it is."""
    kinds = {part.description for hint in SCALARS for part in get_args(hint) if isinstance(part, FieldInfo)}
    own = field.description if field.description not in kinds else None
    return own or MEANINGS.get(f"{shape.__name__}.{key}") or MEANINGS[key]


def _limits(field: FieldInfo) -> str:
    low = next((part.ge for part in field.metadata if isinstance(part, annotated_types.Ge)), None)
    high = next((part.le for part in field.metadata if isinstance(part, annotated_types.Le)), None)
    least = next((part.min_length for part in field.metadata if isinstance(part, annotated_types.MinLen)), None)
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", at least {least}" if least is not None else ""


def _written(hint: Any) -> str:
    """What may stand at a key, in words."""
    if hint in SCALARS:
        return SCALARS[hint]
    if hint is Label:
        return "label"
    if hint == Citations:
        return "clause id, or a list of them"
    if hint == Flag:
        return f"{_written(bool)} (是, 否)"
    if hint is schema.Range:
        return f"{_link(schema.Range)}, or `[from, to]`"
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if any(isinstance(part, BeforeValidator) for part in parts[1:]):
            dated = next(part for part in (parts[0], *get_args(parts[0])) if get_origin(part) is dict)
            return f"{_written(get_args(dated)[1])} by date, or one without a date"
        return _written(parts[0])
    if origin in (Union, UnionType):
        return " or ".join(_written(part) for part in parts if part is not NoneType)
    if origin is Literal:
        return " · ".join(f"`{part}`" for part in parts)
    if origin is tuple:
        return f"list of {_written(parts[0])}"
    if origin is dict:
        return "keys and values" if parts[1] is Any else f"{_written(parts[1])} by key"
    if isinstance(hint, type) and issubclass(hint, Shape):
        return _link(hint)
    return {bool: "`true` or `false`", int: "whole number"}.get(hint, "text")
