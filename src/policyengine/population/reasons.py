"""Reason codes: which conditions decided a result, in one number.

A benefit's eligibility (an indicator's target) is a formula of `and`, `or` and `not` over conditions. Each condition has two
bits in the code: 0 it counted for nothing, 1 it failed, 2 it isn't known, 3 it held. What counts is what explanation.py
lets count, so a code decodes to the conditions at the head of the household's explanation
(docs/decisions/0014-reason-codes.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from policyengine import ir
from policyengine.interpreters.population import Truths
from policyengine.text import Lang, Text

MOST = 31  # conditions that one number tells
_SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_STATES: tuple[bool | None, ...] = (False, None, True)


@dataclass(frozen=True)
class Heading:
    """The connected conditions at the head of a result's definition. parents: each node's place, -1 for the first."""

    result: str
    nodes: tuple[ir.Node, ...]
    parents: tuple[int, ...]

    @property
    def conditions(self) -> tuple[int, ...]:
        """The places of those that aren't themselves connections; what is beyond the limit isn't told."""
        places = [place for place, node in enumerate(self.nodes) if not isinstance(node, ir.Logic)]
        return tuple(places[:MOST])

    def named(self) -> dict[str, ir.Node]:
        return {f"{self.result}#{place}": node for place, node in enumerate(self.nodes)}


def heading(program: ir.Program, result: str, variable: str) -> Heading:
    definition = next(item.node for item in program.variables if item.id == variable)
    nodes: list[ir.Node] = []
    parents: list[int] = []

    def add(node: ir.Node, parent: int) -> None:
        place = len(nodes)
        nodes.append(node)
        parents.append(parent)
        if isinstance(node, ir.Logic):
            for term in node.terms:
                add(term, place)

    add(definition, -1)
    return Heading(result, tuple(nodes), tuple(parents))


def codes(head: Heading, truth_of: Callable[[int], Truths]) -> Any:
    """The code of every row. truth_of: the column of the node at a place, on the result's own level."""
    counts: list[Any] = []
    for place, parent in enumerate(head.parents):
        counts.append(
            np.True_ if parent < 0 else counts[parent] & _counts(head.nodes[parent], truth_of(parent), truth_of(place))
        )
    code: Any = np.int64(0)
    for index, place in enumerate(head.conditions):
        found = truth_of(place)
        state = found.sure.astype(np.int64) + found.may.astype(np.int64) + 1
        code = code | (np.where(counts[place], state, 0) << (2 * index))
    return code


def _counts(parent: ir.Node, whole: Truths, term: Truths) -> Any:
    """If one term is enough to decide a connection, those that do count, and only those."""
    assert isinstance(parent, ir.Logic)
    match parent.operator:
        case "or":
            return term.sure | ~whole.sure
        case "and":
            return ~term.may | whole.may
        case "not":
            return np.True_


def decode(head: Heading, code: int) -> tuple[tuple[ir.Node, bool | None], ...]:
    """The conditions that decided, each with the truth it had."""
    states = [(head.nodes[place], code >> 2 * index & 3) for index, place in enumerate(head.conditions)]
    return tuple((node, _STATES[state - 1]) for node, state in states if state)


def in_words(program: ir.Program, node: ir.Node, lang: Lang) -> str:
    """A condition in few words: what the household's explanation says in full."""
    labels: dict[str, Text] = {item.id: item.label for item in program.facts}
    labels |= {item.id: item.label for item in program.parameters}
    labels |= {item.id: item.label for item in program.variables}

    def say(part: ir.Node) -> str:
        match part:
            case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
                return labels[name][lang]
            case ir.IsKnown(fact=fact):
                return f"{labels[fact.id][lang]} {'已知' if lang == 'zh' else 'is known'}"
            case ir.Rescale(term=term):
                return say(term)
            case ir.Constant(type=ir.NumberType(scale=scale), value=value):
                return str(value // scale) if value % scale == 0 else f"{value}/{scale}"
            case ir.Compare(operator=operator, left=left, right=right):
                return f"{say(left)} {_SIGNS[operator]} {say(right)}"
            case ir.OneOf(term=term, mask=mask):
                return f"{say(term)} {_SIGNS['=']} {_options(program, term, mask, lang)}"
        return "…"

    return say(node)


def _options(program: ir.Program, term: ir.Node, mask: int, lang: Lang) -> str:
    found = [option for place, option in enumerate(program.options) if mask >> place & 1]
    owner = term.id if isinstance(term, ir.FactRef | ir.ParameterRef | ir.VariableRef) else ""
    labels = [program.option_labels.get((owner, option)) for option in found]
    return " / ".join(option if label is None else label[lang] for option, label in zip(found, labels))
