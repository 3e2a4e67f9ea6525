"""How ledgers look in a terminal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator

from policyengine.ledger import STATES, Clause, Ledger
from policyengine.text import Lang


def counts_table(ledgers: list[Ledger], lang: Lang) -> str:
    """One row for each document: how many clauses are in each state."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Styled

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("文件" if lang == "zh" else "document")
    for label in STATES.values():
        table.add_column(Styled(label[lang]), justify="right")
    table.add_column("合计" if lang == "zh" else "all", justify="right")
    for item in ledgers:
        counts = item.counts
        table.add_row(Styled(item.label[lang]), *(str(counts[state]) for state in STATES), str(len(item.clauses)))
    out = io.StringIO()
    width = max(100, shutil.get_terminal_size((100, 24)).columns)
    Console(file=out, width=width, color_system=None, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines())


def as_text(ledger: Ledger, lang: Lang, state: str | None) -> str:
    """Every clause of a document (or those in one state), grouped by state."""
    lines = [f"{ledger.label[lang]} · {ledger.title}"]
    for each, label in STATES.items():
        clauses = [clause for clause in ledger.clauses if clause.state == each]
        if clauses and state in (None, each):
            lines += ["", f"{label[lang]} ({len(clauses)})"]
            lines += [line for clause in clauses for line in _clause_lines(clause, lang)]
    return "\n".join(lines)


def _clause_lines(clause: Clause, lang: Lang) -> Iterator[str]:
    zh = lang == "zh"
    yield f"  {clause.id}  {clause.place}  {clause.says[lang]}"
    if clause.encoded_by:
        yield f"      {'由' if zh else 'by'} {', '.join(clause.encoded_by)}"
    for figure in clause.waits_for:
        needs = "" if figure.needs is None else (f"（{figure.needs.zh}）" if zh else f" ({figure.needs.en})")
        yield f"      {'待' if zh else 'waits for'} {figure.label[lang]}{needs}"
    if clause.reason is not None and not clause.encoded_by:
        yield f"      {clause.reason[lang]}"
