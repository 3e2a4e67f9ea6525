"""Tables in, tables out: what a cell means, which rows are turned away, and that no row is lost.

What a household's row comes to is compared with `Pack.decide` on the same values.
"""

from __future__ import annotations

import random
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import policyengine
from policyengine import ir
from policyengine.errors import PolicyError
from policyengine.population import decide_table, explain_row, prepare, run_files
from policyengine.population.files import read_table
from policyengine.population.nesting import ROW
from policyengine.population.reasons import decode, heading
from policyengine.population.streams import source

ON = "2018-06-01"
FIGURES = {"农村低保标准": "4200元"}
ZIBO = policyengine.load("zibo")

# values that mean the same in a table and for one household, and some that can't be read
TRUTHS: list[Any] = [True, False, None, "是", "no", "不详", " yes ", "也许", "无"]
FIGURES_GIVEN: list[Any] = [
    0,
    1,
    40000,
    -1,
    10**9,
    "1.5万元",
    "26000.50",
    "0.001",
    "at least 500",
    None,
    "未知",
    "3,000",
    "12 岁",
]
DECIMALS: list[Any] = [
    Decimal("0.00"),
    Decimal("26000.50"),
    Decimal("-3"),
    Decimal("0.001"),
    None,
    Decimal("123456789012.00"),
]
FLOATS: list[Any] = [0.1, 26000.5, 1e20, float("nan"), None, -0.0, 0.001, 1234567.89]
INTEGERS: list[Any] = [0, 5, 130, -1, None, 46, 17, 2**40]
CHOICES: list[Any] = ["一级", "无残疾", "none", None, "五级", "未知"]
COLUMNS = {
    "低保对象": [TRUTHS, [True, False, None]],
    "tekun": [TRUTHS, [True, False, None]],
    "目录内医疗费用": [FIGURES_GIVEN, DECIMALS, FLOATS, INTEGERS],
    "基本医保报销额": [FIGURES_GIVEN, DECIMALS, FLOATS, INTEGERS],
    "age": [FIGURES_GIVEN, INTEGERS],
    "残疾等级": [CHOICES],
}


def random_tables(seed: int) -> tuple[pa.Table, pa.Table]:
    """Two tables in any order, their columns of any kind; some cells can't be read, some persons have no household."""
    chance = random.Random(seed)
    ids = [f"h{index}" for index in range(12)]
    people = [(chance.choice([*ids, "h99"]) if chance.random() < 0.03 else home, f"p{index}") for home in ids for index in range(chance.choice((1, 2, 3)))]  # fmt: skip
    chance.shuffle(ids)
    chance.shuffle(people)
    kinds = {name: chance.choice(pools) for name, pools in COLUMNS.items()}
    chosen = {name: [chance.choice(pool if chance.random() < 0.1 else pool[:2]) for _ in people] for name, pool in kinds.items()}  # fmt: skip
    incomes = [chance.choice((12000, None, 30000)) for _ in ids]
    households = pa.table({"household_id": ids, "家庭年收入": pa.array(incomes, pa.int64())})
    persons = {"household_id": [home for home, _ in people], "person_id": [key for _, key in people]}
    return households, pa.table({**persons, **{name: column(values) for name, values in chosen.items()}})


def column(values: list[Any]) -> Any:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(
            [
                None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                for value in values
            ]
        )


def plain(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in keys}


@pytest.mark.parametrize("seed", range(40))
def test_every_row_comes_to_what_its_household_comes_to_or_is_turned_away(seed: int) -> None:
    households, persons = random_tables(seed)
    found = decide_table(ZIBO, households, persons, on=ON, parameters=FIGURES)
    people = {row["household_id"]: [] for row in households.to_pylist()}
    orphans = 0
    for row in persons.to_pylist():
        if row["household_id"] in people:
            people[row["household_id"]].append({"id": row["person_id"], **plain(row, ("household_id", "person_id"))})
        else:
            orphans += 1
    decided = {(row["household_id"], row["person_id"]): row for row in found.persons.to_pylist()}
    for home in households.to_pylist():
        given = {"家庭年收入": home["家庭年收入"], "members": people[home["household_id"]]}
        try:
            expected = ZIBO.decide(given, on=ON, parameters=FIGURES)
        except PolicyError:
            assert all(key[0] != home["household_id"] for key in decided)
            continue
        check(expected, home["household_id"], decided, found)
    assert found.households.num_rows + found.rejects.filter(pa.compute.equal(found.rejects["table"], "households")).num_rows == households.num_rows  # fmt: skip
    assert found.persons.num_rows + found.rejects.filter(pa.compute.equal(found.rejects["table"], "persons")).num_rows == persons.num_rows  # fmt: skip
    assert sum(item.reason.code == "orphan-member" for item in found.rejected) == orphans


def check(expected: Any, home: str, decided: dict[Any, Any], found: Any) -> None:
    """Statuses, amounts, indicators, reasons and, at least, what is missing."""
    homes = {row["household_id"]: row for row in found.households.to_pylist()}
    waiting: dict[str, set[str]] = {}
    for item in expected.missing:
        for _, entity in item.for_results:
            waiting.setdefault(entity, set()).add(item.id)
    for item in expected.entitlements:
        row = homes[home] if item.entity == "household" else decided[home, item.entity]
        assert row[f"{item.benefit}.status"] == item.status
        if item.amount is not None:
            exact = item.amount.exact
            bounds = (None, None) if exact is not None else (item.amount.low, item.amount.high)
            told = tuple(row[f"{item.benefit}.{part}"] for part in ("amount", "at_least", "at_most"))
            assert told == (exact, *bounds)
        check_reason(expected, item.benefit, item.declaration.eligible, item.entity, row)
    for result in expected.indicators:
        row = homes[home] if result.entity == "household" else decided[home, result.entity]
        assert row[f"{result.indicator}.status"] == result.status
        check_reason(expected, result.indicator, result.declaration.met, result.entity, row)
    for entity, names in waiting.items():
        row = homes[home] if entity == "household" else decided[home, entity]
        assert names <= set(row["missing"])


def check_reason(expected: Any, result: str, variable: str, entity: str, row: dict[str, Any]) -> None:
    """The code decodes to the conditions at the head of the household's explanation."""
    environment = {key: place for key, place, _ in expected._entities()}[entity]
    expected._explainer.fresh()
    stack, told = [expected._explainer.of(variable, environment).children[0]], []
    while stack:
        reason = stack.pop()
        if isinstance(reason.node, ir.Logic):
            stack.extend(reversed(reason.children))
        else:
            told.append((reason.node, reason.value))
    assert list(decode(heading(expected.program, result, variable), row[f"{result}.reason"])) == told


def two_households() -> list[dict[str, Any]]:
    father = {"id": "张三", "低保对象": True, "目录内医疗费用": 40000, "基本医保报销额": 26000, "大病保险报销额": 4000}
    return [
        {"id": "a", "家庭年收入": 12000, "members": [father, {"id": "李红", "低保对象": False, "目录内医疗费用": 0}]},
        {"id": "b", "家庭年收入": None, "members": [{"id": "王五", "低保对象": None}]},
    ]


def split() -> tuple[pa.Table, pa.Table]:
    rows = two_households()
    homes = pa.Table.from_pylist([{"household_id": row["id"], "家庭年收入": row["家庭年收入"]} for row in rows])
    people = [
        {"household_id": row["id"], "person_id": member["id"], **plain(member, ("id",))}
        for row in rows
        for member in row["members"]
    ]
    return homes, pa.Table.from_pylist(people)


def test_an_amount_is_an_exact_decimal_of_yuan() -> None:
    found = decide_table(ZIBO, two_households(), on=ON, parameters=FIGURES, benefits=["医疗救助"])
    assert found.persons["medical_assistance.amount"].type == pa.decimal128(18, 2)
    assert found.persons["medical_assistance.amount"].to_pylist()[0] == Decimal("7500.00")


@pytest.mark.parametrize("form", ["parquet", "csv", "arrow", "xlsx"])
def test_every_kind_of_file_comes_to_the_same(form: str, tmp_path: Path) -> None:
    homes, people = split()
    paths = tmp_path / f"homes.{form}", tmp_path / f"people.{form}"
    for table, path in zip((homes, people), paths):
        write(table, path)
    expected = decide_table(ZIBO, homes, people, on=ON, parameters=FIGURES)
    found = decide_table(ZIBO, *paths, on=ON, parameters=FIGURES)
    assert found.persons.to_pylist() == expected.persons.to_pylist()
    plan = prepare(ZIBO, on=ON, parameters=FIGURES)
    run = run_files(plan, source(*paths), tmp_path / f"out.{form}")
    assert [path.name for path in run.paths] == [f"out.households.{form}", f"out.persons.{form}"]
    again = read_table(run.paths[1])
    assert [str(value) for value in again["medical_assistance.status"].to_pylist()] == ["eligible", "ineligible", "undetermined"]  # fmt: skip
    assert {path.name for path in tmp_path.iterdir() if "partial" in path.name} == set()


def write(table: pa.Table, path: Path) -> None:
    match path.suffix:
        case ".parquet":
            pq.write_table(table, path)
        case ".csv":
            polars.from_arrow(table).write_csv(path)  # type: ignore[union-attr]
        case ".xlsx":
            table.to_pandas().to_excel(path, index=False)
        case _:
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write_table(table)


def test_data_frames_come_to_the_same() -> None:
    homes, people = split()
    expected = decide_table(ZIBO, homes, people, on=ON).persons.to_pylist()
    frames = polars.from_arrow(homes), polars.from_arrow(people)
    assert decide_table(ZIBO, *frames, on=ON).persons.to_pylist() == expected
    pandas_frames = homes.to_pandas(), people.to_pandas()
    assert isinstance(pandas_frames[0], pandas.DataFrame)
    assert decide_table(ZIBO, *pandas_frames, on=ON).persons.to_pylist() == expected
    nested = decide_table(ZIBO, polars.DataFrame(two_households()), on=ON)
    assert nested.persons.to_pylist() == expected


def test_labels_name_columns_and_statuses_in_chinese() -> None:
    found = decide_table(ZIBO, two_households(), on=ON, parameters=FIGURES, benefits=["医疗救助"], labels="zh")
    assert found.persons.column_names == ["家庭编号", "人员编号", "医疗救助.结果", "医疗救助.金额", "医疗救助.至少", "医疗救助.至多", "医疗救助.理由码", "缺少"]  # fmt: skip
    assert found.persons["医疗救助.结果"].to_pylist() == ["符合", "不符合", "待定"]
    (ids,) = {tuple(row) for row in decide_table(ZIBO, two_households(), on=ON, parameters=FIGURES, benefits=["医疗救助"])
              .persons["missing"].to_pylist() if row}  # fmt: skip
    labels = {item.id: item.label.zh for item in (*ZIBO.program(ON).facts, *ZIBO.program(ON).parameters)}
    assert found.persons["缺少"].to_pylist()[2] == [labels[name] for name in ids]


def test_two_households_with_one_id_are_both_turned_away_with_their_members() -> None:
    homes, people = split()
    found = decide_table(ZIBO, pa.concat_tables([homes, homes.slice(1)]), people, on=ON)
    assert [(item.table, item.row, item.reason.code) for item in found.rejected] == [
        ("households", 2, "duplicate-household"),
        ("households", 3, "duplicate-household"),
        ("persons", 3, "rejected-household"),
    ]
    assert found.households["household_id"].to_pylist() == ["a"]


def test_rows_without_household_or_members_or_id_are_told_with_their_number() -> None:
    homes = pa.table({"household_id": ["a", "b", "c"]})
    people = pa.table({"household_id": ["a", "z", "c", "c", None], "person_id": ["1", "2", "3", "3", "5"]})
    found = decide_table(ZIBO, homes, people, on=ON)
    assert sorted((item.table, item.row, item.reason.code) for item in found.rejected) == [
        ("households", 2, "household-without-members"),
        ("households", 3, "rejected-household"),
        ("persons", 2, "orphan-member"),
        ("persons", 3, "duplicate-member"),
        ("persons", 4, "duplicate-member"),
        ("persons", 5, "row-without-id"),
    ]


@pytest.mark.parametrize("fits", [0, 10**6])
def test_a_row_with_too_many_or_too_few_cells_costs_its_household_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: int
) -> None:
    monkeypatch.setattr("policyengine.population.streams.FITS", fits)
    monkeypatch.setattr("policyengine.population.csv_files.UNEVEN_ROWS", 3)
    homes = 'household_id,家庭年收入\na,9000\nb,9,000\n\n"c",9000\nd,9000\ne,9000\n'
    people = 'household_id,person_id,name,低保对象\na,1,"A\nA",是\nb,1,B,是\nc,1,C,是\nc,2,是\nd,1,D,是\nd,2,D, D,否\ne,1,,否\n9\n'
    (tmp_path / "homes.csv").write_text(homes, encoding="utf-8")
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    plan = prepare(ZIBO, on=ON, parameters=FIGURES)
    run = run_files(plan, source(tmp_path / "homes.csv", tmp_path / "people.csv"), tmp_path / "out.parquet")
    assert run.households_read == 5
    assert run.persons + run.rejected["persons"] == 8
    rejects = read_table(run.rejects).to_pylist()
    assert sorted((row["table"], row["row"], row["id"], row["code"]) for row in rejects) == [
        ("households", "2", "b", "uneven-row"),
        ("households", "3", "c", "rejected-household"),
        ("households", "4", "d", "rejected-household"),
        ("persons", "2", "1", "rejected-household"),
        ("persons", "3", "1", "rejected-household"),
        ("persons", "4", "2", "uneven-row"),
        ("persons", "5", "1", "rejected-household"),
        ("persons", "6", "2", "uneven-row"),
        ("persons", "8", None, "uneven-row"),
    ]
    found = pq.read_table(tmp_path / "out.persons.parquet")
    assert found["household_id"].to_pylist() == ["a", "e"]
    good = decide_table(
        ZIBO,
        pa.table({"household_id": ["a", "e"], "家庭年收入": ["9000", "9000"]}),
        pa.table({"household_id": ["a", "e"], "person_id": ["1", "1"], "低保对象": ["是", "否"]}),
        on=ON,
        parameters=FIGURES,
    )
    assert found.to_pylist() == good.persons.to_pylist()


def test_what_is_wrong_with_a_cell_is_told_in_the_words_for_one_household() -> None:
    rows = two_households()
    rows[1]["members"][0]["目录内医疗费用"] = 10**9
    found = decide_table(ZIBO, rows, on=ON)
    with pytest.raises(PolicyError) as expected:
        ZIBO.decide(rows[1], on=ON)
    (wrong,) = [item for item in found.rejected if item.column]
    assert (wrong.row, wrong.column, wrong.reason.message("zh")) == (3, "目录内医疗费用", expected.value.diagnostics[0].message("zh"))  # fmt: skip


def test_a_misspelt_column_is_an_error_unless_it_is_skipped() -> None:
    rows = [{"id": "a", "家庭年收人": 1, "members": [{"id": "1"}]}]
    with pytest.raises(PolicyError, match="unknown-column"):
        decide_table(ZIBO, rows, on=ON)
    assert decide_table(ZIBO, rows, on=ON, skip=["家庭年收人"]).households.num_rows == 1


def test_large_tables_are_dealt_into_piles_to_the_same_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    households, persons = random_tables(3)
    pq.write_table(households, tmp_path / "homes.parquet")
    pq.write_table(persons, tmp_path / "people.parquet")
    plan = prepare(ZIBO, on=ON, parameters=FIGURES)
    given = source(tmp_path / "homes.parquet", tmp_path / "people.parquet")
    run_files(plan, given, tmp_path / "whole.parquet")
    monkeypatch.setattr("policyengine.population.streams.FITS", 0)
    monkeypatch.setattr("policyengine.population.merging.PILE", 5)
    piled = run_files(plan, given, tmp_path / "piled.parquet")
    assert piled.persons + piled.rejected["persons"] == persons.num_rows
    for name in ("households", "persons"):
        whole, again = (rows_of(tmp_path / f"{run}.{name}.parquet") for run in ("whole", "piled"))
        assert whole == again
    rejects = [sorted(map(tuple, (row.values() for row in rows))) for rows in (
        read_table(tmp_path / f"{run}.rejects.csv").to_pylist() for run in ("whole", "piled"))]  # fmt: skip
    assert rejects[0] == rejects[1]
    assert ROW not in pq.read_schema(tmp_path / "piled.persons.parquet").names
    assert not list(tmp_path.glob(".*"))


def rows_of(path: Path) -> list[str]:
    return sorted(map(str, pq.read_table(path).to_pylist()))


def test_ids_that_stand_twice_in_a_nested_file_are_found_across_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"id": name, "members": [{"id": "1"}]} for name in ("a", "b", "c", "a")]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "nested.parquet")
    monkeypatch.setattr("policyengine.population.streams.ROWS", 2)
    run = run_files(prepare(ZIBO, on=ON), source(tmp_path / "nested.parquet"), tmp_path / "out.parquet", nested=True)
    assert (run.households, dict(run.rejected)) == (2, {"households": 2, "persons": 2})
    assert [(row["table"], row["row"]) for row in read_table(run.rejects).to_pylist()] == [
        ("households", "1"), ("persons", "1"), ("households", "4"), ("persons", "4")]  # fmt: skip


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(two_households()), tmp_path / "in.parquet")

    def interrupt(run: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_files(prepare(ZIBO, on=ON), source(tmp_path / "in.parquet"), tmp_path / "out.parquet", progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_a_row_of_a_result_file_is_explained_as_its_household_is(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(two_households()), tmp_path / "in.parquet")
    given = source(tmp_path / "in.parquet")
    run = run_files(prepare(ZIBO, on=ON, parameters=FIGURES), given, tmp_path / "out.parquet")
    decision = explain_row(run.paths[1], "a", given)
    rows = two_households()
    expected = ZIBO.decide(rows[0], on=ON, parameters=FIGURES)
    assert str(decision.explain("zh")) == str(expected.explain("zh"))


def test_a_row_that_no_longer_comes_to_the_same_is_not_explained(tmp_path: Path) -> None:
    rows = two_households()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    given = source(tmp_path / "in.parquet")
    run = run_files(prepare(ZIBO, on=ON, parameters=FIGURES), given, tmp_path / "out.parquet")
    rows[0]["members"][0]["目录内医疗费用"] = 40001
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    with pytest.raises(PolicyError, match="result-differs"):
        explain_row(run.paths[1], "a", given)


def test_dates_are_read_from_columns_of_dates() -> None:
    name = next(fact.id for fact in ZIBO.program(ON).facts if isinstance(fact.type, ir.DateType))
    scope = next(fact.scope for fact in ZIBO.program(ON).facts if fact.id == name)
    member: dict[str, Any] = {"id": "1"}
    home: dict[str, Any] = {"id": "a", "members": [member]}
    (home if scope == "household" else member)[name] = date(2018, 1, 1)
    assert decide_table(ZIBO, [home], on=ON).rejected == ()


def told(error: PolicyError) -> list[str]:
    return [item.render("en").splitlines()[0] for item in error.diagnostics]


def test_a_sheet_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policyengine.population.files.EXCEL_ROWS", 1)
    with pytest.raises(PolicyError) as error:
        run_files(prepare(ZIBO, on=ON), source(two_households()), tmp_path / "out.xlsx")
    assert told(error.value) == ["out.households.xlsx: a sheet holds 1 rows [too-many-rows]"]
    assert list(tmp_path.iterdir()) == []


def test_a_column_of_members_that_holds_something_else_is_told() -> None:
    with pytest.raises(PolicyError) as error:
        decide_table(ZIBO, [{"id": "a", "members": "张三"}], on=ON)
    assert told(error.value) == ["members: this column holds `string`, not lists of members [bad-column]"]


def test_a_row_is_explained_only_with_the_pack_that_decided_it(tmp_path: Path) -> None:
    given = source(two_households())
    run = run_files(prepare(ZIBO, on=ON), given, tmp_path / "out.parquet")
    other = ZIBO.with_changes(supplements=sorted(ZIBO.policy.supplements)[:1])
    with pytest.raises(PolicyError) as error:
        explain_row(run.paths[1], "a", given, pack=other)
    made, now = ZIBO.digest[:16], other.digest[:16]
    assert told(error.value) == [f"the pack `zibo` has the digest {now}; the file was made with {made} [other-pack]"]


def test_a_missing_package_is_told_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(PolicyError) as error:
        run_files(prepare(ZIBO, on=ON), source(two_households()), tmp_path / "out.xlsx")
    assert told(error.value) == ["this needs the package `openpyxl`, which isn't installed [extra-needed]"]
