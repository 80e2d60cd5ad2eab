-- An address without a server that is no phone: a BSUID, a group id of the Cloud API or Z-API, a bridge's
-- account id.
create or replace function onethread.text_identifier(
  p_text text,
  out kind text,
  out value text
)
language plpgsql
immutable
parallel safe
as $$
begin
  value := p_text;
  -- Twilio's scheme, and the ones that bridges put before an account id.
  if left(value, 1) collate "C" >= 'A' and value collate "C" ~ '^[A-Za-z]+[:-]' then
    value := regexp_replace(
      value collate "C",
      '^([Ww][Hh][Aa][Tt][Ss][Aa][Pp][Pp]|[Bb][Ss][Uu][Ii][Dd]):', '');
    if value collate "C" ~ '^(lid|bot)-[0-9]+$' then
      kind := case left(value, 3) when 'lid' then 'lid' else 'other' end;
      value := substr(value, 5);
      return;
    end if;
  end if;

  if onethread.is_bsuid(value) then
    kind := 'bsuid';
  elsif starts_with(value, 'Y2FwaV9ncm91cD') then
    -- Base64 of capi_group:...; case counts.
    kind := 'group';
  elsif right(value, 6) = '-group' and value collate "C" ~ '^[0-9]+(?:-[0-9]+)?-group$' then
    -- Z-API writes the server so.
    kind := 'group';
    value := left(value, -6);
  end if;
end;
$$;

comment on function onethread.text_identifier(text) is
  'Kind and value of an account or group written without @; else kind null, and the text without '
  'Twilio''s scheme, which may be a phone.';
