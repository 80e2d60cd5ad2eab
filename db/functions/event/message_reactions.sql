-- Who reacts to a message with what today: the last reaction of each, unless it was taken back. And
-- who has chosen what, of a poll or an invitation: the same by itself.
--
-- In a conversation with one person there are two who can react, however the person is spelt; in a
-- chat of many two spellings are one when they are one person's (person_at).
--
-- A reaction is one emoji; what else somebody has written there is shown as a replacement character. So
-- many are shown as a group has members.
create or replace function onethread.message_reactions(
  p_message public.whatsapp_message,
  p_events public.whatsapp_message_event[]
)
returns jsonb
language plpgsql
stable
as $$
declare
  v_most constant int := 1024;
  v_is_many constant boolean := onethread.is_chat_of_many(onethread.message_chat_keys(p_message));
begin
  return (
    select jsonb_agg(
      jsonb_build_object(r.name, r.text, 'actor', r.actor, 'at', r.occurred_at)
      order by r.occurred_at, r.actor collate "C")
    from (
      select
        case l.kind when 'vote' then l.kind else 'emoji' end as name,
        case when l.kind = 'vote' or onethread.is_emoji(l.body) then l.body
          else U&'\FFFD' end as text,
        l.actor, l.occurred_at
      from (
        select distinct on (e.kind, who.person) e.kind, e.body, who.actor, e.occurred_at
        from unnest(p_events) as e
        cross join lateral (
          select
            case when v_is_many or e.author_key = 'business'
              then onethread.event_actor(e) end as actor,
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
      ) l
      where l.body <> ''
      order by l.occurred_at desc, l.actor collate "C" desc
      limit v_most
    ) r
  );
end;
$$;

comment on function onethread.message_reactions(
  public.whatsapp_message, public.whatsapp_message_event[]) is
  '[{emoji or vote, actor, at}] in order of time, of these list_heard_events(); actor: business, null '
  'for the person of the conversation, an address in a group. Null when nobody reacts.';
