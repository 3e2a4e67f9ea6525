"""`policyengine run` as its users meet it: what it prints and writes, and its exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from policyengine.cli import app
from policyengine.population.files import read_table
from policyengine.population.report import bars

HOMES = "家庭编号,家庭年收入\na,12000元\nb,20000\n"
PEOPLE = (
    "家庭编号,人员编号,低保对象,目录内医疗费用,基本医保报销额,大病保险报销额\n"
    "b,2,否,0,0,0\na,1,是,4万元,26000,4000\na,2,否,,,\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    Path("homes.csv").write_text(HOMES, encoding="utf-8")
    Path("people.csv").write_text(PEOPLE, encoding="utf-8-sig")
    return tmp_path


def run(*arguments: str) -> Result:
    fixed = ("run", "zibo", "homes.csv", "people.csv", "--on", "2018-06-01", "--set", "农村低保标准=4200元")
    return CliRunner().invoke(app, [*fixed, *arguments])


def test_run_writes_a_row_for_each_household_and_each_person() -> None:
    result = run("-o", "out.csv", "--labels", "zh", "--benefit", "医疗救助", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("read 2 households and 3 persons: decided 2 and 3, rejected 0 and 0; ")
    rows = read_table("out.persons.csv").to_pylist()
    assert rows[0]["家庭编号"] == "a"
    assert rows[0]["医疗救助.结果"] == "符合"
    assert rows[0]["医疗救助.金额"] == "7500.00"
    assert not Path("out.rejects.csv").exists()


def test_rows_that_cannot_be_used_are_listed_and_the_exit_status_says_so() -> None:
    Path("people.csv").write_text(PEOPLE.replace("4万元", "四万元"), encoding="utf-8")
    result = run("-o", "out.parquet", "--lang", "en")
    assert result.exit_code == 1, result.output
    assert "decided 1 and 1, rejected 1 and 2" in result.output
    assert "out.rejects.csv: rejected-household 2, not-a-figure 1" in result.output
    rejected = read_table("out.rejects.csv").to_pylist()
    assert [(row["table"], row["row"], row["column"]) for row in rejected if row["column"]] == [("persons", "2", "目录内医疗费用")]  # fmt: skip


def test_report_is_one_page_with_charts() -> None:
    result = run("-o", "out.parquet", "--report", "page.html", "--lang", "zh")
    assert result.exit_code == 0, result.output
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 2
    assert "7,500.00" in page
    assert "http" not in page


def test_a_chart_says_how_much_it_leaves_out_and_cuts_long_names_where_there_is_no_room() -> None:
    items = [(f"benefit {number}", number) for number in range(33)] + [("字" * 30, 100), ("w" * 50, 99)]
    drawn = bars(items, str, "en")
    assert drawn.count("<rect") == 30
    assert "<p>and 4 more</p>" in drawn
    assert f">{'字' * 19}…<" in drawn
    assert f">{'w' * 39}…<" in drawn
    assert "more" not in bars(items[:30], str, "en")


def test_a_wrong_column_stops_the_run_and_writes_nothing() -> None:
    Path("homes.csv").write_text(HOMES.replace("家庭年收入", "家庭年收人"), encoding="utf-8")
    result = run("-o", "out.parquet", "--lang", "en")
    assert result.exit_code == 2
    assert "unknown column `家庭年收人`" in result.output
    assert not list(Path().glob("*out*"))


def test_reasons_of_rejects_are_in_the_language_asked_for(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("id\n1\n", encoding="utf-8")
    (tmp_path / "p.csv").write_text("household,id,低保对象\n1,a,maybe\n", encoding="utf-8")
    arguments = ["run", "zibo", str(tmp_path / "h.csv"), str(tmp_path / "p.csv"), "--on", "2018-06-01"]
    result = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / "out.csv"), "--lang", "zh"])
    assert result.exit_code == 1
    assert "应为是或否" in (tmp_path / "out.rejects.csv").read_text(encoding="utf-8")


# files that can't be used: one line that says what is wrong, and nothing is written


def workbook(path: str, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("homes.csv", b"", "homes.csv: the file can't be read: Empty CSV file [unreadable-file]"),
        ("homes.csv", "家庭编号\na\n".encode("gbk"), "homes.csv: the file isn't UTF-8 [not-utf8]"),
        ("homes.csv", b"id,name\na,\xc0\xee\n", "homes.csv: the file isn't UTF-8 [not-utf8]"),
        ("homes.csv", b"id,id\na,a\n", "homes.csv: two columns are called `id` [column-twice]"),
        ("homes.parquet", b"something", "homes.parquet: the file can't be read: Parquet"),
        ("homes.arrow", b"something", "homes.arrow: the file can't be read: File is too small: 9 [unreadable-file]"),
        ("homes.xlsx", b"something", "homes.xlsx: the file can't be read: File is not a zip file [unreadable-file]"),
        ("homes.json", b"[]", "homes.json: `homes.json` isn't a table that can be read or written [unknown-format]"),
        ("homes.csv", b"id,home_income\n1,2\n", "home_income: unknown column `home_income` [unknown-column]"),
        ("homes.csv", b"name\n1\n", "households: the table has no column `household_id`"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(name: str, content: bytes, told: str) -> None:
    Path(name).write_bytes(content)
    before = sorted(Path().iterdir())
    arguments = ["run", "zibo", name, "people.csv", "-o", "out.csv", "--on", "2018-06-01", "--lang", "en"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert result.output.startswith(told), result.output
    assert sorted(Path().iterdir()) == before


def test_a_column_that_stands_twice_in_parquet_is_told() -> None:
    pq.write_table(pa.table([["a"], ["a"]], names=["id", "id"]), "homes.parquet")
    arguments = ["run", "zibo", "homes.parquet", "people.csv", "-o", "out.csv", "--on", "2018-06-01", "--lang", "en"]
    assert CliRunner().invoke(app, arguments).output.startswith("homes.parquet: two columns are called `id`")


def test_a_place_that_cannot_be_written_is_told_before_anything_is_decided() -> None:
    wrong = "the file can't be written: No such file or directory [unwritable-file]\n"
    assert run("-o", "none/out.csv", "--lang", "en").output == f"none/out.households.csv: {wrong}"
    assert run("-o", "out.csv", "--report", "none/page.html", "--lang", "en").output == f"none/page.html: {wrong}"
    assert not list(Path().glob("out*"))


def test_results_never_overwrite_the_input() -> None:
    Path("people.csv").rename("out.persons.csv")
    arguments = ["run", "zibo", "homes.csv", "out.persons.csv", "-o", "out.csv", "--on", "2018-06-01", "--lang", "en"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert result.output.startswith("out.persons.csv: the results would overwrite this input [overwrites-input]")
    assert Path("out.persons.csv").read_text(encoding="utf-8-sig") == PEOPLE


def test_a_sheet_may_have_empty_headings_and_rows() -> None:
    workbook(
        "homes.xlsx", [["家庭编号", None, "家庭年收入"], ["a", "x", 12000], [None, None, None], ["b", None, 20000]]
    )
    arguments = [
        "run",
        "zibo",
        "homes.xlsx",
        "people.csv",
        "-o",
        "out.csv",
        "--on",
        "2018-06-01",
        "--set",
        "农村低保标准=4200元",
    ]
    expected = run("-o", "whole.csv")
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, expected.exit_code) == (0, 0), result.output
    assert Path("out.persons.csv").read_bytes() == Path("whole.persons.csv").read_bytes()


def test_long_numbers_keep_their_digits_in_excel() -> None:
    number = 370323196001010011
    pq.write_table(pa.table({"household_id": [number], "members": [[{"id": number + 1}]]}), "in.parquet")
    arguments = ["run", "zibo", "in.parquet", "-o", "out.xlsx", "--on", "2018-06-01"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    rows = read_table("out.persons.xlsx").to_pylist()
    assert (rows[0]["household_id"], rows[0]["person_id"]) == (str(number), str(number + 1))
