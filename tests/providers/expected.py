"""What the adapters make of every fixture, one line each: expected.txt, which a test compares.

python -m tests.providers.expected    # writes it: read what changed before you commit it
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onethread.providers import PROVIDERS, ProviderResult
from tests.providers.reading import FIXTURES

EXPECTED = Path(__file__).with_name("expected.txt")

# What nearly every statement about who is whom is.
_ORDINARY = {"weight": "attested", "is_mapping": False, "is_undated": False}


def lines(result: ProviderResult) -> Iterator[str]:
    """All that a payload became but the payload itself."""
    for kind in ("messages", "events", "evidence", "names"):
        for row in getattr(result, kind):
            yield f"{kind} {_text(asdict(row))}"
    for kind in ("ignored", "unread", "unopened"):
        if counts := dict(getattr(result, kind)):
            yield f"{kind} {_text(counts)}"


def _text(row: dict[str, Any]) -> str:
    told = {
        name: value
        for name, value in row.items()
        if value is not None and name != "payload" and _ORDINARY.get(name, ...) != value
    }
    return json.dumps(told, default=str, ensure_ascii=False, sort_keys=True)


def render() -> str:
    """The text of expected.txt."""
    text = []
    for provider, read in sorted(PROVIDERS.items()):
        for path in sorted((FIXTURES / provider).glob("*.json")):
            text.append(f"{provider}/{path.stem}\n")
            text += [f"  {line}\n" for line in lines(read(json.loads(path.read_text("utf-8"))))]
    return "".join(text)


if __name__ == "__main__":
    EXPECTED.write_text(render(), "utf-8")
