"""The command line as its users meet it: what is printed, what is refused, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import policyengine
from policyengine.cli import app

ROOT = Path(__file__).parent.parent
ZHANG = str(ROOT / "examples" / "zhang.yaml")
ON = ("--on", "2018-06-01")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def refused(result: Result, *fragments: str) -> None:
    """Exit 2 with a message that names everything, and no traceback."""
    assert result.exit_code == 2, result.output
    for fragment in fragments:
        assert fragment in result.output, result.output
    assert "Traceback" not in result.output


def test_explain_shows_the_amount_its_reason_and_its_clause() -> None:
    result = run("explain", "zibo", ZHANG, *ON, "--set", "农村低保标准=4200元", "--lang", "zh")
    assert result.exit_code == 0
    for line in ("✓ 医疗救助   每年 7,500.00 元", "张三 是低保对象", "依据 第六章第二节一", "? 代缴养老保险费   待定"):
        assert line in result.output


def test_the_short_form_names_the_clause_of_every_refusal(tmp_path: Path) -> None:
    home = tmp_path / "home.yaml"
    home.write_text(
        "members: [{id: a, 建档立卡贫困人口: 否, 学段: 小学}, {id: b, 建档立卡贫困人口: 否}]\n", encoding="utf-8"
    )
    lines = run("explain", "zibo", str(home), *ON, "--lang", "zh").output.splitlines()
    alone = [place for place, line in enumerate(lines) if line.startswith("  ✗") and "[" not in line]
    grouped = [line for line in lines if line.startswith("  ✗") and "[" in line]
    assert alone
    assert grouped
    for place in alone:  # below its reasons
        below = next(
            line for line in lines[place + 1 :] if line.startswith("      依据") or not line.startswith("      ")
        )
        assert below.startswith("      依据 第"), lines[place]
    for line in grouped:  # behind each of its names
        assert all(title.strip().endswith("]") for title in line.rpartition("   ")[0].split("、"))


def test_a_calculated_threshold_says_what_it_comes_to(tmp_path: Path) -> None:
    home = tmp_path / "home.yaml"
    home.write_text("家庭年收入: 30000元\nmembers: [{id: a}, {id: b}, {id: c}]\n", encoding="utf-8")
    told = run(
        "explain", "zibo", str(home), *ON, "--set", "农村低保标准=4200元", "--benefit", "医疗救助", "--lang", "zh"
    )
    assert "须小于 低收入上限 200% × 对照的低保标准 4,200.00 元 = 8,400.00 元" in told.output


def test_a_figure_that_is_not_stated_tells_the_range_that_may_decide(tmp_path: Path) -> None:
    home = tmp_path / "home.yaml"
    home.write_text("members: [{id: a, 年龄: 58岁, 残疾等级: 无残疾}]\n", encoding="utf-8")
    told = run("explain", "zibo", str(home), *ON, "--benefit", "特困人员救助供养", "--lang", "zh").output
    assert "年龄 为 58 岁；须不低于 老年人年龄 不知道（文件未载明，至少 60 岁）" in told


def test_explain_in_english() -> None:
    result = run("explain", "zibo", ZHANG, *ON, "--lang", "en", "--benefit", "medical_assistance", "--member", "张三")
    assert "✓ medical assistance   7,500.00 yuan a year" in result.output
    assert "✗" not in result.output


def test_explain_shows_a_refusal_with_the_threshold_and_the_own_value() -> None:
    result = run("explain", "zibo", ZHANG, *ON, "--lang", "zh", "--benefit", "医疗救助", "--member", "张小明")
    assert "✗ 医疗救助   不符合" in result.output
    assert "政策范围内个人负担 为 0 元；须大于 0 元" in result.output


def test_a_date_before_the_document_was_issued_or_beyond_its_term_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home.yaml"
    home.write_text("members: [{id: a, 低保对象: 是}]\n", encoding="utf-8")
    only = ("--benefit", "medical_assistance", "--lang", "zh")
    before = run("explain", "zibo", str(home), "--on", "2017-12-27", *only).output.splitlines()
    assert before[1] == "注意：文件 2017-12-28 才印发，判断日在这以前，照它的规定计算"
    assert run("explain", "zibo", str(home), "--on", "2017-12-28", *only).output.splitlines()[1] == ""
    beyond = run("explain", "zibo", str(home), "--on", "2021-01-01", "--beyond-term", *only)
    assert beyond.output.splitlines()[1] == "注意：判断日在文件的期限（2016-01-01 至 2020-12-31）以外，照原来的规定计算"
    page = tmp_path / "page.html"
    run("explain", "zibo", str(home), "--on", "2017-12-27", *only, "--html", str(page))
    assert "文件 2017-12-28 才印发" in page.read_text(encoding="utf-8")
    tree = json.loads(run("explain", "zibo", str(home), "--on", "2017-12-27", "--json").output)
    assert tree["notice"].endswith("照它的规定计算") or "issued on 2017-12-28" in tree["notice"]


def test_explain_writes_html_and_json(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run("explain", "zibo", ZHANG, *ON, "--lang", "zh", "--html", str(page)).exit_code == 0
    assert "<b>医疗救助</b> <span>每年 7,500.00 元</span>" in page.read_text(encoding="utf-8")
    tree = json.loads(run("explain", "zibo", ZHANG, *ON, "--benefit", "medical_assistance", "--json").output)
    assert {entry["status"] for entry in tree["results"]} == {"eligible", "ineligible"}
    assert tree["results"][0]["because"]["eligible"]["value"] is True


def test_decide_prints_json_and_exits_4_when_something_is_undetermined() -> None:
    result = run("decide", "zibo", ZHANG, *ON)
    assert result.exit_code == 4
    decision = json.loads(result.output)
    amounts = {item["amount"] for item in decision["entitlements"] if item["benefit"] == "medical_assistance"}
    assert amounts == {"7500.00", "0.00"}
    assert any(item["id"] == "premium_hardship" for item in decision["missing"])


def test_decide_reads_standard_input() -> None:
    result = run("decide", "zibo", "-", *ON, stdin='{"members": [{"id": "a", "低保对象": "是"}]}')
    assert json.loads(result.output)["entitlements"]


def test_a_record_replays_byte_for_byte_and_an_altered_one_does_not(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    run("decide", "zibo", ZHANG, *ON, "--set", "农村低保标准=4200元", "--reform", "ratio_80", "--record", str(record))
    assert run("replay", str(record), "--lang", "en").output == "the same, byte for byte\n"
    record.write_text(record.read_text(encoding="utf-8").replace("7500.00", "7600.00"), encoding="utf-8")
    result = run("replay", str(record))
    assert result.exit_code == 1
    assert 'amount: "7600.00" → "7500.00"' in result.output


def test_a_record_replays_on_a_pack_that_is_handed_over_with_the_changes_that_it_names(tmp_path: Path) -> None:
    record, own = tmp_path / "record.json", tmp_path / "own"
    run("new", "own", "--from", "zibo", "--in", str(tmp_path))
    decided = run("decide", str(own), ZHANG, "--on", "2019-06-01", "--reform", "ratio_80", "--record", str(record))
    assert decided.exit_code == 4
    assert run("replay", str(record), "--pack", str(own), "--lang", "en").output == "the same, byte for byte\n"


def test_json_may_say_null_and_write_rare_characters_as_pairs_of_escapes() -> None:
    stated = json.dumps({"members": [{"id": "a", "name": "\U00020bb7田", "低保对象": None}]})
    assert "\\ud842\\udfb7" in stated
    result = run("decide", "zibo", "-", *ON, stdin=stated)
    assert '"dibao_recipient"' in result.output  # among what is missing
    told = run("explain", "zibo", "-", *ON, stdin=stated)
    assert "\U00020bb7田" in told.output
    refused(run("explain", "zibo", "-", *ON, stdin="members: [{id: a, 低保对象: null}]"), "[empty-value]")


@pytest.mark.parametrize(("written", "meant"), [("1e2", "100"), ("1.5E+3", "1500"), ("25e-1", "2.5"), ("1e0", "1")])
def test_a_json_number_with_an_exponent_is_the_number_exactly(written: str, meant: str) -> None:
    stated = '{"members": [{"id": "a"}], "家庭年收入": %s}'
    one, other = (run("decide", "zibo", "-", *ON, stdin=stated % number) for number in (written, meant))
    assert one.exit_code == other.exit_code
    assert one.output.replace(written, meant) == other.output


def test_an_exponent_that_no_figure_has_is_refused_and_so_is_one_outside_json() -> None:
    stated = '{"members": [{"id": "a"}], "家庭年收入": %s}'
    refused(run("decide", "zibo", "-", *ON, stdin=stated % "1e999999999"), "[not-a-figure]")
    refused(run("decide", "zibo", "-", *ON, stdin=stated % "1e50"), "[out-of-range]")
    refused(run("decide", "zibo", "-", *ON, stdin="家庭年收入: 1e2\nmembers: [{id: a}]"), "[not-a-figure]")


def test_standard_input_in_another_encoding_is_told_as_a_file_s_is() -> None:
    gbk = "members: [{id: a, 低保对象: 是}]".encode("gbk")
    refused(CliRunner().invoke(app, ["explain", "zibo", "-", *ON], input=gbk), "-:1:", "[not-utf8]")


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "zibo", ZHANG, *ON, "--html", "nowhere/x.html"),
        ("decide", "zibo", ZHANG, *ON, "--record", "."),
        ("new", "ourtown", "--in", ZHANG),
        ("schema", "--out", ZHANG),
    ],
)
def test_what_cannot_be_written_is_told_so(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run(*arguments), "can't be written", "[unwritable-file]")


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("explain", "zibbo", ZHANG, *ON), ("there is no pack `zibbo`", "did you mean `zibo`?", "[unknown-pack]")),
        (("explain", "zibo", "nowhere.yaml", *ON), ("nowhere.yaml", "[unreadable-file]")),
        (("explain", "zibo", ZHANG, "--on", "2018-13-01"), ("`2018-13-01` isn't a date", "[bad-date]")),
        (
            ("explain", "zibo", ZHANG, "--on", "2021-01-01"),
            ("2016-01-01 to 2020-12-31", "--beyond-term", "[beyond-term]"),
        ),
        (
            ("explain", "zibo", ZHANG, *ON, "--set", "农村低保=1元"),
            ("unknown parameter `农村低保`", "did you mean `农村低保标准`?"),
        ),
        (("explain", "zibo", ZHANG, *ON, "--set", "农村低保标准"), ("NAME=VALUE", "[bad-argument]")),
        (("explain", "zibo", ZHANG, *ON, "--reading", "exactly_150_percent=x"), ("can't be `x`",)),
        (
            ("explain", "zibo", ZHANG, *ON, "--benefit", "医疗就助"),
            ("nothing is called `医疗就助`", "did you mean `医疗救助`?"),
        ),
        (("explain", "zibo", ZHANG, *ON, "--member", "李四"), ("nothing is called `李四`",)),
        (
            ("explain", "zibo", ZHANG, *ON, "--reform", "ratio_90"),
            ("there is no reform `ratio_90`", "did you mean `ratio_80`?"),
        ),
        (("explain", "zibo", ZHANG, *ON, "--supplement", "x"), ("there is no supplement `x`",)),
        (("explain", "zibo", ZHANG), ("--on",)),
        (("explain", "zibo", ZHANG, *ON, "--lang", "fr"), ("`fr`",)),
        (("check", "zibo", "--sources", "nowhere"), ("nowhere",)),
        (("check", "nowhere"), ("there is no pack `nowhere`",)),
        (("test", "nowhere"), ("there is no pack `nowhere`",)),
        (("new", "9x"), ("`9x` isn't an id",)),
        (("schema", "--kind", "nothing"), ("benefit",)),
        (("replay", "nowhere.json"), ("nowhere.json",)),
        (("replay", ZHANG), ("this isn't a decision record",)),
        (("area", "zibo", ZHANG, *ON), ("unknown fact `members`",)),
    ],
    ids=lambda value: " ".join(value[:1] + value[2:]) if isinstance(value, tuple) else None,
)
def test_wrong_input_gets_a_message_to_act_on(arguments: tuple[str, ...], fragments: tuple[str, ...]) -> None:
    refused(run(*arguments), *fragments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("explain", "zibo", ZHANG, *ON, "--set", "农村低保标准"),
            "`--set`：`农村低保标准` 应写成 名称=值 [bad-argument]",
        ),
        (
            ("explain", "zibo", ZHANG, *ON, "--set", "农村低保标准＝1元"),
            "`--set`：`农村低保标准＝1元` 里请用英文的 `=` [bad-argument]",
        ),
        (("check", "zibo", "--lang", "cn"), "--lang: `cn` 不是语言；可选 zh、en"),
        (("new", "docs", "--in", "."), "`docs`：已存在 [bad-argument]"),
    ],
)
def test_wrong_options_are_told_in_the_language_of_the_session(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_beyond_the_term_on_request() -> None:
    result = run("explain", "zibo", ZHANG, "--on", "2021-01-01", "--beyond-term", "--lang", "zh")
    assert result.exit_code == 0
    assert "✓ 医疗救助" in result.output


def test_a_household_with_several_mistakes_hears_of_all_of_them(tmp_path: Path) -> None:
    household = tmp_path / "household.yaml"
    household.write_text("家庭年收入: -1元\nmembers:\n  - {id: a, 年龄: 999岁, 低保对像: 是}\n", encoding="utf-8")
    refused(
        run("explain", "zibo", str(household), *ON),
        ":1:8:",
        "`家庭年收入` can't be `-1元`",
        "`999岁`",
        "did you mean `低保对象`?",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "zibo", ZHANG, *ON, "--record", "-"),
        ("explain", "zibo", ZHANG, *ON, "--html", "-"),
        ("compare", "zibo", "--reform", "ratio_80", *ON, "--no-prove", "--html", "-"),
    ],
)
def test_a_file_called_like_standard_input_is_not_written(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run(*arguments), "`-`: name a file; to print it, write /dev/stdout [bad-argument]")
    assert not list(tmp_path.iterdir())


def test_new_makes_a_skeleton_that_passes_check_and_test(tmp_path: Path) -> None:
    assert run("new", "myregion", "--in", str(tmp_path)).exit_code == 0
    checked = run("check", str(tmp_path / "myregion"), "--lang", "en")
    assert checked.exit_code == 0
    assert "0 errors, 0 warnings" in checked.output
    assert run("test", str(tmp_path / "myregion")).exit_code == 0
    refused(run("new", "myregion", "--in", str(tmp_path)), "myregion")


@pytest.mark.parametrize("word", ["if", "sum", "not", "effective_date"])
def test_new_refuses_a_word_of_the_formulas(word: str, tmp_path: Path) -> None:
    refused(
        run("new", word, "--in", str(tmp_path)),
        f"`{word}` is a word of the formulas [reserved-word]",
        "call it otherwise",
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["若", "青岛", "Qingdao", "qing-dao"])
def test_new_refuses_what_is_no_id(name: str, tmp_path: Path) -> None:
    refused(run("new", name, "--in", str(tmp_path)), "[bad-id]", "lower-case ASCII letters")


def test_new_copies_a_pack_to_work_on_under_a_name_of_its_own(tmp_path: Path) -> None:
    run("new", "first", "--in", str(tmp_path))
    made = run("new", "second", "--from", str(tmp_path / "first"), "--in", str(tmp_path / "below"))
    assert made.exit_code == 0
    assert str(tmp_path / "below" / "second" / "benefits" / "student_grant.yaml") in made.output.split()
    before, after = (policyengine.load(tmp_path / name) for name in ("first", "below/second"))
    assert (before.id, after.id) == ("first", "second")
    assert before.policy.benefits == after.policy.benefits
    assert run("test", str(tmp_path / "below" / "second")).exit_code == 0
    assert run("new", "third", "--from", "zibo", "--in", str(tmp_path)).exit_code == 0
    for path in [*(tmp_path / "below" / "second").rglob("*.yaml"), *(tmp_path / "third").rglob("*.yaml")]:
        line = path.read_text(encoding="utf-8").partition("\n")[0]
        assert (path.parent / line.removeprefix("# yaml-language-server: $schema=")).is_file(), path
    refused(run("new", "second", "--from", "zibo", "--in", str(tmp_path / "below")), "second")
    refused(run("new", "fourth", "--from", "zbo", "--in", str(tmp_path)), "did you mean `zibo`?")
    assert not (tmp_path / "fourth").exists()


def test_check_finds_what_is_wrong_and_exits_1(tmp_path: Path) -> None:
    run("new", "myregion", "--in", str(tmp_path))
    benefit = tmp_path / "myregion" / "benefits" / "student_grant.yaml"
    benefit.write_text(benefit.read_text(encoding="utf-8").replace("在校学生\n", "在校学声\n"), encoding="utf-8")
    result = run("check", str(tmp_path / "myregion"), "--lang", "en")
    assert result.exit_code == 1
    assert "student_grant.yaml:8:20: unknown name `在校学声` [unknown-name]" in result.output
    assert "did you mean the fact `在校学生`" in result.output


def test_a_failing_scenario_shows_expected_got_and_why(tmp_path: Path) -> None:
    run("new", "myregion", "--in", str(tmp_path))
    scenario = tmp_path / "myregion" / "scenarios" / "student_grant.yaml"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("1000元", "1200元"), encoding="utf-8")
    result = run("test", str(tmp_path / "myregion"), "--lang", "zh")
    assert result.exit_code == 1
    assert "a 学生补助：应为 1,200.00 元，得到 1,000.00 元" in result.output
    assert "1 个情景，4 项期望：0 通过，1 失败" in result.output


def test_area_targets_exit_1_when_one_is_missed() -> None:
    result = run("area", "zibo", str(ROOT / "examples" / "area.yaml"), *ON, "--lang", "zh")
    assert result.exit_code in (0, 1, 4)
    assert "地区指标" in result.output


def test_packs_lists_what_is_shipped() -> None:
    assert "zibo\t淄博文昌湖\tZibo Wenchang Lake\n" in run("packs").output
