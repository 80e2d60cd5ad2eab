"""What was measured: results, what they should be, and how they are shown."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.rounds import spread


@dataclass(frozen=True)
class Target:
    """What a result should be."""

    at_least: float | None = None
    at_most: float | None = None
    milliseconds: float | None = None
    """Ours takes less."""
    amount: float | None = None
    """Ours is at most that, in its unit."""
    zero: tuple[str, ...] = ()
    """Counts that must be 0."""

    def __str__(self) -> str:
        parts = []
        if self.at_least is not None:
            parts.append(f">= {self.at_least:.2f}")
        if self.at_most is not None:
            parts.append(f"<= {self.at_most:.2f}")
        if self.milliseconds is not None:
            parts.append(f"< {self.milliseconds:g} ms")
        if self.amount is not None:
            parts.append(f"<= {self.amount:,g}")
        return ", ".join([*parts, *(f"0 {name}" for name in self.zero)])


@dataclass(frozen=True)
class Result:
    """One line: ours against a baseline, in the unit of the workload."""

    workload: str
    case: str
    unit: str
    ours: float
    baseline: str
    theirs: float
    ratios: tuple[float, ...]
    """Ours / theirs of each round."""
    target: Target = Target()
    counts: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None when there is none."""
        _, ratio, _ = spread(self.ratios)
        target = self.target
        checks = [self.counts[name] == 0 for name in target.zero]
        if target.at_least is not None:
            checks.append(ratio >= target.at_least)
        if target.at_most is not None:
            checks.append(ratio <= target.at_most)
        if target.milliseconds is not None:
            checks.append(self.ours < target.milliseconds)
        if target.amount is not None:
            checks.append(self.ours <= target.amount)
        return all(checks) if checks else None


def rates(
    workload: str,
    case: str,
    baseline: str,
    work: int,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    unit: str = "rows/s",
    target: Target = Target(),
    counts: Mapping[str, float] | None = None,
) -> Result:
    """A result in rates (more is better), from the seconds that this much work took."""
    return Result(
        workload,
        case,
        unit,
        work / spread(ours)[1],
        baseline,
        work / spread(theirs)[1],
        tuple(b / a for a, b in zip(ours, theirs, strict=True)),
        target,
        counts or {},
    )


def costs(
    workload: str,
    case: str,
    baseline: str,
    work: int,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    target: Target = Target(),
) -> Result:
    """A result in milliseconds for each piece of the work (less is better)."""
    return Result(
        workload,
        case,
        "ms",
        1000 * spread(ours)[1] / work,
        baseline,
        1000 * spread(theirs)[1] / work,
        tuple(a / b for a, b in zip(ours, theirs, strict=True)),
        target,
    )


def amounts(
    workload: str,
    case: str,
    baseline: str,
    ours: float,
    theirs: float,
    *,
    unit: str,
    target: Target = Target(),
    counts: Mapping[str, float] | None = None,
) -> Result:
    """A result that is no time, and so comes out the same however often it is measured."""
    return Result(
        workload, case, unit, ours, baseline, theirs, (ours / theirs,), target, counts or {}
    )


def describe_run(connection: psycopg.Connection[Any], command: str) -> dict[str, str]:
    """Machine, versions, settings, date and command: what a figure is worth nothing without."""
    settings = ("server_version", "shared_buffers", "fsync", "max_wal_size", "jit")
    row = connection.execute(
        f"select {', '.join(f'current_setting({name!r})' for name in settings)}".encode()
    ).fetchone()
    assert row is not None
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{_processor()}, {os.cpu_count()} processors, {platform.system()}",
        "python": platform.python_version(),
        "driver": f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__})",
        **dict(zip(settings, row, strict=True)),
    }


def table_head() -> str:
    """The first lines of a Markdown table of results."""
    return f"{_table_line(_COLUMNS)}\n{_table_line(['---'] * len(_COLUMNS))}"


def table_row(result: Result) -> str:
    """A result as a line of that table."""
    low, ratio, high = spread(result.ratios)
    counts = "; ".join(f"{count:g} {name}" for name, count in result.counts.items())
    return _table_line(
        [
            result.workload,
            f"{result.case} ({counts})" if counts else result.case,
            _amount(result.ours, result.unit),
            result.baseline,
            _amount(result.theirs, result.unit),
            f"{ratio:.2f}",
            f"{low:.2f}-{high:.2f}",
            str(result.target),
            {True: "yes", False: "no", None: ""}[result.is_met],
        ]
    )


def result_json(result: Result) -> str:
    """A result as a line of JSON, with the ratio of every round."""
    low, ratio, high = spread(result.ratios)
    return json.dumps(
        {
            "workload": result.workload,
            "case": result.case,
            "unit": result.unit,
            "ours": result.ours,
            "baseline": result.baseline,
            "theirs": result.theirs,
            "ratio": ratio,
            "quartiles": [low, high],
            "rounds": list(result.ratios),
            "counts": dict(result.counts),
            "target": str(result.target) or None,
            "is_met": result.is_met,
        }
    )


_COLUMNS = (
    "Workload", "Case", "Ours", "Against", "Theirs", "Ratio", "Quartiles", "Target", "Met",
)  # fmt: skip


def _table_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _amount(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
