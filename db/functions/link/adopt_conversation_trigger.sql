-- A program inserts a conversation itself, as it did before there was Onethread: let it.
--
-- Before: the key is written as canonical_key() writes it. When the person has a conversation, a
-- statement with ON CONFLICT gets that one: the row takes its key, so that the statement meets it,
-- and what stands in "excluded" is what it has. A plain INSERT would fail so: its row gets no key.
-- After: the conversation becomes its person's if they have none. Onethread's own inserts come from
-- inside a trigger (see the triggers' condition), or from the backfill, and are not meant. The condition
-- says no more than it must: its text is read anew for each statement, also in every first contact.
--
-- Called by the triggers whatsapp_conversation_20_claim and zzz_onethread_conversation_10_adopt.
create or replace function onethread.adopt_conversation_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_person record;
  v_owner public.whatsapp_conversation;
begin
  if coalesce(new.canonical_key, new.lead_id::text) is null
    or current_setting('onethread.is_internal', true) = 'on'
  then
    return new;
  end if;
  if tg_when = 'AFTER' then
    perform onethread.adopt_conversation(new.business_id, new.id, true);
    return null;
  end if;

  v_person := onethread.conversation_person(new);
  new.lead_id := coalesce(new.lead_id, v_person.lead_id);
  new.canonical_key := coalesce(
    onethread.program_key(new, v_person.address, v_person.lead_id), new.canonical_key);
  select c.* into v_owner
  from public.whatsapp_conversation c
  where c.business_id = new.business_id
    and c.id = coalesce(
      onethread.find_persons_conversation(new, v_person.address, v_person.lead_id),
      (
        select o.id
        from public.whatsapp_conversation o
        where o.business_id = new.business_id and o.canonical_key = new.canonical_key
      ));
  if found and v_owner.canonical_key is not null and onethread.is_conflict_handled() then
    new.kind := v_owner.kind;
    new.canonical_key := v_owner.canonical_key;
    new.lead_id := v_owner.lead_id;
  elsif found then
    perform onethread.absorb_empty_conversation(new, v_owner.id, true);
    -- What is known already is not said again: whoever saves holds up no message.
    if v_person.lead_id <> coalesce(v_owner.lead_id, 0)
      and onethread.has_identity(new.business_id, v_owner.id)
    then
      perform onethread.record_conversation_lead(
        new, v_person.address, v_person.lead_id, v_owner.id);
    end if;
    new.canonical_key := null;
    new.lead_id := null;
  end if;
  return new;
end;
$$;

comment on function onethread.adopt_conversation_trigger() is
  'BEFORE and AFTER INSERT on whatsapp_conversation: a row that another program makes.';
