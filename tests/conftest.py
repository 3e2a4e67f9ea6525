"""How much random testing a run does: `--long` tries every property on 25 times as many cases."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # tests start hundreds of processes: what they import is compiled once
collect_ignore_glob = ["challenge/*"]  # packs whose scenarios test_challenge.py runs
EXAMPLES, LONG = (
    int(os.environ.get("EXAMPLES", "100")),
    25,
)  # cases of a property where its test says nothing else; how many times more under --long


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help=f"try properties on {LONG} times as many cases; run long tests"
    )


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile(
        "policyengine",
        max_examples=EXAMPLES * (LONG if config.getoption("--long") else 1),
        deadline=None,
        derandomize=not config.getoption("--long"),  # the same cases every time, unless many more are asked for
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("policyengine")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests have counted (`record_property("counted", …)`), whichever process they ran in."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "counted" and report.when == "call":
                terminalreporter.write_line(value)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        skip = pytest.mark.skip(reason="a long run: switch it on with --long")
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(skip)
