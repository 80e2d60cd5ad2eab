-- Who reacts to a message with what today: the last reaction of each, unless it was taken back.
--
-- In a conversation with one person there are two who can react, however the person is spelt; in a
-- group an actor is known by the identity that the address leads to, else by its spelling.
create or replace function onethread.message_reactions(p_message public.whatsapp_message)
returns jsonb
language plpgsql
stable
as $$
declare
  v_is_person boolean := exists (
    select
    from public.whatsapp_conversation c
    where c.business_id = p_message.business_id
      and c.id = p_message.conversation_id
      and c.kind = 'person'
  );
begin
  return (
    select jsonb_agg(
      jsonb_build_object('emoji', r.body, 'actor', r.actor, 'at', r.occurred_at)
      order by r.occurred_at, r.actor collate "C")
    from (
      select distinct on (who.key) e.body, who.actor, e.occurred_at
      from onethread.list_message_events(p_message) e
      cross join lateral (
        select
          case
            when e.is_from_business then 'business'
            when v_is_person then null
            else coalesce(e.actor, e.address)
          end as actor,
          case
            when e.is_from_business then 'business'
            when v_is_person then ''
            else coalesce(
              '#' || onethread.find_conversation(
                e.business_id, coalesce(e.actor, e.address), e.provider),
              e.actor, e.address, '')
          end as key
      ) as who
      where e.kind = 'reaction'
      order by
        who.key, e.occurred_at desc, e.provider_event_id collate "C" desc,
        e.body collate "C" desc, e.id desc
    ) r
    where r.body <> ''
  );
end;
$$;

comment on function onethread.message_reactions(public.whatsapp_message) is
  '[{emoji, actor, at}] in order of time; actor: business, null for the person of the '
  'conversation, an address in a group. Null when nobody reacts.';
