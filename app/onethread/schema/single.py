"""A database of one business, whose writers need not name it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from onethread.database import config


@dataclass(frozen=True)
class Single:
    """The one business."""

    name: str
    region: str
    """In capitals: IL, BR."""


def single_statement(single: Single) -> str:
    """Makes the business if there is none, and its id the default of business_id."""
    text = (config.DB_DIR / "single.sql").read_text("utf-8")
    return (
        sql.SQL(text)
        .format(name=sql.Literal(single.name), region=sql.Literal(single.region))
        .as_string(None)
    )
