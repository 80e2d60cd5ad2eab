-- First contact of many people at once: those of whom nothing else is known (list_newcomers) get
-- what resolve_conversation() would give them, in five statements.
create or replace function public.welcome_newcomers(
  p_business_id bigint,
  p_unsettled public.whatsapp_unlinked[]
)
returns void
language plpgsql
set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_newcomers public.whatsapp_unlinked[];
begin
  perform public.lock_newcomers(p_business_id, p_unsettled);
  v_newcomers := public.list_newcomers(p_business_id, p_unsettled);

  insert into public.whatsapp_conversation (business_id, kind, canonical_key, lead_id)
  select
    p_business_id,
    case when (n.address).kind in ('phone', 'lid', 'bsuid') then 'person'
      else (n.address).kind end,
    public.canonical_key(p_business_id, n.lead_id, (n.address).kind, (n.address).value),
    n.lead_id
  from unnest(v_newcomers) as n
  order by n.message_id
  on conflict (business_id, canonical_key) where canonical_key is not null do nothing;

  update public.whatsapp_identity i
  set conversation_id = c.id
  from unnest(v_newcomers) as n
  inner join public.whatsapp_conversation c
    on c.business_id = p_business_id
    and c.canonical_key = public.canonical_key(
      p_business_id, n.lead_id, (n.address).kind, (n.address).value)
  where i.business_id = p_business_id
    and i.kind = (n.address).kind
    and i.scope = (n.address).scope
    and i.match_value = (n.address).match_value
    and i.valid_until is null
    and i.conversation_id is null;

  insert into public.whatsapp_identity_evidence as e (
    business_id, a, b, relation, source, observed_at, a_key, b_key, applied_at
  )
  select
    p_business_id, (public.lead_address(n.lead_id)).value, (n.address).value, 'same', 'message',
    n.sent_at, public.address_key(public.lead_address(n.lead_id)), public.address_key(n.address),
    clock_timestamp()
  from unnest(v_newcomers) as n
  where n.lead_id is not null
  on conflict (business_id, a_key, b_key, relation) where relation <> 'merged' do update
  set observed_at = excluded.observed_at,
      source = excluded.source
  where excluded.observed_at < e.observed_at;
end;
$$;

comment on function public.welcome_newcomers(bigint, public.whatsapp_unlinked[]) is
  'Creates the conversations of those of the messages'' people of whom nothing is known but an '
  'address and a lead.';
