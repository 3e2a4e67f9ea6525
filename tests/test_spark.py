"""The batch function that Spark, Ray and Dask run, and a real local Spark session where there is one."""

from __future__ import annotations

import pickle
import shutil
import sys
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import pyarrow as pa

import policyengine
from policyengine.population import decide_table
from policyengine.spark import BatchFunction, decide

ON = "2018-06-01"
ASKED: dict[str, Any] = {"on": ON, "parameters": {"农村低保标准": "4200元"}, "benefits": ("医疗救助",)}
ZIBO = policyengine.load("zibo")


def household(name: str, costs: int, recipient: bool | None = True) -> dict[str, Any]:
    member = {"id": "1", "低保对象": recipient, "目录内医疗费用": costs, "基本医保报销额": 0, "大病保险报销额": 0}
    return {"household_id": name, "家庭年收入": 12000, "members": [member]}


ROWS = [household("a", 10000), household("b", -5), household("c", 0), household("d", 200, recipient=None)]


def test_a_batch_keeps_its_order_and_a_bad_row_says_what_is_wrong() -> None:
    found = BatchFunction(ZIBO, ASKED).table(pa.Table.from_pylist(ROWS))
    assert found["household_id"].to_pylist() == ["a", "b", "c", "d"]
    assert found["error"].to_pylist() == [None, "目录内医疗费用: `目录内医疗费用` can't be `-5`", None, None]
    members = found["members"].to_pylist()
    assert members[0][0]["medical_assistance.amount"] == Decimal("7500.00")
    assert members[1] is None


def test_the_function_comes_to_the_same_in_another_process() -> None:
    function = BatchFunction(ZIBO, ASKED)
    sent = pickle.loads(pickle.dumps(function))
    table = pa.Table.from_pylist(ROWS)
    assert sent.table(table).equals(function.table(table))
    assert [batch.num_rows for batch in sent(table.to_batches(max_chunksize=2))] == [2, 2]


@pytest.mark.long
def test_spark_comes_to_what_the_tables_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` isn't installed")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        rows = [household(f"h{number}", 100 * number) for number in range(200)]
        frame = session.createDataFrame(pa.Table.from_pylist(rows).to_pandas())
        found = sorted(
            (row.asDict(recursive=True) for row in decide(frame, ZIBO, **ASKED).collect()),
            key=lambda row: row["household_id"],
        )
    finally:
        session.stop()
    expected = decide_table(ZIBO, rows, **ASKED).nested.to_pylist()
    told = sorted(expected, key=lambda row: row["household_id"])
    assert [{key: row[key] for key in told[0]} for row in found] == told
