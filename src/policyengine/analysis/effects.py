"""Which benefits a change affects: proved unchanged, shown to change by a household, or not settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from policyengine import ir
from policyengine.analysis.differences import Difference
from policyengine.analysis.sides import Pair, Side, Target, is_one_plan, yearly
from policyengine.errors import PolicyError, diagnostic
from policyengine.text import Text

if TYPE_CHECKING:
    from policyengine.decision import Decision
    from policyengine.results import Entitlement, IndicatorResult

    Result = Entitlement | IndicatorResult

Status = Literal["same", "proved", "changes", "open", "added", "removed"]
SIZES = (1, 2, 3)
NO_SOLVER = Text("没有装求解器（附加组件 verify）", "the solver isn't installed (extra `verify`)")
NOT_SOUGHT = Text("没有求证", "no search was asked for")
OTHER_FACTS = Text("两边对同一事实的类型写得不一样", "the two declare a fact by different types")
OTHER_SCOPE = Text("两边的对象不同（个人与家庭）", "one is for a person, the other for a household")


@dataclass(frozen=True)
class Shown:
    """A household for whom a result is another under the new rules, decided under both. entity: whose result it is.

    figures, readings: what the plan leaves open and the example assumes, for both sides or (`old.NAME`) for one.
    """

    household: dict[str, Any]
    entity: str
    old: Decision
    new: Decision
    figures: Mapping[str, Any]
    readings: Mapping[str, Any]

    def results(self, name: str) -> tuple[Result, Result]:
        first, second = (result_of(decision, name, self.entity) for decision in (self.old, self.new))
        return first, second


@dataclass(frozen=True)
class Effect:
    """What a change does to one benefit or family (a pair), or to one indicator (a target).

    same: nothing it rests on says anything else. proved: it does, and the solver found no household of these sizes to
    whom it makes a difference. changes: `shown` is one, or the population has some. open: not settled, `why` says why and
    `seconds` how long it was tried. behind: the ids of the differences that it rests on.
    """

    about: Pair | Target
    status: Status
    behind: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    seconds: float = 0.0
    why: Text | None = None
    shown: Shown | None = None


def effects_of(
    old: Side,
    new: Side,
    abouts: Sequence[Pair | Target],
    changed: Sequence[Difference],
    *,
    prove: bool | None = None,
    sizes: Sequence[int] = SIZES,
    seconds: float = 10.0,
    progress: Callable[[Pair | Target], None] | None = None,
) -> tuple[Effect, ...]:
    """The effect on every pair and target. prove: use the solver; None: where it is installed. seconds: for each and size.

    Raises PolicyError where the solver is asked for and isn't installed.
    """
    search = _solver(prove) if is_one_plan(old, new) else None
    found = []
    for about in abouts:
        if progress is not None and not about.is_same:
            progress(about)
        found.append(_effect(old, new, about, changed, search, prove is not False, tuple(sizes), seconds))
    return tuple(found)


def _solver(prove: bool | None) -> Any:
    """The search, None where it isn't wanted or isn't there."""
    if prove is False:
        return None
    try:
        from policyengine.analysis.proving import settle
    except ModuleNotFoundError as error:
        if error.name != "z3":
            raise
        if prove:
            raise PolicyError([diagnostic("extra-needed", name="verify", package="z3-solver")]) from None
        return None
    return settle


def _effect(
    old: Side,
    new: Side,
    about: Pair | Target,
    changed: Sequence[Difference],
    search: Any,
    wanted: bool,
    sizes: tuple[int, ...],
    seconds: float,
) -> Effect:
    if about.is_same:
        return Effect(about, "same")
    behind = tuple(_behind(old, new, about, changed))
    before, after = sides_of(about)
    if not before or not after:
        return Effect(about, "removed" if before else "added", behind)
    if not is_one_plan(old, new):
        return Effect(about, "open")
    if before[0].scope != after[0].scope:
        return Effect(about, "open", behind, why=OTHER_SCOPE)
    if search is None:
        return Effect(about, "open", behind, why=NO_SOLVER if wanted else NOT_SOUGHT)
    found: Effect = search(old, new, about, behind, sizes, seconds)
    return found


def sides_of(about: Pair | Target) -> tuple[tuple[ir.Benefit | ir.Indicator, ...], ...]:
    """What faces each other."""
    if isinstance(about, Pair):
        return about.old, about.new
    return tuple(() if item is None else (item,) for item in (about.old, about.new))


def _behind(old: Side, new: Side, about: Pair | Target, changed: Sequence[Difference]) -> Iterator[str]:
    """The differences, other than of words, that something rests on."""
    names: set[str] = set()
    for side, items in zip((old, new), sides_of(about), strict=True):
        for item in items:
            names |= side.meanings.behind(item)
    ends = ("", ".eligible", ".amount", ".granted", ".capped", ".received")
    for each in changed:
        if each.how != "words" and any(each.id + end in names for end in ends):
            yield each.id


def result_of(decision: Decision, name: str, entity: str) -> Result:
    """A benefit's or an indicator's result for a member, the household or the area."""
    for item in decision.indicators:
        if (item.indicator, item.entity) == (name, entity):
            return item
    return decision.entitlement(name, entity)


def differs(one: Result, other: Result) -> bool:
    """Is one result another than the other? Amounts are compared by the year."""
    return one.status != other.status or _by_the_year(one) != _by_the_year(other)


def _by_the_year(item: Result) -> tuple[Decimal | None, ...] | None:
    if not isinstance(item.declaration, ir.Benefit):
        return None
    amount = getattr(item, "amount", None)
    factor = yearly([item.declaration])[item.declaration.id]
    return None if amount is None else tuple(None if end is None else end * factor for end in amount)
