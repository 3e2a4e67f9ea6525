"""What a fresh process pays: importing the library, loading 淄博, the first decision, and the memory of it all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HEAVY = ("polars", "numpy", "pyarrow", "z3", "durable", "typer", "rich", "pandas", "numba", "pytest", "hypothesis")
# the kernel's own count: that of getrusage begins with what the parent process had
PEAK = """
import pathlib
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), float("nan"))
"""
SCRIPT = f"""
import sys, time, json
start = time.perf_counter()
import policyengine
imported = time.perf_counter()
heavy = [name for name in {HEAVY!r} if name in sys.modules]
before = time.perf_counter()
pack = policyengine.load("zibo")
loaded = time.perf_counter()
decision = pack.decide({{"members": [{{"id": "a", "dibao_recipient": True}}]}}, on="2018-06-01")
decision.entitlements
decided = time.perf_counter()
{PEAK}
reload = time.perf_counter()
again = policyengine.load("zibo")
reloaded = time.perf_counter()
print(json.dumps([imported - start, loaded - before, decided - loaded, reloaded - reload, peak, heavy]))
"""
BARE = PEAK + "print(peak)"


@dataclass(frozen=True)
class Startup:
    """Medians over fresh processes, in milliseconds; memory in MiB. heavy: optional packages pulled in."""

    imported: float
    loaded: float
    first_decision: float
    loaded_again: float
    peak: float
    bare_peak: float
    heavy: tuple[str, ...]


def measure(rounds: int) -> Startup:
    """Fresh processes that find compiled bytecode, as after an installation; the first of them writes it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = str(Path(folder))
        found = [json.loads(_run(SCRIPT, environment)) for _ in range(rounds + 1)][1:]
        bare = float(_run(BARE, environment))
    imported, loaded, decided, again, peak = (statistics.median(run[place] for run in found) for place in range(5))
    return Startup(imported * 1e3, loaded * 1e3, decided * 1e3, again * 1e3, peak, bare, tuple(found[0][5]))


def _run(script: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
    return done.stdout
