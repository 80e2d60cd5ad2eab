-- How many messages would a plan move? Counted only up to a limit.
create or replace function public.count_moved_messages(
  p_business_id bigint,
  p_plan public.whatsapp_identity_plan[],
  p_limit int
)
returns int
language sql
stable
as $$
select count(*)::int
from (
  select
  from unnest(p_plan) as held
  inner join unnest(p_plan) as epoch
    on epoch.key = held.key
  inner join public.whatsapp_message m
    on m.business_id = p_business_id
    and m.identity_id = held.identity_id
    and m.sent_at >= epoch.valid_from
    and (epoch.valid_until is null or m.sent_at < epoch.valid_until)
  where (m.identity_id, m.conversation_id)
    is distinct from (epoch.identity_id, epoch.conversation_id)
  limit p_limit
) moved
$$;

comment on function
  public.count_moved_messages(bigint, public.whatsapp_identity_plan[], int) is
  'Number of messages that would change conversation or identity, at most limit.';
