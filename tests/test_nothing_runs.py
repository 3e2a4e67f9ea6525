"""A pack is only read: nothing in it runs, opens another file, fills another template, or keeps the machine busy."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from minipack import PACK, codes, findings, load, write_files
from policyengine import Pack, PolicyError

FACTS = "age: {for: person, type: number, unit: years, label: {zh: 年龄, en: age}}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# formulas


@pytest.mark.parametrize(
    ("formula", "code", "column"),
    [
        ('__import__("os").system("touch evil")', "formula-syntax", 12),
        ("open('/etc/passwd') > 1", "formula-syntax", 6),
        ("age.__class__ > 1", "formula-syntax", 4),
        ("age.real > 1", "formula-syntax", 4),
        ("age[0] > 1", "formula-syntax", 4),
        ("[age for age in age]", "formula-syntax", 1),
        ("{age} > 1", "formula-syntax", 1),
        ("lambda: age", "formula-syntax", 7),
        ("age; age", "formula-syntax", 4),
        ("age := 5", "formula-syntax", 5),
        ("age ** 99 ** 99 > 1", "formula-syntax", 6),
        ("age % 2 = 1", "formula-syntax", 5),
        ("age if age else age", "formula-syntax", 5),
        ("`age`", "formula-syntax", 1),
        ("$age > 1", "formula-syntax", 1),
        ("age \\ 2", "formula-syntax", 5),
        ("age != 5 # comment", "formula-syntax", 10),
        ("eval(age) > 1", "unknown-function", 1),
        ("exec(age) > 1", "unknown-function", 1),
        ("__import__(age) > 1", "unknown-function", 1),
        ("getattr(age, age) > 1", "unknown-function", 1),
        ("__builtins__ > 1", "unknown-name", 1),
        ("self > 1", "unknown-name", 1),
        ("print > 1", "unknown-name", 1),
    ],
)
def test_a_formula_knows_no_code(formula: str, code: str, column: int) -> None:
    text = "x:\n  for: person\n  label: 某\n  met: |\n" + f"    {formula}\n"
    found = [item for item in findings(Path("mini"), facts=FACTS, indicators=text) if item.is_error]
    assert codes(found) == [code]
    assert str(found[0].place) == f"mini/indicators.yaml:5:{column + 4}"
    assert not Path("evil").exists()


# templates and pages


NASTY = [
    "{0.__class__.__mro__}",
    "{name}",
    "{x!r:>99999999}",
    "{",
    "}}",
    "%(name)s %s",
    "${HOME}",
    "{{7*7}}",
    "\\N{DIGIT ONE}",
]


@pytest.mark.parametrize("label", NASTY)
def test_a_label_is_never_filled_in(label: str) -> None:
    """Only the catalogue's own sentences are templates."""
    fact = f"aged: {{for: person, type: condition, label: '{label}', definition: '{label}'}}\n"
    found = findings(Path("mini"), facts=fact, indicators="x: {for: person, label: 某, met: agd}\n")
    assert found[0].help() == "did you mean the fact `aged` (mini/facts.yaml:1:1)?"
    found = findings(
        Path("mini"), facts=fact, indicators=f"x: {{for: person, label: '{label}', met: aged}}\n'{label}': 5\n"
    )
    shown = "\n".join(item.render(lang) for item in found for lang in ("zh", "en"))
    assert f"`{label}`" in shown
    pack = load(Path("mini"), facts=fact, indicators=f"x: {{for: person, label: '{label}', met: aged}}\n")
    with pytest.raises(PolicyError) as caught:
        pack.decide({"members": [{"id": label, label: label}]}, on="2018-06-01")
    assert caught.value.render("en").startswith(f"members[0].{label}: `{label}` is yes or no, not `{label}`")
    decision = pack.decide({"household": label, "members": [{"id": label, "name": label}]}, on="2018-06-01")
    for text in (str(decision.explain("zh")), str(decision.explain("en")), str(decision)):
        assert label in text


def test_markup_in_a_pack_stays_text_on_a_page() -> None:
    label = "<script>alert(1)</script>"
    fact = f"aged: {{for: person, type: condition, label: '{label}', definition: '{label}'}}\n"
    pack = load(
        Path("mini"), facts=fact, indicators=f"x: {{for: person, label: '{label}', met: aged, note: '{label}'}}\n"
    )
    decision = pack.decide(
        {"household": label, "members": [{"id": "<b>", "name": label, "aged": True}]}, on="2018-06-01"
    )
    page = decision.explain("en").html
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


# what Python is made to do


EVIL = {
    "facts.yaml": (
        "evil_age: {for: person, type: number, unit: years, label: {zh: '__import__(evil)', en: '{evil.__class__}'}}\n"
        "evil_none: {for: household, type: condition, label: {zh: 'evil\"\"\"); import os #', en: 'evil\\n\\nimport os'}}\n"
        "evil_stage: {for: person, type: choice, label: 'evil/../../etc', options: {evil_a: 'evil()', evil_b: '$(evil)'}}\n"
    ),
    "indicators.yaml": "evil_x: {for: person, label: 'evil`evil`', met: evil_age > 5岁 and evil_none and evil_stage == evil_a}\n",
}
HOUSEHOLD = {
    "household": "evil",
    "evil_none": True,
    "members": [{"id": "evil", "evil_age": 5, "evil_stage": "evil_a"}, {"id": "evil2", "__import__(evil)": 7}],
}
FORBIDDEN = (
    "os.",
    "subprocess.",
    "socket.",
    "shutil.",
    "ctypes.",
    "urllib.",
    "ftplib.",
    "winreg.",
    "webbrowser.",
    "import",
)
_watching: list[list[tuple[str, tuple[Any, ...]]]] = []


@contextmanager
def watched() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """What Python's audit hooks report meanwhile. (A hook can't be removed, so it stays, with nobody to tell.)"""
    if not hasattr(watched, "hook"):
        watched.hook = lambda event, arguments: [seen.append((event, arguments)) for seen in _watching]  # type: ignore[attr-defined]
        sys.addaudithook(watched.hook)  # type: ignore[attr-defined]
    seen: list[tuple[str, tuple[Any, ...]]] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


def use(pack: Pack) -> None:
    for household in (HOUSEHOLD, {"members": [{"id": "evil"}]}):
        decision = pack.decide(household, on="2018-06-01")
        assert str(decision.explain("zh"))
        assert decision.explain("en").html
        assert decision.record()
        assert decision.missing is not None


def words_in(code: CodeType) -> Iterator[str]:
    yield from (*code.co_names, *code.co_varnames, *code.co_freevars)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from words_in(constant)
        elif isinstance(constant, str):
            yield constant


def test_reading_and_deciding_open_the_packs_own_files_and_run_nothing_of_it() -> None:
    write_files(Path("first"), {}, EVIL)
    use(load(Path("first"), EVIL))  # whatever is imported on first use is imported now
    folder = write_files(Path("mini"), {}, EVIL)
    with watched() as seen:
        from policyengine import load as load_pack

        use(load_pack(folder))
    opened = {str(arguments[0]) for event, arguments in seen if event == "open"}
    assert {Path(name).resolve().parent for name in opened} <= {folder.resolve()}
    assert {Path(name).name for name in opened} == {"pack.yaml", *EVIL}
    events = {event for event, _ in seen}
    assert not {event for event in events if event.startswith(FORBIDDEN)} - {"os.listdir", "os.scandir"}
    run = [arguments[0] for event, arguments in seen if event in ("exec", "compile")]
    words = {word for code in run for word in (words_in(code) if isinstance(code, CodeType) else [str(code)])}
    assert not [word for word in words if "evil" in word]


def test_a_tag_makes_no_object() -> None:
    for tag in (
        "!!python/object/apply:os.system ['touch evil']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!binary aGk=",
    ):
        assert codes(findings(Path("mini"), facts=f"a: {tag}\n")) == ["yaml-feature"]
    assert not Path("evil").exists()


# time


def test_variables_that_double_each_other_stay_quick() -> None:
    """Sixty of them: whoever walked every path would never come back."""
    variables = "".join(
        f"v{i}: {{for: household, label: 变量{i}, formula: 'if v{i + 1} > v{i + 1} then v{i + 1} else min(v{i + 1}, v{i + 1})'}}\n"
        for i in range(60)
    )
    start = time.perf_counter()
    pack = load(
        Path("mini"),
        facts="income: {for: household, type: number, unit: yuan/year, label: {zh: 收入, en: income}}\n",
        variables=variables + "v60: {for: household, label: 末, formula: income}\n",
        indicators="i: {for: household, label: 指标, met: v0 > 5元/年}\n",
    )
    for household in ({"income": 3}, {}):
        decision = pack.decide({**household, "members": [{"id": "a"}]}, on="2018-06-01")
        assert str(decision.explain("zh"))
        assert decision.missing is not None
        assert decision.record()
    assert time.perf_counter() - start < 10


def test_a_long_name_or_a_long_line_is_cut() -> None:
    found = findings(Path("mini"), indicators=f"x: {{for: household, label: 某, met: {'长' * 3000} > {'名' * 900}}}\n")
    assert codes(found) == ["unknown-name", "unknown-name"]
    line = found[1].render().splitlines()[1]
    assert len(line) < 170


def test_a_chain_of_two_hundred_variables_is_explained() -> None:
    variables = "".join(
        f"v{i}: {{for: household, label: 变量{i}, formula: 'min(v{i + 1}, v{i + 1})'}}\n" for i in range(200)
    )
    pack = load(
        Path("mini"),
        {"pack.yaml": PACK},
        facts="income: {for: household, type: number, unit: yuan/year, label: {zh: 收入, en: income}}\n",
        variables=variables + "v200: {for: household, label: 末, formula: income}\n",
        indicators="i: {for: household, label: 指标, met: v0 > 5元/年}\n",
    )
    explanation = pack.decide({"members": [{"id": "a"}]}, on="2018-06-01").explain("zh")
    assert str(explanation)
    assert explanation.html
    assert explanation.to_dict()


def test_twenty_rounds_in_each_other_are_told_once() -> None:
    """The innermost changes the number, so it is told where it stands; those around it leave it as it is."""
    formula = "round(income, 10元)"
    for _ in range(19):
        formula = f"round({formula}, 1元)"
    pack = load(
        Path("mini"),
        facts="income: {for: household, type: number, unit: yuan/year, label: {zh: 收入, en: income}}\n",
        variables=f"v: {{for: household, label: 变量, formula: '{formula}'}}\n",
        indicators="i: {for: household, label: 指标, met: v > 5元/年}\n",
    )
    decision = pack.decide({"income": 7, "members": [{"id": "a"}]}, on="2018-06-01")
    start = time.perf_counter()
    text = str(decision.explain("zh"))
    assert time.perf_counter() - start < 0.1
    assert "四舍五入(收入 7.00 元/年) = 10.00 元/年\n" in text + "\n"
