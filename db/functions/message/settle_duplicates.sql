-- Which row of a message counts, where copies may have come together, or been parted.
create or replace function onethread.settle_duplicates(
  p_business_id bigint,
  p_message_ids bigint[]
)
returns void
language plpgsql
as $$
declare
  v_touched_ids bigint[];
  v_marked record;
begin
  select array_agg(t.id)
  into v_touched_ids
  from (
    select t.id from unnest(p_message_ids) as t (id)
    union
    select m.id
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.duplicate_of = any (p_message_ids)
  ) t;
  v_marked := onethread.mark_copies(p_business_id, v_touched_ids);
  update public.whatsapp_message m
  set duplicate_of = null
  where m.business_id = p_business_id
    and m.id = any (v_touched_ids || v_marked.first_ids)
    and m.duplicate_of is not null
    and m.id is distinct from v_marked.copy_ids[width_bucket(m.id, v_marked.copy_ids)];
end;
$$;

comment on function onethread.settle_duplicates(bigint, bigint[]) is
  'Sets duplicate_of anew for these messages and the copies beside them.';
