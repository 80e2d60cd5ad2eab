"""The command doctor: what monitoring asks."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

import psycopg

from onethread.cli import render
from onethread.database.connection import open_connection, resolve_url
from onethread.errors import OnethreadError


def add_doctor_command(commands: Any) -> None:
    """Adds the command to the subparsers of onethread."""
    command: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="is the database well? Exit code 0: yes, 1: a warning, 2: an error",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--quick", action="store_true", help="without what reads whole tables (integrity)"
    )
    command.add_argument(
        "--ignore", action="append", default=[], metavar="CHECK", help="may be given again"
    )
    command.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    # Imported here: the other commands need not wait for the phone library.
    from onethread import doctor

    if unknown := set(options.ignore) - set(doctor.CHECKS):
        raise OnethreadError(
            f"there is no check {sorted(unknown)[0]!r}", f"One of: {', '.join(doctor.CHECKS)}."
        )
    try:
        with open_connection(resolve_url()) as connection:
            findings = doctor.examine(connection, is_quick=options.quick, ignored=options.ignore)
    except (OnethreadError, psycopg.OperationalError) as problem:
        hint = getattr(problem, "hint", "")
        findings = [doctor.Finding("connection", doctor.ERROR, str(problem).strip(), hint)]
    if options.json:
        print(render.json_rows([dataclasses.asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(f"{finding.status:<8} {finding.check:<15} {finding.detail}")
            if finding.hint:
                print(f"{'':<25}{finding.hint}")
    return doctor.exit_code(findings)
