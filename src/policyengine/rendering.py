"""Explanations as plain text, HTML and JSON, and the short summary of a decision."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from policyengine import ir
from policyengine.amounts import amount_of, plain_amount, show_amount
from policyengine.explanation import Reason, choice_options
from policyengine.interpreters.household import Environment
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.markup import STYLE, lines_html
from policyengine.phrases import Lexicon, lexicon
from policyengine.results import Entitlement, IndicatorResult, Missing, Results
from policyengine.text import Lang, Text
from policyengine.values import Number, ends
from policyengine.wording import NO, OPEN, PLAIN, YES, Line, Wording

MARKS = {"eligible": YES, "ineligible": NO, "undetermined": OPEN, "met": YES, "not met": NO, "not applicable": "–"}
PERIODS = {
    "year": Text("每年", "a year"),
    "month": Text("每月", "a month"),
    "term": Text("每学期", "a term"),
    "visit": Text("每次就诊", "a visit"),
    "once": Text("一次性", "once"),
}
STATUS = {
    "eligible": Text("符合", "entitled"),
    "ineligible": Text("不符合", "not entitled"),
    "undetermined": Text("待定", "undetermined"),
    "met": Text("达到", "met"),
    "not met": Text("未达到", "not met"),
    "not applicable": Text("不适用", "not applicable"),
}
_NEEDED = ("还要知道", "still needed")
_UNMARKED = ("因为", "because", *_NEEDED)
ORDER = {"eligible": 0, "met": 0, "undetermined": 1, "ineligible": 2, "not met": 2, "not applicable": 3}


@dataclass(frozen=True)
class Block:
    """One result with its reasons: `title` says what, `lines` why, `cites` on what."""

    result: Entitlement | IndicatorResult
    mark: str
    title: str
    outcome: str
    lines: tuple[Line, ...]
    cites: str


class Explanation:
    """Why a decision is what it is. `str()` is plain text, `html` a page's worth of HTML, `to_dict()` the tree itself."""

    def __init__(
        self, decision: Results, lang: Lang, benefit: str | None, member: str | None, brief: bool = False
    ) -> None:
        self.decision, self.lang, self.brief = decision, lang, brief
        self.benefit, self.member = benefit, member
        self.wording = Wording(_words(decision, lang), decision.member_names, decision.parameters)
        self.explainer = decision._new_explainer()

    # what is explained

    def results(self, entity: str) -> list[Entitlement | IndicatorResult]:
        found: list[Entitlement | IndicatorResult] = [
            *(item for item in self.decision.entitlements if item.entity == entity),
            *(item for item in self.decision.indicators if item.entity == entity),
        ]
        if self.benefit is not None:
            found = [item for item in found if self.benefit in (_id(item), item.label.zh, item.label.en)]
        return sorted(found, key=lambda item: (isinstance(item, IndicatorResult), ORDER[item.status]))

    def entities(self) -> list[tuple[str, Environment]]:
        every = [(entity, environment) for entity, environment, _ in self.decision._entities()]
        named = {self.member, *(key for key, name in self.decision.member_names.items() if name == self.member)}
        return [pair for pair in every if self.member is None or pair[0] in named]

    @cached_property
    def told(self) -> list[tuple[str, Environment, list[Entitlement | IndicatorResult]]]:
        """Everyone of whom there is something to tell, with their results."""
        every = [(entity, environment, self.results(entity)) for entity, environment in self.entities()]
        return [item for item in every if item[2]]

    def block(self, item: Entitlement | IndicatorResult, environment: Environment) -> Block:
        self.wording.subject = item.entity if environment is not self.decision._household.environment else None
        self.wording.speak_of(item.period if isinstance(item, Entitlement) else None)
        lines = (
            self._entitlement(item, environment)
            if isinstance(item, Entitlement)
            else self._indicator(item, environment)
        )
        return Block(
            item,
            MARKS.get(item.status, OPEN),
            item.label[self.lang],
            self.outcome(item),
            tuple(lines),
            self.cites(item),
        )

    def outcome(self, item: Entitlement | IndicatorResult) -> str:
        word = STATUS[item.status][self.lang]
        if isinstance(item, IndicatorResult) or (item.status != "eligible" and item.value is None):
            return word
        if item.status == "ineligible":
            return word
        if item.value is None:
            if item.declaration.items:
                listed = ("、" if self.lang == "zh" else ", ").join(
                    label[self.lang] for label in item.declaration.items
                )
                more = (" 等" if self.lang == "zh" else " and others") if item.declaration.open_list else ""
                return listed + more
            return word
        low, high = ends(item.value)
        if low == high or not self._waits_for_figures(item):
            if item.status == "eligible":
                return self._amount(item, item.value)
            return word if high is None else f"{word}{self.wording.say('，', ', ')}{self._amount(item, (0, high))}"
        if item.status != "eligible":
            return word
        least = f"{self.wording.say('，', ', ')}{self._amount(item, (low, None))}" if low else ""
        return self.wording.say("符合，金额待定", "entitled, amount not known yet") + least

    def _waits_for_figures(self, item: Entitlement) -> bool:
        """Does the amount wait for a figure that nobody has given or stated? Then its upper end says nothing."""
        stated = {parameter.id: parameter.stated for parameter in self.decision.program.parameters}
        return any(
            (missing.kind == "fact" and isinstance(self.wording.words.types[missing.id], NumberType))
            or (missing.kind == "parameter" and stated[missing.id] == "not stated")
            for missing in self.decision.missing
            if (item.benefit, item.entity) in missing.for_results
        )

    def _amount(self, item: Entitlement, value: Number) -> str:
        """`每年 7,500.00 元`, with bounds where it isn't exact."""
        type_ = _amount_type(self.decision.program, item)
        amount = show_amount(value, NumberType(type_.unit.without(item.period or "once"), type_.scale), self.lang)
        period = PERIODS[item.period][self.lang] if item.period else ""
        return f"{period} {amount}".strip() if self.lang == "zh" else f"{amount} {period}".strip()

    def cites(self, item: Entitlement | IndicatorResult) -> str:
        places: dict[str, list[str]] = {}
        for key in item.declaration.provisions:
            places.setdefault(self.decision.program.places.get(key, ""), []).append(key)
        sep = "；" if self.lang == "zh" else "; "
        return sep.join(f"{place} [{', '.join(keys)}]".strip() for place, keys in places.items())

    def reasons(self, item: Entitlement | IndicatorResult, environment: Environment) -> list[tuple[str, Reason]]:
        """The trees behind a result: (what it is: eligible, amount, applies, met; the reason)."""
        explainer = self.explainer
        if isinstance(item, Entitlement):
            names = [("eligible", item.declaration.eligible)]
            if item.declaration.amount is not None and item.status != "ineligible":
                # in the order in which they are told, so that "above" is above
                names.insert(0 if item.status == "eligible" else 1, ("amount", item.declaration.amount))
            return [(name, explainer.of(variable, environment)) for name, variable in names]
        declared, found = item.declaration, []
        if declared.applies is not None:
            found.append(("applies", explainer.of(declared.applies, environment)))
        if item.status != "not applicable":
            found.append(("met", explainer.of(declared.met, environment)))
        return found

    def _entitlement(self, item: Entitlement, environment: Environment) -> Iterator[Line]:
        trees = dict(self.reasons(item, environment))
        amount: list[Line] = []
        eligible = list(self.wording.condition(trees["eligible"].children[0], True))
        if "amount" in trees:
            amount = list(self.wording.origin(trees["amount"]))
        if item.status == "eligible":
            yield from amount
            for line in eligible:
                yield Line(YES, self.wording.say("因为 ", "because ") + line.text, line.children)
        else:
            yield from eligible
            yield from amount
        waiting = [missing for missing in self.decision.missing if (item.benefit, item.entity) in missing.for_results]
        if waiting:
            yield Line(OPEN, self.need(waiting))

    def _indicator(self, item: IndicatorResult, environment: Environment) -> Iterator[Line]:
        for name, reason in self.reasons(item, environment):
            yield from self.wording.condition(
                reason.children[0], not (name == "applies" and item.status == "not applicable")
            )
        if (
            item.gap is not None
            and item.status in ("met", "not met")
            and item.gap.exact is not None
            and item.target is not None
        ):
            types = {variable.id: variable.type for variable in self.decision.program.variables}
            type_ = types[item.declaration.measure or ""]
            assert isinstance(type_, NumberType)
            gap = item.gap.exact
            shown = _show_gap(gap, type_, self.lang)
            words = ("高出", "above the target by") if gap > 0 else ("低于目标", "below the target by")
            if gap:
                yield Line(PLAIN, self.wording.say(f"{words[0]} {shown}", f"{words[1]} {shown}"))
        waiting = [missing for missing in self.decision.missing if (item.indicator, item.entity) in missing.for_results]
        if waiting:
            yield Line(OPEN, self.need(waiting))

    def need(self, waiting: Iterable[Missing]) -> str:
        names = dict.fromkeys(self._needed(item) for item in waiting)
        return self.wording.say("还要知道：", "still needed: ") + self.wording.say("、", ", ").join(names)

    def _needed(self, item: Missing) -> str:
        """One thing to ask: `缴费是否困难`, `陈小乐是否接受康复训练`, `陈小乐的年龄`, a figure and who has it."""
        label, asks = item.label[self.lang], isinstance(self.wording.words.types[item.id], ConditionType)
        who = "" if item.entity in ("", "household", "area", self.wording.subject) else self.wording.name(item.entity)
        if self.lang == "zh":
            if asks and "是否" not in label:
                label = f"是否{label}"
                label = f"{who}{label}"
            elif who:
                label = f"{who}的{label}"
            return f"{label}（{item.needs.zh.rstrip('。')}）" if item.needs is not None else label
        label = f"{label} (yes or no)" if asks else label
        label = f"{label} of {who}" if who else label
        return f"{label} ({item.needs.en.rstrip('.')})" if item.needs is not None else label

    def entity_name(self, entity: str) -> str:
        if entity == "household":
            return self.wording.say("全户", "Household")
        if entity == "area":
            return self.wording.say("全区", "Area")
        return self.wording.name(entity)

    @cached_property
    def header(self) -> str:
        decision = self.decision
        number = len(decision._household.member_ids)
        name = decision.household_name or self.wording.say("住户", "household")
        people = self.wording.say(f"{name} {number} 人", f"{name}, {number} member{'s' if number != 1 else ''}")
        if decision._scopes == ("area",):
            people = self.wording.say("地区指标", "area indicators")
        return f"{decision.program.label[self.lang]} · {decision.on} · {people}"

    # plain text

    @cached_property
    def text(self) -> str:
        self.explainer.fresh()
        lines = [self.header]
        for entity, environment, results in self.told:
            lines += ["", self.entity_name(entity)]
            if self.brief:
                lines += self._brief(results, environment)
            else:
                for item in results:
                    lines += self._block_text(self.block(item, environment))
        lines += self._assumed()
        return "\n".join(lines)

    def _block_text(self, block: Block) -> list[str]:
        lines = [f"  {block.mark} {block.title}   {block.outcome}"]
        _indent(block.lines, " " * 6, lines)
        if block.cites:
            lines.append(f"      {self.wording.say('依据', 'see')} {block.cites}")
        return lines

    def _brief(self, results: list[Entitlement | IndicatorResult], environment: Environment) -> Iterator[str]:
        """Entitlements in full; what is refused or open grouped by its reason."""
        groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for item in results:
            if item.status in ("eligible",):
                yield from self._block_text(self.block(item, environment))
            elif item.status != "not applicable":
                block = self._alone(item, environment)
                key = (block.mark, tuple(self._gist(block)))
                groups.setdefault(key, []).append(block.title)
        for (mark, gist), titles in groups.items():
            status = {YES: "met", NO: "ineligible", OPEN: "undetermined"}[mark]
            if mark == NO and all(
                not isinstance(item, Entitlement) for item in results if item.label[self.lang] in titles
            ):
                status = "not met"
            yield f"  {mark} {self.wording.say('、', ', ').join(titles)}   {STATUS[status][self.lang]}"
            yield from (f"      {line}" for line in gist)

    def _alone(self, item: Entitlement | IndicatorResult, environment: Environment) -> Block:
        """A block that refers to no other: of one that is grouped by its reason, only the gist is shown."""
        seen = set(self.explainer.seen)
        self.explainer.fresh()
        block = self.block(item, environment)
        self.explainer.seen = seen
        return block

    def _gist(self, block: Block) -> Iterator[str]:
        """What decided a refusal, or is still needed, in one line each."""
        if block.mark == OPEN:
            yield from (line.text for line in block.lines if line.text.startswith(_NEEDED))
        elif block.mark == NO:
            yield from (self._with_failed(line) for line in block.lines if line.mark == NO)

    def _with_failed(self, line: Line, deep: bool = True) -> str:
        """A failed condition with the failed ones right behind it."""
        behind = (
            [self._with_failed(child, deep=False) for child in line.children if child.mark == NO]
            if deep or line.is_group
            else []
        )
        if not behind:
            return line.text
        joined = self.wording.say("｜", " | ").join(dict.fromkeys(behind))
        return f"{line.text}{self.wording.say(f'（{joined}）', f' ({joined})')}"

    def _assumed(self) -> Iterator[str]:
        shown = {(_id(item), entity) for entity, _, results in self.told for item in results}
        tried = self.decision.assumptions_among(self.explainer.parameters_met)
        found = [item for item in tried if not shown.isdisjoint(item.changes)]
        if found:
            yield ""
            yield self.wording.say(
                "采用的读法（换一种读法，结果会不同）", "Readings taken (another would change a result)"
            )
            for item in found:
                yield f"  · {item.label[self.lang]}{self.wording.say('：', ': ')}{item.option_label[self.lang]}"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    # HTML

    @cached_property
    def html(self) -> str:
        """A fragment with its own style; reasons unfold."""
        self.explainer.fresh()
        parts = [f'<div class="pe" lang="{self.lang}">{STYLE}<h3>{html.escape(self.header)}</h3>']
        for entity, environment, results in self.told:
            parts.append(f"<h4>{html.escape(self.entity_name(entity))}</h4>")
            for item in results:
                block = self.block(item, environment)
                opened = " open" if item.status == "eligible" and self.benefit is not None else ""
                parts.append(
                    f'<details class="{item.status.replace(" ", "-")}"{opened}><summary><span class="m">{block.mark}</span> '
                    f"<b>{html.escape(block.title)}</b> <span>{html.escape(block.outcome)}</span></summary>"
                    f"{lines_html(block.lines)}"
                    + (
                        f'<p class="c">{self.wording.say("依据", "see")} {html.escape(block.cites)}</p>'
                        if block.cites
                        else ""
                    )
                    + "</details>"
                )
        assumed = list(self._assumed())
        if assumed:
            parts.append(f"<h4>{html.escape(assumed[1])}</h4><ul>")
            parts += [f"<li>{html.escape(line.removeprefix('  · '))}</li>" for line in assumed[2:]]
            parts.append("</ul>")
        return "".join(parts) + "</div>"

    def _repr_html_(self) -> str:
        return self.html

    def page(self) -> str:
        """A whole HTML page."""
        return (
            f'<!doctype html><html lang="{self.lang}"><head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width"><title>{html.escape(self.header)}</title></head><body>{self.html}</body></html>\n'
        )

    # JSON

    def to_dict(self) -> dict[str, Any]:
        """The tree of reasons as plain values; a variable explained before is a reference to its first place."""
        self.explainer.fresh()
        entries = []
        for entity, environment, results in self.told:
            for item in results:
                trees = {name: self._tree(reason) for name, reason in self.reasons(item, environment)}
                entries.append(
                    {
                        "result": _id(item),
                        "label": {"zh": item.label.zh, "en": item.label.en},
                        "entity": entity,
                        "status": item.status,
                        "amount": None if isinstance(item, IndicatorResult) else plain_amount(item.amount),
                        "provisions": list(item.declaration.provisions),
                        "because": trees,
                    }
                )
        return {"pack": self.decision.pack, "on": self.decision.on.isoformat(), "results": entries}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def _tree(self, reason: Reason) -> dict[str, Any]:
        node = reason.node
        entry: dict[str, Any] = {"kind": type(node).__name__.lower(), "value": self._plain(node.type, reason.value)}
        if isinstance(node, ir.FactRef | ir.ParameterRef | ir.VariableRef):
            entry["id"] = node.id
            entry["label"] = {lang: _words(self.decision, lang).labels[node.id] for lang in ("zh", "en")}
            entry["kind"] = {ir.FactRef: "fact", ir.ParameterRef: "parameter", ir.VariableRef: "variable"}[type(node)]
        if isinstance(node, ir.Logic | ir.Compare | ir.Arithmetic | ir.Aggregate):
            entry["operator"] = node.operator
        if isinstance(node, ir.OneOf):
            entry["options"] = choice_options(self.decision.program, node.mask)
        if isinstance(node, ir.Table):
            entry["row"] = reason.row
        if reason.member is not None:
            entry["member"] = reason.member
        if reason.variable is not None and reason.variable.provisions:
            entry["provisions"] = list(reason.variable.provisions)
        if reason.repeats:
            entry["repeats"] = True
        if reason.children:
            entry["because"] = [self._tree(child) for child in reason.children]
        return entry

    def _plain(self, type_: ir.Type, value: Any) -> Any:
        """Exact decimals as text (yuan, a share of 1), bounds as `at least` and `at most`, dates as ISO, options by id."""
        match type_:
            case ConditionType():
                return value
            case ChoiceType():
                options = choice_options(self.decision.program, value)
                return options[0] if len(options) == 1 else options
            case NumberType():
                return plain_amount(amount_of(value, type_))
            case DateType():
                low, high = (None if end is None else date.fromordinal(end).isoformat() for end in ends(value))
                return low if low == high else {"at least": low, "at most": high}


def _words(decision: Results, lang: str) -> Lexicon:
    """The program's words, kept with its evaluator."""
    kept = decision._evaluator.kept
    if lang not in kept:
        kept[lang] = lexicon(decision.program, lang)
    words: Lexicon = kept[lang]
    return words


def _id(item: Entitlement | IndicatorResult) -> str:
    return item.benefit if isinstance(item, Entitlement) else item.indicator


def _amount_type(program: ir.Program, item: Entitlement) -> NumberType:
    for variable in program.variables:
        if variable.id == item.declaration.amount:
            assert isinstance(variable.type, NumberType)
            return variable.type
    raise KeyError(item.benefit)


def _show_gap(gap: Any, type_: NumberType, lang: str) -> str:
    from fractions import Fraction

    from policyengine.units import show_quantity

    return show_quantity(abs(Fraction(gap)), type_.unit, lang)


def _indent(lines: Iterable[Line], indent: str, into: list[str]) -> None:
    for line in lines:
        mark, text = line.mark, line.text
        into.append(f"{indent}{text}" if mark == PLAIN or text.startswith(_UNMARKED) else f"{indent}{mark} {text}")
        if line.children:
            _indent(line.children, indent + "    ", into)


def summary(decision: Results, lang: str) -> str:
    """What a decision comes to, a line a result; what is refused is counted."""
    explanation = Explanation(decision, "zh" if lang == "zh" else "en", None, None)
    lines = [explanation.header]
    for entity, _ in explanation.entities():
        results = explanation.results(entity)
        shown = [item for item in results if item.status in ("eligible", "undetermined", "met", "not met")]
        rest = len(results) - len(shown)
        if not shown:
            continue
        lines += ["", explanation.entity_name(entity)]
        for item in shown:
            lines.append(f"  {MARKS.get(item.status, OPEN)} {item.label[lang]}   {explanation.outcome(item)}")
        if rest:
            lines.append(
                explanation.wording.say(
                    f"  （另有 {rest} 项不符合或不适用）", f"  ({rest} more not entitled or not applicable)"
                )
            )
    return "\n".join(lines)
