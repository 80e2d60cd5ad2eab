-- Conversations that only their key gives to an erased person: with what was written to them without
-- any address.
create or replace function onethread.erase_conversation_traces(
  p_business_id bigint,
  p_keys text[],
  p_after_id bigint,
  p_batch_size int
)
returns onethread.erased_count
language plpgsql
as $$
declare
  v_count onethread.erased_count;
  v_last_id bigint;
  v_ids bigint[];
begin
  select max(page.id) into v_last_id
  from (
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.id > p_after_id
    order by c.id
    limit p_batch_size
  ) page;

  v_ids := array(
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id > p_after_id
      and c.id <= v_last_id
      and onethread.is_conversation_of(c, p_keys)
    order by c.id
    for update);
  v_count := onethread.erase_messages(p_business_id, v_ids, null);
  perform onethread.erase_conversations(p_business_id, v_ids);
  v_count.last_id := v_last_id;
  return v_count;
end;
$$;

comment on function onethread.erase_conversation_traces(bigint, text[], bigint, int) is
  'Looks at so many conversations after an id and deletes those that is_conversation_of() one of the '
  'keys, with their messages.';
