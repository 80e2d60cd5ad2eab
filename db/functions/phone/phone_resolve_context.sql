-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- The number meant by a tel: URI with ;phone-context= (RFC 3966), or null if that is malformed.
--
-- A context that is the first part of a number (+972) goes before the number; a domain name says
-- nothing about it. p_position is where ;phone-context= stands.
create or replace function onethread.phone_resolve_context(p_raw text, p_position int)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_raw text collate "C" := p_raw;
  v_context text collate "C" := split_part(
    substr(p_raw collate "C", p_position + length(';phone-context=')), ';', 1
  );
  v_folded text collate "C" := onethread.phone_fold_digits(v_context);
  v_scheme int := strpos(v_raw, 'tel:');
  v_start int := case when v_scheme > 0 then v_scheme + length('tel:') else 1 end;
begin
  if v_folded !~ (case
    when starts_with(v_folded, '+') then
      '^(?:\+(?:[0-9]|[\(\)\-\.]?)*[0-9](?:[0-9]|[\(\)\-\.]?)*)$'
    else
      '^(?:(?:[0-9A-Za-z]+(?:\-*[0-9A-Za-z])*\.)*[A-Za-z]+(?:\-*[0-9A-Za-z])*\.?)$'
    end)
  then
    return null;
  end if;
  return case when starts_with(v_context, '+') then v_context else '' end
    || substr(v_raw, v_start, greatest(p_position - v_start, 0));
end
$$;

comment on function onethread.phone_resolve_context(text, int) is
  'Internal: the number in a tel: URI with a phone-context, null if the context is malformed.';
