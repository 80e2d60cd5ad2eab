-- Who reacts to a message with what today: the last reaction of each, unless it was taken back. And
-- who has chosen what, of a poll or an invitation: the same by itself.
--
-- In a conversation with one person there are two who can react, however the person is spelt; in a
-- chat of many two spellings are one when they are one person's (person_at). Of each spelling only the
-- last reaction asks who that is.
create or replace function onethread.message_reactions(p_message public.whatsapp_message)
returns jsonb
language plpgsql
stable
as $$
declare
  v_is_many constant boolean := onethread.is_chat_of_many(onethread.message_chat_keys(p_message));
begin
  return (
    select jsonb_agg(
      jsonb_build_object(
        case r.kind when 'vote' then 'vote' else 'emoji' end, r.body,
        'actor', r.actor, 'at', r.occurred_at)
      order by r.occurred_at, r.actor collate "C")
    from (
      select distinct on (e.kind, who.person) e.kind, e.body, who.actor, e.occurred_at
      from (
        select distinct on (o.kind, o.author_key)
          o.kind, o.author_key, o.body, o.occurred_at, o.provider_event_id, o.id,
          onethread.event_actor(o) as actor
        from onethread.list_heard_events(p_message) o
        where o.kind in ('reaction', 'vote')
        order by
          o.kind, o.author_key, o.occurred_at desc, o.provider_event_id collate "C" desc,
          o.body collate "C" desc, o.id desc
      ) e
      cross join lateral (
        select
          case when v_is_many or e.author_key = 'business' then e.actor end as actor,
          case
            when e.author_key = 'business' then e.author_key
            when v_is_many
              then onethread.person_at(p_message.business_id, e.author_key, e.occurred_at)
            else ''
          end as person
      ) as who
      order by
        e.kind, who.person, e.occurred_at desc, e.provider_event_id collate "C" desc,
        e.body collate "C" desc, e.id desc
    ) r
    where r.body <> ''
  );
end;
$$;

comment on function onethread.message_reactions(public.whatsapp_message) is
  '[{emoji or vote, actor, at}] in order of time; actor: business, null for the person of the '
  'conversation, an address in a group. Null when nobody reacts.';
