"""A policy pack as it was written: every section, checked for shape, merged with the packs it uses."""

from __future__ import annotations

import collections.abc
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from policyengine.authoring.reader import Mapping, Scalar, lies_inside, place_of, read_file, shown
from policyengine.authoring.scenario_words import in_english
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
    SupplementShape,
    VariableShape,
)
from policyengine.authoring.shape import Shape
from policyengine.authoring.slips import hint_of
from policyengine.authoring.table_files import with_tables
from policyengine.authoring.validation import validated
from policyengine.errors import Diagnostic, PolicyError, diagnostic, require_no_errors
from policyengine.text import Text, closest

if TYPE_CHECKING:  # loading a pack doesn't read what it is tried with
    from policyengine.authoring.scenario_schema import PropertyShape, ScenarioShape

S = TypeVar("S", bound=Shape)

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
MOST_USES = 20  # packs that use each other in a row


class Ledger(collections.abc.Mapping[str, ProvisionShape]):
    """The clauses of a pack by id, read when something first asks for them: nothing is decided from them.

    Raises PolicyError then, with all that is wrong in their files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _clauses(self) -> dict[str, ProvisionShape]:
        files = _Files(self._folder)
        found = files.section("provisions", ProvisionShape)
        require_no_errors(files.found)
        return found

    def __getitem__(self, key: str) -> ProvisionShape:
        return self._clauses[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clauses)

    def __len__(self) -> int:
        return len(self._clauses)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, collections.abc.Mapping) and self._clauses == dict(other)

    __hash__ = None  # type: ignore[assignment]


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
    provisions: collections.abc.Mapping[str, ProvisionShape] = field(default_factory=dict)
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

    def scenario_files(self) -> list[Path]:
        """The files with the scenarios beside the pack, in order."""
        return [] if self.folder is None else _Files(self.folder).of("scenarios")

    def scenarios(self, *paths: Path) -> list[ScenarioShape]:
        """The scenarios of some files beside the pack, or of all. They aren't part of what the pack says.

        Raises PolicyError with all that is wrong in these files.
        """
        if self.folder is None:
            return []
        from policyengine.authoring.scenario_schema import ScenariosShape

        files, found = _Files(self.folder), list["ScenarioShape"]()
        for path in paths or files.of("scenarios"):
            for document in filter(None, files.documents(path)):
                shape = files.valid(ScenariosShape, in_english(document, files.found), path)
                found += shape.scenarios if shape is not None else ()
        require_no_errors(files.found)
        return found

    def properties(self) -> dict[str, PropertyShape]:
        """What is meant to hold for every household, by id. Like scenarios it isn't part of what the pack says."""
        if self.folder is None:
            return {}
        from policyengine.authoring.scenario_schema import PropertyShape

        files = _Files(self.folder)
        found = files.section("properties", PropertyShape)
        require_no_errors(files.found)
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
    import json  # which loading has no need of

    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_folder(folder: Path, find: Callable[[str], Path | None], ledger_later: bool = False) -> PolicyPack:
    """Read a pack; `find` gives the folder of a pack named in `uses`. Raises PolicyError with all that is wrong.

    ledger_later: leave the clauses for when something asks for them, unless something else is wrong.
    """
    return _read(folder, find, (), {}, ledger_later)


@dataclass
class _Files:
    """The files of one pack. `found` takes what is wrong with them."""

    folder: Path
    found: list[Diagnostic] = field(default_factory=list)
    _names: dict[Path, str] = field(default_factory=dict)

    def _name(self, path: Path) -> str:
        """How messages call a file, found out once for each."""
        if path not in self._names:
            self._names[path] = shown(path)
        return self._names[path]

    @cached_property
    def _root(self) -> Path:
        return self.folder.resolve()

    def of(self, section: str) -> list[Path]:
        """The files of a section, in order; also links that lead nowhere, so that they are reported."""
        single = self.folder / f"{section}.yaml"
        return ([single] if os.path.lexists(single) else []) + sorted((self.folder / section).glob("*.yaml"))

    def documents(self, path: Path) -> list[Any]:
        """The documents of a file of this pack."""
        try:
            if not lies_inside(path, self._root):
                raise PolicyError([diagnostic("leaves-pack", path=self._name(path), file=path.name)])
            return read_file(path, self._name(path))
        except PolicyError as error:
            self.found.extend(error.diagnostics)
            return []

    def valid(self, shape: type[S], document: Any, path: Path, key: str = "") -> S | None:
        try:
            return validated(shape, document, self._name(path), key)
        except PolicyError as error:
            self.found.extend(error.diagnostics)
            return None

    def shapes(self, shape: type[S], section: str) -> Iterator[S]:
        """Every document of a section that has one thing in each document."""
        for path in self.of(section):
            for document in filter(None, self.documents(path)):
                item = self.valid(shape, document, path)
                if item is not None:
                    yield item

    def pack(self) -> PackShape | None:
        """What pack.yaml says: one document."""
        path = self.folder / "pack.yaml"
        found = len(self.found)
        first, *more = self.documents(path) or [Mapping()]
        for document in more:
            only = Text("只应有一个文档，这里又开始了一个", "one document is expected; here begins another")
            self.found.append(diagnostic("wrong-shape", place_of(document), key=path.name, expected=only))
        return self.valid(PackShape, first, path) if len(self.found) == found else None

    def section(self, name: str, shape: type[S]) -> dict[str, S]:
        """The items of a section by id."""
        items: dict[str, S] = {}
        for path in self.of(name):
            for document in filter(None, self.documents(path)):
                if isinstance(document, Mapping):
                    for key, content in document.items():
                        item = self.valid(shape, content, path, key)
                        if item is not None:
                            declare(items, key, item, self.found)
                else:
                    expected = Text("应为键和值（映射）", "a mapping (keys and values) is expected")
                    self.found.append(diagnostic("wrong-shape", place_of(document), key=path.name, expected=expected))
        return items

    def between(self) -> BetweenShape:
        between = BetweenShape()
        path = self.folder / "between.yaml"
        for document in filter(None, self.documents(path)) if os.path.lexists(path) else ():
            between = self.valid(BetweenShape, document, path) or between
        return between


def _read(
    folder: Path,
    find: Callable[[str], Path | None],
    above: tuple[Path, ...],
    done: dict[Path, PolicyPack | None],
    ledger_later: bool,
) -> PolicyPack:
    """Read a pack that those in `above` use; `done` has the packs that were read before, None for faulty ones."""
    if not (folder / "pack.yaml").is_file():
        raise PolicyError([diagnostic("no-pack", path=shown(folder))])
    root = folder.resolve()
    done[root] = None
    files = _Files(folder)
    found = files.found
    shape = files.pack()
    later = ("provisions",) if ledger_later else ()
    sections = {name: files.section(name, item_shape) for name, item_shape in SECTIONS.items() if name not in later}
    for name, item_shape in DOCUMENTS.items():
        sections[name] = {}
        for item in files.shapes(item_shape, name):
            declare(sections[name], getattr(item, _IDS[name]), item, found)
    between = files.between()
    sections["parameters"] = with_tables(sections["parameters"], folder, found)
    found += _stray_files(folder)
    base = _used(shape, find, (*above, root), done, found, ledger_later)
    if later and found:  # all that is wrong is told together
        files.section("provisions", ProvisionShape)
    if shape is None or any(item.is_error for item in found):
        raise PolicyError(found)
    inherited = {*base.facts, *base.variables} - {*sections["facts"], *sections["variables"]}
    merged: dict[str, Any] = {name: {**getattr(base, name), **items} for name, items in sections.items()}
    if later:
        merged["provisions"] = Ledger(folder)
    pack = PolicyPack(
        shape,
        **merged,
        exclusions=dict(between.exclusions.items()),
        ceilings=dict(between.ceilings.items()),
        payers=dict(between.payers.items()),
        inherited=frozenset(inherited),
        inherited_families=frozenset(base.families.keys() - sections["families"].keys()),
        folder=folder,
        warnings=tuple(found),
    )
    done[root] = pack
    return pack


def _used(
    shape: PackShape | None,
    find: Callable[[str], Path | None],
    above: tuple[Path, ...],
    done: dict[Path, PolicyPack | None],
    found: list[Diagnostic],
    ledger_later: bool,
) -> PolicyPack:
    """What a pack takes over from the packs in its `uses`, each of which is read once."""
    base = PolicyPack(PackShape.model_validate({"pack": "none", "label": ""}))
    for name in shape.uses if shape else ():
        other = find(str(name))
        root = other.resolve() if other is not None else None
        if other is None or root is None:
            found.append(diagnostic("unknown-pack", name.place, name=str(name)))
        elif root in above:
            path = " → ".join(used.name for used in (*above[above.index(root) :], root))
            found.append(diagnostic("cycle", name.place, path=path))
        elif len(above) > MOST_USES:
            found.append(diagnostic("nested-too-deep", name.place, limit=str(MOST_USES)))
        else:
            try:
                pack = done[root] if root in done else _read(other, find, above, done, ledger_later)
            except PolicyError as error:
                found.extend(error.diagnostics)
                continue
            if pack is not None:  # otherwise its faults have been told
                base = replace(base, **{name: getattr(base, name) | getattr(pack, name) for name in TAKEN_OVER})
    return base


def declare(section: dict[str, Any], key: Scalar, item: Any, found: list[Diagnostic]) -> None:
    """Put an item into a section, unless its id stands there already or isn't one."""
    if key in section:
        first = next(known for known in section if known == key)
        found.append(diagnostic("duplicate-id", place_of(key), id=str(key), first=str(place_of(first))))
    elif not (key.isascii() and key.replace("_", "a").replace("-", "a").isalnum() and not key[0].isdigit()):
        found.append(diagnostic("bad-id", place_of(key), hint=hint_of(key), id=str(key)[:60]))
    section[key] = item


_KNOWN = {"pack.yaml", "between.yaml", *(f"{name}.yaml" for name in (*SECTIONS, *DOCUMENTS, "scenarios", "properties"))}
_KNOWN_FOLDERS = {*SECTIONS, *DOCUMENTS, "scenarios", "properties"}


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
