-- How much waits for the people at the desk: what stands beside the words of the page.
--
-- Asks every conversation: the server keeps the answer for a while.
create or replace function onethread.count_inbox(
  p_business_id bigint,
  out unread bigint,
  out waiting bigint,
  out conflicts bigint
)
language plpgsql
stable
as $$
begin
  select count(*) filter (where o.is_unread), count(*) filter (where o.is_waiting)
  into unread, waiting
  from onethread.list_open(p_business_id) o;
  select count(*) into conflicts
  from onethread.whatsapp_identity_conflict k
  where k.business_id = p_business_id and k.settled_at is null;
end;
$$;

comment on function onethread.count_inbox(bigint) is
  'How many conversations of a business are unread, how many persons wait for an answer, and how many '
  'questions about identities are open.';
