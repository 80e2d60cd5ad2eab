-- Of the copies of a message in one conversation the first row counts, the others are marked.
--
-- Called after messages moved: copies may have come together, or have been parted. The marks come
-- first, because only one of several copies may be without one at any moment. Each is written by a
-- probe of its own: joined to a list of thousands, a plan for a few rows compares each with each.
create or replace function onethread.settle_duplicates(
  p_business_id bigint,
  p_message_ids bigint[]
)
returns void
language plpgsql
-- With the business known, one that is newer than the statistics counts as a row or two, and any
-- index that begins with it will do.
set plan_cache_mode = force_generic_plan
as $$
declare
  v_copy record;
  v_first_ids bigint[] := '{}';
begin
  for v_copy in
    with touched as materialized (
      select t.id from unnest(p_message_ids) as t (id)
      union
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.duplicate_of = any (p_message_ids)
    ), copies as (
      select distinct on (m.conversation_id, c.ids[1]) c.ids
      from touched t
      cross join lateral (
        select m.*
        from public.whatsapp_message m
        where m.business_id = p_business_id and m.id = t.id
        offset 0
      ) m
      cross join lateral (
        select coalesce(array_agg(c.id order by c.id), array[m.id]) as ids
        from public.whatsapp_message c
        where c.business_id = p_business_id
          and c.provider_message_id = m.provider_message_id
          and length(c.provider_message_id) <= 255
          and onethread.is_same_delivery(c, m)
      ) c
    )
    select c.ids[1] as first_id, i.id
    from copies c
    cross join unnest(c.ids) as i (id)
  loop
    v_first_ids := v_first_ids || v_copy.first_id;
    update public.whatsapp_message m
    set duplicate_of = v_copy.first_id
    where m.business_id = p_business_id
      and m.id = v_copy.id
      and m.id <> v_copy.first_id
      and m.duplicate_of is distinct from v_copy.first_id;
  end loop;

  update public.whatsapp_message m
  set duplicate_of = null
  where m.business_id = p_business_id
    and m.id = any (v_first_ids)
    and m.duplicate_of is not null;
end;
$$;

comment on function onethread.settle_duplicates(bigint, bigint[]) is
  'Sets duplicate_of anew for these messages and the copies beside them.';
