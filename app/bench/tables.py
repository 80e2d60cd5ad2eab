"""Tables of 10 thousand to 10 million messages, each in a database of its own."""

from __future__ import annotations

from dataclasses import dataclass

from app.bench.databases import Databases
from app.bench.sizes import Sizes


@dataclass(frozen=True)
class SizedTable:
    url: str
    messages: int


def build_tables(databases: Databases, sizes: Sizes) -> list[SizedTable]:
    return []
