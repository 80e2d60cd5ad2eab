"""Files of payloads: JSON lines, one JSON document, or an array of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from onethread.errors import OnethreadError
from onethread.intake.credentials import without_credentials
from onethread.intake.nesting import is_too_deep, parse_json
from onethread.intake.payload import NOT_JSON, Payload, read_document


def read_file(
    provider: str, path: str, on_progress: Callable[[int], None] = lambda bytes_read: None
) -> Iterator[Payload]:
    """The payloads of a file, the elements of an array one by one; "-" is stdin.

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
        if not first.strip() or parse_json(_decode(first)) is not None:
            lines: Iterator[bytes] = _chain(first, file)
        else:
            whole = first + file.read()
            text = _decode(whole)
            if (document := parse_json(text)) is not None:
                on_progress(len(whole))
                yield from _split(provider, text, document, f"{name}:1")
                return
            lines = iter(whole.splitlines(keepends=True))

        for number, line in enumerate(lines, start=1):
            on_progress(len(line))
            if line.strip():
                text = _decode(line).rstrip("\r\n")
                yield from _split(provider, text, parse_json(text), f"{name}:{number}")


def _chain(first: bytes, rest: IO[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _decode(raw: bytes) -> str:
    """As json.loads() decodes it, without credentials; what cannot be decoded is no JSON, and kept
    as far as it can."""
    try:
        text = raw.decode(json.detect_encoding(raw), "surrogatepass")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    return without_credentials(text)


def _split(provider: str, text: str, document: tuple[Any] | None, origin: str) -> Iterator[Payload]:
    """A payload, or those of an array: an empty array is a file without any."""
    if document is None:
        yield Payload(provider, reasons=[NOT_JSON], raw=text, origin=origin)
        return
    [value] = document
    raw = None if isinstance(value, list) else text
    for element in value if isinstance(value, list) else [value]:
        # What is too deep in it is emptied when it is read: what is kept is as it came.
        kept = (_dump(element) or text) if raw is None and is_too_deep(element) else raw
        yield read_document(provider, element, origin, kept)


def _dump(value: Any) -> str:
    """The value as JSON; empty when it is nested too deeply even for that."""
    try:
        return json.dumps(value)
    except RecursionError:
        return ""
