-- Is an identifier a lead's own, or one that leads to a thread, today or formerly?
create or replace function onethread.has_conversation(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return onethread.is_lead_key(p_key) or exists (
    select
    from onethread.key_identities(p_business_id, array[p_key]) as i
    where i.conversation_id is not null
  );
end;
$$;

comment on function onethread.has_conversation(bigint, text) is
  'True for the identifier_key() of a lead, and of whoever has written or been written to.';
