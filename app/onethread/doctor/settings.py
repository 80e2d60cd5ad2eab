"""Settings that lose messages, or make writers fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from onethread.doctor.finding import ERROR, OK, WARNING, Finding


@dataclass(frozen=True)
class _Rule:
    """What is wrong with a value of a setting (in its base unit), and how wrong."""

    is_wrong: Callable[[str], bool]
    status: str
    hint: str


_RULES = {
    "fsync": _Rule(lambda v: v == "off", ERROR, "A crash of the machine destroys the data."),
    "full_page_writes": _Rule(
        lambda v: v == "off", ERROR, "A crash of the machine may destroy the data."
    ),
    "synchronous_commit": _Rule(
        lambda v: v == "off", WARNING, "A crash loses the last messages that were acknowledged."
    ),
    "session_replication_role": _Rule(
        lambda v: v != "origin", ERROR, "Triggers do not fire: nothing links the messages."
    ),
    "default_transaction_isolation": _Rule(
        lambda v: v != "read committed",
        ERROR,
        "Evidence stays pending, merges are refused, first contacts get 40001.",
    ),
    "default_transaction_read_only": _Rule(lambda v: v == "on", ERROR, "Nothing can be written."),
    "deadlock_timeout": _Rule(
        lambda v: int(v) <= 100,
        ERROR,
        "Joins give way after 100 ms; below that a message may be the one that dies. Its default "
        "is 1s.",
    ),
    "lock_timeout": _Rule(
        lambda v: 0 < int(v) < 2000,
        WARNING,
        "A message that waits for a join fails after this time: 0, or 2s and more.",
    ),
    "statement_timeout": _Rule(
        lambda v: 0 < int(v) < 5000,
        WARNING,
        "A batch of messages, or a join of long threads, may take longer: 0, or 5s and more.",
    ),
    "autovacuum": _Rule(
        lambda v: v == "off", WARNING, "Tables bloat, and plans are made without statistics."
    ),
}


def check_settings(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Of this session, and of roles and databases that have values of their own."""
    values = connection.execute(
        "select name, setting, null from pg_settings where name = any (%s)", [list(_RULES)]
    ).fetchall()
    values += connection.execute(
        """
        select
          split_part(s.config, '=', 1),
          substr(s.config, strpos(s.config, '=') + 1),
          concat_ws(' in ', 'role ' || r.rolname, 'database ' || d.datname)
        from pg_db_role_setting c
        cross join lateral unnest(c.setconfig) as s (config)
        left join pg_roles r on r.oid = c.setrole
        left join pg_database d on d.oid = c.setdatabase
        where (d.datname is null or d.datname = current_database())
          and split_part(s.config, '=', 1) = any (%s)
        """,
        [list(_RULES)],
    ).fetchall()
    findings = [
        Finding(
            "settings",
            rule.status,
            f"{name} = {value}" + (f" for {where}" if where else ""),
            rule.hint,
        )
        for name, value, where in values
        if (rule := _RULES[name]).is_wrong(_in_base_unit(name, value))
    ]
    return findings or [Finding("settings", OK, f"{len(_RULES)} that matter are right")]


def _in_base_unit(name: str, value: str) -> str:
    """A value as pg_settings has it: times in milliseconds, on and off however spelled."""
    if name.endswith("_timeout"):
        digits = value.rstrip("abcdefghijklmnopqrstuvwxyz ")
        unit = value[len(digits) :].strip() or "ms"
        factors = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
        return str(int(float(digits) * factors[unit]))
    return {"false": "off", "no": "off", "0": "off", "true": "on", "yes": "on", "1": "on"}.get(
        value.lower(), value.lower()
    )
