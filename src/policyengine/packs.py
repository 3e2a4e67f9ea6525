"""Load a policy pack and decide with it: the library's front door."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from policyengine.authoring.pack import PolicyPack, read_folder
from policyengine.authoring.reader import place_of, shown
from policyengine.authoring.reform import apply_reform, apply_supplement, read_reform
from policyengine.errors import PolicyError, diagnostic, diagnostic_of
from policyengine.text import Text, closest, several

if TYPE_CHECKING:  # what deciding needs is imported when a pack first decides
    from policyengine import ir
    from policyengine.cases.case import Case
    from policyengine.decision import Decision
    from policyengine.intake import Forms
    from policyengine.ready import Ready
    from policyengine.totals import Totals

MOST_DATES = 200  # programs kept ready, one a date


def shipped_packs() -> dict[str, Path]:
    """The packs that come with the library, by name: beside the package when installed, in the checkout otherwise."""
    here = Path(__file__).resolve().parent
    for root in (here / "policies", here.parent.parent / "policies"):
        if root.is_dir():
            return {path.parent.name: path.parent for path in sorted(root.glob("*/pack.yaml"))}
    return {}


def load(
    pack: str | Path,
    *,
    reforms: Iterable[str | Path] | str | Path = (),
    supplements: Iterable[str] | str = (),
    grades: str = "AB",
) -> Pack:
    """Load a shipped pack by name, or a pack from its folder, with reforms and supplements applied in that order.

    pack: a name (`zibo`) or a folder with a pack.yaml. reforms: ids of the pack's reforms, or files. supplements: ids of
    the pack's supplements; figures graded below `grades` are refused. One by itself needs no list. Raises PolicyError with all that is wrong;
    the clauses of a shipped pack are read, and what is wrong with them raised, when something first asks for them.
    """
    _warn_of_namesake()
    folder = folder_of(pack)
    is_shipped = isinstance(pack, str) and pack in shipped_packs()
    with _without_collecting():
        loaded = Pack(read_folder(folder, _find_beside(folder), ledger_later=is_shipped))
    return loaded.with_changes(reforms=reforms, supplements=supplements, grades=grades)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for garbage meanwhile: what is read stays, and searching tens of thousands of places takes a sixth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def _warn_of_namesake() -> None:
    """Another project's distribution installs a package of this name too; then one hides parts of the other."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("policyengine")
    except PackageNotFoundError:
        return
    warnings.warn(
        f"the distribution `policyengine` {found} is installed: it is another project with a package of the same name, "
        "and the two overwrite each other's files. Uninstall it (`pip uninstall policyengine`) and reinstall "
        "`policyengine-packs`.",
        RuntimeWarning,
        stacklevel=3,
    )


def folder_of(pack: str | Path) -> Path:
    """Where a shipped pack, or one in a folder, lies. Raises PolicyError with the likeliest meant."""
    shipped = shipped_packs()
    if isinstance(pack, str) and pack in shipped:
        return shipped[pack]
    folder = Path(pack)
    if folder.name == "pack.yaml":
        folder = folder.parent
    if (folder / "pack.yaml").is_file():
        return folder
    if folder.is_dir():
        raise PolicyError([diagnostic("no-pack", path=shown(folder))])
    near = closest(str(pack), shipped)
    hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
    raise PolicyError([diagnostic("unknown-pack", name=str(pack), hint=hint)])


def _find_beside(folder: Path) -> Any:
    """A pack named in `uses` lies beside the pack that uses it, or is a shipped one."""

    def find(name: str) -> Path | None:
        beside = folder.resolve().parent / name
        if not name.isidentifier():
            return None
        return beside if (beside / "pack.yaml").is_file() else shipped_packs().get(name)

    return find


class Pack:
    """A loaded pack. Safe to share between threads; programs are compiled once for each date and kept."""

    def __init__(self, policy: PolicyPack, reforms: tuple[str, ...] = (), supplements: tuple[str, ...] = ()) -> None:
        self.policy, self.reforms, self.supplements = policy, reforms, supplements
        self._ready: dict[date, Ready] = {}
        self._keeping = Lock()
        self.kept: dict[Any, Any] = {}  # what others keep beside the pack, by their own keys

    def with_changes(
        self,
        *,
        reforms: Iterable[str | Path] | str | Path = (),
        supplements: Iterable[str] | str = (),
        grades: str = "AB",
    ) -> Pack:
        """The pack with supplements filled in and reforms applied, each in its order; itself if there are none."""
        policy, reforms, supplements = self.policy, several(reforms), several(supplements)
        for supplement in supplements:
            policy = apply_supplement(policy, supplement, grades)
        for reform in reforms:
            policy = apply_reform(policy, read_reform(policy, reform))
        if policy is self.policy:
            return self
        return Pack(policy, (*self.reforms, *map(str, reforms)), (*self.supplements, *supplements))

    @property
    def id(self) -> str:
        return self.policy.id

    @property
    def label(self) -> Text:
        return self.policy.shape.label.text

    @property
    def digest(self) -> str:
        """SHA-256 of what the pack says."""
        return self.policy.digest

    @cached_property
    def term(self) -> tuple[date, date] | None:
        """The first and last day of the plan."""
        term = self.policy.shape.term
        return None if term is None else (_day(term.from_), _day(term.to))

    def program(self, on: date | str) -> ir.Program:
        """The program in force on a date. Raises PolicyError with everything that is wrong in the pack."""
        return self._on(_day(on)).program

    def forms(self, on: date | str) -> Forms:
        """Every name under which a fact, parameter or reading can be given on a date."""
        return self._on(_day(on)).forms

    def _on(self, on: date) -> Ready:
        ready = self._ready.get(on)
        if ready is None:
            from policyengine.ready import Ready

            ready = Ready(self.policy, on)
            with self._keeping:
                if len(self._ready) >= MOST_DATES:
                    self._ready.pop(next(iter(self._ready)))
                self._ready[on] = ready
        return ready

    def decide(
        self,
        household: Mapping[str, Any],
        *,
        on: date | str,
        parameters: Mapping[str, Any] | None = None,
        readings: Mapping[str, Any] | None = None,
        beyond_term: bool = False,
    ) -> Decision:
        """Decide every benefit and household indicator for one household.

        household: facts by id or label, and `members`, a list of facts each with an `id`; what is left out is unknown.
        Money is yuan (int, str, Decimal), or a text such as "1.5万元" or "at least 5000元". parameters: figures the plan
        doesn't state, or local ones within its bounds. readings: a reading's option, or "open" to see whether it matters.
        Raises PolicyError with everything that is wrong with the input.

        >>> pack = load("zibo")
        >>> decision = pack.decide({"members": [{"id": "a", "低保对象": "是"}]}, on="2018-06-01")
        """
        return self._decide(household, on, parameters or {}, readings or {}, beyond_term, ("household", "person"))

    def decide_area(
        self,
        area: Mapping[str, Any],
        *,
        on: date | str,
        parameters: Mapping[str, Any] | None = None,
        readings: Mapping[str, Any] | None = None,
        beyond_term: bool = False,
    ) -> Decision:
        """Check the area's indicators: area facts by id or label."""
        household = {"area": area, "members": [{"id": "nobody"}]}
        return self._decide(household, on, parameters or {}, readings or {}, beyond_term, ("area",))

    def totals(
        self,
        households: Iterable[Mapping[str, Any]],
        *,
        on: date | str,
        area: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        readings: Mapping[str, Any] | None = None,
        beyond_term: bool = False,
    ) -> Totals:
        """The area facts that are totals over households, counted from these; see `totals.area_totals`.

        >>> totals = pack.totals(households, on="2018-06-01")  # doctest: +SKIP
        >>> decision = pack.decide_area({**totals.facts, **reported}, on="2018-06-01")  # doctest: +SKIP
        """
        from policyengine.totals import area_totals

        return area_totals(
            self, households, on=on, area=area, parameters=parameters, readings=readings, beyond_term=beyond_term
        )

    def _decide(
        self,
        household: Mapping[str, Any],
        on: date | str,
        parameters: Mapping[str, Any],
        readings: Mapping[str, Any],
        beyond_term: bool,
        scopes: tuple[str, ...],
    ) -> Decision:
        day = self.day_in_term(on, beyond_term)
        sources = {"beyond_term": beyond_term, "reforms": self.reforms, "supplements": self.supplements}
        return self._on(day).decide(household, parameters, readings, scopes, sources)

    def day_in_term(self, on: date | str, beyond_term: bool) -> date:
        """The effective date, which must lie in the plan's term unless the caller goes beyond it."""
        day, term = _day(on), self.term
        if term is not None and not beyond_term and not term[0] <= day <= term[1]:
            start, end = (str(limit) for limit in term)
            raise PolicyError([diagnostic("beyond-term", on=str(day), start=start, end=end)])
        return day

    def __reduce__(self) -> tuple[Any, ...]:
        """What is sent to another process: the pack without its programs."""
        return Pack, (self.policy, self.reforms, self.supplements)

    def open_case(
        self,
        *,
        on: date | str,
        members: Iterable[str | Mapping[str, Any]] | str | Mapping[str, Any] = (),
        parameters: Mapping[str, Any] | None = None,
        readings: Mapping[str, Any] | None = None,
        name: str = "",
        beyond_term: bool = False,
    ) -> Case:
        """Open a case, to which facts are told one by one. It needs the extra `forward` (docs/cases.md).

        members: each an id, or `{"id": …, "name": …}`. parameters, readings and beyond_term: as for `decide`. name: what
        the household is called. Raises PolicyError with everything that is wrong, and where the extra isn't installed.

        >>> with load("zibo").open_case(on="2018-06-01", members=["a"]) as case:
        ...     [item.result for item in case.tell("重点防治疾病患者", "是", "a")]  # doctest: +SKIP
        """
        from policyengine.cases.case import open_case

        return open_case(self, _day(on), members, parameters or {}, readings or {}, name, beyond_term)

    def __repr__(self) -> str:
        return f"Pack({self.id!r}: {len(self.policy.benefits)} benefits, {len(self.policy.indicators)} indicators)"


def _day(value: date | str) -> date:
    """The day that a caller or a pack names. Raises PolicyError if it is none from 1850 to 2150."""
    if isinstance(value, datetime):
        value = value.date()
    try:
        return _written_day(value.isoformat() if isinstance(value, date) else str(value))
    except PolicyError as error:
        raise PolicyError(replace(item, place=place_of(value)) for item in error.diagnostics) from None


@lru_cache(maxsize=1024)
def _written_day(text: str) -> date:
    from policyengine.compiler.figures import FigureError, read_date

    try:
        return read_date(text)
    except FigureError as error:
        raise PolicyError([diagnostic_of(error.code, None, error.values)]) from None
