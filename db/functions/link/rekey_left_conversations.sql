-- An address led to these conversations, and leads nowhere any more: what it named them goes, and a
-- lead that it alone had brought.
create or replace function onethread.rekey_left_conversations(
  p_business_id bigint,
  p_conversation_ids bigint[],
  p_address onethread.whatsapp_address
)
returns void
language plpgsql
as $$
declare
  v_id bigint;
begin
  foreach v_id in array array_remove(p_conversation_ids, null) loop
    update public.whatsapp_conversation c
    set canonical_key = null
    where c.business_id = p_business_id
      and c.id = v_id
      and c.canonical_key
        = onethread.canonical_key(p_business_id, null, p_address.kind, p_address.value);
    update public.whatsapp_conversation c
    set lead_id = null
    where c.business_id = p_business_id
      and c.id = v_id
      and onethread.has_identity(p_business_id, c.id)
      and not exists (
        select
        from public.whatsapp_identity_evidence e
        where e.business_id = p_business_id
          and e.relation = 'same'
          and e.weight = 'attested'
          and onethread.lead_key(c.lead_id) in (e.a_key, e.b_key)
      );
    perform onethread.rekey_conversation(p_business_id, v_id);
  end loop;
end;
$$;

comment on function onethread.rekey_left_conversations(
  bigint, bigint[], onethread.whatsapp_address) is
  'Takes the address''s key, and a lead of whom no evidence is left, from the conversations and derives '
  'their keys anew.';
