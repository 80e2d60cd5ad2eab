-- How many messages would a plan move? Counted only up to a limit.
create or replace function onethread.count_moved_messages(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
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
    and epoch.valid_from is not null
  cross join lateral (
    select
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.identity_id = held.identity_id
      and m.sent_at <@ tstzrange(epoch.valid_from, epoch.valid_until)
      and (m.identity_id, m.conversation_id)
        is distinct from (epoch.identity_id, epoch.conversation_id)
    limit p_limit
  ) m
  limit p_limit
) moved
$$;

comment on function
  onethread.count_moved_messages(bigint, onethread.whatsapp_identity_plan[], int) is
  'Number of messages that would change conversation or identity, at most limit.';
