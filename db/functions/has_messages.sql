-- Did anybody write under an identifier in one of its epochs?
create or replace function public.has_messages(
  p_business_id bigint,
  p_plan public.whatsapp_identity_plan[],
  p_epoch public.whatsapp_identity_plan
)
returns boolean
language sql
stable
as $$
select exists (
  select
  from unnest(p_plan) as held
  inner join public.whatsapp_message m
    on m.business_id = p_business_id
    and m.identity_id = held.identity_id
  where held.key = p_epoch.key
    and m.sent_at >= p_epoch.valid_from
    and (p_epoch.valid_until is null or m.sent_at < p_epoch.valid_until)
)
$$;

comment on function public.has_messages(
  bigint, public.whatsapp_identity_plan[], public.whatsapp_identity_plan) is
  'True when a message, under whichever identity of the plan it is now, was sent in this epoch.';
