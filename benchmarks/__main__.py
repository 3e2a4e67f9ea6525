"""Print the table of figures: `make bench`."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from benchmarks import startup
from benchmarks.agreement import check
from benchmarks.handwritten import in_decimals, in_fen
from benchmarks.rounds import Measured, side_by_side
from benchmarks.subject import BENEFIT, CEILING, ON, PARAMETERS, STANDARD, households, medical_assistance_alone

ROUNDS, STARTS, CHECKED, MEASURED = 31, 11, 2000, 60
FEN, DECIMALS = "by hand, in whole fen", "by hand, in decimals"
FEN_TEXT, DECIMALS_TEXT = f"{FEN}, money as text", f"{DECIMALS}, money as text"
DECIDE, DECIDE_TEXT, EXPLAIN = "decide", "decide, money as text", "decide and explain as text"
TABLE, EXPRESSION = "zen-engine, decision table", "zen-engine, one expression node"
Given = list[dict[str, Any]]
Model = Callable[[dict[str, Any]], Any]


def main() -> None:
    pack = medical_assistance_alone()
    numbers, texts = households(MEASURED, seed=2), households(MEASURED, seed=2, as_text=True)
    standard, ceiling = Decimal(STANDARD), Decimal(CEILING)

    def decide(household: dict[str, Any]) -> None:
        for item in pack.decide(household, on=ON, parameters=PARAMETERS).entitlements:
            item.status, item.amount  # noqa: B018

    def explain(household: dict[str, Any]) -> None:
        str(pack.decide(household, on=ON, parameters=PARAMETERS).explain("zh", benefit=BENEFIT))

    subjects = {
        FEN: over(numbers, lambda household: in_fen(household, STANDARD * 100, CEILING * 100)),
        DECIMALS: over(numbers, lambda household: in_decimals(household, standard, ceiling)),
        DECIDE: over(numbers, decide),
        EXPLAIN: over(numbers, explain),
        FEN_TEXT: over(texts, lambda household: in_fen(household, STANDARD * 100, CEILING * 100)),
        DECIMALS_TEXT: over(texts, lambda household: in_decimals(household, standard, ceiling)),
        DECIDE_TEXT: over(texts, decide),
    }
    models = zen_models()
    compared = check(pack, {name: results for name, (_, results) in models.items()}, CHECKED)
    if models:
        from benchmarks import zen_model

        contexts = [zen_model.context(household) for household in numbers]
        subjects |= {name: over(contexts, evaluate) for name, (evaluate, _) in models.items()}
    measured = side_by_side(subjects, ROUNDS)

    print(f"Python {platform.python_version()} on {os.cpu_count()} cores; medical assistance of 淄博, three members")
    print(f"same answers on {compared} random households; medians of {ROUNDS} rounds side by side\n")
    print(f"{'':44} {'a household':>12} {'÷ decimals':>11} {'÷ fen':>8}   target")
    targets = {DECIDE: "at most 10", EXPLAIN: "at most 60"}
    for name, item in measured.items():
        on_texts = name in (FEN_TEXT, DECIMALS_TEXT, DECIDE_TEXT)
        by_hand = (measured[DECIMALS_TEXT], measured[FEN_TEXT]) if on_texts else (measured[DECIMALS], measured[FEN])
        ratios = "".join(f"{item.times(hand):{width}.1f}" for hand, width in zip(by_hand, (12, 9), strict=True))
        print(f"{name:44} {item.median:9.1f} µs{ratios}   {targets.get(name, '')}")
    print_zen(measured)
    print_a_case()
    print_startup()


def over(given: Given, work: Callable[[dict[str, Any]], Any]) -> Callable[[], int]:
    """One pass over the households."""

    def run() -> int:
        for household in given:
            work(household)
        return len(given)

    return run


def zen_models() -> dict[str, tuple[Model, Model]]:
    """Each model's evaluation of a context, and its results for a household; none where zen-engine isn't installed."""
    try:
        from benchmarks import zen_model
    except ImportError:
        return {}

    def results(evaluate: Model) -> Model:
        return lambda household: zen_model.results(evaluate(zen_model.context(household)))

    table, expression = zen_model.table_model(), zen_model.expression_model()
    return {TABLE: (table, results(table)), EXPRESSION: (expression, results(expression))}


def print_zen(measured: dict[str, Measured]) -> None:
    if TABLE not in measured:
        print("\nzen-engine isn't installed: pip install -e '.[bench]'")
        return
    faster = min((measured[TABLE], measured[EXPRESSION]), key=lambda item: item.median)
    print(f"\ndeciding is {faster.times(measured[DECIDE]):.1f} times as fast as the faster zen-engine model")


def print_a_case() -> None:
    try:
        import durable.engine  # noqa: F401
    except ImportError:
        print("\ndurable-rules isn't installed, so no case is measured: see docs/cases.md")
        return
    from benchmarks.case import print_cases

    print_cases(ROUNDS)


def print_startup() -> None:
    started = startup.measure(STARTS)
    rows = {
        "import policyengine": (started.imported, "under 250"),
        "load zibo, first": (started.loaded, "under 150"),
        "load zibo, again": (started.loaded_again, ""),
        "compile and decide, first": (started.first_decision, ""),
        "load and first decision": (started.loaded + started.first_decision, ""),
    }
    print(f"\nfresh processes, medians of {STARTS}")
    for name, (milliseconds, target) in rows.items():
        print(f"{name:44} {milliseconds:9.0f} ms{'':20}   {target}")
    print(
        f"{'peak memory of load and first decision':44} {started.peak:9.0f} MiB (Python alone {started.bare_peak:.0f})"
    )
    print(f"{'optional packages that the import pulls in':44} {', '.join(started.heavy) or 'none':>9}")


if __name__ == "__main__":
    main()
