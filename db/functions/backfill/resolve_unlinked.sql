-- Make sure that the people of some unlinked messages have their conversation, leads included.
--
-- Most are new and have one address: they are dealt with together. What is left goes the way of any
-- message, resolve_message(), once for each person and lead, and stops when its time is up: a live
-- writer who meets one of these people waits until the batch is committed.
create or replace function onethread.resolve_unlinked(
  p_business_id bigint,
  p_unlinked onethread.whatsapp_unlinked[],
  p_deadline timestamptz
)
returns bigint
language plpgsql
as $$
declare
  v_unsettled onethread.whatsapp_unlinked[] := onethread.pick_unsettled(p_business_id, p_unlinked);
  v_one onethread.whatsapp_unlinked;
  v_message public.whatsapp_message;
  v_is_first boolean := true;
begin
  if v_unsettled = '{}' then
    return null;
  end if;
  perform onethread.welcome_newcomers(p_business_id, v_unsettled);

  foreach v_one in array onethread.pick_unsettled(p_business_id, v_unsettled) loop
    if not v_is_first and clock_timestamp() > p_deadline then
      return v_one.message_id - 1;
    end if;
    v_is_first := false;
    select m.* into v_message
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.id = v_one.message_id;
    v_message.sent_at := v_one.sent_at;
    perform onethread.resolve_message(v_message);
    -- A conversation that a program made for the lead, before there was this person.
    perform onethread.adopt_conversation(p_business_id, c.id, false)
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.canonical_key = onethread.canonical_key(p_business_id, v_one.lead_id, null, null)
      and v_one.lead_id is not null
      and not exists (
        select
        from public.whatsapp_identity i
        where i.business_id = p_business_id and i.conversation_id = c.id
      );
  end loop;
  return null;
end;
$$;

comment on function onethread.resolve_unlinked(
  bigint, onethread.whatsapp_unlinked[], timestamptz) is
  'Finds or creates the conversations of the messages'' people. Returns null when it came to the '
  'end, else the id up to which the messages can be linked.';
