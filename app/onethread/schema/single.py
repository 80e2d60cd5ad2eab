"""A database of one business, whose writers need not name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from onethread.database import config
from onethread.errors import OnethreadError


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


def refuse_several(connection: psycopg.Connection[Any]) -> None:
    """Raises OnethreadError when there is more than one business."""
    if connection.execute("select to_regclass('public.business')").fetchone() == (None,):
        return
    ids = [row[0] for row in connection.execute("select id from public.business order by id")]
    if len(ids) > 1:
        raise OnethreadError(
            f"there are {len(ids)} businesses: {', '.join(map(str, ids[:5]))}"
            + (", …" if len(ids) > 5 else ""),
            "Nothing was changed. --single is for a database of one: leave it out, and let each "
            "writer give business_id.",
        )
