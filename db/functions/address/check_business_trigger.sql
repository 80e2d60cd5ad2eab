-- A business is stored with a region and a time zone that exist: a typo would be noticed only when its
-- first report fails, and its national numbers would be read by nobody.
--
-- Only what is new is looked at, for the list of time zones is read from files (40 ms). A column that
-- a CRM had before Onethread came is the CRM's: its programs go on writing into it what they like. The
-- region is one when its numbering plan reads any number at all; '1234567' is some number everywhere.
--
-- Called by the trigger zzz_onethread_business_10_check.
create or replace function onethread.check_business_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_theirs text[] := coalesce(
    (select t.host_columns from onethread.adopted_table t where t.name = 'business'), '{}');
begin
  if new.default_region is distinct from old.default_region
    and 'default_region' <> all (v_theirs)
    and onethread.phone_status('1234567', new.default_region::text) = 'unparseable'
  then
    raise exception '% is not a region', quote_literal(new.default_region::text)
      using errcode = 'check_violation',
        hint = 'Give the two letters of the country (ISO 3166) in capitals: IL, BR.';
  end if;
  if new.time_zone is distinct from old.time_zone
    and new.time_zone::text <> 'UTC'
    and 'time_zone' <> all (v_theirs)
    and not exists (select from pg_timezone_names z where z.name = new.time_zone::text)
  then
    raise exception '% is not a time zone', quote_literal(new.time_zone::text)
      using errcode = 'check_violation',
        hint = coalesce(
          (
            select 'Write it as ' || z.name || '.'
            from pg_timezone_names z
            where lower(z.name) = lower(new.time_zone::text)
            limit 1
          ),
          'Give a name of pg_timezone_names: Asia/Jerusalem, UTC.');
  end if;
  return new;
end;
$$;

comment on function onethread.check_business_trigger() is
  'BEFORE INSERT or UPDATE on business: refuses a default_region or time_zone that does not exist, '
  'when the column is not one that a CRM had before.';
