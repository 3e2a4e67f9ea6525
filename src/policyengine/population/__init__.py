"""Whole populations: tables of households in, tables of decisions out.

    files, frames ──nesting──▶ households and persons ──facts──▶ columns ──interpreters/population──▶ results ──▶ files

`decide_table` decides tables in memory, `run_files` streams files; both give every row back, decided or rejected.
Needs the extra `population` (numpy, pyarrow, polars).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policyengine.population.deciding import Plan, prepare
    from policyengine.population.explaining import explain_row
    from policyengine.population.runs import Run, run_files
    from policyengine.population.tables import Decided, decide_table

_LATER = {
    "policyengine.population.deciding": ("Plan", "prepare"),
    "policyengine.population.explaining": ("explain_row",),
    "policyengine.population.runs": ("Run", "run_files"),
    "policyengine.population.tables": ("Decided", "decide_table"),
}
__all__ = ["Decided", "Plan", "Run", "decide_table", "explain_row", "prepare", "run_files"]


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            try:
                return getattr(import_module(module), name)
            except ModuleNotFoundError as error:
                if error.name not in ("numpy", "pyarrow", "polars"):
                    raise
                from policyengine.errors import PolicyError, diagnostic

                raise PolicyError([diagnostic("extra-needed", name="population", package=str(error.name))]) from None
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
