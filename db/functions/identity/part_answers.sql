-- After a join was taken back: what is still to be sent goes with the address it was written to, as
-- messages do, to whoever had that when it was queued.
create or replace function onethread.part_answers(
  p_business_id bigint,
  p_conversation_ids bigint[]
)
returns void
language plpgsql
as $$
begin
  update public.whatsapp_message m
  set conversation_id = owner.conversation_id,
      identity_id = owner.id
  from public.whatsapp_identity held
  inner join public.whatsapp_identity owner
    on owner.business_id = held.business_id
    and owner.kind = held.kind
    and owner.scope = held.scope
    and owner.match_value = held.match_value
  where m.business_id = p_business_id
    and m.status::text in ('queued', 'sending')
    and onethread.is_unsent(m.direction, m.status::text)
    and m.conversation_id = any (p_conversation_ids)
    and held.business_id = m.business_id
    and held.id = m.identity_id
    and owner.conversation_id = any (p_conversation_ids)
    and m.sent_at >= owner.valid_from
    and (owner.valid_until is null or m.sent_at < owner.valid_until)
    and (m.conversation_id, m.identity_id) is distinct from (owner.conversation_id, owner.id);
end;
$$;

comment on function onethread.part_answers(bigint, bigint[]) is
  'Parts the messages of these conversations that are still to be sent by the address they are '
  'written to and the time at which they were queued.';
