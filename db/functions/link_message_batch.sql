-- Link stored messages: first who their people are, then, in a later statement, the messages.
--
-- In one statement it would be an update of rows that its own triggers change (27000), and it would
-- not see what was committed while it waited. The identities are held for share, as on the fast
-- path of link_message(): a join waits, so that no message goes to a conversation that is being
-- joined away.
create or replace function public.link_message_batch(
  p_business_id bigint,
  p_ids bigint[],
  out last_id bigint,
  out linked int
)
language plpgsql
set lock_timeout = '250ms'
set onethread.is_internal = 'on'
as $$
declare
  v_unlinked public.whatsapp_unlinked[] := public.read_unlinked_messages(p_business_id, p_ids);
  v_copies bigint[];
begin
  last_id := coalesce(
    public.resolve_unlinked(
      p_business_id, v_unlinked, clock_timestamp() + interval '300 milliseconds'),
    p_ids[cardinality(p_ids)]);

  perform
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and (i.kind, i.scope, i.match_value) in (
      select (u.address).kind, (u.address).scope, (u.address).match_value
      from unnest(v_unlinked) as u
      where u.message_id <= link_message_batch.last_id
    )
  order by i.id
  for share;

  with target as materialized (
    select
      u.message_id, u.sent_at, i.id as identity_id, i.conversation_id,
      row_number() over (
        partition by i.conversation_id, m.provider_message_id,
          public.message_direction(m.direction) = 'inbound', m.participant
        order by m.id) > 1 as is_copy
    from unnest(v_unlinked) as u
    inner join public.whatsapp_message m
      on m.business_id = p_business_id and m.id = u.message_id
    left join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = (u.address).kind
      and i.scope = (u.address).scope
      and i.match_value = (u.address).match_value
      and u.sent_at >= i.valid_from
      and (i.valid_until is null or u.sent_at < i.valid_until)
    where u.message_id <= link_message_batch.last_id
  ), updated as (
    update public.whatsapp_message m
    set conversation_id = t.conversation_id,
        identity_id = t.identity_id,
        sent_at = t.sent_at,
        -- Set apart for the moment what may be there already; the row itself stands for itself.
        duplicate_of = case
          when m.provider_message_id is not null
            and (t.is_copy or public.find_delivery(m, t.conversation_id) is not null) then m.id
        end
    from target t
    where m.business_id = p_business_id
      and m.id = t.message_id
      and m.conversation_id is null
      and (t.conversation_id is not null or m.sent_at = '-infinity')
    returning m.id, m.conversation_id, m.duplicate_of
  )
  select
    count(u.conversation_id), array_agg(u.id) filter (where u.duplicate_of is not null)
  into linked, v_copies
  from updated u;

  if v_copies is not null then
    perform public.settle_duplicates(p_business_id, v_copies);
  end if;
end;
$$;

comment on function public.link_message_batch(bigint, bigint[]) is
  'Links those of the messages (ids in ascending order) that are in no thread, up to last_id; the '
  'rest is for the next batch. linked: how many are in a thread now.';
