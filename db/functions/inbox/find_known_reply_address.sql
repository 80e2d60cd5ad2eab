-- Where to write to somebody when nothing they wrote says it: the identifier that names them best.
create or replace function onethread.find_known_reply_address(
  p_business_id bigint,
  p_conversation_id bigint,
  p_kinds text[],
  out address text,
  out identity_id bigint,
  out kind text,
  out value text
)
language plpgsql
stable
as $$
declare
  v_identity public.whatsapp_identity;
begin
  for v_identity in
    select i.*
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.conversation_id = p_conversation_id
      and i.valid_until is null
      and (i.kind = any (p_kinds)) is not false
    order by
      onethread.is_lead_phone(i) desc, onethread.identity_rank(i),
      onethread.identity_seen_at(i) desc, i.id
  loop
    if onethread.is_usable_identity(v_identity)
      and (
        p_kinds is not null
        or (onethread.answer_route(p_business_id, p_conversation_id, v_identity.kind)).is_open
      )
    then
      identity_id := v_identity.id;
      kind := v_identity.kind;
      value := v_identity.value;
      address := onethread.written_address(kind, value);
      return;
    end if;
  end loop;
end;
$$;

comment on function onethread.find_known_reply_address(bigint, bigint, text[]) is
  'The strongest usable identifier of a conversation: the lead''s phone first, of equals the one with '
  'the newest evidence; nulls when there is none. kinds: as in find_asked_address().';
