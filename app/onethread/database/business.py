"""Businesses: the tenants."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import psycopg

from onethread.database.config import shard_names
from onethread.database.shards import ask_each_shard, rows_of_each_shard, shard_transaction
from onethread.database.steps import Steps, call
from onethread.database.tenant import start_statement
from onethread.errors import OnethreadError, UnknownBusiness


def add_business(
    connection: psycopg.Connection[Any],
    name: str,
    region: str,
    numbers: list[str],
    shard: str | None = None,
) -> int:
    """Creates a business; returns its id, which no other server of a cluster gives.

    Args:
        shard: of a cluster, the server that it is to be on; None: the one with the fewest.
        region: ISO 3166 code (IL, BR) of the country in which it types national numbers.
        numbers: its own addresses, in any spelling; never taken for a customer.

    Raises:
        OnethreadError: the region or a number cannot be read.
    """
    with _home_of_new(connection, shard):
        try:
            [(business_id,)] = connection.execute(
                "insert into public.business (name, default_region) values (%s, %s) returning id",
                [name, region.upper()],
            ).fetchall()
        except psycopg.errors.CheckViolation as error:
            raise OnethreadError(
                f"{region!r} is not a region",
                "Give the two letters of the country: --region IL, --region BR.",
            ) from error
        for number in numbers:
            added = connection.execute(
                """
                insert into public.business_number (business_id, kind, value)
                select %s, w.kind, w.value
                from onethread.whatsapp_identifier(%s, %s) as w
                where w.kind in ('phone', 'lid', 'bsuid')
                on conflict do nothing
                """,
                [business_id, number, region.upper()],
            )
            if not added.rowcount:
                raise OnethreadError(
                    f"{number!r} is not an address", "Write it with + and country code."
                )
    return int(business_id)


def list_businesses(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """All businesses with their numbers, by id; in a cluster by shard."""
    query = """
        select b.id, b.name, b.default_region,
          coalesce(array_agg(n.value order by n.value) filter (where n.value is not null), '{}')
            as numbers
        from public.business b
        left join public.business_number n on n.business_id = b.id
        group by b.id
        order by b.id
        """
    return rows_of_each_shard(
        connection, lambda: start_statement(connection, (query, None)).fetchall()
    )


@call
def check_business(business_id: int) -> Steps[None]:
    """Raises UnknownBusiness, with what to do, when there is no such business."""
    query = "select b.id from public.business b where b.id = %s::numeric"
    if not (yield query, [business_id]):
        raise unknown_business(business_id)


def refuse_impossible(business_id: int) -> None:
    """Raises UnknownBusiness for what no column of a business can hold."""
    if not -(2**63) <= business_id < 2**63:
        raise unknown_business(business_id)


def only_business(connection: psycopg.Connection[Any]) -> int:
    """Id of the business when there is exactly one: what commands mean when none is named.

    Raises:
        OnethreadError: there is none, or more than one.
    """
    businesses = list_businesses(connection)
    if not businesses:
        raise OnethreadError(
            "there is no business yet",
            "Create one with `onethread business add NAME --region IL`.",
        )
    if len(businesses) > 1:
        names = ", ".join(f"{row['id']} ({row['name']})" for row in businesses[:10])
        raise OnethreadError(
            "there is more than one business", f"Say which with --business: {names}."
        )
    return int(businesses[0]["id"])


def _home_of_new(
    connection: psycopg.Connection[Any], shard: str | None
) -> AbstractContextManager[object]:
    """The transaction in which a business is created."""
    names = shard_names()
    if shard is not None and shard not in names:
        raise OnethreadError(
            f"there is no shard {shard!r}",
            f"ONETHREAD_SHARDS names {', '.join(names)}." if names else "This is one server.",
        )
    if not names:
        return connection.transaction()
    return shard_transaction(connection, shard or _emptiest_shard(connection))


def _emptiest_shard(connection: psycopg.Connection[Any]) -> str:
    query = "select count(*) from public.business"
    missing: list[str] = []
    found = ask_each_shard(connection, lambda: connection.execute(query).fetchall(), missing)
    if not found:
        raise OnethreadError(f"no shard answers: {', '.join(missing)}")
    return min((count, str(name)) for name, [(count,)] in found)[1]


def unknown_business(business_id: int) -> UnknownBusiness:
    """The error for a business id that does not exist."""
    return UnknownBusiness(
        f"there is no business {business_id}",
        "Create one with `onethread business add NAME --region IL`, or see `onethread business "
        "list`.",
    )
