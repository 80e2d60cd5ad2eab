-- Of the copies of a message in one conversation the first row counts, the others are marked.
--
-- Called after messages moved: copies may have come together, or have been parted.
create or replace function onethread.settle_duplicates(
  p_business_id bigint,
  p_message_ids bigint[]
)
returns void
language plpgsql
as $$
declare
  v_copies record;
begin
  for v_copies in
    with touched as (
      select m.*
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and (m.id = any (p_message_ids) or m.duplicate_of = any (p_message_ids))
    )
    select distinct on (t.conversation_id, ids.first_id) ids.first_id, ids.other_ids
    from touched t
    cross join lateral (
      select min(c.id) as first_id, array_agg(c.id) as other_ids
      from public.whatsapp_message c
      where c.business_id = p_business_id
        and c.conversation_id = t.conversation_id
        and c.provider_message_id = t.provider_message_id
        and (lower(c.direction) in ('in', 'inbound', 'incoming', 'received'))
          = (lower(t.direction) in ('in', 'inbound', 'incoming', 'received'))
        and coalesce(left(c.participant, 255), '') = coalesce(left(t.participant, 255), '')
    ) ids
  loop
    update public.whatsapp_message m
    set duplicate_of = v_copies.first_id
    where m.business_id = p_business_id
      and m.id = any (v_copies.other_ids)
      and m.id <> v_copies.first_id
      and m.duplicate_of is distinct from v_copies.first_id;
    update public.whatsapp_message m
    set duplicate_of = null
    where m.business_id = p_business_id
      and m.id = v_copies.first_id
      and m.duplicate_of is not null;
  end loop;
end;
$$;

comment on function onethread.settle_duplicates(bigint, bigint[]) is
  'Sets duplicate_of anew for these messages and the copies beside them.';
