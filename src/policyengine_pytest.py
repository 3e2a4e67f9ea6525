"""A pytest plugin: `pytest policies/` runs every scenario beside a pack as a test with its own name and place.

It comes with the library (entry point `policyengine`; `-p no:policyengine` leaves it out). Files that aren't scenarios
beside a pack.yaml are none of its business. It stands outside the package, so that a run of pytest in which it meets none
doesn't import the library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from policyengine.authoring.scenario_schema import ScenarioShape
    from policyengine.packs import Pack
    from policyengine.testing.scenarios import Outcome, Variant

TO_CONFIRM = ("policyengine", "to confirm")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    folder = pack_folder(file_path)
    if folder is None:
        return None
    file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    file.folder = folder
    return file


def pack_folder(path: Path) -> Path | None:
    """The folder of the pack whose scenarios a file holds, None if it isn't such a file."""
    if path.suffix != ".yaml":
        return None
    if path.name == "scenarios.yaml":
        folder = path.parent
    elif path.parent.name == "scenarios":
        folder = path.parent.parent
    else:
        return None
    return folder if (folder / "pack.yaml").is_file() else None


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any) -> tuple[str, str, str] | None:
    """What was generated and nobody has confirmed is counted apart from what passed."""
    if report.when == "call" and report.passed and TO_CONFIRM in map(tuple, report.user_properties):
        return "to be confirmed", "c", "TO BE CONFIRMED"
    return None


class ScenarioFile(pytest.File):
    """A file of scenarios. What is wrong with it, or with its pack, is told as policyengine tells it."""

    folder: Path

    def collect(self) -> Iterator[pytest.Item]:
        from policyengine.errors import PolicyError

        kept: dict[Path, KeptPack] = self.session.stash.setdefault(_KEPT, {})
        pack = kept.setdefault(self.folder, KeptPack(self.folder))
        if pack.broken:
            raise self.CollectError(f"{self.folder}: the pack can't be loaded, as told above")
        try:
            pack.load()
            scenarios = pack.loaded.policy.scenarios(self.path)
        except PolicyError as error:
            raise self.CollectError(error.render()) from None
        names = Counter(str(scenario.name.zh) for scenario in scenarios)
        for scenario in scenarios:
            name = str(scenario.name.zh)
            if names[name] > 1:
                name = f"{name} [{_line(scenario)}]"
            item: ScenarioItem = ScenarioItem.from_parent(self, name=name)
            item.scenario, item.pack = scenario, pack
            item.extra_keyword_matches.add(str(scenario.name.en))
            yield item


class KeptPack:
    """A pack, loaded once for all of its files, with the reforms and supplements that they name."""

    loaded: Pack

    def __init__(self, folder: Path) -> None:
        self.folder, self.broken = folder, False
        self.variants: dict[Variant, Pack] = {}

    def load(self) -> None:
        """Raises PolicyError if the pack is broken, which is told once."""
        if not self.variants:
            from policyengine.packs import load
            from policyengine.testing.scenarios import PLAIN

            self.broken = True
            self.loaded = load(self.folder)
            self.broken = False
            self.variants[PLAIN] = self.loaded


_KEPT: pytest.StashKey[dict[Path, KeptPack]] = pytest.StashKey()


class ScenarioItem(pytest.Item):
    """One scenario."""

    scenario: ScenarioShape
    pack: KeptPack

    def runtest(self) -> None:
        from policyengine.testing.scenarios import run_scenario

        outcome = run_scenario(self.pack.loaded, self.scenario, self.pack.variants)
        if not outcome.passed:
            raise NotAsExpected(outcome)
        if outcome.to_confirm:
            self.user_properties.append(TO_CONFIRM)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, NotAsExpected):
            return super().repr_failure(excinfo, style)
        from policyengine.testing.report import tell_failures
        from policyengine.text import preferred_language

        lines = tell_failures(excinfo.value.outcome, preferred_language())
        return Told(lines, Crash(str(self.path), _line(self.scenario), lines[0]))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, _line(self.scenario) - 1, self.name


class NotAsExpected(Exception):
    """A scenario didn't come out as it expects."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome


@dataclass(frozen=True)
class Crash:
    """Where a scenario failed, and the one line that pytest's summary of failures shows of it."""

    path: str
    lineno: int
    message: str


@dataclass(frozen=True)
class Told:
    """A failure as policyengine tells it, in the form that pytest's reports are printed from."""

    lines: list[str]
    reprcrash: Crash

    def toterminal(self, tw: Any) -> None:
        tw.line(str(self))

    def __str__(self) -> str:
        return "\n".join(self.lines)


def _line(scenario: ScenarioShape) -> int:
    """The line of a scenario's name; 1 for the first."""
    place = scenario.name.zh.place
    return place.line if place is not None else 1
