-- The unusual JIDs: with agent or device, a + or a Twilio prefix, or written backwards (lid@876...).
--
-- Libraries write the agent as _1 and the device as :12; on the phone servers an old form of the
-- device is .13, while on the LID server a dot belongs to the user.
create or replace function onethread.split_jid(
  p_user text,
  p_server text,
  out jid_user text,
  out jid_server text
)
language plpgsql
immutable
parallel safe
as $$
declare
  v_user text collate "C" := p_user;
begin
  jid_server := p_server;
  if lower(v_user) = 'lid' and p_server <> '' and btrim(p_server, '0123456789') = '' then
    jid_user := p_server;
    jid_server := 'lid';
    return;
  end if;

  if lower(left(v_user, 9)) = 'whatsapp:' then
    v_user := substr(v_user, 10);
  end if;
  if left(v_user, 1) = '+' and p_server in ('s.whatsapp.net', 'c.us', 'hosted') then
    v_user := substr(v_user, 2);
  end if;
  jid_user := substring(v_user from '^([0-9A-Za-z.-]+)(?:_[0-9]{1,3})?(?::[0-9]{1,5})?$');
  if p_server in ('s.whatsapp.net', 'c.us', 'hosted') then
    jid_user := coalesce(substring(jid_user from '^([0-9]+)\.[0-9]{1,5}$'), jid_user);
  end if;
end;
$$;

comment on function onethread.split_jid(text, text) is
  'User without agent and device, and server, of a JID whose user is not plain digits; user null '
  'when it is malformed.';
