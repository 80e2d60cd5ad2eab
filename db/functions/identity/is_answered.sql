-- Has a human said that two conversations, both in a plan, are two people?
create or replace function onethread.is_answered(
  p_plan onethread.whatsapp_identity_plan[],
  p_state onethread.whatsapp_resolution,
  p_first_id bigint,
  p_second_id bigint,
  p_asked_at timestamptz
)
returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
  v_first int;
  v_second int;
begin
  select min(p.person) filter (where p.conversation_id = p_first_id),
    min(p.person) filter (where p.conversation_id = p_second_id)
  into v_first, v_second
  from unnest(p_plan) as p;
  return v_first = v_second
    or onethread.are_two_people(p_state, v_first, v_second, p_asked_at);
end;
$$;

comment on function onethread.is_answered(
  onethread.whatsapp_identity_plan[], onethread.whatsapp_resolution, bigint, bigint,
  timestamptz) is
  'True when the persons of the two conversations are one by now, or declared different.';
