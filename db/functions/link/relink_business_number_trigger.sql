-- A number becomes the business's own, or is so no more: whoever met it before is asked again.
--
-- Called by the trigger business_number_20_relink.
create or replace function onethread.relink_business_number_trigger()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
begin
  if tg_op <> 'INSERT' then
    perform onethread.revive_own_number(
      old.business_id, onethread.identifier_address(old.kind, old.value));
  end if;
  if tg_op <> 'DELETE' then
    perform onethread.forget_own_number(
      new.business_id, onethread.identifier_address(new.kind, new.value));
  end if;
  return null;
end;
$$;

comment on function onethread.relink_business_number_trigger() is
  'AFTER INSERT, UPDATE, DELETE on business_number: the number stops being a person, or may be one '
  'again.';
