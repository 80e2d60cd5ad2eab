-- A number without its extension (x12, ext. 12, ;ext=12, #12, ",,12" and their like).
--
-- Only if what remains is a number of its own; otherwise the text stays as it is. Expects decimal
-- digits written 0-9. Extensions are part of a call, not of an identity, and are not kept.
create or replace function public.phone_strip_extension(p_text text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
  v_rest text collate "C";
begin
  v_rest := regexp_replace(
    v_text,
    {{extension_at_end}},
    ''
  );
  if v_rest = v_text or public.phone_is_viable(v_rest) then
    return v_rest;
  end if;
  return v_text;
end
$$;

comment on function public.phone_strip_extension(text) is
  'Internal: the text without an extension at its end, if what remains can be a phone number.';
