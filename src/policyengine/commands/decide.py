"""The command line's `explain`, `decide` and `replay`.

Exit status: 0; 1 a record that differs; 2 wrong usage or input; 4 undetermined.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from policyengine.commands.common import (
    NEGATIVE,
    OPEN,
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
    read_input,
    reported,
    show,
    write,
)
from policyengine.errors import PolicyError, diagnostic


def register(app: typer.Typer) -> None:
    app.command()(explain)
    app.command()(decide)
    app.command()(replay)


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
    from policyengine.naming import require_known

    with reported(lang):
        decision = _decide(pack, household, on, parameters, readings, reforms, supplements, grade, beyond_term)
        require_known(decision, benefit, member)
        show(
            Explanation(decision, language_of(lang), benefit, member, brief=not (everything or benefit)), html, as_json
        )


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
        if record is not None:
            write(record, decision.record())
        typer.echo(json.dumps(decision.to_dict(), ensure_ascii=False, indent=1))
    raise typer.Exit(_status(decision))


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
