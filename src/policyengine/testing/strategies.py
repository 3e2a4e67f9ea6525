"""Hypothesis strategies for the tests of those who build on a pack: households that its rules have something to say of.

from policyengine.testing.strategies import households

@given(households(pack, on="2018-06-01", missing=0.3))
def test_our_form_shows_every_result(household): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policyengine import ir, values
from policyengine.errors import PolicyError, diagnostic
from policyengine.interpreters.layout import asked
from policyengine.ir import ChoiceType, ConditionType, DateType, NumberType
from policyengine.limits import closed
from policyengine.packs import Pack
from policyengine.testing.thresholds import Threshold, thresholds
from policyengine.text import Text, closest, several
from policyengine.units import RATIO, YEARS

try:
    from hypothesis import strategies as st
except ModuleNotFoundError:
    raise PolicyError([diagnostic("extra-needed", name="testing", package="hypothesis")]) from None

IDS = "abcdefghijklmnopqrstuvwxyz"
MOST_MEMBERS = 12
_AGES = (
    (18, 59),
    (18, 59),
    (0, 17),
    (60, 95),
    (0, 6),
    (18, 25),
)  # of the first adult, and of whoever may live with them
_AGE_WORDS, _BIRTH_WORDS, _HEAD_WORDS = ("年龄", "age"), ("出生", "birth"), ("户主", "本人", "head")


@dataclass(frozen=True)
class _Vocabulary:
    """What is drawn for a pack on a date. person, household, area: facts in order, with the figures they are compared with."""

    program: ir.Program
    person: tuple[tuple[ir.Fact, tuple[Threshold, ...]], ...]
    household: tuple[tuple[ir.Fact, tuple[Threshold, ...]], ...]
    area: tuple[tuple[ir.Fact, tuple[Threshold, ...]], ...]


def households(
    pack: Pack,
    *,
    on: date | str,
    missing: float = 0.3,
    members: tuple[int, int] = (1, 5),
    benefits: Iterable[str] | str = (),
    parameters: Mapping[str, Any] | None = None,
    partly: float = 0.05,
    area: bool = False,
) -> st.SearchStrategy[dict[str, Any]]:
    """Households as `Pack.decide` takes them, every one of which it accepts.

    missing: the share of facts that are left out, from 0 to 1. partly: the share of numbers of which only a bound is given.
    members: the least and the most. benefits: only the facts that these benefits or indicators ask for. parameters: figures
    that the test will decide with, so that they count among the thresholds. area: draw the area's facts as well.

    Numbers are often exactly a figure that a formula compares them with, or a step beside it; ages are those of a family.
    A failing household shrinks to one member of whom little is known. Raises PolicyError on wrong arguments.
    """
    least, most = members
    if not (1 <= least <= most <= MOST_MEMBERS):
        wrong = Text(f"应为 1 至 {MOST_MEMBERS} 之间的两个数", f"two numbers from 1 to {MOST_MEMBERS}")
        raise PolicyError([diagnostic("bad-argument", name="members", reason=wrong)])
    for name, share in (("missing", missing), ("partly", partly)):
        if not 0 <= share <= 1:
            raise PolicyError([diagnostic("bad-argument", name=name, reason=Text("应在 0 和 1 之间", "from 0 to 1"))])
    drawn = _vocabulary(pack, on, several(benefits), parameters or {}, area)
    return _household(_Kinds(drawn, missing, partly, least, most))


def _vocabulary(
    pack: Pack, on: date | str, benefits: tuple[str, ...], parameters: Mapping[str, Any], area: bool
) -> _Vocabulary:
    decision = pack.decide({"members": [{"id": "a"}]}, on=on, parameters=parameters, beyond_term=True)
    evaluator, program = decision._evaluator, decision.program
    figures = thresholds(evaluator, decision._household.environment)
    used = _asked_by(program, benefits) if benefits else asked(program)
    scopes: dict[str, list[tuple[ir.Fact, tuple[Threshold, ...]]]] = {"person": [], "household": [], "area": []}
    for fact in program.facts:
        if fact.id in used:
            scopes[fact.scope].append((fact, figures.get(fact.id, ())))
    return _Vocabulary(
        program, tuple(scopes["person"]), tuple(scopes["household"]), tuple(scopes["area"]) if area else ()
    )


def _asked_by(program: ir.Program, names: tuple[str, ...]) -> set[str]:
    """The facts that some benefits or indicators ask for."""
    declared: tuple[ir.Benefit | ir.Indicator, ...] = (*program.benefits, *program.indicators)
    results = {key: item for item in declared for key in (item.id, item.label.zh, item.label.en)}
    waiting: list[str] = []
    for name in names:
        item = results.get(name)
        if item is None:
            near = closest(name, results)
            hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
            raise PolicyError([diagnostic("unknown-result", name=name, hint=hint)])
        parts = (
            (item.eligible, item.amount)
            if isinstance(item, ir.Benefit)
            else (item.applies, item.met, item.measure, item.target)
        )
        waiting += [part for part in parts if part is not None]
    variables, seen, used = {item.id: item for item in program.variables}, set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in ir.walk(variables[name].node):
            if isinstance(node, ir.FactRef):
                used.add(node.id)
            elif isinstance(node, ir.VariableRef):
                waiting.append(node.id)
    return used


# drawing: one choice for each fact, from a list in which what it may be stands as often as it should be drawn

LEFT_OUT, ANY_NUMBER = "left out", "any number"
SLOTS = 400


@st.composite
def _household(draw: Callable[[st.SearchStrategy[Any]], Any], kinds: _Kinds) -> dict[str, Any]:
    size = draw(st.integers(kinds.least, kinds.most))
    household = _row(draw, kinds, kinds.drawn.household, size, None, 0)
    if kinds.drawn.area:
        household["area"] = _row(draw, kinds, kinds.drawn.area, size, None, 0)
    rows = []
    for member in range(size):
        kind = 0 if member == 0 else draw(st.integers(0, len(_AGES) - 1))
        rows.append({"id": IDS[member], **_row(draw, kinds, kinds.drawn.person, size, member, kind)})
    return {**household, "members": rows}


def _row(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    kinds: _Kinds,
    facts: tuple[tuple[ir.Fact, tuple[Threshold, ...]], ...],
    size: int,
    member: int | None,
    ages: int,
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for fact, figures in facts:
        value = draw(kinds.slots(fact, figures, size, member, ages))
        if value is ANY_NUMBER:
            low, high = _ends(fact)
            value = _written(draw(st.integers(low, min(high, max(low, 10**8)))), fact.type)
        if value is not LEFT_OUT:
            row[fact.id] = value
    return row


class _Kinds:
    """What the households of one strategy are drawn from."""

    def __init__(self, drawn: _Vocabulary, missing: float, partly: float, least: int, most: int) -> None:
        self.drawn, self.missing, self.partly, self.least, self.most = drawn, missing, partly, least, most
        self.kept: dict[tuple[str, int, bool, int], st.SearchStrategy[Any]] = {}

    def slots(
        self, fact: ir.Fact, figures: tuple[Threshold, ...], size: int, member: int | None, ages: int
    ) -> st.SearchStrategy[Any]:
        """What is drawn for a fact: the first slots, to which it shrinks, leave it out."""
        key = (fact.id, size, member == 0, ages)
        found = self.kept.get(key)
        if found is None:
            left_out = round(SLOTS * self.missing)
            known = _known(fact, figures, self.drawn.program, size, member, _AGES[ages], self.partly, SLOTS - left_out)
            found = self.kept[key] = st.sampled_from([LEFT_OUT] * left_out + known)
        return found


def _known(
    fact: ir.Fact,
    figures: tuple[Threshold, ...],
    program: ir.Program,
    size: int,
    member: int | None,
    ages: tuple[int, int],
    partly: float,
    slots: int,
) -> list[Any]:
    """As many values as there are slots, each as often as it should be drawn, the plainest first."""
    absent = slots // 5 if fact.optional else 0
    match fact.type:
        case ConditionType():
            parts: list[tuple[list[Any], int]] = [([False, True], slots - absent)]
        case ChoiceType():
            parts = [(_options(fact, program, member), slots - absent)]
        case DateType():
            near, usual = _days(fact, figures, program, ages)
            written = [[_written(day, fact.type) for day in days] for days in (usual, near)]
            parts = [(written[0], (slots - absent) // 2), (written[1], slots - absent - (slots - absent) // 2)]
        case NumberType():
            near, usual = _numbers(fact, fact.type, figures, size, ages if member is not None else None)
            bounds = [f"{word} {_written(n, fact.type)}" for n in near or usual for word in ("at least", "at most")]
            bounded = round((slots - absent) * partly)
            rest = slots - absent - bounded
            beside = rest // 2 if near else 0
            parts = [
                ([_written(n, fact.type) for n in usual], rest - beside - rest // 10),
                ([_written(n, fact.type) for n in near], beside),
                ([ANY_NUMBER], rest // 10),
                (bounds, bounded),
            ]
    drawn: list[Any] = []
    for values_, number in parts:
        drawn += sorted((values_[place % len(values_)] for place in range(number)), key=values_.index)
    return drawn + ["none"] * absent


def _options(fact: ir.Fact, program: ir.Program, member: int | None) -> list[str]:
    """The options of a choice; where they tell who someone is to the head of the household, only the first is the head."""
    assert isinstance(fact.range, int)
    possible = [option for place, option in enumerate(program.options) if fact.range >> place & 1]
    labels = {option: program.option_labels.get((fact.id, option)) for option in possible}
    heads = [option for option in possible if (label := labels[option]) is not None and label.zh in _HEAD_WORDS]
    if not heads or member is None or len(heads) == len(possible):
        return possible
    return heads if member == 0 else [option for option in possible if option not in heads]


def _ends(fact: ir.Fact) -> tuple[int, int]:
    low, high = values.ends(closed(fact.range, fact.type, fact.scope == "area"))
    assert low is not None
    assert high is not None
    return low, high


def _within(candidates: Iterable[int], low: int, high: int) -> list[int]:
    return list(dict.fromkeys(value for value in candidates if low <= value <= high))


def _numbers(
    fact: ir.Fact, type_: NumberType, figures: tuple[Threshold, ...], size: int, ages: tuple[int, int] | None
) -> tuple[list[int], list[int]]:
    """On the fact's scale: the figures that formulas compare it with and a step beside; and usual ones."""
    low, high = _ends(fact)
    scale = type_.scale
    beside: list[int] = []
    for figure in figures:
        at = figure.value * scale * (size if figure.per_head else 1)
        beside += [at.numerator // at.denominator + step for step in (0, -1, 1)]
    if type_.unit == YEARS and any(word in _words(fact) for word in _AGE_WORDS):
        first, last = ages if ages is not None else (0, 95)
        usual = _within((year * scale for year in range(first, last + 1)), low, high)
    elif type_.unit == RATIO:
        usual = _within((part * scale // 20 for part in range(21)), low, high)
    else:
        steps = (1, 10, 100, 1000, 10_000) if type_.unit.is_money else (1,)
        usual = _within((n * step * scale for step in steps for n in range(10)), low, high)
        usual += _within((10**6 * scale, high), low, high)
    return _within(beside, low, high), usual or [low]


def _days(
    fact: ir.Fact, figures: tuple[Threshold, ...], program: ir.Program, ages: tuple[int, int]
) -> tuple[list[int], list[int]]:
    """The days with which formulas compare a fact and those beside them; and usual ones."""
    low, high = _ends(fact)
    today = program.effective.toordinal()
    beside = [int(figure.value) + step for figure in figures for step in (0, -1, 1)]
    if any(word in _words(fact) for word in _BIRTH_WORDS):
        usual = (today - years * 365 - years * 7 for years in range(ages[0], ages[1] + 1))
    else:
        usual = (today + days for days in range(-2000, 1000, 97))
    return _within((*beside, today, today - 1, today + 1), low, high) or [low], _within(usual, low, high) or [low]


def _words(fact: ir.Fact) -> str:
    return f"{fact.label.zh} {fact.label.en.lower()}"


def _written(value: int, type_: ir.Type) -> Any:
    """As a caller writes it: a whole number, an exact decimal or fraction, a date."""
    if isinstance(type_, DateType):
        return date.fromordinal(value).isoformat()
    assert isinstance(type_, NumberType)
    exact = Fraction(value, type_.scale)
    if exact.denominator == 1:
        return exact.numerator
    places = len(str(type_.scale)) - 1
    if 10**places == type_.scale:
        return format(Decimal(value).scaleb(-places).normalize(), "f")
    return f"{exact.numerator}/{exact.denominator}"
