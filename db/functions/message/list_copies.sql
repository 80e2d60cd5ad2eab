-- Which rows are one message with these, and which of them is the first?
--
-- No joins, only lists, and planned with them known, so that they are looked up by hash: statistics
-- from a time when each business had a message or two, or knew nothing of this one, make any index
-- that begins with the business look right for one row. Here that costs one reading of the
-- business's messages; for a probe for each copy it would be one for each.
create or replace function onethread.list_copies(
  p_business_id bigint,
  p_message_ids bigint[],
  p_moved_ids bigint[],
  p_conversation_id bigint
)
returns table (id bigint, first_id bigint, duplicate_of bigint)
language plpgsql
stable
set plan_cache_mode = force_custom_plan
as $$
declare
  v_provider_ids text[];
begin
  select array_agg(m.provider_message_id) filter (where length(m.provider_message_id) <= 255)
  into v_provider_ids
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.id = any (p_message_ids);
  -- Nearly all have an id to themselves.
  select array_agg(s.provider_message_id)
  into v_provider_ids
  from (
    select m.provider_message_id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.provider_message_id = any (v_provider_ids)
      and length(m.provider_message_id) <= 255
    group by m.provider_message_id
    having count(*) > 1
  ) s;

  return query
  select c.id, c.first_id, c.duplicate_of
  from (
    select
      s.id, s.duplicate_of, min(s.id) over same_delivery as first_id,
      bool_or(s.id = any (p_message_ids)) over same_delivery as is_one_of_these
    from (
      select
        m.id::bigint, m.duplicate_of::bigint, m as message,
        case when m.id = any (p_moved_ids) then p_conversation_id else m.conversation_id end
          as conversation_id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.provider_message_id = any (v_provider_ids)
        and length(m.provider_message_id) <= 255
      -- Or delivery_key() is called for each row, because what it is given is dear.
      offset 0
    ) s
    window same_delivery as (
      partition by onethread.delivery_key(s.message, s.conversation_id)
    )
  ) c
  where c.is_one_of_these;
end;
$$;

comment on function onethread.list_copies(bigint, bigint[], bigint[], bigint) is
  'These messages and the rows that are the same, each with the first of them, as it would be with '
  'moved_ids in that conversation. Without those that have no id, or one that no other row has.';
