"""Several pieces at once: while numpy, Arrow and compiled loops compute, Python goes on elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
WORKERS = min(8, os.cpu_count() or 1)


def at_once(function: Callable[[T], R], pieces: Iterable[T]) -> list[R]:
    """What the function makes of each piece, in their order.

    Every worker, the caller among them, takes the next piece when it is done with one: a task for each piece would cost
    a wait for Python's lock each time.
    """
    every = list(pieces)
    found: dict[int, R] = {}
    left = iter(range(len(every)))

    def work() -> None:
        try:
            for place in left:
                found[place] = function(every[place])
        except BaseException:
            for _ in left:  # the others take no more
                pass
            raise

    helpers = min(WORKERS, len(every)) - 1
    if helpers < 1:
        work()
    else:
        with ThreadPoolExecutor(helpers) as pool:
            others = [pool.submit(work) for _ in range(helpers)]
            work()
        for other in others:
            other.result()
    return [found[place] for place in range(len(every))]
