-- Whether a secret that names no business could be meant for another one.
--
-- Definer, because the application sees one business at a time. For its role alone.
create or replace function onethread.has_several_businesses()
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
select count(*) > 1 from (select from public.business limit 2) as b
$$;

comment on function onethread.has_several_businesses() is
  'True when there is more than one business. Executable by onethread_app alone.';
