"""Paired rounds: every contestant in turns, so that a busy moment of the machine hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

Round = Callable[[], float]
"""Does the work of one round; returns the seconds that count."""


def race(runs: Sequence[Round], rounds: int) -> list[list[float]]:
    """Seconds of every contestant in every round: [contestant][round].

    Who begins changes from round to round. A first round, which warms up caches and plans, does
    not count.
    """
    seconds: list[list[float]] = [[] for _ in runs]
    for number in range(rounds + 1):
        for position in range(len(runs)):
            contestant = (number + position) % len(runs)
            taken = runs[contestant]()
            if number > 0:
                seconds[contestant].append(taken)
    return seconds


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def divide(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, ...]:
    """The ratio of each round."""
    return tuple(a / b for a, b in zip(numerators, denominators, strict=True))


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high
