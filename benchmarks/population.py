"""Whole populations side by side: `python -m benchmarks.population [HOUSEHOLDS]`; `--growth [HOUSEHOLDS …]` for the whole pack,
with `--shuffled` over files whose rows stand in no order.

Everything runs in one process on the same two tables, in memory and from Parquet; the answers are compared to the fen.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

import policyengine
from benchmarks import people
from benchmarks.population_by_hand import Answers, Tables, in_numba, in_numpy, in_polars
from benchmarks.subject import BENEFIT, ON, PARAMETERS, medical_assistance_alone
from policyengine.interpreters.population.fused import is_installed
from policyengine.population import decide_table, prepare, run_files
from policyengine.population.report import bars
from policyengine.population.runs import STAGES
from policyengine.population.streams import source

ROUNDS = 5
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
CHART = PAGE.with_suffix(".svg")
OURS, FUSED = "policyengine", "policyengine, fused"
POLARS, NUMPY, NUMBA = "polars, by hand", "numpy, by hand", "numba loop, by hand"
OPENFISCA = "OpenFisca-core"
TARGETS = {OURS: {POLARS: 0.4, NUMPY: 1.3, OPENFISCA: 0.125}, FUSED: {POLARS: 0.2, NUMBA: 1.6}}
Files = tuple[Path, Path]


def decided(pack: policyengine.Pack, tables: Any, kernel: Any) -> Any:
    return decide_table(pack, *tables, on=ON, parameters=PARAMETERS, reasons=False, kernel=kernel)


def answers(pack: policyengine.Pack, tables: Tables, kernel: str) -> Answers:
    """Our results as those written by hand give theirs."""
    persons = decided(pack, tables, kernel).persons
    status = np.array(persons[f"{BENEFIT}.status"].cast("string").to_numpy() == "eligible", bool)
    fen = np.array([int(100 * amount) for amount in persons[f"{BENEFIT}.amount"].to_pylist()])
    return status, fen


def read(files: Files) -> Tables:
    import pyarrow.parquet as pq

    homes, persons = (pq.read_table(path) for path in files)
    return homes, persons


def subjects(pack: policyengine.Pack, files: Files, in_memory: bool) -> dict[str, Callable[[], Any]]:
    """Everybody, from the same Arrow tables or the same Parquet files."""
    import polars as pl

    tables = read(files)

    def polars() -> Answers:
        frames = [
            cast(Any, pl.from_arrow(table)).lazy() if in_memory else pl.scan_parquet(path)
            for table, path in zip(tables, files)
        ]
        return in_polars(*frames)

    def from_either(by_hand: Callable[[Tables], Answers]) -> Answers:
        return by_hand(tables if in_memory else read(files))

    ours = partial(decided, pack, tables if in_memory else files)
    found: dict[str, Callable[[], Any]] = {OURS: partial(ours, "columns")}
    if is_installed():
        found[FUSED] = partial(ours, "fused")
    found |= {POLARS: polars}
    for name, by_hand in ({NUMPY: in_numpy} | optional()).items():
        found[name] = partial(from_either, by_hand)
    return found


def optional() -> dict[str, Callable[[Tables], Answers]]:
    """Those whose packages are installed."""
    found: dict[str, Callable[[Tables], Answers]] = {}
    if is_installed():
        found[NUMBA] = in_numba
    with suppress(ImportError):
        from benchmarks.openfisca_model import in_openfisca

        found[OPENFISCA] = in_openfisca
    return found


def check(pack: policyengine.Pack, folder: Path) -> int:
    """The same answers for every person, or an AssertionError. Returns how many."""
    files = people.write(folder, 50_000, seed=7)
    tables = read(files)
    expected = answers(pack, tables, "columns")
    others = {
        name: subject() for name, subject in subjects(pack, files, in_memory=True).items() if name not in (OURS, FUSED)
    }
    if is_installed():
        others[FUSED] = answers(pack, tables, "fused")
    for name, found in others.items():
        for mine, theirs in zip(expected, found, strict=True):
            assert (mine == theirs).all(), name
    return len(expected[0])


@dataclass(frozen=True)
class Timed:
    """Medians of the rounds. memory, files: seconds from tables in memory, from files. processor: seconds of all cores,
    from memory. ratios: how many times as long ours take from memory, the median of the rounds' ratios and their quartiles."""

    name: str
    memory: float
    processor: float
    files: float
    ratios: dict[str, tuple[float, float, float]]


def rounds(every: dict[str, Callable[[], Any]]) -> dict[str, list[tuple[float, float]]]:
    """Everybody's seconds and processor seconds, side by side; the first round isn't counted."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in every}
    for _ in range(ROUNDS + 1):
        for name, subject in every.items():
            start, worked = time.perf_counter(), time.process_time()
            subject()
            times[name].append((time.perf_counter() - start, time.process_time() - worked))
    return {name: own[1:] for name, own in times.items()}


def compare(number: int) -> tuple[int, list[Timed]]:
    """How many persons' answers were compared, and everybody's times."""
    pack = medical_assistance_alone()
    with tempfile.TemporaryDirectory() as folder:
        checked = check(pack, Path(folder))
        files = people.write(Path(folder), number, seed=1)
        memory, disk = (rounds(subjects(pack, files, in_memory)) for in_memory in (True, False))
    ours = [name for name in (OURS, FUSED) if name in memory]
    return checked, [
        Timed(
            name,
            statistics.median(seconds for seconds, _ in memory[name]),
            statistics.median(worked for _, worked in memory[name]),
            statistics.median(seconds for seconds, _ in disk[name]),
            {one: quartiles([mine[0] / other[0] for mine, other in zip(memory[one], memory[name])]) for one in ours},
        )
        for name in memory
    ]


def quartiles(ratios: list[float]) -> tuple[float, float, float]:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return middle, low, high


@dataclass(frozen=True)
class Grown:
    """The whole pack over some households. stages: the share of each in the time; writing goes beside deciding.

    processor: seconds of all cores, which a busy machine changes less.
    """

    households: int
    persons: int
    seconds: float
    processor: float
    stages: tuple[float, ...]
    peak: int  # MiB of the whole process, so never less than that of the row before


def grow(number: int, shuffled: bool) -> Grown:
    """The whole pack of 淄博, files in and files out."""
    plan = prepare(policyengine.load("zibo"), on=ON, parameters=PARAMETERS)
    with tempfile.TemporaryDirectory() as folder:
        files = people.write(Path(folder), number, seed=1)
        if shuffled:
            people.shuffle(files)
        start, before = time.perf_counter(), time.process_time()
        run = run_files(plan, source(*files), Path(folder) / "out.parquet")
        took, processor = time.perf_counter() - start, time.process_time() - before
    stages = tuple(run.seconds[stage] / took for stage in STAGES)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Grown(run.households, run.persons, took, processor, stages, peak)


def compared_lines(number: int) -> Iterator[str]:
    checked, timed = compare(number)
    yield f"Medical assistance of 淄博, {number:,} households, Python {platform.python_version()} on {os.cpu_count()} cores; medians of"
    yield f"{ROUNDS} rounds side by side, the same answers to the fen for {checked:,} persons. Seconds from Arrow tables in memory to every"
    yield "person's status and amount; in brackets the quartiles of the rounds' ratios."
    yield ""
    yield "| | seconds | processor seconds | policyengine takes | target | fused takes | target | seconds from files |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for item in timed:
        cells = [
            cell
            for ours in (OURS, FUSED)
            for cell in (
                ratio(item.ratios.get(ours)),
                f"{TARGETS[ours][item.name]:g}" if item.name in TARGETS[ours] else "",
            )
        ]
        yield f"| {item.name} | {item.memory:.3f} | {item.processor:.3f} | {' | '.join(cells)} | {item.files:.3f} |"
    CHART.write_text(chart(timed), encoding="utf-8")
    yield ""
    yield f"![seconds]({CHART.name})"


def ratio(found: tuple[float, float, float] | None) -> str:
    return "" if found is None else f"{found[0]:.2f} × ({found[1]:.2f}–{found[2]:.2f})"


def grown_lines(numbers: list[int], shuffled: bool) -> Iterator[str]:
    yield "The whole pack, files in and files out, reason codes and all. Writing goes on beside deciding, so shares add up to more."
    yield ""
    yield f"| households | persons | seconds | processor seconds | households a second | {' | '.join(STAGES)} | peak MiB |"
    yield f"| {' | '.join(['---:'] * 9)} |"
    for number in numbers:
        item = grow(number, shuffled)
        shares = " | ".join(f"{share:.0%}" for share in item.stages)
        yield (
            f"| {item.households:,} | {item.persons:,} | {item.seconds:.1f} | {item.processor:.1f} | {item.households / item.seconds:,.0f} "
            f"| {shares} | {item.peak:,} |"
        )


def chart(timed: list[Timed]) -> str:
    drawn = bars([(item.name, item.memory) for item in timed], lambda value: f"{value:.2f} s", "en")
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="13" ')


def main() -> None:
    """Print the tables, or with --write put them into docs/performance.md."""
    arguments = sys.argv[1:]
    numbers = [int(item) for item in arguments if item.isdigit()]
    if "--growth" in arguments:
        found = grown_lines(numbers or [10_000, 100_000, 1_000_000], "--shuffled" in arguments)
    else:
        found = compared_lines(numbers[0] if numbers else 1_000_000)
    lines = []
    for line in found:
        print(line, flush=True)
        lines.append(line)
    if "--write" in arguments:
        mark = "growth" if "--growth" in arguments else "comparison"
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.split(f"<!-- {mark} -->\n")[0], text.split(f"<!-- end of {mark} -->")[1]
        told = "\n".join(lines)
        PAGE.write_text(f"{before}<!-- {mark} -->\n{told}\n<!-- end of {mark} -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
