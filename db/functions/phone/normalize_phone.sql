-- A phone number as E.164, or null: what a person typed, read as dialled in default_region.
--
-- Not null when the number is valid, or possible and not merely local. "Valid" alone would be too
-- strict: number ranges are opened before the metadata knows them. Without a region (null) only
-- international spellings are read. Never give it WhatsApp ids with a region: their bare digits are
-- international already. A plain expression, so that the planner puts it in place of the call.
create or replace function onethread.normalize_phone(raw text, default_region text)
returns text
language sql
immutable
parallel safe
as $$
  select (onethread.phone_parse(raw, default_region))[1]
$$;

comment on function onethread.normalize_phone(text, text) is
  'E.164 form of a typed phone number, null unless valid or possible (libphonenumber''s rules).';
