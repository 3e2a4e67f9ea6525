"""The command line's `compare`: two versions of a plan, a pack and its reform, or two regions.

Exit status: 0 no result changes (that is proved); 1 one changes; 2 wrong usage or input; 4 not settled; 130 interrupted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policyengine.commands import common as cli
from policyengine.commands.analysis import Html, Width, give, interruptible, progress_line


def register(app: typer.Typer) -> None:
    app.command()(compare)


def compare(
    old: Annotated[str, typer.Argument(help="a pack's name or folder", metavar="OLD")],
    on: cli.On,
    new: Annotated[
        str | None, typer.Argument(help="the pack to set against it; left out: OLD, with --reform", metavar="NEW")
    ] = None,
    on_new: Annotated[
        str | None, typer.Option("--on-new", help="another date for the new side", metavar="DATE")
    ] = None,
    reforms: Annotated[
        list[str], typer.Option("--reform", help="a reform of the new side, by id or file", metavar="REFORM")
    ] = [],  # noqa: B006
    population: Annotated[
        Path | None, typer.Option("--population", help="what it does to a table of households", metavar="HOUSEHOLDS")
    ] = None,
    persons: Annotated[
        Path | None, typer.Option("--persons", help="the table of their persons", metavar="PERSONS")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="fact or variable of the household that makes the tenths", metavar="NAME"),
    ] = None,
    skip: Annotated[
        list[str], typer.Option("--skip", help="a column that isn't a fact, * for all such", metavar="COLUMN")
    ] = [],  # noqa: B006
    parameters: Annotated[
        list[str],
        typer.Option("--set", help="a parameter, of one side as old.NAME or new.NAME", metavar="NAME=FIGURE"),
    ] = [],  # noqa: B006
    readings: Annotated[
        list[str],
        typer.Option("--reading", help="a reading, of one side as old.NAME or new.NAME", metavar="NAME=OPTION"),
    ] = [],  # noqa: B006
    supplements: cli.Supplement = [],  # noqa: B006
    grade: cli.Grade = [],  # noqa: B006
    prove: Annotated[
        bool | None, typer.Option("--prove/--no-prove", help="search by solver; by default if installed")
    ] = None,
    members: Annotated[int, typer.Option("--members", min=1, max=10, help="largest household tried", metavar="N")] = 3,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, help="for each result and size of household", metavar="S")
    ] = 10.0,
    html: Html = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="also write the charts as SVG", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="everything as JSON")] = False,
    width: Width = None,
    beyond_term: cli.Beyond = False,
    lang: cli.Language = None,
) -> None:
    """Say what differs, which benefits that changes and for whom (exit 0 nothing changes, 1 something does, 4 not settled)."""
    from policyengine.errors import PolicyError, diagnostic
    from policyengine.text import Text

    language = cli.language_of(lang)
    with cli.reported(lang), interruptible(language), progress_line(language) as tell:
        from policyengine.analysis.comparison import compare as compare_packs
        from policyengine.packs import folder_of

        if population is None and (chart is not None or persons is not None):
            raise PolicyError([diagnostic("no-population")])
        folder_of(old)  # a pack that isn't there is told first
        figures, options = cli.pairs(parameters, "--set"), cli.pairs(readings, "--reading")
        if new is None and on_new is None and not reforms and not any(map(_is_of_one_side, (*figures, *options))):
            reason = Text(
                "没有写要和什么比；请写另一个规则包，或 `--reform`、`--on-new`",
                "there is nothing to set against it: name another pack, `--reform` or `--on-new`",
            )
            raise PolicyError([diagnostic("bad-argument", name="NEW", reason=reason)])
        found = compare_packs(
            old,
            new,
            on=on,
            on_new=on_new,
            reforms=reforms,
            supplements=supplements,
            grades="AB" + "".join(grade),
            parameters=figures,
            readings=options,
            population=None if population is None else (population, persons),
            by=by,
            skip=skip,
            prove=prove,
            sizes=range(1, members + 1),
            seconds=seconds,
            beyond_term=beyond_term,
            progress=tell,
        )
    with cli.reported(lang):
        from policyengine.analysis.page import page

        files = [(html, lambda: page(found, language)), (chart, lambda: found.chart(language))]
        give(found, files, language, width, as_json)
    if found.has_effect is not False:
        raise typer.Exit(cli.OPEN if found.has_effect is None else cli.NEGATIVE)


def _is_of_one_side(name: str) -> bool:
    return name.startswith(("old.", "new."))
