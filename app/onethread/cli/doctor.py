"""The command doctor: what monitoring asks."""

from __future__ import annotations

import argparse
import dataclasses

import psycopg

from onethread.cli import database
from onethread.cli import options as shared
from onethread.cli.commands import Commands
from onethread.errors import OnethreadError


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    command = commands.add(
        "doctor",
        "say whether the database is well: for monitoring",
        _doctor,
        "Exit code 0: it is, 1: a warning, 2: an error.",
    )
    shared.add_json(command)
    command.add_argument(
        "--quick", action="store_true", help="without what reads whole tables (integrity)"
    )
    command.add_argument(
        "--ignore", action="append", default=[], metavar="CHECK", help="may be given again"
    )


def _doctor(options: argparse.Namespace) -> int:
    from onethread import doctor
    from onethread.cli.render.as_json import json_rows
    from onethread.database.connection import open_connection

    if unknown := set(options.ignore) - set(doctor.CHECKS):
        raise OnethreadError(
            f"there is no check {sorted(unknown)[0]!r}", f"One of: {', '.join(doctor.CHECKS)}."
        )
    try:
        with open_connection(database.find_url(options)) as connection:
            findings = doctor.examine(connection, is_quick=options.quick, ignored=options.ignore)
    except (OnethreadError, psycopg.OperationalError) as problem:
        hint = getattr(problem, "hint", "")
        findings = [doctor.Finding("connection", doctor.ERROR, str(problem).strip(), hint)]
    if options.json:
        print(json_rows([dataclasses.asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(f"{finding.status:<8} {finding.check:<15} {finding.detail}")
            if finding.hint:
                print(f"{'':<25}{finding.hint}")
    return doctor.exit_code(findings)
