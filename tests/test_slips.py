"""Full-width punctuation and forgotten spaces in YAML are told as what they are; text that holds them is left alone."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from minipack import findings
from policyengine import PolicyError
from policyengine.authoring import complaints, reader
from policyengine.authoring.complaints import complaint
from policyengine.authoring.reader import read_text


def said(text: str, lang: str = "zh") -> list[str]:
    """What reading a YAML text reports: message and hint of each problem, with their places."""
    try:
        read_text(text, "x.yaml")
    except PolicyError as error:
        return [f"{item.place}: {item.message(lang)}；{item.help(lang)}" for item in error.diagnostics]  # type: ignore[arg-type]
    return []


COLON = "YAML 写法有误：这里用了中文冒号 `：`；请改成英文冒号加空格 `: `"
COMMA = "YAML 写法有误：这里用了中文逗号 `，`；请改成英文逗号 `,`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age：\n  for: person\n", f"x.yaml:1:4: {COLON}"),
        ("age:\n  label：年龄\n  type: number\n", f"x.yaml:2:8: {COLON}"),
        ("age:\n  for: person\n  label：年龄\n", f"x.yaml:3:8: {COLON}"),
        ("age：\n  for：person\n  label：年龄\n  type: number\n", f"x.yaml:1:4: {COLON}"),
        ("- name：甲\n  on: 2018-01-01\n", f"x.yaml:1:7: {COLON}"),
        ("a: {zh: 年龄，en: age}\n", f"x.yaml:1:11: {COMMA}"),
        ("a: {zh: 年龄：周岁，en: age}\n", f"x.yaml:1:14: {COMMA}"),
        ("a: ｛zh: b, en: c｝\n", "x.yaml:1:4: YAML 写法有误：这里用了全角花括号 `｛`；请改成英文的 `{` `}`"),
        (
            "a: {zh: x,\n  en: y｝\nb: c\n",
            "x.yaml:2:8: YAML 写法有误：这里用了全角花括号 `｝`；请改成英文的 `{` `}`",
        ),
        ("a: [b, c］\nd: e\n", "x.yaml:1:9: YAML 写法有误：这里用了全角方括号 `］`；请改成英文的 `[` `]`"),
        ("a: “年龄: 岁”\n", 'x.yaml:1:4: YAML 写法有误：这里用了中文引号 `“`；请改成英文引号 `"`'),
        ('a: "年龄”\nb: c\nd: e\n', 'x.yaml:1:7: YAML 写法有误：这里用了中文引号 `”`；请改成英文引号 `"`'),
        ("a: b\n＃ 说明\nc: d\n", "x.yaml:2:1: YAML 写法有误：这里用了全角井号 `＃`；注释请用英文的 `#`"),
        ("a:\n  - b\n  － c\n", "x.yaml:3:3: YAML 写法有误：这里用了中文横线 `－`；列表请用英文的 `-` 加空格"),
        ("a:　b\nc: d\n", "x.yaml:1:3: YAML 写法有误：这里用了全角空格；请改成英文空格"),
        ("key:value\nother: x\n", "x.yaml:1:4: YAML 写法有误：`:` 后面没有空格；请在 `:` 后加一个空格"),
        (
            "a: {2021-01-01:3000元}\n",
            "x.yaml:1:5: `2021-01-01:3000元`没有值；x.yaml:1:15 `:` 后面没有空格，请在 `:` 后加一个空格",
        ),
        (
            "a: {2021-01-01: 3,000元}\n",
            "x.yaml:1:19: `000元`没有值；在 { } 里逗号分隔各项；数字里的逗号请去掉：`3000元`",
        ),
        (
            "a: {zh：年龄, en: age}\n",
            "x.yaml:1:5: `zh：年龄`没有值；x.yaml:1:7 这里用了中文冒号 `：`，请改成英文冒号加空格 `: `",
        ),
        (
            "a:\n  b: c\n　　d: e\n",
            "x.yaml:3:1: YAML 写法有误：这里用了全角空格；请改成英文空格",
        ),
    ],
)
@pytest.mark.parametrize("loader", ["libyaml", "python"])
def test_a_slip_is_told_at_its_place(text: str, expected: str, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if loader == "python":
        monkeypatch.setattr(reader, "LOADER", yaml.SafeLoader)
        monkeypatch.setattr(complaints, "LOADER", yaml.SafeLoader)
    assert said(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "a: 说明：甲: 乙\n",
        "a: 'x' y：z\n",
        "注：年龄：周岁\nb: c: d\n",
        "a: 年龄，按周岁\nb: [c\nd: e\n",
        "a: “年龄”\nb: - c\n",
        "a: {zh: 年龄：按周岁, en: x y z: w}\n",
        "a: '甲：乙'\nb: @c\n",
        "a: b  # 说明：见附件，二\n c: d\n",
        'a: "年龄\n',
        "a:\n  source 某市答复：见附件\n  b: c\n",
    ],
)
def test_text_that_may_hold_such_signs_isn_t_blamed(text: str) -> None:
    assert not [line for line in said(text) if re.search("中文|全角|没有空格", line)]


@pytest.mark.parametrize("end", ["b: c: d\n", "b: [c\n", "'b: c\n"])
def test_a_long_file_full_of_such_signs_is_told_at_once(end: str) -> None:
    text = "".join(f"键{number}：甲，乙：丙\n" for number in range(10_000))
    labels = "".join(f"k{number}: 甲，“乙”：【丙】\n" for number in range(10_000))
    start = time.perf_counter()
    assert said(text + end)
    assert said(labels + end)
    assert time.perf_counter() - start < 20


@given(
    st.text(st.sampled_from("年龄：，（）“”‘’＃－｛｝［］【】　、a1"), min_size=1, max_size=12).filter(
        lambda t: t == t.strip()
    )
)
def test_any_text_with_full_width_signs_stays_what_it_says(text: str) -> None:
    assert read_text(f"label: {text}\nother: [{text}, '{text}']\n", "x.yaml") == [
        {"label": text, "other": [text, text]}
    ]


# every complaint that libyaml's scanner and parser know, with its context
LIBYAML = [
    ("while scanning for the next token", "found character that cannot start any token"),
    ("while scanning a simple key", "could not find expected ':'"),
    ("", "block sequence entries are not allowed in this context"),
    ("", "mapping keys are not allowed in this context"),
    ("", "mapping values are not allowed in this context"),
    ("while scanning a directive", "found unknown directive name"),
    ("while scanning a directive", "did not find expected comment or line break"),
    ("while scanning a directive", "could not find expected directive name"),
    ("while scanning a directive", "found unexpected non-alphabetical character"),
    ("while scanning a %YAML directive", "did not find expected digit or '.' character"),
    ("while scanning a %YAML directive", "found extremely long version number"),
    ("while scanning a %YAML directive", "did not find expected version number"),
    ("while scanning a %TAG directive", "did not find expected whitespace"),
    ("while scanning a %TAG directive", "did not find expected whitespace or line break"),
    ("while scanning a tag directive", "did not find expected '!'"),
    ("while parsing a tag directive", "did not find expected '!'"),
    ("while parsing a %TAG directive", "did not find expected tag URI"),
    ("while parsing a %TAG directive", "did not find URI escaped octet"),
    ("while parsing a %TAG directive", "found an incorrect leading UTF-8 octet"),
    ("while scanning a block scalar", "found an indentation indicator equal to 0"),
    ("while scanning a block scalar", "did not find expected comment or line break"),
    ("while scanning a block scalar", "found a tab character where an indentation space is expected"),
    ("while scanning a quoted scalar", "found unexpected document indicator"),
    ("while scanning a quoted scalar", "found unexpected end of stream"),
    ("while parsing a quoted scalar", "found unknown escape character"),
    ("while parsing a quoted scalar", "did not find expected hexdecimal number"),
    ("while parsing a quoted scalar", "found invalid Unicode character escape code"),
    ("while scanning a plain scalar", "found unexpected ':'"),
    ("while scanning a plain scalar", "found a tab character that violates indentation"),
    ("while parsing", "Maximum nesting level reached, set with yaml_set_max_nest_level())"),
    ("", "did not find expected <document start>"),
    ("while parsing a block node", "did not find expected node content"),
    ("while parsing a flow node", "did not find expected node content"),
    ("while parsing a block collection", "did not find expected '-' indicator"),
    ("while parsing a block mapping", "did not find expected key"),
    ("while parsing a flow sequence", "did not find expected ',' or ']'"),
    ("while parsing a flow mapping", "did not find expected ',' or '}'"),
    ("", "found duplicate %YAML directive"),
    ("", "found incompatible YAML document"),
    ("", "found duplicate %TAG directive"),
]


@pytest.mark.parametrize(("context", "problem"), LIBYAML)
def test_every_complaint_of_libyaml_is_told_in_our_words(context: str, problem: str) -> None:
    sentence, _hint = complaint(problem, context)
    if problem != "found character that cannot start any token":  # which is told with the character
        assert sentence.en != "this can't be read"
    assert not re.search(r"[A-Za-z]{4}", sentence.zh.replace("YAML", ""))


def test_a_complaint_that_nobody_knows_is_told_in_chinese_too() -> None:
    sentence, hint = complaint("did not find expected unicorn", "while scanning a meadow")
    assert (sentence.zh, hint and hint.zh) == ("读不懂这里", "请检查缩进、引号和括号；拿不准的文字请加引号")


FACT = "is_student:\n  for: person\n  type: condition\n  label: 学生\n"


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        (FACT, FACT.replace(": ", "："), "`is_student`：应为键和值（映射）", "2:6 这里用了中文冒号 `：`"),
        ("label: 学生", "label: {zh：学生，en: student}", "缺少 `zh`", "4:13 这里用了中文冒号 `：`"),
        ("for:", "“for”:", "这里没有 `“for”` 这个键", "2:3 这里用了中文引号 `“`"),
        ("is_student", "“is_student”", "`“is_student”` 不能作标识", "1:1 这里用了中文引号 `“`"),
        (
            "label: 学生",
            "label: 学生\n  options: ［a, b］",
            "`options`：应为键和值（映射）",
            "5:12 这里用了全角方括号 `［`",
        ),
    ],
)
def test_a_slip_in_a_file_that_yaml_can_read_is_told_where_it_does_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = findings(Path("mini"), facts=FACT.replace(old, new))
    hints = {item.message("zh"): item.help("zh") for item in found}
    assert hints[message].startswith(f"mini/facts.yaml:{hint}，请改成")


@pytest.mark.parametrize("sign", ["：", ":"])
def test_a_figure_run_together_with_its_date_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = findings(Path("mini"), parameters=f"p:\n  label: 数\n  unit: yuan\n  values:\n    2018-01-01{sign}5元\n")
    assert [
        (item.code, item.help("zh").startswith("mini/parameters.yaml:5:15 ")) for item in found if item.is_error
    ] == [("bad-figure", True)]


def test_full_width_indentation_is_told_once_with_how_many_lines_have_it() -> None:
    text = "poor:\n　　for: person\n　　label: 困难\nrich:\n　　for: person\n　　label: 富裕\n"
    slip = "x.yaml:2:1: YAML 写法有误：这里用了全角空格；请改成英文空格"
    assert said(text) == [f"{slip}；另有 3 行也是"]
    assert said(text, "en")[0].endswith("；use ordinary spaces, in 3 more lines too")
    assert said("poor:\n　　for: person\n") == [slip]


def test_what_is_wrong_above_full_width_indentation_is_told_too() -> None:
    told = said("one: 010\npoor:\n　　for: person\n")
    assert [line.split(" ")[0] for line in told] == ["x.yaml:1:6:", "x.yaml:3:1:"]
