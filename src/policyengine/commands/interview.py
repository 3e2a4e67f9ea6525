"""The command `interview`: at a terminal, or with the answers piped in."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policyengine.commands.common import (
    OPEN,
    Beyond,
    Grade,
    Language,
    PackName,
    Reading,
    Reform,
    Set,
    Supplement,
    language_of,
    pairs,
    reported,
)
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Text

if TYPE_CHECKING:
    from policyengine.cases.case import Case
    from policyengine.text import Lang


def register(app: typer.Typer) -> None:
    app.command()(interview)


def interview(
    pack: PackName,
    on: Annotated[
        str | None, typer.Option("--on", help="the effective date, 2018-06-01; not with --resume", metavar="DATE")
    ] = None,
    members: Annotated[
        list[str], typer.Option("--member", help="a member's name; may be repeated (asked if left out)", metavar="NAME")
    ] = [],  # noqa: B006
    name: Annotated[str, typer.Option("--name", help="what the household is called", metavar="NAME")] = "",
    save: Annotated[
        Path | None,
        typer.Option("--save", help="where to save the case; by default a name with the time", metavar="FILE"),
    ] = None,
    resume: Annotated[Path | None, typer.Option("--resume", help="go on with a saved case", metavar="FILE")] = None,
    parameters: Set = [],  # noqa: B006
    readings: Reading = [],  # noqa: B006
    reforms: Reform = [],  # noqa: B006
    supplements: Supplement = [],  # noqa: B006
    grade: Grade = [],  # noqa: B006
    beyond_term: Beyond = False,
    lang: Language = None,
) -> None:
    """Ask for the facts of a household one by one, and say what each answer settles. Exit 4 if anything stays open."""
    from policyengine.cases.case import Case
    from policyengine.cases.interviewing import Interview
    from policyengine.packs import load

    used = language_of(lang)
    with reported(lang):
        loaded = load(pack, reforms=reforms, supplements=supplements, grades="AB" + "".join(grade))
        file = case_file(save, resume)
        if resume is not None:
            case = Case.from_json(resume.read_bytes(), pack=loaded)
        else:
            if on is None:
                raise PolicyError(
                    [
                        diagnostic(
                            "bad-argument",
                            name="--on",
                            reason=Text(
                                "请给出判断日，例如 --on 2018-06-01", "give the effective date, such as --on 2018-06-01"
                            ),
                        )
                    ]
                )
            case = loaded.open_case(
                on=on,
                parameters=pairs(parameters, "--set"),
                readings=pairs(readings, "--reading"),
                name=name,
                beyond_term=beyond_term,
            )
        typer.echo(_header(case, used))
        with case:
            finished = False
            try:
                if _has_members(case, members, used):
                    finished = Interview(case, used, _ask, typer.echo).run()
            except KeyboardInterrupt:
                typer.echo("")
            _finish(case, file, used, finished, pack)


def case_file(save: Path | None, resume: Path | None) -> Path:
    """Where the case is going to be saved; never over another one."""
    if save is not None and save != resume and save.exists():
        raise PolicyError([diagnostic("file-exists", path=str(save))])
    return save or resume or Path(f"case-{datetime.now():%Y%m%d-%H%M%S}.json")


def _header(case: Case, lang: Lang) -> str:
    label = case.pack.label[lang]
    return f"{label} · {case.opening.on}" + (f" · {case.opening.name}" if case.opening.name else "")


def _ask(prompt: str) -> str | None:
    """One line; None at the end of the input. What is piped in is shown as if it had been typed."""
    if sys.stdin.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401  (the line can be edited)
        *lines, last = prompt.split("\n")
        for line in lines:
            typer.echo(line)
        try:
            return input(last)
        except EOFError:
            typer.echo("")
            return None
    typer.echo(prompt, nl=False)
    line = sys.stdin.readline()
    typer.echo(line.rstrip("\n"))
    return line.rstrip("\n") if line else None


def _has_members(case: Case, names: list[str], lang: Lang) -> bool:
    """See that the case has members, asking for their names; False where the input ends before that."""
    for name in names:
        case.add_member(name)
    if not case.members:
        typer.echo(
            "家里有哪些人？每行一个称呼，写完空一行。"
            if lang == "zh"
            else "Who lives here? A name a line, then an empty one."
        )
    elif names or case.members:
        return True
    while True:
        line = _ask(f"{len(case.members) + 1}> ")
        if line is None or line.strip().lower() in ("q", "quit", "退出"):
            return False
        if not line.strip():
            if case.members:
                return True
            continue
        try:
            case.add_member(line.strip())
        except PolicyError as error:
            typer.echo(error.render(lang))


def _finish(case: Case, file: Path, lang: Lang, finished: bool, pack: str) -> None:
    """The decision so far, and the saved case."""
    from policyengine.explaining.rendering import Explanation

    typer.echo("")
    if not finished:
        typer.echo("还没有问完。" if lang == "zh" else "There are questions left.")
    status = OPEN
    if case.members:
        decision = case.decision()
        typer.echo(str(Explanation(decision, lang, None, None, brief=True)) if finished else _so_far(decision, lang))
        results: list[Any] = [*decision.entitlements, *decision.indicators]
        status = OPEN if any(item.status == "undetermined" for item in results) else 0
    _write(file, case.to_json())
    again = f"policyengine interview {pack} --resume {file}"
    typer.echo("")
    typer.echo(f"个案已保存：{file}（接着问：{again}）" if lang == "zh" else f"case saved: {file} (to go on: {again})")
    raise typer.Exit(status)


def _so_far(decision: Any, lang: Lang) -> str:
    """What is sure already, and how much isn't."""
    from policyengine.explaining.rendering import Explanation

    explanation = Explanation(decision, lang, None, None)
    granted = [item for item in decision.entitlements if item.status == "eligible"]
    lines = [
        f"  ✓ {explanation.entity_name(item.entity)} {item.label[lang]}   {explanation.outcome(item)}"
        for item in granted
    ]
    statuses = [item.status for item in (*decision.entitlements, *decision.indicators)]
    open_ = statuses.count("undetermined")
    count = (
        f"{len(statuses)} 项结果中 {open_} 项待定。"
        if lang == "zh"
        else f"{open_} of {len(statuses)} results are open."
    )
    return "\n".join([*lines, count])


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    beside = file.with_name(file.name + ".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
