"""Commands over several regions: compare-regions, ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from policyengine.commands.common import Beyond, Grade, Language, On, language_of, pairs, read_input, reported, write
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Text

RegionSet = Annotated[
    list[str],
    typer.Option(
        "--set", help="a region's parameter: REGION.NAME=FIGURE; may be repeated", metavar="REGION.NAME=FIGURE"
    ),
]
RegionReading = Annotated[
    list[str],
    typer.Option(
        "--reading", help="a region's reading: REGION.NAME=OPTION; may be repeated", metavar="REGION.NAME=OPTION"
    ),
]


def register(app: typer.Typer) -> None:
    app.command(name="compare-regions")(compare_regions)
    app.command()(ledger)


def compare_regions(
    household: Annotated[
        Path, typer.Argument(help="a household (YAML or JSON; - for standard input)", metavar="HOUSEHOLD")
    ],
    on: On,
    packs: Annotated[
        list[str], typer.Option("--pack", help="only these regions; may be repeated", metavar="PACK")
    ] = [],  # noqa: B006
    parameters: RegionSet = [],  # noqa: B006
    readings: RegionReading = [],  # noqa: B006
    supplements: Annotated[
        bool, typer.Option("--supplements", help="fill in the published figures that come with the packs")
    ] = False,
    grade: Grade = [],  # noqa: B006
    everything: Annotated[bool, typer.Option("--all", help="every family, refusal and missing fact")] = False,
    width: Annotated[
        int | None, typer.Option("--width", min=40, help="of the table; by default the terminal's", metavar="CELLS")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="write an HTML page instead", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the comparison and each decision as JSON")] = False,
    beyond_term: Beyond = False,
    lang: Language = None,
) -> None:
    """Set what a household gets under several plans side by side (exit 0, whatever the results)."""
    from policyengine.packs import load
    from policyengine.regions import compare_regions as compare
    from policyengine.regions import regional_packs
    from policyengine.regions_table import page

    language = language_of(lang)
    with reported(lang):
        chosen = tuple(map(load, packs)) or regional_packs()
        regions = [pack.id for pack in chosen]
        comparison = compare(
            read_input(household),
            on=on,
            packs=chosen,
            parameters=_by_region(parameters, "--set", regions),
            readings=_by_region(readings, "--reading", regions),
            supplements=supplements,
            grades="AB" + "".join(grade),
            beyond_term=beyond_term,
        )
        if html is not None:
            write(html, page(comparison, language, everything))
            typer.echo(str(html))
        elif as_json:
            typer.echo(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1))
        else:
            typer.echo(comparison.text(language, width, every=everything))


def _by_region(texts: list[str], option: str, regions: Iterable[str]) -> dict[str, dict[str, str]]:
    """REGION.NAME=VALUE, several times, as region -> name -> value."""
    found: dict[str, dict[str, str]] = {}
    for name, value in pairs(texts, option).items():
        region, dot, rest = name.partition(".")
        if not dot or region not in regions:
            listed = ", ".join(regions)
            reason = Text(f"`{name}` 应写成 地区.名称（地区：{listed}）", f"`{name}`: REGION.NAME ({listed})")
            raise PolicyError([diagnostic("bad-argument", name=option, reason=reason)])
        found.setdefault(region, {})[rest] = value
    return found


def ledger(
    packs: Annotated[
        list[str], typer.Argument(help="packs by name or folder; all shipped ones if left out", metavar="[PACK]…")
    ] = [],  # noqa: B006
    state: Annotated[
        str | None, typer.Option("--state", help="list only clauses of this state", metavar="STATE")
    ] = None,
    brief: Annotated[bool, typer.Option("--counts", help="only the counts")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    lang: Language = None,
) -> None:
    """Account for every clause of each document: encoded, waiting for a figure, organisational, background."""
    from policyengine.ledger import STATES
    from policyengine.ledger import ledger as ledger_of
    from policyengine.ledger_text import as_text, counts_table
    from policyengine.packs import load
    from policyengine.regions import regional_packs

    language = language_of(lang)
    with reported(lang):
        if state is not None and state not in STATES:
            raise PolicyError([diagnostic("bad-argument", name="--state", reason=" / ".join(STATES))])
        found = [ledger_of(pack) for pack in tuple(map(load, packs)) or regional_packs()]
    if as_json:
        typer.echo(json.dumps([item.to_dict() for item in found], ensure_ascii=False, indent=1))
        return
    typer.echo(counts_table(found, language))
    for item in found if not brief else ():
        typer.echo("\n" + as_text(item, language, state))
