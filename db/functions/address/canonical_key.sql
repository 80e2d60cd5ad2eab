-- The name of a conversation, strongest first: its lead, else its strongest identifier.
create or replace function onethread.canonical_key(
  p_business_id bigint,
  p_lead_id bigint,
  p_kind text,
  p_value text
)
returns text
language sql
immutable
parallel safe
as $$
select case
  when p_lead_id is not null then 'lead:' || p_business_id || ':' || p_lead_id
  else p_kind || ':' || p_business_id || ':' || onethread.identifier_match_value(p_kind, p_value)
end
$$;

comment on function onethread.canonical_key(bigint, bigint, text, text) is
  'lead:{business}:{lead} when there is a lead, else {kind}:{business}:{value}, the phone as '
  'phone_match_key() writes it. Null when there is neither lead nor identifier.';
