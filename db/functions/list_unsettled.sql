-- Which of these messages cannot be linked by the identity of their address alone? One for each
-- person and lead: the earliest.
--
-- The questions of link_message(), for messages that are stored already.
create or replace function public.list_unsettled(
  p_business_id bigint,
  p_unlinked public.whatsapp_unlinked[]
)
returns public.whatsapp_unlinked[]
language plpgsql
stable
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return array(
    select row(u.message_id, u.lead_id, u.sent_at, u.names, u.address)::public.whatsapp_unlinked
    from (
      select distinct on (
        (o.address).kind, (o.address).scope, (o.address).match_value, lead.id, o.names
      )
        o.message_id, lead.id as lead_id, o.sent_at, o.names, o.address
      from unnest(p_unlinked) as o
      left join public.lead
        on lead.business_id = p_business_id and lead.id = o.lead_id
      where (o.address).kind is not null
      order by
        (o.address).kind, (o.address).scope, (o.address).match_value, lead.id, o.names, o.sent_at,
        o.message_id
    ) u
    left join public.whatsapp_identity i
      on i.business_id = p_business_id
      and i.kind = (u.address).kind
      and i.scope = (u.address).scope
      and i.match_value = (u.address).match_value
      and i.valid_from <= u.sent_at
      and (i.valid_until is null or i.valid_until > u.sent_at)
    left join public.whatsapp_conversation c
      on c.business_id = p_business_id and c.id = i.conversation_id
    where i.conversation_id is null
      or u.names is not null
      -- is_lead_known()
      or (u.lead_id is not null and c.lead_id <= u.lead_id is not true)
    order by u.message_id
  );
end;
$$;

comment on function public.list_unsettled(bigint, public.whatsapp_unlinked[]) is
  'Messages whose person has no conversation yet, or that say something about aliases or a lead '
  'that is not known; each such person and lead once.';
