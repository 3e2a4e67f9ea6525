"""Compile a program's conditions to positive rules: what proves each of them true, and what proves it false.

Every condition variable becomes two predicates. A rule is a conjunction of literals: facts, other condition variables,
and atoms (comparisons, tests of choices, aggregates …, whatever isn't and, or, not, if or a table), each proved true or
proved false. The rules derive exactly what Kleene's logic does, `if unknown then a else a` included, and never need to
know that something isn't proved; so what has been concluded stays concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from policyengine import ir
from policyengine.ir import ConditionType, Node, switch

Literal = tuple[int, bool]  # a statement by number: proved true, or proved false
Clause = frozenset[Literal]
Proofs = tuple[Clause, ...]  # any of these conjunctions is a proof
ALWAYS: Proofs = (frozenset(),)
NEVER: Proofs = ()
MOST_CLAUSES = 8  # of a product; beyond, its factors become steps of their own
LONGEST = 14  # literals of one rule: the package takes 16 patterns


@dataclass(frozen=True, slots=True)
class Statement:
    """What can be proved, of each member or of the household.

    node: a condition variable's reference, or an atom; None for a step inside a long proof.
    """

    person: bool
    node: Node | None

    @property
    def variable(self) -> str | None:
        return self.node.id if isinstance(self.node, ir.VariableRef) else None


@dataclass(frozen=True, slots=True)
class Rule:
    """When all of the body is proved, of one member, so is the head. id: the variable, its truth and the rule's number."""

    id: str
    head: Literal
    body: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What the household evaluator has to settle: an atom, or a variable that is no condition.

    statement: the atom's number. variable: the other's id. It stands after all that it rests on.
    """

    node: Node
    person: bool
    statement: int | None = None
    variable: str = ""


@dataclass(frozen=True)
class Rules:
    """A program's conditions as rules.

    items: in an order of evaluation. readers: which items look at a fact or variable, and whether at everyone's.
    constants: the condition variables that the plan's own figures settle, whatever the facts are.
    """

    statements: tuple[Statement, ...]
    rules: tuple[Rule, ...]
    items: tuple[Item, ...]
    readers: Mapping[str, tuple[tuple[int, bool], ...]]
    constants: Mapping[str, bool]
    variables: tuple[ir.Variable, ...]  # the condition variables that have been compiled


class Conditions:
    """The condition variables on which a program's results rest, for some scopes; compiles them to rules.

    fixed: the atoms that rest on parameters alone. Their truths are settled before a case is opened and folded into the
    rules, so cases with the same readings share their rules whatever figures they are given.
    """

    def __init__(self, program: ir.Program, scopes: Iterable[ir.Scope] = ("household", "person")) -> None:
        self.program = program
        self.variables = _reached(program, frozenset(scopes))
        self.references = {item.id: ir.VariableRef(item.type, item.id, item.scope) for item in self.variables}
        self._covers: dict[int, ir.OneOf] = {}  # kept: closures go by a node's identity
        self.fixed_variables = _fixed(self.variables)
        names = {item.id for item in self.fixed_variables}
        self.fixed: tuple[Node, ...] = tuple(
            dict.fromkeys(
                leaf
                for variable in self.variables
                if isinstance(variable.type, ConditionType)
                for leaf in self._leaves(variable.node)
                if not isinstance(leaf, ir.VariableRef) and _is_fixed(leaf, names)
            )
        )
        self._compiled: dict[tuple[bool | None, ...], Rules] = {}

    def rules(self, truths: tuple[bool | None, ...]) -> Rules:
        """The rules, given the truth of each fixed atom."""
        found = self._compiled.get(truths)
        if found is None:
            known = {node: truth for node, truth in zip(self.fixed, truths, strict=True) if truth is not None}
            found = self._compiled[truths] = _Compiler(self, known).compile()
        return found

    def covers(self, table: ir.Table) -> ir.OneOf | None:
        """If every row asks for options of one choice: is the choice one of those that the rows name?"""
        if id(table) not in self._covers:
            whole = switch(table)
            if whole is None:
                return None
            self._covers[id(table)] = ir.OneOf(ConditionType(), *whole)
        return self._covers[id(table)]

    def _leaves(self, node: Node) -> Iterator[Node]:
        """The atoms and references of which a condition is made."""
        match node:
            case ir.Logic(terms=terms):
                parts: Iterable[Node] = terms
            case ir.Choose() | ir.Table():
                covers = self.covers(node) if isinstance(node, ir.Table) else None
                parts = (*ir.children(node), *(() if covers is None else (covers,)))
            case ir.Constant():
                parts = ()
            case _:
                yield node
                return
        for part in parts:
            yield from self._leaves(part)


def _reached(program: ir.Program, scopes: frozenset[ir.Scope]) -> tuple[ir.Variable, ...]:
    """What the results' conditions rest on, in the program's order."""
    wanted = {item.eligible for item in program.benefits if item.scope in scopes}
    for indicator in program.indicators:
        if indicator.scope in scopes:
            wanted |= {indicator.met, indicator.applies or indicator.met}
    found = []
    for variable in reversed(program.variables):
        if variable.id in wanted:
            found.append(variable)
            wanted |= {node.id for node in ir.walk(variable.node) if isinstance(node, ir.VariableRef)}
    return tuple(reversed(found))


def _fixed(variables: Iterable[ir.Variable]) -> tuple[ir.Variable, ...]:
    """The household's and the area's variables that rest on parameters alone."""
    found: dict[str, ir.Variable] = {}
    for variable in variables:
        if variable.scope != "person" and _is_fixed(variable.node, found):
            found[variable.id] = variable
    return tuple(found.values())


def _is_fixed(node: Node, variables: Iterable[str]) -> bool:
    return not any(
        isinstance(part, ir.FactRef | ir.IsKnown | ir.Aggregate | ir.Rank)
        or (isinstance(part, ir.VariableRef) and part.id not in variables)
        for part in ir.walk(node)
    )


class _Compiler:
    def __init__(self, conditions: Conditions, known: Mapping[Node, bool]) -> None:
        self.conditions, self.known = conditions, known
        self.statements: list[Statement] = []
        self.numbers: dict[Node, int] = {}
        self.steps: dict[frozenset[Clause], int] = {}
        self.clauses: dict[Literal, Proofs] = {}
        self.constants: dict[str, bool] = {}
        self.items: list[Item] = []
        self.done: dict[tuple[int, bool], Proofs] = {}

    def compile(self) -> Rules:
        for variable in self.conditions.variables:
            if not isinstance(variable.type, ConditionType):
                self.items.append(Item(variable.node, variable.scope == "person", None, variable.id))
                continue
            proofs = {truth: self.proofs(variable.node, truth) for truth in (True, False)}
            settled = next((truth for truth in proofs if frozenset() in proofs[truth]), None)
            if settled is not None:
                self.constants[variable.id] = settled
                continue
            number = self.number(self.conditions.references[variable.id])
            for truth, clauses in proofs.items():
                self.clauses[number, truth] = clauses
        conditions = tuple(item for item in self.conditions.variables if isinstance(item.type, ConditionType))
        rules = self.rules()
        used = {number for rule in rules for number, _ in (rule.head, *rule.body)}
        items = tuple(item for item in self.items if item.statement is None or item.statement in used)
        return Rules(tuple(self.statements), rules, items, _readers(items), self.constants, conditions)

    # proofs

    def proofs(self, node: Node, truth: bool) -> Proofs:
        """What proves a condition true (or false)."""
        key = (id(node), truth)
        if key not in self.done:
            self.done[key] = self._proofs(node, truth)
        return self.done[key]

    def _proofs(self, node: Node, truth: bool) -> Proofs:
        match node:
            case ir.Constant(value=value):
                return ALWAYS if bool(value) is truth else NEVER
            case ir.Logic(operator="not", terms=terms):
                return self.proofs(terms[0], not truth)
            case ir.Logic(operator=operator, terms=terms):
                parts = [self.proofs(term, truth) for term in terms]
                return self.all_of(parts) if (operator == "and") is truth else any_of(parts)
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                return self.branches(condition, self.proofs(then, truth), self.proofs(otherwise, truth))
            case ir.Table():
                return self.table(node, truth)
            case ir.VariableRef(id=name) if name in self.constants:
                return ALWAYS if self.constants[name] is truth else NEVER
            case _ if (known := self.known.get(node)) is not None:
                return ALWAYS if known is truth else NEVER
            case _:
                return (frozenset({(self.number(node), truth)}),)

    def branches(self, condition: Node, then: Proofs, otherwise: Proofs) -> Proofs:
        """The branch that is taken, or both where it isn't known which."""
        holds, fails = self.proofs(condition, True), self.proofs(condition, False)
        if holds == ALWAYS:
            return then
        if fails == ALWAYS:
            return otherwise
        return any_of([self.all_of(pair) for pair in ((holds, then), (fails, otherwise), (then, otherwise))])

    def table(self, node: ir.Table, truth: bool) -> Proofs:
        """The rows as branches of branches, from the last one up."""
        rows, covers = list(node.rows), self.conditions.covers(node)
        if node.otherwise is None:  # the rows cover everything: where the last one fails, one before it holds
            last = rows.pop()
            rest = any_of([self.proofs(last.when, False), self.proofs(last.then, truth)])
        else:
            rest = self.proofs(node.otherwise, truth)
            if covers is not None:  # no option is left to `otherwise`: it says nothing
                rest = any_of([rest, self.proofs(covers, True)])
        for row in reversed(rows):
            rest = self.branches(row.when, self.proofs(row.then, truth), rest)
        return rest

    def all_of(self, parts: Iterable[Proofs]) -> Proofs:
        """A proof of each."""
        whole = ALWAYS
        for part in parts:
            if len(whole) * len(part) > MOST_CLAUSES:
                whole, part = self.step(whole), self.step(part)
            whole = shortest(first | second for first in whole for second in part)
        return whole

    def step(self, proofs: Proofs) -> Proofs:
        """A statement of its own that any of the proofs establishes, so that rules that need it needn't repeat them."""
        if len(proofs) < 2:
            return proofs
        key = frozenset(proofs)
        if key not in self.steps:
            self.steps[key] = len(self.statements)
            person = any(self.statements[number].person for clause in proofs for number, _ in clause)
            self.statements.append(Statement(person, None))
            self.clauses[self.steps[key], True] = proofs
        return (frozenset({(self.steps[key], True)}),)

    def number(self, node: Node) -> int:
        found = self.numbers.get(node)
        if found is None:
            found = self.numbers[node] = len(self.statements)
            person = rests_on_member(node)
            self.statements.append(Statement(person, node))
            if not isinstance(node, ir.VariableRef):
                self.items.append(Item(node, person, found))
        return found

    # rules

    def rules(self) -> tuple[Rule, ...]:
        """A rule for each clause that some variable needs, each step's before the rules that use it."""
        found: list[Rule] = []
        written: set[Literal] = set()

        def write(head: Literal, name: str) -> None:
            if head in written:
                return
            written.add(head)
            for index, clause in enumerate(sorted(self.clauses.get(head, NEVER), key=sorted)):
                body = sorted(clause)
                while len(body) > LONGEST:
                    body = [*sorted(next(iter(self.cut(body[:LONGEST])))), *body[LONGEST:]]
                for literal in body:
                    if self.statements[literal[0]].node is None:
                        write(literal, f"{name}.{index + 1}")
                found.append(Rule(f"{name}.{index + 1}", head, tuple(body)))

        for number, statement in enumerate(list(self.statements)):
            for truth in (True, False):
                if statement.variable is not None:
                    write((number, truth), f"{statement.variable}={'true' if truth else 'false'}")
        return tuple(found)

    def cut(self, body: list[Literal]) -> Proofs:
        """The first part of a long conjunction as a step."""
        number = len(self.statements)
        self.statements.append(Statement(any(self.statements[part].person for part, _ in body), None))
        self.clauses[number, True] = (frozenset(body),)
        return (frozenset({(number, True)}),)


def any_of(parts: Iterable[Proofs]) -> Proofs:
    return shortest(clause for part in parts for clause in part)


def shortest(clauses: Iterable[Clause]) -> Proofs:
    """Without clauses that contradict themselves or that another makes superfluous, in a fixed order."""
    found: list[Clause] = []
    for clause in sorted(dict.fromkeys(clauses), key=lambda item: (len(item), sorted(item))):
        if not any(other <= clause for other in found) and not any((n, not truth) in clause for n, truth in clause):
            found.append(clause)
    return tuple(found)


def rests_on_member(node: Node) -> bool:
    """Can the value differ between the members?"""
    match node:
        case ir.FactRef(scope=scope) | ir.VariableRef(scope=scope) | ir.IsKnown(fact=ir.FactRef(scope=scope)):
            return scope == "person"
        case ir.Rank() | ir.Aggregate(others=True):
            return True
        case ir.Aggregate(default=default):
            return default is not None and rests_on_member(default)
        case _:
            return any(rests_on_member(part) for part in ir.children(node))


def _readers(items: tuple[Item, ...]) -> dict[str, tuple[tuple[int, bool], ...]]:
    found: dict[str, dict[int, bool]] = {}
    for index, item in enumerate(items):
        for name, everyone in _sources(item.node, False):
            before = found.setdefault(name, {})
            before[index] = everyone or before.get(index, False)
    return {name: tuple(readers.items()) for name, readers in found.items()}


def _sources(node: Node, everyone: bool) -> Iterator[tuple[str, bool]]:
    """The facts and variables that a node looks at, and whether at those of every member."""
    match node:
        case ir.FactRef(id=name) | ir.VariableRef(id=name) | ir.IsKnown(fact=ir.FactRef(id=name)):
            yield name, everyone
        case _:
            inside = everyone or isinstance(node, ir.Aggregate | ir.Rank)
            for part in ir.children(node):
                yield from _sources(part, inside)
