"""Verify a pack: its properties and its structure, over the plan's term, on several processors."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from policyengine import ir
from policyengine.authoring.pack import PolicyPack
from policyengine.packs import Pack
from policyengine.verifying.findings import Finding, findings, in_order
from policyengine.verifying.properties import Meant, Span, compile_properties, spans
from policyengine.verifying.verdicts import MEMBERS, Found, Prover, Verdict

Progress = Callable[[int, int], None]  # questions answered, of how many


@dataclass(frozen=True)
class Wanted:
    """What is to be verified. span: of days; None for the whole term. only: properties by id or label, all if empty.

    seconds: for each property, and for the structure as a whole. members: the largest households tried.
    """

    span: Span | None = None
    only: tuple[str, ...] = ()
    structure: bool = True
    seconds: float = 20.0
    members: int = MEMBERS


@dataclass(frozen=True)
class Report:
    """verdicts: in the order of the pack. findings: of its structure; None where that wasn't asked for.

    is_complete: nothing was interrupted.
    """

    pack: Pack
    program: ir.Program
    spans: tuple[Span, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...] | None
    seconds: float
    is_complete: bool = True

    @property
    def is_good(self) -> bool:
        """Is everything as the pack says, and nothing left undecided?"""
        return (
            self.is_complete
            and not any(item.is_news for item in self.verdicts)
            and not any(item.is_fault for item in self.findings or ())
        )


class Verifier:
    """A pack with its properties, ready to be asked one question after the other."""

    def __init__(self, policy: PolicyPack, wanted: Wanted) -> None:
        self.policy, self.wanted = policy, wanted
        self.spans = spans(policy) if wanted.span is None else (wanted.span,)
        self.meant: tuple[Meant, ...] = tuple(compile_properties(policy, span, wanted.only) for span in self.spans)
        self.prover = Prover(policy, self.meant, seconds=wanted.seconds, members=wanted.members)

    def property_found(self, place: int) -> tuple[Found, float]:
        began = time.monotonic()
        return self.prover.found(self.meant[0].properties[place]), time.monotonic() - began

    def structure_found(self, part: int, parts: int) -> list[Finding]:
        pack = Pack(self.policy)
        programs = [(pack.program(span[0]), span) for span in self.spans]
        return list(findings(programs, seconds=6 * self.wanted.seconds, part=(part, parts)))


def verify(
    pack: Pack, wanted: Wanted | None = None, *, jobs: int | None = None, progress: Progress | None = None
) -> Report:
    """Prove or refute every property of a pack, and look for what is dead in its rules.

    jobs: how many processes; by default one a processor. Raises PolicyError with what is wrong in the pack or its
    properties. An interruption ends it early: the report then isn't complete.
    """
    began, wanted = time.monotonic(), wanted or Wanted()
    verifier = Verifier(pack.policy, wanted)
    properties = verifier.meant[0].properties
    jobs = jobs or os.cpu_count() or 1
    parts = 2 * jobs if wanted.structure else 0
    verdicts: dict[int, Verdict] = {}
    structure: list[Finding] = []
    complete = True
    try:
        with _pool(pack.policy, wanted, jobs) as submit:
            waiting: dict[Future[Any], int | None] = {}
            for part in range(parts):
                waiting[submit(_structure, part, parts)] = None
            for place in range(len(properties)):
                waiting[submit(_property, place)] = place
            for done, future in enumerate(as_completed(waiting), 1):
                place_done = waiting[future]
                result = future.result()
                if place_done is None:
                    structure += result
                else:
                    found, took = result
                    verdicts[place_done] = verifier.prover.judged(properties[place_done], found, took)
                if progress is not None:
                    progress(done, len(waiting))
    except KeyboardInterrupt:
        complete = False
    program = pack.program(verifier.spans[0][0])
    return Report(
        pack,
        program,
        verifier.spans,
        tuple(verdicts[place] for place in sorted(verdicts)),
        in_order(program, structure) if wanted.structure else None,
        time.monotonic() - began,
        complete,
    )


@contextmanager
def _pool(policy: PolicyPack, wanted: Wanted, jobs: int) -> Iterator[Callable[..., Future[Any]]]:
    pool = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(policy, wanted))
    try:
        yield pool.submit
    finally:
        for process in [*(pool._processes or {}).values()]:
            if pool._pending_work_items:  # interrupted: what is under way isn't waited for
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


_verifier: Verifier | None = None  # a worker process's own


def _begin(policy: PolicyPack, wanted: Wanted) -> None:
    import signal

    global _verifier
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process ends it
    _verifier = Verifier(policy, wanted)


def _property(place: int) -> tuple[Found, float]:
    assert _verifier is not None
    return _verifier.property_found(place)


def _structure(part: int, parts: int) -> list[Finding]:
    assert _verifier is not None
    return _verifier.structure_found(part, parts)
