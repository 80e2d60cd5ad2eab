"""What is stored: is it as it should be, and does anything wait for somebody?"""

from __future__ import annotations

from typing import Any

import psycopg

from onethread.database.text import count_of
from onethread.doctor.finding import Finding, error, ok, warning
from onethread.schema.phone_metadata import read_phone_metadata


def check_integrity(connection: psycopg.Connection[Any]) -> list[Finding]:
    """The view thread_integrity; pending evidence has a line of its own. Reads whole tables."""
    found = connection.execute(
        "select problem, count(*), min(business_id), min(id) from public.thread_integrity "
        "where problem <> 'evidence is pending' group by problem order by problem"
    ).fetchall()
    findings: list[Finding] = []
    for problem, count, business_id, first in found:
        findings += error(
            "integrity",
            f"{problem}: {count} (business {business_id}, id {first}, ...)",
            "This should not happen. See the view thread_integrity, and report it.",
        )
    return findings or ok("integrity", "every message is where its address leads")


def check_pending(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Evidence that nobody applies."""
    [(count, old)] = connection.execute(
        "select count(*), count(*) filter (where created_at < now() - interval '10 minutes') "
        "from public.whatsapp_identity_evidence where applied_at is null"
    ).fetchall()
    if old:
        return warning(
            "pending",
            f"not applied: {count_of(count, 'statement')} about who is whom",
            "Run `onethread pending --apply`, from cron, for every business.",
        )
    return ok("pending", f"to be applied: {count_of(count, 'statement')}")


def check_unlinked(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Messages in no thread, when there are new ones."""
    [(count, new)] = connection.execute(
        "select count(*), count(*) filter (where created_at > now() - interval '1 day') "
        "from public.whatsapp_message where conversation_id is null"
    ).fetchall()
    if new:
        return warning(
            "unlinked",
            f"{count_of(count, 'message')} in no thread, {new} of the last day",
            "The view unlinked_message has the reasons; `onethread backfill` links what it can.",
        )
    return ok("unlinked", f"{count_of(count, 'message')} in no thread, none of the last day")


def check_unattributed(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Edits, deletes and reactions that nobody is named for."""
    [(count, new)] = connection.execute(
        "select count(*), count(*) filter (where created_at > now() - interval '1 day') "
        "from public.unattributed_event"
    ).fetchall()
    text = f"edits, deletes and reactions whose author nobody named: {count}"
    if new:
        return warning(
            "unattributed",
            f"{text}, {new} of the last day",
            "They change no message: see the view unattributed_event, and how your gateway names "
            "who does something.",
        )
    return ok("unattributed", f"{text}, none of the last day")


def check_rejects(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Payloads that could not be processed, and those that are not read."""
    [(count, unread)] = connection.execute(
        "select count(*) filter (where not r.is_unread), count(*) filter (where r.is_unread) "
        "from onethread.webhook_reject r where r.resolved_at is null"
    ).fetchall()
    if count:
        return warning(
            "rejects",
            f"{count_of(count, 'payload')} could not be processed",
            "`onethread rejects` has the reasons, `onethread rejects replay` tries them again.",
        )
    if unread:
        text = f"{count_of(unread, 'payload')} not read in full: `onethread rejects --unread`"
        return ok("rejects", text)
    return ok("rejects", "no payload waits")


def check_numbers(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Numbers on our own side of new messages that no business has registered."""
    rows = connection.execute(
        """
        with new as (
          select distinct b.id as business_id, s.own
          from public.business b
          cross join lateral (
            select
              case onethread.message_direction(m.direction)
                when 'inbound' then m.to_number else m.from_number end as own
            from public.whatsapp_message m
            where m.business_id = b.id
              and m.provider is not null
              and m.from_number is not null
              and m.to_number is not null
            order by m.id desc
            limit 1000
          ) as s
        )
        select s.business_id, s.own
        from new s
        cross join lateral onethread.read_business_address(s.business_id, 'any', s.own) as a
        where a.kind is not null
          and not onethread.is_own_address(s.business_id, a)
        order by s.business_id, s.own
        """
    ).fetchall()
    if rows:
        some = ", ".join(f"{own} (business {business_id})" for business_id, own in rows[:5])
        return warning(
            "numbers",
            f"messages of numbers that are not registered: {some}",
            "Is it the business's own? Add it to business_number. Else somebody has its secret.",
        )
    return ok("numbers", "new messages are of registered numbers")


def check_erasures(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Erasures that were begun and not finished."""
    [(count, old)] = connection.execute(
        "select count(*), count(*) filter (where started_at < now() - interval '1 hour') "
        "from onethread.erasure where finished_at is null"
    ).fetchall()
    if old:
        return warning(
            "erasures",
            f"{count_of(old, 'erasure')} not finished since over an hour",
            "`onethread retention run` goes on with them.",
        )
    return ok("erasures", f"{count} under way")


def check_transactions(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Transactions that are open for too long: joins and erasures wait for them, vacuum too."""
    rows = connection.execute(
        "select pid from pg_stat_activity where datname = current_database() "
        "and xact_start < now() - interval '1 hour' order by xact_start"
    ).fetchall()
    if rows:
        return warning(
            "transactions",
            f"open for over an hour: process {', '.join(str(row[0]) for row in rows[:5])}",
            "Joins and erasures give way to them, vacuum waits. See pg_stat_activity.",
        )
    return ok("transactions", "none is open for over an hour")


def check_statistics(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Large tables without statistics have bad plans."""
    rows = connection.execute(
        "select relname from pg_stat_user_tables where schemaname in ('public', 'onethread') "
        "and n_live_tup > 10000 and coalesce(last_analyze, last_autoanalyze) is null order by 1"
    ).fetchall()
    if rows:
        tables = ", ".join(row[0] for row in rows)
        return warning("statistics", f"never analyzed: {tables}", f"analyze {tables};")
    return ok("statistics", "every large table is analyzed")


def check_phone_metadata(connection: psycopg.Connection[Any]) -> list[Finding]:
    """The numbering plans in the database are those of this app's files."""
    [(version,)] = connection.execute("select onethread.phone_metadata_version()").fetchall()
    ours = read_phone_metadata().version
    if version != ours:
        return warning(
            "phone_metadata",
            f"{version} in the database, {ours} in this app's files",
            "`onethread phone-metadata` says what would change; docs/phones.md.",
        )
    return ok("phone_metadata", version)
