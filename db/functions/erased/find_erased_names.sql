-- Where does a text name one of these people, as they were at that time?
create or replace function onethread.find_erased_names(
  p_business_id bigint,
  p_text text,
  p_keys text[],
  p_at timestamptz
)
returns text[]
language plpgsql
stable
as $$
begin
  return array(
    select distinct n.name
    from onethread.find_names(p_business_id, p_text, p_keys) as n
    where onethread.is_erased(p_business_id, n.key, p_at));
end;
$$;

comment on function onethread.find_erased_names(bigint, text, text[], timestamptz) is
  'The numbers and BSUIDs in the text that stand for one of the keys (identifier_key()) and were an '
  'erased person''s at that time, as they stand in readable_text().';
