-- Did anybody write under an identifier in one of its epochs?
create or replace function onethread.has_messages(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_epoch onethread.whatsapp_identity_plan
)
returns boolean
language sql
stable
as $$
select exists (
  select
  from unnest(p_plan) as held
  cross join lateral (
    select
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.identity_id = held.identity_id
      and not onethread.is_unsent(m.direction, m.status::text)
      and m.sent_at <@ tstzrange(p_epoch.valid_from, p_epoch.valid_until)
    limit 1
  ) m
  where held.key = p_epoch.key
)
$$;

comment on function onethread.has_messages(
  bigint, onethread.whatsapp_identity_plan[], onethread.whatsapp_identity_plan) is
  'True when a message, under whichever identity of the plan it is now, was sent in this epoch; one that waits in the queue '
  'was not.';
