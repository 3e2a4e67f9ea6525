"""The ledger of a document: for each clause what encodes it, which figure it waits for, or why nothing encodes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from policyengine import ir
from policyengine.checking import change_dates, cited_by
from policyengine.packs import Pack
from policyengine.text import Text

State = Literal["encoded", "waiting", "not encoded", "organisational", "background"]
STATES: dict[State, Text] = {
    "encoded": Text("已编码", "encoded"),
    "waiting": Text("已编码，待数值", "encoded, waiting for a figure"),
    "not encoded": Text("未编码", "not encoded"),
    "organisational": Text("部门职责", "organisational"),
    "background": Text("背景", "background"),
}


@dataclass(frozen=True)
class Figure:
    """A parameter that the document doesn't state. needs: which office or paper has it."""

    id: str
    label: Text
    needs: Text | None


@dataclass(frozen=True)
class Clause:
    """encoded_by: ids of what cites it. waits_for: figures that those rules need. reason: why nothing encodes it."""

    id: str
    place: str
    says: Text
    state: State
    encoded_by: tuple[str, ...]
    waits_for: tuple[Figure, ...]
    reason: Text | None


@dataclass(frozen=True)
class Ledger:
    """Every clause of one document, in the ledger's order."""

    pack: str
    label: Text
    title: str
    clauses: tuple[Clause, ...]

    @property
    def counts(self) -> dict[State, int]:
        found = Counter(clause.state for clause in self.clauses)
        return {state: found[state] for state in STATES}

    def to_dict(self) -> dict[str, Any]:
        return {
            "pack": self.pack,
            "document": self.title,
            "counts": dict(self.counts),
            "clauses": [
                {
                    "id": clause.id,
                    "place": clause.place,
                    "says": {"zh": clause.says.zh, "en": clause.says.en},
                    "state": clause.state,
                    "encoded_by": list(clause.encoded_by),
                    "waits_for": [figure.id for figure in clause.waits_for],
                    **({"reason": {"zh": clause.reason.zh, "en": clause.reason.en}} if clause.reason else {}),
                }
                for clause in self.clauses
            ],
        }


def ledger(pack: Pack) -> Ledger:
    """The ledger of a pack, judged as the pack is in force on the last day of its term. Raises PolicyError."""
    program = pack.program(change_dates(pack.policy)[-1])
    cited, needs = cited_by(pack.policy), _needed_figures(program)
    clauses = []
    for key, item in pack.policy.provisions.items():
        owners = tuple(dict.fromkeys(cited.get(str(key), ())))
        waits = tuple(dict.fromkeys(figure for owner in owners for figure in needs.get(owner, ())))
        state: State
        if owners:
            state = "waiting" if waits else "encoded"
        elif item.class_ in ("organisational", "background"):
            state = item.class_
        else:
            state = "not encoded"
        reason = item.not_encoded.text if item.not_encoded else None
        clauses.append(Clause(str(key), str(item.place), item.says.text, state, owners, waits, reason))
    document = pack.policy.shape.document
    return Ledger(pack.id, pack.label, str(document.title) if document else "", tuple(clauses))


def _needed_figures(program: ir.Program) -> dict[str, tuple[Figure, ...]]:
    """Rule -> the parameters without a figure that it rests on, however far below."""
    open_figures = {
        item.id: Figure(item.id, item.label, item.needs)
        for item in program.parameters
        if not item.is_reading and item.stated == "not stated"
    }
    found: dict[str, tuple[Figure, ...]] = {key: (figure,) for key, figure in open_figures.items()}
    for variable in program.variables:  # in order: each after those that it needs
        below = [node.id for node in ir.walk(variable.node) if isinstance(node, ir.ParameterRef | ir.VariableRef)]
        found[variable.id] = tuple(dict.fromkeys(figure for name in below for figure in found.get(name, ())))
    for rule, parts in _rules(program):
        found[rule] = tuple(dict.fromkeys(figure for name in parts for figure in found.get(name, ())))
    return found


def _rules(program: ir.Program) -> Iterator[tuple[str, list[str]]]:
    """Each benefit and indicator with the variables that it names."""
    for benefit in program.benefits:
        yield benefit.id, [benefit.eligible, *([benefit.amount] if benefit.amount else [])]
    for item in program.indicators:
        yield item.id, [name for name in (item.met, item.applies, item.measure, item.target) if name]
