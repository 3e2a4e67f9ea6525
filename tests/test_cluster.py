"""The scripts of docs/population.md for clusters, run as they stand there, come to what the tables come to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import pyarrow as pa
import pyarrow.parquet as pq

import policyengine
from policyengine.population import decide_table

PAGE = Path(__file__).parent.parent / "docs" / "population.md"
HOUSEHOLDS = 40


def script(name: str) -> str:
    found = re.search(
        rf"^```py {re.escape(name)}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found is not None, name
    return found[1]


def run(name: str, folder: Path) -> None:
    (folder / name).write_text(script(name), encoding="utf-8")
    source = str(Path(policyengine.__file__).parent.parent)  # for worker processes that start elsewhere
    environment = os.environ | {"PYTHONPATH": source, "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, name], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tables, nested by the page's own script."""
    numbers = range(HOUSEHOLDS)
    incomes = [None if number % 7 == 0 else 4000 * (number % 5) for number in numbers]
    costs = [-5 if number == 3 else 1000 * number for number in numbers]
    homes = {"household_id": [f"h{number}" for number in numbers], "家庭年收入": pa.array(incomes, pa.int64())}
    persons = {
        "household_id": [f"h{number}" for number in numbers for _ in "12"],
        "person_id": [f"{number}-{place}" for number in numbers for place in "12"],
        "低保对象": [number % 2 == 0 for number in numbers for _ in "12"],
        "目录内医疗费用": [cost for cost in costs for _ in "12"],
        "基本医保报销额": [0] * 2 * HOUSEHOLDS,
        "大病保险报销额": [0] * 2 * HOUSEHOLDS,
    }
    pq.write_table(pa.table(homes), tmp_path / "households.parquet")
    pq.write_table(pa.table(persons), tmp_path / "persons.parquet")
    run("nest.py", tmp_path)
    parts = pq.read_table(tmp_path / "households" / "00000.parquet")
    for number, first in enumerate((0, 15, 30)):  # several files, so that there are several tasks
        pq.write_table(parts.slice(first, 15), tmp_path / "households" / f"{number:05}.parquet")
    return tmp_path


def check(folder: Path) -> None:
    asked: dict[str, Any] = {"on": "2018-06-01", "parameters": {"农村低保标准": "4200元"}, "benefits": ["医疗救助"]}
    tables = folder / "households.parquet", folder / "persons.parquet"
    decided = decide_table(policyengine.load("zibo"), *tables, **asked)
    rows = [row for path in sorted((folder / "results").glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    good = {row["household_id"]: row["members"] for row in rows if row["error"] is None}
    assert good == {row["household_id"]: row["members"] for row in decided.nested.to_pylist()}
    assert {row["household_id"]: row["error"] is None for row in rows} == {f"h{n}": n != 3 for n in range(HOUSEHOLDS)}
    assert len(rows) == HOUSEHOLDS


def test_two_tables_are_nested(folder: Path) -> None:
    (one,) = {
        pq.read_table(folder / "households" / f"0000{part}.parquet").schema.field("members").type for part in (0, 1)
    }
    assert one.value_type.names == ["person_id", "低保对象", "目录内医疗费用", "基本医保报销额", "大病保险报销额"]


@pytest.mark.long
def test_spark(folder: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` isn't installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    run("with_spark.py", folder)
    check(folder)


@pytest.mark.long
def test_ray(folder: Path) -> None:
    pytest.importorskip("ray", reason="ray isn't installed (extra `cluster`)")
    run("with_ray.py", folder)
    check(folder)


def test_dask(folder: Path) -> None:
    pytest.importorskip("dask", reason="dask isn't installed (extra `cluster`)")
    run("with_dask.py", folder)
    check(folder)
