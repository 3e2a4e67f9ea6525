"""The command line's `mutate`: do the scenarios of a pack notice when a rule is changed?

Exit status: 0; 1 a score below `--at-least`; 2 wrong usage or input; 130 interrupted, what is known so far printed.
"""

from __future__ import annotations

import json
import re
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Annotated, Any

import typer

from policyengine.commands import common as cli
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Lang

INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    app.command()(mutate)


def mutate(
    pack: cli.PackName,
    benefit: Annotated[
        list[str],
        typer.Option("--benefit", help="only what this benefit or indicator rests on; may be repeated", metavar="NAME"),
    ] = [],  # noqa: B006
    at_least: Annotated[
        str | None, typer.Option("--at-least", help="exit 1 if the score is lower: 90%", metavar="PERCENT")
    ] = None,
    seconds: Annotated[
        float,
        typer.Option("--seconds", help="for each survivor, to prove that it changes nothing; 0: no proofs", min=0),
    ] = 10.0,
    reforms: cli.Reform = [],  # noqa: B006
    as_json: Annotated[bool, typer.Option("--json", help="every mutant and what became of it, as JSON")] = False,
    lang: cli.Language = None,
) -> None:
    """Change one rule at a time: which changes do the pack's scenarios not notice?"""
    language = cli.language_of(lang)
    with cli.reported(lang):
        wanted = None if at_least is None else _share(at_least)
        report, interrupted = None, False
        try:
            from policyengine.packs import load
            from policyengine.testing.mutation import Mutation

            loaded = load(pack, reforms=reforms)
            mutation = Mutation(loaded, only=benefit, seconds=seconds)
            report = mutation.report
            with Bar(report.total, language) as bar:
                for _ in mutation.run():
                    bar.advance()
        except KeyboardInterrupt:
            interrupted = True
    if report is not None:
        _tell(report, as_json, language)
    if interrupted:
        typer.echo("已中断" if language == "zh" else "interrupted", err=True)
        raise typer.Exit(INTERRUPTED)
    is_lower = wanted is not None and (report is None or report.score is None or report.score < wanted)
    raise typer.Exit(cli.NEGATIVE if is_lower else 0)


def _tell(report: Any, as_json: bool, lang: Lang) -> None:
    from policyengine.testing.mutation.report import lines, plain

    if as_json:
        typer.echo(json.dumps(plain(report), ensure_ascii=False, indent=1))
        return
    for line in lines(report, lang):
        typer.echo(line)


def _share(text: str) -> Fraction:
    """`90%` or `90` as a share."""
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*[%％]?", text.strip())
    if found is None or Fraction(found[1]) > 100:
        raise PolicyError([diagnostic("bad-argument", name="--at-least", reason=f"`{text[:40]}`: 0% … 100%")])
    return Fraction(found[1]) / 100


class Bar(AbstractContextManager["Bar"]):
    """How many mutants have been tried; on a terminal only."""

    def __init__(self, total: int, lang: Lang) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        words = TextColumn("个变异" if lang == "zh" else "mutants")
        console = Console(stderr=True)
        self.bar = Progress(
            BarColumn(), MofNCompleteColumn(), words, TimeRemainingColumn(), console=console, transient=True,
            disable=not console.is_terminal,
        )  # fmt: skip
        self.task = self.bar.add_task("", total=total)

    def __enter__(self) -> Bar:
        self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.stop()

    def advance(self) -> None:
        self.bar.advance(self.task)
