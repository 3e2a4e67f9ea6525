"""What scenarios came to, in words: a failing one with expected, got and the reasons; how many passed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from policyengine.errors import Diagnostic
from policyengine.testing.scenarios import Failure, Outcome
from policyengine.text import Lang, Text, number_of

_TO_CONFIRM = Text("待确认", "to be confirmed")


def tell_outcome(outcome: Outcome, lang: Lang) -> str:
    """A failing scenario: its place and name, and for each expectation that wasn't met what there is to know."""
    name = outcome.label[lang]
    if outcome.to_confirm:
        name += f"（{_TO_CONFIRM.zh}）" if lang == "zh" else f" ({_TO_CONFIRM.en})"
    head = f"{outcome.place}: {name}" if outcome.place else name
    return "\n".join((head, *(f"  {line}".rstrip() for line in tell_failures(outcome, lang))))


def tell_failures(outcome: Outcome, lang: Lang) -> list[str]:
    """The lines below a failing scenario's name."""
    errors = [line for item in outcome.errors for line in item.render(lang).splitlines()]
    return errors + [line for failure in outcome.failures for line in tell_failure(failure, lang)]


def tell_failure(failure: Failure, lang: Lang) -> list[str]:
    about, expected, got = failure.about[lang], failure.expected[lang], failure.got[lang]
    where = f"{failure.place}: " if failure.place else ""
    if lang == "zh":
        lines = [f"{where}{about}：应为 {expected}，得到 {got}"]
    else:
        lines = [f"{where}{about}: expected {expected}, got {got}"]
    if failure.place:
        lines += failure.place.snippet().splitlines()
    lines += [f"    {line}" for line in failure.why(lang)]
    return lines + [f"{'提示：' if lang == 'zh' else 'hint: '}{line}" for line in failure.hints(lang)]


@dataclass
class Tally:
    """How many scenarios and expectations there are, how many failed, and which files hold unconfirmed ones.

    not_run: how many didn't run because of errors that have all been told with another.
    """

    passed: int = 0
    failed: int = 0
    checks: int = 0
    not_run: int = 0
    to_confirm: Counter[str] = field(default_factory=Counter)  # by file
    _told: set[Diagnostic] = field(default_factory=set)

    def add(self, outcome: Outcome) -> None:
        self.checks += outcome.checks
        self.passed += outcome.passed
        self.failed += not outcome.passed
        if outcome.to_confirm:
            self.to_confirm[outcome.place.file.name if outcome.place else ""] += 1

    def fresh(self, outcome: Outcome) -> Outcome | None:
        """The outcome without errors of the pack that have been told already; None where nothing is left to tell."""
        errors = tuple(item for item in outcome.errors if item.place is None or item not in self._told)
        self._told.update(outcome.errors)
        if errors or outcome.failures or not outcome.errors:
            return replace(outcome, errors=errors)
        self.not_run += 1
        return None

    def tell(self, lang: Lang) -> str:
        every, unconfirmed = self.passed + self.failed, sum(self.to_confirm.values())
        if lang == "zh":
            lines = [f"{every} 个情景，{self.checks} 项期望：{self.passed} 通过，{self.failed} 失败"]
            lines += [f"其中 {self.not_run} 个因上面的错误没有运行"] if self.not_run else []
            lines += [f"其中 {unconfirmed} 个待确认：期望由程序生成，还没有人核对"] if unconfirmed else []
        else:
            counted = f"{number_of(every, 'scenario')}, {number_of(self.checks, 'expectation')}"
            lines = [f"{counted}: {self.passed} passed, {self.failed} failed"]
            lines += [f"{self.not_run} of them didn't run because of the errors above"] if self.not_run else []
            lines += (
                [
                    f"{unconfirmed} of them to be confirmed: their expectations were generated, nobody has checked them yet"
                ]
                if unconfirmed
                else []
            )
        return "\n".join((*lines, *(f"  {file}: {number}" for file, number in sorted(self.to_confirm.items()))))
