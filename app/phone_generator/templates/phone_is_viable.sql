-- Whether a text, from its first to its last character, can be a phone number with an extension.
--
-- Expects decimal digits written 0-9.
create or replace function onethread.phone_is_viable(p_text text)
returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
begin
  return v_text ~ (
    {{viable_number}}
  );
end
$$;

comment on function onethread.phone_is_viable(text) is
  'Internal: whether the whole text can be a phone number, with or without an extension.';
