-- The days on which a business has messages, by its own clock.
--
-- From day to day by the index, so that a message with an absurd time costs one probe and not a
-- calendar from there on. The beginning of time is where the messages stand that wait for the
-- backfill: it is looked at only when it has a message in a thread, for which there is an index.
create or replace function onethread.list_active_days(p_business_id bigint, p_time_zone text)
returns setof date
language plpgsql
stable
rows 1000
as $$
declare
  v_from timestamptz := '1970-01-01 00:00:00.000001+00';
  v_sent_at timestamptz;
  v_day date;
begin
  if exists (
    select
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and date_bin('15 min', m.sent_at, '2000-01-01 00:00+00') = '1970-01-01 00:00+00'
      and m.conversation_id is not null
      and m.duplicate_of is null
  ) then
    v_from := '1970-01-01 00:00+00';
  end if;
  loop
    select m.sent_at into v_sent_at
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.sent_at >= v_from
      and m.sent_at < 'infinity'
    order by m.sent_at
    limit 1;
    exit when v_sent_at is null;
    v_day := (v_sent_at at time zone p_time_zone)::date;
    return next v_day;
    v_from := (v_day + 1)::timestamp at time zone p_time_zone;
  end loop;
end;
$$;

comment on function onethread.list_active_days(bigint, text) is
  'Days with at least one message, oldest first; a day begins at midnight in the time zone.';
