"""The command line's `compare`: two versions of a plan, a pack and its reform, or two regions.

Exit status: 0 no result changes (that is proved); 1 one changes; 2 wrong usage or input; 4 not settled; 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine import cli_common as cli
from policyengine.text import Lang, Text

INTERRUPTED = 130
_INTERRUPTED = Text("已中断，没有写任何文件。", "interrupted; nothing was written")


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
    html: Annotated[Path | None, typer.Option("--html", help="also write an HTML page", metavar="FILE")] = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="also write the charts as SVG", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="everything as JSON")] = False,
    width: Annotated[
        int | None, typer.Option("--width", min=40, help="by default the terminal's", metavar="CELLS")
    ] = None,
    beyond_term: cli.Beyond = False,
    lang: cli.Language = None,
) -> None:
    """Say what differs, which benefits that changes and for whom (exit 0 nothing changes, 1 something does, 4 not settled)."""
    from policyengine.errors import PolicyError, diagnostic

    language = cli.language_of(lang)
    with cli.reported(lang), interruptible(language), progress_line(language) as tell:
        from policyengine.analysis.comparison import compare as compare_packs

        if population is None and (chart is not None or persons is not None):
            raise PolicyError([diagnostic("no-population")])
        found = compare_packs(
            old,
            new,
            on=on,
            on_new=on_new,
            reforms=reforms,
            supplements=supplements,
            grades="AB" + "".join(grade),
            parameters=cli.pairs(parameters, "--set"),
            readings=cli.pairs(readings, "--reading"),
            population=None if population is None else (population, persons),
            by=by,
            skip=skip,
            prove=prove,
            sizes=range(1, members + 1),
            seconds=seconds,
            beyond_term=beyond_term,
            progress=tell,
        )
        written = []
        if html is not None:
            from policyengine.analysis.page import page

            written.append((html, page(found, language)))
        if chart is not None:
            written.append((chart, found.chart(language)))
        for path, content in written:
            path.write_text(content, encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        typer.echo(found.text(language, width))
        for path, _ in written:
            typer.echo(str(path))
    if found.has_effect is not False:
        raise typer.Exit(cli.OPEN if found.has_effect is None else cli.NEGATIVE)


@contextmanager
def interruptible(lang: Lang) -> Iterator[None]:
    """Ctrl-C ends with one line."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(_INTERRUPTED[lang], err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def progress_line(lang: Lang) -> Iterator[Callable[[Any], None] | None]:
    """What is being looked at, on a terminal only; gone when it is done."""
    if not sys.stderr.isatty():
        yield None
        return

    def tell(about: Any) -> None:
        if isinstance(about, int):
            said = f"{about:,} 户" if lang == "zh" else f"{about:,} households"
        else:
            said = f"正在求证：{about.label.zh}" if lang == "zh" else f"looking for a difference: {about.label.en}"
        sys.stderr.write(f"\r\033[K{said}")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
