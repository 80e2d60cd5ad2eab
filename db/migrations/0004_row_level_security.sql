-- depends: 0003_message
-- A session that row-level security applies to sees one business: the one in app.business_id.
-- The owner of the tables and superusers are not subject to it.

alter table business enable row level security;
alter table business_number enable row level security;
alter table lead enable row level security;
alter table whatsapp_conversation enable row level security;
alter table whatsapp_identity enable row level security;
alter table whatsapp_message enable row level security;

-- (select ...) makes it one evaluation per statement instead of one per row; nullif, because a
-- transaction-local setting reads as '' once its transaction is over.
create policy business_isolation on business
  using (id = (select nullif(current_setting('app.business_id', true), '')::bigint));
create policy business_isolation on business_number
  using (business_id = (select nullif(current_setting('app.business_id', true), '')::bigint));
create policy business_isolation on lead
  using (business_id = (select nullif(current_setting('app.business_id', true), '')::bigint));
create policy business_isolation on whatsapp_conversation
  using (business_id = (select nullif(current_setting('app.business_id', true), '')::bigint));
create policy business_isolation on whatsapp_identity
  using (business_id = (select nullif(current_setting('app.business_id', true), '')::bigint));
create policy business_isolation on whatsapp_message
  using (business_id = (select nullif(current_setting('app.business_id', true), '')::bigint));
