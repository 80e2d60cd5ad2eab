-- One address in any spelling -> what it identifies: (kind, value), nulls when nobody.
--
-- The server part of a JID decides the kind, never the digits: the LID 13649439626 is also a
-- valid US number. Pure text in, text out: no table, no locale, so it is honestly immutable.
create or replace function public.whatsapp_identifier(
  p_raw text,
  p_default_region text,
  out kind text,
  out value text
)
language plpgsql
immutable
parallel safe
as $$
declare
  -- White space and the invisible marks that come along when a number is copied.
  v_text text collate "C" := btrim(p_raw, E' \t\r\n\u00a0\u200b\u200e\u200f\u202a\u202b\u202c'
    '\u202d\u202e\u2066\u2067\u2068\u2069\ufeff');
begin
  if length(v_text) > 255 then
    return;
  end if;

  if lower(left(v_text, 9)) = 'whatsapp:' then
    v_text := substr(v_text, 10);
  end if;

  if strpos(v_text, '@') > 0 then
    select j.kind, j.value into kind, value from public.jid_identifier(v_text) j;
    return;
  end if;

  -- CC.xxxx: a business-scoped user id, taken as it is written.
  if substr(v_text, 3, 1) = '.' or lower(left(v_text, 6)) = 'bsuid:' then
    value := substring(v_text from '^(?:[Bb][Ss][Uu][Ii][Dd]:)?([A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})$');
    kind := case when value is not null then 'bsuid' end;
    return;
  end if;

  -- A Cloud API group id is the base64 of capi_group:....
  if starts_with(v_text, 'Y2FwaV9ncm91cD') then
    kind := 'group';
    value := v_text;
    return;
  end if;

  value := public.typed_phone(v_text, p_default_region);
  if public.is_service_number(value) then
    kind := 'other';
    value := substr(value, 2);
  elsif value is not null then
    kind := 'phone';
  end if;
end;
$$;

comment on function public.whatsapp_identifier(text, text) is
  'What an address identifies: (kind, value), kind one of phone (+ and digits), lid, bsuid, group, '
  'broadcast, newsletter, other; null when it identifies nobody (names, usernames, garbage, over '
  '255 characters). default_region null: bare digits are already international (a wa_id).';
