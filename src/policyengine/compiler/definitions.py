"""Everything in a pack that has a formula, as definitions of named values; what holds between benefits becomes formulas too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from policyengine.authoring import formula as ast
from policyengine.authoring.formula import FormulaError, parse_formula
from policyengine.authoring.pack import PolicyPack
from policyengine.authoring.reader import Scalar, place_of
from policyengine.authoring.schema import RoundingShape, VariableShape
from policyengine.compiler.scene import locate
from policyengine.compiler.symbols import Symbols
from policyengine.errors import Diagnostic, diagnostic, diagnostic_of
from policyengine.ir import Scope
from policyengine.source import Source
from policyengine.text import Text, same
from policyengine.units import Quantity, Unit, parse_unit

NOWHERE: ast.Span = (0, 1)
MOST_TOGETHER = 50  # benefits in one exclusion or ceiling
Role = Literal["variable", "eligible", "amount", "granted", "capped", "received", "paid", "left", "indicator"]


@dataclass(frozen=True)
class Part:
    """A formula and the text its spans point to."""

    tree: ast.Ast
    text: Scalar


@dataclass(frozen=True)
class Definition:
    """A named value: one formula, or rows of a table. wants: what it must be (None: whatever it is)."""

    id: str
    scope: Scope
    label: Text
    role: Role
    formula: Part | None = None
    rows: tuple[tuple[Part, Part, tuple[str, ...]], ...] = ()
    otherwise: Part | None = None
    hit: str = "first"
    wants: Literal["condition", "number", "any"] = "any"
    unit: Unit | None = None
    unit_text: Scalar | None = None
    options: tuple[str, ...] | None = None
    rounding: RoundingShape | None = None
    provisions: tuple[str, ...] = ()
    place: Source | None = None
    remaining: str | None = None
    like: str | None = None  # a bare 0 takes the unit of this definition
    is_root: bool = False

    @property
    def parts(self) -> list[Part]:
        found = [part for row in self.rows for part in row[:2]]
        return [part for part in (self.formula, *found, self.otherwise) if part is not None]


class Definitions:
    """Collects the definitions of a pack; `found` takes what is wrong with their text."""

    def __init__(self, pack: PolicyPack, symbols: Symbols, found: list[Diagnostic]) -> None:
        self.pack, self.symbols, self.found = pack, symbols, found
        self.all: dict[str, Definition] = {}
        self.amounts: dict[str, str] = {}  # benefit -> the definition of its amount as it stands
        self.granted: dict[str, str] = {}
        self.choices: dict[str, tuple[str, ...]] = {}  # exclusions decided by the applicant: id -> benefits

    def collect(self) -> None:
        self._built_in()
        for key, variable in self.pack.variables.items():
            self._variable(key, variable)
        for benefit in self.pack.benefits.values():
            for key, variable in benefit.variables.items():
                self._variable(key, variable)
            self._benefit(str(benefit.benefit))
        self._exclusions()
        self._payers()
        self._ceilings()
        for key in self.amounts:
            self._received(key)
        self._indicators()

    def parse(self, text: Scalar) -> Part | None:
        try:
            return Part(parse_formula(str(text)), text)
        except FormulaError as error:
            self.found.append(diagnostic_of(error.code, locate(text, error.span), dict(error.values), hint=error.hint))
            return None

    def _check_choice(self, key: str, place: Source | None) -> None:
        """The applicant's choice is a fact by the id of its exclusion."""
        if key in self.symbols.by_id:
            first = self.symbols.by_id[key].place
            self.found.append(diagnostic("duplicate-id", place, id=key, first=str(first)))

    def add(self, definition: Definition) -> None:
        self.all[definition.id] = definition

    def _built_in(self) -> None:
        count = ast.Members(NOWHERE, "count", None, False, None, None)
        label = Text("家庭人口", "household size")
        taken = self.symbols.by_id.get("household_size")
        if taken is not None:
            first = Text("语言内置", "built in")
            self.found.append(diagnostic("duplicate-id", taken.place, id=taken.id, first=first))
        self.symbols.declare("variable", "household_size", label, [])
        self.add(Definition("household_size", "household", label, "variable", Part(count, Scalar.at("", None))))

    def _variable(self, key: str, shape: VariableShape) -> None:
        place = place_of(key)
        if (shape.formula is None) == (shape.table is None):
            expected = Text("`formula` 和 `table` 恰有其一", "exactly one of `formula` and `table`")
            self.found.append(diagnostic("wrong-shape", place, key=str(key), expected=expected))
            return
        options = tuple(map(str, shape.options)) if shape.options else None
        base = Definition(
            str(key),
            shape.for_,
            shape.label.text,
            "variable",
            options=options,
            unit_text=shape.unit,
            rounding=shape.rounding,
            provisions=tuple(map(str, shape.citations)),
            place=place,
            wants="number" if shape.unit is not None else "any",
        )
        if shape.formula is not None:
            part = self.parse(shape.formula)
            if part is not None:
                self.add(replace(base, formula=part))
            return
        assert shape.table is not None
        rows = []
        for row in shape.table.rows:
            when, then = self.parse(row.when), self.parse(row.then)
            if when is not None and then is not None:
                rows.append((when, then, tuple(map(str, row.citations))))
        otherwise = self.parse(shape.table.otherwise) if shape.table.otherwise is not None else None
        if options is None:  # results that are no names of anything else are options that the table introduces
            results = [row[1].tree for row in rows] + ([otherwise.tree] if otherwise is not None else [])
            names = [tree.name for tree in results if isinstance(tree, ast.Name)]
            if len(names) == len(results) and not any(self.symbols.find(name) for name in names):
                self.symbols.declare_options((name, same(name)) for name in names if name not in self.symbols.options)
        if len(rows) == len(shape.table.rows) and (otherwise is None) == (shape.table.otherwise is None):
            self.add(replace(base, rows=tuple(rows), otherwise=otherwise, hit=shape.table.hit))

    def _benefit(self, key: str) -> None:
        shape = self.pack.benefits[key]
        place, label = place_of(shape.benefit), shape.label.text
        cited = tuple(map(str, shape.citations))
        common = {"scope": shape.for_, "label": label, "provisions": cited, "place": place, "is_root": True}
        eligible = self.parse(shape.eligible)
        self.granted[key] = f"{key}.eligible"
        if eligible is not None:
            self.add(Definition(f"{key}.eligible", role="eligible", formula=eligible, wants="condition", **common))  # type: ignore[arg-type]
        if shape.amount is None:
            return
        unit = amount_unit(shape.period, shape.for_)
        self.amounts[key] = f"{key}.amount"
        base = Definition(f"{key}.amount", role="amount", wants="number", unit=unit, rounding=shape.rounding, **common)  # type: ignore[arg-type]
        if isinstance(shape.amount, str):
            part = self.parse(shape.amount)
            if part is not None:
                self.add(replace(base, formula=part))
            return
        by = next((value for name, value in shape.amount.items() if name == "by"), None)
        if by is None:
            first = next((place_of(name) for name in shape.amount), place)
            self.found.append(diagnostic("missing-key", first, key="by"))
            return
        rows = []
        for option, text in shape.amount.items():
            if option != "by" and (part := self.parse(text)) is not None:
                test = ast.Comparison(
                    (0, len(option)), ("=",), (ast.Name((0, len(by)), str(by)), ast.Name((0, len(option)), str(option)))
                )
                rows.append((Part(test, option), part, ()))
        zero = Part(parse_formula("0"), Scalar.at("0", None))
        if len(shape.amount) == 1:
            expected = Text("`by` 之外至少要有一个选项的公式", "there is a formula for at least one option beside `by`")
            self.found.append(diagnostic("wrong-shape", place, key="amount", expected=expected))
        if rows:
            self.add(replace(base, rows=tuple(rows), otherwise=zero))

    def _exclusions(self) -> None:
        for key, shape in self.pack.exclusions.items():
            members = self._benefits(shape.benefits)
            if members is None:
                continue
            if shape.rule == "choice":
                self._check_choice(key, shape.benefits[0].place)
                self.choices[key] = tuple(members)
            if shape.rule == "larger":
                self._require_amounts(members, shape.benefits)
            before = {one: self.granted[one] for one in members}
            for index, one in enumerate(members):
                others = [(position, other) for position, other in enumerate(members) if other != one]
                lost: list[ast.Ast] = []
                for position, other in others:
                    test: ast.Ast = _name(before[other])
                    match shape.rule:
                        case "first":
                            if position > index:
                                continue
                        case "larger":
                            if one not in self.amounts or other not in self.amounts:
                                continue
                            sign = ">=" if position < index else ">"
                            larger = ast.Comparison(
                                NOWHERE, (sign,), (_name(f"{other}.amount"), _name(f"{one}.amount"))
                            )
                            test = ast.Connect(NOWHERE, "and", (test, larger))
                        case "choice":
                            chosen = ast.Comparison(NOWHERE, ("!=",), (_name(key), _name(one)))
                            test = ast.Connect(NOWHERE, "and", (test, chosen))
                    lost.append(test)
                if not lost:
                    continue
                name = f"{one}.granted"
                while name in self.all:
                    name += "_"
                kept = tuple(ast.Invert(NOWHERE, test) for test in lost)
                tree = ast.Connect(NOWHERE, "and", (_name(before[one]), *kept))
                cited, place = tuple(map(str, shape.citations)), shape.benefits[index].place
                self._derive(name, one, shape.label.text, "granted", tree, cited, "condition", place)
                self.granted[one] = name

    def _payers(self) -> None:
        for chain, shape in self.pack.payers.items():
            cited = tuple(map(str, shape.citations))
            base = self.parse(shape.base)
            if base is None:
                continue
            left = f"{chain}.base"
            scope: Scope = shape.for_
            symbol = self.symbols.find(base.tree.name) if isinstance(base.tree, ast.Name) else None
            named = symbol.label if symbol is not None else shape.label.text
            place = shape.base.place
            self.add(Definition(left, scope, named, "variable", base, wants="number", provisions=cited, place=place))
            for step in shape.order:
                key = str(step.id)
                label = step.label.text if step.label else Text(key, key)
                if step.benefit is not None:
                    members = self._benefits((step.benefit,))
                    if members is None or not self._require_amounts(members, (step.benefit,)):
                        continue
                    one = members[0]
                    label = self.pack.benefits[one].label.text
                    rest: ast.Ast = _name(left)
                    if left == f"{chain}.base":  # what is left later on is never below 0
                        rest = _call("max", ast.Figure(NOWHERE, _ZERO), rest)
                    tree: ast.Ast = _call("min", _name(self.amounts[one]), rest)
                    self._cap(one, tree, shape.label.text, cited, step.benefit)
                    self._received(one)
                    paid: ast.Ast = _name(f"{one}.received")
                    text = Scalar.at("", step.benefit.place)
                else:
                    assert step.pays is not None
                    part = self.parse(step.pays)
                    if part is None:
                        continue
                    text = step.pays
                    paid = _call("max", ast.Figure(NOWHERE, _ZERO), _call("min", part.tree, _name(left)))
                provisions = (str(step.provision),) if step.provision is not None else cited
                place, is_new = place_of(step.id), key not in self.symbols.by_id
                self.symbols.declare("variable", step.id or key, label, self.found)
                if not is_new:
                    continue
                self.add(
                    Definition(
                        key,
                        scope,
                        label,
                        "paid",
                        Part(paid, text),
                        wants="number",
                        provisions=provisions,
                        place=place,
                        remaining=left,
                    )
                )
                after = Text(f"{label.zh}后余额", f"left after {label.en}")
                # never below 0; said outright, since two intervals don't know that one holds the other
                tree = _call("max", ast.Figure(NOWHERE, _ZERO), ast.Binary(NOWHERE, "-", _name(left), _name(key)))
                self.symbols.declare("variable", f"after_{key}", after, self.found)
                left = f"after_{key}"
                self.add(
                    Definition(
                        left,
                        scope,
                        after,
                        "left",
                        Part(tree, Scalar.at("", place)),
                        wants="number",
                        provisions=provisions,
                        place=place,
                    )
                )

    def _ceilings(self) -> None:
        for key, shape in self.pack.ceilings.items():
            members = self._benefits(shape.benefits)
            ceiling = self.parse(shape.ceiling)
            if members is None or ceiling is None:
                continue
            cited = tuple(map(str, shape.citations))
            whole = f"{key}.ceiling"
            scope: Scope = self.pack.benefits[members[0]].for_
            place = shape.ceiling.place
            self.add(
                Definition(
                    whole, scope, shape.label.text, "variable", ceiling, wants="number", provisions=cited, place=place
                )
            )
            left: ast.Ast = _name(whole)
            self._require_amounts(members, shape.benefits)
            for one in members:
                if one not in self.amounts:
                    continue
                self._cap(
                    one,
                    _call("min", _name(self.amounts[one]), _call("max", ast.Figure(NOWHERE, _ZERO), left)),
                    shape.label.text,
                    cited,
                    shape.ceiling,
                )
                self._received(one)
                left = ast.Binary(NOWHERE, "-", left, _name(f"{one}.received"))

    def _cap(self, one: str, tree: ast.Ast, label: Text, cited: tuple[str, ...], why: Scalar) -> None:
        name = f"{one}.capped"
        while name in self.all:
            name += "_"
        self._derive(name, one, label, "capped", tree, cited, "number", why.place)
        self.amounts[one] = name

    def _received(self, one: str) -> None:
        """What is received: the amount if granted, otherwise nothing."""
        tree = ast.IfElse(NOWHERE, _name(self.granted[one]), _name(self.amounts[one]), ast.Figure(NOWHERE, _ZERO))
        shape = self.pack.benefits[one]
        place = place_of(shape.benefit)
        self._derive(f"{one}.received", one, shape.label.text, "received", tree, (), "number", place, root=False)

    def _derive(
        self,
        name: str,
        benefit: str,
        label: Text,
        role: Role,
        tree: ast.Ast,
        cited: tuple[str, ...],
        wants: Literal["condition", "number"],
        place: Source | None,
        root: bool = True,
    ) -> None:
        scope = self.pack.benefits[benefit].for_
        part = Part(tree, Scalar.at("", place))
        self.add(Definition(name, scope, label, role, part, wants=wants, provisions=cited, place=place, is_root=root))

    def _require_amounts(self, members: list[str], names: tuple[Scalar, ...]) -> bool:
        without = [(one, name) for one, name in zip(members, names, strict=True) if one not in self.amounts]
        self.found += [diagnostic("no-amount", name.place, name=one) for one, name in without]
        return not without

    def _benefits(self, names: tuple[Scalar, ...]) -> list[str] | None:
        """The ids of benefits for one scope, each once."""
        keys: list[str] = []
        if len(names) > MOST_TOGETHER:
            number, limit = str(len(names)), str(MOST_TOGETHER)
            self.found.append(diagnostic("too-many-benefits", names[0].place, number=number, limit=limit))
            return None
        for name in names:
            symbol = self.symbols.find(str(name))
            if symbol is None or symbol.kind != "benefit":
                unknown = (
                    self.symbols.unknown(str(name), name.place)
                    if symbol is None
                    else diagnostic("not-a-benefit", name.place)
                )
                self.found.append(unknown)
            elif symbol.id in keys:
                twice = Text("同一待遇写了两次", "the same benefit stands here twice")
                self.found.append(diagnostic("wrong-shape", name.place, key=str(name), expected=twice))
            else:
                keys.append(symbol.id)
        scopes = {self.pack.benefits[key].for_ for key in keys}
        if len(scopes) > 1:
            self.found.append(diagnostic("mixed-scopes", names[0].place))
        return keys if len(keys) == len(names) and len(scopes) == 1 else None

    def _indicators(self) -> None:
        for key, shape in self.pack.indicators.items():
            plain = Definition(
                "",
                shape.for_,
                shape.label.text,
                "indicator",
                provisions=tuple(map(str, shape.citations)),
                place=place_of(key),
                is_root=True,
            )
            self._indicator_part(plain, f"{key}.applies", shape.applies, "condition")
            if shape.met is not None:
                self._indicator_part(plain, f"{key}.met", shape.met, "condition")
                continue
            assert shape.measure is not None
            sides = [
                self._indicator_part(plain, f"{key}.measure", shape.measure, "number"),
                self._indicator_part(plain, f"{key}.target", shape.target, "number", like=f"{key}.measure"),
            ]
            if None not in sides:
                sign = {"≥": ">=", "≤": "<=", "==": "="}.get(str(shape.must), str(shape.must))
                # a side that is just a name is compared by that name, so that the explanation speaks of it
                terms = tuple(
                    part.tree if part is not None and isinstance(part.tree, ast.Name) else _name(f"{key}.{side}")
                    for part, side in zip(sides, ("measure", "target"), strict=True)
                )
                part = Part(ast.Comparison((0, 1), (sign,), terms), shape.measure)
                self.add(replace(plain, id=f"{key}.met", formula=part, wants="condition"))

    def _indicator_part(
        self,
        plain: Definition,
        name: str,
        text: Scalar | None,
        wants: Literal["condition", "number"],
        like: str | None = None,
    ) -> Part | None:
        part = self.parse(text) if text is not None else None
        if part is not None:
            label = {"measure": Text("实际值", "measure"), "target": Text("目标", "target")}.get(
                name.rpartition(".")[2]
            )
            self.add(replace(plain, id=name, formula=part, wants=wants, like=like, label=label or plain.label))
        return part


_ZERO = Quantity(Fraction(0), None)


def _name(key: str) -> ast.Name:
    return ast.Name(NOWHERE, key)


def _call(function: str, *arguments: ast.Ast) -> ast.Call:
    return ast.Call(NOWHERE, ast.Name(NOWHERE, function), arguments)


def amount_unit(period: str | None, scope: str) -> Unit:
    """yuan/person/year for a person's yearly benefit; plain yuan where it is paid once or no period is stated."""
    text = "yuan" + ("/person" if scope == "person" else "") + (f"/{period}" if period not in (None, "once") else "")
    unit = parse_unit(text)
    assert unit is not None
    return unit
