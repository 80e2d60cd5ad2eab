-- Who owns these addresses now? Holds the answer until the end of the transaction.
--
-- An identity with a conversation is locked for share, as on the fast path. One without (claimed a
-- moment ago, or known only from a lead) is locked for update before it is read again: of two
-- sessions that want to give it a conversation, the second finds the first one's. The order is
-- that of claim_identities(). One probe for each address: joined to the list of addresses, the
-- table would be read whole as long as it has no statistics (a first load).
create or replace function public.lock_identities(
  p_business_id bigint,
  p_addresses public.whatsapp_address[],
  out identity_id bigint,
  out conversation_id bigint,
  out unowned_ids bigint[],
  out is_complete boolean
)
language plpgsql
as $$
declare
  v_address record;
  v_row record;
  v_conversation_id bigint;
  v_position bigint;
begin
  unowned_ids := '{}';
  is_complete := false;
  for v_address in
    select a.kind, a.scope, a.match_value, a.position
    from unnest(p_addresses) with ordinality as a (kind, scope, value, match_value, position)
    order by a.kind collate "C", a.scope collate "C", a.match_value collate "C"
  loop
    select i.id, i.conversation_id
    into v_row
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
      and i.valid_until is null;
    if not found then
      return;
    end if;

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
    if not found then
      return;
    end if;

    if v_address.position = 1 then
      identity_id := v_row.id;
    end if;
    if v_conversation_id is null then
      unowned_ids := unowned_ids || v_row.id;
    elsif v_position is null or v_address.position < v_position then
      v_position := v_address.position;
      conversation_id := v_conversation_id;
    end if;
  end loop;
  is_complete := true;
end;
$$;

comment on function public.lock_identities(bigint, public.whatsapp_address[]) is
  'Identity of the first address, conversation of the first address that has one, and the '
  'identities that have none yet. is_complete false: one was deleted meanwhile (a lead released '
  'its phone); claim and look again.';
