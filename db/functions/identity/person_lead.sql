-- The lead of a person: of those tied to it the lowest that exists.
--
-- Locked, so that it cannot be deleted between here and the foreign key that will name it.
create or replace function onethread.person_lead(
  p_business_id bigint,
  p_state onethread.whatsapp_resolution,
  p_person int
)
returns bigint
language plpgsql
as $$
declare
  v_lead_id bigint;
begin
  for v_lead_id in
    select onethread.lead_id(n.key) as id
    from unnest(p_state.node, p_state.node_person) as n (key, person)
    where n.person = p_person and onethread.is_lead_key(n.key)
    order by id
  loop
    perform
    from public.lead l
    where l.business_id = p_business_id and l.id = v_lead_id
    for key share;
    if found then
      return v_lead_id;
    end if;
  end loop;
  return null;
end;
$$;

comment on function onethread.person_lead(bigint, onethread.whatsapp_resolution, int) is
  'Id of the lead by which a conversation of this person is keyed, or null.';
