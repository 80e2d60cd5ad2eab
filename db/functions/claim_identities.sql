-- Make sure every address has its identity row, waiting for whoever is inserting the same one.
--
-- In one order for all sessions (kind, scope, match value): two messages that name the same two
-- new addresses in opposite order would otherwise wait for each other, even as single inserts.
create or replace function public.claim_identities(
  p_business_id bigint,
  p_addresses public.whatsapp_address[]
)
returns void
language plpgsql
as $$
begin
  insert into public.whatsapp_identity (business_id, kind, scope, value, match_value)
  select p_business_id, a.kind, a.scope, a.value, a.match_value
  from unnest(p_addresses) as a
  order by a.kind collate "C", a.scope collate "C", a.match_value collate "C"
  on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing;
end;
$$;

comment on function public.claim_identities(bigint, public.whatsapp_address[]) is
  'Inserts the identities that do not exist yet, without a conversation; afterwards each address '
  'has a row that is committed or this transaction''s own.';
