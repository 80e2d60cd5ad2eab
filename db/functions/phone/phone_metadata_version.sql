-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- The version of libphonenumber's metadata that the phone functions carry.
--
-- `onethread phone-metadata` shows it beside the version in this app's files.
create or replace function onethread.phone_metadata_version()
returns text
language sql
immutable
parallel safe
as $$
  select '9.0.43'
$$;

comment on function onethread.phone_metadata_version() is
  'Version of phonenumbers whose metadata the phone functions were generated from.';
