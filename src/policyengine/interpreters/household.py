"""Decide one household: the definition of what a program means, whatever is missing.

A program is compiled once into closures over environments. The household's environment is a list
[members, area and household facts, parameters, area and household variables]; a member's is
[household, member's index in order of id, facts, variables]. See values.py for what a slot holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from policyengine import ir, values
from policyengine.ir import ChoiceType, ConditionType, Node, switch
from policyengine.values import Number, Truth, Value

Environment = list[Any]
Evaluate = Callable[[Environment], Any]
HOUSEHOLD, INDEX = 0, 1  # slots of a member's environment
MEMBERS = 0  # slot of a household's environment
ABSENT = "absent"  # an optional fact whose absence is stated
MANY = 50  # runs after which it pays to have the whole program as one function


@dataclass(frozen=True)
class Layout:
    """Which slot holds what."""

    household: dict[str, int]  # area and household facts, parameters, variables by id
    person: dict[str, int]
    household_blank: tuple[Any, ...]  # an environment in which nothing has been stated yet
    person_blank: tuple[Any, ...]
    absent: dict[str, int]  # optional fact -> the slot that says whether it is stated: True, False (absent), None


UNUSED_HOME, UNUSED_EACH = 1, 2  # where facts go that no rule asks for: vocabularies have many, and slots cost time


def lay_out(program: ir.Program) -> Layout:
    household: dict[str, int] = {}
    person: dict[str, int] = {}
    absent: dict[str, int] = {}
    home: list[Any] = [None, None]
    each: list[Any] = [None, 0, None]
    used = asked(program)
    for fact in program.facts:
        slots, blank = (person, each) if fact.scope == "person" else (household, home)
        if fact.id not in used and not fact.optional:
            slots[fact.id] = UNUSED_HOME if blank is home else UNUSED_EACH
            continue
        slots[fact.id] = len(blank)
        blank.append(unknown(fact.type, fact.range))
        if fact.optional:
            absent[fact.id] = len(blank)
            blank.append(None)
    for parameter in program.parameters:
        household[parameter.id] = len(home)
        home.append(parameter.value)
    for variable in program.variables:
        slots, blank = (person, each) if variable.scope == "person" else (household, home)
        slots[variable.id] = len(blank)
        blank.append(None)
    return Layout(household, person, tuple(home), tuple(each), absent)


def asked(program: ir.Program) -> set[str]:
    """The facts that some rule asks for; the others share a slot, in which nothing can be found again."""
    return {node.id for item in program.variables for node in ir.walk(item.node) if isinstance(node, ir.FactRef)}


def unknown(type_: ir.Type, allowed: Number) -> Value:
    """The value of which nothing more is known than its range."""
    return None if isinstance(type_, ConditionType) else allowed


def is_settled(type_: ir.Type, value: Value) -> bool:
    """Is nothing left open in this value?"""
    match type_:
        case ConditionType():
            return value is not None
        case ChoiceType():
            return isinstance(value, int) and values.single(value)
        case _:
            return type(value) is int


Step = tuple[int, bool, Evaluate]  # a variable's slot, whether it is a person's, and its closure
Outcome = tuple[str, int | None, int | None]  # a result, the slot of whether it applies, the slot of what it comes to


@dataclass(frozen=True)
class Reach:
    """What a reading can change: the variables that rest on it, in order, and the results by scope.

    others: its options besides the default.
    """

    reading: str
    slot: int
    others: tuple[int, ...]
    variables: tuple[ir.Variable, ...]
    home_slots: frozenset[int]
    member_slots: frozenset[int]
    outcomes: dict[str, list[Outcome]]


class Evaluator:
    """A program made ready to run. It holds no state of any household, so threads may share it."""

    def __init__(self, program: ir.Program, layout: Layout | None = None) -> None:
        """layout: of another program whose environments this one shall run in; it declares no less than this one."""
        self.program = program
        self.layout = lay_out(program) if layout is None else layout
        # closures are kept by node identity, so every node asked for must live as long as the evaluator: these do, and
        # so does all that hangs on the program
        self.kept: dict[str, Any] = {}  # what others keep beside the program, by their own keys
        self.references = {item.id: ir.VariableRef(item.type, item.id, item.scope) for item in program.variables}
        self._compiled: dict[tuple[int, bool], Evaluate] = {}
        self.steps: list[Step] = [
            (
                (self.layout.person if variable.scope == "person" else self.layout.household)[variable.id],
                variable.scope == "person",
                self.evaluator(variable.node, variable.scope == "person"),
            )
            for variable in program.variables
        ]
        # by scope: each benefit with the slots of its eligibility and amount; every result
        self.benefits: dict[str, list[tuple[ir.Benefit, int, int | None]]] = {}
        self.outcomes: dict[str, list[Outcome]] = {}
        for scope in ("area", "household", "person"):
            slots = self.layout.person if scope == "person" else self.layout.household
            self.benefits[scope] = [
                (item, slots[item.eligible], None if item.amount is None else slots[item.amount])
                for item in program.benefits
                if item.scope == scope
            ]
            self.outcomes[scope] = [(item.id, eligible, amount) for item, eligible, amount in self.benefits[scope]] + [
                (item.id, None if item.applies is None else slots[item.applies], slots[item.met])
                for item in program.indicators
                if item.scope == scope
            ]
        self._reaches: dict[str, Reach] = {}
        self._reruns: dict[str, Callable[[Environment], None]] = {}
        self.variables = {variable.id: variable for variable in program.variables}
        self.builders: dict[tuple[int, bool], Any] = {}  # the closures that give reasons, kept by explanation.py
        self._runs = 0
        self._straight: Callable[[Environment], None] | None = None

    def run(self, home: Environment) -> None:
        """Fill in every variable of an environment whose facts and parameters are set."""
        if self._straight is not None:
            self._straight(home)
            return
        self.run_closures(home)
        self._runs += 1
        if self._runs >= MANY:
            from policyengine.interpreters.straight import straight

            self._straight = straight(self)

    def run_closures(self, home: Environment) -> None:
        """Fill in every variable, node by node: what `run` means."""
        members = home[MEMBERS]
        for slot, per_person, evaluate in self.steps:
            if per_person:
                for member in members:
                    member[slot] = evaluate(member)
            else:
                home[slot] = evaluate(home)

    def rerun(self, reach: Reach, home: Environment) -> None:
        """Fill in again what rests on a reading that has been set to another option."""
        run = self._reruns.get(reach.reading)
        if run is None and self._straight is not None:
            from policyengine.interpreters.straight import straight

            run = self._reruns[reach.reading] = straight(self, reach.variables)
        if run is not None:
            run(home)
            return
        for variable in reach.variables:
            evaluate, person = self.evaluator(variable.node, variable.scope == "person"), variable.scope == "person"
            slot = (self.layout.person if person else self.layout.household)[variable.id]
            for place in home[MEMBERS] if person else (home,):
                place[slot] = evaluate(place)

    def restore(self, reach: Reach, home: Environment, original: Environment) -> None:
        """Put back what `rerun` has changed in a copy of an environment."""
        home[reach.slot] = original[reach.slot]
        for slot in reach.home_slots:
            home[slot] = original[slot]
        for member, before in zip(home[MEMBERS], original[MEMBERS], strict=True):
            for slot in reach.member_slots:
                member[slot] = before[slot]

    def reach(self, reading: ir.Parameter) -> Reach:
        """What another option of a reading can change."""
        if reading.id not in self._reaches:
            reached, variables = {reading.id}, []
            home_slots: set[int] = set()
            member_slots: set[int] = set()
            for variable, (slot, person, _) in zip(self.program.variables, self.steps, strict=True):
                below = ir.walk(variable.node)
                if any(isinstance(node, ir.ParameterRef | ir.VariableRef) and node.id in reached for node in below):
                    reached.add(variable.id)
                    variables.append(variable)
                    (member_slots if person else home_slots).add(slot)
            outcomes = {
                scope: [
                    item
                    for item in every
                    if not (member_slots if scope == "person" else home_slots).isdisjoint(item[1:])
                ]
                for scope, every in self.outcomes.items()
            }
            assert isinstance(reading.type, ChoiceType)
            bits = (1 << self.program.options.index(option) for option in reading.type.options)
            others = tuple(bit for bit in bits if bit != reading.default)
            self._reaches[reading.id] = Reach(
                reading.id,
                self.layout.household[reading.id],
                others,
                tuple(variables),
                frozenset(home_slots),
                frozenset(member_slots),
                outcomes,
            )
        return self._reaches[reading.id]

    def evaluator(self, node: Node, person: bool) -> Evaluate:
        """The closure of a node in a member's (person) or the household's environment."""
        key = (id(node), person)
        if key not in self._compiled:
            self._compiled[key] = _compile(node, person, self)
        return self._compiled[key]

    def slot(self, name: str, person: bool) -> Evaluate:
        """Read a fact, parameter or variable by id."""
        if person and name in self.layout.person:
            return _getter(self.layout.person[name])
        place = self.layout.household[name]
        return _outer(place) if person else _getter(place)


def _getter(place: int) -> Evaluate:
    return lambda env: env[place]


def _outer(place: int) -> Evaluate:
    return lambda env: env[HOUSEHOLD][place]


def _compile(node: Node, person: bool, ev: Evaluator) -> Evaluate:
    """One meaning for each kind of node."""

    def go(inner: Node) -> Evaluate:
        return ev.evaluator(inner, person)

    match node:
        case ir.Constant(value=value):
            return lambda env: value
        case ir.FactRef(id=name) | ir.ParameterRef(id=name) | ir.VariableRef(id=name):
            return ev.slot(name, person)
        case ir.Logic(operator=operator, terms=terms):
            return _logic(operator, [go(term) for term in terms])
        case ir.Compare(operator=operator, left=left, right=right):
            return _compare(operator, go(left), go(right), isinstance(left.type, ChoiceType))
        case ir.OneOf(term=term, mask=mask):
            return _one_of(go(term), mask)
        case ir.Rescale(term=term, factor=factor):
            return _rescale(go(term), factor)
        case ir.Arithmetic(operator=operator, terms=terms):
            return _arithmetic(operator, [go(term) for term in terms])
        case ir.Round():
            return _round(node, go(node.numerator), None if node.denominator is None else go(node.denominator))
        case ir.Choose(condition=condition, then=then, otherwise=otherwise):
            return _choose(go(condition), go(then), go(otherwise), joiner(node.type))
        case ir.Table(rows=rows, otherwise=otherwise):
            pairs = [(go(row.when), go(row.then)) for row in rows]
            whole = switch(node)
            covered = None if whole is None else (go(whole[0]), whole[1])
            return _table(pairs, None if otherwise is None else go(otherwise), joiner(node.type), covered)
        case ir.Aggregate():
            return _aggregate(node, person, ev)
        case ir.Rank():
            return _rank(node, ev)
        case ir.Bands(argument=argument):
            return _bands(node, go(argument))
        case ir.Cells(keys=keys):
            return _cells(node, [go(key) for key in keys])
        case ir.Elapsed(unit=unit, start=start, end=end):
            return _elapsed(unit, go(start), go(end))
        case ir.DatePart(part=part, term=term):
            return _date_part(part, go(term))
        case ir.IsKnown(fact=fact):
            place = ev.layout.absent[fact.id]
            return _getter(place) if (fact.scope == "person") == person else _outer(place)


def joiner(type_: ir.Type) -> Callable[[Any, Any], Any]:
    """What two possible results have in common."""
    match type_:
        case ConditionType():
            return lambda a, b: a if a is b else None
        case ChoiceType():
            return lambda a, b: a | b
        case _:
            return values.hull


def _logic(operator: str, terms: list[Evaluate]) -> Evaluate:
    if operator == "not":
        inner = terms[0]

        def invert(env: Environment) -> Truth:
            value: Truth = inner(env)
            return None if value is None else not value

        return invert
    decisive = operator == "or"

    def connect(env: Environment) -> Truth:
        result: Truth = not decisive
        for term in terms:
            value: Truth = term(env)
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return connect


_KNOWN: dict[str, Callable[[int, int], bool]] = {
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "=": int.__eq__,
    "!=": int.__ne__,
}


def _compare(operator: str, left: Evaluate, right: Evaluate, choice: bool) -> Evaluate:
    if choice and operator == "!=":
        return lambda env: values.negation(values.same_choice(left(env), right(env)))
    if choice:
        return lambda env: values.same_choice(left(env), right(env))
    known = _KNOWN[operator]

    def compare(env: Environment) -> Truth:
        a, b = left(env), right(env)
        if type(a) is int and type(b) is int:
            return known(a, b)
        return values.compare(operator, a, b)

    return compare


def _one_of(term: Evaluate, mask: int) -> Evaluate:
    def one_of(env: Environment) -> Truth:
        possible = term(env)
        common = possible & mask
        return False if common == 0 else True if common == possible else None

    return one_of


def _rescale(term: Evaluate, factor: int) -> Evaluate:
    def rescale(env: Environment) -> Number:
        value: Number = term(env)
        return value * factor if type(value) is int else values.times(value, factor)

    return rescale


def _arithmetic(operator: str, terms: list[Evaluate]) -> Evaluate:
    if operator in ("min", "max"):
        known, partly = (min, values.minimum) if operator == "min" else (max, values.maximum)

        def extreme(env: Environment) -> Number:
            parts: list[Any] = [term(env) for term in terms]
            for part in parts:
                if type(part) is not int:
                    return partly(parts)
            result: Number = known(parts)
            return result

        return extreme
    if operator == "negate":
        inner = terms[0]
        return lambda env: values.negative(inner(env))
    left, right = terms[0], terms[1]
    if operator == "multiply":

        def multiply(env: Environment) -> Number:
            a: Number = left(env)
            b: Number = right(env)
            return a * b if type(a) is int and type(b) is int else values.multiply(a, b)

        return multiply
    if operator == "subtract":

        def subtract(env: Environment) -> Number:
            a: Number = left(env)
            b: Number = right(env)
            return a - b if type(a) is int and type(b) is int else values.subtract(a, b)

        return subtract

    def add(env: Environment) -> Number:
        total: Number = left(env)
        for term in terms[1:]:
            total = values.add(total, term(env))
        return total

    return add


def _round(node: ir.Round, numerator: Evaluate, denominator: Evaluate | None) -> Evaluate:
    up, down, step, direction = node.up, node.down, node.step, node.direction

    def round_(env: Environment) -> Number:
        above = numerator(env)
        below = down if denominator is None else values.times(denominator(env), down)
        if type(above) is int and type(below) is int:
            return step * values.quotient(above * up, below, direction)
        return values.times(values.rounded(values.times(above, up), below, direction), step)

    return round_


def _choose(condition: Evaluate, then: Evaluate, otherwise: Evaluate, join: Callable[[Any, Any], Any]) -> Evaluate:
    def choose(env: Environment) -> Any:
        truth = condition(env)
        if truth is None:
            return join(then(env), otherwise(env))
        return then(env) if truth else otherwise(env)

    return choose


def _table(
    rows: list[tuple[Evaluate, Evaluate]],
    otherwise: Evaluate | None,
    join: Callable[[Any, Any], Any],
    covered: tuple[Evaluate, int] | None,
) -> Evaluate:
    def table(env: Environment) -> Any:
        possible: list[Any] = []
        for when, then in rows:
            truth = when(env)
            if truth is False:
                continue
            possible.append(then(env))
            if truth:
                break
        else:
            if otherwise is not None and (covered is None or covered[0](env) & ~covered[1]):
                possible.append(otherwise(env))
            elif not possible:
                raise AssertionError("the rows were proved to cover everything")
        result = possible[0]
        for value in possible[1:]:
            result = join(result, value)
        return result

    return table


def _aggregate(node: ir.Aggregate, person: bool, ev: Evaluator) -> Evaluate:
    where = None if node.where is None else ev.evaluator(node.where, True)
    body = None if node.body is None else ev.evaluator(node.body, True)
    default = None if node.default is None else ev.evaluator(node.default, person)
    operator, others = node.operator, node.others

    def chosen(env: Environment) -> list[tuple[Environment, Truth]]:
        members = env[HOUSEHOLD][MEMBERS] if person else env[MEMBERS]
        found = []
        for member in members:
            if others and member is env:
                continue
            truth = True if where is None else where(member)
            if truth is not False:
                found.append((member, truth))
        return found

    def aggregate(env: Environment) -> Any:
        parts = chosen(env)
        match operator:
            case "count":
                sure = sum(truth is True for _, truth in parts)
                return values.interval(sure, len(parts))
            case "sum":
                total: Number = 0
                assert body is not None
                for member, truth in parts:
                    value = body(member)
                    total = values.add(total, value if truth else values.hull(value, 0))
                return total
            case "any":
                assert body is not None
                return values.disjunction(values.conjunction((truth, body(member))) for member, truth in parts)
            case "all":
                assert body is not None
                return values.conjunction(
                    values.disjunction((values.negation(truth), body(member))) for member, truth in parts
                )
        assert body is not None
        assert default is not None
        extreme = values.minimum if operator == "min" else values.maximum
        sure_values = [body(member) for member, truth in parts if truth]
        maybe = [body(member) for member, truth in parts if truth is None]
        # with the uncertain members all left out, and each of them let in: the hull covers every way between
        ways = [extreme(sure_values) if sure_values else default(env)]
        ways += [extreme([*sure_values, value]) for value in maybe]
        if maybe:
            ways.append(extreme([*sure_values, *maybe]))
        result = ways[0]
        for way in ways[1:]:
            result = values.hull(result, way)
        return result

    return aggregate


def _rank(node: ir.Rank, ev: Evaluator) -> Evaluate:
    key = ev.evaluator(node.key, True)
    where = None if node.where is None else ev.evaluator(node.where, True)
    descending = node.descending

    def rank(env: Environment) -> Number:
        mine, sure, possible = key(env), 0, 0
        for member in env[HOUSEHOLD][MEMBERS]:
            if member is env:
                continue
            theirs = key(member)
            if descending:
                before = values.less(mine, theirs)
            else:
                before = values.less(theirs, mine)
            if before is not True and member[INDEX] < env[INDEX]:
                tied = values.equal(mine, theirs)
                # before or tied: known to be one of both is enough
                before = values.disjunction(
                    (
                        before,
                        tied,
                        values.compare("<=", theirs, mine) if not descending else values.compare(">=", theirs, mine),
                    )
                )
            truth = values.conjunction((True if where is None else where(member), before))
            sure += truth is True
            possible += truth is not False
        return values.interval(1 + sure, 1 + possible)

    return rank


def _bands(node: ir.Bands, argument: Evaluate) -> Evaluate:
    bands, progressive = node.bands, node.progressive
    # what is charged begins at 0 where the first band has no start
    starts = [0 if band.start is None and progressive else band.start for band in bands]

    def at(value: int) -> Number:
        if not progressive:
            return bands[_band_of(bands, value)].value
        total: Number = 0
        for band, start, end in zip(bands, starts, [*starts[1:], None]):
            upper = value if end is None or value < end else end
            if start is not None and upper > start:
                total = values.add(total, values.multiply(upper - start, band.value))
        return total

    def look_up(env: Environment) -> Number:
        value = argument(env)
        if type(value) is int:
            return at(value)
        low, high = values.ends(value)
        # the extremes lie at the ends or at the bands' starts between them; beside a start the band changes
        points = {end for end in (low, high) if end is not None}
        for start in starts:
            if start is not None:
                points |= {
                    point
                    for point in (start - 1, start, start + 1)
                    if (low is None or point >= low) and (high is None or point <= high)
                }
        if not points:
            points = {0}
        ways = [at(point) for point in sorted(points)]
        result = ways[0]
        for way in ways[1:]:
            result = values.hull(result, way)
        if high is None and progressive:
            slope = values.ends(bands[-1].value)
            result = values.interval(
                None if slope[0] is None or slope[0] < 0 else values.ends(result)[0],
                None if slope[1] is None or slope[1] > 0 else values.ends(result)[1],
            )
        return result

    return look_up


def _band_of(bands: tuple[ir.Band, ...], value: int) -> int:
    """The last band that the value reaches; below the first start it is the first."""
    found = 0
    for index, band in enumerate(bands):
        if band.start is None or value > band.start or (value == band.start and band.inclusive):
            found = index
    return found


def _cells(node: ir.Cells, keys: list[Evaluate]) -> Evaluate:
    cells, table, otherwise = node.cells, dict(node.cells), node.otherwise

    def look_up(env: Environment) -> Number:
        asked = tuple(key(env) for key in keys)
        value = table.get(asked)
        if value is not None:
            return value
        matching = [item for bits, item in cells if all(bit & mask for bit, mask in zip(bits, asked, strict=True))]
        combinations = 1
        for mask in asked:
            combinations *= mask.bit_count()
        if len(matching) < combinations:
            assert otherwise is not None
            matching.append(otherwise)
        result = matching[0]
        for item in matching[1:]:
            result = values.hull(result, item)
        return result

    return look_up


def _elapsed(unit: str, start: Evaluate, end: Evaluate) -> Evaluate:
    def elapsed(env: Environment) -> Number:
        first, last = start(env), end(env)
        if type(first) is int and type(last) is int:
            return whole(unit, first, last)
        (a, b), (c, d) = values.ends(first), values.ends(last)
        low = 0 if b is None or c is None else whole(unit, b, c)
        high = None if a is None or d is None else whole(unit, a, d)
        return values.interval(low, high)

    return elapsed


def whole(unit: str, first: int, last: int) -> int:
    """Whole years, months or days between two ordinals; 0 if the second lies before the first."""
    if last <= first:
        return 0
    if unit == "days":
        return last - first
    a, b = date.fromordinal(first), date.fromordinal(last)
    months = (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)
    return months // 12 if unit == "years" else months


def _date_part(part: str, term: Evaluate) -> Evaluate:
    def date_part(env: Environment) -> Number:
        value = term(env)
        low, high = values.ends(value)
        first = None if low is None else date.fromordinal(low)
        last = None if high is None else date.fromordinal(high)
        if part == "year":
            return values.interval(first.year if first else None, last.year if last else None)
        if first is None or last is None or first.year != last.year:
            return values.interval(1, 12 if part == "month" else 31)
        if part == "month":
            return values.interval(first.month, last.month)
        return values.interval(first.day, last.day) if first.month == last.month else values.interval(1, 31)

    return date_part


def never_holds(program: ir.Program, condition: str, pinned: dict[Node, int] | None = None) -> bool:
    """Is a condition false whatever the facts are, as far as that shows without any of them?

    Tried with households of several sizes, since only the size of a household that one is shown is unknown.
    pinned: variables that are taken to have a value, by the reference to them (an option of a choice, say).
    """
    evaluator = Evaluator(program)
    return all(_is_false(evaluator, condition, pinned or {}, size) for size in (1, 2, 3, 5, 12))


def _is_false(evaluator: Evaluator, condition: str, pinned: dict[Node, int], size: int) -> bool:
    program, layout = evaluator.program, evaluator.layout
    home = list(layout.household_blank)
    for parameter in program.parameters:
        home[layout.household[parameter.id]] = unknown(parameter.type, parameter.allowed)
    home[MEMBERS] = [[home, index, *layout.person_blank[2:]] for index in range(size)]
    fixed = {reference.id: value for reference, value in pinned.items() if isinstance(reference, ir.VariableRef)}
    for fact, value in pinned.items():
        if isinstance(fact, ir.FactRef):
            slots = layout.person if fact.scope == "person" else layout.household
            for environment in home[MEMBERS] if fact.scope == "person" else [home]:
                environment[slots[fact.id]] = value
    for variable, (slot, per_person, evaluate) in zip(program.variables, evaluator.steps, strict=True):
        for environment in home[MEMBERS] if per_person else [home]:
            environment[slot] = fixed[variable.id] if variable.id in fixed else evaluate(environment)
    if condition in layout.person:
        return home[MEMBERS][0][layout.person[condition]] is False
    return home[layout.household[condition]] is False
