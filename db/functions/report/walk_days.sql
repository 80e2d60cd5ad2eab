-- The days on which a business has messages with a time that can be, by its own clock.
--
-- From day to day by the index: one probe a day.
create or replace function onethread.walk_days(p_business_id bigint, p_time_zone text)
returns setof date
language plpgsql
stable
rows 1000
as $$
declare
  v_from timestamptz := '2009-01-01 00:00+00';
  v_sent_at timestamptz;
  v_day date;
begin
  loop
    select m.sent_at into v_sent_at
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.sent_at >= v_from
      and onethread.is_plausible_time(m.sent_at)
    order by m.sent_at
    limit 1;
    exit when v_sent_at is null;
    v_day := (v_sent_at at time zone p_time_zone)::date;
    return next v_day;
    v_from := (v_day + 1)::timestamp at time zone p_time_zone;
  end loop;
end;
$$;

comment on function onethread.walk_days(bigint, text) is
  'Days with at least one message whose time can be, oldest first; a day begins at midnight in the '
  'time zone.';
