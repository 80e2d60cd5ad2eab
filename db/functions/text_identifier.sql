-- An address without a server: a phone as written, a BSUID, a Cloud API group id.
create or replace function public.text_identifier(
  p_text text,
  p_default_region text,
  out kind text,
  out value text
)
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
begin
  -- Twilio's scheme, and the ones that bridges put before an account id.
  if v_text ~ '^[A-Za-z]+[:-]' then
    v_text := regexp_replace(
      v_text, '^([Ww][Hh][Aa][Tt][Ss][Aa][Pp][Pp]|[Bb][Ss][Uu][Ii][Dd]):', '');
    if v_text ~ '^lid-[0-9]+$' or v_text ~ '^bot-[0-9]+$' then
      kind := case left(v_text, 3) when 'lid' then 'lid' else 'other' end;
      value := substr(v_text, 5);
      return;
    end if;
  end if;

  if substr(v_text, 3, 1) = '.' and v_text ~ '^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$' then
    kind := 'bsuid';
    value := v_text;
  elsif starts_with(v_text, 'Y2FwaV9ncm91cD') then
    -- Base64 of capi_group:...; case counts.
    kind := 'group';
    value := v_text;
  else
    value := public.typed_phone(v_text, p_default_region);
    kind := case when value is not null then 'phone' end;
    if public.is_service_user(substr(value, 2)) then
      kind := 'other';
      value := substr(value, 2);
    end if;
  end if;
end;
$$;

comment on function public.text_identifier(text, text) is
  'What an address without @ identifies: phone, bsuid (CC.xxxx as written), group, or null.';
