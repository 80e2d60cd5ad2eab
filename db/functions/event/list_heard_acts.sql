-- Of the edits, deletes, reactions and votes with the id of a message those that count. Of what one
-- author did again and again (thousands of reactions), the last.
--
-- Each author is asked about once, whatever they did how often, and no more of their acts is read.
-- Where the last does not count, the number may have been somebody else's before: then the last of that
-- time is asked about.
create or replace function onethread.list_heard_acts(p_message public.whatsapp_message)
returns setof public.whatsapp_message_event
language plpgsql
stable
rows 3
as $$
declare
  v_direction constant text := onethread.message_direction(p_message.direction);
  v_has_namesake constant boolean := exists (
    select from onethread.list_namesakes(p_message, null));
  v_chat_keys constant text[] := onethread.message_chat_keys(p_message);
  v_author_keys constant text[] := onethread.message_author_keys(p_message);
  v_act record := onethread.find_next_act(p_message, 'g', false, '-infinity');
  v_since timestamptz;
begin
  while v_act.author is not null loop
    v_since := '-infinity';
    if (onethread.message_direction((v_act.event).target_direction) = v_direction) is not false
      and (not v_has_namesake or onethread.is_event_of_message(v_act.event, p_message))
      and onethread.is_event_heard(v_act.event, p_message, v_chat_keys, v_author_keys)
    then
      return next v_act.event;
    else
      v_since := onethread.act_since(v_act.event);
    end if;
    v_act := onethread.find_next_act(
      p_message, v_act.author, (v_act.event).is_time_known and v_since > '-infinity', v_since);
  end loop;
end;
$$;

comment on function onethread.list_heard_acts(public.whatsapp_message) is
  'The edits, deletes, reactions and votes that are applied to a message, in no particular order: of those '
  'whose affair they are (is_event_heard) the last of each.';
