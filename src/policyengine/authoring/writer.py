"""Write a policy pack out as files, such that reading them again gives the same pack, with the same digest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from policyengine.authoring.pack import DOCUMENTS, SECTIONS, PolicyPack, pack_content
from policyengine.authoring.reader import Scalar, needs_quotes

_BETWEEN = ("exclusions", "ceilings", "payers")


class Dumper(yaml.SafeDumper):
    """Every scalar is text, so quotes stand only where our reader (or YAML itself) needs them; nothing is an alias."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Dumper, text: str) -> yaml.Node:
    escaped = needs_quotes(text) or not text.isprintable()  # YAML takes several characters for the end of a line
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if escaped else None)


def _word(dumper: Dumper, value: bool | int) -> yaml.Node:
    return _text(dumper, str(value).lower())


Dumper.add_representer(str, _text)
Dumper.add_representer(Scalar, _text)
Dumper.add_representer(bool, _word)
Dumper.add_representer(int, _word)


def write_pack(pack: PolicyPack, folder: Path) -> None:
    """Write a pack into a new folder: one file for each section, CSV files for its tables.

    Only what is the pack's own is written; what it takes over stays in the packs it `uses`. Comments, the spread over
    several files and the scenarios aren't part of what a pack says and stay behind. Raises FileExistsError.
    """
    content = pack_content(pack)
    for section in ("facts", "variables"):
        content[section] = {key: item for key, item in content[section].items() if key not in pack.inherited}
    families = content["families"].items()
    content["families"] = {key: item for key, item in families if key not in pack.inherited_families}
    folder.mkdir(parents=True)
    _write(folder / "pack.yaml", [content["pack"]])
    tabled, further = _with_tables(content["parameters"], folder)
    _write(folder / "parameters.yaml", [tabled])
    _write(folder / "parameters" / "tables.yaml", [further])
    for section in SECTIONS:
        if section != "parameters":
            _write(folder / f"{section}.yaml", [content[section]])
    for section in DOCUMENTS:
        _write(folder / f"{section}.yaml", content[section].values())
    _write(folder / "between.yaml", [{name: content[name] for name in _BETWEEN if content[name]}])


def _with_tables(parameters: dict[str, Any], folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the tables that stand in files; the parameters for parameters.yaml and those for the folder beside it.

    Two tables may share a file's name: then one stands beside parameters.yaml and one in the folder.
    """
    homes: tuple[dict[str, Any], dict[str, Any]] = {}, {}
    for key, parameter in parameters.items():
        if "file" not in parameter or "cells" not in parameter:
            homes[0][key] = parameter
            continue
        shape = dict(parameter)
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(shape.pop("cells"))
        for home, root in zip(homes, (folder, folder / "parameters"), strict=True):
            path = root / shape["file"]
            if not path.exists() or path.read_text(encoding="utf-8") == stream.getvalue():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(stream.getvalue(), encoding="utf-8")
                home[key] = shape
                break
        else:
            raise ValueError(f"more than two different tables are called {shape['file']}")
    return homes


def _write(path: Path, documents: Iterable[Any]) -> None:
    given = [document for document in documents if document]
    if given:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.dump_all(given, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=120)
        path.write_text(text, encoding="utf-8")
