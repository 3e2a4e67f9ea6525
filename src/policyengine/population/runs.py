"""Decide files: stream households in, results out, and account for every row."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from policyengine._version import __version__
from policyengine.errors import PolicyError, diagnostic
from policyengine.population.deciding import Plan, decide_households
from policyengine.population.files import Output, suffix
from policyengine.population.nesting import HOUSEHOLDS, Rejected
from policyengine.population.results import Tables
from policyengine.population.streams import Source, nested_parts
from policyengine.population.summary import Summary
from policyengine.population.tables import nested_table, rejects_table
from policyengine.text import Lang

METADATA = b"policyengine"
STAGES = ("reading", "deciding", "writing")


@dataclass
class Run:
    """What a run has come to. Rows read are rows decided and rows rejected, for each table.

    rejected: rows by table; codes: by what is wrong. seconds: of reading, of deciding, of writing, which goes beside deciding.
    """

    paths: tuple[Path, ...] = ()
    rejects: Path | None = None
    households: int = 0
    persons: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    summary: Summary | None = None

    @property
    def rows_rejected(self) -> int:
        return self.rejected.total()

    @property
    def households_read(self) -> int:
        return self.households + self.rejected[HOUSEHOLDS]


def run_files(
    plan: Plan,
    given: Source,
    out: str | Path,
    *,
    nested: bool = False,
    lang: Lang | None = None,
    progress: Callable[[Run], None] | None = None,
) -> Run:
    """Decide all households of a source and write them to `out`; reasons of rejects are in `lang`.

    `out.parquet` becomes `out.households.parquet` and `out.persons.parquet`, or with `nested` one file; what can't be
    used goes to `out.rejects.csv`, which is only there if there is any. Files appear when they are whole.
    """
    target = Path(out)
    form = suffix(target)
    if nested and form in (".csv", ".xlsx"):
        raise PolicyError([diagnostic("bad-argument", name="--nested", reason=".parquet / .arrow")])
    names = ("",) if nested else ("households", "persons")
    for path in given.paths:
        if path.resolve() in {_path(target, name).resolve() for name in names}:
            raise PolicyError([diagnostic("overwrites-input", path=str(path))])
    run = Run(summary=Summary(plan))
    metadata = {METADATA: json.dumps(described(plan, given), ensure_ascii=False).encode()}
    with ExitStack() as stack:
        outputs = [stack.enter_context(Output(_path(target, name), metadata)) for name in names]
        rejects = stack.enter_context(Output(_path(target, "rejects").with_suffix(".csv"), {}))
        writing = stack.enter_context(ThreadPoolExecutor(1))  # one part is written while the next is decided
        waiting: Future[float] | None = None
        for found, rejected in _timed(plan, given, target.parent, run):
            run.seconds["writing"] += waiting.result() if waiting is not None else 0.0
            waiting = writing.submit(_write, outputs, rejects, found, rejected, nested, lang)
            assert run.summary is not None
            run.summary.add(found)
            if progress is not None:
                progress(run)
        run.seconds["writing"] += waiting.result() if waiting is not None else 0.0
    run.paths = tuple(output.path for output in outputs)
    if run.rows_rejected:
        run.rejects = rejects.path
    else:
        rejects.path.unlink(missing_ok=True)  # of an earlier run
    if form in (".csv", ".xlsx"):
        _path(target, "run").with_suffix(".json").write_bytes(metadata[METADATA])
    return run


def _path(target: Path, name: str) -> Path:
    return target.with_name(f"{target.stem}.{name}{target.suffix}") if name else target


def _timed(plan: Plan, given: Source, folder: Path, run: Run) -> Iterator[tuple[Tables, tuple[Rejected, ...]]]:
    """Every part's results, its rows counted."""
    start = time.perf_counter()
    for part in nested_parts(given, folder):
        read = time.perf_counter()
        run.seconds["reading"] += read - start
        found, rejected = decide_households(plan, part)
        run.households += found.households.num_rows
        run.persons += found.persons.num_rows
        for row in rejected:
            run.rejected[row.table] += 1
            run.codes[row.reason.code] += 1
        run.seconds["deciding"] += time.perf_counter() - read
        yield found, rejected
        start = time.perf_counter()


def _write(
    outputs: list[Output],
    rejects: Output,
    found: Tables,
    rejected: tuple[Rejected, ...],
    nested: bool,
    lang: Lang | None,
) -> float:
    """Returns the seconds it took."""
    start = time.perf_counter()
    if nested:
        outputs[0].write(nested_table(found.households, found.persons))
    else:
        outputs[0].write(found.households)
        outputs[1].write(found.persons)
    if rejected:
        rejects.write(rejects_table(rejected, lang))
    return time.perf_counter() - start


def described(plan: Plan, given: Source) -> dict[str, Any]:
    """What a result file says of itself: enough to decide any of its rows again."""
    return {
        "engine": __version__,
        "pack": plan.pack.id,
        "digest": plan.pack.digest,
        "on": plan.on.isoformat(),
        "parameters": {key: str(value) for key, value in plan.parameters.items()},
        "readings": {key: str(value) for key, value in plan.readings.items()},
        "reforms": list(plan.pack.reforms),
        "supplements": list(plan.pack.supplements),
        "results": [item.id for item in plan.outcomes],
        "labels": plan.labels,
        "input": [str(path) for path in given.paths],
    }


def description(table: pa.Schema) -> dict[str, Any]:
    """What a result file says of itself."""
    found = (table.metadata or {}).get(METADATA)
    if found is None:
        raise PolicyError([diagnostic("not-a-result")])
    said: dict[str, Any] = json.loads(found)
    return said
