"""The command line's `check`, `new`, `schema` and `packs`.

Exit status: 0; 1 something wrong in a pack; 2 wrong usage or input.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.commands.common import (
    NEGATIVE,
    Language,
    PackName,
    language_of,
    reported,
)
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import number_of


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(new)
    app.command()(schema)
    app.command()(packs)


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
    text = ", ".join(
        number_of(counts[name], name[:-1]) for name in ("benefits", "indicators", "parameters", "readings")
    )
    text = f"{loaded.label.en}: {text}; compiled on {number_of(len(report.dates), 'date')} from {first} to {last}"
    text += f"; {number_of(clauses, 'clause')}, {report.encoded} encoded" if clauses else ""
    text += f"; {number_of(report.passages, 'passage')} proved, covering {covered} of the document" if covered else ""
    return text + f". {number_of(len(report.errors), 'error')}, {number_of(len(report.warnings), 'warning')}."


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
    from policyengine.compiler.names import WORDS
    from policyengine.packs import folder_of

    with reported(lang):
        if region in WORDS:
            raise PolicyError([diagnostic("reserved-word", id=region)])
        written = write_skeleton(region, folder) if source is None else write_copy(folder_of(source), region, folder)
        for path in written:
            typer.echo(str(path))


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
            raise PolicyError([diagnostic("unwritable-file", path=str(out), reason=error.strerror or "")]) from None
        typer.echo(f"{out}: {', '.join(sorted(chosen))}")


def packs() -> None:
    """List the packs that come with the library."""
    from policyengine.packs import load, shipped_packs

    for name in shipped_packs():
        loaded = load(name)
        if loaded.policy.benefits:
            typer.echo(f"{name}\t{loaded.label.zh}\t{loaded.label.en}")
