"""What a command did or found, a line a fact."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from onethread.cli.render.text import local_time, one_line
from onethread.database.text import count_of

if TYPE_CHECKING:
    from onethread.intake.store import IntakeResult
    from onethread.schema.adoption.audit import Audit
    from onethread.schema.adoption.audit_source import SourceAudit
    from onethread.schema.adoption.backfill import BackfillResult


def ingest_summary(result: IntakeResult) -> str:
    """What went in, what did not, and where it is."""
    lines = [f"{count_of(result.messages, 'message')} inserted"]
    if result.duplicates:
        lines.append(
            f"{count_of(result.duplicates, 'duplicate delivery', 'duplicate deliveries')} absorbed"
        )
    if result.events:
        lines.append(
            f"{count_of(result.events, 'message event')}: statuses, edits, deletes, reactions"
        )
    if result.evidence:
        lines.append(f"{count_of(result.evidence, 'statement')} about who is whom")
    if result.names:
        lines.append(f"{count_of(result.names, 'name')} of people and groups")
    if result.unlinked:
        lines.append(
            f"{result.unlinked} of the messages in no thread: see the view unlinked_message for "
            "the reason"
        )
    if result.ignored:
        lines.append(f"ignored: {_counts(result.ignored)}")
    if result.unread:
        lines.append(f"not read, but kept (`onethread rejects --unread`): {_counts(result.unread)}")
    if result.rejected:
        lines.append(
            f"{result.rejected.total()} rejected, kept with the reason: see `onethread rejects`"
        )
    return "\n".join(lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


def backfill_summary(result: BackfillResult) -> str:
    """What was linked, what was not, and why."""
    rate = result.seen / result.seconds if result.seconds else 0
    lines = [
        f"{count_of(result.linked, 'message')} linked, {result.seen:,} looked at in "
        f"{result.seconds:.1f} s ({rate:,.0f} a second)",
        f"{count_of(result.unified, 'conversation')} went into another one of the same person",
    ]
    lines += [f"{row['messages']:,} in no thread: {row['reason']}" for row in result.unlinked]
    if result.failed:
        lines.append(f"{result.failed} failed; the next backfill tries them again:")
        lines += [
            f"  message {row['message_id']}, business {row['business_id']}: {row['error']}"
            for row in result.failures
        ]
    return "\n".join(lines)


def audit_summary(audit: Audit) -> str:
    """How split the people are, and what a backfill would do."""
    lines = [
        f"{count_of(audit.messages, 'message')} of {audit.people:,} people and groups in "
        f"{count_of(audit.threads, 'thread')}",
        f"{audit.split_people:,} people are split into {count_of(audit.split_threads, 'thread')}",
    ]
    for example in audit.examples:
        threads = ", ".join(example.threads)
        if example.thread_count > len(example.threads):
            threads += ", …"
        lines.append(
            f"  business {example.business_id}: {example.messages:,} messages in "
            f"{example.thread_count} threads: {threads}"
        )
    duration = f", in about {_duration(audit.seconds)}" if audit.to_link else ""
    lines.append(f"{count_of(audit.to_link, 'message')} to link{duration}")
    lines += [f"{row['messages']:,} would stay unlinked: {row['reason']}" for row in audit.unlinked]
    if audit.is_region_unknown:
        lines.append(
            "National numbers (050-1234567) identified nobody: say in which country they were "
            "typed, --default-region IL."
        )
    return "\n".join(lines)


def source_summary(audit: SourceAudit) -> str:
    """How split the people of another system are."""
    lines = [
        f"{count_of(audit.messages, 'message')} of {audit.people:,} people and groups in "
        f"{count_of(audit.threads, 'thread')}",
        f"{audit.split_people:,} people are split into {count_of(audit.split_threads, 'thread')}, "
        f"{audit.split_by_spelling:,} of them by the spelling of one address alone",
    ]
    for example in audit.examples:
        threads = ", ".join(example.threads)
        more = ", …" if example.thread_count > len(example.threads) else ""
        tenant = f"{example.tenant}: " if example.tenant else ""
        lines.append(
            f"  {tenant}{example.messages:,} messages in {example.thread_count} threads: "
            f"{threads}{more}"
        )
    if audit.without_address:
        lines.append(f"{count_of(audit.without_address, 'message')} without an address")
    if audit.unreadable:
        lines.append(
            f"{count_of(audit.unreadable, 'message')} whose address identifies nobody: "
            f"{', '.join(audit.unreadable_examples)}"
        )
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def reject_line(row: dict[str, Any]) -> str:
    """A reject: its id, when, where, why, and how the payload begins."""
    where = f"{row['provider']} {row['origin']}, business {row['business_id']}"
    reason, start = one_line(row["reason"], 80), one_line(row["payload"], 60)
    return f"{row['id']:>5}  {local_time(row['received_at'])}  {where}: {reason}  {start}"


def stale_phone_line(row: dict[str, Any]) -> str:
    """A stored number that is read differently: what it was, what it is, whom it meets."""
    times = f", {row['rows']} times" if row["rows"] > 1 else ""
    meets = (
        f"; thread {row['conversation_id']} meets {row['other_conversation_id']}"
        if row["other_conversation_id"] is not None
        else ""
    )
    return (
        f"business {row['business_id']}: {one_line(row['raw'], 40)} ({row['source']}{times}): "
        f"{row['before'] or 'nobody'} -> {row['after'] or 'nobody'}{meets}"
    )
