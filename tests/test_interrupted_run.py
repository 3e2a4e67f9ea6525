"""Ctrl-C, or the signal to end, really sent to a running `policyengine run`: nothing half-written stays, and the shell is told."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra `population` isn't installed")

import pyarrow as pa
import pyarrow.parquet as pq

import policyengine

PERSONS = 1_200_000  # more than a part, and more than one pile


def tables(folder: Path, shuffled: bool) -> None:
    homes, refs = list(range(PERSONS // 2)), [number // 2 for number in range(PERSONS)]
    if shuffled:
        random.Random(1).shuffle(refs)
    pq.write_table(
        pa.table({"household_id": homes, "家庭年收入": pa.array([4000] * len(homes))}), folder / "homes.parquet"
    )
    people = {"household_id": refs, "person_id": list(range(PERSONS)), "低保对象": [True] * PERSONS}
    pq.write_table(pa.table(people), folder / "people.parquet")


def start(folder: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(policyengine.__file__).parent.parent), "LC_ALL": "C.UTF-8"}
    command = ("-m", "policyengine", "run", "zibo", "homes.parquet", "people.parquet", "-o", "out.parquet", "--on", "2018-06-01", "--benefit", "医疗救助")  # fmt: skip
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize(
    ("shuffled", "sign", "sent", "status"),
    [
        (False, ".out.persons.parquet.*", signal.SIGINT, 130),
        (True, ".piles-*", signal.SIGINT, 130),
        (True, ".piles-*", signal.SIGTERM, 143),
    ],
)
def test_a_run_that_is_ended_leaves_no_file_behind(
    tmp_path: Path, shuffled: bool, sign: str, sent: signal.Signals, status: int
) -> None:
    """Sent while results are being written, and while rows are being dealt into piles."""
    tables(tmp_path, shuffled)
    (tmp_path / "out.persons.parquet").write_text("of an earlier run")
    process = start(tmp_path)
    until = time.monotonic() + 120
    while not list(tmp_path.glob(sign)) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert list(tmp_path.glob(sign)), process.communicate()
    process.send_signal(sent)
    _, told = process.communicate(timeout=120)
    assert process.returncode == status
    assert "Traceback" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "homes.parquet",
        "out.persons.parquet",
        "people.parquet",
    ]
    assert (tmp_path / "out.persons.parquet").read_text() == "of an earlier run"
