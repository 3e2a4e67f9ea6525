"""Explanations as plain text, HTML and JSON, and the short summary of a decision."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from policyengine import ir
from policyengine.amounts import plain_amount
from policyengine.explaining.explanation import Reason
from policyengine.explaining.lines import MARGIN, OPEN, PLAIN, YES, Line, indent
from policyengine.explaining.markup import STYLE, lines_html
from policyengine.explaining.phrases import Speech
from policyengine.explaining.reason_tree import tree, write_json
from policyengine.explaining.short_form import short_form
from policyengine.explaining.telling import MANY, MARKS, telling
from policyengine.interpreters.layout import Environment
from policyengine.ir import ConditionType, NumberType
from policyengine.keeping import kept
from policyengine.results import Entitlement, IndicatorResult, Missing, Results
from policyengine.text import Lang, number_of
from policyengine.units import show_quantity

if TYPE_CHECKING:
    from policyengine.explaining.passages import Account

Result = Entitlement | IndicatorResult
ORDER = {"eligible": 0, "met": 0, "undetermined": 1, "ineligible": 2, "not met": 2, "not applicable": 3}


@dataclass(frozen=True)
class Block:
    """One result with its reasons: `title` says what, `lines` why, `note` what the plan leaves to others, `cites` on what, by `provisions`."""

    result: Result
    mark: str
    title: str
    outcome: str
    lines: list[Line]
    note: str
    provisions: tuple[str, ...]
    cites: str

    @property
    def cited_title(self) -> str:
        """`危房改造 [ZB-065]`"""
        return f"{self.title} [{', '.join(self.provisions)}]" if self.provisions else self.title


class Explanation:
    """Why a decision is what it is. `str()` is plain text, `html` a page's worth of HTML, `to_dict()` the tree itself."""

    def __init__(
        self,
        decision: Results,
        lang: Lang,
        benefit: str | frozenset[str] | None,
        member: str | None,
        brief: bool = False,
    ) -> None:
        self.decision, self.lang, self.brief = decision, lang, brief
        self.member = member
        self.benefits = frozenset((benefit,)) if isinstance(benefit, str) else benefit
        self.telling = telling(decision._evaluator, lang)
        self.say = self.telling.say
        self.speech = Speech(decision.member_names, decision.parameters)
        self.explainer = decision._new_explainer()

    # what is explained

    @kept
    def told(self) -> list[tuple[str, Environment, list[Result]]]:
        """Everyone of whom there is something to tell, with their results."""
        every = ((entity, environment, self.results(entity)) for entity, environment in self.entities())
        return [item for item in every if item[2]]

    def entities(self) -> list[tuple[str, Environment]]:
        every = [(entity, environment) for entity, environment, _ in self.decision._entities()]
        if self.member is None:
            return every
        named = {self.member, *(key for key, name in self.decision.member_names.items() if name == self.member)}
        return [pair for pair in every if pair[0] in named]

    def results(self, entity: str) -> list[Result]:
        """What is told of someone: entitlements first, then what is due, open, refused."""
        return self._by_entity.get(entity, [])

    @kept
    def _by_entity(self) -> dict[str, list[Result]]:
        found: dict[str, list[Result]] = {}
        every: list[Result] = [*self.decision.entitlements, *self.decision.indicators]
        for item in every:
            if self._is_meant(item.declaration):
                found.setdefault(item.entity, []).append(item)
        for results in found.values():
            if len(results) > 1:
                results.sort(key=lambda item: (isinstance(item, IndicatorResult), ORDER[item.status]))
        return found

    def _is_meant(self, declared: ir.Benefit | ir.Indicator) -> bool:
        return self.benefits is None or not self.benefits.isdisjoint(
            (declared.id, declared.label.zh, declared.label.en)
        )

    def block(self, item: Result, environment: Environment) -> Block:
        self.speech.subject = item.entity if environment is not self.decision._household.environment else None
        if isinstance(item, Entitlement):
            lines = self._entitlement(item, environment)
        else:
            lines = self._indicator(item, environment)
        waiting = self._waiting(item)
        if waiting:
            lines.append(Line(OPEN, self.need(waiting), is_spoken=True))
        excluded = self._excluded(item, environment)
        lines = [Line(MARKS[item.status], self._excluded_by(exclusion, item)) for exclusion in excluded] + lines
        title, outcome, note = item.label[self.lang], self.outcome(item), self._note(item)
        provisions = _provisions(item, excluded)
        cites = self.telling.cites(provisions)
        return Block(item, MARKS[item.status], title, outcome, lines, note, provisions, cites)

    def _excluded(self, item: Result, environment: Environment) -> list[ir.Variable]:
        """The exclusions that keep a benefit, or may keep it, from someone."""
        if isinstance(item, IndicatorResult) or item.status == "eligible":
            return []
        return self.telling.exclusions(item.declaration, environment)

    def _excluded_by(self, exclusion: ir.Variable, item: Result) -> str:
        label = exclusion.label[self.lang]
        if item.status == "ineligible":
            return self.say(f"按“{label}”不再享受", f"excluded by “{label}”")
        return self.say(f"按“{label}”可能不再享受", f"may be excluded by “{label}”")

    def _note(self, item: Result) -> str:
        """The pack's note on a benefit that is granted or may be."""
        if isinstance(item, IndicatorResult) or item.status == "ineligible" or item.declaration.note is None:
            return ""
        return item.declaration.note[self.lang]

    def outcome(self, item: Result) -> str:
        return self.telling.outcome(item, self._waits_for_figures(item))

    def _waiting(self, item: Result) -> list[Missing]:
        """What a result waits for."""
        if not self.decision.missing:
            return []
        return [missing for missing in self.decision.missing if (_id(item), item.entity) in missing.for_results]

    def _waits_for_figures(self, item: Result) -> bool:
        return self._are_figures(self._waiting(item))

    def _are_figures(self, waiting: list[Missing]) -> bool:
        """Does an amount wait for a figure that nobody has given or stated?"""
        types, not_stated = self.telling.words.types, self.telling.not_stated
        return any(
            (missing.kind == "fact" and isinstance(types[missing.id], NumberType))
            or (missing.kind == "parameter" and missing.id in not_stated)
            for missing in waiting
        )

    def reasons(self, item: Result, environment: Environment) -> dict[str, Reason]:
        """The trees behind a result, by what they are: eligible, amount, applies, met."""
        of, declared = self.explainer.of, item.declaration
        if isinstance(item, IndicatorResult):
            assert isinstance(declared, ir.Indicator)
            found = {} if declared.applies is None else {"applies": of(declared.applies, environment)}
            return found if item.status == "not applicable" else found | {"met": of(declared.met, environment)}
        assert isinstance(declared, ir.Benefit)
        if declared.amount is None or item.status == "ineligible":
            return {"eligible": of(declared.eligible, environment)}
        names = [("eligible", declared.eligible), ("amount", declared.amount)]
        if item.status == "eligible":  # in the order in which they are told, so that "above" is above
            names.reverse()
        return {name: of(variable, environment) for name, variable in names}

    def _entitlement(self, item: Entitlement, environment: Environment) -> list[Line]:
        trees, wording = self.reasons(item, environment), self.telling.wording(item.period)
        eligible: list[Line] = []
        amount: list[Line] = []
        reason = trees["eligible"].children[0]
        wording.condition(reason.node, True)(self.speech, reason, eligible)
        if "amount" in trees:
            wording.origin_of(trees["amount"])(self.speech, trees["amount"], amount)
        if item.status != "eligible":
            return eligible + amount
        return amount + [Line(YES, wording.because + line.text, line.children, is_spoken=True) for line in eligible]

    def _indicator(self, item: IndicatorResult, environment: Environment) -> list[Line]:
        wording, lines = self.telling.wording(None), list[Line]()
        for name, reason in self.reasons(item, environment).items():
            want = not (name == "applies" and item.status == "not applicable")
            wording.condition(reason.children[0].node, want)(self.speech, reason.children[0], lines)
        return lines + [Line(PLAIN, text) for text in self._gap(item)]

    def _gap(self, item: IndicatorResult) -> Iterator[str]:
        """By how much a target is missed or surpassed."""
        if item.gap is not None and item.gap.exact and item.target is not None and item.status in ("met", "not met"):
            type_ = self.telling.words.types[item.declaration.measure or ""]
            assert isinstance(type_, NumberType)
            shown = show_quantity(abs(Fraction(item.gap.exact)), type_.unit, self.lang)
            words = ("高出", "above the target by") if item.gap.exact > 0 else ("低于目标", "below the target by")
            yield f"{self.say(*words)} {shown}"

    def need(self, waiting: Iterable[Missing]) -> str:
        names = dict.fromkeys(self._needed(item) for item in waiting)
        return self.say("还要知道：", "still needed: ") + self.say("、", ", ").join(names)

    def _needed(self, item: Missing) -> str:
        """One thing to ask: `缴费是否困难`, `陈小乐是否接受康复训练`, `陈小乐的年龄`, a figure and who has it."""
        label, asks = item.label[self.lang], isinstance(self.telling.words.types[item.id], ConditionType)
        who = "" if item.entity in ("", "household", "area", self.speech.subject) else self.speech.name(item.entity)
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
            return self.say("全户", "Household")
        if entity == "area":
            return self.say("全区", "Area")
        return self.speech.name(entity)

    @kept
    def header(self) -> str:
        decision = self.decision
        number = len(decision._household.member_ids)
        name = decision.household_name or self.say("住户", "household")
        people = self.say(f"{name} {number} 人", f"{name}, {number_of(number, 'member')}")
        if decision._scopes == ("area",):
            people = self.say("地区指标", "area indicators")
        return f"{decision.program.label[self.lang]} · {decision.on} · {people}"

    @kept
    def opening(self) -> list[str]:
        """The header, and what a reader has to know of the date."""
        notice = self.decision.program.notice
        return [self.header] if notice is None else [self.header, f"{self.say('注意：', 'note: ')}{notice[self.lang]}"]

    # plain text

    @kept
    def text(self) -> str:
        self.explainer.fresh()
        self.telling.texts += 1
        lines = list(self.opening)
        if self.brief or self.telling.texts <= MANY:
            for entity, environment, results in self.told:
                lines += ["", self.entity_name(entity)]
                if self.brief:
                    lines += short_form(self, results, environment)
                else:
                    lines += [line for item in results for line in self.block_text(self.block(item, environment))]
        else:
            self._write_all(lines)
        lines += self._assumed()
        return "\n".join(lines)

    def _write_all(self, out: list[str]) -> None:
        """What the blocks say, written at once."""
        from policyengine.explaining.passages import Account

        account = Account(self.explainer, self.speech)
        for entity, environment, results in self.told:
            out += ["", self.entity_name(entity)]
            account.turn_to(entity if environment is not self.decision._household.environment else None)
            for item in results:
                self._write(item, environment, account, out)

    def _write(self, item: Result, environment: Environment, account: Account, out: list[str]) -> None:
        """What `block_text` says of a result, written without reasons and lines."""
        declared, status, telling = item.declaration, item.status, self.telling
        waiting = self._waiting(item)
        outcome = telling.outcome(item, bool(waiting) and self._are_figures(waiting))
        out.append(f"  {MARKS[status]} {declared.label[self.lang]}   {outcome}")
        excluded = self._excluded(item, environment)
        out += [f"{MARGIN}{MARKS[status]} {self._excluded_by(exclusion, item)}" for exclusion in excluded]
        if isinstance(declared, ir.Benefit):
            telling.writing(declared.period).entitlement(declared, status, account, environment, out)
        else:
            assert isinstance(item, IndicatorResult)
            telling.writing(None).indicator(declared, status, account, environment, out)
            out += [f"{MARGIN}{text}" for text in self._gap(item)]
        if waiting:
            out.append(MARGIN + self.need(waiting))
        out += self.foot(self._note(item), telling.cites(_provisions(item, excluded)))

    def block_text(self, block: Block) -> list[str]:
        """A block as lines of text."""
        lines = [f"  {block.mark} {block.title}   {block.outcome}"]
        indent(block.lines, MARGIN, lines)
        return [*lines, *self.foot(block.note, block.cites)]

    def block_alone(self, item: Result, environment: Environment) -> Block:
        """A block that refers to no other."""
        seen = set(self.explainer.seen)
        self.explainer.fresh()
        block = self.block(item, environment)
        self.explainer.seen = seen
        return block

    def foot(self, note: str, cites: str) -> list[str]:
        """The lines below a result's reasons."""
        lines = [f"{MARGIN}{self.say('说明：', 'note: ')}{note}"] if note else []
        if cites:
            lines.append(f"{MARGIN}{self.say('依据', 'see')} {cites}")
        return lines

    def _assumed(self) -> Iterator[str]:
        shown = {(_id(item), entity) for entity, _, results in self.told for item in results}
        found = self.decision.readings_behind(self.explainer.readings_met, shown)
        if found:
            yield ""
            yield self.say("采用的读法（换一种读法，结果会不同）", "Readings taken (another would change a result)")
            for reading, option in found:
                yield f"  · {reading[self.lang]}{self.say('：', ': ')}{option[self.lang]}"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    # HTML

    @kept
    def html(self) -> str:
        """A fragment with its own style; reasons unfold."""
        self.explainer.fresh()
        parts = [f'<div class="pe" lang="{self.lang}">{STYLE}<h3>{html.escape(self.header)}</h3>']
        parts += [f'<p class="c">{html.escape(line)}</p>' for line in self.opening[1:]]
        for entity, environment, results in self.told:
            parts.append(f"<h4>{html.escape(self.entity_name(entity))}</h4>")
            for item in results:
                block = self.block(item, environment)
                opened = " open" if item.status == "eligible" and self.benefits is not None else ""
                parts.append(
                    f'<details class="{item.status.replace(" ", "-")}"{opened}><summary><span class="m">{block.mark}</span> '
                    f"<b>{html.escape(block.title)}</b> <span>{html.escape(block.outcome)}</span></summary>"
                    f"{lines_html(block.lines)}"
                    + (
                        f'<p class="c">{self.say("说明：", "note: ")}{html.escape(block.note)}</p>'
                        if block.note
                        else ""
                    )
                    + (f'<p class="c">{self.say("依据", "see")} {html.escape(block.cites)}</p>' if block.cites else "")
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
        labels = {lang: telling(self.decision._evaluator, lang).words.labels for lang in ("zh", "en")}
        for entity, environment, results in self.told:
            for item in results:
                trees = {
                    name: tree(reason, self.decision.program, labels)
                    for name, reason in self.reasons(item, environment).items()
                }
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
        told: dict[str, Any] = {"pack": self.decision.pack, "on": self.decision.on.isoformat()}
        if notice := self.decision.program.notice:
            told["notice"] = notice[self.lang]
        return {**told, "results": entries}

    def to_json(self) -> str:
        return write_json(self.to_dict())


def _provisions(item: Result, excluded: list[ir.Variable]) -> tuple[str, ...]:
    """The clauses that a result rests on: its own, and those of the exclusions that keep it from someone."""
    own = item.declaration.provisions
    return (
        tuple(dict.fromkeys((*own, *(key for exclusion in excluded for key in exclusion.provisions))))
        if excluded
        else own
    )


def _id(item: Result) -> str:
    return item.benefit if isinstance(item, Entitlement) else item.indicator


def summary(decision: Results, lang: str) -> str:
    """What a decision comes to, a line a result; what is refused is counted."""
    explanation = Explanation(decision, "zh" if lang == "zh" else "en", None, None)
    lines = list(explanation.opening)
    for entity, _ in explanation.entities():
        results = explanation.results(entity)
        shown = [item for item in results if item.status in ("eligible", "undetermined", "met", "not met")]
        rest = len(results) - len(shown)
        if not shown:
            continue
        lines += ["", explanation.entity_name(entity)]
        for item in shown:
            lines.append(f"  {MARKS[item.status]} {item.label[lang]}   {explanation.outcome(item)}")
        if rest:
            lines.append(
                explanation.say(
                    f"  （另有 {rest} 项不符合或不适用）", f"  ({rest} more not entitled or not applicable)"
                )
            )
    return "\n".join(lines)
