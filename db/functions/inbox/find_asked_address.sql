-- Where the person last wrote from, of what is still theirs.
create or replace function onethread.find_asked_address(
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
  v_message public.whatsapp_message;
  v_address onethread.whatsapp_address;
begin
  for v_message in
    select a.* from onethread.list_asked(p_business_id, p_conversation_id) a
  loop
    foreach address in array onethread.asked_addresses(v_message) loop
      v_address := onethread.read_business_address(p_business_id, v_message.provider, address);
      identity_id := onethread.find_usable_identity(
        p_business_id, p_conversation_id, v_address, p_kinds);
      if identity_id is not null
        and (
          p_kinds is not null
          or (v_address.kind = any (onethread.provider_kinds(v_message.provider))) is not false
          or (onethread.answer_route(p_business_id, p_conversation_id, v_address.kind)).is_open
        )
      then
        kind := v_address.kind;
        value := v_address.value;
        return;
      end if;
    end loop;
  end loop;
  address := null;
  identity_id := null;
end;
$$;

comment on function onethread.find_asked_address(bigint, bigint, text[]) is
  'The first usable address among the newest 50 inbound messages: each one''s from_number as it came, '
  'then its aliases; nulls when there is none. kinds: null means what somebody can send to.';
