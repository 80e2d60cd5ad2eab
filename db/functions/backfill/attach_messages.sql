-- Give stored messages the conversation that the identity of their address leads to.
--
-- The ids are bounded besides being listed: or a merge join reads the table from its beginning.
-- Planned for each batch: a plan for any batch is one for a few rows, and slow for thousands. "offset
-- 0" keeps a probe for each message from becoming a join that reads all identities for each batch.
create or replace function onethread.attach_messages(
  p_business_id bigint,
  p_unlinked onethread.whatsapp_unlinked[],
  p_last_id bigint
)
returns int
language plpgsql
set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_first_id bigint := p_unlinked[1].message_id;
  v_linked int;
  v_copies bigint[];
begin
  perform onethread.share_identities(p_business_id, p_unlinked, p_last_id);

  with target as materialized (
    select u.message_id, u.sent_at, i.id as identity_id, i.conversation_id
    from unnest(p_unlinked) as u
    left join lateral (
      select o.id, o.conversation_id
      from public.whatsapp_identity o
      where o.business_id = p_business_id
        and o.kind = (u.address).kind
        and o.scope = (u.address).scope
        and o.match_value = (u.address).match_value
        and u.sent_at >= o.valid_from
        and (o.valid_until is null or u.sent_at < o.valid_until)
      offset 0
    ) i on true
    where u.message_id <= p_last_id
  ), delivery as materialized (
    select
      m.id, onethread.find_delivery(m, t.conversation_id) is not null
        or row_number() over (
          partition by t.conversation_id, m.provider_message_id,
            onethread.message_direction(m.direction) = 'inbound', m.participant
          order by m.id) > 1 as is_copy
    from target t
    inner join public.whatsapp_message m
      on m.business_id = p_business_id and m.id = t.message_id
    where m.id between v_first_id and p_last_id
      and m.provider_message_id is not null
      and t.conversation_id is not null
  ), updated as (
    update public.whatsapp_message m
    set conversation_id = t.conversation_id,
        identity_id = t.identity_id,
        sent_at = t.sent_at,
        is_backfill_pending = false,
        -- Set apart for the moment what may be there already; the row itself stands for itself.
        duplicate_of = case when d.is_copy then m.id end
    from target t
    left join delivery d on d.id = t.message_id
    where m.business_id = p_business_id
      and m.id = t.message_id
      and m.id between v_first_id and p_last_id
      and m.conversation_id is null
      and (t.conversation_id is not null or m.is_backfill_pending)
    returning m.id, m.conversation_id, m.duplicate_of
  )
  select count(u.conversation_id), array_agg(u.id) filter (where u.duplicate_of is not null)
  into v_linked, v_copies from updated u;

  if v_copies is not null then
    perform onethread.settle_duplicates(p_business_id, v_copies);
  end if;
  return v_linked;
end;
$$;

comment on function onethread.attach_messages(bigint, onethread.whatsapp_unlinked[], bigint) is
  'Links those of the messages with ids up to last_id whose address has a conversation, and gives all '
  'of them their sent_at. Returns how many are in a thread now.';
