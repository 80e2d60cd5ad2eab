-- Messages go where their identity leads.
create or replace function onethread.follow_identities(p_business_id bigint, p_identity_ids bigint[])
returns void
language plpgsql
as $$
declare
  v_message_ids bigint[];
begin
  with moved as (
    update public.whatsapp_message m
    set conversation_id = i.conversation_id,
        duplicate_of = case when m.duplicate_of is not null then m.id end
    from public.whatsapp_identity i
    where m.business_id = p_business_id
      and i.business_id = m.business_id
      and i.id = m.identity_id
      and i.id = any (p_identity_ids)
      and m.conversation_id <> i.conversation_id
    returning m.id, m.duplicate_of
  )
  select coalesce(array_agg(moved.id), '{}')
  into v_message_ids
  from moved
  where moved.duplicate_of is not null
    or exists (
      select
      from public.whatsapp_message d
      where d.business_id = p_business_id and d.duplicate_of = moved.id
    );
  perform onethread.settle_duplicates(p_business_id, v_message_ids);
end;
$$;

comment on function onethread.follow_identities(bigint, bigint[]) is
  'Sets the conversation of messages to that of their identity, for these identities.';
