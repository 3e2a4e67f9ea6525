"""Units of measure and the figures written in them: `1.5万元`, `75%`, `60岁`, `yuan/person/year`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, lru_cache

# the words for each base unit: ids and plurals first, then Chinese
WORDS: dict[str, tuple[str, ...]] = {
    "yuan": ("yuan", "元"),
    "person": ("persons", "person", "people", "人", "名"),
    "household": ("households", "household", "户"),
    "year": ("years", "year", "周岁", "岁", "年"),
    "month": ("months", "month", "个月", "月"),
    "day": ("days", "day", "天", "日"),
    "time": ("times", "time", "次"),
    "term": ("terms", "term", "学期"),
    "visit": ("visits", "visit", "诊次"),
    "item": ("items", "item", "个", "所", "项"),
    "road": ("roads", "road", "条"),
    "rank": ("rank", "ranks", "位"),
}
COUNTS = ("person", "household", "time", "item", "rank", "visit", "term", "road")
BASE = {word: base for base, words in WORDS.items() for word in words}
CHINESE = {
    "yuan": "元",
    "person": "人",
    "household": "户",
    "year": "年",
    "month": "月",
    "day": "天",
    "time": "次",
    "term": "学期",
    "visit": "诊次",
    "item": "个",
    "road": "条",
    "rank": "位",
}
MULTIPLES = {"万": 10**4, "百万": 10**6, "亿": 10**8}


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of base units: `dims` are (base, exponent) pairs in order of name, no exponent 0."""

    dims: tuple[tuple[str, int], ...] = ()

    def power(self, base: str) -> int:
        return dict(self.dims).get(base, 0)

    def __mul__(self, other: Unit) -> Unit:
        return _unit([*self.dims, *other.dims])

    def __truediv__(self, other: Unit) -> Unit:
        return _unit([*self.dims, *((base, -power) for base, power in other.dims)])

    @property
    def is_money(self) -> bool:
        return self.power("yuan") == 1

    @property
    def is_count(self) -> bool:
        """A plain number of persons, households, times, things."""
        return len(self.dims) == 1 and self.dims[0][1] == 1 and self.dims[0][0] in COUNTS

    @property
    def is_duration(self) -> bool:
        return self in (YEARS, MONTHS, DAYS)

    def without(self, base: str) -> Unit:
        return Unit(tuple(pair for pair in self.dims if pair[0] != base))

    def text(self, lang: str = "en") -> str:
        """`yuan/person/year` or 元/人/年; `ratio` or 比例 without dimensions."""
        above = [(base, power) for base, power in self.dims if power > 0]
        below = [(base, -power) for base, power in self.dims if power < 0]
        name = CHINESE if lang == "zh" else {base: base for base in CHINESE}
        if not above and not below:
            return "比例" if lang == "zh" else "ratio"
        plural = len(above) == 1 and not below and lang == "en" and above[0][0] not in ("yuan", "rank")
        top = "·".join(name[b] + (f"^{p}" if p > 1 else "") for b, p in above) + ("s" if plural else "")
        if not top:
            top = "比例" if lang == "zh" else "ratio"
        return top + "".join(("/" + name[b]) * p for b, p in sorted(below, key=lambda pair: ORDER.index(pair[0])))

    def __str__(self) -> str:
        return self.text()


ORDER = ["yuan", "household", "person", "year", "month", "term", "day", "time", "visit", "item", "road", "rank"]


def _unit(pairs: list[tuple[str, int]]) -> Unit:
    powers: dict[str, int] = {}
    for base, power in pairs:
        powers[base] = powers.get(base, 0) + power
    return Unit(tuple(sorted((base, power) for base, power in powers.items() if power)))


RATIO = Unit()
YUAN = Unit((("yuan", 1),))
YEARS, MONTHS, DAYS = Unit((("year", 1),)), Unit((("month", 1),)), Unit((("day", 1),))
PERSONS = Unit((("person", 1),))

HOUSEHOLDS = Unit((("household", 1),))
RANK = Unit((("rank", 1),))


def per_person(unit: Unit) -> Unit:
    """Money of a person is per person, whether or not that is written."""
    return unit / PERSONS if unit.is_money and unit.power("person") == 0 else unit


@cache
def parse_unit(text: str) -> Unit | None:
    """`yuan/person/year`, 元/人/年, `ratio`, `years`; None where it isn't a unit. `/household` is dropped."""
    pairs: list[tuple[str, int]] = []
    for place, part in enumerate(text.strip().replace("·", "*").split("/")):
        for word in part.split("*"):
            word = word.strip()
            if word in ("ratio", "比例", "1", "%") and place == 0:
                continue
            if word not in BASE:
                return None
            if not (place and BASE[word] == "household"):
                pairs.append((BASE[word], -1 if place else 1))
    return _unit(pairs)


def default_places(unit: Unit) -> int:
    """How many decimals a declared quantity has: money 2 (fen), a ratio 4, a count 0."""
    if unit.power("yuan"):
        return 2
    return 4 if not any(power > 0 for _, power in unit.dims) else 0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure as written: an exact value and its unit, None for a bare number."""

    value: Fraction
    unit: Unit | None


LONGEST_FIGURE = 100  # characters; what is longer is no figure
_NUMBER = r"[-+−]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_FIGURE = re.compile(rf"({_NUMBER})(?:\s*/\s*([0-9]+))?\s*(百万|万|亿)?\s*(.*)", re.DOTALL)
_LEADING_ZERO = re.compile(r"[-+]?0\d")


def parse_quantity(text: str) -> Quantity | None:
    """Read a figure exactly, or return None.

    `75%` is 3/4 of RATIO, `1.5万元` 15000 yuan, `1/6` a fraction, `60岁` 60 years, `12元/月` 12 yuan/month.
    Exponents, leading zeros (`010`) and `1:30` aren't figures.
    """
    text = text.strip().translate(FULL_WIDTH)
    if len(text) > LONGEST_FIGURE:
        return None
    found = _FIGURE.fullmatch(text)
    if found is None or _LEADING_ZERO.match(text):
        return None
    number, divisor, multiple, rest = found.groups()
    if divisor is not None and (int(divisor) == 0 or "." in number):
        return None
    value = Fraction(number.replace(",", "").replace("−", "-")) * MULTIPLES.get(multiple or "", 1)
    if divisor is not None:
        value /= int(divisor)
    rest = rest.strip()
    if not rest:
        return Quantity(value, None)
    if rest[0] == "%":
        rate = parse_unit("1" + rest[1:])
        return None if rate is None else Quantity(value / 100, rate)
    unit = parse_unit(rest)
    return None if unit is None else Quantity(value, unit)


# full-width forms that formulas and figures may use; one character for one, so that columns stay true
FULL_WIDTH = str.maketrans(
    "０１２３４５６７８９（），．％＋－＊／＜＞＝：；！　、［］",
    "0123456789(),.%+-*/<>=:;! ,[]",
)


_DAY_IN_WORDS = re.compile(r"(\d{4})[年/.-](\d{1,2})(?:[月/.-](\d{1,2})日?|月)|(\d{4})(\d\d)(\d\d)")


def day_meant(text: str) -> str:
    """How a date that is written otherwise is written here: 2021年6月1日 as 2021-06-01; a date as example if it is none."""
    found = _DAY_IN_WORDS.fullmatch(re.sub(r"\s", "", text.translate(FULL_WIDTH)))
    if found is not None:
        year, month, day, *digits = found.groups()
        parts = (year, month, day or 1) if year else digits
        try:
            return date(*map(int, parts)).isoformat()
        except ValueError:
            pass
    return "2018-06-01"


def fits(written: Unit | None, declared: Unit) -> bool:
    """May a figure with this unit stand where `declared` is expected?

    A bare number, the unit itself, and for money a short form that leaves out who and when: `4200元` for yuan/person/year.
    """
    if written is None or written == declared:
        return True
    if declared.is_money:
        return written == YUAN or written == declared.without("person")
    return declared.power("yuan") == 0 and written == RATIO and not any(power > 0 for _, power in declared.dims)


def show_number(value: Fraction, places: int | None = None) -> str:
    """An exact decimal with thousands separators; a fraction where it has no decimal form."""
    sign, value = ("-" if value < 0 else ""), abs(value)
    if places is None:
        places = 0
        while places < 12 and (value * 10**places).denominator != 1:
            places += 1
    scaled = value * 10**places
    if scaled.denominator != 1:
        return f"{sign}{value.numerator}/{value.denominator}"
    digits = f"{scaled.numerator:0{places + 1}d}"
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    return f"{sign}{int(whole):,}" + (f".{part}" if part else "")


def show_quantity(value: Fraction, unit: Unit, lang: str) -> str:
    """15,000.00 元 · 75% · 1/3 · 60 岁 · 15,000.00 yuan/year. Money of a person is shown without `/person`."""
    if not any(power > 0 for _, power in unit.dims):
        each = "" if unit == RATIO else unit.text(lang).removeprefix("比例").removeprefix("ratio")
        percent = show_number(value * 100)
        return (show_number(value) if "/" in percent else f"{percent}%") + each
    number = show_number(value, 2 if unit.is_money and value else None)
    if lang == "en" and unit == RANK:
        return f"no. {number}"
    name = unit_name(unit, lang)
    if lang == "en" and value == 1 and name.endswith("s") and not unit.is_money:
        name = name[:-1]
    return f"{number} {name}"


@cache
def unit_name(unit: Unit, lang: str) -> str:
    """What stands behind a number: a person's money without `/person`, ages in 岁."""
    if unit.is_money:
        unit = unit.without("person")
    return "岁" if lang == "zh" and unit == YEARS else unit.text(lang)


@cache
def number_format(unit: Unit, scale: int, lang: str) -> Callable[[int], str]:
    """How integers of a scale are shown; money in fen, by far the most frequent, takes a short way."""
    if unit.is_money and scale == 100:
        name = unit_name(unit, lang)

        def money(value: int) -> str:
            if value == 0:
                return f"0 {name}"
            whole, cents = divmod(abs(value), 100)
            return f"{'-' if value < 0 else ''}{whole:,}.{cents:02d} {name}"

        return money
    return lru_cache(maxsize=1024)(lambda value: show_quantity(Fraction(value, scale), unit, lang))
