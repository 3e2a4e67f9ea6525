"""The command line's `area`.

Exit status: 0; 1 an indicator that isn't met; 2 wrong usage or input; 4 undetermined.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.commands.common import (
    NEGATIVE,
    OPEN,
    WRONG,
    Beyond,
    Grade,
    Language,
    On,
    PackName,
    Reading,
    Reform,
    Set,
    Supplement,
    language_of,
    pairs,
    read_households,
    read_input,
    reported,
)
from policyengine.text import Lang, number_of


def register(app: typer.Typer) -> None:
    app.command()(area)


def area(
    pack: PackName,
    facts: Annotated[Path, typer.Argument(help="area facts (YAML or JSON; - for standard input)", metavar="AREA")],
    on: On,
    households: Annotated[
        Path | None,
        typer.Option("--households", help="count totals over these households: a file or folder", metavar="PATH"),
    ] = None,
    parameters: Set = [],  # noqa: B006
    readings: Reading = [],  # noqa: B006
    reforms: Reform = [],  # noqa: B006
    supplements: Supplement = [],  # noqa: B006
    grade: Grade = [],  # noqa: B006
    beyond_term: Beyond = False,
    lang: Language = None,
) -> None:
    """Check the area's indicators. Exit 1 if one isn't met, 2 if a household is wrong, 4 if one is undetermined."""
    language, wrong = language_of(lang), False
    with reported(lang):
        from policyengine.packs import load

        loaded = load(pack, reforms=reforms, supplements=supplements, grades="AB" + "".join(grade))
        stated = read_input(facts)
        settings: dict[str, Any] = {
            "on": on,
            "parameters": pairs(parameters, "--set"),
            "readings": pairs(readings, "--reading"),
            "beyond_term": beyond_term,
        }
        known: dict[str, str] = {}
        lines: list[str] = []
        if households is not None:
            known, lines, wrong = _totals(loaded, households, stated, language, settings)
        decision = loaded.decide_area({**known, **stated}, **settings)
        typer.echo(str(decision.explain(language)))
        for line in lines:
            typer.echo(line)
        statuses = {item.status for item in decision.indicators}
    raise typer.Exit(
        WRONG if wrong else NEGATIVE if "not met" in statuses else OPEN if "undetermined" in statuses else 0
    )


def _totals(
    pack: Any, path: Path, stated: Any, lang: Lang, settings: dict[str, Any]
) -> tuple[dict[str, str], list[str], bool]:
    """Totals by fact, the lines that tell them, and whether something couldn't be read (which has been told)."""
    households, unread = read_households(path)
    counted = pack.totals(households, area=stated, **settings)
    for error in unread:
        typer.echo(error.render(lang), err=True)
    for problem in counted.problems:
        typer.echo(f"{problem.household}: {problem.error.render(lang)}", err=True)
    labels = {item.id: item.label for item in pack.program(settings["on"]).facts}
    taken = {key: figure for key, figure in counted.facts.items() if not {key, *_names(labels[key])} & {*stated}}
    if unread:  # nobody knows how many households those files hold
        taken = {}
    wrong = len(counted.problems)
    if lang == "zh":
        head = f"由 {counted.households} 户合计" + (f"，其中 {wrong} 户读不出，按不知道计" if wrong else "")
    else:
        head = f"totals over {number_of(counted.households, 'household')}" + (
            f", {wrong} of them unreadable" if wrong else ""
        )
    if unread:
        head += "；有文件读不出，合计未采用" if lang == "zh" else "; not used, since a file can't be read"
    rows = [f"  · {labels[key][lang]} {_spoken(figure, lang)}" for key, figure in taken.items()]
    return taken, ["", head, *rows], bool(unread or counted.problems)


def _spoken(figure: str, lang: Lang) -> str:
    """A total as it is given to the area, in the reader's language."""
    if lang == "zh":
        words = {"between ": "", " and ": " 至 ", "at least": "至少", "at most": "至多", "unknown": "不知道"}
        for english, chinese in words.items():
            figure = figure.replace(english, chinese)
    return figure


def _names(label: Any) -> tuple[str, str]:
    return label.zh, label.en
