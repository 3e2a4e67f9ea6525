"""Check a whole pack: every date on which it changes, its ledger, and (given the document) its passages and figures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of, shown
from policyengine.authoring.reform import apply_reform, apply_supplement
from policyengine.authoring.schema import ParameterShape, ProvisionShape
from policyengine.authoring.shape import Cited
from policyengine.authoring.slips import hint_of
from policyengine.compiler import examine
from policyengine.compiler.figures import NOT_STATED, FigureError, read_date
from policyengine.errors import Diagnostic, PolicyError, diagnostic, diagnostic_of
from policyengine.interpreters.household import never_holds
from policyengine.totals import examine_totals
from policyengine.units import parse_quantity

_BOUND_WORDS = re.compile(r"at least|at most|between|and|不低于|不超过|至少|至多|介于|和")
_WRITTEN = re.compile(r"\d[\d,]*(?:\.\d+)?\s*(?:百万|万|亿)?\s*(?:%|[^\d\s,;；，]*)")


@dataclass
class Report:
    """What a check found. classes: how many clauses of each class; encoded: how many of them some rule cites."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    encoded: int = 0
    passages: int = 0
    figures: int = 0
    covered: float | None = None  # share of the document's characters that belong to a clause
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> list[Diagnostic]:
        return [item for item in self.diagnostics if item.is_error]

    @property
    def warnings(self) -> list[Diagnostic]:
        return [item for item in self.diagnostics if not item.is_error]


def check(pack: PolicyPack, sources: Path | None = None) -> Report:
    """Compile on every date of change, check the ledger, and find its passages in the reader's own copy of the document."""
    report = Report()
    report.diagnostics += pack.warnings
    programs: list[ir.Program] = []
    for day in change_dates(pack):
        program, found = examine(pack, day)
        report.dates.append(day)
        _add(report, found)
        if program is not None:
            programs.append(program)
    if programs and len(programs) == len(report.dates):
        _unreachable(pack, programs, report)
        _amount_gaps(pack, programs[-1], report)
    _variants(pack, report)
    _ledger(pack, report)
    if sources is not None:
        _sources(pack, sources, report)
    report.counts = {
        "facts": len(pack.facts),
        "parameters": len(pack.parameters),
        "readings": len(pack.readings),
        "variables": len(pack.variables) + sum(len(benefit.variables) for benefit in pack.benefits.values()),
        "benefits": len(pack.benefits),
        "indicators": len(pack.indicators),
    }
    return report


def _add(report: Report, found: Iterable[Diagnostic]) -> None:
    known = {(item.code, str(item.place), item.values) for item in report.diagnostics}
    for item in found:
        if (item.code, str(item.place), item.values) not in known:
            report.diagnostics.append(item)


def change_dates(pack: PolicyPack) -> list[date]:
    """The first and last day of the term, and every day in it on which a figure changes."""
    days: set[date] = set()
    term = pack.shape.term
    for text in (term.from_, term.to) if term else ():
        days.add(_day(text))
    for parameter in pack.parameters.values():
        for when in (*(parameter.values or {}), *(parameter.bands or {}), *_row_dates(parameter)):
            if when != "always":
                try:
                    days.add(read_date(str(when)))
                except FigureError:
                    continue  # reported when it is compiled
    if term:
        first, last = _day(term.from_), _day(term.to)
        days = {day for day in days if first <= day <= last}
    return sorted(days) or [date(2018, 1, 1)]


def _row_dates(parameter: ParameterShape) -> Iterator[str]:
    """The dates in the rows of a table."""
    header, *rows = parameter.cells or ((),)
    if "from" in header:
        column = list(header).index(Scalar("from"))
        yield from (str(row[column]) for row in rows if len(row) > column)


def _day(text: Scalar) -> date:
    try:
        return read_date(str(text))
    except FigureError as error:
        raise PolicyError([diagnostic_of(error.code, text.place, error.values)]) from None


def _variants(pack: PolicyPack, report: Report) -> None:
    """Each reform and supplement applies and compiles, and what the pack is tried with can be read."""
    for supplement in pack.supplements:
        _try(lambda name=supplement: apply_supplement(pack, name, "ABC"), report)  # type: ignore[misc]
    for reform in pack.reforms.values():
        _try(lambda change=reform: apply_reform(pack, change), report)  # type: ignore[misc]
    if not any(item.is_error for item in report.diagnostics):
        _add(report, examine_totals(pack, report.dates[-1]))
    try:
        pack.scenarios()
    except PolicyError as error:
        _add(report, error.diagnostics)
    _properties(pack, report)


def _properties(pack: PolicyPack, report: Report) -> None:
    """The properties beside the pack can be read, cite clauses that there are, and compile if the pack itself does."""
    from policyengine.verifying.properties import compile_properties, spans  # which needs this module

    try:
        properties = pack.properties()
        names = [name for shape in properties.values() for name in shape.citations if name not in pack.provisions]
        compiles = not report.errors
        _add(report, (diagnostic("unknown-provision", name.place, hint=hint_of(name), id=str(name)) for name in names))
        if properties and compiles:
            compile_properties(pack, spans(pack)[-1])
    except PolicyError as error:
        _add(report, error.diagnostics)


def _try(apply: Callable[[], PolicyPack], report: Report) -> None:
    try:
        changed = apply()
        _add(report, (item for item in examine(changed, report.dates[-1])[1] if item.is_error))
    except PolicyError as error:
        _add(report, error.diagnostics)


def _unreachable(pack: PolicyPack, programs: list[ir.Program], report: Report) -> None:
    """Benefits that nobody can receive on any date."""
    for benefit in programs[-1].benefits:
        if all(never_holds(program, benefit.eligible) for program in programs):
            place = place_of(pack.benefits[benefit.id].benefit)
            report.diagnostics.append(diagnostic("unreachable-benefit", place, id=benefit.id))


def _amount_gaps(pack: PolicyPack, program: ir.Program, report: Report) -> None:
    """Amounts by option must have a formula for every option that eligibility lets through."""
    variables = {variable.id: variable for variable in program.variables}
    for key, shape in pack.benefits.items():
        if not isinstance(shape.amount, dict):
            continue
        node = variables[f"{key}.amount"].node
        while isinstance(node, ir.Round | ir.Rescale):
            node = node.numerator if isinstance(node, ir.Round) else node.term
        if not isinstance(node, ir.Table) or not isinstance(node.rows[0].when, ir.OneOf):
            continue
        chosen = node.rows[0].when.term
        given = {row.when.mask for row in node.rows if isinstance(row.when, ir.OneOf)}
        assert isinstance(chosen.type, ir.ChoiceType)
        for option in chosen.type.options:
            bit = 1 << program.options.index(option)
            if bit not in given and not never_holds(program, f"{key}.eligible", {chosen: bit}):
                report.diagnostics.append(diagnostic("amount-gap", place_of(shape.benefit), id=key, option=option))


# the ledger


def cited_by(pack: PolicyPack) -> dict[str, list[str]]:
    """Clause -> what cites it."""
    found: dict[str, list[str]] = {}
    for owner, name in _citations(pack):
        found.setdefault(str(name), []).append(owner)
    return found


def _citations(pack: PolicyPack) -> Iterator[tuple[str, Scalar]]:
    items: list[tuple[str, Cited]] = []
    for section in (pack.parameters, pack.readings, pack.indicators, pack.exclusions, pack.ceilings, pack.payers):
        items += [(str(key), item) for key, item in section.items()]
    for key, variable in pack.variables.items():
        if key not in pack.inherited:
            items.append((str(key), variable))
    for key, benefit in pack.benefits.items():
        items.append((key, benefit))
        items += [(str(name), inner) for name, inner in benefit.variables.items()]
    for owner, item in items:
        yield from ((owner, name) for name in item.citations)
        table = getattr(item, "table", None)
        for row in table.rows if table is not None else ():
            yield from ((owner, name) for name in row.citations)
        rounding = getattr(item, "rounding", None)
        if rounding is not None and rounding.provision is not None:
            yield owner, rounding.provision
        for step in getattr(item, "order", ()):
            if step.provision is not None:
                yield owner, step.provision
    if pack.shape.term is not None and pack.shape.term.provision is not None:
        yield pack.id, pack.shape.term.provision


def _ledger(pack: PolicyPack, report: Report) -> None:
    if not pack.provisions and not pack.benefits and not pack.indicators:
        return  # a vocabulary has no document
    owners = cited_by(pack)
    for _owner, name in _citations(pack):
        if name not in pack.provisions:
            report.diagnostics.append(diagnostic("unknown-provision", name.place, hint=hint_of(name), id=str(name)))
    for section in (pack.benefits, pack.indicators, pack.readings, pack.parameters):
        for key, item in section.items():
            if not item.citations:
                place = place_of(item.benefit) if hasattr(item, "benefit") else place_of(key)
                report.diagnostics.append(diagnostic("uncited", place, id=str(key)))
    for key, clause in pack.provisions.items():
        report.classes[clause.class_] = report.classes.get(clause.class_, 0) + 1
        by = owners.get(str(key), [])
        report.encoded += bool(by)
        if by and clause.not_encoded is not None:
            report.diagnostics.append(diagnostic("clause-both", place_of(key), id=str(key), by=by[0]))
        elif not by and clause.not_encoded is None:
            report.diagnostics.append(diagnostic("clause-unaccounted", place_of(key), id=str(key)))
    _figures(pack, report)


def _figures(pack: PolicyPack, report: Report) -> None:
    """Each stated figure of a parameter is among the figures of a clause it cites."""
    for key, parameter in pack.parameters.items():
        clauses = [pack.provisions[str(name)] for name in parameter.citations if str(name) in pack.provisions]
        if not clauses or parameter.supplement is not None:
            continue
        written = {text.replace(" ", "") for clause in clauses for text in map(str, clause.figures)}
        for text in _stated(parameter):
            for figure in _figures_in(str(text)):
                report.figures += 1
                if squeezed(figure) not in written and not any(_same_figure(figure, other) for other in written):
                    names = ", ".join(map(str, parameter.citations))
                    report.diagnostics.append(
                        diagnostic(
                            "figure-not-in-clause",
                            place_of(text) or place_of(key),
                            figure=figure,
                            id=str(key),
                            provision=names,
                        )
                    )


def _stated(parameter: ParameterShape) -> Iterator[Scalar]:
    """Every figure that a parameter states; a 0 in a scale or table needn't be written in the document."""
    rows = [band.value for bands in (parameter.bands or {}).values() for band in bands]
    header, *cells = parameter.cells or ((),)
    if "value" in header:
        column = list(header).index(Scalar("value"))
        rows += [row[column] for row in cells if len(row) > column]
    if parameter.otherwise is not None:
        rows.append(parameter.otherwise)
    nothing = [text for text in rows if (figure := parse_quantity(str(text))) is not None and figure.value == 0]
    for text in (*(parameter.values or {}).values(), *rows):
        if text not in NOT_STATED and text not in nothing:
            yield text


def _figures_in(text: str) -> list[str]:
    """The figures in a bound: `at least 1.5万元` has one; dates count as they are."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return [text]
    return [part.strip() for part in _BOUND_WORDS.split(text) if part.strip()]


def _same_figure(figure: str, written: str) -> bool:
    """Do a parameter's figure and one as the clause writes it mean the same number?

    A clause may write `1.5万元` or 15000元 for 1.5万元, 2倍 for 200%, 2016年 for a date in 2016, 3000元/人/年 for 3000元.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", figure):
        years = re.findall(r"(\d{4})", written)
        return any(first <= figure[:4] <= last for first, last in [(years[0], years[-1])]) if years else False
    mine = parse_quantity(figure)
    if mine is None or squeezed(figure) == squeezed(written):
        return squeezed(figure) == squeezed(written)
    for found in re.finditer(r"(\d[\d,]*(?:\.\d+)?)(%|倍|万|亿)?", written):
        number, mark = found.groups()
        quantity = parse_quantity(number + (mark if mark in ("%", "万", "亿") else ""))
        if quantity is not None and quantity.value == mine.value:
            return True
    if any(mark in written and mine.value == Fraction(1, size) for mark, size in (("每千", 1000), ("每万", 10_000))):
        return True
    return any(parse_chinese(part) == mine.value for part in re.findall(r"[一二三四五六七八九十两半]+", written))


_DIGITS = {char: index for index, char in enumerate("零一二三四五六七八九")} | {"两": 2}


def parse_chinese(text: str) -> int | None:
    """A small number in characters: 五, 十二, 二十."""
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
    return _DIGITS.get(text) if len(text) == 1 else None


# the document


def squeezed(text: str) -> str:
    """A document's text with all white space removed: what passages are counted in."""
    return "".join(text.split())


def find_document(pack: PolicyPack, folder: Path) -> tuple[Path, str, bool] | None:
    """The pack's document in a folder: (file, text without white space, is it the very same)."""
    document = pack.shape.document
    best: tuple[int, Path, str] | None = None
    for path in sorted(folder.glob("*.txt")):
        try:
            text = squeezed(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError):
            continue
        if document is not None and document.sha256 == hashlib.sha256(text.encode()).hexdigest():
            return path, text, True
        hits = sum(_passage(clause, text) is not None for clause in pack.provisions.values())
        if not hits:  # something near its beginning may have moved everything: look for some of it anywhere
            some = list(pack.provisions.values())[:: max(1, len(pack.provisions) // 8)]
            hits = sum(_locate(clause, text) is not None for clause in some)
        if hits and (best is None or hits > best[0]):
            best = (hits, path, text)
    return (best[1], best[2], False) if best else None


def _passage(clause: ProvisionShape, text: str) -> str | None:
    """The passage at the place where the ledger says it is."""
    if clause.passage is None:
        return None
    part = text[clause.passage.at : clause.passage.at + clause.passage.length]
    return part if hashlib.sha256(part.encode()).hexdigest() == clause.passage.sha256 else None


def passages(pack: PolicyPack, folder: Path) -> dict[str, str]:
    """Clause -> its passage, word for word without white space, from the reader's own copy. Missing ones are left out."""
    found = find_document(pack, folder)
    if found is None:
        return {}
    located = {key: _locate(clause, found[1]) for key, clause in pack.provisions.items()}
    return {
        key: found[1][at : at + pack.provisions[key].passage.length]  # type: ignore[union-attr]
        for key, at in located.items()
        if at is not None
    }


def _locate(clause: ProvisionShape, text: str) -> int | None:
    """Where the passage is: at its place, or wherever a stretch of its length has its digest."""
    if clause.passage is None:
        return None
    if _passage(clause, text) is not None:
        return clause.passage.at
    length, wanted = clause.passage.length, str(clause.passage.sha256)
    for start in range(len(text) - length + 1):
        if hashlib.sha256(text[start : start + length].encode()).hexdigest() == wanted:
            return start
    return None


def _sources(pack: PolicyPack, folder: Path, report: Report) -> None:
    found = find_document(pack, folder)
    if found is None:
        report.diagnostics.append(diagnostic("no-source", place_of(pack.shape.pack), folder=shown(folder)))
        return
    path, text, is_same = found
    if not is_same:
        report.diagnostics.append(diagnostic("source-differs", place_of(pack.shape.pack), file=path.name))
    covered = bytearray(len(text))
    for key, clause in pack.provisions.items():
        if clause.passage is None:
            continue
        at = _locate(clause, text)
        if at is None:
            report.diagnostics.append(diagnostic("passage-missing", place_of(key), id=str(key)))
            continue
        if at != clause.passage.at:
            moved = diagnostic("passage-moved", place_of(key), id=str(key), found=str(at), at=str(clause.passage.at))
            report.diagnostics.append(moved)
        report.passages += 1
        covered[at : at + clause.passage.length] = b"\1" * clause.passage.length
        passage = text[at : at + clause.passage.length]
        for figure in clause.figures:
            report.figures += 1
            if squeezed(str(figure)) not in passage:
                report.diagnostics.append(
                    diagnostic("figure-not-in-passage", figure.place, id=str(key), figure=str(figure))
                )
    missing = covered.count(0)
    report.covered = 1 - missing / len(text) if text else None
    if missing:
        report.diagnostics.append(
            diagnostic("uncovered-text", place_of(pack.shape.pack), number=str(missing), at=str(covered.index(0)))
        )
