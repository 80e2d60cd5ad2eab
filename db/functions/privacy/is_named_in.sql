-- Does a text that somebody typed, or that a program kept, name an erased person, by number or by name?
create or replace function onethread.is_named_in(
  p_erasure onethread.erasure,
  p_text text,
  p_at timestamptz
)
returns boolean
language plpgsql
stable
as $$
begin
  return onethread.contains_name(p_text, p_erasure.names)
    or onethread.find_erased_names(p_erasure.business_id, p_text, p_erasure.keys, p_at) <> '{}';
end;
$$;

comment on function onethread.is_named_in(onethread.erasure, text, timestamptz) is
  'True when the text has one of the names of the person, or an identifier that was theirs at that time.';
