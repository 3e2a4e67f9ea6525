"""The command line: explain, decide, check, new, schema, replay, area, packs; further commands stand in commands/.

Exit status: 0; 1 a negative finding; 2 wrong usage or input; 4 undetermined.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine._version import __version__
from policyengine.commands import cliffs, compare, coverage, interview, mutate, regions, run, test, verify, watch
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
    app,
    known_names,
    language_of,
    pairs,
    read_households,
    read_input,
    reported,
    show,
)
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Lang


def _decide(
    pack: str,
    file: Path,
    on: str,
    parameters: list[str],
    readings: list[str],
    reforms: list[str],
    supplements: list[str],
    grade: list[str],
    beyond_term: bool,
) -> Any:
    from policyengine.packs import load

    loaded = load(pack, reforms=reforms, supplements=supplements, grades="AB" + "".join(grade))
    return loaded.decide(
        read_input(file),
        on=on,
        parameters=pairs(parameters, "--set"),
        readings=pairs(readings, "--reading"),
        beyond_term=beyond_term,
    )


def _status(decision: Any) -> int:
    statuses = {item.status for item in (*decision.entitlements, *decision.indicators)}
    return OPEN if "undetermined" in statuses else 0


@app.command()
def explain(
    pack: PackName,
    household: Annotated[
        Path, typer.Argument(help="a household (YAML or JSON; - for standard input)", metavar="HOUSEHOLD")
    ],
    on: On,
    parameters: Set = [],  # noqa: B006
    readings: Reading = [],  # noqa: B006
    reforms: Reform = [],  # noqa: B006
    supplements: Supplement = [],  # noqa: B006
    grade: Grade = [],  # noqa: B006
    benefit: Annotated[
        str | None, typer.Option("--benefit", help="only this benefit or indicator", metavar="NAME")
    ] = None,
    member: Annotated[str | None, typer.Option("--member", help="only this member", metavar="ID")] = None,
    everything: Annotated[bool, typer.Option("--all", help="every refusal in full, not grouped by reason")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="write an HTML page instead", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the tree of reasons as JSON")] = False,
    beyond_term: Beyond = False,
    lang: Language = None,
) -> None:
    """Explain what each member of a household is entitled to, and why (exit 0, whatever the results)."""
    from policyengine.explaining.rendering import Explanation

    with reported(lang):
        decision = _decide(pack, household, on, parameters, readings, reforms, supplements, grade, beyond_term)
        known_names(decision, benefit, member)
        show(
            Explanation(decision, language_of(lang), benefit, member, brief=not (everything or benefit)), html, as_json
        )


@app.command()
def decide(
    pack: PackName,
    household: Annotated[
        Path, typer.Argument(help="a household (YAML or JSON; - for standard input)", metavar="HOUSEHOLD")
    ],
    on: On,
    parameters: Set = [],  # noqa: B006
    readings: Reading = [],  # noqa: B006
    reforms: Reform = [],  # noqa: B006
    supplements: Supplement = [],  # noqa: B006
    grade: Grade = [],  # noqa: B006
    record: Annotated[
        Path | None, typer.Option("--record", help="also write a decision record", metavar="FILE")
    ] = None,
    beyond_term: Beyond = False,
    lang: Language = None,
) -> None:
    """Print the decision as JSON. Exit 4 if anything is undetermined."""
    with reported(lang):
        decision = _decide(pack, household, on, parameters, readings, reforms, supplements, grade, beyond_term)
        typer.echo(json.dumps(decision.to_dict(), ensure_ascii=False, indent=1))
        if record is not None:
            record.write_bytes(decision.record())
    raise typer.Exit(_status(decision))


@app.command()
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
        head = f"totals over {_count(counted.households, 'household')}" + (
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


@app.command()
def check(
    pack: PackName,
    sources: Annotated[
        Path | None, typer.Option("--sources", help="the folder with your copy of the document", metavar="DIR")
    ] = None,
    lang: Language = None,
) -> None:
    """Check a pack: its formulas on every date of change, its ledger, and its passages. Exit 1 if something is wrong."""
    from policyengine.checking import check as check_pack
    from policyengine.packs import load

    language = language_of(lang)
    with reported(lang):
        try:
            loaded = load(pack)
        except PolicyError as error:
            if any(item.code in ("unknown-pack", "no-pack") for item in error.diagnostics):
                raise
            typer.echo(error.render(language), err=True)
            raise typer.Exit(NEGATIVE) from None
        if sources is not None and not sources.is_dir():
            raise PolicyError([diagnostic("unreadable-file", path=str(sources), reason="--sources")])
        report = check_pack(loaded.policy, sources)
    for item in report.diagnostics:
        typer.echo(item.render(language), err=True)
    typer.echo(_report_line(loaded, report, language))
    raise typer.Exit(NEGATIVE if report.errors else 0)


def _report_line(loaded: Any, report: Any, lang: str) -> str:
    counts = report.counts
    first, last = report.dates[0], report.dates[-1]
    clauses = sum(report.classes.values())
    covered = "" if report.covered is None else f"{report.covered:.2%}"
    if lang == "zh":
        text = (
            f"{loaded.label.zh}：{counts['benefits']} 项待遇，{counts['indicators']} 项指标，{counts['parameters']} 个参数，"
            f"{counts['readings']} 个读法；在 {first} 至 {last} 的 {len(report.dates)} 个日期上编译"
        )
        text += f"；{clauses} 条条款，{report.encoded} 条已编码" if clauses else ""
        text += f"；{report.passages} 段原文核对无误，覆盖文件 {covered}" if covered else ""
        return text + f"。错误 {len(report.errors)}，警告 {len(report.warnings)}。"
    text = ", ".join(_count(counts[name], name[:-1]) for name in ("benefits", "indicators", "parameters", "readings"))
    text = f"{loaded.label.en}: {text}; compiled on {_count(len(report.dates), 'date')} from {first} to {last}"
    text += f"; {_count(clauses, 'clause')}, {report.encoded} encoded" if clauses else ""
    text += f"; {_count(report.passages, 'passage')} proved, covering {covered} of the document" if covered else ""
    return text + f". {_count(len(report.errors), 'error')}, {_count(len(report.warnings), 'warning')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@app.command()
def new(
    region: Annotated[
        str, typer.Argument(help="the new pack's id: lower-case ASCII letters, digits, _", metavar="REGION")
    ],
    folder: Annotated[Path, typer.Option("--in", help="where to make the folder", metavar="DIR")] = Path(),
    source: Annotated[
        str | None, typer.Option("--from", help="copy this pack instead, to change it", metavar="PACK")
    ] = None,
    lang: Language = None,
) -> None:
    """Make the skeleton of a region's pack, which passes `check` and `test`; or a copy of a pack to work on."""
    from policyengine.authoring.skeleton import write_copy, write_skeleton
    from policyengine.packs import folder_of

    with reported(lang):
        written = write_skeleton(region, folder) if source is None else write_copy(folder_of(source), region, folder)
        for path in written:
            typer.echo(str(path))


@app.command()
def schema(
    out: Annotated[
        Path | None, typer.Option("--out", help="write one file a kind into this folder", metavar="DIR")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="only this kind of file", metavar="KIND")] = None,
    lang: Language = None,
) -> None:
    """The JSON Schema of each kind of file, for editors with a YAML language server."""
    from policyengine.authoring.json_schema import schemas

    with reported(lang):
        found = schemas()
        if kind is not None and kind not in found:
            raise PolicyError([diagnostic("bad-argument", name="--kind", reason=", ".join(sorted(found)))])
        chosen = {kind: found[kind]} if kind is not None else found
        if out is None:
            typer.echo(json.dumps(chosen if kind is None else found[kind], ensure_ascii=False, indent=1))
            return
        try:
            out.mkdir(parents=True, exist_ok=True)
            for name, content in chosen.items():
                (out / f"{name}.json").write_text(
                    json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
                )
        except OSError as error:
            raise PolicyError([diagnostic("unreadable-file", path=str(out), reason=error.strerror or "")]) from None
        typer.echo(f"{out}: {', '.join(sorted(chosen))}")


@app.command()
def replay(
    record: Annotated[Path, typer.Argument(help="a record written by `decide --record`", metavar="RECORD")],
    pack: Annotated[
        str | None, typer.Option("--pack", help="the pack to use instead of the shipped one", metavar="PACK")
    ] = None,
    lang: Language = None,
) -> None:
    """Recompute a decision record and compare it byte for byte. Exit 1 if anything differs."""
    from policyengine.packs import load
    from policyengine.replaying import replay as replay_record

    language = language_of(lang)
    with reported(lang):
        try:
            data = record.read_bytes()
        except OSError as error:
            raise PolicyError([diagnostic("unreadable-file", path=str(record), reason=error.strerror or "")]) from None
        result = replay_record(data, pack=load(pack) if pack is not None else None)
    if result.matches:
        typer.echo("逐字节相同" if language == "zh" else "the same, byte for byte")
        return
    for where, before, now in result.differences:
        typer.echo(f"{where}: {before} → {now}")
    raise typer.Exit(NEGATIVE)


@app.command()
def packs() -> None:
    """List the packs that come with the library."""
    from policyengine.packs import load, shipped_packs

    for name in shipped_packs():
        loaded = load(name)
        if loaded.policy.benefits:
            typer.echo(f"{name}\t{loaded.label.zh}\t{loaded.label.en}")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"policyengine-packs {__version__}")
        raise typer.Exit


@app.callback()
def _policyengine(
    version: Annotated[
        bool,
        typer.Option("--version", help="print the version and exit", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Who is entitled to what under a plan, how much, and why."""


for group in (test, coverage, mutate, verify, compare, cliffs, regions, run, interview, watch):
    group.register(app)


def _terminate(*_: object) -> None:
    """Told to end, as by a scheduler: what is half-written goes, as after Ctrl-C."""
    sys.exit(128 + signal.SIGTERM)


def main() -> None:
    """The entry point: UTF-8 out whatever the locale, no tracebacks."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    signal.signal(signal.SIGTERM, _terminate)
    warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # a defect of ours: say so, without a traceback
        if os.environ.get("POLICYENGINE_DEBUG"):
            raise
        print(f"internal error: {type(error).__name__}: {error} (POLICYENGINE_DEBUG=1 shows where)", file=sys.stderr)
        sys.exit(WRONG)
