"""The line that a run with faults ends with: what the ledgers of all of them say together."""

from __future__ import annotations

from collections import Counter

import pytest


def report_faults(terminalreporter: pytest.TerminalReporter) -> None:
    """Adds up the ledgers, of all workers."""
    total = Counter[str]()
    faults = 0
    for category in ("passed", "failed"):
        for report in terminalreporter.stats.get(category, []):
            for name, ledger in getattr(report, "user_properties", []):
                if name == "ledger" and report.when == "call":
                    faults += 1
                    total.update(ledger)
    if faults:
        counts = ", ".join(f"{count} {name}" for name, count in total.items())
        terminalreporter.write_line(f"messages under {faults} faults: {counts}")
