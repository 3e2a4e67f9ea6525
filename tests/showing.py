"""Programs and households in few words, for failing examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from policyengine import ir


@dataclass(frozen=True, repr=False)
class Case:
    """A program, households to decide with it, and whatever else a law needs."""

    program: ir.Program
    households: tuple[Any, ...]
    settled: ir.Program | None = None  # the program with all bounds settled
    reference: Any = None

    def __repr__(self) -> str:
        shown = [show_program(self.program), *(f"household {item}" for item in self.households)]
        if self.settled is not None:
            shown.append("settled: " + show_program(self.settled))
        return "\n".join(["Case(", *shown, ")"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # hypothesis prints by this
        printer.text(repr(self))


def show_program(program: ir.Program) -> str:
    lines = [f"fact {f.id} of {f.scope}: {kind(f.type)} in {f.range}{' optional' * f.optional}" for f in program.facts]
    lines += [f"parameter {p.id}: {kind(p.type)} = {p.value} in {p.allowed}" for p in program.parameters]
    lines += [f"{v.id} of {v.scope}: {kind(v.type)} = {show(v.node)}" for v in program.variables]
    lines += [f"benefit {b.id} of {b.scope}: {b.eligible}, {b.amount}" for b in program.benefits]
    lines += [
        f"indicator {i.id} of {i.scope}: {i.applies}, {i.met}, {i.measure}, {i.target}" for i in program.indicators
    ]
    return "\n".join(lines)


def kind(type_: ir.Type) -> str:
    match type_:
        case ir.NumberType(unit=unit, scale=scale):
            return f"{unit}/{scale}"
        case ir.ChoiceType(options=options):
            return "|".join(options)
        case _:
            return type(type_).__name__.removesuffix("Type").lower()


def show(node: ir.Node) -> str:
    """A node as a term: its kind, what distinguishes it, its parts."""
    match node:
        case ir.Constant(value=value):
            return str(value)
        case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
            return name
        case ir.IsKnown(fact=fact):
            return f"is_known({fact.id})"
        case ir.Logic(operator=operator) | ir.Arithmetic(operator=operator) | ir.Compare(operator=operator):
            return f"({operator} {' '.join(map(show, ir.children(node)))})"
        case ir.Table(rows=rows, otherwise=otherwise):
            cases = [f"{show(row.when)}: {show(row.then)}" for row in rows]
            return f"table({'; '.join(cases)}; {'-' if otherwise is None else show(otherwise)})"
        case ir.Aggregate(operator=operator, where=where, body=body, default=default, others=others):
            parts = {"of": body, "where": where, "default": default}
            named = [f"{name} {show(part)}" for name, part in parts.items() if part is not None]
            return f"{operator}{' others' * others}({', '.join(named)})"
    skipped = ("type", "parameter")
    values = [getattr(node, name) for name in node.__slots__ if name not in skipped]
    plain = [repr(value) for value in values if not isinstance(value, ir.Node) and not nested(value)]
    return f"{type(node).__name__}({', '.join([*plain, *map(show, ir.children(node))])})"


def nested(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(item, ir.Node) for item in value)
