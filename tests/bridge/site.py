"""A database of somebody else's system, with Onethread beside it and a bridge between them.

tests/bridge/systems has for each system its tables with a few rows (NAME.sql), what its programs
write then (NAME_live.sql), and the threads before and after that (NAME.txt).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from onethread.schema.bridge import install
from onethread.schema.bridge.compose import Choices
from onethread.schema.bridge.files import Bridge, find_bridge

SYSTEMS = Path(__file__).parent / "systems"


def read(name: str) -> str:
    """A file of tests/bridge/systems."""
    return (SYSTEMS / name).read_text("utf-8")


class Site:
    """The database, as its owner; everything is committed."""

    def __init__(self, url: str, connection: psycopg.Connection[Any], name: str) -> None:
        self.url = url
        self.connection = connection
        self.name = name
        self.gateway = f"gateway_{connection.info.dbname}"

    def run(self, statements: str) -> None:
        """Any SQL, as the owner."""
        self.connection.execute(statements.encode())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return self.connection.execute(query.encode()).fetchall()

    def apply(self, bridge: Bridge | None = None, **choices: Any) -> None:
        """Puts the bridge in place."""
        choices = {"default_region": "BR", **choices}
        install.apply(self.connection, bridge or find_bridge(self.name), Choices(**choices))

    def catch_up(self, *, from_start: bool = False) -> install.CaughtUp:
        """Reads what was there before, and what failed."""
        return install.catch_up(
            self.connection, self.name, lambda more, total: None, from_start=from_start
        )

    def as_gateway(self, statements: str) -> None:
        """The gateway's programs: a role with rights on its own tables and nothing else."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(self.gateway)))
            connection.execute(statements.encode())

    def failures(self) -> list[tuple[Any, ...]]:
        """Rows that were not taken over."""
        return self.rows(
            "select relation, key, sqlstate, error from onethread_bridge.failure order by 1, 2"
        )

    def threads(self) -> list[str]:
        """Each conversation as a line: < for what came in, > for what went out."""
        return [
            line
            for (line,) in self.rows(
                """
                select b.name || ': ' || string_agg(
                  case r.direction when 'inbound' then '<' else '>' end || ' ' ||
                  coalesce('(' || left(r.participant, 6) || ') ', '') ||
                  coalesce(r.body, r.kind) ||
                  coalesce(' [' || nullif(concat_ws(', ',
                    case when r.kind <> 'text' then r.kind end, r.status,
                    'was: ' || r.original_body,
                    case when r.revoked_at is not null then 'deleted' end,
                    case when r.reactions <> '[]' then r.reactions #>> '{0,emoji}' end
                  ), '') || ']', ''), ' ' order by r.sent_at, r.id)
                from public.whatsapp_conversation c
                inner join public.business b on b.id = c.business_id
                cross join lateral onethread.list_thread(c.business_id, c.id, null, 100) r
                group by b.name, c.id
                order by 1
                """
            )
        ]

    def describe(self) -> list[tuple[Any, ...]]:
        """Their tables: triggers, columns, constraints, rights, policies, rows."""
        tables = """
        select c.oid, c.relname
        from pg_class c
        where c.relkind = 'r'
          and c.relnamespace = 'public'::regnamespace
          and obj_description(c.oid, 'pg_class') is null
          and c.relname !~ '^_?yoyo'
        """
        found = self.rows(
            f"""
            with t as ({tables})
            select t.relname, 'trigger', pg_get_triggerdef(g.oid)
            from t inner join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
            union all
            select t.relname, 'column', a.attname || ' ' || a.atttypid::regtype || a.attnotnull
            from t inner join pg_attribute a on a.attrelid = t.oid where a.attnum > 0
            union all
            select t.relname, 'constraint', pg_get_constraintdef(c.oid)
            from t inner join pg_constraint c on c.conrelid = t.oid
            union all
            select t.relname, 'index', pg_get_indexdef(i.indexrelid)
            from t inner join pg_index i on i.indrelid = t.oid
            union all
            select t.relname, 'rights', concat(c.relowner, c.relacl, c.relrowsecurity)
            from t inner join pg_class c on c.oid = t.oid
            order by 1, 2, 3
            """
        )
        assert found
        return found


@contextmanager
def open_site(url: str, name: str, tables: str | None = None) -> Iterator[Site]:
    """A site with the system's tables, and a role of its programs."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((tables or read(f"{name}.sql")).encode())
        site = Site(url, connection, name)
        gateway = sql.Identifier(site.gateway)
        connection.execute(sql.SQL("create role {}").format(gateway))
        for (table,) in connection.execute(
            "select oid::regclass::text from pg_class where relkind = 'r' "
            "and relnamespace = 'public'::regnamespace "
            "and obj_description(oid, 'pg_class') is null and relname !~ '^_?yoyo'"
        ).fetchall():
            connection.execute(f"grant all on {table} to {gateway.as_string()}".encode())
        connection.execute(
            sql.SQL("grant usage on all sequences in schema public to {}").format(gateway)
        )
        try:
            yield site
        finally:
            connection.execute(sql.SQL("drop owned by {}").format(gateway))
            connection.execute(sql.SQL("drop role {}").format(gateway))
