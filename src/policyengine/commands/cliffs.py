"""The command line's `cliffs`: a household's money benefits along one fact, and where a little more costs more than it brings.

Exit status: 0 no drop; 1 a cliff; 2 wrong usage or input; 4 only losses whose worth isn't known; 130 interrupted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policyengine.commands import common as cli
from policyengine.commands.analysis import Html, Width, give, interruptible, progress_line


def register(app: typer.Typer) -> None:
    app.command()(cliffs)


def cliffs(
    pack: cli.PackName,
    household: Annotated[
        Path, typer.Argument(help="a household (YAML or JSON; - for standard input)", metavar="HOUSEHOLD")
    ],
    on: cli.On,
    vary: Annotated[str, typer.Option("--vary", help="a number or date of the household", metavar="FACT")],
    start: Annotated[str, typer.Option("--from", help="its first value", metavar="A")],
    end: Annotated[str, typer.Option("--to", help="its last value", metavar="B")],
    step: Annotated[
        str | None, typer.Option("--step", help="between two points looked at; by default 200 steps", metavar="S")
    ] = None,
    member: Annotated[str | None, typer.Option("--member", help="whose fact it is", metavar="ID")] = None,
    income: Annotated[
        bool, typer.Option("--income/--not-income", help="does the household have the money it is in?")
    ] = True,
    least: Annotated[
        str,
        typer.Option("--least", help="what a cliff must cost a year; rounding alone costs a few fen", metavar="YUAN"),
    ] = "1元",
    parameters: cli.Set = [],  # noqa: B006
    readings: cli.Reading = [],  # noqa: B006
    reforms: cli.Reform = [],  # noqa: B006
    supplements: cli.Supplement = [],  # noqa: B006
    grade: cli.Grade = [],  # noqa: B006
    html: Html = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="also write the chart as SVG", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="points and drops as JSON")] = False,
    width: Width = None,
    beyond_term: cli.Beyond = False,
    lang: cli.Language = None,
) -> None:
    """Find the drops in a household's benefits along one fact (exit 1 if a step surely costs more than it brings, 4 if that isn't settled)."""
    language = cli.language_of(lang)
    with cli.reported(lang), interruptible(language), progress_line(language):
        from policyengine.analysis.cliffs import cliffs as find_cliffs
        from policyengine.packs import load

        found = find_cliffs(
            load(pack, reforms=reforms, supplements=supplements, grades="AB" + "".join(grade)),
            cli.read_input(household),
            vary=vary,
            from_=start,
            to=end,
            step=step,
            member=member,
            income=income,
            least=least,
            on=on,
            parameters=cli.pairs(parameters, "--set"),
            readings=cli.pairs(readings, "--reading"),
            beyond_term=beyond_term,
        )
    with cli.reported(lang):
        files = [(html, lambda: found.page(language)), (chart, lambda: found.chart(language))]
        give(found, files, language, width, as_json)
    if found.drops or found.undetermined:
        raise typer.Exit(cli.NEGATIVE if found.sure else cli.OPEN)
