-- Nobody writes while numbers are re-keyed: what is read under the old functions must not be stored
-- beside what is stored under the new ones. Whoever waits reads the new functions afterwards.
create or replace function onethread.lock_phones()
returns void
language plpgsql
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the transaction is not READ COMMITTED'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'With an older snapshot a message that has just been written would be left behind.';
  end if;
  lock table
    public.lead, public.whatsapp_message, public.whatsapp_message_event, public.whatsapp_identity,
    public.whatsapp_identity_evidence, public.whatsapp_conversation,
    onethread.whatsapp_conversation_merge
  in share row exclusive mode;
exception when lock_not_available then
  raise exception 'a transaction that writes messages, leads or identities is still open'
    using errcode = 'lock_not_available', hint = 'Try again when it has ended.';
end;
$$;

comment on function onethread.lock_phones() is
  'Keeps all writers of messages, events, leads and identities out until the end of the transaction; '
  'readers are not held up. Raises 55000 when not under READ COMMITTED, 55P03 when it would wait '
  'longer than lock_timeout.';
