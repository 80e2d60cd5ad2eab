-- Does a row of somebody's table refer to a conversation, so that it must not go?
--
-- Of a table that we may not look into: yes, when the row would change or fail with the conversation;
-- else the deletion itself will tell.
create or replace function onethread.has_references(
  p_conversation public.whatsapp_conversation
)
returns boolean
language plpgsql
stable
as $$
declare
  v_reference record;
  v_is_there boolean;
begin
  for v_reference in select r.* from onethread.conversation_references() r loop
    if not has_table_privilege(v_reference.relation, 'select')
      or row_security_active(v_reference.relation)
    then
      if v_reference.is_deleting then
        return true;
      end if;
      continue;
    end if;
    execute format(
      'select exists (select from %s t where %s)', v_reference.target, v_reference.condition)
    into v_is_there
    using p_conversation, p_conversation;
    if v_is_there then
      return true;
    end if;
  end loop;
  return false;
end;
$$;

comment on function onethread.has_references(public.whatsapp_conversation) is
  'True when a row of a table that is not Onethread''s refers to the conversation, or may.';
