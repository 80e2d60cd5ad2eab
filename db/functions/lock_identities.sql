-- Who owns these addresses now? Holds the answer until the end of the transaction.
--
-- An identity with a conversation is locked for share, as on the fast path. One without (claimed a
-- moment ago, or known only from a lead) is locked for update before it is read again: of two
-- sessions that want to give it a conversation, the second finds the first one's. The order is
-- that of claim_identities().
create or replace function public.lock_identities(
  p_business_id bigint,
  p_addresses public.whatsapp_address[],
  out identity_id bigint,
  out conversation_id bigint,
  out unowned_ids bigint[]
)
language plpgsql
as $$
declare
  v_row record;
  v_conversation_id bigint;
  v_position bigint;
begin
  unowned_ids := '{}';
  for v_row in
    select a.position, i.id, i.conversation_id
    from unnest(p_addresses) with ordinality as a (kind, scope, value, match_value, position)
    inner join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value
      and i.valid_until is null
    order by a.kind collate "C", a.scope collate "C", a.match_value collate "C"
  loop
    if v_row.conversation_id is null then
      select i.conversation_id into v_conversation_id
      from public.whatsapp_identity i
      where i.business_id = p_business_id and i.id = v_row.id
      for no key update;
    else
      select i.conversation_id into v_conversation_id
      from public.whatsapp_identity i
      where i.business_id = p_business_id and i.id = v_row.id
      for share;
    end if;

    if v_row.position = 1 then
      identity_id := v_row.id;
    end if;
    if v_conversation_id is null then
      unowned_ids := unowned_ids || v_row.id;
    elsif v_position is null or v_row.position < v_position then
      v_position := v_row.position;
      conversation_id := v_conversation_id;
    end if;
  end loop;
end;
$$;

comment on function public.lock_identities(bigint, public.whatsapp_address[]) is
  'Identity of the first address, conversation of the first address that has one, and the '
  'identities that have none yet.';
