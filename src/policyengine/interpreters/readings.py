"""Which results another option of a reading would change, worked out beside a household's environment, which stays as it is.

As in straight.py the steps are written as one Python function; household.py's way, to try the option in a copy, is what
it means. tests/test_straight.py compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from policyengine import ir
from policyengine.interpreters.straight import Writer
from policyengine.ir import Node

if TYPE_CHECKING:
    from policyengine.interpreters.household import Evaluator, Outcome, Reach
    from policyengine.interpreters.layout import Environment

Matters = Callable[["Environment", int, Sequence[str], Set[tuple[str, str]]], bool]


def mattering(evaluator: Evaluator, reach: Reach) -> Matters | None:
    """The function that says whether one of some results would change if a reading had another option.

    It takes the household's environment, the option, the members' ids, and the results as (result, entity). What the
    option reaches is worked out beside the environment, which stays as it is. Raises Unsure where that isn't enough.
    None where members' variables reach back to the household's.
    """
    writer = _Beside(evaluator, reach)
    inside = (inner for item in reach.variables for inner in ir.walk(item.node))
    if any(isinstance(inner, ir.Aggregate | ir.Rank) and writer.is_reached(inner) for inner in inside):
        return None
    home = [item for item in reach.variables if item.scope != "person"]
    lines = ["def matters(h, option, ids, shown):", " members = h[0]", *writer.lines(home, False, " ")]
    moved = " or ".join(f"{writer.beside[item.id]} != {writer.stored(item)}" for item in home) or "False"
    lines.append(f" moved = {moved}")
    lines += [
        line for scope in ("area", "household") for line in writer.comparisons(reach.outcomes[scope], scope, set(), " ")
    ]
    direct = [item for item in reach.variables if item.scope == "person" and writer.mentions(item, {reach.reading})]
    lines.append(
        " for m, entity in zip(members, ids):" if direct else " for m, entity in zip(members, ids) if moved else ():"
    )
    if direct:
        # what doesn't mention the reading itself stays as it is as long as those that do come to the same
        lines += writer.lines(direct, True, "  ", {reach.reading, *(item.id for item in (*home, *direct))})
        same = " and ".join(f"{writer.beside[item.id]} == {writer.stored(item)}" for item in direct)
        lines.append(f"  if not moved and {same}: continue")
    lines += writer.comparisons(reach.outcomes["person"], "person", {item.id for item in home}, "  ")
    exec("\n".join([*lines, "  pass", " return False"]), writer.names)
    matters: Matters = writer.names["matters"]
    return matters


class _Beside(Writer):
    """Writes what a reading reaches as names of their own. beside: those names, by variable, and the option by its reading.

    asked: what of it is read from those names; the rest, for the time being, from the environment.
    """

    def __init__(self, evaluator: Evaluator, reach: Reach) -> None:
        super().__init__(evaluator)
        self.reach, self.names["zip"] = reach, zip
        self.beside = {item.id: f"v{place}" for place, item in enumerate(reach.variables)} | {reach.reading: "option"}
        self.asked = set(self.beside)
        slots = evaluator.layout.household | evaluator.layout.person
        self.by_slot = {(item.scope == "person", slots[item.id]): item for item in reach.variables}
        self.unsure = self.name(_unsure)

    # what the writer of nodes asks for

    def slot(self, name: str) -> str:
        return self.beside[name] if name in self.asked else super().slot(name)

    def closure(self, node: Node) -> str:
        return f"{self.unsure}()" if self.is_reached(node) else super().closure(node)

    def one_of(self, choice: str, mask: int) -> str:
        possible, common = self.temporary(), self.temporary()
        none = f"not ({common} := ({possible} := {choice}) & {mask})"
        return f"(False if {none} else True if {common} == {possible} else None)"

    # what is reached

    def is_reached(self, node: Node) -> bool:
        references = ir.ParameterRef | ir.VariableRef
        return any(isinstance(inner, references) and inner.id in self.beside for inner in ir.walk(node))

    def mentions(self, variable: ir.Variable, names: Set[str]) -> bool:
        references = ir.ParameterRef | ir.VariableRef
        return any(isinstance(inner, references) and inner.id in names for inner in ir.walk(variable.node))

    def stored(self, variable: ir.Variable) -> str:
        layout, person = self.evaluator.layout, variable.scope == "person"
        return f"m[{layout.person[variable.id]}]" if person else f"h[{layout.household[variable.id]}]"

    def lines(
        self, variables: Iterable[ir.Variable], person: bool, margin: str, asked: Set[str] | None = None
    ) -> list[str]:
        """Work out some variables beside the environment."""
        self.asked = set(self.beside if asked is None else asked)
        return [f"{margin}{self.beside[item.id]} = {self.step(item.node, person)}" for item in variables]

    def needed(self, variable: ir.Variable, done: set[str]) -> list[ir.Variable]:
        """A person's variable and what it rests on of those reached, in order, but for what is done; then it is done."""
        wanted = {variable.id}
        for item in reversed(self.reach.variables):
            if item.id in wanted:
                wanted |= {inner.id for inner in ir.walk(item.node) if isinstance(inner, ir.VariableRef)}
        found = [item for item in self.reach.variables if item.id in wanted and item.id not in done]
        done |= {item.id for item in found}
        return found

    def comparisons(self, outcomes: Iterable[Outcome], scope: str, done: set[str], margin: str) -> Iterator[str]:
        """Return True where a result applies differently, or comes to something else where it applies."""
        person, place = scope == "person", "m" if scope == "person" else "h"
        for name, applies, comes_to in outcomes:
            key = f"({self.name(name)}, entity)" if person else self.name((name, scope))
            gate, amount = self.by_slot.get((person, applies or 0)), self.by_slot.get((person, comes_to or 0))
            yield f"{margin}if {key} in shown:"
            known = done.copy()
            if gate is not None:
                yield from self.lines(self.needed(gate, known) if person else (), person, margin + " ")
                yield f"{margin} if {self.stored(gate)} is not {self.beside[gate.id]}: return True"
            if amount is not None:
                yield f"{margin} if {'True' if applies is None else f'{place}[{applies}] is not False'}:"
                yield from self.lines(self.needed(amount, known) if person else (), person, margin + "  ")
                yield f"{margin}  if {self.stored(amount)} != {self.beside[amount.id]}: return True"
            yield f"{margin} pass"


def _unsure() -> None:
    from policyengine.interpreters.household import Unsure

    raise Unsure
