-- Of the copies of a message in one conversation the first row counts, the others are marked.
--
-- The caller takes the marks away that are too many, afterwards: only one of several copies may be
-- without one at any moment. The lists are sorted, so that each row finds its own in them without
-- a join (why none: list_copies()).
create or replace function onethread.mark_copies(
  p_business_id bigint,
  p_message_ids bigint[],
  p_moved_ids bigint[] default '{}',
  p_conversation_id bigint default null,
  out first_ids bigint[],
  out copy_ids bigint[]
)
language plpgsql
as $$
declare
  v_marked_ids bigint[];
  v_marks bigint[];
begin
  select
    array_agg(distinct c.first_id),
    array_agg(c.id order by c.id) filter (where c.id <> c.first_id),
    array_agg(c.id order by c.id) filter (where c.is_wrong),
    array_agg(c.first_id order by c.id) filter (where c.is_wrong)
  into first_ids, copy_ids, v_marked_ids, v_marks
  from (
    select
      l.id, l.first_id, l.id <> l.first_id and l.duplicate_of is distinct from l.first_id as is_wrong
    from onethread.list_copies(p_business_id, p_message_ids, p_moved_ids, p_conversation_id) l
  ) c;

  if v_marked_ids is not null then
    update public.whatsapp_message m
    set duplicate_of = v_marks[width_bucket(m.id, v_marked_ids)]
    where m.business_id = p_business_id and m.id = any (v_marked_ids);
  end if;
end;
$$;

comment on function onethread.mark_copies(bigint, bigint[], bigint[], bigint) is
  'Sets duplicate_of of what list_copies() has besides the first rows; returns the ids of those, and '
  'sorted ones of the copies.';
