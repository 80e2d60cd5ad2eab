"""Payload files -> messages in the database. What cannot be read is kept, with the reason."""

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

from app.business import check_business
from app.errors import OnethreadError, PayloadError
from app.message import Message
from app.providers import PROVIDERS
from app.write import BATCH_SIZE, insert_messages

# Real payloads are some ten levels deep; far below what Python's recursion can take.
MAX_DEPTH = 200


@dataclass(frozen=True)
class Document:
    """One JSON document of a file, or the text that is none."""

    file: str
    line: int
    """Where it begins, from 1."""
    value: Any = None
    raw: str = ""
    error: str = ""


@dataclass
class IngestResult:
    """Counts of one run of ingest()."""

    inserted: int = 0
    duplicates: int = 0
    unlinked: int = 0
    rejected: int = 0
    ignored: Counter[str] = field(default_factory=Counter)


class _Rejects:
    """The reject file, made when the first reject is written: one JSON object a line."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path = path
        self._stack = stack
        self._file: IO[str] | None = None
        self.count = 0

    def write(self, document: Document, reason: str, value: Any) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(self._path.open("a", encoding="utf-8"))
        record = {"file": document.file, "line": document.line, "reason": reason, "payload": value}
        self._file.write(json.dumps(record, ensure_ascii=True, default=str) + "\n")
        self._file.flush()
        self.count += 1


def ingest(
    connection: psycopg.Connection[Any],
    business_id: int,
    provider: str,
    paths: list[str],
    rejects_path: Path,
    on_progress: Callable[[int], None] = lambda bytes_read: None,
) -> IngestResult:
    """Reads payload files of one provider and inserts their messages.

    Args:
        provider: a name from app.providers.PROVIDERS.
        paths: files with one JSON document, a JSON array of them, or JSON lines; "-" is stdin.
        rejects_path: documents that cannot be read or stored are appended here, with file, line
            and reason; the rest goes in.
        on_progress: called with the number of bytes read since the last call.

    Raises:
        OnethreadError: unknown provider or business, or a file that cannot be opened.
    """
    if provider not in PROVIDERS:
        raise OnethreadError(
            f"unknown provider {provider!r}", f"One of: {', '.join(sorted(PROVIDERS))}."
        )
    check_business(connection, business_id)
    read_payload = PROVIDERS[provider]
    result = IngestResult()
    batch: list[tuple[Document, Message]] = []
    with ExitStack() as stack:
        rejects = _Rejects(rejects_path, stack)
        for path in paths:
            for document in read_documents(path, on_progress):
                if document.error:
                    rejects.write(document, document.error, document.raw)
                    continue
                try:
                    parsed = read_payload(document.value)
                except PayloadError as error:
                    rejects.write(document, str(error), document.value)
                    continue
                result.ignored += parsed.ignored
                batch += [(document, message) for message in parsed.messages]
                if len(batch) >= BATCH_SIZE:
                    _insert(connection, business_id, batch, rejects, result)
        _insert(connection, business_id, batch, rejects, result)
        result.rejected = rejects.count
    return result


def _insert(
    connection: psycopg.Connection[Any],
    business_id: int,
    batch: list[tuple[Document, Message]],
    rejects: _Rejects,
    result: IngestResult,
) -> None:
    """Inserts the batch and empties it."""
    outcome = insert_messages(connection, business_id, [message for _, message in batch])
    result.inserted += outcome.inserted
    result.duplicates += outcome.duplicates
    result.unlinked += outcome.unlinked
    for position, reason in outcome.rejected:
        document, message = batch[position]
        rejects.write(document, reason, message.payload)
    batch.clear()


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
        if _is_too_deep(value):
            # As text: whoever reads the reject file need not be able to parse it.
            raw = _dump(value)
            yield Document(document.file, document.line, raw=raw, error="nested too deeply")
        else:
            yield Document(document.file, document.line, value)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def _dump(value: Any) -> str:
    try:
        return json.dumps(value)
    except RecursionError:
        return ""
