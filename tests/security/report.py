"""The line that a run with attacks ends with: how many there were, and how many got through."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Adds up what the tests counted, on all workers."""
    reports = [
        report
        for category in ("", "passed", "failed", "error")
        for report in terminalreporter.stats.get(category, [])
        if isinstance(report, pytest.TestReport) and Path(report.fspath).parent.name == "security"
    ]
    attacks = sum(
        count
        for report in reports
        if report.when == "teardown"
        for name, count in report.user_properties
        if name == "attacks"
    )
    if attacks:
        failed = {report.nodeid for report in reports if report.failed}
        terminalreporter.write_line(
            f"attacks across tenants: {attacks}; tests in which one got through: {len(failed)}"
        )
