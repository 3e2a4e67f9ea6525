"""The command line's `verify`: prove what is meant to hold for every household, or show one that breaks it.

Exit status: 0 everything is as the pack says; 1 something isn't, or isn't decided; 2 wrong usage or input.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policyengine.commands import common as cli
from policyengine.errors import PolicyError, diagnostic, diagnostic_of
from policyengine.text import Lang, number_of

if TYPE_CHECKING:
    from policyengine.verifying.running import Report

INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    app.command()(verify)


def verify(
    pack: cli.PackName,
    on: Annotated[
        str | None, typer.Option("--on", help="only on this date; otherwise over the plan's whole term", metavar="DATE")
    ] = None,
    only: Annotated[
        list[str], typer.Option("--property", help="only this property; may be repeated", metavar="NAME")
    ] = [],  # noqa: B006
    structure: Annotated[
        bool, typer.Option("--structure/--no-structure", help="look for dead conditions, rows and figures")
    ] = True,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="for each property")] = 20.0,
    members: Annotated[int, typer.Option("--members", min=1, max=8, help="the largest households tried")] = 3,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="processes; by default one a processor")] = None,
    everything: Annotated[bool, typer.Option("--all", help="list also what is no fault")] = False,
    save: Annotated[
        Path | None,
        typer.Option("--save", help="write the households that break a property as scenarios", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the report as JSON")] = False,
    reforms: cli.Reform = [],  # noqa: B006
    supplements: cli.Supplement = [],  # noqa: B006
    grade: cli.Grade = [],  # noqa: B006
    lang: cli.Language = None,
) -> None:
    """Prove a pack's properties, or refute them with a household; find what is dead in it (exit 1 if anything is news)."""
    language = cli.language_of(lang)
    with cli.reported(lang), cli.interrupted(language, "--property"):
        from policyengine.packs import load

        loaded = load(pack, reforms=reforms, supplements=supplements, grades="AB" + "".join(grade))
        needs_z3()
        from policyengine.compiler.figures import FigureError, read_date
        from policyengine.verifying.running import Wanted
        from policyengine.verifying.running import verify as verify_pack
        from policyengine.verifying.saving import as_yaml, scenarios_of
        from policyengine.verifying.telling import lines
        from policyengine.verifying.verdicts import Refuted

        span = None
        if on is not None:
            try:
                span = (read_date(on), read_date(on))
            except FigureError as error:
                raise PolicyError([diagnostic_of(error.code, None, error.values)]) from None
        wanted = Wanted(span, tuple(only), structure, seconds, members)
        with Bar(language) as bar:
            report = verify_pack(loaded, wanted, jobs=jobs, progress=bar.advance)
        if save is not None:
            kept = [
                scenario
                for verdict in report.verdicts
                if isinstance(verdict.outcome, Refuted)
                for scenario in scenarios_of(verdict, loaded)
            ]
            cli.write(save, as_yaml(kept))
        if as_json:
            typer.echo(json.dumps(content(report), ensure_ascii=False, indent=1))
        else:
            for line in lines(report, language, everything=everything):
                typer.echo(line)
        if save is not None and not as_json:
            counted = f"{len(kept)} 个情景" if language == "zh" else number_of(len(kept), "scenario")
            typer.echo(f"{save}: {counted}")
    if not report.is_complete:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(0 if report.is_good else cli.NEGATIVE)


def needs_z3() -> None:
    """Raises PolicyError where the extra isn't installed."""
    try:
        import z3  # noqa: F401
    except ImportError:
        raise PolicyError([diagnostic("extra-needed", name="verify", package="z3-solver")]) from None


def content(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    from policyengine.verifying.verdicts import Proved, Refuted, Undecided

    verdicts = []
    for item in report.verdicts:
        entry: dict[str, Any] = {
            "property": item.about.id,
            "holds": item.about.holds,
            "seconds": round(item.seconds, 2),
        }
        match item.outcome:
            case Proved(most=most):
                entry |= {"outcome": "proved", "members": most}
            case Undecided(why=why, most=most):
                entry |= {"outcome": "not decided", "why": why, "members": most}
            case Refuted(witness=witness, entity=entity, values=amounts):
                entry |= {
                    "outcome": "refuted", "entity": entity, "households": [witness.household, *witness.others.values()],
                    "parameters": witness.parameters, "readings": witness.readings,
                    "on": item.outcome.decisions[0].on.isoformat(), "values": [str(amount) for amount in amounts],
                }  # fmt: skip
        verdicts.append(entry)
    findings = None
    if report.findings is not None:
        findings = [
            {
                "kind": item.kind,
                "about": [item.about, *item.others],
                "rows": [row + 1 for row in item.rows],
                "fault": item.is_fault,
            }
            for item in report.findings
        ]
    return {
        "pack": report.pack.id,
        "digest": report.pack.digest,
        "spans": [[first.isoformat(), last.isoformat()] for first, last in report.spans],
        "properties": verdicts,
        "structure": findings,
        "complete": report.is_complete,
        "seconds": round(report.seconds, 2),
    }


class Bar:
    """How many questions are answered; on a terminal only."""

    def __init__(self, lang: Lang) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

        console = Console(stderr=True)
        self.bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self.task = self.bar.add_task("", total=None)

    def __enter__(self) -> Bar:
        self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.stop()

    def advance(self, done: int, total: int) -> None:
        self.bar.update(self.task, completed=done, total=total)
