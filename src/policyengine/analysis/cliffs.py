"""Cliffs: where a little more of one fact costs a household more in benefits than it brings.

The total of the money benefits along one fact, and the drops in it, each located to the smallest step that the fact has.
Amounts are yearly. A benefit whose amount has bounds contributes bounds; what does not rest on the fact cancels out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from policyengine import ir
from policyengine.amounts import plain_amount
from policyengine.analysis.along import Drop, Line, Little, Loss, Point, read_least, written
from policyengine.analysis.meanings import Meanings
from policyengine.analysis.outcomes import plain_text
from policyengine.authoring.scenario_words import household_in_english
from policyengine.errors import PolicyError, diagnostic
from policyengine.given import near
from policyengine.naming import language_meant
from policyengine.packs import Pack, load
from policyengine.text import Lang, Text, preferred_language
from policyengine.units import number_format

STEPS = 200  # points looked at, where the caller names no step
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Cliffs:
    """Prints as a table (`str`, or `text(lang)`), shows as a chart in a notebook, `to_dict()` for other programs.

    points: in the fact's order, `step` apart. drops: those that surely cost more than they bring, and
    benefits lost whose worth isn't known, that have no amount, or of which it isn't sure that they are lost.
    least: yuan a year; what costs less isn't a drop. smaller: steps that do cost, but less than that.
    undetermined: money benefits that rest on the fact and aren't settled everywhere; whether they drop isn't known, and
    `missing` says what they wait for.
    """

    pack: str
    label: Text
    on: date
    household: str
    fact: ir.Fact
    whose: str  # the member's name, "" for a fact of the household
    step: int
    points: tuple[Point, ...]
    drops: tuple[Drop, ...]
    edges: tuple[Point, ...] = ()  # both sides of every drop
    least: Decimal = Decimal(1)
    smaller: int = 0
    undetermined: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()

    @cached_property
    def sure(self) -> tuple[Drop, ...]:
        return tuple(drop for drop in self.drops if drop.is_sure)

    def show(self, at: int, lang: Lang) -> str:
        """A value of the fact with its unit."""
        if isinstance(self.fact.type, ir.NumberType):
            return number_format(self.fact.type.unit, self.fact.type.scale, lang)(at)
        return date.fromordinal(at).isoformat()

    def text(self, lang: Lang | None = None, width: int | None = None) -> str:
        from policyengine.analysis.cliffs_report import as_text

        return as_text(self, language_meant(lang), width)

    def chart(self, lang: Lang | None = None) -> str:
        """SVG: the total along the fact, drops marked."""
        from policyengine.analysis.cliffs_report import chart

        return chart(self, language_meant(lang))

    def page(self, lang: Lang | None = None) -> str:
        """A whole HTML page: chart and table."""
        from policyengine.analysis.cliffs_report import page

        return page(self, language_meant(lang))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from policyengine.analysis.cliffs_report import fragment

        return fragment(self, preferred_language())

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "pack": self.pack,
            "on": self.on.isoformat(),
            "household": self.household,
            "fact": self.fact.id,
            "label": plain_text(self.fact.label),
            "member": self.whose or None,
            "least": str(self.least),
            "smaller": self.smaller,
            "undetermined": [plain_text(label) for label in self.undetermined],
            "missing": [plain_text(label) for label in self.missing],
            "points": [{"at": self._plain(point.at), "total": plain_amount(point.total)} for point in self.points],
            "drops": [
                {
                    "before": self._plain(drop.before),
                    "after": self._plain(drop.after),
                    "loses": plain_amount(drop.loses),
                    "gains": str(drop.gains),
                    "net": plain_amount(drop.net),
                    "is_sure": drop.is_sure,
                    "is_exact": drop.is_exact,
                    "benefits": [_plain_loss(item) for item in drop.losses],
                }
                for drop in self.drops
            ],
        }

    def _plain(self, at: int) -> str:
        if not isinstance(self.fact.type, ir.NumberType):
            return date.fromordinal(at).isoformat()
        return written(at, self.fact.type)


def _plain_loss(item: Loss) -> dict[str, Any]:
    sides = {name: {"status": status, "amount": plain_amount(amount)} for name, (status, amount) in (("before", item.before), ("after", item.after))}  # fmt: skip
    return {"benefit": item.benefit, "label": plain_text(item.label), "entity": item.entity, **sides}


def cliffs(
    pack: str | Path | Pack,
    household: Mapping[str, Any],
    *,
    vary: str,
    from_: Any,
    to: Any,
    step: Any = None,
    member: str | None = None,
    income: bool = True,
    least: Any = 1,
    on: date | str,
    parameters: Mapping[str, Any] | None = None,
    readings: Mapping[str, Any] | None = None,
    beyond_term: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Cliffs:
    """The total of a household's money benefits while one fact goes from `from_` to `to`, and where it drops.

    vary: a number or date of the household, or of the member named. step: by default such that there are 200 steps. A drop
    counts where the household loses more than the step brings: money counts by the year, unless `income` is false (costs,
    property); other facts bring nothing. least: yuan a year; a step that costs less is only counted (`smaller`), because
    rounding to the fen alone loses and gives back that much; 0.01 tells all.
    Drops that lie between two points are located; several within one step are told apart as far as each is a cliff by
    itself, so that only up and down again within one step escapes. Raises PolicyError with all that is wrong.

    >>> cliffs("zibo", household, vary="家庭年收入", from_=0, to=10000, on="2018-06-01")  # doctest: +SKIP
    """
    loaded = pack if isinstance(pack, Pack) else load(pack)
    day = loaded.day_in_term(on, beyond_term)
    line = _line(loaded, household, vary, member, day, parameters or {}, readings or {}, income, read_least(least))
    first, last = line.read(from_, "--from"), line.read(to, "--to")
    if first >= last:
        raise PolicyError([diagnostic("empty-range", text=f"{from_} … {to}")])
    size = line.read_step(step) if step is not None else max(1, -(-(last - first) // STEPS))
    number = -(-(last - first) // size)
    if number > MOST_STEPS:
        many = Text(f"{number:,} 步；最多 {MOST_STEPS:,} 步", f"{number:,} steps; at most {MOST_STEPS:,}")
        raise PolicyError([diagnostic("bad-argument", name="--step", reason=many)])
    places = [*range(first, last, size), last]
    points: list[Point] = []
    drops: list[Drop] = []
    little = Little(line)
    for index, at in enumerate(places):
        points.append(Point(at, line.total(at)))
        if index:
            steps = line.drops(places[index - 1], at)
            drops += [*little.taken_in(places[index - 1], at, bool(steps)), *steps]
        if progress is not None:
            progress(index + 1, len(places))
    drops += little.ended()
    edges = tuple(Point(at, line.total(at)) for drop in drops for at in (drop.before, drop.after))
    decision = line.decide(first)
    undetermined, missing = _open(line)
    whose = "" if member is None else decision.member_names.get(line.entity, line.entity)
    label = decision.program.label
    return Cliffs(
        loaded.id,
        label,
        day,
        decision.household_name,
        line.fact,
        whose,
        size,
        tuple(points),
        tuple(drops),
        edges,
        line.least,
        little.steps,
        undetermined,
        missing,
    )


def _open(line: Line) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """What isn't settled somewhere along the line, and what it waits for, by name."""
    waiting = line.open()
    labels: dict[Text, None] = {}
    missing: dict[Text, None] = {}
    for at in dict.fromkeys(waiting.values()):
        decision = line.decide(at)
        for item in decision.entitlements:
            if waiting.get((item.benefit, item.entity)) == at:
                labels[item.label] = None
        for needed in decision.missing:
            if any(waiting.get(result) == at for result in needed.for_results):
                missing[needed.label] = None
    return tuple(labels), tuple(missing)


def _line(
    pack: Pack,
    household: Mapping[str, Any],
    vary: str,
    member: str | None,
    day: date,
    parameters: Mapping[str, Any],
    readings: Mapping[str, Any],
    income: bool,
    least: Decimal,
) -> Line:
    """The household with one fact free. Raises PolicyError where there is no such fact or member."""
    program, forms = pack.program(day), pack.forms(day)
    entries = forms.household if member is None else forms.person
    entry = entries.get(vary)
    facts = {fact.id: fact for fact in program.facts}
    if entry is None or not isinstance(facts[entry.id].type, ir.NumberType | ir.DateType):
        usable = [
            name for name, item in entries.items() if isinstance(facts[item.id].type, ir.NumberType | ir.DateType)
        ]
        raise PolicyError([diagnostic("cannot-vary", name=vary, hint=near(vary, usable))])
    fact = facts[entry.id]
    names = {name for name, item in entries.items() if item.id == fact.id}
    settings: dict[str, Any] = {"on": day, "parameters": parameters, "readings": readings, "beyond_term": True}
    household = household_in_english(household)
    decision = pack.decide(household, **settings)  # what is wrong with the household is told as for any other
    entity = "household"
    if member is not None:
        found = [key for key in decision._household.member_ids if member in (key, decision.member_names.get(key))]
        if len(found) != 1:
            near_ = near(member, [*decision._household.member_ids, *decision.member_names.values()])
            raise PolicyError([diagnostic("unknown-member", id=member, hint=near_)])
        entity = found[0]
    ready = pack._on(day)
    meanings = Meanings(program, ready.figures(parameters, readings), frozenset())
    moving = {
        (item.id, name)
        for item in program.benefits
        for name in (item.eligible, item.amount)
        if name is not None and fact.id in meanings.rests_on[name]
    }
    return Line(pack, dict(household), names, fact, entity, settings, frozenset(moving), income, least)
