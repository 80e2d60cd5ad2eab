"""Payload files -> the database. What cannot be read is kept there too, with the reason."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg

from onethread.database.business import check_business
from onethread.errors import OnethreadError, PayloadError
from onethread.intake.intake import read_document
from onethread.intake.json_depth import is_too_deep
from onethread.intake.rejects import ANOTHER_MESSAGE, keep_reject, keep_unread
from onethread.messages.write import (
    BATCH_SIZE,
    insert_events,
    insert_evidence,
    insert_messages,
    learn_from_copies,
)
from onethread.model.evidence import Evidence
from onethread.model.message import Message
from onethread.model.message_event import MessageEvent
from onethread.providers import PROVIDERS, ProviderResult


@dataclass(frozen=True)
class Document:
    """One JSON document of a file, or the text that is none."""

    file: str
    line: int
    """Where it begins, from 1."""
    value: Any = None
    raw: str = ""
    error: str = ""

    @property
    def origin(self) -> str:
        """Where it is, as a reject says it."""
        return f"{self.file}:{self.line}"


@dataclass
class IngestResult:
    """Counts of one run of ingest()."""

    inserted: int = 0
    duplicates: int = 0
    unlinked: int = 0
    events: int = 0
    evidence: int = 0
    rejected: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


class _Batch:
    """Rows on their way into the database, each with the document it came from."""

    def __init__(self, connection: psycopg.Connection[Any], business_id: int, provider: str):
        self._connection = connection
        self._business_id = business_id
        self._provider = provider
        self._messages: list[tuple[Document, Message]] = []
        self._events: list[tuple[Document, MessageEvent]] = []
        self._evidence: list[tuple[Document, Evidence]] = []
        self.result = IngestResult()

    def take(self, document: Document) -> None:
        """Reads a document; inserts what is there when that is enough for a batch."""
        if document.error:
            self.reject(document, document.error)
            return
        try:
            parsed = read_document(self._provider, document.value)
        except PayloadError as error:
            self.reject(document, str(error))
            return
        self._add(document, parsed)

    def _add(self, document: Document, parsed: ProviderResult) -> None:
        self.result.ignored += parsed.ignored
        if parsed.unread:
            self._keep_unread(document, parsed.unread)
        self._messages += [(document, message) for message in parsed.messages]
        self._events += [(document, event) for event in parsed.events]
        self._evidence += [(document, statement) for statement in parsed.evidence]
        if len(self._messages) + len(self._events) + len(self._evidence) >= BATCH_SIZE:
            self.flush()

    def flush(self) -> None:
        """Inserts what is there and forgets it."""
        target = (self._connection, self._business_id)
        evidence = insert_evidence(*target, [row for _, row in self._evidence])
        messages = insert_messages(*target, [row for _, row in self._messages])
        learn_from_copies(*target, [row for _, row in self._messages])
        events = insert_events(*target, [row for _, row in self._events])
        self.result.evidence += evidence.inserted
        self.result.inserted += messages.inserted
        self.result.duplicates += messages.duplicates
        self.result.unlinked += messages.unlinked
        self.result.events += events.inserted
        refused = [
            *((self._messages[position][0], reason) for position, reason in messages.rejected),
            *((self._events[position][0], reason) for position, reason in events.rejected),
            *((self._evidence[position][0], reason) for position, reason in evidence.rejected),
        ]
        for document, reason in refused:
            self.reject(document, reason)
        for position in messages.different:
            self._keep_unread(self._messages[position][0], Counter([ANOTHER_MESSAGE]))
        self._messages, self._events, self._evidence = [], [], []

    def reject(self, document: Document, reason: str) -> None:
        """Keeps a document, whole: what went in of it is known when it is replayed."""
        self.result.rejected += 1
        keep_reject(
            self._connection,
            self._business_id,
            self._provider,
            document.raw or _dump(document.value),
            reason,
            origin=document.origin,
        )

    def _keep_unread(self, document: Document, unread: Counter[str]) -> None:
        self.result.unread += unread
        keep_unread(
            self._connection,
            self._business_id,
            self._provider,
            _dump(document.value),
            unread,
            origin=document.origin,
        )


def ingest(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    paths: list[str],
    on_progress: Callable[[int], None] = lambda bytes_read: None,
) -> IngestResult:
    """Reads payload files of one provider and inserts what they say.

    Documents that cannot be read or stored are kept in webhook_reject, with file, line and reason;
    the rest goes in.

    Args:
        provider: a name from onethread.providers.PROVIDERS.
        paths: files with one JSON document, a JSON array of them, or JSON lines; "-" is stdin.
        on_progress: called with the number of bytes read since the last call.

    Raises:
        OnethreadError: unknown provider or business, or a file that cannot be opened.
        psycopg.OperationalError: the server, not a payload, is at fault; with a note of what to do.
    """
    if provider not in PROVIDERS:
        raise OnethreadError(
            f"unknown provider {provider!r}", f"One of: {', '.join(sorted(PROVIDERS))}."
        )
    check_business(connection, business_id)
    batch = _Batch(connection, business_id, provider)
    try:
        for path in paths:
            for document in read_documents(path, on_progress):
                batch.take(document)
        batch.flush()
    except psycopg.OperationalError as error:
        error.add_note(
            f"At least {batch.result.inserted} messages went in. Run it again with the same files: "
            "what is stored is not stored twice."
        )
        raise
    return batch.result


def read_documents(
    path: str, on_progress: Callable[[int], None] = lambda bytes_read: None
) -> Iterator[Document]:
    """The JSON documents of a file, array elements one by one; "-" is stdin.

    A first line that is JSON by itself makes it JSON lines, read line by line (memory stays flat);
    anything else is read whole, and as JSON lines after all if it is not one document.
    """
    name = "stdin" if path == "-" else path
    with ExitStack() as stack:
        try:
            file = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
        except OSError as error:
            raise OnethreadError(f"cannot read {path}: {error.strerror}") from error

        first = file.readline()
        if not first.strip() or _parse(first) is not None:
            lines: Iterator[bytes] = _chain(first, file)
        else:
            whole = first + file.read()
            if (document := _parse(whole)) is not None:
                on_progress(len(whole))
                yield from _elements(Document(name, 1, document[0]))
                return
            lines = iter(whole.splitlines(keepends=True))

        for number, line in enumerate(lines, start=1):
            on_progress(len(line))
            if not line.strip():
                continue
            if (document := _parse(line)) is not None:
                yield from _elements(Document(name, number, document[0]))
            else:
                raw = line.decode("utf-8", "replace").rstrip("\n")
                yield Document(name, number, raw=raw, error="not valid JSON")


def _chain(first: bytes, rest: IO[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _parse(raw: bytes) -> tuple[Any] | None:
    """The JSON value in a tuple of one (null is a value too), or None when it is not JSON."""
    try:
        return (json.loads(raw),)
    except (ValueError, RecursionError):
        return None


def _elements(document: Document) -> Iterator[Document]:
    whole = document.value
    for value in whole if isinstance(whole, list) else [whole]:
        if is_too_deep(value):
            raw = _dump(value)
            yield Document(document.file, document.line, raw=raw, error="nested too deeply")
        else:
            yield Document(document.file, document.line, value)


def _dump(value: Any) -> str:
    try:
        return json.dumps(value)
    except RecursionError:
        return ""
