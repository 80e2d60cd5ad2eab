-- Messages that are stored with a time that cannot be, and when they were sent as far as is known.
--
-- There are hardly any: what is written is held to what can be. The index of hours holds none that
-- wait for the backfill, whose time is 1970. Definer, because date_bin() is not leakproof: under a
-- policy that index could not be entered. So it asks by itself whether its caller may read.
create or replace function onethread.list_misdated_messages(p_business_id bigint)
returns table (id bigint, sent_at timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
rows 1
as $$
begin
  if not onethread.is_callers_business(
    p_business_id, 'onethread.list_misdated_messages(bigint)') then
    return;
  end if;
  return query
  select m.id::bigint, onethread.message_sent_at(m)
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00') < '2009-01-01 00:00+00'
    and m.conversation_id is not null
    and m.duplicate_of is null
  union all
  select m.id::bigint, onethread.message_sent_at(m)
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and date_bin('1 hour', m.sent_at, '2000-01-01 00:00+00')
      >= date_bin('1 hour', now() + interval '24 hours', '2000-01-01 00:00+00')
    and m.conversation_id is not null
    and m.duplicate_of is null
    and not onethread.is_plausible_time(m.sent_at);
end;
$$;

comment on function onethread.list_misdated_messages(bigint) is
  'Messages in a thread whose stored sent_at cannot be, each with message_sent_at(). Empty for another '
  'tenant''s business.';
