-- One address in any spelling -> what it identifies, with its scope and match value; null when nobody.
--
-- The server part of a JID, user[_agent][:device]@server, decides the kind, never the digits: the
-- LID 13649439626 is also a valid US number. Agent and device name one of the account's machines,
-- not another account. Text without a server is a phone, or what text_identifier() knows.
--
-- Pure text in, text out: no table, no locale, so it is honestly immutable. It runs for every
-- message: a JID of digits takes a few short expressions, text with + no pattern, and the result is
-- of a named type, because PL/pgSQL is slow to hand over a record.
create or replace function onethread.read_address(p_raw text, p_default_region text)
returns onethread.whatsapp_address
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C";
  v_at int;
  v_user text collate "C";
  v_server text collate "C";
  v_part record;
  v_kind text;
  v_phone text := onethread.plain_phone(p_raw, p_default_region is null);
begin
  if v_phone is not null then
    return row('phone', '', v_phone, v_phone)::onethread.whatsapp_address;
  end if;

  -- White space, and the invisible marks that come along when a number is copied.
  v_text := btrim(p_raw, E' \t\r\n\u00a0\u200b\u200e\u200f\u202a\u202b\u202c'
    '\u202d\u202e\u2066\u2067\u2068\u2069\ufeff');
  v_at := strpos(v_text, '@');
  if length(v_text) > 255 then
    return null;
  elsif v_at > 0 then
    v_user := left(v_text, v_at - 1);
    v_server := lower(substr(v_text, v_at + 1));
    if btrim(v_user, '0123456789') <> '' then
      v_part := onethread.split_jid(v_user, v_server);
      v_user := v_part.jid_user;
      v_server := v_part.jid_server;
    end if;

    if v_server in ('s.whatsapp.net', 'c.us', 'hosted') then
      if onethread.is_wa_id(v_user) or onethread.is_service_user(v_user) then
        v_phone := '+' || v_user;
      end if;
    elsif v_user <> '' then
      v_kind := case
        -- Digits, perhaps with a dot between. Text, not a number: a leading zero counts.
        when v_server in ('lid', 'hosted.lid') then
          case when btrim(v_user, '0123456789') = '' or v_user ~ '^[0-9]+\.[0-9]+$'
            then 'lid' end
        when v_server = 'g.us' then 'group'
        when v_server in ('broadcast', 'newsletter') then v_server
        when v_server in ('bot', 'interop', 'msgr', 'call') then 'other'
      end;
    end if;
  elsif left(v_text, 1) = '+' then
    v_phone := onethread.typed_phone(v_text, p_default_region);
  else
    v_part := onethread.text_identifier(v_text);
    v_kind := v_part.kind;
    v_user := v_part.value;
    if v_kind is null then
      v_phone := onethread.typed_phone(v_user, p_default_region);
    end if;
  end if;

  if v_kind is not null then
    return row(v_kind, onethread.identifier_scope(v_kind, v_user), v_user, v_user)
      ::onethread.whatsapp_address;
  end if;
  return onethread.number_address(v_phone);
end;
$$;

comment on function onethread.read_address(text, text) is
  'whatsapp_identifier() of a text, with scope and match_value as whatsapp_identity has them; null '
  'when it identifies nobody.';
