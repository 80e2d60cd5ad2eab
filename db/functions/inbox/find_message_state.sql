-- Of one message what a line of the inbox shows besides list_inbox(): how far it came.
--
-- One plan for all: of a business that is younger than the statistics the planner thinks that it has
-- one row, to which any index that begins with the business would do.
create or replace function onethread.find_message_state(
  p_business_id bigint,
  p_message_id bigint,
  out status text,
  out is_revoked boolean
)
language plpgsql
stable
set plan_cache_mode = 'force_generic_plan'
as $$
begin
  select s.status, s.revoked_at is not null
  into status, is_revoked
  from public.whatsapp_message m
  cross join lateral onethread.message_state(m) as s
  where m.business_id = p_business_id and m.id = p_message_id;
end;
$$;

comment on function onethread.find_message_state(bigint, bigint) is
  'Status of a message as message_state() has it, and whether it was deleted for everyone.';
