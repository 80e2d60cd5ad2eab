-- Name the conversations of persons that have lost their name.
--
-- Twice: who loses a key goes before who gains it.
create or replace function onethread.name_conversations()
returns void
language plpgsql
as $$
declare
  v_conversation record;
begin
  for v_pass in 1..2 loop
    for v_conversation in
      select c.business_id, c.id
      from public.whatsapp_conversation c
      where c.kind = 'person'
        and c.canonical_key is null
      order by c.business_id, c.id
    loop
      perform onethread.rekey_conversation(v_conversation.business_id, v_conversation.id);
    end loop;
  end loop;
end;
$$;

comment on function onethread.name_conversations() is
  'rekey_conversation() for every conversation of a person without a canonical key.';
