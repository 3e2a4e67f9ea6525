"""Law 8: a pack written out and read again has the same digest, and is the same pack."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policyengine
from minipack import load, read
from policyengine.authoring.pack import PolicyPack, read_folder
from policyengine.authoring.reader import Scalar
from policyengine.authoring.schema import (
    BenefitShape,
    FactShape,
    PackShape,
    ParameterShape,
    ProvisionShape,
    ReadingShape,
    ReformShape,
    SupplementShape,
    VariableShape,
)
from policyengine.authoring.validation import validated
from policyengine.authoring.writer import write_pack

HERE = Path(__file__).parent
SHIPPED = policyengine.shipped_packs()
FOLDERS = [*SHIPPED.values(), *sorted(path.parent for path in HERE.glob("regions/*/pack.yaml"))]
FOLDERS += sorted(path.parent for path in HERE.glob("challenge/*/pack.yaml"))


def beside(folder: Path) -> Callable[[str], Path | None]:
    return lambda name: next(path for path in (folder.parent / name, *SHIPPED.values()) if path.name == name)


def again(pack: PolicyPack, folder: Path) -> PolicyPack:
    """The pack written to `folder` and read from there."""
    write_pack(pack, folder)
    assert pack.folder is not None
    return read_folder(folder, beside(pack.folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_real_pack_is_the_same_after_writing_and_reading(tmp_path: Path, folder: Path) -> None:
    pack = policyengine.load(folder).policy
    found = again(pack, tmp_path / "written")
    assert found.digest == pack.digest
    assert found == pack


def test_written_pack_decides_the_same(tmp_path: Path) -> None:
    folder = HERE / "regions" / "linhai"
    pack = policyengine.load(folder)
    written = policyengine.Pack(again(pack.policy, tmp_path / "written"))
    for scenario in pack.policy.scenarios():
        if scenario.household is not None and not scenario.reforms and not scenario.supplements:
            arguments: dict[str, Any] = {"on": str(scenario.on), "readings": scenario.readings}
            household = {**scenario.household, **({"area": scenario.area} if scenario.area else {})}
            arguments["parameters"] = scenario.parameters
            assert pack.decide(household, **arguments).to_dict() == written.decide(household, **arguments).to_dict()


@pytest.mark.parametrize("change", ["raise_class_a", "include_the_line", "net_for_boats"])
def test_reformed_and_supplemented_pack_can_be_written_too(tmp_path: Path, change: str) -> None:
    changed = policyengine.load(HERE / "regions" / "linhai", reforms=[change], supplements=["county_notice"]).policy
    assert again(changed, tmp_path / "written").digest == changed.digest


def test_reformed_inherited_variable_is_written_with_the_pack(tmp_path: Path) -> None:
    reform = tmp_path / "reform.yaml"
    reform.write_text("reform: r\nlabel: R\nvariables: {age: {formula: 'years_between(birth_date, effective_date)'}}\n")
    changed = policyengine.load(HERE / "regions" / "linhai", reforms=[reform]).policy
    found = again(changed, tmp_path / "written")
    assert found == changed
    assert "age" not in found.inherited


def test_amounts_by_choice_are_part_of_the_digest_whatever_the_order_of_their_keys(tmp_path: Path) -> None:
    """They were once written into the digest as the text of a Python dict."""
    benefit = "benefit: b\nlabel: B\nfor: person\nkind: cash\neligible: 'true'\namount: {amount}\n"
    digests = [
        read(tmp_path / str(number), benefits=benefit.replace("{amount}", amount)).digest
        for number, amount in enumerate(
            ["{by: c, x: 1元, y: 2元}", "{y: 2元, by: c, x: 1元}", "{by: c, x: 1元, y: 3元}"]
        )
    ]
    assert digests[0] == digests[1] != digests[2]


def test_tables_of_one_file_name_stay_apart(tmp_path: Path) -> None:
    facts = "stage: {for: person, type: choice, label: S, options: {low: 低, high: 高}}"
    table = "{key}: {label: {key}, unit: yuan, keys: [stage], file: rates.csv}\n"
    files = {
        "parameters.yaml": table.replace("{key}", "first"),
        "rates.csv": "stage,value\nlow,1元\nhigh,2元\n",
        "parameters/more.yaml": table.replace("{key}", "second"),
        "parameters/rates.csv": 'stage,value\nlow,"1,000元"\nhigh,2元\n',
    }
    pack = read(tmp_path / "pack", files, facts=facts)
    found = again(pack, tmp_path / "written")
    assert found == pack
    assert found.parameters["first"].cells != found.parameters["second"].cells


def test_nothing_is_written_over(tmp_path: Path) -> None:
    pack = load(tmp_path / "pack").policy
    with pytest.raises(FileExistsError):
        write_pack(pack, tmp_path / "pack")


# random packs

AWKWARD = [
    *("", " ", "~", "null", "no", "yes", "true", "010", "0o17", "0x1F", "1:30", "12:30:45", "1e5", ".5", "+1"),
    *("<<", "=", "-", "?", "- x", "? x", ": x", "x: y", "x #y", "#x", "&x", "*x", "!x", "!!str x", "%x", "@x", "`x`"),
    *("'", '"', "'x", '"x', "|", ">", "[", "{", "]", "}", ",", "---", "...", "\\", "\\n", "'no'", "甲：乙", "甲: 乙"),
    *("\n", "x\ny", "x\n\n y\n", "\tx", " x ", "x\u2028y", "x\x85y", "x\ry", "\ufeffx", "\x07", "😀", "\u3000"),
    *("2018-01-01", "not stated", "75%", "1/6", "x" * 200, "字 " * 90),
]
texts = st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
ids = st.text(string.ascii_lowercase, min_size=1, max_size=6)
labels = st.fixed_dictionaries({"zh": texts, "en": texts})
figures = st.one_of(texts, st.decimals(-9999, 9999, places=2).map(lambda figure: f"{figure}元"))
dates = st.one_of(st.dates().map(str), texts)
cells = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6), min_size=1, max_size=3)
optional: Any = {"range": st.fixed_dictionaries({}, optional={"from": figures, "to": figures}), "definition": labels}
facts = st.fixed_dictionaries(
    {
        "for": st.sampled_from(["area", "household", "person"]),
        "type": st.sampled_from(["condition", "choice"]),
        "label": labels,
    },
    optional={
        **optional,
        "options": st.dictionaries(texts, labels, min_size=1, max_size=3),
        "optional": st.booleans(),
        "unit": texts,
        "places": st.integers(0, 8),
    },
)
bands = st.lists(st.fixed_dictionaries({"value": figures}, optional={"from": figures, "over": figures}), max_size=3)
parameters = st.fixed_dictionaries(
    {"label": labels, "unit": texts},
    optional={
        **optional,
        "values": st.one_of(figures, st.dictionaries(dates, figures, max_size=3)),
        "provision": texts,
        "bands": st.one_of(bands, st.dictionaries(dates, bands, max_size=2)),
        "needs": labels,
        "supplement": st.dictionaries(dates, texts, max_size=2),
        "keys": st.lists(texts, max_size=2),
        "otherwise": figures,
    },
)
tables = st.tuples(parameters, st.lists(cells, min_size=1, max_size=4)).map(
    lambda pair: {**pair[0], "file": "table.csv", "cells": pair[1]}
)
rows = st.lists(
    st.fixed_dictionaries({"when": texts, "then": texts}, optional={"provisions": st.lists(texts)}), min_size=1
)
variables = st.fixed_dictionaries(
    {"for": st.just("person"), "label": labels},
    optional={
        "formula": texts,
        "rounding": st.fixed_dictionaries({}, optional={"to": figures, "provision": texts}),
        "table": st.fixed_dictionaries(
            {"hit": st.sampled_from(["first", "unique"]), "rows": rows}, optional={"otherwise": texts}
        ),
    },
)
benefits = st.fixed_dictionaries(
    {"label": labels, "for": st.just("household"), "kind": st.just("cash"), "eligible": texts},
    optional={
        "amount": st.one_of(texts, st.dictionaries(texts, texts, max_size=3)),
        "items": st.builds(
            lambda given, is_open: {"list": given, "open": is_open}, st.lists(labels, max_size=2), st.booleans()
        ),
        "variables": st.dictionaries(ids, variables, max_size=2),
        "provisions": st.lists(texts, max_size=2),
    },
)
readings = st.fixed_dictionaries(
    {"label": labels, "options": st.dictionaries(texts, labels, max_size=2), "default": texts, "why": labels}
)
provisions = st.fixed_dictionaries(
    {"place": texts, "class": st.just("benefit"), "says": labels},
    optional={
        "figures": st.lists(texts, max_size=3),
        "passage": st.fixed_dictionaries(
            {"at": st.integers(0, 10**6), "length": st.integers(1, 10**6), "sha256": texts}
        ),
    },
)
supplements = st.fixed_dictionaries(
    {
        "label": labels,
        "figures": st.dictionaries(
            texts,
            st.fixed_dictionaries(
                {
                    "values": st.one_of(figures, st.dictionaries(dates, figures)),
                    "source": texts,
                    "grade": st.sampled_from("ABC"),
                }
            ),
            max_size=2,
        ),
    },
)
changes = st.dictionaries(
    texts, st.dictionaries(texts, st.one_of(texts, st.dictionaries(texts, texts, max_size=2)), max_size=2)
)
reforms = st.fixed_dictionaries(
    {"label": labels},
    optional={
        "parameters": changes,
        "variables": changes,
        "why": labels,
        "add": st.fixed_dictionaries({}, optional={"facts": st.dictionaries(ids, facts, max_size=1)}),
    },
)

SECTIONS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "facts": (FactShape, facts),
    "parameters": (ParameterShape, st.one_of(parameters, tables)),
    "readings": (ReadingShape, readings),
    "variables": (VariableShape, variables),
    "provisions": (ProvisionShape, provisions),
    "benefits": (BenefitShape, benefits),
    "supplements": (SupplementShape, supplements),
    "reforms": (ReformShape, reforms),
}
KEYS = {"benefits": "benefit", "supplements": "supplement", "reforms": "reform"}


@st.composite
def packs(draw: st.DrawFn) -> PolicyPack:
    """A pack with at most one thing in each section: awkward texts wherever a text may stand."""
    shape = draw(
        st.fixed_dictionaries(
            {"pack": texts, "label": labels},
            optional={"document": st.fixed_dictionaries({"title": texts}, optional={"length": st.integers(0, 10**6)})},
        )
    )
    sections: dict[str, Any] = {}
    for name, (kind, strategy) in SECTIONS.items():
        if draw(st.booleans()):
            key = draw(ids)
            content = draw(strategy) | ({KEYS[name]: key} if name in KEYS else {})
            sections[name] = {Scalar.at(key, None): validated(kind, content, "made up")}
    return PolicyPack(validated(PackShape, shape, "made up"), **sections)


@settings(max_examples=5 * settings().max_examples)
@given(pack=packs())
def test_random_pack_is_the_same_after_writing_and_reading(pack: PolicyPack) -> None:
    with TemporaryDirectory() as folder:
        write_pack(pack, Path(folder) / "written")
        found = read_folder(Path(folder) / "written", lambda name: None)
    assert found.digest == pack.digest
    assert found == pack
