"""A formula of a program in words, as an analyst would write it, in Chinese or English."""

from __future__ import annotations

from policyengine import ir
from policyengine.explaining.operands import Operands
from policyengine.explaining.phrases import lexicon
from policyengine.ir import ChoiceType, Node
from policyengine.units import RATIO

_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}
_CALCULATED = {"add": " + ", "subtract": " − ", "multiply": " × "}
_ELAPSED = {"years": ("周岁", "years_between"), "months": ("月数", "months_between"), "days": ("天数", "days_between")}
_DATE_PARTS = {"year": ("年份", "year_of"), "month": ("月份", "month_of"), "day": ("日数", "day_of")}
_BINDS = {"or": 1, "and": 2, "not": 3, "compare": 4, "add": 5, "subtract": 5, "multiply": 6, "divide": 7}


class Formulas(Operands):
    """Words for the formulas of one program."""

    def __init__(self, program: ir.Program, lang: str) -> None:
        super().__init__(lexicon(program, lang), None)

    def formula(self, node: Node, inside: int = 0) -> str:
        """inside: how strongly what stands around it binds; what binds less is put in brackets."""
        match node:
            case ir.Constant(type=type_, value=value, name=name):
                return name[self.lang] if name is not None else str(self.shown(type_)(value))
            case ir.FactRef(id=key) | ir.ParameterRef(id=key) | ir.VariableRef(id=key):
                return self.words.labels[key]
            case ir.Logic(operator="not", terms=(term,)):
                return self.say("非 ", "not ") + self.formula(term, _BINDS["not"])
            case ir.Logic(operator=operator, terms=terms):
                word = self.say(" 且 " if operator == "and" else " 或 ", f" {operator} ")
                return self._joined(word, terms, _BINDS[operator], inside)
            case ir.Compare(operator=operator, left=left, right=right):
                return self._joined(f" {_SIGNS[operator]} ", (left, right), _BINDS["compare"], inside)
            case ir.OneOf(term=term, mask=mask):
                return self._one_of(term, mask)
            case ir.Rescale(term=term):
                return self.formula(term, inside)
            case ir.Arithmetic(operator="negate", terms=(term,)):
                return f"−{self.formula(term, _BINDS['divide'])}"
            case ir.Arithmetic(operator="min" | "max" as operator, terms=terms):
                return self._call(self.say("最小" if operator == "min" else "最大", operator), terms)
            case ir.Arithmetic(operator=operator, terms=terms):
                return self._joined(_CALCULATED[operator], terms, _BINDS[operator], inside)
            case ir.Round(numerator=numerator, denominator=denominator):
                parts = (numerator,) if denominator is None else (numerator, denominator)
                rounded = self._joined(" ÷ ", parts, 0 if len(parts) == 1 else _BINDS["divide"], 0)
                return f"{self.direction(node)}({rounded})"
            case ir.Choose(condition=condition, then=then, otherwise=otherwise):
                each = [self.formula(part) for part in (condition, then, otherwise)]
                return self.say("若 {} 则 {} 否则 {}", "if {} then {} else {}").format(*each)
            case ir.Table(rows=rows, otherwise=otherwise):
                told = [f"{self.formula(row.when)} → {self.formula(row.then)}" for row in rows]
                if otherwise is not None:
                    told.append(f"{self.say('否则', 'otherwise')} → {self.formula(otherwise)}")
                return self.say("；", "; ").join(told)
            case ir.Aggregate():
                return self._aggregate(node)
            case ir.Rank(key=key, where=where, descending=descending):
                order = self.say("从大到小" if descending else "从小到大", "descending" if descending else "ascending")
                return self.say(f"按 {self.formula(key)} {order}的位次", f"rank by {self.formula(key)} {order}") + (
                    "" if where is None else self.say(" 满足 ", " where ") + self.formula(where)
                )
            case ir.Bands(parameter=key, argument=argument):
                return self._call(self._table(key), (argument,))
            case ir.Cells(parameter=key, keys=keys):
                return self._call(self._table(key), keys)
            case ir.Elapsed(unit=unit, start=start, end=end):
                return self._call(self.say(*_ELAPSED[unit]), (start, end))
            case ir.DatePart(part=part, term=term):
                return self._call(self.say(*_DATE_PARTS[part]), (term,))
            case ir.IsKnown(fact=fact):
                return self.words.labels[fact.id] + self.say(" 已知", " is known")

    def band(self, node: ir.Bands, index: int) -> str:
        """`300元起 → 5%`: one band of a scale."""
        band = node.bands[index]
        rate = node.type
        assert isinstance(node.argument.type, ir.NumberType)
        if node.progressive:
            rate = ir.NumberType(RATIO, node.type.scale // node.argument.type.scale)
        start = "" if band.start is None else self.shown(node.argument.type)(band.start)
        word = self.say("起" if band.inclusive else "以上", "")
        before = self.say("", "from " if band.inclusive else "over ") if start else self.say("最低一档", "lowest band")
        return f"{self._table(node.parameter)}: {before}{start}{word if start else ''} → {self.shown(rate)(band.value)}"

    def cell(self, node: ir.Cells, index: int) -> str:
        """`小学、一档 → 500元`: one cell of a table."""
        bits, figure = node.cells[index]
        keys = [self.shown(key.type, getattr(key, "id", ""))(mask) for key, mask in zip(node.keys, bits, strict=True)]
        return f"{self._table(node.parameter)}: {self.say('、', ', ').join(keys)} → {self.shown(node.type)(figure)}"

    def _joined(self, sign: str, terms: tuple[Node, ...], binds: int, inside: int) -> str:
        text = sign.join(
            self.formula(term, binds + (index > 0 and sign in (" − ", " ÷ "))) for index, term in enumerate(terms)
        )
        return f"({text})" if binds and binds < inside else text

    def _call(self, name: str, parts: tuple[Node, ...]) -> str:
        return f"{name}({self.say('，', ', ').join(self.formula(part) for part in parts)})"

    def _table(self, key: str) -> str:
        label = self.program.table_labels.get(key)
        return key if label is None else label[self.lang]

    def _one_of(self, term: Node, mask: int) -> str:
        assert isinstance(term.type, ChoiceType)
        owner = getattr(term, "id", "")
        options = [
            self._option(option, owner)
            for option in self.program.options
            if mask & (1 << self.program.options.index(option)) and option in term.type.options
        ]
        name = self.formula(term, _BINDS["compare"])
        if len(options) == 1:
            return f"{name} = {options[0]}"
        listed = self.say("、", ", ").join(options)
        return self.say(f"{name} 属于 ({listed})", f"{name} in ({listed})")

    def _aggregate(self, node: ir.Aggregate) -> str:
        others = self.say("其他成员" if node.others else "成员", "other members" if node.others else "members")
        body = "" if node.body is None else self.formula(node.body)
        words = {
            "count": ("人数", "count"), "sum": ("合计", "sum"), "any": ("任一", "any"), "all": ("全部", "all"),
            "max": ("最大", "max"), "min": ("最小", "min"),
        }  # fmt: skip
        told = f"{self.say(*words[node.operator])} {body}".rstrip() + self.say(f" 于 {others}", f" of {others}")
        return told if node.where is None else told + self.say(" 满足 ", " where ") + self.formula(node.where)
