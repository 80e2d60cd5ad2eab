-- The version of libphonenumber's metadata that the phone functions carry.
--
-- `onethread phone-metadata` shows it beside the version in this app's files.
create or replace function onethread.phone_metadata_version()
returns text
language sql
immutable
parallel safe
as $$
  select '{{version}}'
$$;

comment on function onethread.phone_metadata_version() is
  'Version of phonenumbers whose metadata the phone functions were generated from.';
