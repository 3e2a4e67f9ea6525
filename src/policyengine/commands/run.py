"""The command line's `run`, which decides a whole population, and `explain-row`, which explains a row of its results.

Exit status: 0 every row decided; 1 some rows rejected; 2 wrong usage or input.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.commands import common as cli
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Lang, no_language


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command(name="explain-row")(explain_row)


def run(
    pack: cli.PackName,
    households: Annotated[
        Path, typer.Argument(help="a table of households: .parquet, .csv, .arrow or .xlsx", metavar="HOUSEHOLDS")
    ],
    on: cli.On,
    out: Annotated[Path, typer.Option("--out", "-o", help="where the results go, in any of these formats")],
    persons: Annotated[
        Path | None,
        typer.Argument(help="a table of persons; without it, a column `members` holds them", metavar="PERSONS"),
    ] = None,
    parameters: cli.Set = [],  # noqa: B006
    readings: cli.Reading = [],  # noqa: B006
    reforms: cli.Reform = [],  # noqa: B006
    supplements: cli.Supplement = [],  # noqa: B006
    grade: cli.Grade = [],  # noqa: B006
    benefit: Annotated[
        list[str], typer.Option("--benefit", help="only this benefit or indicator; may be repeated", metavar="NAME")
    ] = [],  # noqa: B006
    skip: Annotated[
        list[str], typer.Option("--skip", help="a column that isn't a fact, * for all such", metavar="COLUMN")
    ] = [],  # noqa: B006
    labels: Annotated[
        str | None, typer.Option("--labels", help="name columns and statuses in zh or en, not by id", metavar="LANG")
    ] = None,
    nested: Annotated[bool, typer.Option("--nested", help="one file, each household's persons in a list")] = False,
    reasons: Annotated[bool, typer.Option("--reasons/--no-reasons", help="write reason codes")] = True,
    kernel: Annotated[
        str,
        typer.Option(
            "--kernel",
            help="fused compiles the rules (extra fast), columns doesn't, auto if worthwhile",
            metavar="KIND",
        ),
    ] = "auto",
    report: Annotated[
        Path | None, typer.Option("--report", help="also write an HTML page of what it comes to", metavar="FILE")
    ] = None,
    beyond_term: cli.Beyond = False,
    lang: cli.Language = None,
) -> None:
    """Decide every household of a table (exit 1 if some rows can't be used: they are in the rejects file)."""
    language = cli.language_of(lang)
    if labels not in (None, "zh", "en"):
        which = no_language(labels)
        typer.echo(f"--labels: {which[language]}", err=True)
        raise typer.Exit(cli.WRONG)
    with cli.reported(lang):
        from policyengine.packs import load
        from policyengine.population import prepare, run_files
        from policyengine.population.streams import size, source

        loaded = load(pack, reforms=reforms, supplements=supplements, grades="AB" + "".join(grade))
        plan = prepare(
            loaded, on=on, parameters=cli.pairs(parameters, "--set"), readings=cli.pairs(readings, "--reading"),
            benefits=benefit, skip=skip, labels="zh" if labels == "zh" else "en" if labels else None, reasons=reasons,
            beyond_term=beyond_term, kernel=kernel,  # type: ignore[arg-type]
        )  # fmt: skip
        if report is not None and not report.parent.is_dir():  # found out before a run of an hour, not after
            raise PolicyError([diagnostic("unwritable-file", path=str(report), reason=os.strerror(errno.ENOENT))])
        given, start = source(households, persons), time.perf_counter()
        with Bar(size(given.households).households, language) as bar:
            found = run_files(plan, given, out, nested=nested, lang=language, progress=bar.advance)
        if report is not None:
            from policyengine.population.report import page

            cli.write(report, page(plan, found, given.name, language))
    for line in summary(found, time.perf_counter() - start, language):
        typer.echo(line)
    raise typer.Exit(cli.NEGATIVE if found.rows_rejected else 0)


def explain_row(
    result: Annotated[Path, typer.Argument(help="a file of results that `run` wrote", metavar="RESULT")],
    row: Annotated[int | None, typer.Argument(help="a row's number in it, the first being 1", metavar="ROW")] = None,
    household: Annotated[
        str | None, typer.Option("--household", help="in place of a row: a household's id", metavar="ID")
    ] = None,
    member: Annotated[str | None, typer.Option("--member", help="only this member", metavar="ID")] = None,
    given: Annotated[
        list[Path], typer.Option("--input", help="the run's input, if it isn't where it was; of two tables both")
    ] = [],  # noqa: B006
    pack: Annotated[str | None, typer.Option("--pack", help="the pack, if it isn't a shipped one")] = None,
    benefit: Annotated[
        str | None, typer.Option("--benefit", help="only this benefit or indicator", metavar="NAME")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="every refusal in full, not grouped by reason")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="write an HTML page instead", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the tree of reasons as JSON")] = False,
    lang: cli.Language = None,
) -> None:
    """Decide a row's household again from the input, check that it comes to the same, and say why (exit 0)."""
    language = cli.language_of(lang)
    with cli.reported(lang):
        if (row is None) == (household is None) or len(given) > 2:
            raise PolicyError([diagnostic("bad-argument", name="ROW", reason="ROW / --household ID; --input × 0–2")])
        from policyengine.explaining.rendering import Explanation
        from policyengine.naming import require_known
        from policyengine.population import explain_row as explained
        from policyengine.population.explaining import Row, results_of, row_of
        from policyengine.population.streams import source

        whose = Row(household, None) if row is None else row_of(result, row)
        decision = explained(result, whose.household, source(*given) if given else None, pack=pack)
        member = member or whose.person
        require_known(decision, benefit, member)
        brief = not (everything or benefit)
        cli.show(Explanation(decision, language, benefit or results_of(result), member, brief), html, as_json)


class Bar(AbstractContextManager["Bar"]):
    """How far a run is, how fast, and how long still; on a terminal only."""

    def __init__(self, total: int | None, lang: Lang) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        words = "户" if lang == "zh" else "households"
        rate = TextColumn("{task.fields[rate]:,.0f} " + ("户/秒" if lang == "zh" else "households/s"))
        count = TextColumn("{task.completed:,.0f} " + words)
        console = Console(stderr=True)
        self.bar = Progress(
            BarColumn(), count, rate, TimeRemainingColumn(), console=console, disable=not console.is_terminal
        )
        self.task = self.bar.add_task("", total=total, rate=0.0)
        self.start = time.perf_counter()

    def __enter__(self) -> Bar:
        self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.stop()

    def advance(self, found: Any) -> None:
        done = found.households_read
        self.bar.update(self.task, completed=done, rate=done / (time.perf_counter() - self.start))


def summary(found: Any, seconds: float, lang: Lang) -> list[str]:
    """What was read, decided and rejected, and where it is."""
    rate = found.households_read / max(seconds, 1e-9)
    persons, households = found.rejected["persons"], found.rejected["households"]
    if lang == "zh":
        lines = [
            f"读入 {found.households + households:,} 户 {found.persons + persons:,} 人；"
            f"已决定 {found.households:,} 户 {found.persons:,} 人，退回 {households:,} 户 {persons:,} 人；"
            f"{seconds:.1f} 秒，每秒 {rate:,.0f} 户"
        ]
    else:
        lines = [
            f"read {found.households + households:,} households and {found.persons + persons:,} persons: "
            f"decided {found.households:,} and {found.persons:,}, rejected {households:,} and {persons:,}; "
            f"{seconds:.1f} s, {rate:,.0f} households/s"
        ]
    lines += [str(path) for path in found.paths]
    if found.rejects is not None:
        told = "，" if lang == "zh" else ", "
        lines.append(
            f"{found.rejects}: " + told.join(f"{code} {number:,}" for code, number in found.codes.most_common())
        )
    return lines
