"""Whole populations side by side: `python -m benchmarks.population [HOUSEHOLDS]`; `--growth [HOUSEHOLDS …]` for the whole pack,
with `--shuffled` over files whose rows stand in no order.

Everything runs in one process and reads the same two Parquet files; the answers are compared to the fen.
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
from typing import Any

import numpy as np

import policyengine
from benchmarks import people
from benchmarks.population_by_hand import Answers, Files, in_numba, in_numpy, in_polars
from benchmarks.subject import BENEFIT, ON, PARAMETERS, medical_assistance_alone
from policyengine.population import decide_table, prepare, run_files
from policyengine.population.report import bars
from policyengine.population.runs import STAGES
from policyengine.population.streams import source

ROUNDS = 7
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
CHART = PAGE.with_suffix(".svg")
OURS, POLARS, NUMPY, NUMBA = "policyengine", "polars, by hand", "numpy, by hand", "numba loop, by hand"
OPENFISCA = "OpenFisca-core"
TARGETS = {POLARS: "at most 0.4", NUMPY: "at most 1.3", OPENFISCA: "at most 0.125"}


def decided(pack: policyengine.Pack, files: Files) -> Any:
    return decide_table(pack, *files, on=ON, parameters=PARAMETERS, reasons=False)


def answers(pack: policyengine.Pack, files: Files) -> Answers:
    """Our results as those written by hand give theirs."""
    persons = decided(pack, files).persons
    status = np.array(persons[f"{BENEFIT}.status"].cast("string").to_numpy() == "eligible", bool)
    fen = np.array([int(100 * amount) for amount in persons[f"{BENEFIT}.amount"].to_pylist()])
    return status, fen


def subjects(pack: policyengine.Pack, files: Files) -> dict[str, Callable[[], Any]]:
    found: dict[str, Callable[[], Any]] = {
        OURS: lambda: decided(pack, files),
        POLARS: lambda: in_polars(files),
        NUMPY: lambda: in_numpy(files),
    }
    for name, by_hand in optional().items():
        by_hand(files)  # what is compiled or imported first isn't measured
        found[name] = partial(by_hand, files)
    return found


def optional() -> dict[str, Callable[[Files], Answers]]:
    """Those whose packages are installed."""
    found: dict[str, Callable[[Files], Answers]] = {}
    with suppress(ImportError):
        import numba  # noqa: F401

        found[NUMBA] = in_numba
    with suppress(ImportError):
        from benchmarks.openfisca_model import in_openfisca

        found[OPENFISCA] = in_openfisca
    return found


def check(pack: policyengine.Pack, folder: Path) -> int:
    """The same answers for every person, or an AssertionError. Returns how many."""
    files = people.write(folder, 50_000, seed=7)
    expected = answers(pack, files)
    for name, by_hand in ({POLARS: in_polars, NUMPY: in_numpy} | optional()).items():
        for mine, theirs in zip(expected, by_hand(files), strict=True):
            assert (mine == theirs).all(), name
    return len(expected[0])


@dataclass(frozen=True)
class Timed:
    """seconds: the median of the rounds. ratio: how many times as long ours takes, the median of the rounds' ratios."""

    name: str
    seconds: float
    ratio: float


def compare(number: int) -> tuple[int, list[Timed]]:
    """How many persons' answers were compared, and everybody's times."""
    pack = medical_assistance_alone()
    with tempfile.TemporaryDirectory() as folder:
        checked = check(pack, Path(folder))
        files = people.write(Path(folder), number, seed=1)
        every = subjects(pack, files)
        times: dict[str, list[float]] = {name: [] for name in every}
        for _ in range(ROUNDS):
            for name, subject in every.items():
                start = time.perf_counter()
                subject()
                times[name].append(time.perf_counter() - start)
    ratios = {name: [mine / other for mine, other in zip(times[OURS], own, strict=True)] for name, own in times.items()}
    return checked, [
        Timed(name, statistics.median(own), statistics.median(ratios[name])) for name, own in times.items()
    ]


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
    yield f"Medical assistance of 淄博, {number:,} households, Python {platform.python_version()} on {os.cpu_count()} cores; reading"
    yield f"and deciding together, medians of {ROUNDS} rounds side by side, the same answers to the fen for {checked:,} persons."
    yield ""
    yield "| | seconds | ours takes | target |"
    yield "| --- | ---: | ---: | --- |"
    for item in timed:
        yield f"| {item.name} | {item.seconds:.2f} | {item.ratio:.2f} × | {TARGETS.get(item.name, '')} |"
    CHART.write_text(chart(timed), encoding="utf-8")
    yield ""
    yield f"![seconds]({CHART.name})"


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
    drawn = bars([(item.name, item.seconds) for item in timed], lambda value: f"{value:.2f} s", "en")
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
