-- Forget a person or a group of which no message is left and that no lead names.
--
-- Not an erasure: nothing is remembered of it, and whoever writes again is somebody new.
create or replace function onethread.forget_silent_conversation(
  p_business_id bigint,
  p_conversation_id bigint
)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
begin
  perform onethread.check_caller(
    p_business_id, 'onethread.forget_silent_conversation(bigint, bigint)');
  v_key := (onethread.conversation_keys(p_business_id, p_conversation_id))[1];
  if v_key is not null then
    perform onethread.lock_person(p_business_id, v_key);
  end if;
  perform
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_conversation_id
  for update;
  if not onethread.is_silent(p_business_id, p_conversation_id) then
    return false;
  end if;
  perform onethread.forget_identities(
    p_business_id,
    array(
      select i
      from public.whatsapp_identity i
      where i.business_id = p_business_id and i.conversation_id = p_conversation_id),
    '{}', array[p_conversation_id]);
  delete from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_conversation_id;
  return true;
exception when foreign_key_violation then
  -- A table of the CRM's own refers to it: it stays as it is.
  return false;
end;
$$;

comment on function onethread.forget_silent_conversation(bigint, bigint) is
  'Deletes a conversation that is_silent(), its identifiers and what was known about them; false '
  'when somebody wrote meanwhile or another table refers to it. Raises 55P03 when others hold it.';
