"""Government benefit plans as policy packs: who is entitled to what, how much, and why, down to the clause.

    YAML pack ──authoring──▶ PolicyPack ──compiler(effective date)──▶ Program ──interpreter──▶ Decision
                 ▲ reform

>>> import policyengine
>>> pack = policyengine.load("zibo")
>>> decision = pack.decide({"members": [{"id": "a", "低保对象": "是"}]}, on="2018-06-01")
>>> print(decision.explain("zh"))  # doctest: +SKIP

What isn't given is unknown, never false or zero; money is exact; every result names its clauses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import policyengine.authoring.validation  # noqa: F401  # pydantic and PyYAML: imported now, not by the first pack
from policyengine._version import __version__
from policyengine.errors import Diagnostic, PolicyError

if TYPE_CHECKING:
    from policyengine.amounts import Amount
    from policyengine.analysis.cliffs import Cliffs, cliffs
    from policyengine.analysis.comparison import Comparison, compare
    from policyengine.cases.case import Case
    from policyengine.cases.conclusions import Conclusion, Premise
    from policyengine.cases.questions import Question
    from policyengine.cases.watching import Change, Watched, watch
    from policyengine.decision import Decision
    from policyengine.explaining.rendering import Explanation
    from policyengine.packs import Pack, load, shipped_packs
    from policyengine.regions import RegionComparison, compare_regions
    from policyengine.replaying import Replay, replay
    from policyengine.results import Assumption, Entitlement, IndicatorResult, Missing

_LATER = {  # our own modules are imported when first asked for
    "policyengine.amounts": ("Amount",),
    "policyengine.analysis.cliffs": ("Cliffs", "cliffs"),
    "policyengine.analysis.comparison": ("Comparison", "compare"),
    "policyengine.cases.case": ("Case",),
    "policyengine.cases.conclusions": ("Conclusion", "Premise"),
    "policyengine.decision": ("Decision",),
    "policyengine.regions": ("RegionComparison", "compare_regions"),
    "policyengine.packs": ("Pack", "load", "shipped_packs"),
    "policyengine.cases.questions": ("Question",),
    "policyengine.explaining.rendering": ("Explanation",),
    "policyengine.replaying": ("Replay", "replay"),
    "policyengine.results": ("Assumption", "Entitlement", "IndicatorResult", "Missing"),
    "policyengine.cases.watching": ("Change", "Watched", "watch"),
}

__all__ = [
    "Amount",
    "Assumption",
    "Case",
    "Change",
    "Cliffs",
    "Comparison",
    "Conclusion",
    "Decision",
    "Diagnostic",
    "Entitlement",
    "Explanation",
    "IndicatorResult",
    "Missing",
    "Pack",
    "PolicyError",
    "Premise",
    "Question",
    "RegionComparison",
    "Replay",
    "Watched",
    "__version__",
    "cliffs",
    "compare",
    "compare_regions",
    "load",
    "replay",
    "shipped_packs",
    "watch",
]


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            found = globals()[name] = getattr(import_module(module), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
