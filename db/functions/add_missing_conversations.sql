-- A person who was parted from a conversation and has messages needs one of their own.
create or replace function public.add_missing_conversations(
  p_business_id bigint,
  p_plan public.whatsapp_identity_plan[]
)
returns public.whatsapp_identity_plan[]
language plpgsql
as $$
declare
  v_person int;
  v_conversation_id bigint;
begin
  if not public.is_join(p_plan) then
    return p_plan;
  end if;
  for v_person in
    select distinct e.person
    from unnest(p_plan) as e
    inner join unnest(p_plan) as held on held.key = e.key
    inner join public.whatsapp_message m
      on m.business_id = p_business_id
      and m.identity_id = held.identity_id
      and m.sent_at >= e.valid_from
      and (e.valid_until is null or m.sent_at < e.valid_until)
    where e.person is not null
      and e.conversation_id is null
  loop
    insert into public.whatsapp_conversation (business_id, kind)
    values (p_business_id, 'person')
    returning id into v_conversation_id;
    for v_position in 1..cardinality(p_plan) loop
      if p_plan[v_position].person = v_person then
        p_plan[v_position].conversation_id := v_conversation_id;
        p_plan[v_position].is_changed := true;
      end if;
    end loop;
  end loop;
  return p_plan;
end;
$$;

comment on function
  public.add_missing_conversations(bigint, public.whatsapp_identity_plan[]) is
  'Creates a conversation for every person of the plan who has messages and none; returns the plan '
  'with it.';
