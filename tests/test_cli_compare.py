"""`policyengine compare` as its users meet it: what it prints and writes, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("z3", reason="the extra `verify` isn't installed")
pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

from brook import written
from policyengine.analysis import comparison, proving
from policyengine.cli import app
from policyengine.verifying import search

ON = "2018-06-01"
HOMES = "家庭编号,年收入\na,5000元\nb,11000元\nc,2万元\nd,\n"
PEOPLE = "家庭编号,人员编号,学生,学费\na,1,是,1000\nb,1,是,5000.10\nb,2,否,0\nc,1,是,300\nd,1,是,10\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    written(Path("old"), {})
    written(Path("new"), {"parameters": ("1万元}", "1.2万元}")})
    Path("homes.csv").write_text(HOMES, encoding="utf-8")
    Path("people.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def run(*arguments: str, lang: str = "en") -> Result:
    return CliRunner().invoke(app, ["compare", *arguments, "--on", ON, "--lang", lang, "--width", "100"])


ENGLISH = """\
old: Brook, 2018-06-01 [old]
new: Brook, 2018-06-01 [new]

What is said differently
  ~ parameter income line [A-1]
      from 2017-01-01: 10,000.00 yuan/year → 12,000.00 yuan/year
        old/parameters.yaml:6:24 → new/parameters.yaml:6:24

What changes
  ≠ school aid (because of income line)
      a smallest household:
        household: income 10,000.00 yuan/year
        m1: cost 1,000.00 yuan/year; pupil yes
      old  ✗ not entitled
          ✗ m1: aided: no
          ✗ the household: poor: no
          ✗ income is 10,000.00 yuan; must be below income line 10,000.00 yuan
      new  ✓ 500.00 yuan a year
          share 50% × cost 1,000.00 yuan = 500.00 yuan
          below ceiling 3,000.00 yuan (the plan says “at least”; local figures may be higher)
          because m1: aided: yes
          ✓ the household: poor: yes
          ✓ income 10,000.00 yuan is below income line 12,000.00 yuan
  ≠ gift for the poor (because of income line)
      a smallest household:
        household: income 10,000.00 yuan/year
        m1: nothing else
      old  ✗ not entitled
          ✗ the household: poor: no
          ✗ income is 10,000.00 yuan/year; must be below income line 10,000.00 yuan/year
      new  ✓ 200.00 yuan a month
          gift 200.00 yuan
          because the household: poor: yes
          ✓ income 10,000.00 yuan/year is below income line 12,000.00 yuan/year
  ≠ enough income (because of income line)
      a smallest household:
        household: income 10,000.00 yuan/year
        m1: nothing else
      old  ✓ met
          ✓ the household: poor: no
          ✗ income is 10,000.00 yuan/year; must be below income line 10,000.00 yuan/year
      new  ✗ not met
          ✗ the household: poor: yes
          ✓ income 10,000.00 yuan/year is below income line 12,000.00 yuan/year

Population: 4 households, 5 persons (homes.csv people.csv)
  1 gain (+4,900.05 yuan), 0 lose, 2 unchanged, 1 undetermined

  benefit                             old                    new              difference
  ──────────────────────────────────────────────────────────────────────────────────────
  school aid             500.00 to 505.00   3,000.05 to 3,005.05  +2,495.05 to +2,505.05
  gift for the poor  2,400.00 to 4,800.00   4,800.00 to 7,200.00       0.00 to +4,800.00
  together           2,900.00 to 5,305.00  7,800.05 to 10,205.05  +2,495.05 to +7,305.05

  benefit            households with more  with less  newly entitled  no longer
  ─────────────────────────────────────────────────────────────────────────────
  school aid                            1          0               1          0
  gift for the poor                     1          0               1          0

  payer                      old                   new              difference
  ────────────────────────────────────────────────────────────────────────────
  school board  500.00 to 505.00  3,000.05 to 3,005.05  +2,495.05 to +2,505.05

  tenth of income           households  gain  lose  unchanged  open              difference
  ─────────────────────────────────────────────────────────────────────────────────────────
  1  5,000.00 – 5,000.00             1     0     0          1     0                    0.00
  4  11,000.00 – 11,000.00           1     1     0          0     0               +4,900.05
  7  20,000.00 – 20,000.00           1     0     0          1     0                    0.00
  not known                          1     0     0          0     1  -2,405.00 to +2,405.00
  Yuan a year: monthly amounts count twelve times, those of a school term twice, others once.
"""
CHINESE = """\
旧：溪口，2018-06-01 [old]
新：溪口，2018-06-01 [new]

写法的变化
  ~ 参数 收入线 [A-1]
      2017-01-01 起：10,000.00 元/年 → 12,000.00 元/年
        old/parameters.yaml:6:24 → new/parameters.yaml:6:24

结果的变化
  ≠ 学费补助（因为 收入线）
      最小的一户：
        全户：年收入 10,000.00 元/年
        m1：学费 1,000.00 元/年；学生 是
      旧  ✗ 不符合
          ✗ m1 可资助：否
          ✗ 本户 不是困难家庭
          ✗ 年收入 为 10,000.00 元；须小于 收入线 10,000.00 元
      新  ✓ 每年 500.00 元
          补助比例 50% × 学费 1,000.00 元 = 500.00 元
          低于 封顶线 3,000.00 元（文件写“不低于”，地方可更高）
          因为 m1 可资助：是
          ✓ 本户 是困难家庭
          ✓ 年收入 10,000.00 元 小于 收入线 12,000.00 元
  ≠ 困难慰问（因为 收入线）
      最小的一户：
        全户：年收入 10,000.00 元/年
        m1：没有别的情况
      旧  ✗ 不符合
          ✗ 本户 不是困难家庭
          ✗ 年收入 为 10,000.00 元/年；须小于 收入线 10,000.00 元/年
      新  ✓ 每月 200.00 元
          慰问金 200.00 元
          因为 本户 是困难家庭
          ✓ 年收入 10,000.00 元/年 小于 收入线 12,000.00 元/年
  ≠ 收入够用（因为 收入线）
      最小的一户：
        全户：年收入 10,000.00 元/年
        m1：没有别的情况
      旧  ✓ 达到
          ✓ 本户 不是困难家庭
          ✗ 年收入 为 10,000.00 元/年；须小于 收入线 10,000.00 元/年
      新  ✗ 未达到
          ✗ 本户 是困难家庭
          ✓ 年收入 10,000.00 元/年 小于 收入线 12,000.00 元/年

人口 4 户 5 人（homes.csv people.csv）
  受益 1 户（+4,900.05 元），受损 0 户，不变 2 户，待定 1 户

  待遇                        旧                     新                    差额
  ─────────────────────────────────────────────────────────────────────────────
  学费补助      500.00 至 505.00   3,000.05 至 3,005.05  +2,495.05 至 +2,505.05
  困难慰问  2,400.00 至 4,800.00   4,800.00 至 7,200.00       0.00 至 +4,800.00
  合计      2,900.00 至 5,305.00  7,800.05 至 10,205.05  +2,495.05 至 +7,305.05

  待遇      多得的户  少得的户  新符合  不再符合
  ──────────────────────────────────────────────
  学费补助         1         0       1         0
  困难慰问         1         0       1         0

  付款方                旧                    新                    差额
  ──────────────────────────────────────────────────────────────────────
  教育局  500.00 至 505.00  3,000.05 至 3,005.05  +2,495.05 至 +2,505.05

  年收入（十等分）          户数  受益  受损  不变  待定                    差额
  ──────────────────────────────────────────────────────────────────────────────
  1  5,000.00 – 5,000.00       1     0     0     1     0                    0.00
  4  11,000.00 – 11,000.00     1     1     0     0     0               +4,900.05
  7  20,000.00 – 20,000.00     1     0     0     1     0                    0.00
  不知道                       1     0     0     0     1  -2,405.00 至 +2,405.00
  金额单位：元/年；按月的乘十二，按学期的乘二，一次性和按次的计一次。
"""


@pytest.mark.parametrize(("lang", "expected"), [("en", ENGLISH), ("zh", CHINESE)])
def test_a_change_is_told_with_a_household_that_shows_it_and_what_it_comes_to(
    lang: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "STEP_MILLISECONDS", 60_000)  # the household found doesn't hang on the machine's load
    result = run("old", "new", "--population", "homes.csv", "--persons", "people.csv", "--by", "年收入", lang=lang)
    assert result.output == expected
    assert result.exit_code == 1


def test_two_packs_that_say_the_same_have_no_effect_and_the_exit_status_says_so() -> None:
    result = run("old", "old")
    assert result.exit_code == 0
    assert result.output == (
        "old: Brook, 2018-06-01\nnew: Brook, 2018-06-01\n\nThe two say the same: one digest, no effect.\n"
    )


def test_a_rewritten_formula_is_proved_to_have_no_effect() -> None:
    written(Path("other"), {"variables": ("income < limit", "not (income >= limit)")})
    result = run("old", "other")
    assert result.exit_code == 0
    assert "proved unchanged (households of 1 to 3): school aid, gift for the poor, enough income" in result.output


def test_what_is_not_settled_has_an_exit_status_of_its_own() -> None:
    result = run("old", "new", "--no-prove")
    assert result.exit_code == 4
    assert "  ? school aid: may change; no search was asked for" in result.output


def test_json_has_everything(tmp_path: Path) -> None:
    result = run("old", "new", "--json", "--population", "homes.csv", "--persons", "people.csv")
    assert result.exit_code == 1
    said = json.loads(result.output)
    assert said["has_effect"] is True
    assert {item["id"]: item["status"] for item in said["effects"]} == {
        "aid": "changes",
        "gift_for_poor": "changes",
        "enough": "changes",
    }
    assert said["population"]["cost"]["difference"] == {"at least": "2495.05", "at most": "7305.05"}
    assert said["differences"][0]["parts"][0]["since"] == "2017-01-01"


def test_page_and_chart_need_nothing_from_elsewhere() -> None:
    result = run(
        "old", "new", "--population", "homes.csv", "--persons", "people.csv", "--html", "page.html", "--chart", "c.svg"
    )
    assert result.exit_code == 1
    page, chart = (Path(name).read_text(encoding="utf-8") for name in ("page.html", "c.svg"))
    assert "<svg" in page
    assert ElementTree.fromstring(chart).tag.endswith("svg")
    for text in (page, chart):
        assert "src=" not in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["oldd"], "there is no pack `oldd` [unknown-pack]\nhint: name a shipped pack or a folder with a pack.yaml"),
        (["old", "new", "--reform", "more"], "there is no reform `more` [unknown-reform]"),
        (["old", "new", "--set", "limmit=1"], "unknown parameter `limmit`"),
        (["old", "new", "--set", "new.limmit=1"], "unknown parameter `limmit`"),
        (
            ["old", "new", "--chart", "c.svg"],
            "there is no population to draw [no-population]\nhint: give a table of households",
        ),
        (["old", "new", "--persons", "people.csv"], "there is no population to draw [no-population]"),
        (["old", "new", "--population", "nowhere.csv"], "nowhere.csv"),
        (["old", "new", "--on-new", "2030-01-01"], "2030-01-01 is outside the plan's term"),
        (
            ["old", "new", "--population", "homes.csv", "--persons", "people.csv", "--by", "收入"],
            "households can't be ordered by `收入` [unknown-ordering]\nhint: did you mean `年收入`?",
        ),
    ],
)
def test_wrong_input_is_told_in_a_line_with_a_hint(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert "Traceback" not in result.output


def run_without(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process in which a package can't be imported."""
    code = f"import sys; sys.modules[{module!r}] = None; from policyengine.cli import main; main()"
    command = [sys.executable, "-c", code, "compare", *arguments, "--on", ON, "--lang", "en", "--width", "100"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("module", "package", "arguments", "extra"),
    [
        ("z3", "z3-solver", ["--prove"], "verify"),
        ("pyarrow", "pyarrow", ["--population", "homes.csv", "--no-prove"], "population"),
    ],
)
def test_a_missing_extra_is_told_in_a_line(module: str, package: str, arguments: list[str], extra: str) -> None:
    result = run_without(module, "old", "new", *arguments)
    assert result.returncode == 2
    assert result.stderr == (
        f"this needs the package `{package}`, which isn't installed [extra-needed]\n"
        f"hint: pip install 'policyengine-packs[{extra}]'\n"
    )


def test_without_the_solver_the_rest_is_told() -> None:
    result = run_without("z3", "old", "new")
    assert result.returncode == 4
    assert "may change; the solver isn't installed (extra `verify`)" in result.stdout


def test_an_interrupted_run_ends_with_one_line_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(proving, "settle", interrupted)
    result = run("old", "new", "--html", "page.html")
    assert result.exit_code == 130
    assert result.output == "interrupted; nothing was written\n"
    assert not Path("page.html").exists()


def test_a_pack_set_against_nothing_is_told_what_to_set_against_it_before_anything_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(comparison, "compare", lambda *_, **__: pytest.fail("it was compared all the same"))
        result = CliRunner().invoke(app, ["compare", "zibo", "--on", ON, "--lang", "en"])
    assert result.exit_code == 2
    assert result.output == (
        "`NEW`: there is nothing to set against it: name another pack, `--reform` or `--on-new` [bad-argument]\n"
    )
    with_one = ["compare", "zibo", "--on", ON, "--lang", "en", "--no-prove", "--set", "new.农村低保标准=4200元"]
    assert CliRunner().invoke(app, with_one).exit_code != 2
