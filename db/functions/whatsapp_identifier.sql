-- One address in any spelling -> what it identifies: (kind, value), nulls when nobody.
--
-- The server part of a JID, user[_agent][:device]@server, decides the kind, never the digits: the
-- LID 13649439626 is also a valid US number. Agent and device name one of the account's machines,
-- not another account. Text without a server is read by text_identifier().
--
-- Pure text in, text out: no table, no locale, so it is honestly immutable. It runs for every
-- message: a JID of digits takes four short expressions.
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
  -- White space, and the invisible marks that come along when a number is copied.
  v_text text collate "C" := btrim(p_raw, E' \t\r\n\u00a0\u200b\u200e\u200f\u202a\u202b\u202c'
    '\u202d\u202e\u2066\u2067\u2068\u2069\ufeff');
  v_at int := strpos(v_text, '@');
  v_user text collate "C";
  v_server text collate "C";
  v_part record;
begin
  if v_at > 0 and length(v_text) <= 255 then
    v_user := left(v_text, v_at - 1);
    v_server := substr(v_text, v_at + 1);
    if btrim(v_user, '0123456789') <> '' then
      v_part := public.split_jid(v_user, v_server);
      v_user := v_part.jid_user;
      v_server := v_part.jid_server;
    end if;

    case v_server
      when 's.whatsapp.net', 'c.us', 'hosted' then
        if public.is_service_user(v_user) then
          kind := 'other';
          value := v_user;
        elsif public.is_wa_id(v_user) then
          kind := 'phone';
          value := '+' || v_user;
        end if;
      when 'lid', 'hosted.lid' then
        -- Digits, perhaps with a dot between. Text, not a number: a leading zero counts.
        if v_user ~ '^[0-9]+(\.[0-9]+)?$' then
          kind := 'lid';
          value := v_user;
        end if;
      when 'g.us', 'broadcast', 'newsletter', 'bot', 'interop', 'msgr', 'call' then
        if v_user <> '' then
          kind := case v_server when 'g.us' then 'group'
            when 'broadcast' then v_server when 'newsletter' then v_server else 'other' end;
          value := v_user;
        end if;
      else
        null;
    end case;
  elsif length(v_text) <= 255 then
    v_part := public.text_identifier(v_text, p_default_region);
    kind := v_part.kind;
    value := v_part.value;
  end if;
end;
$$;

comment on function public.whatsapp_identifier(text, text) is
  'What an address identifies: (kind, value), kind one of phone (+ and digits), lid, bsuid, group, '
  'broadcast, newsletter, other; null when it identifies nobody (names, usernames, garbage, over '
  '255 characters). default_region null: bare digits are already international (a wa_id).';
