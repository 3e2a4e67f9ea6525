"""What the commands share: how options are written, how input is read, how errors are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Lang, Text, no_language, preferred_language

app = typer.Typer(
    name="policyengine",
    help="Who is entitled to what under a plan, how much, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
NEGATIVE, WRONG, OPEN, INTERRUPTED = 1, 2, 4, 130

PackName = Annotated[
    str, typer.Argument(help="a shipped pack's name (zibo) or a folder with a pack.yaml", metavar="PACK")
]
On = Annotated[str, typer.Option("--on", help="the effective date, 2018-06-01", metavar="DATE")]
Set = Annotated[
    list[str], typer.Option("--set", help="a parameter: NAME=FIGURE; may be repeated", metavar="NAME=FIGURE")
]
Reading = Annotated[
    list[str],
    typer.Option("--reading", help="a reading: NAME=OPTION or NAME=open; may be repeated", metavar="NAME=OPTION"),
]
Reform = Annotated[list[str], typer.Option("--reform", help="a reform of the pack by id, or a file", metavar="REFORM")]
Supplement = Annotated[list[str], typer.Option("--supplement", help="published figures to fill in", metavar="ID")]
Grade = Annotated[list[str], typer.Option("--grade", help="also allow supplement figures of this grade", metavar="C")]
Beyond = Annotated[bool, typer.Option("--beyond-term", help="go on although the date lies outside the plan's term")]
Language = Annotated[str | None, typer.Option("--lang", help="zh or en; by default the locale's", metavar="LANG")]


@contextmanager
def reported(lang: str | None) -> Iterator[None]:
    """Errors as messages: never a traceback."""
    try:
        yield
    except PolicyError as error:
        typer.echo(error.render(language_of(lang)), err=True)
        raise typer.Exit(WRONG) from None
    except BrokenPipeError:
        raise typer.Exit(0) from None
    except OSError as error:
        # what is read is told by its readers; what comes to here was to be written
        found = diagnostic("unwritable-file", path=str(error.filename or ""), reason=error.strerror or "")
        typer.echo(found.render(language_of(lang)), err=True)
        raise typer.Exit(WRONG) from None


def write(path: Path, content: str | bytes) -> None:
    """Write a file that was asked for; `-`, which is standard input elsewhere, would make a file of that name."""
    if str(path) == "-":
        reason = Text("这里要写文件名；要打印出来请写 /dev/stdout", "name a file; to print it, write /dev/stdout")
        raise PolicyError([diagnostic("bad-argument", name="-", reason=reason)])
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def show(explanation: Any, html: Path | None, as_json: bool) -> None:
    """Print an explanation, or write it to a page and print where that is."""
    if html is not None:
        write(html, explanation.page())
        typer.echo(str(html))
    else:
        typer.echo(explanation.to_json() if as_json else str(explanation))


@contextmanager
def interrupted(lang: Lang, option: str) -> Iterator[None]:
    """Ctrl-C ends with one line that says what would take less time."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(
            f"已中断；用 {option} 会快些" if lang == "zh" else f"interrupted; {option} takes less time", err=True
        )
        sys.stderr.flush()
        raise typer.Exit(INTERRUPTED) from None


def read_households(path: Path) -> tuple[list[Any], list[PolicyError]]:
    """Households from a file (documents separated by ---, or a list) or from all YAML and JSON files of a folder.

    What can't be read costs nothing else: it is returned as an error beside the households.
    """
    from policyengine.authoring.reader import read_stated, shown, text_of

    if not path.is_dir():
        files = [path]
    else:
        files = sorted(each for each in path.iterdir() if each.suffix in (".yaml", ".yml", ".json"))
    households: list[Any] = []
    problems: list[PolicyError] = []
    for file in files:
        try:
            for document in read_stated(text_of(file, shown(file)), shown(file)):
                households += document if isinstance(document, list) else [document]
        except PolicyError as error:
            problems.append(error)
    return households, problems


def language_of(lang: str | None) -> Lang:
    if lang in ("zh", "en"):
        return "zh" if lang == "zh" else "en"
    if lang is not None:
        which = no_language(lang)
        typer.echo(f"--lang: {which[preferred_language()]}", err=True)
        raise typer.Exit(WRONG)
    return preferred_language()


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """NAME=VALUE, several times."""
    pairs = {}
    for text in texts:
        name, found, value = text.partition("=")
        if not found or not name.strip() or not value.strip():
            reason = Text(f"`{text}` 应写成 名称=值", f"`{text}` should be NAME=VALUE")
            if "＝" in text:
                reason = Text(f"`{text}` 里请用英文的 `=`", f"use `=` instead of `＝` in `{text}`")
            raise PolicyError([diagnostic("bad-argument", name=option, reason=reason)])
        pairs[name.strip()] = value.strip()
    return pairs


def read_input(path: Path) -> Any:
    """A household or area from YAML or JSON, with places for messages."""
    from policyengine.authoring.reader import Mapping as YamlMapping
    from policyengine.authoring.reader import decoded, place_of, read_stated, shown, text_of

    if str(path) == "-":
        documents = read_stated(decoded(sys.stdin.buffer.read(), "-"), "-")
    else:
        documents = read_stated(text_of(path, shown(path)), shown(path))
    if len(documents) != 1 or not isinstance(documents[0], YamlMapping):
        place = place_of(documents[0]) if documents else None
        raise PolicyError(
            [diagnostic("household-shape", place, path="" if place else str(path), found="…" if documents else "")]
        )
    found: YamlMapping = documents[0]
    return found
