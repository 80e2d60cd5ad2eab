-- May this conversation have this canonical key?
create or replace function onethread.is_key_free(
  p_business_id bigint,
  p_canonical_key text,
  p_conversation_id bigint
)
returns boolean
language plpgsql
stable
as $$
begin
  return (
    select p_canonical_key is not null and not exists (
      select
      from public.whatsapp_conversation c
      where c.business_id = p_business_id
        and c.canonical_key = p_canonical_key
        and c.id <> p_conversation_id
    )
  );
end;
$$;

comment on function onethread.is_key_free(bigint, text, bigint) is
  'True when no other conversation of the business has the key; false for a null key.';
