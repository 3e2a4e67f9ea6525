"""The command line's `test`: run the scenarios beside a pack.

Exit status: 0 all as expected; 1 some not; 2 wrong usage or input.
"""

from __future__ import annotations

from typing import Annotated

import typer

from policyengine.commands import common as cli
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Text


def register(app: typer.Typer) -> None:
    app.command()(test)


def test(
    pack: cli.PackName,
    only: Annotated[
        str | None, typer.Option("--only", help="only scenarios with this in their name or file", metavar="TEXT")
    ] = None,
    reforms: cli.Reform = [],  # noqa: B006
    lang: cli.Language = None,
) -> None:
    """Run the scenarios beside a pack, under a reform if one is named. Exit 1 if one fails."""
    language = cli.language_of(lang)
    with cli.reported(lang), cli.interrupted(language, "--only"):
        from policyengine.packs import load
        from policyengine.testing.report import Tally, tell_outcome
        from policyengine.testing.scenarios import run_scenarios

        tally = Tally()
        for outcome in run_scenarios(load(pack, reforms=reforms), only):
            tally.add(outcome)
            told = None if outcome.passed else tally.fresh(outcome)
            if told is not None:
                typer.echo(tell_outcome(told, language))
        if only is not None and not tally.passed + tally.failed:
            nothing = Text(f"没有名称或文件含“{only}”的情景", f"no scenario has “{only}” in its name or file")
            raise PolicyError([diagnostic("bad-argument", name="--only", reason=nothing)])
        typer.echo(tally.tell(language))
    raise typer.Exit(cli.NEGATIVE if tally.failed else 0)
