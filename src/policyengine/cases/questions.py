"""Which fact to ask for next: the one that can settle most of what is still open, and never one that can't matter."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from policyengine import ir, values
from policyengine.explaining.explanation import choice_options
from policyengine.interpreters.layout import MEMBERS, Environment, is_settled
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.limits import FIRST_DAY, LAST_DAY, closed
from policyengine.results import Missing, Results
from policyengine.text import Text, same
from policyengine.units import YEARS, show_quantity
from policyengine.values import Number, Value

TRIED = 12  # facts that most results wait for, each of whose answers is tried
COMPLETIONS = 200  # tries to find one in which a doubtful fact matters
Key = tuple[str, str]  # (fact, entity)
Answer = tuple[Value, bool]  # a value, and of an optional fact whether there is one


@dataclass(frozen=True, slots=True)
class Question:
    """A fact to ask for.

    entity: whose it is: a member's id, "household" or "area"; member: the id of a member, otherwise None. options: of a
    choice, those still possible. range: in words, of a number or date. optional: may there be no such thing. settles: the
    results (benefit or indicator, entity) that some answer settles at once; waits: all that wait for the answer.
    """

    fact: str
    entity: str
    member: str | None
    label: Text
    definition: Text | None
    kind: Literal["condition", "choice", "number", "date"]
    options: tuple[tuple[str, Text], ...]
    unit: Text | None
    range: Text | None
    optional: bool
    settles: tuple[Key, ...]
    waits: tuple[Key, ...]
    why: Text


def next_question(decision: Results, answered: frozenset[Key], definitions: Mapping[str, Text]) -> Question | None:
    """answered: the facts that have been told or that nobody knows; they aren't asked again."""
    open_ = [item for item in _facts(decision) if (item.id, item.entity) not in answered]
    tries = _Tries(decision)
    ranked = sorted(((tries.score(item), item) for item in open_[:TRIED]), key=lambda pair: pair[0], reverse=True)
    for item in (*(item for _, item in ranked), *open_[TRIED:]):
        if item.is_certain or tries.matters(item):
            return _question(decision, item, tries.settled_by(item), definitions.get(item.id))
    return None


def count_left(decision: Results, answered: frozenset[Key]) -> int:
    """An answer only ever takes facts off the list of what is missing: so many questions can follow."""
    return sum((item.id, item.entity) not in answered for item in _facts(decision))


def _facts(decision: Results) -> list[Missing]:
    return [item for item in decision.missing if item.kind == "fact"]


class _Tries:
    """Answers tried out in a copy of a decision's environments."""

    def __init__(self, decision: Results) -> None:
        self.decision, self.evaluator = decision, decision._evaluator
        self.program, self.layout = decision.program, decision._evaluator.layout
        self.facts = {fact.id: fact for fact in self.program.facts}
        self.home = decision._copy()
        originals = decision._household.environment[MEMBERS]
        copies = {id(member): copy for member, copy in zip(originals, self.home[MEMBERS], strict=True)}
        self.entities = [
            (entity, copies.get(id(place), self.home), scope) for entity, place, scope in decision._entities()
        ]
        self.places = {entity: place for entity, place, _ in self.entities} | {"area": self.home}
        self.before = self.open_results()
        self._settles: dict[Key, list[frozenset[Key]]] = {}

    def open_results(self) -> frozenset[Key]:
        return frozenset((name, entity) for name, entity, _, value in self.outcomes() if value is not True)

    def outcomes(self) -> Iterator[tuple[str, str, Any, bool]]:
        """(result, entity, what it comes to, is it settled)."""
        types = self.evaluator.kept.setdefault("types of variables by slot", {})
        for entity, place, scope in self.entities:
            for name, applies, comes_to in self.evaluator.outcomes[scope]:
                gate = True if applies is None else place[applies]
                value = None if gate is False or comes_to is None else place[comes_to]
                type_ = types.get((scope == "person", comes_to)) or self._type(scope == "person", comes_to)
                settled = gate is not None and (
                    gate is False or comes_to is None or (type_ is not None and is_settled(type_, value))
                )
                yield name, entity, (gate, value), settled

    def _type(self, person: bool, slot: int | None) -> ir.Type | None:
        slots = self.layout.person if person else self.layout.household
        found = next((item.type for item in self.program.variables if slots.get(item.id) == slot), None)
        self.evaluator.kept["types of variables by slot"][person, slot] = found
        return found

    # answers

    def answer(self, key: Key, answer: Answer) -> None:
        fact = self.facts[key[0]]
        slots = self.layout.person if fact.scope == "person" else self.layout.household
        self.places[key[1]][slots[fact.id]] = answer[0]
        if fact.id in self.layout.absent:
            self.places[key[1]][self.layout.absent[fact.id]] = answer[1]

    def current(self, key: Key) -> Answer:
        fact = self.facts[key[0]]
        slots = self.layout.person if fact.scope == "person" else self.layout.household
        place, absent = self.places[key[1]], self.layout.absent.get(fact.id)
        return place[slots[fact.id]], True if absent is None else place[absent]

    def answers(self, key: Key, pool: Iterable[int] = ()) -> list[Answer]:
        """Some answers that are possible: every option, the ends of a range and what lies between."""
        fact, (now, _) = self.facts[key[0]], self.current(key)
        found: list[Value]
        match fact.type:
            case ConditionType():
                found = [True, False]
            case ChoiceType():
                assert isinstance(now, int)
                found = [1 << bit for bit in range(now.bit_length()) if now >> bit & 1]
            case _:
                assert isinstance(now, int | tuple)
                low, high = values.ends(_closed(now, fact))
                assert low is not None
                assert high is not None
                inside = {point for point in pool if low <= point <= high}
                found = [*dict.fromkeys((low, high, min(low + 1, high), (low + high) // 2, *sorted(inside)))]
        absent: list[Answer] = (
            [(fact.range, False)] if fact.optional and not isinstance(fact.type, ConditionType) else []
        )
        if fact.optional and isinstance(fact.type, ConditionType):
            absent = [(None, False)]
        return [(value, True) for value in found] + absent

    def settles(self, item: Missing) -> list[frozenset[Key]]:
        """For each answer that is tried, the results that it settles."""
        key = item.id, item.entity
        if key not in self._settles:
            kept, found = self.current(key), []
            for answer in self.answers(key):
                self.answer(key, answer)
                self.evaluator.run(self.home)
                found.append(self.before - self.open_results())
            self.answer(key, kept)
            self.evaluator.run(self.home)
            self._settles[key] = found
        return self._settles[key]

    def settled_by(self, item: Missing) -> tuple[Key, ...]:
        """The results that some answer settles, in the order in which they wait."""
        some = frozenset().union(*self.settles(item))
        return tuple(result for result in item.for_results if result in some)

    def score(self, item: Missing) -> tuple[int, Fraction, int]:
        """By the answer that settles most, then by all of them, then by how many results wait."""
        sizes = [len(found) for found in self.settles(item)]
        return max(sizes), Fraction(sum(sizes), len(sizes)), len(item.for_results)

    # does it matter

    def matters(self, item: Missing) -> bool:
        """Are there two completions that differ in this fact alone, with different results?

        Looked for among random ones, made of the figures that the program itself meets: what they show is certain.
        """
        key, source = (item.id, item.entity), random.Random(f"{item.id} {item.entity}")
        pool = self._pool()
        others = [(other.id, other.entity) for other in _facts(self.decision) if (other.id, other.entity) != key]
        kept = {other: self.current(other) for other in (key, *others)}
        figures = self._open_figures()
        try:
            for _ in range(COMPLETIONS):
                for other in others:
                    self.answer(other, source.choice(self.answers(other, pool)))
                for slot, options in figures.items():
                    self.home[slot] = source.choice(options)
                if self._differs(key, pool, source):
                    return True
                for other in others:
                    self.answer(other, kept[other])
                self.answer(key, kept[key])
        finally:
            for other, answer in kept.items():
                self.answer(other, answer)
            for slot in figures:
                self.home[slot] = self.decision._household.environment[slot]
            self.evaluator.run(self.home)
        return False

    def _differs(self, key: Key, pool: list[int], source: random.Random) -> bool:
        answers = self.answers(key, pool)
        if len(answers) > 8:
            answers = source.sample(answers, 8)
        seen = None
        for answer in answers:
            self.answer(key, answer)
            self.evaluator.run(self.home)
            found = [outcome for _, _, outcome, _ in self.outcomes()]
            if seen is not None and found != seen:
                return True
            seen = found
        return False

    def _open_figures(self) -> dict[int, list[Number]]:
        """Slots of the parameters and readings that aren't settled, with values they can have."""
        found: dict[int, list[Number]] = {}
        for parameter in self.program.parameters:
            slot = self.layout.household[parameter.id]
            value = self.home[slot]
            if is_settled(parameter.type, value):
                continue
            if isinstance(parameter.type, ChoiceType):
                found[slot] = [1 << bit for bit in range(value.bit_length()) if value >> bit & 1]
            else:
                low, high = values.ends(_closed_figure(value, parameter.type))
                points = (low, high, (low or 0) + 1, *self._pool())
                found[slot] = [p for p in points if p is not None and (low or 0) <= p <= (p if high is None else high)]
        return found

    def _pool(self) -> list[int]:
        """The figures that the program meets, and those beside them."""
        kept = self.evaluator.kept
        if "figures" not in kept:
            met: set[int] = set()
            for parameter in self.program.parameters:
                if not isinstance(parameter.type, ChoiceType):
                    met |= {end for end in values.ends(parameter.value) if end is not None}
            for variable in self.program.variables:
                for node in ir.walk(variable.node):
                    if isinstance(node, ir.Constant) and type(node.value) is int:
                        met.add(node.value)
                    elif isinstance(node, ir.Bands):
                        met |= {band.start for band in node.bands if band.start is not None}
            kept["figures"] = sorted({near for figure in met for near in (figure - 1, figure, figure + 1)})
        found: list[int] = kept["figures"]
        return found


def _closed(now: Number, fact: ir.Fact) -> Number:
    if isinstance(fact.type, DateType):
        return _closed_figure(now, fact.type)
    assert isinstance(fact.type, NumberType)
    return closed(now, fact.type, fact.scope == "area")


def _closed_figure(now: Number, type_: ir.Type) -> Number:
    if isinstance(type_, DateType):
        low, high = values.ends(now)
        return values.interval(FIRST_DAY if low is None else low, LAST_DAY if high is None else high)
    assert isinstance(type_, NumberType)
    return closed(now, type_, False)


# the question


def _question(decision: Results, item: Missing, settles: tuple[Key, ...], definition: Text | None) -> Question:
    program = decision.program
    fact = next(fact for fact in program.facts if fact.id == item.id)
    unit = range_ = None
    options: tuple[tuple[str, Text], ...] = ()
    match fact.type:
        case ConditionType():
            kind: Literal["condition", "choice", "number", "date"] = "condition"
        case ChoiceType():
            kind = "choice"
            place: Environment = decision._household.by_id.get(item.entity, decision._household.environment)
            slots = (
                decision._evaluator.layout.person if fact.scope == "person" else decision._evaluator.layout.household
            )
            possible = choice_options(program, place[slots[fact.id]])
            options = tuple((key, program.option_labels.get((fact.id, key), same(key))) for key in possible)
        case DateType():
            kind = "date"
        case NumberType(unit=unit_, scale=scale):
            is_age = unit_ == YEARS and bool(set(fact.label.zh) & {"龄", "岁"})
            kind, unit = "number", Text("岁" if is_age else unit_.text("zh"), unit_.text("en"))
            low, high = values.ends(_closed(fact.range, fact))
            first, last = (
                [show_quantity(Fraction(end or 0, scale), unit_, lang) for lang in ("zh", "en")] for end in (low, high)
            )
            range_ = Text(f"{first[0]} 至 {last[0]}", f"{first[1]} to {last[1]}")
            if unit_ == YEARS and not is_age:
                range_ = Text(range_.zh.replace("岁", "年"), range_.en)
    member = None if item.entity in ("household", "area") else item.entity
    return Question(
        fact.id, item.entity, member, fact.label, definition, kind, options, unit, range_, fact.optional, settles,
        item.for_results, _why(decision, settles, item.for_results),
    )  # fmt: skip


def _why(decision: Results, settles: tuple[Key, ...], waits: tuple[Key, ...]) -> Text:
    """`回答可当即确定 2 项：张三的医疗救助、…；共有 5 项要用到它`."""
    named, number = (settles, len(settles)) if settles else (waits, len(waits))
    zh = "、".join(_result(decision, key, "zh") for key in named[:3]) + ("等" if number > 3 else "")
    en = ", ".join(_result(decision, key, "en") for key in named[:3]) + (" and others" if number > 3 else "")
    total = len(waits)
    if not settles:
        return Text(
            f"它是 {total} 项结果要用到的：{zh}",
            f"{total} result{'s' * (total != 1)} depend{'s' * (total == 1)} on it: {en}",
        )
    more = Text(f"；共有 {total} 项要用到它", f"; {total} depend on it in all") if total > number else Text("", "")
    return Text(
        f"回答可能当即确定 {number} 项：{zh}{more.zh}",
        f"an answer can settle {number} result{'s' * (number != 1)} at once: {en}{more.en}",
    )


def _result(decision: Results, key: Key, lang: str) -> str:
    name, entity = key
    program = decision.program
    every: list[ir.Benefit | ir.Indicator] = [*program.benefits, *program.indicators]
    label = next(item.label for item in every if item.id == name)
    if entity in ("household", "area"):
        return label[lang]
    who = decision.member_names.get(entity, entity)
    return f"{who}的{label.zh}" if lang == "zh" else f"{label.en} for {who}"
