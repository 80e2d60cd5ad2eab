"""How many people are split into how many threads, before anything is changed.

Nothing is installed: the functions that read addresses are created in the session's temporary
schema, and end with it, as does the table that the messages are counted into. The CRM's tables are
only read, some thousand blocks a statement, so that no snapshot is held for long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from onethread.database import config
from onethread.database.sources import read_sources
from onethread.schema.adoption.crm_tables import CrmTables

BLOCKS_A_STATEMENT = 1000
EXAMPLES = 5

# Messages a second that the estimate counts with; see docs/performance.md.
BACKFILL_RATE = 4000

# What the audit calls; what these call in turn is found in their text.
_FUNCTIONS = (
    "whatsapp_identifier",
    "identifier_scope",
    "identifier_match_value",
    "message_counterpart",
)

Progress = Callable[[int, int | None], None]


@dataclass
class Example:
    """Somebody whose messages are in several threads."""

    business_id: int
    messages: int
    thread_count: int
    threads: list[str]
    """The first of them, as the CRM calls them, with the digits masked."""


@dataclass
class Audit:
    """What was found."""

    messages: int = 0
    people: int = 0
    threads: int = 0
    split_people: int = 0
    split_threads: int = 0
    examples: list[Example] = field(default_factory=list)
    to_link: int = 0
    """Messages that a backfill would link."""
    seconds: float = 0.0
    """About how long it would take."""
    unlinked: list[dict[str, Any]] = field(default_factory=list)
    """{reason, messages} of those that would stay in no thread."""
    is_region_unknown: bool = False
    """National numbers identified nobody, because nobody said in which country they were typed."""

    def row(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def audit(
    connection: psycopg.Connection[Any],
    default_region: str | None = None,
    on_progress: Progress = lambda rows, total: None,
) -> Audit:
    """Counts people and threads of a CRM whose tables are called as ours.

    Args:
        connection: autocommit; may be of a role that can only read and create temporary tables.
        default_region: country of national numbers, where businesses have none.
    """
    create_functions(connection)
    tables = CrmTables(connection, default_region)
    connection.execute(_COUNTED)
    _count_messages(connection, tables, on_progress)
    connection.execute(tables.addresses())
    connection.execute(tables.people())
    result = _summarize(connection)
    result.is_region_unknown = default_region is None and not tables.has_regions()
    return result


_COUNTED = """
create temp table counted (
  business_id bigint, text text, is_provider boolean, lead_id bigint, conversation_id bigint,
  identity_id bigint, messages bigint
) on commit preserve rows
"""

_TOTALS = """
select
  coalesce(sum(p.messages), 0)::bigint as messages,
  count(distinct (p.business_id, p.person)) filter (where p.person is not null) as people,
  count(distinct (p.business_id, p.thread)) filter (where p.person is not null) as threads,
  coalesce(sum(p.messages) filter (where p.is_unlinked and p.person is not null), 0)::bigint
    as to_link
from pg_temp.person p
where not p.is_own
"""

_SPLIT = """
select
  p.business_id, sum(p.messages)::bigint as messages, count(distinct p.thread) as thread_count,
  (array_agg(distinct p.thread order by p.thread))[:5] as threads
from pg_temp.person p
where p.person is not null and not p.is_own
group by p.business_id, p.person
having count(distinct p.thread) > 1
order by count(distinct p.thread) desc, sum(p.messages) desc
"""

_UNLINKED = """
select
  case
    when p.is_own then 'address belongs to the business itself'
    when coalesce(p.text, '') = '' then 'no address'
    when length(p.text) > 255 then 'address is over 255 characters'
    else 'address identifies nobody'
  end as reason,
  sum(p.messages)::bigint as messages
from pg_temp.person p
where p.is_unlinked and (p.person is null or p.is_own)
group by 1
order by 2 desc
"""


def create_functions(connection: psycopg.Connection[Any]) -> None:
    """Creates what reads addresses in the temporary schema, callees and their types first.

    Raises:
        psycopg.Error: the session is read-only, or its role may create nothing.
    """
    texts = _read_types() | {
        name.split("/")[1]: text for name, text in read_sources(["functions"]).items()
    }
    created: set[str] = set()

    def create(name: str) -> None:
        if name in created or name not in texts:
            return
        created.add(name)
        for callee in re.findall(r"\bonethread\.(\w+)", re.sub("--.*", "", texts[name])):
            create(callee)
        connection.execute(texts[name].replace("onethread.", "pg_temp.").encode())

    for name in _FUNCTIONS:
        create(name)


def _read_types() -> dict[str, str]:
    """Name -> statement of the types that the migrations create."""
    return {
        name: f"create type onethread.{name} as ({columns})"
        for path in sorted((config.DB_DIR / "migrations").glob("*.sql"))
        for name, columns in re.findall(
            r"create type \w+\.(\w+) as \(([^;]*)\);", path.read_text("utf-8")
        )
    }


def _count_messages(
    connection: psycopg.Connection[Any], tables: CrmTables, on_progress: Progress
) -> None:
    [(blocks,)] = connection.execute(
        sql.SQL("select pg_relation_size({}) / current_setting('block_size')::int").format(
            sql.Literal("public.whatsapp_message")
        )
    ).fetchall()
    if not blocks:  # empty, or partitioned
        connection.execute(tables.counting(has_blocks=False))
        return
    on_progress(0, blocks)
    counting = tables.counting(has_blocks=True)
    for start in range(0, blocks, BLOCKS_A_STATEMENT):
        # The last piece has no end: messages are being written.
        end = start + BLOCKS_A_STATEMENT if start + BLOCKS_A_STATEMENT < blocks else 2**32 - 1
        connection.execute(counting, [f"({start},0)", f"({end},0)"])
        on_progress(min(BLOCKS_A_STATEMENT, blocks - start), None)
    connection.execute("analyze pg_temp.counted")


def _summarize(connection: psycopg.Connection[Any]) -> Audit:
    with connection.cursor(row_factory=dict_row) as cursor:
        [totals] = cursor.execute(_TOTALS).fetchall()
        result = Audit(**totals, unlinked=cursor.execute(_UNLINKED).fetchall())
        for row in cursor.execute(_SPLIT):
            result.split_people += 1
            result.split_threads += row["thread_count"]
            if len(result.examples) < EXAMPLES:
                row["threads"] = [mask(thread) for thread in row["threads"]]
                result.examples.append(Example(**row))
    result.seconds = result.to_link / BACKFILL_RATE
    return result


def mask(address: str) -> str:
    """The address with all digits but the first three and the last two hidden."""
    positions = [position for position, character in enumerate(address) if character.isdigit()]
    hidden = set(positions[3:-2]) if not address.startswith("conversation ") else set()
    return "".join("•" if n in hidden else character for n, character in enumerate(address))[:60]
