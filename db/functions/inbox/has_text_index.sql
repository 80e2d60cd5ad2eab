-- Can every message be searched? One that is still being built, or whose building failed, is not valid.
create or replace function onethread.has_text_index()
returns boolean
language sql
stable
as $$
select exists (
  select
  from pg_catalog.pg_index i
  where i.indexrelid = pg_catalog.to_regclass('public.whatsapp_message_text_idx')
    and i.indisvalid
)
$$;

comment on function onethread.has_text_index() is
  'True when search_conversations() looks through all messages, false when through the newest 10,000 '
  'of the business; `onethread search-index` makes the index.';
