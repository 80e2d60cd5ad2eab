"""What whoever installs Onethread must be allowed: asked before anything is changed."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from onethread.database.sources import names_of
from onethread.errors import OnethreadError
from onethread.schema.ownership import read_names, text_array

_MISSING = """
select r.problem, r.remedy
from (
  select
    1 as position,
    format('the role %I may not make a schema in this database', current_user) as problem,
    format('As the owner of the database: grant create on database %I to %I; '
      '(or: create schema onethread authorization %2$I;)',
      current_database(), current_user) as remedy
  where to_regnamespace('onethread') is null
    and not has_database_privilege(current_database(), 'create')
  union all
  select
    2,
    format('the role %I may make nothing in the schema %I', current_user, n.nspname),
    format('As its owner %I: grant create on schema %I to %I;',
      pg_get_userbyid(n.nspowner), n.nspname, current_user)
  from pg_namespace n
  where n.nspname in ('public', 'onethread')
    and not has_schema_privilege(n.oid, 'create')
  union all
  select
    3,
    'there is no schema public',
    'Create it: the tables that programs write stand there.'
  where to_regnamespace('public') is null
  union all
  select
    4,
    format('the role %I is not the owner of %s', current_user,
      string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text)),
    format('Run it as %I, or, as that role or a superuser: grant %1$I to %I;',
      pg_get_userbyid(min(c.relowner::int8)::oid), current_user)
  from pg_class c
  inner join pg_namespace n on n.oid = c.relnamespace
  where n.nspname || '.' || c.relname = any ({relations})
    and not pg_has_role(c.relowner, 'usage')
  having count(*) > 0
) as r
order by r.position
"""


def missing_rights_query() -> sql.Composed:
    """A query that tells what the session's role lacks: problem, remedy."""
    relations = [*read_names().tables, *(f"public.{view}" for view in names_of("views"))]
    return sql.SQL(_MISSING).format(relations=text_array(sorted(relations)))


def refuse_missing_rights(connection: psycopg.Connection[Any]) -> None:
    """Raises OnethreadError when the session's role could not finish what it would begin."""
    for problem, remedy in connection.execute(missing_rights_query()).fetchall():
        raise OnethreadError(problem, f"Nothing was changed. {remedy}")
