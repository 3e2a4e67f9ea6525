"""The command `watch`: which stored cases change with new facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policyengine.commands.common import WRONG, Language, PackName, language_of, reported
from policyengine.errors import PolicyError, diagnostic

if TYPE_CHECKING:
    from policyengine.cases.watching import Change, Watched
    from policyengine.text import Lang


def register(app: typer.Typer) -> None:
    app.command()(watch)


def watch(
    pack: PackName,
    cases: Annotated[Path, typer.Argument(help="a folder of saved cases (*.json)", metavar="CASES")],
    new: Annotated[
        Path, typer.Option("--new", help="what is new, by case or household name (YAML or JSON)", metavar="FILE")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="the changes as JSON")] = False,
    lang: Language = None,
) -> None:
    """Say which stored cases change with new facts, and how. Exit 2 if a case couldn't be looked at."""
    from policyengine.cases.watching import watch as watch_cases
    from policyengine.packs import load

    used = language_of(lang)
    with reported(lang):
        found = watch_cases(cases, _new_facts(new), pack=load(pack))
    if as_json:
        typer.echo(json.dumps([_plain(item) for item in found], ensure_ascii=False, indent=1))
    else:
        for item in found:
            for line in _told(item, used):
                typer.echo(line)
        typer.echo(_summary(found, used))
    for item in found:
        for error in item.errors:
            typer.echo(f"{item.case}: {error.render(used)}", err=True)
    raise typer.Exit(WRONG if any(item.errors for item in found) else 0)


def _new_facts(path: Path) -> Any:
    from policyengine.authoring.reader import Mapping, read_file, shown

    documents = read_file(path, shown(path))
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        raise PolicyError([diagnostic("household-shape", path=str(path), found="…" if documents else "")])
    return documents[0]


def _told(item: Watched, lang: Lang) -> list[str]:
    """The lines about one case; none where nothing changes."""
    if not item.changes:
        return []
    name = f"{item.case}（{item.household}）" if lang == "zh" else f"{item.case} ({item.household})"
    lines = [name if item.household else item.case]
    for change in item.changes:
        lines.append(
            f"  {change.who[lang]} {change.label[lang]}{'：' if lang == 'zh' else ': '}"
            f"{_shown(change, lang, 'before')} → {_shown(change, lang, 'after')}"
        )
        if change.because[lang] and change.before != change.after:
            lines.append(f"      {'因为' if lang == 'zh' else 'because'} {change.because[lang]}")
    return lines


def _shown(change: Change, lang: Lang, which: str) -> str:
    from policyengine.explaining.telling import STATUS

    status, amount = (change.before, change.before_amount) if which == "before" else (change.after, change.after_amount)
    text = STATUS[status][lang]
    if amount is None or status not in ("eligible",):
        return text
    unit = "元" if lang == "zh" else "yuan"
    if amount.exact is not None:
        return f"{text} {amount.exact:,} {unit}"
    low, high = amount.low, amount.high
    if high is None:
        return text if not low else f"{text} {'至少' if lang == 'zh' else 'at least'} {low:,} {unit}"
    return f"{text} {low or 0:,}–{high:,} {unit}"


def _summary(found: list[Watched], lang: Lang) -> str:
    changed = sum(bool(item.changes) for item in found)
    broken = sum(bool(item.errors) for item in found)
    if lang == "zh":
        return f"{len(found)} 个个案：{changed} 个有变化，{broken} 个无法处理"
    return f"{len(found)} case{'s' * (len(found) != 1)}: {changed} changed, {broken} couldn't be looked at"


def _plain(item: Watched) -> dict[str, Any]:
    from policyengine.amounts import plain_amount

    return {
        "case": item.case,
        "household": item.household,
        "changes": [
            {
                "result": change.result,
                "entity": change.entity,
                "before": change.before,
                "after": change.after,
                "before_amount": plain_amount(change.before_amount),
                "after_amount": plain_amount(change.after_amount),
            }
            for change in item.changes
        ],
        "errors": [error.code for error in item.errors],
    }
