-- Who may do what, of the four roles; everybody.sql has what is everybody's. All else is the owner's
-- alone: whatever is new is taken from everybody when it is made, also from whom the host's default
-- privileges name.
--
-- Run in full on each migrate. What is taken away again needs a REVOKE in a migration.
-- tests/sql/privileges.txt is the result: `make privileges`.

grant usage on schema onethread
  to onethread_admin, onethread_app, onethread_reader, onethread_writer;

-- What belongs to no tenant: is this database the one the program was made for?
grant select on onethread.source, onethread.adopted_table
  to onethread_admin, onethread_app, onethread_reader, onethread_writer;

-- Reading. The views run as their reader, so what they read is granted too.
grant select on
  public.business,
  onethread.business_hour,
  onethread.contact_name,
  public.business_number,
  onethread.conversation_read,
  public.lead,
  onethread.shared_phone,
  onethread.shown_name,
  onethread.whatsapp_backfill,
  onethread.whatsapp_backfill_failure,
  public.whatsapp_conversation,
  onethread.whatsapp_conversation_merge,
  public.whatsapp_identity,
  onethread.whatsapp_identity_conflict,
  public.whatsapp_identity_evidence,
  public.whatsapp_message,
  public.whatsapp_message_event,
  public.crm_conversation,
  public.crm_daily_activity,
  public.crm_identity_change,
  public.crm_lead_timeline,
  public.crm_response_time,
  public.crm_unanswered,
  public.thread_integrity,
  public.unattributed_event,
  public.unlinked_message,
  public.whatsapp_inbox,
  public.whatsapp_thread
  to onethread_admin, onethread_app, onethread_reader;

-- Who was erased is in it until that is finished; erased_identifier and its key are the owner's.
grant select on onethread.erasure to onethread_admin, onethread_app;

-- Writing what happened. No reading, but what the row became ("returning"), and how the business
-- types its numbers. Of evidence a writer says who, when and with what weight; what is made of that
-- (keys, applied_at) is not its to say.
grant insert on
  public.whatsapp_message,
  public.whatsapp_message_event
  to onethread_app, onethread_writer;
grant insert on public.whatsapp_identity_evidence to onethread_app;
grant insert (business_id, a, b, relation, weight, is_undated, source, observed_at)
  on public.whatsapp_identity_evidence to onethread_writer;
grant usage on sequence
  public.whatsapp_identity_evidence_id_seq,
  public.whatsapp_message_event_id_seq,
  public.whatsapp_message_id_seq
  to onethread_app, onethread_writer;
grant select (business_id, id) on
  public.whatsapp_identity_evidence, public.whatsapp_message_event
  to onethread_writer;
grant select (business_id, id, conversation_id, identity_id) on public.whatsapp_message
  to onethread_writer;
grant select on public.business to onethread_writer;

-- The application's own work.
grant update, delete on public.whatsapp_message to onethread_app;
grant insert, update, delete on public.lead, public.business_number, onethread.business_hour
  to onethread_app;
grant insert, update on onethread.conversation_read to onethread_app;
grant select, insert, update on onethread.answer_key to onethread_app;
grant insert, update on onethread.contact_name to onethread_app;
grant select, insert, update, delete on onethread.webhook_reject to onethread_app;
grant usage on sequence public.lead_id_seq, onethread.webhook_reject_id_seq to onethread_app;

-- Who may speak for a business is its administrator's to say, and never a reader's to see.
grant select, insert on onethread.webhook to onethread_admin, onethread_app;
grant usage on sequence onethread.webhook_id_seq to onethread_admin, onethread_app;

-- Functions that run as their caller show no more than the caller's own rights do, and the views call
-- dozens of them.
do $$
begin
  execute (
    select format(
      'grant execute on function %s to onethread_admin, onethread_app, onethread_reader, onethread_writer',
      string_agg(s.signature, ', '))
    from onethread.source s
    inner join pg_catalog.pg_proc p on p.oid = to_regprocedure(s.signature)
    where s.name like 'functions/%'
      and not p.prosecdef
      and p.prorettype <> 'trigger'::regtype
  );
end;
$$;

-- Definer functions: each begins with check_caller(). Trigger functions are granted to nobody:
-- attached to a table of one's own they would run there as the owner.
grant execute on function
  onethread.apply_pending_evidence(bigint, bigint),
  onethread.declare_different(bigint, bigint, bigint, text),
  onethread.withdraw_different(bigint, bigint, bigint),
  onethread.delete_webhooks(bigint, bigint[]),
  onethread.merge_conversations(bigint, bigint, bigint, text),
  onethread.split_identifier(bigint, text, text, timestamptz),
  onethread.undo_merge(bigint, bigint)
  to onethread_admin, onethread_app;
grant execute on function
  onethread.learn_from_copies(bigint, text[]),
  onethread.take_turn(bigint, text, boolean)
  to onethread_app, onethread_writer;
grant execute on function
  onethread.lock_sent_identity(bigint, bigint),
  onethread.try_lock_reply_identity(bigint, bigint, bigint)
  to onethread_app;
grant execute on function
  onethread.find_other_conversations(bigint, timestamptz, bigint[], int),
  onethread.find_other_hour(bigint, timestamptz, bigint[]),
  onethread.list_misdated_messages(bigint),
  onethread.search_conversations(bigint, text, int)
  to onethread_admin, onethread_app, onethread_reader;

-- How long messages are kept, erasure and export.
grant update (message_retention_days, reject_retention_days) on public.business
  to onethread_admin, onethread_app;
grant execute on function
  onethread.continue_erasure(bigint, bigint, int),
  onethread.delete_expired_events(bigint, int),
  onethread.delete_expired_evidence(bigint, int),
  onethread.delete_expired_messages(bigint, int),
  onethread.delete_expired_names(bigint, int),
  onethread.delete_expired_rejects(bigint, int),
  onethread.export_person(bigint, text),
  onethread.forget_silent_conversation(bigint, bigint),
  onethread.forget_unmet_person(bigint, text),
  onethread.preview_erasure(bigint, text),
  onethread.start_erasure(bigint, text)
  to onethread_admin, onethread_app;

-- Of all businesses, so only for who may ask about any: the application.
grant execute on function
  onethread.count_waiting(int),
  onethread.has_several_businesses(),
  onethread.list_pending_evidence(int),
  onethread.list_webhook_secrets()
  to onethread_app;

-- A table that was a CRM's before Onethread has no policy: there these roles, which see their
-- businesses and no more, have no rights until it has row-level security. The application has.
do $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relname in ('business', 'lead', 'whatsapp_conversation', 'whatsapp_message')
      and not c.relrowsecurity
  loop
    execute format(
      'revoke all on %s from onethread_admin, onethread_reader, onethread_writer', v_table);
  end loop;
end;
$$;
