"""Files that aren't what they should be: every one gets a message at its place, none gets through, none takes long."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

import policyengine
from minipack import codes, findings, load, write_files
from policyengine import PolicyError
from policyengine.authoring.reader import MOST_PROBLEMS, read_text
from policyengine.testing.scenarios import run_scenarios

STAGE = "stage: {for: person, type: choice, label: 学段, options: {none: 无, some: 有}}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(text: str, lang: str = "en") -> str:
    """What reading a YAML text reports, without the snippets."""
    with pytest.raises(PolicyError) as caught:
        read_text(text, "x.yaml")
    lines = caught.value.render(lang).splitlines()  # type: ignore[arg-type]
    return "\n".join(line for line in lines if not re.match(r"( {3}\d| {4}) \|", line))


def told(folder: str = "mini", files: dict[str, str] | None = None, **sections: str) -> str:
    return "\n".join(item.render("en") for item in findings(Path(folder), files=files, **sections))


# broken YAML


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("a: b: c", "x.yaml:1:5: this isn't YAML: a `:` isn't expected here", "这里不该有 `:`"),
        ("key value\nother: x", "x.yaml:2:6: this isn't YAML: a `:` isn't expected here", "这里不该有 `:`"),
        ("a: ? b", "x.yaml:1:4: this isn't YAML: a `? ` isn't expected here", "这里不该有 `? `"),
        ("a: >b", "x.yaml:1:5: this isn't YAML: text can't follow `>` or `|`", "`>` 或 `|` 后面不能有文字"),
        ("a: |b\nc: d", "x.yaml:1:5: this isn't YAML: text can't follow `>` or `|`", "`>` 或 `|` 后面不能有文字"),
        ("a: 'b\n---\nc: d", "x.yaml:1:4: this isn't YAML: this quote isn't closed", "引号没有闭合"),
        ("a: {b: c\nd: e", "x.yaml:1:4: this isn't YAML: a `{` isn't closed, or a comma is missing", "`{` 没有闭合"),
        ("a: {b: 1 c: 2}", "x.yaml:1:11: this isn't YAML: a `{` isn't closed, or a comma is missing", "`{` 没有闭合"),
        (
            "标签: [甲, 乙\n丙: 丁",
            "x.yaml:1:5: this isn't YAML: a `[` isn't closed, or a comma is missing",
            "`[` 没有闭合",
        ),
        ("a: 'b\nc: d", "x.yaml:1:4: this isn't YAML: this quote isn't closed", "引号没有闭合"),
        ("\ta: b", "x.yaml:1:1: this isn't YAML: a tab can't indent", "缩进不能用制表符"),
        ("a:\n\tb: c", "x.yaml:2:1: this isn't YAML: a tab can't indent", "缩进不能用制表符"),
        ("a:\n  b: c\n  \td: e", "x.yaml:3:3: this isn't YAML: a tab can't indent", "缩进不能用制表符"),
        ("a: @b", "x.yaml:1:4: this isn't YAML: text can't begin with `@`", "文字不能以 `@` 开头"),
        ("a: `b`", "x.yaml:1:4: this isn't YAML: text can't begin with ```", "文字不能以 ``` 开头"),
        ("- a\nb: c", "x.yaml:2:1: this isn't YAML: a `-` is expected here", "这里应为 `-`"),
        ("a: b\n- c", "x.yaml:2:1: this isn't YAML: a key is expected here", "这里应为键"),
        ("a: 'x' y", "x.yaml:1:8: this isn't YAML: a key is expected here", "这里应为键"),
        ("a: - b", "x.yaml:1:4: this isn't YAML: a list isn't expected here", "这里不该有列表"),
        ('a: "\\q"', "x.yaml:1:5: this isn't YAML: in double quotes a `\\` begins an escape", "双引号里的 `\\` 是转义"),
        ("{a: b}}", "x.yaml:1:7: this isn't YAML: the document has ended above", "文件到上一行已经结束"),
        ("家庭: 张\x07三", "x.yaml:1:6: this isn't YAML: a control character", "有不可见的控制字符"),
    ],
)
def test_broken_yaml_is_explained_where_it_breaks(text: str, en: str, zh: str) -> None:
    first, *_ = said(text).splitlines()
    assert first == f"{en} [yaml-syntax]"
    assert f"YAML 写法有误：{zh}" in said(text, "zh")


def test_an_unclosed_bracket_is_shown_where_it_was_opened() -> None:
    assert said("a:\n  b: [1, 2\n  c: 3\n") == (
        "x.yaml:2:6: this isn't YAML: a `[` isn't closed, or a comma is missing [yaml-syntax]\n"
        "hint: look between here and x.yaml:3:4"
    )


@pytest.mark.parametrize(
    "text",
    ["a: &x 1", "a: *x", "a: &x [1]", "<<: {a: 1}", "a: !!str 5", "a: ! 5", "!t {a: 1}", "a: !x!y z", "a: *", "a: &"],
)
def test_anchors_aliases_tags_and_merge_keys_are_refused(text: str) -> None:
    assert said(text).endswith(
        ": anchors, aliases, tags and merge keys aren't allowed here [yaml-feature]\nhint: write the value out"
    )


def test_everything_wrong_in_a_file_is_told_at_once() -> None:
    text = "a: 1\na: 2\nb: 010\nc: *x\nd:\n[e]: 1\n"
    assert [line.split(": ")[0] for line in said(text).splitlines() if line.startswith("x")] == [
        "x.yaml:2:1",
        "x.yaml:3:4",
        "x.yaml:4:4",
        "x.yaml:5:1",
        "x.yaml:6:1",
    ]


@pytest.mark.parametrize("key", ["benefit", "supplement", "reform"])
def test_two_documents_without_a_line_between_them_are_told_once(key: str) -> None:
    text = f"{key}: a\nlabel: A\nfor: person\n{key}: b\nlabel: B\nfor: person\n{key}: c\n"
    assert said(text) == (
        f"x.yaml:4:1: `{key}` stands twice in this mapping [duplicate-key]\n"
        "hint: the first one is at x.yaml:1:1; where a file has several, a line `---` stands between them"
    )
    assert read_text(text.replace(f"\n{key}", f"\n---\n{key}"), "x.yaml")[1]["label"] == "B"


def test_any_other_key_that_stands_twice_is_told_each_time() -> None:
    assert said("a: {benefit: x, benefit: y}\nb: 1\nb: 2\nb: 3\n").count("stands twice") == 3
    assert "---" not in said("a: {benefit: x, benefit: y}\n")


def test_a_flood_of_problems_is_cut_off() -> None:
    assert said("a: [" + "*x, " * 300_000 + "]").count("[yaml-feature]") == MOST_PROBLEMS


# YAML's surprises


@pytest.mark.parametrize("text", ["010", "-010", "1:30", "1:30:00", "0x1f", "0o17", "00"])
def test_what_yaml_programs_read_differently_must_be_quoted(text: str) -> None:
    assert said(f"id: {text}") == (
        f"x.yaml:1:5: YAML programs don't agree on what `{text}` is [yaml-surprise]\n"
        "hint: put it in quotes if it is text, or write the number without leading zeros"
    )
    assert read_text(f"id: '{text}'", "x.yaml") == [{"id": text}]


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "off", "NO", "true", "1e3", "2018-01-01", "1_000", ".5", ".inf", "=", "0"]
)
def test_words_stay_words_and_figures_stay_text(text: str) -> None:
    assert read_text(f"{text}: {text}", "x.yaml") == [{text: text}]


@pytest.mark.parametrize("text", ["", "~", "null", "NULL"])
def test_a_key_without_a_value_is_refused(text: str) -> None:
    assert said(f"标签: {text}\n").startswith("x.yaml:1:1: `标签` has no value [empty-value]\nhint: write a value, or")
    assert said(f"标签: [a, {text or '~'}]").startswith("x.yaml:1:9: this item has no value [empty-value]")
    assert read_text(f"标签: '{text}'", "x.yaml") == [{"标签": text}]


def test_a_formula_with_a_comma_in_braces_is_told_to_be_quoted() -> None:
    assert said("x: {for: person, met: max(a, b) > 1}") == (
        "x.yaml:1:30: `b) > 1` has no value [empty-value]\n"
        "hint: write a value, or leave it out; in { } and [ ] text with a comma in it needs quotes"
    )


def test_no_and_yes_may_be_labels_and_options() -> None:
    fact = "smokes: {for: person, type: choice, label: no, options: {yes: 是, no: 否, on: 'on', null: 'null'}}\n"
    pack = load(Path("mini"), facts=fact, indicators="i: {for: person, label: 指标, met: smokes == no}\n")
    decision = pack.decide({"members": [{"id": "a", "no": "no"}, {"id": "b", "smokes": "是"}]}, on="2018-06-01")
    assert [item.status for item in decision.indicators] == ["met", "not met"]


@pytest.mark.parametrize("text", ["1e3", "1_000", ".5", "5.", ".inf", ".nan", "true", "no", "2018-01-01", "二十"])
def test_what_yaml_would_make_a_number_is_no_figure_here(text: str) -> None:
    fact = f"pets:\n  for: household\n  type: number\n  label: 宠物\n  unit: items\n  range: [{text}, 20]\n"
    width = 4 if text == "二十" else len(text)
    assert told(facts=fact) == (
        f"mini/facts.yaml:6:11: `{text}` isn't a figure [bad-figure]\n"
        f"   6 |   range: [{text}, 20]\n"
        f"     |           {'^' * width}\n"
        "hint: for example 75%, 1.5万元, 60岁, 1/6, at least 15000元, not stated"
    )


def test_dates_as_keys_are_read_as_dates_and_nothing_else() -> None:
    figures = "{2018-01-01: 5, 2018-13-01: 6, 2018-1-1: 7, 1700-01-01: 8, 今天: 9}"
    found = findings(Path("mini"), parameters=f"p: {{label: 数, unit: items, values: {figures}}}\n")
    assert [item.message() for item in found if item.code == "bad-date"] == [
        "`2018-13-01` isn't a date",
        "`2018-1-1` isn't a date",
        "`1700-01-01` isn't a date",
        "`今天` isn't a date",
    ]


# characters and lines


def test_a_byte_order_mark_and_windows_lines_change_nothing() -> None:
    fact = "甲: {{for: person, type: conditions, label: 甲}}{end}乙: {{for: person}}{end}"
    messages = []
    for name, mark, end in (("unix", b"", "\n"), ("windows", b"\xef\xbb\xbf", "\r\n"), ("mac", b"", "\r")):
        folder = write_files(Path(name), {})
        (folder / "facts.yaml").write_bytes(mark + fact.format(end=end).encode())
        messages.append(told(name).replace(name, ""))
    assert messages[0] == messages[1] == messages[2]
    assert messages[0].startswith("/facts.yaml:1:24: `conditions` isn't one of")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "latin-1"])
def test_a_file_in_another_encoding_is_told_to_be_saved_as_utf8(encoding: str) -> None:
    folder = write_files(Path("mini"), {})
    (folder / "facts.yaml").write_bytes("# é\n".encode(encoding, "replace") + b"\xff\n")
    assert re.fullmatch(
        r"mini/facts.yaml:[12]:\d: the file isn't UTF-8 \[not-utf8\]\n.*\n.*\nhint: save it as UTF-8 \(in Excel: CSV UTF-8\)",
        told(),
    )


def test_control_characters_never_reach_the_terminal() -> None:
    shown = told(facts='"\\e[31m\\n红": {for: person, type: condition, label: 红}\n')
    assert shown.startswith("mini/facts.yaml:1:1: `\\x1b[31m\\n红` isn't an id [bad-id]\n")


# too much


@pytest.mark.parametrize(
    "text", ["a: " + "[" * 100_000, "{a: " * 100_000, "- " * 100_000 + "x", "? " * 100_000 + "x", "'" + "[" * 100_000]
)
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(PolicyError) as caught:
        read_text(text, "x.yaml")
    assert caught.value.diagnostics[-1].code in ("nested-too-deep", "yaml-syntax")
    assert time.perf_counter() - start < 2


def test_an_alias_bomb_stays_a_few_lines() -> None:
    bomb = "".join(
        f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert said("a: &a [x, x]\n" + bomb).count("[yaml-feature]") == 1 + 8 * 10


def test_a_formula_of_a_megabyte_is_refused() -> None:
    shown = told(indicators=f"x: {{for: household, label: 某, met: '{'1 + ' * 250_000}1'}}\n")
    assert shown.startswith(
        "mini/indicators.yaml:1:37: the formula has 1,000,001 characters; 4,000 are allowed [formula-too-long]\n"
    )
    assert len(shown) < 500


@pytest.mark.parametrize(
    "formula",
    [
        "not " * 900 + "x",
        "(" * 1500 + "x" + ")" * 1500 + " + x" * 101,
        "1 + " * 900 + "1",
        "-" * 3900 + "1",
        "if x then 1 else " * 200 + "1",
    ],
)
def test_a_formula_nested_too_deep_is_refused(formula: str) -> None:
    found = findings(Path("mini"), indicators=f"x: {{for: household, label: 某, met: '{formula}'}}\n")
    assert codes(found) == ["formula-too-deep"]
    assert found[0].message() == "the formula is nested deeper than 100 levels"


def test_a_cycle_of_fifty_variables_is_shown_whole() -> None:
    found = findings(
        Path("mini"),
        variables="".join(
            f"v{i}: {{for: household, label: 变量{i}, formula: v{(i + 1) % 50} + 1}}\n" for i in range(50)
        ),
    )
    assert [item.message() for item in found] == ["a cycle: " + " → ".join([*(f"v{i}" for i in range(50)), "v0"])]


def test_packs_that_use_each_other_are_a_cycle() -> None:
    for name, used in (("east", "west"), ("west", "north"), ("north", "east")):
        write_files(Path(name), {}, {"pack.yaml": f"pack: {name}\nlabel: {name}\nuses: [{used}]\n"})
    with pytest.raises(PolicyError) as caught:
        policyengine.load(Path("east"))
    assert caught.value.render("en") == (
        "north/pack.yaml:3:8: a cycle: east → west → north → east [cycle]\n   3 | uses: [east]\n     |        ^^^^"
    )


def test_a_pack_that_uses_itself_is_a_cycle() -> None:
    write_files(Path("east"), {}, {"pack.yaml": "pack: east\nlabel: east\nuses: [east]\n"})
    with pytest.raises(PolicyError, match="a cycle: east → east"):
        policyengine.load(Path("east"))


def chain_of_packs(number: int, uses: int) -> Path:
    """Packs of which each uses so many of the next."""
    for index in range(number):
        used = [f"p{index + 1 + other}" for other in range(uses) if index + 1 + other < number]
        write_files(Path(f"p{index}"), {}, {"pack.yaml": f"pack: p{index}\nlabel: p\nuses: {used}\n".replace("'", "")})
    write_files(Path(f"p{number - 1}"), {"facts": STAGE})
    return Path("p0")


def test_a_pack_used_along_many_ways_is_read_once() -> None:
    start = time.perf_counter()
    assert "stage" in policyengine.load(chain_of_packs(20, 3)).policy.facts
    assert time.perf_counter() - start < 5


def test_what_is_wrong_with_a_pack_used_twice_is_told_once() -> None:
    for name, used in (("top", "[left, right]"), ("left", "[base]"), ("right", "[base]")):
        write_files(Path(name), {}, {"pack.yaml": f"pack: {name}\nlabel: {name}\nuses: {used}\n"})
    write_files(Path("base"), {"facts": "x: {for: person}\n"})
    with pytest.raises(PolicyError) as caught:
        policyengine.load(Path("top"))
    assert codes(list(caught.value.diagnostics)) == ["missing-key", "missing-key"]


def test_a_chain_of_hundreds_of_packs_is_refused() -> None:
    with pytest.raises(PolicyError, match="nested deeper than 20 levels"):
        policyengine.load(chain_of_packs(300, 1))


# files outside the pack, and tables


def table(file: str) -> str:
    return f"t: {{label: 表, unit: items, keys: [stage], file: {file}}}\n"


@pytest.mark.parametrize("file", ["../../x.csv", "../x.csv", "/etc/passwd", "sub/../../x.csv", "x/../../../x.csv"])
def test_a_table_outside_the_pack_is_never_read(file: str) -> None:
    Path("x.csv").write_text("stage,value\nnone,1\nsome,2\n")
    assert told(facts=STAGE, parameters=table(file)) == (
        f"mini/parameters.yaml:1:49: `{file}` lies outside the pack [leaves-pack]\n"
        f"   1 | {table(file)}     | {' ' * 49}{'^' * len(file)}\n"
        "hint: a pack reads only files in its own folder; copy the file there"
    )


def test_links_that_leave_the_pack_are_never_followed() -> None:
    Path("out").mkdir()
    Path("out/x.csv").write_text("stage,value\nnone,1\nsome,2\n")
    Path("out/x.yaml").write_text("secret: {for: person, type: condition, label: 秘密}\n")
    mini = write_files(Path("mini"), {"facts": STAGE, "parameters": table("x.csv")})
    (mini / "x.csv").symlink_to("../out/x.csv")
    (mini / "variables").symlink_to("../out")
    (mini / "readings.yaml").symlink_to("../out/x.yaml")
    found = findings(Path("mini"), facts=STAGE, parameters=table("x.csv"))
    assert [(item.code, str(item.place or item.path)) for item in found] == [
        ("leaves-pack", "mini/readings.yaml"),
        ("leaves-pack", "mini/variables/x.yaml"),
        ("leaves-pack", "mini/parameters.yaml:1:49"),
    ]


def test_a_link_inside_the_pack_is_followed() -> None:
    mini = write_files(Path("mini"), {}, {"rows/x.csv": "stage,value\nnone,1\nsome,2\n"})
    (mini / "x.csv").symlink_to("rows/x.csv")
    assert codes(findings(Path("mini"), facts=STAGE, parameters=table("x.csv"))) == ["unused-parameter"]


def test_a_pipe_doesnt_keep_the_reader_waiting() -> None:
    write_files(Path("mini"), {})
    os.mkfifo("mini/facts.yaml")
    assert told() == "mini/facts.yaml: the file can't be read: it isn't a regular file [unreadable-file]"


@pytest.mark.parametrize(("rows", "limit"), [(20_001, "20,000 rows"), (800_000, "5 MB")])
def test_a_huge_table_is_refused(rows: int, limit: str) -> None:
    shown = told(files={"x.csv": "stage,value\n" + "none,1\n" * rows}, facts=STAGE, parameters=table("x.csv"))
    assert shown.startswith(f"mini/parameters.yaml:1:49: the file is larger than the limit ({limit}) [file-too-large]")


@pytest.mark.parametrize("form", ["file: x.csv", "cells: []"])
def test_an_empty_table_is_told_to_be_empty(form: str) -> None:
    parameter = f"t: {{label: 表, unit: items, keys: [stage], {form}}}\n"
    assert told(files={"x.csv": "\n"}, facts=STAGE, parameters=parameter).endswith(
        "^\nhint: its first row is its header: stage,value"
    )


def test_messages_about_shapes_are_readable() -> None:
    benefit = "benefit: b\nlabel: b\nfor: household\nkind: cash\neligible: true\namount: "
    shape = "mini/benefits.yaml:6:9: `amount`: a mapping (keys and values) is expected [wrong-shape]\n"
    assert told(benefits=benefit + "[1]\n").startswith(shape.replace("a mapping", "text, or a mapping"))
    assert told(benefits=benefit + "{by: {a: b}}\n").startswith(
        "mini/benefits.yaml:6:14: `by`: text is expected here [wrong-shape]\n"
    )
    assert told(parameters="p: {label: a, unit: yuan, places: 9, values: [[1]]}\n").startswith(
        "mini/parameters.yaml:1:35: `places`: at most 8 is expected [wrong-shape]\n"
    )
    assert "`values`: text is expected here [wrong-shape]\n" in told(
        parameters="p: {label: a, unit: yuan, values: [1]}\n"
    )
    found = findings(Path("other"), indicators="p: {label: a, for: household}\n")
    assert found[0].message("zh") == "`p`：写 `met`，或者 `measure`、`must`、`target` 三者都写"


def test_a_misspelt_key_is_taken_for_the_one_that_is_missing_there() -> None:
    found = told(variables="v: {for: household, lable: V, formula: 'true'}\n")
    assert "`lable` isn't a key here [unknown-key]\n" in found
    assert "did you mean `label`?" in found  # and not `table`, which is as near, but may stay away
    step = "{id: x, lable: 甲付, pays: 1元/人/年}"  # of which the shape asks for a label in its own words
    payers = f"payers: {{p: {{for: person, label: x, base: 1元/人/年, order: [{step}]}}}}\n"
    found = told(between=payers)
    assert "did you mean `label`?" in found
    assert "too few" not in found
    assert "did you mean `formula`?" in told(variables="v: {for: household, label: V, formla: 'true'}\n")


def test_an_item_that_is_no_mapping_is_told_by_its_key() -> None:
    assert told(parameters="p: 5\n").startswith(
        "mini/parameters.yaml:1:4: `p`: a mapping (keys and values) is expected [wrong-shape]\n"
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_a_pack_yaml_without_a_pack_is_told(text: str) -> None:
    assert [line for line in told(files={"pack.yaml": text}).splitlines() if line.startswith("mini")] == [
        "mini/pack.yaml:1:1: `pack` is missing [missing-key]",
        "mini/pack.yaml:1:1: `label` is missing [missing-key]",
    ]


@pytest.mark.parametrize("text", ["[]", "[pack, label]", "mini", "---\n", "~"])
def test_a_pack_yaml_that_is_no_mapping_is_told(text: str) -> None:
    assert "`mini/pack.yaml`: a mapping (keys and values) is expected [wrong-shape]" in told(files={"pack.yaml": text})


def test_a_folder_without_a_pack_is_told_to_be_one() -> None:
    Path("empty").mkdir()
    for folder, code in ((Path("empty"), "no-pack"), ("empty", "no-pack"), (Path("nowhere"), "unknown-pack")):
        with pytest.raises(PolicyError, match=code):
            policyengine.load(folder)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("{from: 2018, to: 2018-12-31}", "mini/pack.yaml:3:14: `2018` isn't a date [bad-date]\n"),
        ("{from: 2018-01-01, to: 20181231}", "mini/pack.yaml:3:30: `20181231` isn't a date [bad-date]\n"),
        ("{from: 2019-01-01, to: 2018-01-01}", "mini/pack.yaml:3:14: `2019-01-01 … 2018-01-01` leaves nothing"),
    ],
)
def test_a_term_that_is_none_is_told_at_its_place(term: str, expected: str) -> None:
    files = {"pack.yaml": f"pack: mini\nlabel: mini\nterm: {term}\n"}
    assert told(files=files).startswith(expected)
    if "isn't a date" in expected:
        with pytest.raises(PolicyError) as caught:
            policyengine.load(Path("mini")).decide({"members": [{"id": "a"}]}, on="2018-06-01")
        assert caught.value.render("en").startswith(expected)


def test_a_pack_yaml_with_two_packs_is_told() -> None:
    assert told(files={"pack.yaml": "pack: a\nlabel: a\n---\npack: b\nlabel: b\n"}).startswith(
        "mini/pack.yaml:4:1: `pack.yaml`: one document is expected; here begins another [wrong-shape]"
    )


def test_a_link_to_itself_is_told() -> None:
    write_files(Path("mini"), {"facts/own": STAGE})
    Path("mini/facts/x.yaml").symlink_to("x.yaml")
    Path("mini/readings.yaml").symlink_to("readings.yaml")
    Path("mini/between.yaml").symlink_to("between.yaml")
    Path("mini/indicators.yaml").symlink_to("gone.yaml")
    assert told().splitlines() == [
        "mini/facts/x.yaml: the file can't be read: the link leads back to itself [unreadable-file]",
        "mini/readings.yaml: the file can't be read: the link leads back to itself [unreadable-file]",
        "mini/indicators.yaml: the file can't be read: there is no such file [unreadable-file]",
        "mini/between.yaml: the file can't be read: the link leads back to itself [unreadable-file]",
    ]


def test_a_table_that_is_a_link_to_itself_is_told() -> None:
    mini = write_files(Path("mini"), {})
    (mini / "x.csv").symlink_to("x.csv")
    assert told(facts=STAGE, parameters=table("x.csv")).startswith(
        "mini/parameters.yaml:1:49: the file can't be read: the link leads back to itself [unreadable-file]"
    )


def test_scenarios_outside_the_pack_are_never_read() -> None:
    Path("x.yaml").write_text("scenarios: []\n")
    mini = write_files(Path("mini"), {}, {"scenarios/own.yaml": "scenarios: []\n"})
    (mini / "scenarios/x.yaml").symlink_to("../../x.yaml")
    with pytest.raises(PolicyError, match="leaves-pack"):
        policyengine.load(mini).policy.scenarios()


@pytest.mark.parametrize("expected", ["eligible", "[eligible]", "5"])
def test_what_is_expected_of_a_member_is_a_mapping(expected: str) -> None:
    text = (
        "scenarios:\n  - name: 某\n    on: 2018-06-01\n    household: {members: [{id: a}]}\n    expect: {a: EXPECTED}\n"
    )
    indicator = "i: {for: person, label: 某, met: true}\n"
    pack = load(Path("mini"), {"scenarios/x.yaml": text.replace("EXPECTED", expected)}, indicators=indicator)
    (outcome,) = run_scenarios(pack)
    assert [item.render("en").splitlines()[0] for item in outcome.errors] == [
        "mini/scenarios/x.yaml:5:17: `a`: benefits or indicators are expected, each with its result [wrong-shape]"
    ]


def test_a_file_name_that_no_system_has_is_told() -> None:
    assert told(facts=STAGE, parameters=table('"a\\0b"')).startswith(
        "mini/parameters.yaml:1:49: the file can't be read: no system has such a file name [unreadable-file]"
    )


def test_a_table_in_another_encoding_is_told_to_be_saved_as_utf8() -> None:
    write_files(Path("mini"), {})
    Path("mini/x.csv").write_bytes("学段,value\n无,1\n有,2\n".encode("gb18030"))
    assert codes(findings(Path("mini"), facts=STAGE, parameters=table("x.csv"))) == ["not-utf8"]


@pytest.mark.parametrize(
    "place",
    [
        "variable",
        "step",
        "between",
        "option",
    ],
)
def test_every_id_is_checked(place: str) -> None:
    ids = {"between": "x", "option": "x", "variable": "x", "step": "x", place: "有.x"}
    benefit = (
        "benefit: {name}\nlabel: {name}\nfor: household\nkind: cash\nperiod: year\neligible: true\namount: 0\n"
        f"variables: {{{{ {ids['variable']}_{{name}}: {{{{for: household, label: 变量{{name}}, formula: true}}}} }}}}\n"
    )
    found = findings(
        Path("mini"),
        facts=f"f: {{for: person, type: choice, label: 某, options: {{{ids['option']}1: 甲, y: 乙}}}}\n",
        benefits=benefit.format(name="b") + "---\n" + benefit.format(name="c"),
        between=(
            f"exclusions:\n  {ids['between']}2: {{label: 择一, benefits: [b, c], rule: choice}}\n"
            f"payers:\n  p: {{for: household, label: 次序, base: 0, order: [{{id: {ids['step']}3, label: 步, pays: 0}}]}}\n"
        ),
    )
    assert "bad-id" in codes(found)


@pytest.mark.parametrize("word", ["if", "and", "count", "sum", "max", "true", "round", "table", "effective_date"])
def test_a_word_of_the_formulas_is_no_id(word: str) -> None:
    fact = f"{word}: {{for: person, type: choice, label: 某, options: {{{word}: 甲, y: 乙}}}}\n"
    found = findings(Path("mini"), facts=fact)
    assert [(item.code, str(item.place)) for item in found] == [
        ("reserved-word", "mini/facts.yaml:1:1"),
        ("reserved-word", f"mini/facts.yaml:1:{len(word) + 51}"),
    ]


@pytest.mark.parametrize("key", ["a-b", "1a", "a.b", "年龄", "a b"])
def test_an_id_that_formulas_would_read_otherwise_is_none(key: str) -> None:
    assert codes(findings(Path("mini"), facts=f"'{key}': {{for: person, type: condition, label: 某}}\n")) == ["bad-id"]


@pytest.mark.parametrize("day", ["1700-01-01", "2018-13-01", "9999-12-31"])
def test_a_day_in_a_formula_is_one_that_facts_may_have(day: str) -> None:
    found = findings(Path("mini"), indicators=f"i: {{for: household, label: 某, met: 判断日 > {day}}}\n")
    assert codes(found) == ["bad-date"]


@pytest.mark.parametrize(
    ("options", "option"),
    [("{none: 零, some: 有}", "none"), ("{a: {zh: 无, en: nil}, b: 有}", "a"), ("{x: unknown, y: 乙}", "x")],
)
def test_an_option_that_means_absence_is_refused_where_the_fact_may_be_absent(options: str, option: str) -> None:
    fact = f"f: {{for: person, type: choice, label: 某, optional: true, options: {options}}}\n"
    found = findings(Path("mini"), facts=fact)
    assert codes(found) == ["option-means-other"]
    assert found[0].message("en").startswith(f"the option `{option}` of `f` can't be stated: ")
    assert ("unknown" in options) == bool(findings(Path("other"), facts=fact.replace("optional: true, ", "")))


def test_an_option_of_a_reading_may_not_be_called_open() -> None:
    reading = "r: {label: 读, options: {open: 开, shut: 关}, default: shut, why: 某}\n"
    assert codes(findings(Path("mini"), readings=reading))[:1] == ["option-means-other"]


@pytest.mark.parametrize("figure", ["9" * 5000, "9" * 400_000, "between " + "1 " * 200_000, "1/" + "9" * 400_000])
@pytest.mark.parametrize("unit", ["items", "ratio"])
def test_a_figure_of_thousands_of_digits_is_told_at_once(figure: str, unit: str) -> None:
    start = time.perf_counter()
    shown = told(parameters=f"p: {{label: 数, unit: {unit}, values: {figure}}}\n")
    assert "isn't a figure [bad-figure]" in shown
    assert time.perf_counter() - start < 2


def test_a_figure_of_thousands_of_digits_in_a_formula_is_told() -> None:
    found = findings(Path("mini"), indicators=f"i: {{for: household, label: 某, met: 1 < {'9' * 3900}}}\n")
    assert codes(found) == ["bad-figure"]
