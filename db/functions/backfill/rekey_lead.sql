-- Write a lead whose phone is read as another one now.
--
-- The number that it was read as is somebody else's, who may have written from it: unlike a phone that
-- a person changes, it does not stay the lead's. When nobody can read the phone any more, the lead
-- stays where it is, as its messages do.
create or replace function onethread.rekey_lead(
  p_business_id bigint,
  p_lead_id bigint,
  p_match_value text,
  p_new_match_value text
)
returns void
language plpgsql
as $$
declare
  v_left_id bigint;
begin
  if p_new_match_value is not null then
    v_left_id := onethread.release_lead_reading(p_business_id, p_lead_id, p_match_value);
  end if;
  update public.lead l
  set phone_match_value = p_new_match_value
  where l.business_id = p_business_id and l.id = p_lead_id;
  if v_left_id is not null then
    perform onethread.rekey_conversation(p_business_id, v_left_id);
  end if;
end;
$$;

comment on function onethread.rekey_lead(bigint, bigint, text, text) is
  'Gives a lead its new match value, and the thread of whoever has it; it leaves the old one''s.';
