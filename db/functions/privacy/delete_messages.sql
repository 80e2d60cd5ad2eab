-- Messages go, and with them their copies and all that happened to them.
create or replace function onethread.delete_messages(
  p_business_id bigint,
  p_ids bigint[],
  out messages bigint,
  out events bigint
)
language plpgsql
as $$
begin
  delete from public.whatsapp_message_event e
  using public.whatsapp_message m
  cross join lateral onethread.list_message_events(m) as x
  where m.business_id = p_business_id
    and m.id = any (p_ids)
    and e.business_id = p_business_id
    and e.id = x.id;
  get diagnostics events = row_count;

  -- In one statement: a copy that is left behind would be a message of its own.
  delete from public.whatsapp_message m
  where m.business_id = p_business_id
    and (m.id = any (p_ids) or m.duplicate_of = any (p_ids));
  get diagnostics messages = row_count;
end;
$$;

comment on function onethread.delete_messages(bigint, bigint[]) is
  'Deletes these messages, the copies marked as duplicates of them, and their events; returns how '
  'many.';
