-- Which conversation does a reader mean: by canonical key, else by address.
create or replace function onethread.find_thread(p_business_id bigint, p_address text)
returns bigint
language plpgsql
stable
as $$
begin
  return coalesce(
    (
      select c.id
      from public.whatsapp_conversation c
      where c.business_id = p_business_id and c.canonical_key = p_address
    ),
    onethread.find_conversation(p_business_id, p_address));
end;
$$;

comment on function onethread.find_thread(bigint, text) is
  'Id of the conversation with this canonical key, else of the one that owns the address (any '
  'spelling) today; null when there is none.';
