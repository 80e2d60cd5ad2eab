"""Who may do what, as the catalog has it: one line for each role and object.

python -m tests.sql.privileges    # writes privileges.txt, which a test compares
"""

from __future__ import annotations

import uuid
from pathlib import Path

import psycopg

from tests import server
from tests.conftest import Connection

GOLDEN = Path(__file__).with_name("privileges.txt")

# The owner, and what everybody may do with a function that runs as its caller, are left out. A
# definer function that is nobody's is listed with "-".
_PRIVILEGES = """
with object as (
  select
    case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end as kind,
    c.relname::text as name, c.relacl as acl, c.relowner as owner
  from pg_class c
  where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
    and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select 'column', c.relname || '.' || a.attname, a.attacl, c.relowner
  from pg_attribute a
  inner join pg_class c on c.oid = a.attrelid
  where c.relnamespace in ('public'::regnamespace, to_regnamespace('onethread'))
    and a.attacl is not null
  union all
  select
    'function',
    format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
    coalesce(p.proacl, acldefault('f', p.proowner)),
    p.proowner
  from pg_proc p
  where p.pronamespace = to_regnamespace('onethread')
    and (p.prosecdef or p.proacl is not null)
)
select
  case when p.grantee = 0 then 'PUBLIC' else coalesce(pg_get_userbyid(p.grantee), '-') end
  || ' ' || o.kind || ' ' || o.name || ' '
  || coalesce(lower(string_agg(p.privilege_type, ', ' order by p.privilege_type)), '-')
from object o
left join lateral aclexplode(o.acl) as p on p.grantee <> o.owner
where o.kind = 'function' or p.grantee is not null
group by p.grantee, o.kind, o.name
order by 1
"""


def render(connection: Connection) -> str:
    """The privileges in the schema public, as privileges.txt has them."""
    return "".join(f"{line}\n" for (line,) in connection.execute(_PRIVILEGES).fetchall())


def main() -> None:
    """Writes privileges.txt from a newly migrated database."""
    with (
        server.run_server(uuid.uuid4().hex[:12]) as uri,
        psycopg.connect(uri.format(database=server.TEMPLATE)) as connection,
    ):
        GOLDEN.write_text(render(connection), "utf-8")


if __name__ == "__main__":
    main()
