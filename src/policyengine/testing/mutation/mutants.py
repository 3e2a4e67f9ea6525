"""The mutants of a pack: one condition, figure or date changed at a time, each known by where it is and what was changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.compiler import symbols_of
from policyengine.compiler.definitions import Definition, Definitions
from policyengine.compiler.effective import in_force, parameter_on
from policyengine.compiler.scene import Scene
from policyengine.compiler.symbols import Symbols
from policyengine.compiler.tables import TooMany, covers, first_overlap
from policyengine.explaining.formula_words import Formulas
from policyengine.ir import Node
from policyengine.packs import Pack
from policyengine.source import Source
from policyengine.testing.mutation.figures import SHIFTS, figures, is_a_change, is_seen, shifted, with_date
from policyengine.testing.mutation.nodes import Change, Kind, Path, at, changes, paths, put
from policyengine.text import Text
from policyengine.values import ends

MADE = ("received",)  # roles of variables that no pack words: there is nothing in them to get wrong


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing changed, on every date on which it stands.

    target: the variable, parameter or reading. path: of the node in the variable's formula; empty for figures. key: which
    of the changes there. was, now: what is changed, in words. owner: the benefit, indicator or else the rule that it
    belongs to. place: of the rule, the table's row or the figure. provisions: the clauses it rests on.
    """

    kind: Kind
    target: str
    path: Path
    key: str
    was: Text
    now: Text
    label: Text
    owner: str
    place: Source | None
    provisions: tuple[str, ...]

    @property
    def id(self) -> str:
        """A name that stays the same for as long as the rule does."""
        return ":".join((self.target, ".".join(map(str, self.path)), self.kind, self.key))


@dataclass(frozen=True)
class Edit:
    """What a mutant does to one program: formulas and parameters by id, as they are in the mutant."""

    formulas: Mapping[str, Node]
    parameters: Mapping[str, ir.Parameter]

    def program(self, program: ir.Program) -> ir.Program:
        """The program with the edit made."""
        return replace(
            program,
            variables=tuple(
                replace(item, node=self.formulas[item.id]) if item.id in self.formulas else item
                for item in program.variables
            ),
            parameters=tuple(self.parameters.get(item.id, item) for item in program.parameters),
        )


class Edition:
    """A pack (perhaps with reforms and supplements) on one date: where mutants are made and applied."""

    def __init__(self, pack: Pack, on: date) -> None:
        self.policy, self.on = pack.policy, on
        self.ready = pack._on(on)
        self.program = self.ready.program
        self.variables = {item.id: item for item in self.program.variables}
        self.parameters = {item.id: item for item in self.program.parameters}
        self._formulas = {lang: Formulas(self.program, lang) for lang in ("zh", "en")}
        self._told: dict[int, Text] = {}

    def told(self, node: Node) -> Text:
        """A node of the program in words."""
        found = self._told.get(id(node))
        if found is None:
            found = self._told[id(node)] = self.words(node)
        return found

    def words(self, node: Node) -> Text:
        return Text(self._formulas["zh"].formula(node), self._formulas["en"].formula(node))

    def apply(self, mutant: Mutant) -> Edit | None:
        """What a mutant comes to here; None where what it changes doesn't stand here (before its date, or reformed)."""
        if mutant.kind == "date":
            return self._moved_date(mutant)
        if mutant.kind in ("figure", "bound", "reading") and mutant.target in self.parameters:
            return self._figure(mutant)
        variable = self.variables.get(mutant.target)
        node = None if variable is None else at(variable.node, mutant.path)
        if variable is None or node is None:
            return None
        for change in changes(node, self.program.options, is_default_rounding(node, mutant.path)):
            if (change.kind, change.key) == (mutant.kind, mutant.key):
                stands_out = isinstance(node, ir.Table | ir.Bands | ir.Cells)
                if (self.difference(node, change)[0] if stands_out else self.told(node)) != mutant.was:
                    return None
                return Edit({variable.id: put(variable.node, mutant.path, change.node)}, {})
        return None

    def difference(self, node: Node, change: Change) -> tuple[Text, Text]:
        """What stood there and what stands there now; of tables and scales only the part that differs."""
        if isinstance(node, ir.Table):
            return self._rows(node, change)
        if isinstance(node, ir.Bands | ir.Cells) and isinstance(change.node, type(node)):
            index = next(
                index
                for index, (one, other) in enumerate(zip(_parts(node), _parts(change.node), strict=True))
                if one != other
            )
            texts = []
            for each in (node, change.node):
                told = {
                    lang: words.band(each, index) if isinstance(each, ir.Bands) else words.cell(each, index)
                    for lang, words in self._formulas.items()
                }
                texts.append(Text(told["zh"], told["en"]))
            return texts[0], texts[1]
        return self.told(node), self.words(change.node)

    def _rows(self, node: ir.Table, change: Change) -> tuple[Text, Text]:
        index = int(change.key) - 1
        rows = node.rows[index : index + 2] if change.kind == "rows" else node.rows[index : index + 1]
        told = [
            Text(f"{when.zh} → {then.zh}", f"{when.en} → {then.en}")
            for when, then in ((self.told(row.when), self.told(row.then)) for row in rows)
        ]
        was = Text("；".join(item.zh for item in told), "; ".join(item.en for item in told))
        if change.kind == "row":
            return was, Text("（没有这一行）", "(no such row)")
        return was, Text("；".join(item.zh for item in reversed(told)), "; ".join(item.en for item in reversed(told)))

    def _figure(self, mutant: Mutant) -> Edit | None:
        when, _, key = mutant.key.rpartition(" ")
        parameter = self.parameters[mutant.target]
        if self._entry(mutant.target) != (when, mutant.was.en):
            return None
        found = next((item for kind, each, item in figures(parameter) if (kind, each) == (mutant.kind, key)), None)
        return None if found is None else Edit({}, {mutant.target: found})

    def _entry(self, key: str) -> tuple[str, str] | None:
        """The date of the figure in force, and the figure in words."""
        parameter = self.parameters[key]
        shape = self.policy.parameters.get(key)
        if shape is None or shape.values is None:
            return ("", self.figure(parameter).en) if parameter.is_reading else None
        _, since = in_force(shape.values, self.on, [])
        return None if since is None else (str(since), self.figure(parameter).en)

    def figure(self, parameter: ir.Parameter) -> Text:
        """A figure as the plan puts it: `at least 75%`."""
        if parameter.stated == "not stated":
            return Text("未载明", "not stated")
        low, high = ends(parameter.value)
        texts = {}
        for lang, words in self._formulas.items():
            show = words.shown(parameter.type, parameter.id)
            before = {
                "at least": words.say("不低于 ", "at least "), "at most": words.say("不超过 ", "at most "),
            }.get(parameter.stated, "")  # fmt: skip
            if parameter.stated == "between":
                assert low is not None
                assert high is not None
                texts[lang] = words.say(f"介于 {show(low)} 和 {show(high)}", f"between {show(low)} and {show(high)}")
            else:
                end = high if parameter.stated == "at most" else low
                texts[lang] = before + ("" if end is None else str(show(end)))
        return Text(texts["zh"], texts["en"])

    def _moved_date(self, mutant: Mutant) -> Edit | None:
        shape = self.policy.parameters.get(mutant.target)
        if shape is None or mutant.target not in self.parameters:
            return None
        when, _, key = mutant.key.rpartition(" ")
        later = with_date(shape, when, key)
        if later is None or in_force(shape.values or {}, self.on, []) == in_force(later.values or {}, self.on, []):
            return None
        found = parameter_on(mutant.target, later, self.on, Scene(Symbols(), self.on.toordinal()), [])
        if found is None or found.value == self.parameters[mutant.target].value:
            return None
        return Edit({}, {mutant.target: found})


def _parts(node: ir.Bands | ir.Cells) -> tuple[object, ...]:
    return node.bands if isinstance(node, ir.Bands) else node.cells


def is_default_rounding(node: Node, path: Path) -> bool:
    """Is it the rounding to the fen that every amount gets where its name is?"""
    return isinstance(node, ir.Round) and node.direction == "half_up" and node.step == 1 and _is_at_root(path)


def _is_at_root(path: Path) -> bool:
    return len(path) <= 1  # a table's results are rounded one by one


class Rules:
    """Where a pack's rules are written, and what rests on them."""

    def __init__(self, pack: Pack, editions: tuple[Edition, ...]) -> None:
        self.policy, self.editions = pack.policy, editions
        definitions = Definitions(pack.policy, symbols_of(pack.policy, []), [])
        definitions.collect()
        self.definitions = definitions.all

    @cached_property
    def reach(self) -> dict[str, frozenset[str]]:
        """By variable, parameter or reading: the benefits and indicators that rest on it, on some date."""
        found: dict[str, set[str]] = {}
        for edition in self.editions:
            for key, results in results_of(edition.program).items():
                found.setdefault(key, set()).update(results)
        return {key: frozenset(results) for key, results in found.items()}

    def owner(self, key: str) -> str:
        """The one result that rests on a rule, or the rule itself where several do."""
        before = key.partition(".")[0]
        if before != key and (before in self.policy.benefits or before in self.policy.indicators):
            return before
        reached = self.reach.get(key, frozenset())
        return next(iter(reached)) if len(reached) == 1 else key

    def place(self, variable: ir.Variable, path: Path) -> Source | None:
        """Where the formula stands, or the row of the table."""
        definition = self.definitions.get(variable.id)
        if definition is None:
            return variable.place
        rows = definition.rows
        if rows and path and path[0] // 2 < len(rows):
            row = rows[path[0] // 2]
            part = row[1] if path[0] % 2 else row[0]
        else:
            part = definition.parts[0]
        return part.text.place or variable.place

    def provisions(self, variable: ir.Variable, path: Path) -> tuple[str, ...]:
        """The clauses of the row, or else of the variable, or else of the results that rest on it."""
        node = variable.node
        if isinstance(node, ir.Table) and path and path[0] // 2 < len(node.rows):
            cited = node.rows[path[0] // 2].provisions
            if cited:
                return cited
        if variable.provisions:
            return variable.provisions
        program = self.editions[-1].program
        declared: tuple[ir.Benefit | ir.Indicator, ...] = (*program.benefits, *program.indicators)
        reached = self.reach.get(variable.id, frozenset())
        if len(reached) > 3:
            return ()
        return tuple(dict.fromkeys(key for item in declared if item.id in reached for key in item.provisions))


def results_of(program: ir.Program) -> dict[str, set[str]]:
    """By variable or parameter: the benefits and indicators that rest on it."""
    reached: dict[str, set[str]] = {}
    for benefit in program.benefits:
        for name in (benefit.eligible, benefit.amount):
            if name is not None:
                reached.setdefault(name, set()).add(benefit.id)
    for indicator in program.indicators:
        for name in (indicator.met, indicator.applies, indicator.measure, indicator.target):
            if name is not None:
                reached.setdefault(name, set()).add(indicator.id)
    for variable in reversed(program.variables):  # each stands after those it needs
        above = reached.get(variable.id)
        if above:
            for name in inputs(variable.node):
                reached.setdefault(name, set()).update(above)
    return reached


def inputs(node: Node) -> frozenset[str]:
    """The variables and parameters that a formula asks for."""
    return frozenset(part.id for part in ir.walk(node) if isinstance(part, ir.VariableRef | ir.ParameterRef))


def mutants_of(rules: Rules, only: Iterable[str] = ()) -> list[Mutant]:
    """Every mutant of a pack, in order of its rules; only: those on which one of these results rests."""
    wanted = frozenset(only)
    found: dict[str, Mutant] = {}
    for edition in rules.editions:
        for mutant in (*_in_formulas(edition, rules), *_in_figures(edition, rules)):
            if not wanted or wanted & rules.reach.get(mutant.target, frozenset()):
                found.setdefault(f"{mutant.id}:{mutant.was.en}", mutant)
    order = {name: index for index, name in enumerate(rules.definitions)}
    return sorted(found.values(), key=lambda item: (order.get(item.target, len(order)), item.target))


def _in_formulas(edition: Edition, rules: Rules) -> Iterator[Mutant]:
    for variable in edition.program.variables:
        if variable.role in MADE or variable.place is None:
            continue
        definition = rules.definitions.get(variable.id)
        for path, node in paths(variable.node):
            for change in changes(node, edition.program.options, is_default_rounding(node, path)):
                if _is_refused(edition, variable, definition, path, node, change):
                    continue
                was, now = edition.difference(node, change)
                clauses = rules.provisions(variable, _row_path(path, change))
                yield Mutant(
                    change.kind, variable.id, path, change.key, was, now, variable.label, rules.owner(variable.id),
                    rules.place(variable, _row_path(path, change)), clauses,
                )  # fmt: skip


def _row_path(path: Path, change: Change) -> Path:
    """Of a change of rows, the path to the (first) row."""
    return (*path, 2 * (int(change.key) - 1)) if change.kind in ("rows", "row") and not path else path


def _is_refused(
    edition: Edition, variable: ir.Variable, definition: Definition | None, path: Path, node: Node, change: Change
) -> bool:
    """Would the compiler refuse it, or does it provably change nothing: rows that exclude each other, swapped?"""
    table = variable.node
    if not isinstance(table, ir.Table):
        return False
    bits = {option: 1 << index for index, option in enumerate(edition.program.options)}
    try:
        if change.kind == "rows" and not path:
            index = int(change.key) - 1
            return first_overlap([row.when for row in table.rows[index : index + 2]], bits) is None
        changed = put(table, path, change.node)
        if not isinstance(changed, ir.Table):
            return False
        conditions = [row.when for row in changed.rows]
        if definition is not None and definition.hit == "unique" and first_overlap(conditions, bits) is not None:
            return True
        return changed.otherwise is None and not covers(conditions, bits)
    except TooMany:
        return False


def _in_figures(edition: Edition, rules: Rules) -> Iterator[Mutant]:
    for parameter in edition.program.parameters:
        if parameter.id not in rules.reach:
            continue
        shape = rules.policy.parameters.get(parameter.id)
        entry, since = in_force(shape.values, edition.on, []) if shape and shape.values else (None, None)
        place = place_of(entry) or place_of(_key(rules.policy, parameter.id))
        was = edition.figure(parameter)
        for kind, key, changed in figures(parameter):
            yield Mutant(
                kind, parameter.id, (), f"{since or ''} {key}", was, edition.figure(changed), parameter.label,
                rules.owner(parameter.id), place, parameter.provisions,
            )  # fmt: skip
        if (
            shape is not None
            and since is not None
            and shape.values is not None
            and is_a_change(rules.policy, shape, since)
        ):
            for key in SHIFTS:
                later = with_date(shape, str(since), key)
                if later is not None and is_seen(rules.policy, str(since), key):
                    yield Mutant(
                        "date", parameter.id, (), f"{since} {key}",
                        _from(was, str(since)), _from(was, shifted(str(since), key) or ""), parameter.label,
                        rules.owner(parameter.id), place_of(since), parameter.provisions,
                    )  # fmt: skip


def _from(figure: Text, day: str) -> Text:
    return Text(f"{day} 起 {figure.zh}", f"{figure.en} from {day}")


def _key(policy: PolicyPack, key: str) -> Scalar | None:
    return next((each for each in (*policy.parameters, *policy.readings) if each == key), None)  # type: ignore[return-value]
