"""Reforms change a pack by name; supplements fill in figures that its document leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from policyengine.authoring.pack import PolicyPack, declare
from policyengine.authoring.reader import Scalar, lies_inside, place_of, read_file, shown
from policyengine.authoring.schema import (
    BenefitShape,
    IndicatorShape,
    ParameterShape,
    ReadingShape,
    ReformShape,
    VariableShape,
)
from policyengine.authoring.shape import Shape
from policyengine.authoring.table_files import with_tables
from policyengine.authoring.validation import validated
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.text import Text, closest

S = TypeVar("S", bound=Shape)
NOT_STATED = ("not stated", "未载明")


def read_reform(pack: PolicyPack, name: str | Path) -> ReformShape:
    """One of the pack's reforms by id, or a reform from a file."""
    if str(name) in pack.reforms:
        return pack.reforms[str(name)]
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        documents = read_file(path, shown(path))
        return validated(ReformShape, documents[0] if documents else {}, shown(path))
    near = closest(str(name), pack.reforms)
    hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
    raise PolicyError([diagnostic("unknown-reform", name=str(name), hint=hint)])


def apply_reform(pack: PolicyPack, reform: ReformShape) -> PolicyPack:
    """The pack with the reform applied. Raises PolicyError for targets that aren't there, or if nothing changes."""
    found: list[Diagnostic] = []
    parameters = _changed(pack.parameters, reform.parameters, ParameterShape, pack, found)
    readings = _changed(pack.readings, reform.readings, ReadingShape, pack, found)
    variables = _changed(pack.variables, reform.variables, VariableShape, pack, found)
    benefits = _changed(pack.benefits, reform.benefits, BenefitShape, pack, found)
    indicators = _changed(pack.indicators, reform.indicators, IndicatorShape, pack, found)
    facts = dict(pack.facts)
    additions: tuple[tuple[dict[str, Any], Iterable[tuple[Scalar, Any]]], ...] = (
        (facts, reform.add.facts.items()),
        (parameters, reform.add.parameters.items()),
        (variables, reform.add.variables.items()),
        (indicators, reform.add.indicators.items()),
        (benefits, ((item.benefit, item) for item in reform.add.benefits)),
    )
    for section, added in additions:
        for key, item in added:
            declare(section, key, item, found)
    removals: tuple[tuple[dict[str, Any], tuple[Scalar, ...]], ...] = (
        (benefits, reform.remove.benefits),
        (indicators, reform.remove.indicators),
    )
    for section, removed in removals:
        for name in removed:
            target = _target(name, section, found)
            if target is not None:
                del section[target]
    parameters |= with_tables(_without_rows(parameters), _folder_of(reform, pack), found)
    if found:
        raise PolicyError(found)
    changed = replace(
        pack,
        facts=facts,
        parameters=parameters,
        readings=readings,
        variables=variables,
        benefits=benefits,
        indicators=indicators,
        inherited=frozenset(key for key in pack.inherited if variables.get(key) == pack.variables.get(key)),
    )
    if changed.digest == pack.digest:
        raise PolicyError([diagnostic("no-effect", place_of(reform.reform), name=str(reform.reform))])
    return changed


def _without_rows(parameters: Mapping[str, ParameterShape]) -> dict[str, ParameterShape]:
    """The tables that a reform takes from files."""
    return {key: item for key, item in parameters.items() if item.file is not None and item.cells is None}


def _folder_of(reform: ReformShape, pack: PolicyPack) -> Path:
    """Where the tables of a reform must lie: in the pack that ships it, otherwise beside its own file."""
    place = place_of(reform.reform)
    own = Path(place.file.name) if place is not None else Path()
    if pack.folder is not None and (place is None or lies_inside(own, pack.folder.resolve())):
        return pack.folder
    return own.parent


def _target(name: str, section: Mapping[str, Any], found: list[Diagnostic]) -> str | None:
    """The id that a name (id or label) stands for; an id goes before a label."""
    if name in section:
        return name
    labelled = [key for key, item in section.items() if name in (str(item.label.zh), str(item.label.en))]
    if len(labelled) > 1:
        ids = ", ".join(f"`{key}`" for key in labelled)
        found.append(diagnostic("ambiguous-name", place_of(name), name=str(name), ids=ids))
        return None
    if labelled:
        return labelled[0]
    near = closest(name, section)
    hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
    found.append(diagnostic("no-target", place_of(name), name=str(name), hint=hint))
    return None


def _changed(
    section: Mapping[str, S],
    changes: Mapping[Any, Mapping[str, Any]],
    shape: type[S],
    pack: PolicyPack,
    found: list[Diagnostic],
) -> dict[str, S]:
    """A section with some of its items changed key by key; dated values are merged, so old dates stay."""
    result = dict(section)
    for name, change in changes.items():
        key = _target(name, section, found)
        if key is None:
            continue
        item = result[key]
        content: dict[str, Any] = {
            (field.alias or field_name): getattr(item, field_name)
            for field_name, field in shape.model_fields.items()
            if field_name in item.model_fields_set
        }
        if "file" in change:  # the rows of the file that it replaces
            content.pop("cells", None)
        if "cells" in change:
            content.pop("file", None)
        for change_key, value in change.items():
            before = content.get(change_key)
            if change_key in ("values", "bands") and isinstance(before, Mapping):
                after = value if isinstance(value, Mapping) else {Scalar.at("always", None): value}
                if "always" in after or (set(before) == {"always"} and before.get(Scalar("always")) == "not stated"):
                    before = {}
                content[change_key] = {**before, **after}
            else:
                content[change_key] = value
        try:
            result[key] = validated(shape, content, str(name))
        except PolicyError as error:
            found.extend(
                replace(item_, place=item_.place if item_.place and item_.place.file.text.strip() else place_of(name))
                for item_ in error.diagnostics
            )
    return result


def apply_supplement(pack: PolicyPack, name: str, grades: str = "AB") -> PolicyPack:
    """The pack with the published figures of a supplement in place of what its document doesn't state."""
    if name not in pack.supplements:
        near = closest(name, pack.supplements)
        hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
        raise PolicyError([diagnostic("unknown-supplement", name=name, hint=hint)])
    supplement = pack.supplements[name]
    found: list[Diagnostic] = []
    parameters = dict(pack.parameters)
    for given, figure in supplement.figures.items():
        key = _target(given, pack.parameters, found)
        if key is None:
            continue
        if figure.grade not in grades:
            allowed = "ABC"[: "ABC".index(figure.grade) + 1]
            found.append(diagnostic("grade-c", place_of(given), name=name, grade=figure.grade, allowed=allowed))
            continue
        parameter = pack.parameters[key]
        note = Scalar.at(f"{supplement.label.zh}（{figure.grade} 级：{figure.source}）", None)
        filled = _filled(parameter, figure.values, note)
        if parameter.supplement is None and not (_leaves_open(parameter) and filled.supplement):
            found.append(diagnostic("stated-figure", place_of(given), name=str(given)))
            continue
        parameters[key] = filled
    if found:
        raise PolicyError(found)
    return replace(pack, parameters=parameters)


def _leaves_open(parameter: ParameterShape) -> bool:
    """Does the document name the quantity without a figure, from some day on at least?"""
    return not set(map(str, (parameter.values or {}).values())).isdisjoint(NOT_STATED)


def _filled(parameter: ParameterShape, figures: Mapping[Scalar, Scalar], note: Scalar) -> ParameterShape:
    """The parameter with published figures wherever nothing is stated yet: of two supplements the first goes before."""
    before, notes = parameter.values or {}, parameter.supplement or {}
    values: dict[Scalar, Scalar] = {}
    origins: dict[Scalar, Scalar] = {}
    for when in sorted({*before, *figures}, key=_start):
        standing, since = _in_force(before, when)
        if standing is not None and standing not in NOT_STATED:
            values[when] = standing
            if since in notes:
                origins[when] = notes[since]
        else:
            published, _ = _in_force(figures, when)
            if published is None and not values:
                continue  # before the first date nothing is stated anyway
            values[when] = Scalar.at(NOT_STATED[0], place_of(when)) if published is None else published
            origins[when] = note
    return parameter.model_copy(update={"values": values, "supplement": origins})


def _in_force(dated: Mapping[Scalar, Scalar], when: Scalar) -> tuple[Scalar | None, Scalar | None]:
    """What holds on a day, and the day from which it does."""
    begun = [start for start in dated if _start(start) <= _start(when)]
    since = max(begun, key=_start, default=None)
    return (None, None) if since is None else (dated[since], since)


def _start(when: Scalar) -> tuple[bool, str]:
    """Days in order: `always` is before all; days that are none are told when the pack is compiled."""
    return when != "always", str(when)
