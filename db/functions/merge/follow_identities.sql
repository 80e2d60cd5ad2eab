-- Messages go where their identity leads.
create or replace function onethread.follow_identities(p_business_id bigint, p_identity_ids bigint[])
returns void
language plpgsql
as $$
declare
  v_identity public.whatsapp_identity;
  v_message_ids bigint[];
begin
  for v_identity in
    select i.*
    from public.whatsapp_identity i
    where i.business_id = p_business_id and i.id = any (p_identity_ids)
    order by i.id
  loop
    select array_agg(m.id)
    into v_message_ids
    from (
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.identity_id = v_identity.id
        and m.conversation_id <> v_identity.conversation_id
      for no key update
    ) m;
    if v_message_ids is not null then
      perform onethread.move_to_conversation(
        p_business_id, v_message_ids, v_identity.conversation_id);
    end if;
  end loop;
end;
$$;

comment on function onethread.follow_identities(bigint, bigint[]) is
  'Sets the conversation of messages to that of their identity, for these identities.';
