"""The command line's `coverage` and `generate`: what a pack's scenarios have seen, and scenarios for what they haven't.

Exit status: 0; 1 less covered than asked for; 2 wrong usage or input, or a missing extra; 130 interrupted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.commands import common as cli
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Lang, Text, closest

NO_SOLVER = diagnostic("extra-needed", name="verify", package="z3-solver")


def register(app: typer.Typer) -> None:
    app.command()(coverage)
    app.command()(generate)


OnDate = Annotated[
    str | None,
    typer.Option("--on", help="a date: a threshold counts as seen only with the figure of that date", metavar="DATE"),
]
Seconds = Annotated[float, typer.Option("--seconds", help="how long the solver may think about one gap", metavar="N")]


def coverage(
    pack: cli.PackName,
    at_least: Annotated[float, typer.Option("--at-least", help="exit 1 below this percentage", metavar="N")] = 0.0,
    households: Annotated[
        bool, typer.Option("--households/--no-households", help="look for households that close the gaps")
    ] = True,
    benefit: Annotated[
        str | None, typer.Option("--benefit", help="only what this benefit or indicator rests on", metavar="NAME")
    ] = None,
    on: OnDate = None,
    reforms: cli.Reform = [],  # noqa: B006
    seconds: Seconds = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="totals and gaps as JSON")] = False,
    lang: cli.Language = None,
) -> None:
    """Say which conditions, rows, thresholds and results no scenario has seen, and which household would show each."""
    language = cli.language_of(lang)
    with cli.reported(lang), cli.interrupted(language, "--no-households"):
        from policyengine.packs import load
        from policyengine.testing.coverage import coverage_of
        from policyengine.testing.coverage_report import Gap, Report, tell
        from policyengine.testing.coverage_report import as_json as plain

        if not 0 <= at_least <= 100:
            reason = Text("应在 0 和 100 之间", "from 0 to 100")
            raise PolicyError([diagnostic("bad-argument", name="--at-least", reason=reason)])
        loaded = load(pack, reforms=reforms)
        found = coverage_of(loaded, on=on, about=None if benefit is None else _result(loaded, benefit))
        without = tuple(Gap(goal) for goal in found.gaps())
        if not households:
            report = Report(found, without)
        elif not has_solver():
            report = Report(found, without, Text(*(no_households(each) for each in ("zh", "en"))))
        else:
            from policyengine.testing.generation import close_gaps

            with Progress(language) as progress:
                report = close_gaps(loaded, found, language, seconds, progress.advance)
        if as_json:
            typer.echo(json.dumps(plain(report, language), ensure_ascii=False, indent=1))
        else:
            typer.echo(tell(report, language))
    raise typer.Exit(cli.NEGATIVE if report.share * 100 < at_least else 0)


def generate(
    pack: cli.PackName,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="write a scenario file instead of printing it", metavar="FILE")
    ] = None,
    benefit: Annotated[
        str | None, typer.Option("--benefit", help="only for this benefit or indicator", metavar="NAME")
    ] = None,
    on: OnDate = None,
    reforms: cli.Reform = [],  # noqa: B006
    seconds: Seconds = 2.0,
    lang: cli.Language = None,
) -> None:
    """Write scenarios around every threshold and for each condition of an eligibility, to be confirmed."""
    language = cli.language_of(lang)
    with cli.reported(lang), cli.interrupted(language, "--benefit"):
        from policyengine.packs import load

        loaded = load(pack, reforms=reforms)
        chosen = None if benefit is None else _result(loaded, benefit)
        if out is not None:
            _keep_confirmed(loaded, out)
        if not has_solver():
            raise PolicyError([NO_SOLVER])
        from policyengine.testing.generation import generate as make

        with Progress(language) as progress:
            made = make(loaded, benefit=chosen, on=on, lang=language, seconds=seconds, advance=progress.advance)
        if out is None:
            typer.echo(made.file(), nl=False)
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            cli.write(out, made.file())
        number, without = len(made.scenarios), len(made.without)
        typer.echo(
            f"{number} 个情景待确认；{without} 处没有找到家庭（`policyengine coverage` 说明原因）"
            if language == "zh"
            else f"{number} scenarios to be confirmed; {without} places without a household (`policyengine coverage` says why)",
            err=True,
        )


def has_solver() -> bool:
    from importlib.util import find_spec

    return find_spec("z3") is not None


def no_households(lang: Lang) -> str:
    """That gaps are listed without households, and what would give those."""
    told = "没有给出补缺的家庭：" if lang == "zh" else "no households that would close the gaps: "
    return f"{told}{NO_SOLVER.message(lang)}；{NO_SOLVER.help(lang)}" if lang == "zh" else (
        f"{told}{NO_SOLVER.message(lang)}; {NO_SOLVER.help(lang)}"
    )  # fmt: skip


def _result(pack: Any, name: str) -> str:
    """The id of a benefit or indicator. Raises PolicyError with the likeliest meant."""
    shapes = {**pack.policy.benefits, **pack.policy.indicators}
    names = {
        each: str(key) for key, item in shapes.items() for each in (str(key), item.label.text.zh, item.label.text.en)
    }
    if name not in names:
        near = closest(name, names)
        hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
        raise PolicyError([diagnostic("unknown-result", name=name, hint=hint)])
    return names[name]


def _keep_confirmed(pack: Any, out: Path) -> None:
    """Refuse to write over a file in which somebody has confirmed scenarios, or which is no scenario file."""
    if not out.exists():
        return
    from policyengine.authoring.reader import read_file, shown
    from policyengine.authoring.scenario_schema import ScenariosShape
    from policyengine.authoring.scenario_words import in_english
    from policyengine.authoring.validation import validated

    for document in filter(None, read_file(out, shown(out))):
        shape = validated(ScenariosShape, in_english(document, []), shown(out))
        if not all(scenario.to_confirm for scenario in shape.scenarios):
            reason = Text(
                "其中有已确认的情景，不覆盖；请写到另一个文件", "it holds confirmed scenarios; write another file"
            )
            raise PolicyError([diagnostic("bad-argument", name=str(out), reason=reason)])


class Progress:
    """How many gaps have been looked at; on a terminal only."""

    def __init__(self, lang: Lang) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        text = TextColumn("缺口" if lang == "zh" else "gaps")
        self.bar = Bar(
            text,
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("", total=None)

    def __enter__(self) -> Progress:
        self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.stop()

    def advance(self, done: int, of: int) -> None:
        self.bar.update(self.task, completed=done, total=of)
