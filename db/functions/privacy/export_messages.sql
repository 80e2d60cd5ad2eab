-- What a person wrote, was written, and did in groups, for export_person().
create or replace function onethread.export_messages(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_keys text[],
  p_conversation_ids bigint[]
)
returns table (section text, item jsonb)
language plpgsql
stable
as $$
begin
  return query
  select 'messages', to_jsonb(m) - 'business_id' || jsonb_build_object(
    'events', (
      select jsonb_agg(to_jsonb(e) - 'business_id' order by e.occurred_at, e.id)
      from onethread.list_message_events(m) as e
    ),
    'backfill_error', (
      select f.error
      from onethread.whatsapp_backfill_failure f
      where f.business_id = m.business_id and f.message_id = m.id
    ),
    'answer_key', (
      select k.key
      from onethread.answer_key k
      where k.business_id = m.business_id and k.message_id = m.id
    ))
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and (
      m.conversation_id = any (p_conversation_ids)
      or onethread.is_outside_threads(m)
        and onethread.message_keys(m) && p_keys
        and not exists (
          -- A phone that was somebody else's then.
          select
          from unnest(p_identities) as i
          where i.kind = 'phone'
            and onethread.identity_key(i)
              = any (onethread.message_keys(m))
            and (
              onethread.message_sent_at(m) < i.valid_from
              or onethread.message_sent_at(m) >= i.valid_until
            )
        )
    )
  order by onethread.message_sent_at(m), m.id;

  return query
  select 'actions', to_jsonb(e) - 'business_id'
  from public.whatsapp_message_event e
  where e.business_id = p_business_id
    and e.actor is not null
    and onethread.address_key(
      onethread.read_business_address(e.business_id, e.provider, e.actor)) = any (p_keys)
  order by e.occurred_at, e.id;
end;
$$;

comment on function onethread.export_messages(
  bigint, public.whatsapp_identity[], text[], bigint[]) is
  'Sections messages and actions of export_person().';
