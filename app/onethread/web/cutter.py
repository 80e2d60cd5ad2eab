"""JSON without the files in it, cut while it arrives: only what is kept takes memory."""

from __future__ import annotations

import re

# No text of a message is so long: WhatsApp's longest has 65,536 characters.
LONGEST_TEXT = 500_000

_END = re.compile(rb'["\\]')


class FileCutter:
    """Takes the bytes of a JSON text; of a string that is longer than LONGEST_TEXT it keeps the
    quotes."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self._is_string = False
        self._is_escaped = False
        self._is_cut = False
        self._start = 0

    def feed(self, chunk: bytes | bytearray) -> None:
        """The next part of the text."""
        position = 0
        while position < len(chunk):
            read = self._read_string if self._is_string else self._read_outside
            position = read(chunk, position)

    def _read_outside(self, chunk: bytes | bytearray, position: int) -> int:
        quote = chunk.find(b'"', position)
        end = len(chunk) if quote < 0 else quote + 1
        self.kept += chunk[position:end]
        self._is_string = quote >= 0
        self._start = len(self.kept)
        return end

    def _read_string(self, chunk: bytes | bytearray, position: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            self._keep(chunk[position : position + 1])
            return position + 1
        match = _END.search(chunk, position)
        end = match.start() if match else len(chunk)
        self._keep(chunk[position:end])
        if match is None:
            return end
        if match[0] == b"\\":
            self._is_escaped = True
            self._keep(match[0])
        else:
            self.kept += match[0]
            self._is_string = self._is_cut = False
        return end + 1

    def _keep(self, part: bytes | bytearray) -> None:
        if not self._is_cut:
            self.kept += part
            if len(self.kept) - self._start > LONGEST_TEXT:
                del self.kept[self._start :]
                self._is_cut = True
