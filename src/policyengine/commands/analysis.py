"""What the commands that analyse a pack share: how a search is followed and broken off, how its result is given."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.commands.common import INTERRUPTED, write
from policyengine.text import Lang, Text

Html = Annotated[Path | None, typer.Option("--html", help="also write an HTML page", metavar="FILE")]
Width = Annotated[int | None, typer.Option("--width", min=40, help="by default the terminal's", metavar="CELLS")]
_INTERRUPTED = Text("已中断，没有写任何文件。", "interrupted; nothing was written")


def give(
    found: Any, files: list[tuple[Path | None, Callable[[], str]]], lang: Lang, width: int | None, as_json: bool
) -> None:
    """Write the files that were asked for, then print the analysis, and in text what was written."""
    wanted = [(path, content()) for path, content in files if path is not None]
    for path, text in wanted:
        write(path, text)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    typer.echo(found.text(lang, width))
    for path, _ in wanted:
        typer.echo(str(path))


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
