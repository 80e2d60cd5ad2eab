-- depends: 0003_message
-- A session that row-level security applies to sees one business: the one in onethread.business_id.
-- The owner of the tables and superusers are not subject to it.

alter table public.business enable row level security;
alter table public.business_number enable row level security;
alter table public.lead enable row level security;
alter table public.whatsapp_conversation enable row level security;
alter table public.whatsapp_identity enable row level security;
alter table public.whatsapp_message enable row level security;

-- (select ...) makes it one evaluation per statement instead of one per row; nullif, because a
-- transaction-local setting reads as '' once its transaction is over.
create policy business_isolation on public.business
  using (id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on public.business_number
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on public.lead
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on public.whatsapp_conversation
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on public.whatsapp_identity
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on public.whatsapp_message
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
