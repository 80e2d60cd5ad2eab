"""The ways in: a webhook, files of payloads, and rejects that are tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from onethread.database.business import check_business
from onethread.database.failures import SERVER_FAILURES
from onethread.database.tenant import business_rows
from onethread.errors import OnethreadError
from onethread.intake.files import read_file
from onethread.intake.payload import PROVIDER_NAMES, Payload, read_payload
from onethread.intake.rejects import list_rejects
from onethread.intake.shared import SharedPayload
from onethread.intake.store import IntakeResult, store_payloads
from onethread.messages.batches import BATCH_SIZE

# Characters of payloads that are read before they are stored.
_BATCH_LENGTH = 32_000_000


@dataclass
class ReplayResult:
    """What became of the rejects that were tried again, by id."""

    resolved: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    """All of it is stored but for what this version does not know."""
    still_rejected: list[int] = field(default_factory=list)


def take_payload(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    payload: str,
    *,
    is_shared: bool = False,
) -> IntakeResult:
    """Takes one webhook: a batch of one payload, stored or kept when this returns.

    Args:
        is_shared: it came under a secret of several businesses: only what is of an account that
            this one has registered is its.

    Raises:
        UnknownBusiness: there is no such business.
        NothingOwn: nothing of it is the business's.
        psycopg.Error: one of SERVER_FAILURES; the payload is to come again.
    """
    check_business(connection, business_id)
    foreign = 0
    if is_shared:
        shared = SharedPayload(business_id, provider, payload)
        rows = business_rows(connection, business_id, *shared.question())
        payload, foreign = shared.keep_own((row["name"], row["instance"]) for row in rows)
    result = store_payloads(connection, business_id, [read_payload(provider, payload)])
    result.foreign = foreign
    return result


def take_files(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    paths: list[str],
    on_progress: Callable[[int], None] = lambda bytes_read: None,
) -> IntakeResult:
    """Takes files of one provider's payloads, in batches of some BATCH_SIZE rows.

    Args:
        provider: one of PROVIDER_NAMES.
        paths: files with one JSON document, a JSON array of them, or JSON lines; "-" is stdin.
        on_progress: called with the number of bytes read since the last call.

    Raises:
        OnethreadError: unknown provider or business, or a file that cannot be opened.
        psycopg.Error: the server, not a payload, is at fault; with a note of what to do.
    """
    if provider not in PROVIDER_NAMES:
        raise OnethreadError(
            f"unknown provider {provider!r}", f"One of: {', '.join(PROVIDER_NAMES)}."
        )
    check_business(connection, business_id)
    result = IntakeResult()
    payloads = (payload for path in paths for payload in read_file(provider, path, on_progress))
    try:
        for batch in _batches(payloads):
            result.add(store_payloads(connection, business_id, batch))
    except SERVER_FAILURES as error:
        error.add_note(
            f"At least {result.messages} messages went in. Run it again with the same files: "
            "what is stored is not stored twice."
        )
        raise
    return result


def replay_rejects(
    connection: psycopg.Connection[Any],
    business_id: int | None,
    ids: list[int] | None,
    *,
    is_unread: bool = False,
) -> ReplayResult:
    """Tries the open rejects again; one that goes in is closed in the same transaction.

    Args:
        ids: these instead, closed ones too.
        is_unread: those that are not read, instead of those that could not be processed.

    Raises:
        OnethreadError: one of the ids is not there; then none is tried.
    """
    if ids:
        _refuse_unknown(connection, business_id, ids)
    result = ReplayResult()
    after = 0
    while page := list_rejects(connection, business_id, ids, after, is_unread=is_unread):
        for reject in page:
            after = reject["id"]
            payload = read_payload(reject["provider"], reject["payload"], reject["id"])
            stored = store_payloads(connection, reject["business_id"], [payload])
            unread = result.unread if stored.unread else result.resolved
            (result.still_rejected if stored.rejected else unread).append(reject["id"])
    return result


def _refuse_unknown(
    connection: psycopg.Connection[Any], business_id: int | None, ids: list[int]
) -> None:
    unknown = set(ids)
    after = 0
    while page := list_rejects(connection, business_id, ids, after):
        after = page[-1]["id"]
        unknown -= {row["id"] for row in page}
    if unknown:
        raise OnethreadError(
            f"there is no reject {', '.join(map(str, sorted(unknown)))}",
            "`onethread rejects` lists them.",
        )


def _batches(payloads: Iterable[Payload]) -> Iterator[list[Payload]]:
    """Batches of some BATCH_SIZE rows; a payload without rows may have to be kept, and is one. Of
    payloads with files in them so many as memory takes."""
    batch: list[Payload] = []
    rows = length = 0
    for payload in payloads:
        batch.append(payload)
        rows += max(payload.row_count, 1)
        length += len(payload.raw or "")
        if rows >= BATCH_SIZE or length >= _BATCH_LENGTH:
            yield batch
            batch, rows, length = [], 0, 0
    if batch:
        yield batch
