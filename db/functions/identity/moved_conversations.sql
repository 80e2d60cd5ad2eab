-- Between which conversations will a plan move messages? Asked before it does.
create or replace function onethread.moved_conversations(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[]
)
returns table (conversation_id bigint, source_id bigint, is_absorbed boolean)
language sql
stable
as $$
select distinct t.conversation_id, held.old_conversation_id, not stays.there
from unnest(p_plan) as held
inner join unnest(p_plan) as t on t.key = held.key and t.valid_from is not null
cross join lateral (
  select exists (
    select from unnest(p_plan) as p where p.conversation_id = held.old_conversation_id
  ) as there
) stays
where held.old_conversation_id <> t.conversation_id
  and (
    not stays.there
    or exists (
      select
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.identity_id = held.identity_id
        and m.sent_at <@ tstzrange(t.valid_from, t.valid_until)
      offset 0
    )
  )
$$;

comment on function onethread.moved_conversations(bigint, onethread.whatsapp_identity_plan[]) is
  'Each conversation that gets messages of another one, source_id, by the plan; is_absorbed: nothing '
  'leads to that one any more.';
