-- The empty conversations of an erased person go.
--
-- One that a table of the CRM's own refers to stays, nameless, rather than that nothing of the person
-- can be erased.
create or replace function onethread.erase_conversations(p_business_id bigint, p_ids bigint[])
returns void
language plpgsql
as $$
declare
  v_id bigint;
begin
  foreach v_id in array p_ids loop
    begin
      delete from public.whatsapp_conversation c
      where c.business_id = p_business_id and c.id = v_id;
    exception when foreign_key_violation then
      delete from public.whatsapp_identity i
      where i.business_id = p_business_id and i.conversation_id = v_id;
      delete from onethread.conversation_read r
      where r.business_id = p_business_id and r.conversation_id = v_id;
      update public.whatsapp_conversation c
      set canonical_key = null,
          lead_id = null
      where c.business_id = p_business_id and c.id = v_id;
    end;
  end loop;
end;
$$;

comment on function onethread.erase_conversations(bigint, bigint[]) is
  'Deletes conversations with their identities and read marks; one to which another table refers '
  'is left without a name.';
