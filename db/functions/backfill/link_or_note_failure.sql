-- link_message_batch(), and when that fails, the same with halves: one message that cannot be
-- linked does not keep the others out. What is left of it is noted, and tried again next time.
create or replace function onethread.link_or_note_failure(
  p_business_id bigint,
  p_ids bigint[],
  out last_id bigint,
  out linked int
)
language plpgsql
as $$
declare
  v_half int := cardinality(p_ids) / 2;
  v_first record;
begin
  select b.last_id, b.linked into last_id, linked
  from onethread.link_message_batch(p_business_id, p_ids) b;
  delete from onethread.whatsapp_backfill_failure f
  where f.business_id = p_business_id
    and f.message_id = any (p_ids)
    and f.message_id <= link_or_note_failure.last_id;
exception when others then
  if v_half = 0 then
    insert into onethread.whatsapp_backfill_failure (business_id, message_id, error)
    values (p_business_id, p_ids[1], sqlerrm)
    on conflict (business_id, message_id) do update
    set error = excluded.error,
        failed_at = now();
    last_id := p_ids[1];
    linked := 0;
    return;
  end if;
  v_first := onethread.link_or_note_failure(p_business_id, p_ids[:v_half]);
  last_id := v_first.last_id;
  linked := v_first.linked;
end;
$$;

comment on function onethread.link_or_note_failure(bigint, bigint[]) is
  'link_message_batch() that does not raise: it links fewer of the messages, at the least notes the '
  'first one in whatsapp_backfill_failure.';
