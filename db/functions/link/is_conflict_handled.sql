-- Does the INSERT that fired the trigger say what is to happen on a conflict (ON CONFLICT)?
--
-- PostgreSQL tells a trigger nothing about that but the text: of the statement in the PL/pgSQL or SQL
-- function that calls it, else what the client sent. What cannot be read so counts as a plain
-- INSERT, which must not fail.
create or replace function onethread.is_conflict_handled()
returns boolean
language plpgsql
stable
as $$
declare
  v_stack text;
  v_text text;
begin
  get diagnostics v_stack = pg_context;
  -- The first line is this function, the second the trigger; then whoever inserts.
  v_stack := substring(v_stack from '^[^\n]*\n[^\n]*\n(.*)$');
  if v_stack like 'SQL statement "%' then
    v_text := substring(v_stack from '^SQL statement "(.*?)"\n(?:PL/pgSQL|SQL) function ');
  elsif v_stack like 'SQL function "%' then
    select string_agg(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), ';') into v_text
    from pg_proc p
    where p.proname = substring(v_stack from '^SQL function "([^"]*)"');
  elsif current_query() ~* '^\s*execute\s' then
    select p.statement into v_text
    from pg_prepared_statements p
    where p.name = substring(current_query() from '(?i)^\s*execute\s+"?([^"\s(;]+)');
  else
    v_text := current_query();
  end if;
  -- Without what stands in quotes or in comments.
  return coalesce(
    regexp_replace(v_text, '''[^'']*''|--[^\n]*|/\*.*?\*/', ' ', 'g')
      -- Of this insert, not of another one in the same statement.
      ~* '\minsert\s+into\s+("?public"?\s*\.\s*)?"?whatsapp_conversation\M'
        '((?!\minsert\M)[^;])*\mon\s+conflict\M',
    false);
end;
$$;

comment on function onethread.is_conflict_handled() is
  'True when the text of the statement that fired the calling trigger is an INSERT with ON CONFLICT.';
