"""`policyengine explain-row`: a row of a result file leads to its household's explanation, if it is still the same household."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import pyarrow as pa
import pyarrow.parquet as pq

import policyengine
from policyengine.authoring.skeleton import write_skeleton
from policyengine.cli import app
from policyengine.population import decide_table, prepare, run_files
from policyengine.population.explaining import row_of
from policyengine.population.streams import source

HOMES = "家庭编号,家庭年收入\na,12000元\nb,20000\n"
PEOPLE = (
    "家庭编号,人员编号,低保对象,目录内医疗费用,基本医保报销额,大病保险报销额\n"
    "b,王五,否,0,0,0\na,张三,是,4万元,26000,4000\na,李红,否,,,\n"
)
ASKED = ("--on", "2018-06-01", "--set", "农村低保标准=4200元")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    Path("homes.csv").write_text(HOMES, encoding="utf-8")
    Path("people.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def run(out: str, *options: str) -> None:
    result = call("run", "zibo", "homes.csv", "people.csv", "-o", out, *ASKED, *options)
    assert result.exit_code == 0, result.output


def one_household(*options: str) -> str:
    """What `explain` says of household a."""
    Path("a.yaml").write_text(
        "id: a\n家庭年收入: 12000元\nmembers:\n"
        "  - {id: 张三, 低保对象: 是, 目录内医疗费用: 4万元, 基本医保报销额: 26000, 大病保险报销额: 4000}\n"
        "  - {id: 李红, 低保对象: 否}\n",
        encoding="utf-8",
    )
    result = call("explain", "zibo", "a.yaml", *ASKED, *options)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("form", ["parquet", "arrow", "csv", "xlsx"])
def test_a_persons_row_is_explained_as_that_member_of_its_household_is(form: str) -> None:
    run(f"out.{form}", "--labels", "zh")
    result = call("explain-row", f"out.persons.{form}", "1", "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert result.output == one_household("--member", "张三", "--lang", "zh")


@pytest.mark.parametrize("asked", [("1",), ("--household", "a")])
def test_a_file_that_is_not_there_is_told_with_those_that_are(asked: tuple[str, ...]) -> None:
    assert call("explain-row", "out.parquet", *asked, "--lang", "en").output == (
        "out.parquet: the file can't be read: there is no such file [unreadable-file]\n"
    )
    run("out.parquet")
    result = call("explain-row", "out.parquet", *asked, "--lang", "en")
    assert result.exit_code == 2
    assert result.output == (
        "out.parquet: the file can't be read: there is no such file [unreadable-file]\n"
        "hint: did you mean `out.households.parquet` / `out.persons.parquet`?\n"
    )


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_households_row_is_explained_with_all_its_members(form: str) -> None:
    run(f"out.{form}")
    result = call("explain-row", f"out.households.{form}", "1", "--lang", "en")
    assert result.output == one_household("--lang", "en")
    assert call("explain-row", f"out.persons.{form}", "--household", "a", "--lang", "en").output == result.output


def test_a_nested_result_is_explained_by_row_or_id() -> None:
    run("out.parquet", "--nested")
    assert call("explain-row", "out.parquet", "1", "--lang", "en").output == one_household("--lang", "en")


def test_only_the_results_that_were_asked_for_are_explained() -> None:
    run("out.parquet", "--benefit", "医疗救助", "--benefit", "代缴养老保险费")
    told = call("explain-row", "out.persons.parquet", "1", "--all", "--lang", "zh").output
    marks = [line.strip()[2:].split("   ")[0] for line in told.splitlines() if line.startswith(("  ✓", "  ?", "  ✗"))]
    assert sorted(marks) == ["代缴养老保险费", "医疗救助"]


def wrong(*arguments: str) -> str:
    result = call("explain-row", *arguments, "--lang", "en")
    assert result.exit_code == 2, result.output
    return result.output.splitlines()[0]


def test_a_row_or_household_that_is_not_there_is_told() -> None:
    run("out.csv")
    assert wrong("out.persons.csv", "4") == "out.persons.csv: the file has 3 rows, so no row 4 [no-such-row]"
    assert wrong("out.persons.csv", "0") == "out.persons.csv: the file has 3 rows, so no row 0 [no-such-row]"
    told = "out.persons.csv: there is no household `z` in this table [no-such-household]"
    assert wrong("out.persons.csv", "--household", "z") == told
    assert wrong("out.persons.csv").endswith("[bad-argument]")
    assert wrong("out.persons.csv", "1", "--household", "a").endswith("[bad-argument]")
    assert wrong("out.persons.csv", "1", "--member", "赵六") == "nothing is called `赵六` here [unknown-result]"


def test_a_file_that_is_not_a_result_is_told() -> None:
    assert wrong("homes.csv", "1") == "the file doesn't say how it was made [not-a-result]"
    assert wrong("nothing.parquet", "1").endswith("[unreadable-file]")
    assert wrong("nothing.txt", "1").endswith("[unknown-format]")


def test_an_input_that_has_moved_is_asked_for() -> None:
    run("out.parquet")
    Path("old").mkdir()
    for name in ("homes.csv", "people.csv"):
        Path(name).rename(Path("old") / name)
    assert wrong("out.persons.parquet", "1") == "homes.csv: this input of the run isn't where it was [input-not-found]"
    moved = ("--input", "old/homes.csv", "--input", "old/people.csv")
    result = call("explain-row", "out.persons.parquet", "1", *moved, "--lang", "zh")
    assert result.output == one_household("--member", "张三", "--lang", "zh")
    Path("new").mkdir()
    for path in Path().glob("out.*"):
        path.rename(Path("new") / path)
    for name in ("homes.csv", "people.csv"):
        (Path("old") / name).rename(Path("new") / name)
    assert call("explain-row", "new/out.persons.parquet", "1", "--lang", "zh").output == result.output


def test_a_household_that_comes_to_something_else_now_is_not_explained() -> None:
    run("out.csv")
    Path("people.csv").write_text(PEOPLE.replace("4万元", "4.1万元"), encoding="utf-8")
    told = wrong("out.persons.csv", "1")
    assert told == "`medical_assistance.amount` of `a` comes to 8250.00 now, the file says 7500.00 [result-differs]"
    Path("people.csv").write_text(PEOPLE + "a,赵六,否,0,0,0\n", encoding="utf-8")
    assert wrong("out.households.csv", "1").endswith("[result-differs]")
    Path("people.csv").write_text(PEOPLE.replace("4万元", "四万元"), encoding="utf-8")
    assert wrong("out.persons.csv", "1").endswith("[not-a-figure]")
    Path("homes.csv").write_text(HOMES.replace("a,", "c,"), encoding="utf-8")
    assert wrong("out.persons.csv", "1") == "homes.csv: there is no household `a` in this table [no-such-household]"


def test_a_nested_result_is_compared_too() -> None:
    run("out.parquet", "--nested")
    Path("people.csv").write_text(PEOPLE.replace("4万元", "4.1万元"), encoding="utf-8")
    assert wrong("out.parquet", "1").endswith("[result-differs]")


def test_a_pack_that_says_something_else_now_is_told_and_the_old_one_can_be_named(tmp_path: Path) -> None:
    write_skeleton("mini", tmp_path)
    pq.write_table(pa.table({"id": ["a"], "members": [[{"id": "1"}]]}), "in.parquet")
    assert call("run", "mini", "in.parquet", "-o", "out.parquet", "--on", "2019-01-01").exit_code == 0
    result = call("explain-row", "out.persons.parquet", "1", "--pack", "mini", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert wrong("out.persons.parquet", "1", "--pack", "zibo").endswith("[other-pack]")


def test_columns_that_no_result_rests_on_do_not_matter() -> None:
    Path("people.csv").write_text(PEOPLE.replace("人员编号,", "人员编号,接受康复训练,").replace("王五,", "王五,是,").replace("张三,", "张三,也许,").replace("李红,", "李红,,"), encoding="utf-8")  # fmt: skip
    run("out.parquet", "--benefit", "医疗救助")
    assert call("explain-row", "out.persons.parquet", "1").exit_code == 0


def test_a_row_of_many_row_groups_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policyengine.population.streams.ROWS", 4)
    monkeypatch.setattr("policyengine.population.merging.PART", 4)
    rows: list[dict[str, Any]] = [{"id": number, "members": [{"id": f"p{number}"}]} for number in range(20)]
    pq.write_table(pa.Table.from_pylist(rows), "in.parquet")
    plan = prepare(policyengine.load("zibo"), on="2018-06-01")
    made = run_files(plan, source("in.parquet"), "out.parquet")
    assert pq.ParquetFile(made.paths[1]).num_row_groups >= 5
    assert (row_of(made.paths[1], 18).household, row_of(made.paths[1], 18).person) == (17, "p17")
    result = call("explain-row", str(made.paths[1]), "18", "--all", "--lang", "en")
    assert result.exit_code == 0, result.output
    expected = policyengine.load("zibo").decide(rows[17], on="2018-06-01").explain("en", member="p17")
    assert result.output.rstrip("\n") == str(expected).rstrip("\n")
    assert decide_table(policyengine.load("zibo"), rows, on="2018-06-01").rejected == ()
