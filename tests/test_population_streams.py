"""Two files joined while they are read come to what the same tables come to when they are joined in memory, whatever their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as tried_on
from hypothesis import settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from policyengine.population import dealing, merging, streams
from policyengine.population.files import read_table
from policyengine.population.nesting import Nested, join
from policyengine.population.streams import nested_parts, source

Ids = list[Any]
SMALL = {(merging, "PART"): 3, (merging, "PILE"): 4, (dealing, "HAND"): 5, (streams, "FITS"): 0}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts and piles so small that a few rows need many."""
    for (module, name), number in SMALL.items():
        monkeypatch.setattr(module, name, number)


def write(path: Path, columns: dict[str, Any], rows: int) -> Path:
    """A file of some rows a batch."""
    table = pa.table(columns)
    match path.suffix:
        case ".parquet":
            pq.write_table(table, path, row_group_size=rows)
        case ".csv":
            pyarrow.csv.write_csv(table, path)
        case _:
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write_table(table, max_chunksize=rows)
    return path


def files(folder: Path, homes: Any, refs: Any, form: str = "arrow", rows: int = 2) -> tuple[Path, Path]:
    """Each row is known again by its number: `fact` of a household, the id of a person."""
    first = {"household_id": homes, "fact": np.arange(len(homes))}
    second = {"household_id": refs, "person_id": np.arange(len(refs)), "fact": np.arange(len(refs))}
    return write(folder / f"homes.{form}", first, rows), write(folder / f"people.{form}", second, rows)


def streamed(paths: tuple[Path, Path]) -> list[Nested]:
    return list(nested_parts(source(*paths), paths[0].parent))


def told(parts: list[Nested]) -> tuple[dict[str, Any], list[Any]]:
    """By household: its row and its persons' rows and facts; what is rejected, in any order."""
    found: dict[str, Any] = {}
    for part in parts:
        homes = part.households
        ends = [*homes.starts[1:].tolist(), len(homes.person_rows)]
        for place, (start, end) in enumerate(zip(homes.starts.tolist(), ends)):
            people = [str(value) for value in homes.persons.column("fact").to_pylist()[start:end]]
            assert people == [str(row) for row in homes.person_rows[start:end]]
            key = str(homes.household_ids[place])
            assert key not in found
            found[key] = (int(homes.household_rows[place]), str(homes.households.column("fact")[place]), people)
    rejected = [(row.table, row.row, row.id, row.column, row.reason.code) for part in parts for row in part.rejected]
    return found, sorted(rejected)


@settings(max_examples=4 * settings().max_examples)
@tried_on(st.data())
def test_files_in_any_order_are_joined_as_tables_in_memory_are(tmp_path_factory: Any, data: Any) -> None:
    """Some orders are in step to the end, or break somewhere; ids stand twice, in one file only, or are missing."""
    homes: Ids = list(data.draw(st.permutations(range(data.draw(st.integers(1, 12))))))
    refs: Ids = [home for home in homes for _ in range(data.draw(st.integers(0 if data.draw(st.booleans()) else 1, 3)))]
    for side in (homes, refs):
        for _ in range(data.draw(st.sampled_from((0, 0, 1, 2)))):
            place = data.draw(st.integers(0, len(side)))
            match data.draw(st.sampled_from(("add", "drop", "rest"))):
                case "add":
                    side.insert(place, data.draw(st.one_of(st.integers(0, 20), st.none())))
                case "drop":
                    del side[place : place + 1]
                case _:
                    side[place:] = data.draw(st.permutations(side[place:]))
    kinds = [data.draw(st.sampled_from((pa.int64(), pa.int32(), pa.string(), pa.float64()))) for _ in "12"]
    columns = [pa.array(side, pa.int64()).cast(kind) for side, kind in zip((homes, refs), kinds)]
    folder = tmp_path_factory.mktemp("files")
    form = data.draw(st.sampled_from(("arrow", "parquet", "csv")))
    paths = files(folder, *columns, form, data.draw(st.integers(1, 4)))
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), number in SMALL.items():
            patch.setattr(module, name, number)
        found = told(streamed(paths))
    assert found == told([join(*map(read_table, paths))])
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)


def test_files_in_step_are_joined_in_their_own_order_without_piles(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("dealt")

    monkeypatch.setattr(dealing.Piles, "put", refuse)
    parts = streamed(files(tmp_path, ["c", "a", "d", "b"], ["c", "c", "a", "d", "d", "d", "d", "b"]))
    assert [part.households.household_ids.to_pylist() for part in parts] == [["c", "a"], ["d"], ["b"]]


def test_only_what_comes_after_the_break_is_dealt_into_piles(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealt: list[Any] = []
    put = dealing.Piles.put

    def watched(piles: Any, table: pa.Table) -> None:
        dealt.extend(table.column("household_id").to_pylist())
        put(piles, table)

    monkeypatch.setattr(dealing.Piles, "put", watched)
    parts = streamed(files(tmp_path, [5, 3, 8, 1, 2], [5, 3, 3, 8, 2, 1]))
    assert [part.households.household_ids.to_pylist() for part in parts][:2] == [[5, 3], [8]]
    assert sorted(dealt) == [1, 1, 2, 2]


def test_a_member_that_comes_late_still_counts_at_home(tmp_path: Path, small: None) -> None:
    found, rejected = told(streamed(files(tmp_path, [1, 2, 3], [1, 2, 3, 1])))
    assert found["1"] == (0, "0", ["0", "3"])
    assert rejected == []


def test_ids_that_only_have_the_same_hash_are_told_apart(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (dealing, merging):
        monkeypatch.setattr(module, "keys", lambda found, as_text: np.full(len(found), 7, np.uint64))
    paths = files(tmp_path, ["a"], ["b"])
    assert told(streamed(paths)) == told([join(*map(read_table, paths))])
    paths = files(tmp_path, ["a", "b"], ["b", "a", "a"])
    assert told(streamed(paths)) == told([join(*map(read_table, paths))])


@pytest.mark.parametrize(("form", "exact"), [("parquet", True), ("arrow", True), ("csv", False)])
def test_a_file_says_how_many_rows_it_has_or_about_how_many(tmp_path: Path, form: str, exact: bool) -> None:
    """The bar's remaining time rests on it."""
    path, _ = files(tmp_path, list(range(100_000)), [0], form, rows=10_000)
    rows = streams.size(path).households
    assert rows is not None
    assert rows == 100_000 if exact else abs(rows - 100_000) < 15_000
