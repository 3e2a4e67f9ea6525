"""The JSON Schemas for editors: they accept what the packs contain and refuse what the reader refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policyengine.authoring.json_schema import schemas
from policyengine.authoring.reader import read_file

ROOT = Path(__file__).parent.parent
SCHEMAS = schemas()
MODELINE = "# yaml-language-server: $schema="


def plain(value: Any) -> Any:
    """What an editor gives its schema: YAML 1.2 has only true and false as words for truths, and numbers are numbers."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value.plain and value in ("true", "false"):
        return value == "true"
    if value.plain and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    return str(value)


def files() -> list[Path]:
    return sorted([*(ROOT / "policies").glob("*/**/*.yaml"), *(ROOT / "examples").glob("*.yaml")])


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_shipped_file_names_a_schema_and_satisfies_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    if path.name == "area.yaml" and path.parent.name == "examples":
        kind = "area"
    else:
        assert first.startswith(MODELINE), first
        target = (path.parent / first.removeprefix(MODELINE).strip()).resolve()
        assert target.is_file(), f"{first}: no such file"
        kind = target.stem
    for document in read_file(path, path.name):
        jsonschema.Draft202012Validator(SCHEMAS[kind]).validate(plain(document))


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_committed_schemas_are_current(kind: str) -> None:
    committed = json.loads((ROOT / "policies" / "schema" / f"{kind}.json").read_text(encoding="utf-8"))
    assert committed == SCHEMAS[kind], "run `make schema`"


def test_a_misspelt_key_is_refused() -> None:
    benefit = {"benefit": "a", "label": "a", "for": "person", "kind": "cash", "elligible": "true"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(benefit, SCHEMAS["benefit"])
