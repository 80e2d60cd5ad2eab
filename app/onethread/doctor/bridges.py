"""Triggers on other programs' tables that copy what these write: are they there, does it work?"""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.database.text import count_of
from onethread.doctor.finding import Finding, names, ok, warning
from onethread.schema.bridge.install import list_outdated, list_status


def check_bridges(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Rows that were not taken over, and triggers that do not fire."""
    relations = list_status(connection)
    bridges = sorted({each.bridge for each in relations})
    findings: list[Finding] = []
    for bridge in bridges:
        own = [each for each in relations if each.bridge == bridge]
        failed = sum(each.failures for each in own)
        silent = [f"{each.table} ({each.triggers})" for each in own if each.triggers != "in place"]
        unread = [each.table for each in own if not each.is_caught_up]
        if silent:
            findings += warning(
                "bridges",
                f"{bridge}: triggers that do not fire: {names(silent)}",
                f"Run `onethread bridge {bridge} --apply`, then --catch-up --from-start.",
            )
        if failed:
            findings += warning(
                "bridges",
                f"{bridge}: {count_of(failed, 'row')} could not be taken over",
                f"Run `onethread bridge {bridge} --catch-up`; --status has the reasons.",
            )
        if unread:
            findings += warning(
                "bridges",
                f"{bridge}: not read: what was there before in {names(unread)}",
                f"Run `onethread bridge {bridge} --catch-up`.",
            )
    for bridge in list_outdated(connection):
        findings += warning(
            "bridges",
            f"{bridge} is another version's",
            f"Run `onethread bridge {bridge} --apply`.",
        )
    return findings or ok("bridges", f"in place: {names(bridges) or 'none'}")
