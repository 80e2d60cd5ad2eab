-- Conversations of which retention has left nothing, a page of them.
create or replace function onethread.list_silent_conversations(
  p_business_id bigint,
  p_after_id bigint,
  p_page_size int
)
returns setof bigint
language sql
stable
rows 100
as $$
select c.id
from public.whatsapp_conversation c
where c.business_id = p_business_id
  and c.id > p_after_id
  and onethread.is_silent(c.business_id, c.id)
order by c.id
limit p_page_size
$$;

comment on function onethread.list_silent_conversations(bigint, bigint, int) is
  'Ids after an id of conversations that is_silent(), in order: for forget_silent_conversation().';
