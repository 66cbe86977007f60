"""The campaign: values and mutations of them sent to a target one by one, each answer judged, all of it counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

BATCH = 50  # values that are drawn with one seed, after which the memory is looked at
LITTER = 9  # mutations that are sent of each: far cheaper than to draw as many
HANG_S = 1.0
ATTEMPTS = 3  # since on a busy machine anything may take a second once
MOST_FINDINGS = 5  # after which a campaign stops: they are probably one
LONGEST = 1_500  # characters of a finding

Given = TypeVar("Given")
Reply = TypeVar("Reply")


@dataclass
class Tally:
    """What came of a campaign: inputs, what they were answered with, and what should not have been."""

    name: str
    kind: str  # "requests" or "files"
    count: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    memory_mib: list[tuple[int, float]] = field(default_factory=list)  # after so many inputs
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Campaign(Generic[Given, Reply]):
    """What is sent, to whom, and what is expected.

    Of each value of `strategy`, `breed` makes more. `judge` returns a word for what a reply is, to count by, and fails
    for one that should not be. `memory_mib` tells what the target's process holds, `cpu_s` of a reply what it cost to
    make; without that, the time until it was there counts.
    """

    name: str
    kind: str
    strategy: SearchStrategy[Given]
    breed: Callable[[Given, Random], Given]
    ask: Callable[[Given], Reply]
    judge: Callable[[Given, Reply], str]
    memory_mib: Callable[[], float]
    cpu_s: Callable[[Reply], float] | None = None

    def run(self, count: int, first_seed: int = 0) -> Tally:
        """Send at least `count` values, drawn with the seeds from `first_seed` on, in batches; the same each time."""
        tally = Tally(self.name, self.kind)
        number = first_seed
        while tally.count < count and len(tally.findings) < MOST_FINDINGS:
            before = tally.count
            try:
                self._run_batch(tally, min(BATCH, -(-(count - tally.count) // (1 + LITTER))), number)
                tally.memory_mib.append((tally.count, self.memory_mib()))
            except Exception as error:  # whatever it is, the target is asked on
                tally.findings.append(f"{self.name}, seed {number}: {_describe(error)}")
            if tally.count == before:
                break
            number += 1
        return tally

    def _run_batch(self, tally: Tally, count: int, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(self.strategy, st.integers(0, 2**32))
        def probe(value: Any, mutation: int) -> None:
            random = Random(f"{number} {mutation}")  # Hypothesis begins every batch with the same values
            for each in [value, *(self.breed(value, random) for _ in range(LITTER))]:
                self._check(each, tally)

        probe()

    def _check(self, value: Given, tally: Tally) -> None:
        tally.count += 1
        try:
            for _ in range(ATTEMPTS):
                reply, seconds = self._time(value, tally)
                if seconds <= HANG_S:
                    break
            assert seconds <= HANG_S, f"took {seconds:.1f} s, {ATTEMPTS} times more than {HANG_S:g}"
            tally.outcomes[self.judge(value, reply)] += 1
        except Exception as error:
            error.add_note(f"of {value!r}"[:LONGEST])
            raise

    def _time(self, value: Given, tally: Tally) -> tuple[Reply, float]:
        start = time.perf_counter()
        reply = self.ask(value)
        waited_s = time.perf_counter() - start
        seconds = self.cpu_s(reply) if self.cpu_s else waited_s
        tally.slowest_s = max(tally.slowest_s, seconds)
        return reply, seconds


def _describe(error: BaseException) -> str:
    """Return an error with the note of which value it was; Hypothesis makes a group of one that did not come again."""
    if isinstance(error, BaseExceptionGroup):
        return "\n".join([str(error), *map(_describe, error.exceptions)])
    return "\n".join([f"{type(error).__name__}: {error}"[-LONGEST:], *getattr(error, "__notes__", [])[:1]])
