-- A JID, user[_agent][:device]@server -> what it identifies.
--
-- Device and agent name one of the account's machines, not another account. A dot is a device on
-- the phone servers and a part of the user on the LID server (libraries differ; LIDs with a dot
-- are distinct users in the only source that tests them).
create or replace function public.jid_identifier(
  p_jid text,
  out kind text,
  out value text
)
language plpgsql
immutable
parallel safe
as $$
declare
  v_at int := strpos(p_jid, '@');
  v_user text collate "C" := left(p_jid, v_at - 1);
  v_server text collate "C" := substr(p_jid, v_at + 1);
begin
  if v_user = 'lid' and v_server <> '' and btrim(v_server, '0123456789') = '' then
    v_user := v_server;
    v_server := 'lid';
  end if;

  if btrim(v_user, '0123456789') <> '' then
    v_user := substring(v_user from '^([0-9A-Za-z.-]+)(?:_[0-9]{1,3})?(?::[0-9]{1,5})?$');
  end if;

  case v_server
    when 's.whatsapp.net', 'c.us', 'hosted' then
      v_user := coalesce(substring(v_user from '^([0-9]+)\.[0-9]{1,5}$'), v_user);
      if v_user in ('0', 'server') or public.is_service_number('+' || v_user) then
        kind := 'other';
        value := v_user;
      elsif public.is_wa_id(v_user) then
        kind := 'phone';
        value := '+' || v_user;
      end if;
    when 'lid', 'hosted.lid' then
      if btrim(v_user, '0123456789') = '' or v_user ~ '^[0-9]+\.[0-9]+$' then
        kind := 'lid';
        value := v_user;
      end if;
    when 'g.us' then
      kind := 'group';
      value := v_user;
    when 'broadcast', 'newsletter' then
      kind := v_server;
      value := v_user;
    when 'bot', 'interop', 'msgr', 'call' then
      kind := 'other';
      value := v_user;
    else
      null;
  end case;

  if value is null or value = '' then
    kind := null;
    value := null;
  end if;
end;
$$;

comment on function public.jid_identifier(text) is
  'What a JID identifies: (kind, value); null for an unknown server or a malformed user. '
  'lid@digits, as some bots write it, is read as digits@lid.';
