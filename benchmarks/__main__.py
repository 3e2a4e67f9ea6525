"""Print the table of figures: `make bench`."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from benchmarks import startup
from benchmarks.agreement import check
from benchmarks.handwritten import medical_assistance
from benchmarks.rounds import side_by_side
from benchmarks.subject import BENEFIT, CEILING, ON, PARAMETERS, STANDARD, households, medical_assistance_alone

ROUNDS, STARTS, CHECKED = 31, 11, 2000
HAND, DECIDE, TEXTS, EXPLAIN = "written by hand", "decide", "decide, money as text", "decide and explain as text"
TABLE, EXPRESSION = "zen-engine, decision table", "zen-engine, one expression node"


def main() -> None:
    pack = medical_assistance_alone()
    numbers, texts = households(60, seed=2), households(60, seed=2, as_text=True)

    def by_hand() -> int:
        for household in numbers:
            medical_assistance(household, STANDARD, CEILING)
        return len(numbers)

    def decide(given: list[dict[str, Any]] = numbers) -> int:
        for household in given:
            decision = pack.decide(household, on=ON, parameters=PARAMETERS)
            for item in decision.entitlements:
                item.status, item.amount  # noqa: B018
        return len(given)

    def explain() -> int:
        for household in numbers:
            str(pack.decide(household, on=ON, parameters=PARAMETERS).explain("zh", benefit=BENEFIT))
        return len(numbers)

    subjects: dict[str, Callable[[], int]] = {
        HAND: by_hand,
        DECIDE: decide,
        TEXTS: lambda: decide(texts),
        EXPLAIN: explain,
    }
    compared = check(pack, _zen(subjects, numbers), CHECKED)
    measured = side_by_side(subjects, HAND, ROUNDS)
    started = startup.measure(STARTS)

    print(f"Python {platform.python_version()}, medical assistance of 淄博, households of three")
    print(f"same answers on {compared} random households; medians of {ROUNDS} rounds side by side\n")
    print(f"{'':34} {'per household':>14} {'by hand = 1':>12}   target")
    targets = {DECIDE: "at most 10", EXPLAIN: "at most 60"}
    for name, item in measured.items():
        print(f"{name:34} {item.microseconds:11.1f} µs {item.ratio:12.1f}   {targets.get(name, '')}")
    if TABLE in measured:
        fastest = min(measured[TABLE].ratio, measured[EXPRESSION].ratio)
        print(f"\ndeciding is {fastest / measured[DECIDE].ratio:.1f} times as fast as the faster zen-engine model")
    else:
        print("\nzen-engine isn't installed: pip install -e '.[bench]'")
    print(f"\nfresh processes, medians of {STARTS}")
    print(f"{'import policyengine':34} {started.imported:11.0f} ms                under 250")
    print(f"{'load zibo (first)':34} {started.loaded:11.0f} ms                under 150")
    print(f"{'load zibo (again)':34} {started.loaded_again:11.0f} ms")
    print(f"{'compile and decide (first)':34} {started.first_decision:11.0f} ms")
    print(f"{'load and first decision':34} {started.loaded + started.first_decision:11.0f} ms")
    print(f"{'peak memory':34} {started.peak:11.0f} MiB (Python alone {started.bare_peak:.0f})")
    print(f"optional packages pulled in: {', '.join(started.heavy) or 'none'}")


def _zen(
    subjects: dict[str, Callable[[], int]], numbers: list[dict[str, Any]]
) -> dict[str, Callable[[dict[str, Any]], Any]]:
    """Add the zen-engine models to what is measured, where that package is installed; returns how to check them."""
    try:
        from benchmarks import zen_model
    except ImportError:
        return {}
    contexts = [zen_model.context(household) for household in numbers]
    models = {TABLE: zen_model.table_model(), EXPRESSION: zen_model.expression_model()}

    def subject(evaluate: Callable[[dict[str, Any]], Any]) -> Callable[[], int]:
        def run() -> int:
            for household in contexts:
                evaluate(household)
            return len(contexts)

        return run

    def checked(evaluate: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        return lambda household: zen_model.results(evaluate(zen_model.context(household)))

    for name, evaluate in models.items():
        subjects[name] = subject(evaluate)
    return {name: checked(evaluate) for name, evaluate in models.items()}


if __name__ == "__main__":
    main()
