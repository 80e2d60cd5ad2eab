"""Whose fault an error of the database is: the server's, that of a row, or of another session."""

from __future__ import annotations

import psycopg

# The server or its schema: what was to be written may be right, and can come again later.
SERVER_FAILURES = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ReadOnlySqlTransaction,  # a standby, until it is promoted
)

# The row: others of its batch may still go in.
ROW_FAILURES = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,  # an operational error, but of this row: it is too large
    psycopg.errors.StatementTooComplex,  # it is nested too deeply
)

# Another session met the same people in the opposite order: the same statement, run again, finds
# them.
CONFLICTS = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


def describe_failure(error: Exception) -> str:
    """The first line of what the error says; its name when it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
