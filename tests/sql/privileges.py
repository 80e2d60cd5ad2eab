"""Who may do what, as the catalog has it: one line for each role and object.

python -m tests.sql.privileges    # writes privileges.txt, which a test compares
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from onethread.schema import access
from tests import server
from tests.conftest import Connection

GOLDEN = Path(__file__).with_name("privileges.txt")

# The owner is left out, and that each of the four roles may execute what runs as its caller; where
# one may not, the line says "none". A definer function that is nobody's is listed with "-".
_PRIVILEGES = """
with object as (
  select 'schema' as kind, n.nspname::text as name,
    coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl, n.nspowner as owner
  from pg_namespace n
  where n.oid = to_regnamespace('onethread')
  union all
  select
    case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
    case when n.nspname <> 'public' then n.nspname || '.' else '' end || c.relname,
    c.relacl, c.relowner
  from pg_class c
  inner join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'onethread')
    and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select
    'column',
    case when n.nspname <> 'public' then n.nspname || '.' else '' end
      || c.relname || '.' || a.attname,
    a.attacl, c.relowner
  from pg_attribute a
  inner join pg_class c on c.oid = a.attrelid
  inner join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'onethread')
    and a.attacl is not null
  union all
  select 'type', t.typname, coalesce(t.typacl, acldefault('T', t.typowner)), t.typowner
  from pg_type t
  left join pg_class c on c.oid = t.typrelid
  where t.typnamespace = to_regnamespace('onethread')
    and t.typelem = 0
    and coalesce(c.relkind = 'c', true)
  union all
  select
    case when is_callers then 'callers function' else 'function' end,
    format('%%s(%%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
    coalesce(p.proacl, acldefault('f', p.proowner)),
    p.proowner
  from pg_proc p
  cross join lateral (
    select not p.prosecdef and p.prorettype <> 'trigger'::regtype) as c (is_callers)
  where p.pronamespace = to_regnamespace('onethread')
)
select
  case when p.grantee = 0 then 'PUBLIC' else coalesce(pg_get_userbyid(p.grantee), '-') end
  || ' ' || replace(o.kind, 'callers ', '') || ' ' || o.name || ' '
  || coalesce(lower(string_agg(p.privilege_type, ', ' order by p.privilege_type)), '-')
from object o
left join lateral aclexplode(o.acl) as p on p.grantee <> o.owner
where (o.kind = 'function' or p.grantee is not null)
  and not (
    o.kind = 'callers function'
    and coalesce(p.grantee::regrole::text = any (%(roles)s), false))
group by p.grantee, o.kind, o.name
union all
select r.name || ' function ' || o.name || ' none'
from object o
cross join unnest(%(roles)s) as r (name)
where o.kind = 'callers function'
  and to_regrole(r.name) is not null
  and not exists (select from aclexplode(o.acl) a where a.grantee = to_regrole(r.name))
order by 1
"""


def render(connection: Connection) -> str:
    """The privileges in the schemas public and onethread, as privileges.txt has them."""
    rows = connection.execute(_PRIVILEGES, {"roles": list(access.ROLES)}).fetchall()
    return "".join(f"{line}\n" for (line,) in rows)


def main() -> None:
    """Writes privileges.txt from a newly migrated database."""
    with server.migrated_database() as uri, psycopg.connect(uri) as connection:
        GOLDEN.write_text(render(connection), "utf-8")


if __name__ == "__main__":
    main()
