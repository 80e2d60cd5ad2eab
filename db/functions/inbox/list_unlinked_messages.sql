-- Messages in no thread (stored before there was a trigger) that are this person's.
--
-- One index probe for each spelling of each identity; whoever is found is read again, because a
-- spelling like 0501234567 means another phone in another region.
create or replace function onethread.list_unlinked_messages(
  p_business_id bigint,
  p_conversation_id bigint,
  p_address text
)
returns setof public.whatsapp_message
language plpgsql
stable
rows 10
as $$
begin
  return query
  with known as materialized (
    select i.kind, i.scope, i.value, i.match_value
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.conversation_id = p_conversation_id
      and i.valid_until is null
    union
    select w.kind, w.scope, w.value, w.match_value
    from onethread.read_business_address(p_business_id, null, p_address) as w
    where p_conversation_id is null
      and w.kind is not null
  ), spelling as materialized (
    select distinct s.text
    from known k
    cross join lateral unnest(
      onethread.address_spellings(k.kind, k.value)
      || onethread.address_spellings(k.kind, k.match_value)) as s (text)
  )
  select m.*
  from spelling s
  inner join public.whatsapp_message m
    on m.business_id = p_business_id
    and m.conversation_id is null
    and m.duplicate_of is null
    and left(translate(
      case when lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
        then coalesce(nullif(m.from_number, ''), m.to_number)
        else coalesce(nullif(m.to_number, ''), m.from_number) end,
      ' ()-./', ''), 255) = s.text
  where exists (
    select
    from known k
    where (k.kind, k.scope, k.match_value) = (
      select (r.address).kind, (r.address).scope, (r.address).match_value
      from onethread.read_counterpart(m) as r
    )
  );
end;
$$;

comment on function onethread.list_unlinked_messages(bigint, bigint, text) is
  'Unlinked messages whose counterpart is an identity of the conversation; of the address when '
  'there is no conversation. Spellings with a device or other punctuation are not found.';
