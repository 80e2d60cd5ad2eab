-- Where a walk through the inbox goes on when a few chats fill what it has walked: where somebody else
-- wrote. Or it does not go on, and others are asked for their newest message: when few are left, when
-- nobody is found soon, or when a flood and the others wrote in the same hour.
create or replace function onethread.skip_flood(
  p_business_id bigint,
  p_walk onethread.inbox_walk,
  p_is_first boolean
)
returns onethread.inbox_walk
language plpgsql
stable
as $$
declare
  v_walk onethread.inbox_walk := p_walk;
  v_hour timestamptz;
begin
  if p_is_first and not exists (
    select
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id <> all (p_walk.seen)
    offset 300
  ) then
    v_walk.is_at_end := true;
    return v_walk;
  end if;

  v_hour := onethread.find_other_hour(p_business_id, p_walk.sent_at, p_walk.seen);
  if v_hour is null then
    v_walk.is_at_end := true;
  elsif v_hour < date_bin('1 hour', p_walk.sent_at, '2000-01-01 00:00+00') then
    v_walk.sent_at := v_hour + interval '1 hour';
    v_walk.id := -9223372036854775808;
  elsif p_walk.is_from_top and not p_is_first then
    v_walk.is_at_end := true;
    v_walk.others := onethread.find_other_conversations(
      p_business_id, p_walk.sent_at, p_walk.seen, p_walk.lines_left);
  end if;
  return v_walk;
end;
$$;

comment on function onethread.skip_flood(bigint, onethread.inbox_walk, boolean) is
  'The walk, past a flood; at its end when the conversations that it has not met (others; null: all '
  'of them) are to be asked instead.';
