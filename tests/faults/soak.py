"""Every fault again and again, for as long as one likes: python -m tests.faults.soak

Prints a line for each fault; the exit code is 1 when anything was lost, doubled or in a wrong
thread, a question is open that was answered, or it did not go on.
"""

from __future__ import annotations

import argparse
import time
import traceback
from dataclasses import fields

import pytest

from tests.faults.faults import FAULTS
from tests.faults.ledger import Outcome
from tests.faults.scene import run
from tests.faults.server import run_fragile_server

_COLUMNS = ("rounds", *(field.name for field in fields(Outcome)))
_LINE = "{:<30}" + "".join(f"{{:>{max(len(name), 6) + 2}}}" for name in _COLUMNS)


class _Clock:
    """Rounds until the time is over, at least one."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.rounds = 0

    def __call__(self) -> bool:
        goes_on = self.rounds == 0 or time.monotonic() < self._end
        self.rounds += goes_on
        return goes_on


def main() -> int:
    """Runs them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="divided among the faults")
    minutes = parser.parse_args().minutes
    totals = dict.fromkeys(_COLUMNS, 0)
    broken = 0
    with run_fragile_server() as server:
        end = time.monotonic() + minutes * 60
        print(_LINE.format("fault", *_COLUMNS), flush=True)
        for position, fault in enumerate(FAULTS):
            # What a fault leaves over, or takes too much, is shared by those that follow.
            clock = _Clock((end - time.monotonic()) / (len(FAULTS) - position))
            try:
                outcome = run(fault.run, server, clock)
            except pytest.skip.Exception as skipped:
                print(f"{fault.name:<30}  skipped: {skipped.msg}", flush=True)
                continue
            except Exception:
                broken += 1
                print(f"{fault.name:<30}  failed in round {clock.rounds}", flush=True)
                traceback.print_exc()
                continue
            counts = {"rounds": clock.rounds} | vars(outcome)
            broken += not outcome.is_clean
            print(_LINE.format(fault.name, *counts.values()), flush=True)
            totals = {name: totals[name] + counts[name] for name in _COLUMNS}
    print(_LINE.format("all", *totals.values()))
    return min(broken, 1)


if __name__ == "__main__":
    raise SystemExit(main())
