-- Link messages that are in no thread, a batch at a time: what is older than the trigger, or was
-- loaded without it.
--
-- Call it until it returns 0, each call in a transaction of its own (pg_cron, `onethread backfill`).
-- Safe at any time: beside live writers, beside another one like it (they take turns), and after a
-- crash (a batch is linked and noted as done in one transaction).
create or replace function onethread.link_unlinked_messages(
  p_business_id bigint,
  p_batch int default 5000
)
returns int
language plpgsql
as $$
declare
  v_after_id bigint;
  v_ids bigint[];
  v_last_id bigint;
  v_linked int := 0;
  v_seen int := 0;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the transaction is not READ COMMITTED'
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'With an older snapshot a message would go to a conversation that is joined away.';
  end if;

  insert into onethread.whatsapp_backfill (business_id)
  values (p_business_id)
  on conflict (business_id) do nothing;
  select case when b.finished_at is null then b.after_id else 0 end
  into v_after_id
  from onethread.whatsapp_backfill b
  where b.business_id = p_business_id
  for no key update;

  v_ids := array(
    select m.id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id is null
      and m.id > v_after_id
    order by m.id
    limit greatest(p_batch, 1)
    -- What somebody is just changing is for the next round.
    for no key update skip locked
  );

  if v_ids <> '{}' then
    select d.last_id, d.linked into v_last_id, v_linked
    from onethread.link_or_note_failure(p_business_id, v_ids) d;
    v_seen := (select count(*) from unnest(v_ids) as m (id) where m.id <= v_last_id);
  end if;
  update onethread.whatsapp_backfill b
  set after_id = coalesce(v_last_id, b.after_id),
      seen = case when v_after_id = 0 then 0 else b.seen end + v_seen,
      linked = case when v_after_id = 0 then 0 else b.linked end + v_linked,
      started_at = case when v_after_id = 0 then clock_timestamp() else b.started_at end,
      finished_at = case when v_seen = 0 then clock_timestamp() end
  where b.business_id = p_business_id;
  return v_seen;
end;
$$;

comment on function onethread.link_unlinked_messages(bigint, int) is
  'Links up to batch messages of the business that are in no thread, the oldest ids first, and says '
  'how many it has looked at; 0: it has seen them all, and begins anew with the next call. Progress '
  'is in whatsapp_backfill, what failed in whatsapp_backfill_failure.';
