-- Webhooks of a business go.
--
-- A function, not the right to delete: who has that may lock the whole table, and with it stop the
-- webhooks of everybody.
create or replace function onethread.delete_webhooks(p_business_id bigint, p_ids bigint[])
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.delete_webhooks(bigint, bigint[])');
  delete from onethread.webhook w
  where w.business_id = p_business_id and w.id = any (p_ids);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.delete_webhooks(bigint, bigint[]) is
  'Deletes these webhooks of the business; returns how many there were.';
