-- What a message has become by these events, which are all that count, in order of time.
--
--  * status: the furthest of sent, delivered, read, played; a late "delivered" takes nothing
--    back. failed counts only when the message was never delivered, and was not sent again later.
--    Before there is any, and while it is in the queue, what the queue says (column status).
--  * text: the edit with the latest time; one whose time the provider did not tell gives way to
--    one with a time. Its author's edits count, and no others; when its author deleted it, it shows
--    nothing (the row keeps it). When somebody else in the group did, it says who, and the text stays.
--  * reactions: the last of each person, and their last vote, see message_reactions().
create or replace function onethread.event_state(
  p_message public.whatsapp_message,
  p_events public.whatsapp_message_event[],
  out body text,
  out original_body text,
  out edited_at timestamptz,
  out revoked_at timestamptz,
  out deleted_at timestamptz,
  out deleted_by text,
  out status text,
  out status_at timestamptz,
  out reactions jsonb
)
language plpgsql
stable
as $$
declare
  v_steps constant text[] := array['sent', 'delivered', 'read', 'played'];
  v_author_keys text[];
  v_event public.whatsapp_message_event;
  v_failed_at timestamptz;
  v_last_sent_at timestamptz;
  v_reactions public.whatsapp_message_event[];
begin
  body := p_message.body;
  foreach v_event in array p_events loop
    case v_event.kind
      when 'reaction', 'vote' then
        v_reactions := v_reactions || v_event;
      when 'edited' then
        edited_at := v_event.occurred_at;
        body := coalesce(v_event.body, body);
      when 'revoked' then
        v_author_keys := coalesce(v_author_keys, onethread.message_author_keys(p_message));
        if onethread.is_authors_event(v_event, p_message, v_author_keys) then
          revoked_at := coalesce(revoked_at, v_event.occurred_at);
        elsif deleted_at is null then
          deleted_at := v_event.occurred_at;
          deleted_by := onethread.event_actor(v_event);
        end if;
      when 'failed' then
        v_failed_at := v_event.occurred_at;
      else
        if v_event.kind = 'sent' then
          v_last_sent_at := v_event.occurred_at;
        end if;
        if status is null
          or array_position(v_steps, v_event.kind) > array_position(v_steps, status) then
          status := v_event.kind;
          status_at := v_event.occurred_at;
        end if;
    end case;
  end loop;

  if v_failed_at is not null
    and coalesce(status, 'sent') = 'sent'
    and coalesce(v_last_sent_at <= v_failed_at, true) then
    status := 'failed';
    status_at := v_failed_at;
  end if;
  status := case when p_message.status in ('queued', 'sending') then p_message.status
    else coalesce(status, p_message.status) end;
  original_body := case when edited_at is not null then p_message.body end;
  if revoked_at is not null then
    body := null;
    original_body := null;
  end if;
  if v_reactions is not null then
    reactions := onethread.message_reactions(p_message, v_reactions);
  end if;
end;
$$;

comment on function onethread.event_state(
  public.whatsapp_message, public.whatsapp_message_event[]) is
  'message_state() of a message to which this happened: list_heard_events() in order of time.';
