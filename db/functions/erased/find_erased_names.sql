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
  -- The end of a number is the same in every spelling of it; most texts do not have it.
  if p_text is null or not exists (
    select from unnest(p_keys) as k (key) where strpos(p_text, right(k.key, 5)) > 0
  ) then
    return '{}';
  end if;
  return array(
    select distinct n.name
    from onethread.named_keys(p_text) as n
    where n.key = any (p_keys)
      and onethread.is_erased(p_business_id, n.key, p_at));
end;
$$;

comment on function onethread.find_erased_names(bigint, text, text[], timestamptz) is
  'The numbers and BSUIDs in the text that stand for one of the keys (identifier_key()) and were an '
  'erased person''s at that time, as they are written there.';
