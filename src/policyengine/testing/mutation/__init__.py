"""Mutation: change one rule of a pack at a time, and see whether its scenarios notice.

nodes, figures (one change at one node, of one parameter) → mutants (of a pack, on every date, each with its place and words)
→ trying (which of them the scenarios notice) → equivalence (which of the others change nothing at all).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from policyengine.checking import change_dates
from policyengine.errors import PolicyError, diagnostic
from policyengine.packs import Pack
from policyengine.testing.mutation.mutants import Edition, Mutant, Rules, mutants_of
from policyengine.testing.mutation.trying import Refused, Stand, noticed_by, run_all, stands_of
from policyengine.testing.scenarios import Outcome
from policyengine.text import Text, closest, several

if TYPE_CHECKING:  # z3 is imported when a survivor is looked at
    from policyengine.testing.mutation.equivalence import Judge, Killer

SECONDS = 10.0
Fate = Literal["noticed", "survived", "equivalent", "refused"]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    by: the scenario that noticed it. equivalent: no household of up to three members, all its facts known, tells it from the
    plan. refused: the compiler would not have let it pass. killer: of a survivor, a household by which it would be noticed.
    undecided: why neither a household was found nor that there is none.
    """

    mutant: Mutant
    fate: Fate
    by: str = ""
    killer: Killer | None = None
    undecided: str = ""


@dataclass
class Report:
    """What is known so far: `total` mutants, of which those in `verdicts` have been tried."""

    pack: str
    label: Text
    scenarios: int
    total: int
    names: dict[str, Text]  # of benefits, indicators and rules
    proofs: Literal["made", "not installed", "not wanted"]
    failing: list[Outcome] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(item.fate for item in self.verdicts)

    @property
    def counted(self) -> int:
        counts = self.counts
        return counts["noticed"] + counts["survived"]

    @property
    def score(self) -> Fraction | None:
        """The share of mutants that some scenario notices; equivalent and refused ones aren't counted."""
        return Fraction(self.counts["noticed"], self.counted) if self.counted else None

    @property
    def survivors(self) -> list[Verdict]:
        return [item for item in self.verdicts if item.fate == "survived"]


class Mutation:
    """The mutants of a pack and its scenarios. Raises PolicyError where the pack or a scenario can't be read.

    seconds: how long at most it is looked whether a survivor is equivalent; 0: it isn't.
    """

    def __init__(self, pack: Pack, *, only: Iterable[str] = (), seconds: float = SECONDS) -> None:
        self.pack = pack
        dates = change_dates(pack.policy)
        self.rules = Rules(pack, tuple(Edition(pack, on) for on in dates))
        wanted = [_result(pack, name) for name in only]
        self.mutants = mutants_of(self.rules, wanted)
        tried = list(run_all(pack))
        names = {key: item.label.text for key, item in pack.policy.benefits.items()}
        names |= {key: item.label.text for key, item in pack.policy.indicators.items()}
        names |= {item.target: item.label for item in self.mutants if item.target == item.owner}
        failing = [outcome for _, _, outcome in tried if not outcome.passed]
        self.stands: list[Stand] = stands_of(pack, (each for each in tried if each[2].passed))
        self.judge, proofs = self._judge(seconds)
        self.report = Report(pack.id, pack.label, len(tried), len(self.mutants), names, proofs, failing)

    def _judge(self, seconds: float) -> tuple[Judge | None, Literal["made", "not installed", "not wanted"]]:
        if not seconds:
            return None, "not wanted"
        try:
            from policyengine.testing.mutation.equivalence import Judge
        except ModuleNotFoundError as error:
            if error.name != "z3":
                raise
            return None, "not installed"
        return Judge(self.pack, self.rules, self.stands, seconds), "made"

    def run(self) -> Iterator[Verdict]:
        """Try one mutant after the other; the report grows with each."""
        for mutant in self.mutants:
            verdict = self.verdict(mutant)
            if verdict.fate == "survived" and self.judge is not None:
                verdict = _judged(verdict, self.judge)
            self.report.verdicts.append(verdict)
            yield verdict

    def verdict(self, mutant: Mutant) -> Verdict:
        try:
            tried = noticed_by(mutant, self.stands)
        except Refused:
            return Verdict(mutant, "refused")
        return Verdict(mutant, "survived") if tried is None else Verdict(mutant, "noticed", tried.name)


def _judged(verdict: Verdict, judge: Judge) -> Verdict:
    """A survivor with a household that would have noticed it, or as equivalent."""
    from policyengine.testing.mutation.equivalence import Equivalent, Killer

    answer = judge.judge(verdict.mutant)
    if isinstance(answer, Equivalent):
        return replace(verdict, fate="equivalent")
    if isinstance(answer, Killer):
        return replace(verdict, killer=answer)
    return replace(verdict, undecided=answer.why)


def _result(pack: Pack, name: str) -> str:
    """A benefit or indicator by id or label."""
    known: dict[str, str] = {}
    for section in (pack.policy.benefits, pack.policy.indicators):
        for key, item in section.items():
            known |= {str(item.label.zh): key, str(item.label.en): key, key: key}
    if name not in known:
        near = closest(name, known)
        hint = Text(f"是否想写 `{near}`？", f"did you mean `{near}`?") if near else None
        raise PolicyError([diagnostic("unknown-result", name=name, hint=hint)])
    return known[name]


Progress = Callable[[Report], None]


def mutate(
    pack: Pack, *, only: Iterable[str] | str = (), seconds: float = SECONDS, progress: Progress | None = None
) -> Report:
    """Try every mutant of a pack on its scenarios.

    only: benefits or indicators; then only what they rest on is changed. seconds: for each survivor, to look whether it
    changes anything at all (needs the extra `verify`). progress: called after each mutant.
    """
    mutation = Mutation(pack, only=several(only), seconds=seconds)
    for _ in mutation.run():
        if progress is not None:
            progress(mutation.report)
    return mutation.report


__all__ = ["SECONDS", "Fate", "Mutant", "Mutation", "Report", "Verdict", "mutate"]
