"""Small packs for tests: sections of YAML in the test itself, written to a folder and loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import policyengine
from policyengine import ir
from policyengine.amounts import amount_of
from policyengine.authoring.pack import PolicyPack, read_folder
from policyengine.compiler import examine
from policyengine.decision import Decision
from policyengine.errors import Diagnostic, PolicyError
from policyengine.values import ends

ON = "2018-06-01"
PACK = "pack: mini\nlabel: {zh: 小县, en: Mini}\n"


def write_files(folder: Path, sections: Mapping[str, str], files: Mapping[str, str] | None = None) -> Path:
    """A pack's folder: `facts="…"` is written to facts.yaml and so on; `files` are further files by relative path."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"pack.yaml": PACK, **{f"{name}.yaml": dedent(text) for name, text in sections.items()}, **(files or {})}
    for name, text in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, files: Mapping[str, str] | None = None, **sections: str) -> policyengine.Pack:
    return policyengine.load(write_files(folder, sections, files))


def read(folder: Path, files: Mapping[str, str] | None = None, **sections: str) -> PolicyPack:
    """The pack as written, without looking for the packs it uses."""
    return read_folder(write_files(folder, sections, files), lambda name: None)


def findings(folder: Path, on: str = ON, files: Mapping[str, str] | None = None, **sections: str) -> list[Diagnostic]:
    """Everything that reading and compiling the pack finds, errors and warnings."""
    try:
        pack = read(folder, files, **sections)
    except PolicyError as error:
        return list(error.diagnostics)
    return examine(pack, date.fromisoformat(on))[1]


def codes(found: list[Diagnostic]) -> list[str]:
    return [item.code for item in found]


def value(
    folder: Path,
    formula: str,
    person: Mapping[str, Any] | None = None,
    *,
    scope: str = "person",
    household: Mapping[str, Any] | None = None,
    others: tuple[Mapping[str, Any], ...] = (),
    on: str = ON,
    figures: Mapping[str, Any] | None = None,
    readings_as: Mapping[str, Any] | None = None,
    rounding: str = "",
    files: Mapping[str, str] | None = None,
    **sections: str,
) -> str:
    """What a formula comes to for the first member `a` (or the household): the value of a variable `probe`.

    A figure or bound as amounts are shown, a day, `true`, `false`, `unknown`, or the options still possible. `figures`
    and `readings_as` are what a caller sets.
    """
    members = [{"id": "a", **(person or {})}, *({"id": f"m{i}", **other} for i, other in enumerate(others))]
    given = {**(household or {}), "members": members}
    probe = f"probe:\n  for: {scope}\n  label: {{zh: 试算, en: probe}}\n  formula: {formula}\n"
    probe += f"  rounding: {rounding}\n" if rounding else ""
    sections["variables"] = dedent(sections.get("variables", "")) + "\n" + probe
    use = f"used:\n  for: {scope}\n  label: {{zh: 用到, en: used}}\n  met: "
    try:
        pack = load(folder, files, **sections, indicators=f"{use}probe == probe\n")
        pack.program(on)
    except PolicyError as error:
        if [item.code for item in error.diagnostics] != ["cannot-compare"]:
            raise
        pack = load(folder, files, **sections, indicators=f"{use}probe\n")
    decision = pack.decide(given, on=on, parameters=figures, readings=readings_as, beyond_term=True)
    return variable(decision, "probe", "a" if scope == "person" else "household")


def variable(decision: Decision, name: str, entity: str = "household") -> str:
    """A variable's value for a member or the household; decisions themselves show only results."""
    layout, home = decision._evaluator.layout, decision._household.environment
    declared = next(item for item in decision.program.variables if item.id == name)
    if declared.scope == "person":
        found = decision._household.by_id[entity][layout.person[name]]
    else:
        found = home[layout.household[name]]
    match declared.type:
        case ir.ConditionType():
            return {True: "true", False: "false", None: "unknown"}[found]
        case ir.NumberType():
            return str(amount_of(found, declared.type))
        case ir.DateType():
            low, high = (None if end is None else date.fromordinal(end).isoformat() for end in ends(found))
            return str(low) if low == high else f"between {low} and {high}"
        case ir.ChoiceType():
            return " or ".join(o for i, o in enumerate(decision.program.options) if found >> i & 1)
