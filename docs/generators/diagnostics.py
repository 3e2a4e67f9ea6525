"""The page of all diagnostics: what each says, what to do about it, and its tested example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from policyengine.catalogue import CATALOGUE, Entry
from policyengine.interpreters import forward_host

EXAMPLES = Path(__file__).parent.parent.parent / "tests" / "diagnostics"
ABOUT = {
    "files": "Files",
    "shapes": "What may stand where",
    "figures": "Figures and units",
    "formulas": "Formulas",
    "structure": "How things hang together",
    "ledger": "The ledger and the document",
    "changes": "Reforms and supplements",
    "households": "Households, figures and readings that a caller gives",
    "tables": "Tables of households",
    "scenarios": "Scenarios and the command line",
    "properties": "Properties",
    "cases": "Cases",
}
INTRODUCTION = """\
<!-- Written by docs/generate.py (`make docs`) from src/policyengine/catalogue.py and tests/diagnostics/. -->

# Diagnostics

Whatever is wrong with a pack, a household or a call is told as `file:line:column: what is wrong [code]`, with the line, a
caret under the place, and a hint where there is something to say. The codes are stable. An error stops; a warning doesn't.
What comes from Python has a path (`members[0].age`) instead of a place in a file. From Python, all that was found is in
`PolicyError.diagnostics`; `render("zh")` and `render("en")` write it out.

Every example below is run by `tests/test_diagnostics.py`, and its messages are compared to the letter. Unless an example
says otherwise, its files are added to [an invented region](../../tests/diagnostics/clearwater/pack.yaml) and compiled.
`«this »×3` in an example stands for `this this this`; `{name}` in a sentence for what it is about.
"""


def page() -> str:
    sections: dict[str, dict[str, Any]] = {
        name: yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")) for name in ABOUT
    }
    lines = [INTRODUCTION]
    for name, examples in sections.items():
        codes = sorted(examples, key=list(CATALOGUE).index)
        lines += [f"- {ABOUT[name]}: {', '.join(f'[{code}](#{code})' for code in codes)}"]
    lines += [""]
    for name, examples in sections.items():
        lines += [f"## {ABOUT[name]}", ""]
        for code in sorted(examples, key=list(CATALOGUE).index):
            lines += [f"### {code}", "", *_entry(CATALOGUE[code]), "", *_example(examples[code])]
    shown = {code for examples in sections.values() for code in examples}
    lines += ["## Never shown", ""]
    lines += [
        f"- {code}: {_template(entry.message.en)} · {_template(entry.message.zh)}"
        for code, entry in CATALOGUE.items()
        if code not in shown
    ]
    return "\n".join(lines) + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    for name, text in ((entry.severity, entry.message), ("hint", entry.hint)):
        if text is not None:
            yield f"- {name}: {_template(text.en)} · {_template(text.zh)}"


def _template(words: str) -> str:
    return words.replace("{{", "{").replace("}}", "}")


def _example(example: dict[str, Any]) -> Iterator[str]:
    files = dict(example.get("files", {}))
    if "formula" in example:
        yield f"The formula of something `for: {example.get('for', 'household')}`, in line 4:"
        yield from ["", "```yaml", f"  formula: {example['formula']}", "```", ""]
    for name, content in files.items():
        text, encoding = (content["text"], content["encoding"]) if isinstance(content, dict) else (content, "")
        saved = f", saved as {encoding.upper()}" if encoding else ""
        kind = Path(name).suffix.removeprefix(".").replace("txt", "text")
        yield from [f"`{name}`{saved}:", "", f"```{kind}", *text.rstrip("\n").split("\n"), "```", ""]
    for call in _calls(example):
        yield from [call, ""]
    for lang in ("en", "zh"):
        yield from ["```text", *example[lang].rstrip("\n").split("\n"), "```", ""]


def _calls(example: dict[str, Any]) -> Iterator[str]:
    """How the example is run, if not just by compiling its pack."""
    on = f'on="{example.get("date", "2024-07-01")}"'
    more = "".join(f", {key}={_python(example[key])}" for key in ("parameters", "readings") if key in example)
    for key, method in (("household", "decide"), ("area", "decide_area")):
        if isinstance(example.get(key), str):
            yield f"`policyengine {method.replace('_area', '')} clearwater {example[key]} --on {on[4:-1]}`"
        elif key in example:
            yield f"`pack.{method}({_python(example[key])}, {on}{more})`"
    if "table" in example and "result" not in example:
        yield (
            f"`policyengine run clearwater {example['table']} {example.get('persons', '')}".rstrip()
            + f" --on {on[4:-1]} …`"
        )
    if "load" in example:
        load = dict(example["load"])
        named = "".join(f", {key}={_python(value)}" for key, value in load.items() if key != "pack")
        yield f'`policyengine.load("{load.get("pack", "clearwater")}"{named})`'
    if "read" in example:
        yield f"The folder `{example['read']}` is read as a pack."
    if "check" in example:
        yield "`policyengine check clearwater" + (f" --sources {example['sources']}`" if "sources" in example else "`")
    if "scenarios" in example:
        yield "`policyengine test clearwater`"
    if "properties" in example:
        yield "`policyengine verify clearwater" + "".join(f" --property {name}" for name in example["properties"]) + "`"
    if "new" in example:
        yield f"`policyengine new {example['new']}`, where there is such a folder"
    if "without" in example:
        yield f'Where the package `{example["without"]}` can\'t be imported: `pack.open_case({on}, members=["a"])`'
    if "limits" in example:
        yield f'With smaller limits (the real ones are {forward_host.MOST_CONDITIONS} conditions in each of {forward_host.MOST_RULESETS} rulesets): `pack.open_case({on}, members=["a"])`'
    yield from _steps(example.get("case") or (), on)
    if "record" in example:
        yield f"`policyengine.replay({_python(example['record'])}, pack=pack)`"


def _steps(case: Any, on: str) -> Iterator[str]:
    """The steps of a case, or what else is done with a saved one."""
    if isinstance(case, dict):
        if "saved" in case:
            yield f"`Case.from_json({_python(case['saved'])}, pack=pack)`"
        if "watch" in case:
            yield f'With a saved case `smith`: `policyengine.watch("cases", {_python(case["watch"])}, pack=pack)`'
        if "save" in case:
            yield f"`policyengine interview clearwater --on {on[4:-1]} --save {case['save']}`"
    elif case:
        calls = "; ".join(f"case.{name}({', '.join(map(_python, arguments))})" for name, *arguments in case)
        yield f'`case = pack.open_case({on}, members=["a"]); {calls}`'


def _python(value: Any) -> str:
    """A value as it is written in Python, in double quotes."""
    if isinstance(value, str):
        return f"'{value}'" if '"' in value else f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_python(key)}: {_python(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_python, value))}]"
    return f'float("{value}")' if value != value else repr(value)
