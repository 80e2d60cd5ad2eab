"""The SQL of a bridge, made from its file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from onethread.schema.bridge.files import RECORDS, Bridge, Relation, Rule, read_core

SCHEMA = "onethread_bridge"


@dataclass(frozen=True)
class Choices:
    """What is said beside the file."""

    schema: str = "public"
    """Where their tables are."""
    default_region: str | None = None
    """Country of the businesses that are made; None: as it was."""
    business_id: int | None = None
    """All their tenants are this business; None: as it was."""


def compose_apply(bridge: Bridge, choices: Choices) -> list[str]:
    """All that puts a bridge in place, or brings it up to date. To be run in one transaction."""
    statements = ["set local search_path = pg_catalog, pg_temp", *read_core()]
    statements += _compose_registration(bridge, choices)
    tables = [_table(relation, choices) for relation in bridge.relations]
    statements.append(compose_drop(bridge.name, tables))
    for relation in bridge.relations:
        statements.append(_compose_take(bridge, relation, choices))
        statements.append(_compose_trigger_function(bridge, relation))
        statements += _compose_triggers(bridge, relation, choices)
    statements.append(_revoke())
    # Are the SELECTs right? Asked of no row.
    statements += [
        f"select {SCHEMA}.{take_function(bridge, relation)}('{{}}', true)"
        for relation in bridge.relations
    ]
    return statements


def compose_drop(name: str, tables: list[str]) -> str:
    """Drops the triggers of a bridge on all but these tables, and its functions that none needs."""
    kept = ", ".join(quote(table) for table in tables)
    return f"""
do $$
declare
  v_drop text;
begin
  for v_drop in
    select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass)
    from pg_trigger t
    where t.tgname in ({", ".join(quote(each) for each in trigger_names(name))})
      and not t.tgisinternal
      and t.tgrelid <> all (array[{kept}]::regclass[])
  loop
    execute v_drop;
  end loop;
  for v_drop in
    select format('drop function %s', p.oid::regprocedure)
    from pg_proc p
    inner join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = '{SCHEMA}'
      and obj_description(p.oid, 'pg_proc') = {quote(_mark(name))}
      and not exists (select from pg_trigger t where t.tgfoid = p.oid)
  loop
    execute v_drop;
  end loop;
end;
$$"""


def trigger_names(name: str) -> tuple[str, str]:
    """The triggers on each of their tables."""
    return f"zz_onethread_bridge_{name}_insert", f"zz_onethread_bridge_{name}_update"


def take_function(bridge: Bridge, relation: Relation) -> str:
    """As onethread_bridge.take_function() says it, quoted."""
    return f'"take_{_function_end(bridge, relation)}"'


def compose_select(relation: Relation, rule: Rule, choices: Choices, rows: str) -> str:
    """A rule's SELECT, of those rows of the table for which a condition holds."""
    return f"""
    with theirs as (
      select t.* from {_table(relation, choices)} t{rows}
    )
    select s.*
    from (
{rule.select}
    ) as s"""


def quote(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _table(relation: Relation, choices: Choices) -> str:
    return f"{_name(choices.schema)}.{_name(relation.name)}"


def _mark(name: str) -> str:
    return f"Made by the bridge {name}."


def _function_end(bridge: Bridge, relation: Relation) -> str:
    digest = hashlib.sha256(f"{bridge.name} {relation.name}".encode()).hexdigest()
    return f"{bridge.name}_{relation.name}"[:40] + f"_{digest[:8]}"


def _compose_registration(bridge: Bridge, choices: Choices) -> Iterator[str]:
    region = "null" if choices.default_region is None else quote(choices.default_region)
    yield f"""
insert into {SCHEMA}.bridge as b (
  name, title, definition_hash, default_region, bare_digits, business_id
)
values (
  {quote(bridge.name)}, {quote(bridge.title)}, '{bridge.hash}', {region},
  '{bridge.bare_digits}', {choices.business_id or "null"}
)
on conflict (name) do update
set title = excluded.title, definition_hash = excluded.definition_hash,
  default_region = coalesce(excluded.default_region, b.default_region),
  bare_digits = excluded.bare_digits,
  business_id = coalesce(excluded.business_id, b.business_id), applied_at = now()"""
    names = ", ".join(quote(relation.name) for relation in bridge.relations)
    yield (
        f"delete from {SCHEMA}.relation r "
        f"where r.bridge = {quote(bridge.name)} and r.name not in ({names})"
    )
    for place, relation in enumerate(bridge.relations):
        columns = ", ".join(quote(column) for column, _ in relation.keys)
        types = ", ".join(quote(type_name) for _, type_name in relation.keys)
        is_for_all = any(
            rule.kind == "evidence" and "tenant" not in rule.given for rule in relation.rules
        )
        yield f"""
insert into {SCHEMA}.relation (
  bridge, name, place, table_name, key_columns, key_types, is_for_all_tenants
)
values (
  {quote(bridge.name)}, {quote(relation.name)}, {place}, {quote(_table(relation, choices))},
  array[{columns}], array[{types}], {str(is_for_all).lower()}
)
on conflict (bridge, name) do update
set place = excluded.place, table_name = excluded.table_name, key_columns = excluded.key_columns,
  key_types = excluded.key_types, is_for_all_tenants = excluded.is_for_all_tenants"""


def _key(relation: Relation) -> str:
    columns = [f"t.{column}" for column, _ in relation.keys]
    return f"{columns[0]}::text" if len(columns) == 1 else f"concat_ws('/', {', '.join(columns)})"


def _of_keys(relation: Relation) -> str:
    """The condition for the rows with these keys. Of several columns the last may contain /."""
    if len(relation.keys) == 1:
        [(column, type_name)] = relation.keys
        return f" where t.{column} = any (p_keys::{type_name}[])"
    parts = []
    for place, (column, type_name) in enumerate(relation.keys, 1):
        before = place - 1
        part = (
            f"split_part(k.key, '/', {place})"
            if place < len(relation.keys)
            else f"substring(k.key from '^(?:[^/]*/){{{{{before}}}}}(.*)$')"
        )
        parts.append(f"t.{column} = {part}::{type_name}")
    return (
        (" inner join (select distinct unnest(p_keys) as key) k on " + " and ".join(parts))
        .replace("{{", "{")
        .replace("}}", "}")
    )


def _compose_take(bridge: Bridge, relation: Relation, choices: Choices) -> str:
    steps = "".join(_compose_rule(bridge, relation, rule, choices) for rule in relation.rules)
    name = f"{SCHEMA}.{take_function(bridge, relation)}"
    return f"""
create or replace function {name}(p_keys text[], p_is_history boolean)
returns void
language plpgsql
volatile
set search_path = pg_catalog, {_name(choices.schema)}, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $bridge$
begin{steps}
end;
$bridge$;
comment on function {name}(text[], boolean) is {quote(_mark(bridge.name))}"""


def _compose_rule(bridge: Bridge, relation: Relation, rule: Rule, choices: Choices) -> str:
    values = ", ".join(
        f"s.{name}::{type_name}"
        if name in rule.given
        else quote(bridge.provider)
        if name == "provider" and bridge.provider
        else f"null::{type_name}"
        for name, type_name in rule.columns.items()
    )
    record = RECORDS[rule.kind]
    function = f"take_{record}" + ("" if record == "evidence" else "s")
    select = compose_select(relation, rule, choices, _of_keys(relation)).replace(
        "select s.*\n", f"select row({values})::{SCHEMA}.{record}\n"
    )
    if rule.kind == "messages":
        # In the order in which they came: ids break ties of sent_at.
        select += """
    left join unnest(p_keys) with ordinality as o (key, place) on o.key = s.key::text
    order by o.place"""
    return f"""
  perform {SCHEMA}.{function}({quote(bridge.name)}, {quote(relation.name)}, array({select}
  ), p_is_history);"""


def _compose_trigger_function(bridge: Bridge, relation: Relation) -> str:
    name = f'{SCHEMA}."trigger_{_function_end(bridge, relation)}"'
    said = f"{quote(bridge.name)}, {quote(relation.name)}"
    return f"""
create or replace function {name}()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $bridge$
declare
  v_keys text[];
  v_error text;
begin
  -- Nothing that happens here reaches the statement of the gateway.
  begin
    v_keys := array(select {_key(relation)} from theirs t);
    if v_keys <> '{{}}' then
      perform {SCHEMA}.wait_longer();
      perform {SCHEMA}.{take_function(bridge, relation)}(v_keys, false);
    end if;
  exception
    when query_canceled or others then
      v_error := sqlerrm;
      begin
        perform {SCHEMA}.take_one_by_one({said}, v_keys, false, sqlstate, v_error);
      exception
        when query_canceled or others then
          null;
      end;
  end;
  return null;
end;
$bridge$;
comment on function {name}() is {quote(_mark(bridge.name))}"""


def _compose_triggers(bridge: Bridge, relation: Relation, choices: Choices) -> Iterator[str]:
    function = f'{SCHEMA}."trigger_{_function_end(bridge, relation)}"()'
    for name, event in zip(trigger_names(bridge.name), ("insert", "update"), strict=True):
        yield (
            f"create or replace trigger {name}\nafter {event} on {_table(relation, choices)}\n"
            f"referencing new table as theirs\nfor each statement\nexecute function {function}"
        )


def _revoke() -> str:
    """The functions are nobody's: their triggers run as the owner."""
    return f"""
do $$
declare
  v_name text;
begin
  for v_name in
    select p.oid::regprocedure::text from pg_proc p where p.pronamespace = '{SCHEMA}'::regnamespace
  loop
    perform onethread.revoke_from_others('function', v_name);
  end loop;
end;
$$"""
