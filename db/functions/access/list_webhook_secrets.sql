-- Which secrets open which webhooks, of all businesses: for the server, which compares them before it
-- asks the database anything else.
--
-- Definer, because the application sees one business at a time. For its role alone, which may ask about
-- any business; nothing but hashes of random secrets.
create or replace function onethread.list_webhook_secrets()
returns table (business_id bigint, provider text, secret_hash bytea)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
select w.business_id, w.provider, w.secret_hash
from onethread.webhook w
where w.secret_hash is not null
$$;

comment on function onethread.list_webhook_secrets() is
  'Hashes of the secrets of all businesses'' webhooks. Executable by onethread_app alone.';
