-- What a sender is to deliver now.
--
-- A sender names what it can do (provider, kinds of addresses, own number) and gets nothing else.
create or replace function onethread.claim_queued_messages(
  p_business_id bigint,
  p_limit int,
  p_lease interval,
  p_provider text default null,
  p_kinds text[] default null,
  p_own_number text default null
)
returns setof public.whatsapp_message
language plpgsql
as $$
begin
  return query
  select (c.message).*
  from onethread.claim_answers(
    p_business_id, p_limit, p_lease, p_provider, p_kinds, p_own_number) c
  where c.failure is null;
end;
$$;

comment on function onethread.claim_queued_messages(
  bigint, int, interval, text, text[], text) is
  'Marks due messages as sending for the length of the lease and returns them, the oldest of each '
  'conversation, for the caller alone; to_number is where they are to go today. Those that cannot be '
  'addressed fail, with the reason in their thread, and so does one at its ninth claim. provider, '
  'kinds, own_number: what the sender can do, null: anything. Commit before sending.';
