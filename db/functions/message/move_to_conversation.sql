-- Messages go into a conversation, where copies of them may be already. Whoever calls holds the rows.
create or replace function onethread.move_to_conversation(
  p_business_id bigint,
  p_message_ids bigint[],
  p_conversation_id bigint,
  p_identity_id bigint default null
)
returns void
language plpgsql
as $$
declare
  v_marked record := onethread.mark_copies(
    p_business_id, p_message_ids, p_message_ids, p_conversation_id);
  v_left_ids bigint[];
  -- Whoever gives it spares stamp_change_trigger() for each row.
  v_now constant bigint := pg_current_xact_id()::text::bigint;
begin
  update public.whatsapp_message m
  set conversation_id = p_conversation_id,
      identity_id = coalesce(p_identity_id, m.identity_id),
      duplicate_of = case
        when m.id = v_marked.copy_ids[width_bucket(m.id, v_marked.copy_ids)] then m.duplicate_of
      end,
      changed_in = v_now
  where m.business_id = p_business_id
    and m.id = any (p_message_ids);
  if p_identity_id is not null then
    perform onethread.record_shown_names(p_business_id, p_message_ids);
  end if;

  select array_agg(m.id)
  into v_left_ids
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.duplicate_of = any (p_message_ids)
    and m.conversation_id is distinct from p_conversation_id;
  if v_left_ids is not null or v_marked.copy_ids is not null then
    perform onethread.settle_duplicates(p_business_id, v_left_ids || v_marked.copy_ids);
  end if;
end;
$$;

comment on function onethread.move_to_conversation(bigint, bigint[], bigint, bigint) is
  'Sets the conversation of these messages, and their identity where one is given, and settles '
  'their copies.';
