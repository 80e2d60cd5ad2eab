-- Make sure that the people of some unlinked messages have their conversation, leads included.
--
-- Only what link_message() would send the slow way goes through resolve_message(), and once for
-- each person and lead, not for each message. It stops when its time is up: a live writer who meets
-- one of these people waits until the batch is committed.
create or replace function public.resolve_unlinked(
  p_business_id bigint,
  p_unlinked public.whatsapp_unlinked[],
  p_deadline timestamptz
)
returns bigint
language plpgsql
as $$
declare
  v_unlinked public.whatsapp_unlinked;
  v_message public.whatsapp_message;
  v_is_first boolean := true;
begin
  for v_unlinked in
    select u.message_id, u.lead_id, u.sent_at, u.names, u.address
    from (
      select distinct on (
        (u.address).kind, (u.address).scope, (u.address).match_value, u.lead_id, u.names
      ) u.*
      from unnest(p_unlinked) as u
      where (u.address).kind is not null
      order by
        (u.address).kind, (u.address).scope, (u.address).match_value, u.lead_id, u.names, u.sent_at
    ) u
    order by u.message_id
  loop
    continue when public.is_settled(p_business_id, v_unlinked);
    if not v_is_first and clock_timestamp() > p_deadline then
      return v_unlinked.message_id - 1;
    end if;
    v_is_first := false;

    select m.* into v_message
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.id = v_unlinked.message_id;
    v_message.sent_at := v_unlinked.sent_at;
    perform public.resolve_message(v_message);
  end loop;
  return null;
end;
$$;

comment on function public.resolve_unlinked(
  bigint, public.whatsapp_unlinked[], timestamptz) is
  'Finds or creates the conversations of the messages'' people. Returns null when it came to the '
  'end, else the id up to which the messages can be linked.';
