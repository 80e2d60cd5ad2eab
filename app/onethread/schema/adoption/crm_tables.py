"""A CRM's tables that are called as ours, with the columns they have, as the audit asks them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from onethread.errors import OnethreadError
from onethread.schema.adoption import sources

_HOW_TO_SAY = (
    "Say what your tables mean: --messages 'select tenant, thread, address from …', see "
    "docs/adoption.md; if they are in a schema of their own, --schema NAME."
)


class CrmTables:
    """The tables and columns as this database has them."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        default_region: str | None,
    ) -> None:
        self._region = default_region
        self._columns: dict[str, set[str]] = {}
        for table in (
            "whatsapp_message", "lead", "business", "business_number", "whatsapp_identity"
        ):  # fmt: skip
            rows = connection.execute(
                "select attname from pg_attribute where attrelid = to_regclass('public.' || %s) "
                "and attnum > 0 and not attisdropped",
                [table],
            )
            self._columns[table] = {row[0] for row in rows}
        if not self._columns["whatsapp_message"]:
            raise OnethreadError("there is no table whatsapp_message", advise(connection))
        if not (self.has("to_number") or self.has("from_number")):
            raise OnethreadError(
                "whatsapp_message has neither to_number nor from_number", _HOW_TO_SAY
            )
        if self.has("to_number") and self.has("from_number") and not self.has("direction"):
            raise OnethreadError(
                "whatsapp_message has no direction: which of its two numbers is the customer's?",
                _HOW_TO_SAY,
            )

    def table(self, name: str) -> sql.Composable:
        """A table of the CRM's."""
        return sql.Identifier("public", name)

    def has(self, column: str, table: str = "whatsapp_message") -> bool:
        """Whether there is such a column."""
        return column in self._columns[table]

    def has_regions(self) -> bool:
        """Whether businesses say in which country their numbers are typed."""
        return self.has("default_region", "business")

    def column(self, column: str, type_name: str, table: str = "whatsapp_message") -> sql.Composed:
        """A column of the table, which is called t; null where there is none."""
        if not self.has(column, table):
            return sql.SQL("null::{}").format(sql.SQL(type_name))
        return sql.SQL("t.{}::{}").format(sql.Identifier(column), sql.SQL(type_name))

    def business_id(self, table: str = "whatsapp_message") -> sql.Composed:
        """The tenant; 1 in a database that has only one."""
        return sql.SQL("coalesce({}, 1)").format(self.column("business_id", "bigint", table))

    def counting(self, has_blocks: bool) -> sql.Composed:
        """Counts the messages of some blocks by what they say about their person."""
        return sql.SQL(
            """
            insert into pg_temp.counted
            select
              {business_id},
              pg_temp.message_counterpart({direction}, {from_number}, {to_number}),
              {provider} is not null, {lead_id}, {conversation_id}, {identity_id}, count(*)
            from {message} t {where}
            group by 1, 2, 3, 4, 5, 6
            """
        ).format(
            business_id=self.business_id(),
            direction=self.column("direction", "text"),
            from_number=self.column("from_number", "text"),
            to_number=self.column("to_number", "text"),
            provider=self.column("provider", "text"),
            lead_id=self.column("lead_id", "bigint"),
            conversation_id=self._link("conversation_id"),
            identity_id=self._link("identity_id"),
            message=self.table("whatsapp_message"),
            where=sql.SQL("where t.ctid >= %s::tid and t.ctid < %s::tid" if has_blocks else ""),
        )

    def _link(self, column: str) -> sql.Composed:
        # A CRM's own conversation_id says nothing about people.
        if not self._columns["whatsapp_identity"]:
            return sql.SQL("null::bigint").format()
        return self.column(column, "bigint")

    def addresses(self) -> sql.Composed:
        """Each spelling, read."""
        region: sql.Composable = sql.Literal(self._region)
        if self.has_regions():
            region = sql.SQL("coalesce(b.default_region, {})").format(region)
        return sql.SQL(
            """
            create temp table spelling on commit preserve rows as
            select s.business_id, s.text, s.is_provider, w.kind, (w.kind || ':' ||
              pg_temp.identifier_scope(w.kind, w.value) || ':' ||
              pg_temp.identifier_match_value(w.kind, w.value)) as key
            from (
              select distinct c.business_id, c.text, c.is_provider
              from pg_temp.counted c where c.text <> ''
            ) s
            {join}
            cross join lateral pg_temp.whatsapp_identifier(
              s.text,
              case when strpos(s.text, '@') = 0 and left(s.text, 1) <> '+'
                and not (s.is_provider and btrim(s.text, '0123456789') = '')
                then {region} end) as w
            """
        ).format(
            region=region,
            join=sql.SQL("left join {} b on b.id = s.business_id").format(self.table("business"))
            if self.has_regions()
            else sql.SQL(""),
        )

    def people(self) -> sql.Composed:
        """Who each spelling is: by the links that there are, else by lead, else by itself."""
        return sql.SQL(
            """
            create temp table person on commit preserve rows as
            with tie as (
              select c.business_id, s.key, c.lead_id
              from pg_temp.counted c
              inner join pg_temp.spelling s using (business_id, text, is_provider)
              where c.lead_id is not null and s.kind in ('phone', 'lid', 'bsuid')
              {lead_ties}
            ), owner as (
              select t.business_id, t.key, min(t.lead_id) as lead_id from tie t group by 1, 2
            )
            select
              c.business_id, c.text, c.messages, s.kind,
              coalesce('conversation ' || coalesce({known}, c.conversation_id),
                'lead ' || o.lead_id, s.key) as person,
              coalesce('conversation ' || c.conversation_id, c.text) as thread,
              c.conversation_id is null as is_unlinked,
              {is_own} as is_own
            from pg_temp.counted c
            left join pg_temp.spelling s using (business_id, text, is_provider)
            left join owner o on o.business_id = c.business_id and o.key = s.key
            {identity}
            """
        ).format(
            lead_ties=self._lead_ties(),
            **self._identities(),
        )

    def _lead_ties(self) -> sql.Composable:
        if not (self._columns["lead"] and self.has("phone", "lead")):
            return sql.SQL("")
        return sql.SQL(
            """
            union all
            select s.business_id, s.key, l.id
            from (select {business_id} as business_id, {phone} as phone, {id} as id from {lead} t) l
            inner join pg_temp.spelling s
              on s.business_id = l.business_id and s.text = l.phone and not s.is_provider
            """
        ).format(
            business_id=self.business_id("lead"),
            phone=self.column("phone", "text", "lead"),
            id=self.column("id", "bigint", "lead"),
            lead=self.table("lead"),
        )

    def _identities(self) -> dict[str, sql.Composable]:
        if not self._columns["whatsapp_identity"]:
            nothing = sql.SQL("")
            return {"known": sql.SQL("null"), "identity": nothing, "is_own": sql.SQL("false")}
        return {
            "known": sql.SQL("i.conversation_id, u.conversation_id, l.id"),
            "identity": sql.SQL(
                """
                left join public.whatsapp_identity i
                  on i.business_id = c.business_id and i.id = c.identity_id
                left join public.whatsapp_identity u
                  on c.identity_id is null
                  and u.business_id = c.business_id
                  and u.kind || ':' || u.scope || ':' || u.match_value = s.key
                  and u.valid_until is null
                left join lateral (
                  select min(n.id) as id
                  from public.whatsapp_conversation n
                  where n.business_id = c.business_id and n.lead_id = o.lead_id
                ) l on true
                """
            ),
            "is_own": sql.SQL(
                "exists (select from public.business_number n where n.business_id = c.business_id "
                "and n.kind || '::' || pg_temp.identifier_match_value(n.kind, n.value) = s.key)"
            ),
        }


def advise(connection: psycopg.Connection[Any]) -> str:
    """Which source fits the database, or how to say what its tables mean."""
    fitting = sources.find_fitting(connection)
    if not fitting:
        return _HOW_TO_SAY
    names = " or ".join(f"--source {source.name}" for source in fitting)
    return f"It has the tables of {fitting[0].title.rstrip('.')}: try {names}."
