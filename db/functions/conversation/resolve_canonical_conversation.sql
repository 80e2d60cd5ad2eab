-- Find or create the conversation named by the canonical key of an address.
--
-- Only for somebody of whom nothing but this address is known. Found, when a program made the row
-- itself, before any message. select -> insert on conflict do nothing -> select, in a loop:
-- "on conflict do update" used as a look-up bloats the table, an exception block costs a
-- subtransaction.
create or replace function onethread.resolve_canonical_conversation(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns bigint
language plpgsql
as $$
declare
  v_key text := onethread.canonical_key(p_business_id, null, p_address.kind, p_address.value);
  v_kind text := case when p_address.kind in ('phone', 'lid', 'bsuid') then 'person'
    else p_address.kind end;
  v_conversation_id bigint;
begin
  loop
    select c.id into v_conversation_id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.canonical_key = v_key
    for key share;
    exit when found;

    insert into public.whatsapp_conversation (business_id, kind, canonical_key)
    values (p_business_id, v_kind, v_key)
    on conflict (business_id, canonical_key) where canonical_key is not null do nothing
    returning id into v_conversation_id;
    exit when found;
  end loop;
  return v_conversation_id;
end;
$$;

comment on function
  onethread.resolve_canonical_conversation(bigint, onethread.whatsapp_address) is
  'Id of the conversation with the address''s canonical key; created when there is none.';
