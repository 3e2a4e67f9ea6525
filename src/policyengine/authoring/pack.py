"""A policy pack as it was written: every section, checked for shape, merged with the packs it uses."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from policyengine.authoring.reader import LARGEST_FILE, Mapping, Scalar, place_at, place_of, read_file
from policyengine.authoring.schema import (
    BenefitShape,
    BetweenShape,
    CeilingShape,
    ExclusionShape,
    FactShape,
    FamilyShape,
    IndicatorShape,
    PackShape,
    ParameterShape,
    PayersShape,
    ProvisionShape,
    ReadingShape,
    ReformShape,
    ScenarioShape,
    ScenariosShape,
    Shape,
    SupplementShape,
    VariableShape,
)
from policyengine.errors import Diagnostic, PolicyError, diagnostic
from policyengine.source import Source, SourceFile
from policyengine.text import Text, closest

T = TypeVar("T")

# where each section of a pack may stand: the name of a file, or of a folder of files
SECTIONS: dict[str, type[Any]] = {
    "facts": FactShape,
    "parameters": ParameterShape,
    "readings": ReadingShape,
    "variables": VariableShape,
    "indicators": IndicatorShape,
    "families": FamilyShape,
    "provisions": ProvisionShape,
}
DOCUMENTS: dict[str, type[Any]] = {
    "benefits": BenefitShape,
    "supplements": SupplementShape,
    "reforms": ReformShape,
}
TAKEN_OVER = ("facts", "variables", "families")  # from the packs in `uses`
_IDS = {"benefits": "benefit", "supplements": "supplement", "reforms": "reform"}
LARGEST_TABLE = 20_000  # rows


@dataclass(frozen=True)
class PolicyPack:
    """A pack's sections by id. `inherited` are the facts and variables taken over from the packs in `uses`."""

    shape: PackShape
    facts: dict[str, FactShape] = field(default_factory=dict)
    parameters: dict[str, ParameterShape] = field(default_factory=dict)
    readings: dict[str, ReadingShape] = field(default_factory=dict)
    variables: dict[str, VariableShape] = field(default_factory=dict)
    families: dict[str, FamilyShape] = field(default_factory=dict)
    benefits: dict[str, BenefitShape] = field(default_factory=dict)
    indicators: dict[str, IndicatorShape] = field(default_factory=dict)
    exclusions: dict[str, ExclusionShape] = field(default_factory=dict)
    ceilings: dict[str, CeilingShape] = field(default_factory=dict)
    payers: dict[str, PayersShape] = field(default_factory=dict)
    provisions: dict[str, ProvisionShape] = field(default_factory=dict)
    supplements: dict[str, SupplementShape] = field(default_factory=dict)
    reforms: dict[str, ReformShape] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    inherited_families: frozenset[str] = frozenset()
    folder: Path | None = field(default=None, compare=False)
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)

    @property
    def id(self) -> str:
        return str(self.shape.pack)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the pack says: independent of files, order of keys, comments and white space."""
        return hashlib.sha256(canonical_json(pack_content(self))).hexdigest()

    def scenarios(self) -> list[ScenarioShape]:
        """The scenarios beside the pack, in order of file name. They aren't part of what the pack says."""
        if self.folder is None:
            return []
        found: list[ScenarioShape] = []
        for path in _files(self.folder, "scenarios"):
            for document in read_file(path, shown(path)):
                found += validated(ScenariosShape, document, shown(path)).scenarios
        return found


def pack_content(pack: PolicyPack) -> dict[str, Any]:
    """Everything a pack says, as plain values."""
    content: dict[str, Any] = {"pack": _dump(pack.shape)}
    for section in fields(pack):
        if section.name not in ("shape", "inherited", "inherited_families", "folder", "warnings"):
            content[section.name] = {key: _dump(item) for key, item in getattr(pack, section.name).items()}
    content["inherited"] = sorted(pack.inherited)
    return content


def _dump(shape: Shape) -> Any:
    return shape.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def canonical_json(value: Any) -> bytes:
    """One spelling for one value: sorted keys, no white space, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def shown(path: Path) -> str:
    """How messages call a file: relative to where the user stands, if it lies below."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def validated(shape: type[T], document: Any, name: str) -> T:
    """A document in its shape, or PolicyError with a place for everything that doesn't fit."""
    try:
        valid: T = _adapter(shape).validate_python(document)
        return valid
    except ValidationError as error:
        raise PolicyError(list(_shape_errors(error, document, name))) from None


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(shape: Any) -> TypeAdapter[Any]:
    if shape not in _ADAPTERS:
        _ADAPTERS[shape] = TypeAdapter(shape)
    return _ADAPTERS[shape]


def _shape_errors(error: ValidationError, document: Any, name: str) -> Iterable[Diagnostic]:
    for item in error.errors(include_url=False):
        path = tuple(step for step in item["loc"] if step != "[key]")
        place = place_at(document, path) or Source(SourceFile(name, " "), 0)
        last = str(path[-1]) if path else ""
        kind = item["type"]
        if kind == "extra_forbidden":
            key = _key_place(document, path)
            known = _known_keys(document, path, error)
            near = closest(last, [name for name in known if name != last])
            hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
            yield diagnostic("unknown-key", key or place, key=last, hint=hint)
        elif kind == "missing":
            yield diagnostic("missing-key", place, key=last)
        elif kind in ("literal_error", "enum"):
            yield diagnostic(
                "not-one-of",
                place,
                found=str(item["input"])[:60],
                expected=str(item["ctx"]["expected"]).replace("'", "`"),
            )
        elif kind == "value_error":
            reason = str(item["ctx"]["error"])
            yield diagnostic("wrong-shape", place, key=last or name, expected=reason)
        else:
            yield diagnostic("wrong-shape", place, key=last or name, expected=_expected(kind, item))


def _expected(kind: str, item: Any) -> str | Text:
    match kind:
        case "model_type" | "dict_type" | "model_attributes_type":
            return Text("应为键和值（映射）", "a mapping (keys and values) is expected")
        case "tuple_type" | "list_type":
            return Text("应为列表", "a list is expected")
        case "bool_parsing" | "bool_type":
            return Text("应为 true 或 false", "`true` or `false` is expected")
        case "int_parsing" | "int_type":
            return Text("应为整数", "a whole number is expected")
        case "too_short":
            return Text("项数太少", "there are too few items")
        case _:
            return str(item["msg"])


def _key_place(document: Any, path: tuple[str | int, ...]) -> Source | None:
    current = document
    for step in path[:-1]:
        if isinstance(current, dict | list):
            try:
                current = current[step]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                return None
    if isinstance(current, dict):
        return next((place_of(key) for key in current if key == path[-1]), None)
    return None


def _known_keys(document: Any, path: tuple[str | int, ...], error: ValidationError) -> list[str]:
    """The keys of every shape: enough for a suggestion."""
    names: set[str] = set()
    for shape in _all_shapes(Shape):
        for key, item in shape.model_fields.items():
            names.add(item.alias or key)
    return sorted(names)


def _all_shapes(shape: type[Shape]) -> list[type[Shape]]:
    return [below for child in shape.__subclasses__() for below in [child, *_all_shapes(child)]]


def _files(folder: Path, section: str) -> list[Path]:
    single = folder / f"{section}.yaml"
    return ([single] if single.exists() else []) + sorted((folder / section).glob("*.yaml"))


def read_folder(folder: Path, find: Callable[[str], Path | None]) -> PolicyPack:
    """Read a pack; `find` gives the folder of a pack named in `uses`. Raises PolicyError with all that is wrong."""
    return _read(folder, find, ())


def _read(folder: Path, find: Callable[[str], Path | None], above: tuple[str, ...]) -> PolicyPack:
    found: list[Diagnostic] = []
    if not (folder / "pack.yaml").is_file():
        raise PolicyError([diagnostic("no-pack", path=shown(folder))])
    root = folder.resolve()
    sections: dict[str, dict[str, Any]] = {name: {} for name in (*SECTIONS, *DOCUMENTS)}

    def documents(path: Path) -> list[Any]:
        if not path.resolve().is_relative_to(root):
            found.append(diagnostic("leaves-pack", path=shown(path), file=path.name))
            return []
        try:
            return [document for document in read_file(path, shown(path)) if document]
        except PolicyError as error:
            found.extend(error.diagnostics)
            return []

    def valid(shape: Any, document: Any, path: Path) -> Any:
        try:
            return validated(shape, document, shown(path))
        except PolicyError as error:
            found.extend(error.diagnostics)
            return None

    shape: PackShape | None = None
    for document in documents(folder / "pack.yaml")[:1]:
        shape = valid(PackShape, document, folder / "pack.yaml")
    for name, item_shape in SECTIONS.items():
        for path in _files(folder, name):
            for document in documents(path):
                if not isinstance(document, Mapping):
                    expected = Text("应为键和值（映射）", "a mapping (keys and values) is expected")
                    found.append(diagnostic("wrong-shape", place_of(document), key=path.name, expected=expected))
                    continue
                items = valid(dict[Scalar, item_shape], document, path)  # type: ignore[valid-type]
                for key, item in (items or {}).items():
                    declare(sections[name], key, item, found)
    for name, item_shape in DOCUMENTS.items():
        for path in _files(folder, name):
            for document in documents(path):
                item = valid(item_shape, document, path)
                if item is not None:
                    declare(sections[name], getattr(item, _IDS[name]), item, found)
    between = BetweenShape()
    for document in documents(folder / "between.yaml") if (folder / "between.yaml").exists() else []:
        between = valid(BetweenShape, document, folder / "between.yaml") or between
    for key, parameter in sections["parameters"].items():
        if parameter.file is not None:
            sections["parameters"][key] = _with_table(parameter, root, found)
    found += _stray_files(folder)
    base = PolicyPack(PackShape.model_validate({"pack": "none", "label": ""}))
    for name in shape.uses if shape else ():
        other = find(str(name))
        if other is None:
            found.append(diagnostic("unknown-pack", name.place, name=str(name)))
        elif str(name) in above:
            found.append(diagnostic("cycle", name.place, path=" → ".join((*above, str(name)))))
        else:
            try:
                used = _read(other, find, (*above, str(name)))
                base = replace(base, **{name: getattr(base, name) | getattr(used, name) for name in TAKEN_OVER})
            except PolicyError as error:
                found.extend(error.diagnostics)
    if shape is None or any(item.is_error for item in found):
        raise PolicyError(found)
    inherited = {*base.facts, *base.variables} - {*sections["facts"], *sections["variables"]}
    return PolicyPack(
        shape,
        **{name: {**getattr(base, name), **items} for name, items in sections.items()},
        exclusions={str(key): item for key, item in between.exclusions.items()},
        ceilings={str(key): item for key, item in between.ceilings.items()},
        payers={str(key): item for key, item in between.payers.items()},
        inherited=frozenset(inherited),
        inherited_families=frozenset(base.families.keys() - sections["families"].keys()),
        folder=folder,
        warnings=tuple(found),
    )


def declare(section: dict[str, Any], key: Scalar, item: Any, found: list[Diagnostic]) -> None:
    """Put an item into a section, unless its id stands there already or isn't one."""
    if key in section:
        first = next(known for known in section if known == key)
        found.append(diagnostic("duplicate-id", place_of(key), id=str(key), first=str(place_of(first))))
    elif not (key.isascii() and key.replace("_", "a").replace("-", "a").isalnum() and not key[0].isdigit()):
        found.append(diagnostic("bad-id", place_of(key), id=str(key)[:60]))
    section[key] = item


def _with_table(parameter: ParameterShape, root: Path, found: list[Diagnostic]) -> ParameterShape:
    """The parameter with the rows of its CSV file, which must lie inside the pack."""
    assert parameter.file is not None
    place, name = parameter.file.place, str(parameter.file)
    beside = (Path(place.file.name).parent if place else root) / name
    inside = beside.resolve()
    if Path(name).is_absolute() or ".." in Path(name).parts or not inside.is_relative_to(root):
        found.append(diagnostic("leaves-pack", place, file=name))
        return parameter
    try:
        if inside.stat().st_size > LARGEST_FILE:
            found.append(diagnostic("file-too-large", place, limit=f"{LARGEST_FILE:,}"))
            return parameter
        text = inside.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        found.append(diagnostic("unreadable-file", place, reason=name))
        return parameter
    file, rows, start = SourceFile(shown(beside), text), [], 0
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if number > LARGEST_TABLE:
            found.append(diagnostic("file-too-large", place, limit=f"{LARGEST_TABLE:,}"))
            break
        try:
            parts = next(csv.reader(io.StringIO(line.rstrip("\r\n"))), [])
        except csv.Error:
            parts = [line.strip()]
        if any(part.strip() for part in parts):
            where = Source(file, start, max(1, len(line.rstrip())))
            rows.append(tuple(Scalar.at(part.strip(), where) for part in parts))
        start += len(line)
    return parameter.model_copy(update={"cells": tuple(rows)})


_KNOWN = {"pack.yaml", "between.yaml", *(f"{name}.yaml" for name in (*SECTIONS, *DOCUMENTS, "scenarios"))}
_KNOWN_FOLDERS = {*SECTIONS, *DOCUMENTS, "scenarios"}


def _stray_files(folder: Path) -> list[Diagnostic]:
    """YAML that nothing reads: a misspelt name would silently lose rules."""
    found = []
    for path in sorted(folder.iterdir()):
        known = _KNOWN_FOLDERS if path.is_dir() else _KNOWN
        if path.name.startswith(".") or path.name in known or (path.is_file() and path.suffix not in (".yaml", ".yml")):
            continue
        near = closest(path.name, known)
        hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
        found.append(diagnostic("stray-file", path=shown(path), file=path.name, hint=hint))
    return found
