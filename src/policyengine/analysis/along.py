"""A household along one fact: what its benefits come to at each value, and where they drop by more than the fact brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from policyengine import ir
from policyengine.amounts import Amount
from policyengine.analysis.sides import yearly
from policyengine.compiler.figures import FigureError, read_number
from policyengine.decision import Decision
from policyengine.errors import PolicyError, diagnostic, diagnostic_of
from policyengine.packs import Pack
from policyengine.results import Entitlement
from policyengine.text import Text
from policyengine.units import YEARS, YUAN

MOST_DROPS = 8  # looked for between two points
Key = tuple[str, str]  # a benefit and whose it is


@dataclass(frozen=True)
class Point:
    """The fact's value (on its scale), and the total of the money benefits a year."""

    at: int
    total: Amount


@dataclass(frozen=True)
class Loss:
    """One benefit of one person (or the household) at a drop: before and after. A None amount: the benefit has none."""

    benefit: str
    entity: str
    who: str
    label: Text
    before: tuple[str, Amount | None]
    after: tuple[str, Amount | None]


@dataclass(frozen=True)
class Drop:
    """Between `before` and `after`, two values of the fact (next to each other, where `is_exact`).

    loses: what the benefits lose together a year, with bounds. gains: what the fact itself brings, where it is money.
    net: loses - gains. losses: benefits that change.
    """

    before: int
    after: int
    loses: Amount
    gains: Decimal
    losses: tuple[Loss, ...]
    is_exact: bool

    @property
    def net(self) -> Amount:
        return Amount(*(None if end is None else end - self.gains for end in self.loses))

    @property
    def is_sure(self) -> bool:
        """Does the household surely lose more than it gains?"""
        return self.net.low is not None and self.net.low > 0


class Line:
    """A household along one fact. moving: (benefit, variable) that rest on the fact.

    least: yuan a year; where less than that is lost beyond what is gained, it isn't called a cliff: rounding to the fen,
    times members and months, loses and gives back as much along any taper.
    """

    def __init__(
        self,
        pack: Pack,
        household: dict[str, Any],
        names: set[str],
        fact: ir.Fact,
        entity: str,
        settings: dict[str, Any],
        moving: frozenset[tuple[str, str]],
        income: bool,
        least: Decimal,
    ) -> None:
        self.pack, self.names, self.fact, self.entity = pack, names, fact, entity
        self.settings, self.moving, self.income, self.least = settings, moving, income, least
        self.household = _without(household, names, entity)
        self._kept: dict[int, dict[Key, Entitlement]] = {}
        self._who: dict[str, str] = {}
        self.passed_over = False

    def decide(self, at: int) -> Decision:
        return self.pack.decide(self._at(at), **self.settings)

    def _at(self, at: int) -> dict[str, Any]:
        value = (
            written(at, self.fact.type)
            if isinstance(self.fact.type, ir.NumberType)
            else date.fromordinal(at).isoformat()
        )
        if self.entity == "household":
            return {**self.household, self.fact.id: value}
        rows = [
            {**row, self.fact.id: value} if str(row.get("id")) == self.entity else row
            for row in self.household["members"]
        ]
        return {**self.household, "members": rows}

    def results(self, at: int) -> dict[Key, Entitlement]:
        """Every entitlement by benefit and entity."""
        found = self._kept.get(at)
        if found is None:
            decision = self.decide(at)
            self._who = decision.member_names
            found = self._kept[at] = {(item.benefit, item.entity): item for item in decision.entitlements}
        return found

    def total(self, at: int) -> Amount:
        """All money benefits a year."""
        low: Decimal | None = Decimal("0.00")
        high: Decimal | None = Decimal("0.00")
        for item in self.results(at).values():
            if item.amount is not None:
                factor = yearly([item.declaration])[item.benefit]
                low = None if low is None or item.amount.low is None else low + item.amount.low * factor
                high = None if high is None or item.amount.high is None else high + item.amount.high * factor
        return Amount(low, high)

    def open(self) -> dict[Key, int]:
        """The money benefits that rest on the fact and are undetermined somewhere, each with a value at which it is."""
        rest = {benefit for benefit, _ in self.moving}
        found: dict[Key, int] = {}
        for at, results in sorted(self._kept.items()):
            for key, item in results.items():
                if item.status == "undetermined" and item.benefit in rest and item.amount is not None:
                    found.setdefault(key, at)
        return found

    # drops

    def drops(self, start: int, end: int) -> list[Drop]:
        """The cliffs between two points, each located as far as it can be; smaller ones are `passed_over`."""
        found: list[Drop] = []
        self.passed_over = False
        self._search(start, end, found)
        return sorted(found, key=lambda drop: drop.before)

    def _search(self, start: int, end: int, found: list[Drop]) -> None:
        if len(found) >= MOST_DROPS or not self._is_cliff(start, end):
            return
        low, high = start, end
        while high - low > 1:
            middle = (low + high) // 2
            halves = [half for half in ((low, middle), (middle, high)) if self._is_cliff(*half)]
            if not halves:
                break
            low, high = max(halves, key=lambda half: self._weight(*half))
        drop, whole = self.between(low, high), self.between(start, end)
        no_edge = not drop.is_exact or _least(drop) * MOST_DROPS < _least(whole)
        if no_edge and whole.is_sure and drop.is_sure:
            found.append(whole)  # a little more is lost than gained all along
            return
        if _is_little(drop, self.least):
            self.passed_over = self.passed_over or drop.is_sure
        else:
            found.append(drop)
        self._search(start, low, found)
        self._search(high, end, found)

    def _is_cliff(self, start: int, end: int) -> bool:
        if start >= end:
            return False
        drop = self.between(start, end)
        return _least(drop) >= self.least or any(_is_lost(item) for item in drop.losses)

    def _weight(self, start: int, end: int) -> tuple[Decimal, int]:
        drop = self.between(start, end)
        return _least(drop), sum(_is_lost(item) for item in drop.losses)

    def between(self, start: int, end: int) -> Drop:
        """What is lost and gained from one value to another."""
        before, after = self.results(start), self.results(end)
        low: Decimal | None = Decimal("0.00")
        high: Decimal | None = Decimal("0.00")
        losses = []
        for key, item in before.items():
            then = after[key]
            one, other = self._loss(item, then)
            low = None if low is None or one is None else low + one
            high = None if high is None or other is None else high + other
            if (item.status, item.amount) != (then.status, then.amount):
                who = self._who.get(item.entity, item.entity)
                losses.append(Loss(*key, who, item.label, (item.status, item.amount), (then.status, then.amount)))
        gains = self._gain(end - start)
        return Drop(start, end, Amount(low, high), gains, tuple(losses), end - start == 1)

    def _loss(self, item: Entitlement, then: Entitlement) -> tuple[Decimal | None, Decimal | None]:
        """Least and most that is lost a year; nothing where all of it stands still, known or not."""
        declared = item.declaration
        stands = {name for name in (declared.eligible, declared.amount) if (declared.id, name) not in self.moving}
        if item.amount is None or then.amount is None or {declared.eligible, declared.amount} <= stands:
            return Decimal(0), Decimal(0)
        if item.status == then.status == "eligible" and declared.amount in stands:
            return Decimal(0), Decimal(0)
        if item.status == then.status == "ineligible":
            return Decimal(0), Decimal(0)
        factor = yearly([declared])[declared.id]
        low = (
            None
            if item.amount.low is None or then.amount.high is None
            else (item.amount.low - then.amount.high) * factor
        )
        high = (
            None
            if item.amount.high is None or then.amount.low is None
            else (item.amount.high - then.amount.low) * factor
        )
        return low, high

    def _gain(self, steps: int) -> Decimal:
        """What so many of the smallest steps bring a year, where the fact is money."""
        type_ = self.fact.type
        if not self.income or not isinstance(type_, ir.NumberType) or not type_.unit.is_money:
            return Decimal(0)
        times = 12 if type_.unit.power("month") == -1 else 1
        return Decimal(steps * times) / Decimal(type_.scale)

    # the caller's figures

    def read(self, value: Any, name: str) -> int:
        """A value of the fact, on its scale. Raises PolicyError where it is none, or out of the fact's range."""
        type_ = self.fact.type
        assert isinstance(type_, ir.NumberType | ir.DateType)
        try:
            found = read_number(value.isoformat() if isinstance(value, date) else str(value), type_)
        except FigureError as error:
            raise PolicyError([diagnostic_of(error.code, None, error.values, name)]) from None
        self.decide(found)  # out of range is told as for any household
        return found

    def read_step(self, value: Any) -> int:
        type_ = self.fact.type
        try:
            if isinstance(type_, ir.DateType):
                found = int(str(value))
            else:
                assert isinstance(type_, ir.NumberType)
                found = read_number(str(value), type_)
        except (FigureError, ValueError):
            found = 0
        if found <= 0:
            wanted = Text(f"应为大于 0 的一步，而不是 `{value}`", f"a step above 0 is expected, not `{value}`")
            raise PolicyError([diagnostic("bad-argument", name="--step", reason=wanted)])
        return found


class Little:
    """Steps that each cost a little: a cliff, told as a stretch, where together they cost enough.

    A stretch goes on for as long as no more than `least` of what it has cost comes back. steps: how many cost a little
    and are part of no such stretch.
    """

    def __init__(self, line: Line) -> None:
        self.line, self.steps = line, 0
        self._start: int | None = None
        self._end, self._deepest, self._costly = 0, Decimal(0), 0

    def taken_in(self, start: int, end: int, has_cliff: bool) -> list[Drop]:
        """One more step; the stretch that it ends, if it ends one."""
        if has_cliff:
            return self.ended()
        costs = self.line.between(start, end).is_sure
        if self._start is None:
            self.steps += self.line.passed_over and not costs
            if costs:
                self._start, self._end, self._deepest, self._costly = start, start, Decimal(0), 0
        if self._start is None:
            return []
        self._costly += costs
        cost = _least(self.line.between(self._start, end))
        if cost >= self._deepest:
            self._end, self._deepest = end, cost
        return self.ended() if cost <= max(Decimal(0), self._deepest - self.line.least) else []

    def ended(self) -> list[Drop]:
        start, self._start = self._start, None
        if start is not None and self._deepest >= self.line.least:
            return [self.line.between(start, self._end)]
        self.steps += 0 if start is None else self._costly
        return []


def read_least(value: Any) -> Decimal:
    """Yuan a year, as `1`, `0.01元`; raises PolicyError where it isn't an amount above 0."""
    type_ = ir.NumberType(YUAN / YEARS, 100)
    try:
        found = read_number(str(value), type_)
    except FigureError as error:
        raise PolicyError([diagnostic_of(error.code, None, error.values, "--least")]) from None
    if found <= 0:
        wanted = Text(f"应为大于 0 的金额，而不是 `{value}`", f"an amount above 0 is expected, not `{value}`")
        raise PolicyError([diagnostic("bad-argument", name="--least", reason=wanted)])
    return Decimal(found).scaleb(-2)


def _least(drop: Drop) -> Decimal:
    """What is surely lost beyond what is gained."""
    return Decimal(0) if drop.net.low is None else drop.net.low


def _is_little(drop: Drop, least: Decimal) -> bool:
    """Is everything that is lost worth something known, and surely less than `least` beyond what is gained?"""
    worth = all(item.before[1] is not None for item in drop.losses if _is_lost(item))
    return worth and drop.net.high is not None and drop.net.high < least


def _is_lost(item: Loss) -> bool:
    """Was entitled, and isn't any more, or may not be."""
    return item.before[0] == "eligible" and item.after[0] != "eligible"


def _without(household: dict[str, Any], names: set[str], entity: str) -> dict[str, Any]:
    """The household without the fact, under whatever name it was given."""
    if entity == "household":
        return {key: value for key, value in household.items() if key not in names}
    rows = [
        {key: value for key, value in row.items() if key not in names} if str(row.get("id")) == entity else row
        for row in household["members"]
    ]
    return {**household, "members": rows}


def written(value: int, type_: ir.NumberType) -> str:
    """A figure on a type's scale as an exact decimal, or a fraction where it has none."""
    exact = Fraction(value, type_.scale)
    places = len(str(type_.scale)) - 1
    if 10**places == type_.scale:
        return format(Decimal(value).scaleb(-places), "f")
    return str(exact)
