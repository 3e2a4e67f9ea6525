"""The command line; its commands stand in commands/.

Exit status: 0; 1 a negative finding; 2 wrong usage or input; 4 undetermined.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from typing import Annotated

import typer

from policyengine._version import __version__
from policyengine.commands import (
    area,
    cliffs,
    compare,
    coverage,
    decide,
    interview,
    mutate,
    packs,
    regions,
    run,
    test,
    verify,
    watch,
)
from policyengine.commands.common import WRONG, app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"policyengine-packs {__version__}")
        raise typer.Exit


@app.callback()
def _policyengine(
    version: Annotated[
        bool,
        typer.Option("--version", help="print the version and exit", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Who is entitled to what under a plan, how much, and why."""


for group in (decide, area, packs, test, coverage, mutate, verify, compare, cliffs, regions, run, interview, watch):
    group.register(app)


def _terminate(*_: object) -> None:
    """Told to end, as by a scheduler: what is half-written goes, as after Ctrl-C."""
    sys.exit(128 + signal.SIGTERM)


def main() -> None:
    """The entry point: UTF-8 out whatever the locale, no tracebacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # a defect of ours: say so, without a traceback
        if os.environ.get("POLICYENGINE_DEBUG"):
            raise
        print(f"internal error: {type(error).__name__}: {error} (POLICYENGINE_DEBUG=1 shows where)", file=sys.stderr)
        sys.exit(WRONG)
