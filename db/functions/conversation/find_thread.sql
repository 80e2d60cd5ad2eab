-- Which conversation does a reader mean: by canonical key, else by address, else by a key that another
-- program would write (read_conversation_key).
create or replace function onethread.find_thread(p_business_id bigint, p_address text)
returns bigint
language plpgsql
stable
as $$
declare
  v_conversation_id bigint;
  v_lead_id bigint := onethread.read_conversation_lead(p_business_id, p_address);
  v_address onethread.whatsapp_address;
begin
  select c.id into v_conversation_id
  from public.whatsapp_conversation c
  where c.business_id = p_business_id
    and c.canonical_key = coalesce(
      onethread.canonical_key(p_business_id, v_lead_id, null, null), p_address);
  if v_lead_id is not null then
    return coalesce(
      v_conversation_id, onethread.find_lead_conversation(p_business_id, v_lead_id));
  end if;
  v_conversation_id := coalesce(
    v_conversation_id, onethread.find_read_conversation(p_business_id, p_address));
  if v_conversation_id is null and strpos(p_address, ':') > 0 then
    v_address := onethread.read_conversation_key(p_business_id, p_address);
    v_conversation_id := onethread.find_conversation(
      p_business_id, onethread.address_spelling(v_address));
  end if;
  return v_conversation_id;
end;
$$;

comment on function onethread.find_thread(bigint, text) is
  'Id of the conversation with this canonical key, else of the one that owns the address (any '
  'spelling, also as a key: phone:1:0501234567) today, or that is the lead''s; null when there is '
  'none.';
