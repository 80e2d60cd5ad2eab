"""Is this database well? What monitoring asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg

from onethread.database.config import shard_names
from onethread.database.shards import shard_transaction
from onethread.doctor import access, bridges, data, schema, settings
from onethread.doctor.finding import ERROR, OK, WARNING, Check, Finding

__all__ = ["CHECKS", "ERROR", "OK", "WARNING", "Finding", "examine", "exit_code"]

# In this order: after the schema, what cannot be asked without it.
_CHECKS: list[Check] = [
    schema.check_server,
    settings.check_settings,
    schema.check_schema,
    schema.check_functions,
    schema.check_triggers,
    schema.check_trigger_order,
    schema.check_indexes,
    schema.check_constraints,
    access.check_row_security,
    access.check_roles,
    access.check_definers,
    data.check_phone_metadata,
    bridges.check_bridges,
    data.check_pending,
    data.check_unlinked,
    data.check_unattributed,
    data.check_rejects,
    data.check_numbers,
    data.check_erasures,
    data.check_transactions,
    data.check_statistics,
    data.check_integrity,
]


def _name(check: Check) -> str:
    return check.__name__.removeprefix("check_")


CHECKS = [_name(check) for check in _CHECKS]


def examine(
    connection: psycopg.Connection[Any], *, is_quick: bool = False, ignored: list[str] | None = None
) -> list[Finding]:
    """Looks at everything; not beyond a schema that is another version's.

    Args:
        is_quick: leave out what reads whole tables (integrity).
        ignored: names of CHECKS to leave out.
    """
    names = shard_names()
    if not names:
        return _examine(connection, is_quick, ignored, None)
    findings: list[Finding] = []
    for name in names:
        try:
            findings += _examine(connection, is_quick, ignored, name)
        except psycopg.OperationalError as problem:
            if connection.closed:
                raise
            findings.append(Finding("connection", ERROR, f"shard {name}: {problem}"))
    return findings


def _examine(
    connection: psycopg.Connection[Any],
    is_quick: bool,
    ignored: list[str] | None,
    shard: str | None,
) -> list[Finding]:
    left_out = {*(ignored or []), *(["integrity"] if is_quick else [])}
    findings: list[Finding] = []
    for check in _CHECKS:
        if _name(check) in left_out:
            continue
        try:
            if shard is None:
                found = check(connection)
            else:
                with shard_transaction(connection, shard):
                    found = check(connection)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as problem:
            message = problem.diag.message_primary or str(problem)
            found = [Finding(_name(check), ERROR, f"cannot be asked: {message}")]
        if shard is not None:
            found = [replace(each, detail=f"shard {shard}: {each.detail}") for each in found]
        findings += found
        if check is schema.check_schema and exit_code(found) == 2:
            break
    return findings


def exit_code(findings: list[Finding]) -> int:
    """For monitoring: 0 all is well, 1 there is a warning, 2 there is an error."""
    statuses = {finding.status for finding in findings}
    return 2 if ERROR in statuses else 1 if WARNING in statuses else 0
