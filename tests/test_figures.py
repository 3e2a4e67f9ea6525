"""Every figure of a pack is among the figures of the clause it cites, wherever the pack states it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minipack import read
from policyengine.checking import check
from policyengine.errors import Diagnostic

FACTS = "stage: {for: person, type: choice, options: {low: 低, high: 高}, label: 学段}\n"
CLAUSE = "M-1: {place: 一, class: benefit, says: 某, figures: [100元, 10%]}\n"
HEAD = "p: {label: 数, provision: M-1, "


def missing(folder: Path, parameter: str, files: dict[str, str] | None = None) -> list[Diagnostic]:
    """What is said of each figure that isn't in the clause."""
    parameters = HEAD + parameter + "}\n"
    indicators = "i: {for: person, label: 指标, met: stage == low, provision: M-1}\n"
    pack = read(folder, files, facts=FACTS, parameters=parameters, provisions=CLAUSE, indicators=indicators)
    return [item for item in check(pack).diagnostics if item.code == "figure-not-in-clause"]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("unit: yuan, values: 100元", []),
        ("unit: yuan, values: 200元", ["200元"]),
        ("unit: yuan, values: 0元", ["0元"]),
        ("unit: yuan, keys: [stage], cells: [[stage, value], [low, 100元], [high, 0元]]", []),
        ("unit: yuan, keys: [stage], cells: [[stage, value], [low, 100元], [high, 200元]]", ["200元"]),
        ("unit: yuan, keys: [stage], cells: [[stage, value], [low, 100元]], otherwise: not stated", []),
        (
            "unit: yuan, keys: [stage], cells: [[stage, from, value], [low, 2018-01-01, at least 300元]], otherwise: 400元",
            ["300元", "400元"],
        ),
        ("unit: ratio, argument: yuan, bands: [{value: 0%}, {over: 5元, value: 10%}]", []),
        ("unit: ratio, argument: yuan, bands: [{value: 0%}, {over: 5元, value: 20%}]", ["20%"]),
    ],
)
def test_every_figure_that_is_stated_is_looked_for(parameter: str, expected: list[str], tmp_path: Path) -> None:
    assert [dict(item.values)["figure"] for item in missing(tmp_path, parameter)] == expected


def test_figures_of_a_file_are_shown_in_their_row(tmp_path: Path) -> None:
    rows = 'stage,value\nlow,100元\nhigh,"1,200元"\n'
    (found,) = missing(tmp_path, "unit: yuan, keys: [stage], file: x.csv", {"x.csv": rows})
    assert str(found.place).endswith("x.csv:3:1")
    assert found.message() == "the figure 1,200元 of `p` isn't among the figures of M-1"
