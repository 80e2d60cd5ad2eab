-- Carry out a plan: the identities first, then, in later statements, the messages.
--
-- A writer that waits for one of these identities reads it again when this is committed, and
-- writes to the surviving conversation; the statement that moves the messages sees whatever was
-- committed while this session waited for its locks.
create or replace function onethread.write_identities(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_state onethread.whatsapp_resolution,
  p_cause text[]
)
returns onethread.whatsapp_identity_plan[]
language plpgsql
as $$
declare
  v_plan onethread.whatsapp_identity_plan[] := p_plan;
  v_identity onethread.whatsapp_identity_plan;
  v_identity_id bigint;
  v_address onethread.whatsapp_address;
begin
  -- Close before opening: an address has one owner today.
  for v_identity in
    select p.* from unnest(v_plan) as p
    where p.is_changed and p.identity_id is not null
    order by p.valid_until is null and p.valid_from is not null, p.key collate "C"
  loop
    update public.whatsapp_identity i
    set conversation_id = v_identity.conversation_id,
        valid_from = coalesce(v_identity.valid_from, '1970-01-01 00:00+00'),
        valid_until = case when v_identity.valid_from is null then '1970-01-01 00:00+00'
          else v_identity.valid_until end,
        is_current = coalesce(v_identity.is_current, false)
    where i.business_id = p_business_id
      and i.id = v_identity.identity_id;
  end loop;

  for v_position in 1..cardinality(v_plan) loop
    continue when v_plan[v_position].identity_id is not null;
    v_address := onethread.key_address(v_plan[v_position].key);
    insert into public.whatsapp_identity (
      business_id, kind, scope, value, match_value, conversation_id, is_current, valid_from,
      valid_until
    )
    select
      p_business_id, v_address.kind, v_address.scope,
      coalesce(
        (
          select i.value
          from public.whatsapp_identity i
          where i.business_id = p_business_id
            and i.kind = v_address.kind
            and i.scope = v_address.scope
            and i.match_value = v_address.match_value
          limit 1
        ),
        v_address.value),
      v_address.match_value, v_plan[v_position].conversation_id, v_plan[v_position].is_current,
      v_plan[v_position].valid_from, v_plan[v_position].valid_until
    returning id into v_identity_id;
    v_plan[v_position].identity_id := v_identity_id;
  end loop;

  if onethread.has_join(p_plan) then
    perform onethread.move_joined(p_business_id, v_plan, p_cause);
  end if;
  perform onethread.rekey_conversations(p_business_id, v_plan, p_state);
  return v_plan;
end;
$$;

comment on function onethread.write_identities(
  bigint, onethread.whatsapp_identity_plan[], onethread.whatsapp_resolution, text[]) is
  'Updates and inserts identities, moves messages, deletes absorbed conversations, re-keys; cause: '
  'the keys of the evidence that brought it about, for the log. Returns the plan with the new ids.';
