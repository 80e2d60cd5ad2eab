-- Which of these messages cannot be linked by the identity of their address alone? One for each
-- person and lead: the earliest.
--
-- The questions of link_message_trigger(), for messages that are stored already. "offset 0": see
-- attach_messages().
create or replace function onethread.pick_unsettled(
  p_business_id bigint,
  p_unlinked onethread.whatsapp_unlinked[]
)
returns onethread.whatsapp_unlinked[]
language plpgsql
stable
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return array(
    select row(u.message_id, u.lead_id, u.sent_at, u.names, u.address)::onethread.whatsapp_unlinked
    from (
      select distinct on (
        (o.address).kind, (o.address).scope, (o.address).match_value, lead.id, o.names
      )
        o.message_id, lead.id as lead_id, o.sent_at, o.names, o.address
      from unnest(p_unlinked) as o
      left join lateral (
        select l.id
        from public.lead l
        where l.business_id = p_business_id and l.id = o.lead_id
        offset 0
      ) lead on true
      where (o.address).kind is not null
      order by
        (o.address).kind, (o.address).scope, (o.address).match_value, lead.id, o.names, o.sent_at,
        o.message_id
    ) u
    left join lateral (
      select o.conversation_id
      from public.whatsapp_identity o
      where o.business_id = p_business_id
        and o.kind = (u.address).kind
        and o.scope = (u.address).scope
        and o.match_value = (u.address).match_value
        and o.valid_from <= u.sent_at
        and (o.valid_until is null or o.valid_until > u.sent_at)
      offset 0
    ) i on true
    left join lateral (
      select o.lead_id
      from public.whatsapp_conversation o
      where o.business_id = p_business_id and o.id = i.conversation_id
      offset 0
    ) c on true
    where i.conversation_id is null
      or u.names is not null
      -- Most have the conversation's lead, and need not be asked about.
      or (u.lead_id is not null
        and u.lead_id is distinct from c.lead_id
        and (
          c.lead_id < u.lead_id
          and onethread.is_attested(
            p_business_id, onethread.lead_key(u.lead_id),
            onethread.address_key(u.address), 'infinity')
        ) is not true)
    order by u.message_id
  );
end;
$$;

comment on function onethread.pick_unsettled(bigint, onethread.whatsapp_unlinked[]) is
  'Messages whose person has no conversation yet, or that say something about aliases or a lead '
  'that is not known; each such person and lead once.';
