"""Every diagnostic has an example whose messages are compared to the letter.

The examples are data: tests/diagnostics/*.yaml, one per code. They also make the reference page (docs/generate.py).

    files      written over a copy of diagnostics/clearwater, an invented region: path -> text, or {text, encoding};
               «this »×3 in it is written out as this this this
    formula    short for a variable `example` of clearwater/variables.yaml with this formula, `for` a household or person
    household  decide this: the name of one of the files, or values as Python gives them
    totals     count the area's totals over these households
    area       the same for an area; parameters, readings and date for either
    table      decide this table of households (a file), `persons` the table of their persons; `result` explain a row of that
               file instead
    record     replay this
    load       reforms, supplements, grades; `pack` instead of clearwater
    read       read this folder
    check      check the pack's ledger, `sources` naming the folder with its document; otherwise it is compiled
    scenarios  run its scenarios
    properties compile its properties, or those named
    case       open a case with one member `a` and take these steps: [tell, fact, value, member], [close], …; or
               `saved`, the text of a case to open, `watch`, new facts for such a case, `save`, a file to save one in
    without    a package that can't be imported
    limits     smaller limits in the place of those of durable-rules
    new        write a skeleton of this name
    en, zh     the messages: of an error, all that is reported; of a warning, those with its code
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import policyengine
from policyengine.authoring.pack import read_folder
from policyengine.authoring.reader import read_file
from policyengine.authoring.skeleton import write_skeleton
from policyengine.cases.case import Case
from policyengine.cases.watching import watch
from policyengine.catalogue import CATALOGUE
from policyengine.checking import check
from policyengine.commands import interview as cli_interview
from policyengine.compiler import examine
from policyengine.errors import Diagnostic, PolicyError
from policyengine.interpreters import forward_host
from policyengine.testing.scenarios import run_scenarios
from policyengine.verifying.properties import compile_properties

FOLDER = Path(__file__).parent / "diagnostics"
FORMULA = "example:\n  for: {for_}\n  label: {{zh: 示例, en: example}}\n  formula: {formula}\n"

# codes without an example, and why
WITHOUT = {
    "depends-on-error": "never shown: of what rests on a faulty variable, only that variable's fault is told",
    "unknown-ordering": "needs a comparison: test_cli_compare.py",
    "no-population": "needs a comparison: test_cli_compare.py",
    "cannot-vary": "needs a fact to vary: test_cliffs.py",
    "extra-needed": "needs an installation without the extra: test_population_tables.py",
    "too-many-rows": "needs a million rows: test_population_tables.py",
    "result-differs": "needs a file made before: test_population_tables.py",
    "other-pack": "needs a file made before: test_population_tables.py",
    "unwritable-file": "needs a place that can't be written: test_cli_run.py",
    "overwrites-input": "needs a file of results: test_cli_run.py",
    "no-such-row": "needs a file made before: test_explain_row.py",
    "no-such-household": "needs a file made before: test_explain_row.py",
    "input-not-found": "needs a file made before: test_explain_row.py",
    "bad-column": "needs a table in Parquet: test_population_tables.py",
}


def examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for code, example in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            assert code not in found, f"{code} has two examples"
            found[code] = example
    return found


EXAMPLES = examples()


def write(example: dict[str, Any]) -> None:
    """The example's files, in the folder where the process stands."""
    for folder in ("clearwater", "documents"):
        shutil.copytree(FOLDER / folder, folder)
    files = dict(example.get("files", {}))
    if "formula" in example:
        files["clearwater/variables.yaml"] = FORMULA.format(
            for_=example.get("for", "household"), formula=example["formula"]
        )
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        form = content if isinstance(content, dict) else {"text": content}
        text = re.sub("«(.*?)»×([0-9]+)", lambda found: found[1] * int(found[2]), form["text"])
        path.write_bytes(text.encode(form.get("encoding", "utf-8")))


def reported(example: dict[str, Any]) -> Iterator[Diagnostic]:
    """Everything that is said about an example, in order."""
    load = dict(example.get("load", {}))
    on = str(example.get("date", "2024-07-01"))
    try:
        if "new" in example:
            write_skeleton(example["new"], Path())
        if "read" in example:
            read_folder(Path(example["read"]), lambda name: None)
        pack = policyengine.load(load.pop("pack", Path("clearwater")), **load)
        if "record" in example:
            policyengine.replay(example["record"], pack=pack)
        for key, decide in (("household", pack.decide), ("area", pack.decide_area)):
            if key in example:
                given = (
                    read_file(Path(example[key]), example[key])[0] if isinstance(example[key], str) else example[key]
                )
                decide(given, on=on, parameters=example.get("parameters"), readings=example.get("readings"))
        if "totals" in example:
            pack.totals(example["totals"], on=on)
        if "case" in example:
            take(pack, example["case"], on)
        if "table" in example:
            yield from (item.reason for item in turned_away(pack, example, on))
        if "scenarios" in example:
            for outcome in run_scenarios(pack):
                yield from outcome.errors
        if "properties" in example:
            day = date.fromisoformat(on)
            compile_properties(pack.policy, (day, day), example["properties"])
        if "check" in example:
            yield from check(pack.policy, Path(example["sources"]) if "sources" in example else None).diagnostics
        else:
            yield from pack.policy.warnings
            yield from examine(pack.policy, date.fromisoformat(on))[1]
    except PolicyError as error:
        yield from error.diagnostics


def turned_away(pack: policyengine.Pack, example: dict[str, Any], on: str) -> tuple[Any, ...]:
    """The rows of the example's tables that can't be used."""
    pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")
    from policyengine.population import decide_table, explain_row
    from policyengine.population.streams import source

    given = (example["table"], example.get("persons"))
    if "result" in example:
        explain_row(example["result"], "a", source(*given), pack=pack)
    return decide_table(pack, *given, on=on).rejected


def take(pack: policyengine.Pack, wanted: Any, on: str) -> None:
    """The steps of a case, whatever comes of them."""
    if "save" in wanted:
        cli_interview.case_file(Path(wanted["save"]), None)
        return
    with pack.open_case(on=on, members=["a"]) as case:
        if "saved" in wanted:
            Case.from_json(wanted["saved"], pack=pack)
        elif "watch" in wanted:
            for item in watch({"smith": case.to_json()}, wanted["watch"], pack=pack):
                if item.errors:
                    raise PolicyError(item.errors)
        else:
            for name, *arguments in wanted:
                getattr(case, name)(*arguments)


@pytest.fixture
def prepared(code: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What an example says of the package that cases need."""
    example = EXAMPLES[code]
    if "without" in example:
        for name in ("durable", "durable.engine", "durable_rules_engine"):
            monkeypatch.setitem(sys.modules, name, None)
    elif "case" in example:
        pytest.importorskip("durable.engine", reason="the extra `forward` isn't installed")
    for name, limit in example.get("limits", {}).items():
        monkeypatch.setattr(forward_host, name, limit)
    forward_host._package.cache_clear()
    yield
    forward_host._package.cache_clear()


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("code", EXAMPLES)
def test_each_message_reads_to_the_letter(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = EXAMPLES[code]
    monkeypatch.chdir(tmp_path)
    write(example)
    found = list(reported(example))
    said = [item for item in found if item.is_error] or [item for item in found if item.code == code]
    assert "\n".join(item.render("en") for item in said) == example["en"].rstrip("\n")
    assert "\n".join(item.render("zh") for item in said) == example["zh"].rstrip("\n")
    assert said[0].code == code


def test_every_code_has_an_example_or_a_reason_why_not() -> None:
    assert sorted(CATALOGUE) == sorted([*EXAMPLES, *WITHOUT])


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_message_is_one_line_in_either_language(code: str) -> None:
    entry = CATALOGUE[code]
    for text in (entry.message, *([entry.hint] if entry.hint else [])):
        for words in (text.zh, text.en):
            assert words.strip() == words != ""
            assert "\n" not in words


def test_the_region_of_the_examples_is_without_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    pack = policyengine.load(Path("clearwater"))
    assert pack.policy.warnings == ()
    assert examine(pack.policy, date(2024, 7, 1))[1] == []
