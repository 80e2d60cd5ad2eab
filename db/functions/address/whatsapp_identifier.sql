-- One address in any spelling -> what it identifies: (kind, value), nulls when nobody.
create or replace function onethread.whatsapp_identifier(
  p_raw text,
  p_default_region text,
  out kind text,
  out value text
)
language plpgsql
immutable
parallel safe
as $$
declare
  v_address onethread.whatsapp_address := onethread.read_address(p_raw, p_default_region);
begin
  kind := v_address.kind;
  value := v_address.value;
end;
$$;

comment on function onethread.whatsapp_identifier(text, text) is
  'What an address identifies: (kind, value), kind one of phone (+ and digits), lid, bsuid, group, '
  'broadcast, newsletter, other; null when it identifies nobody (names, usernames, garbage, over '
  '255 characters). default_region null: bare digits are already international (a wa_id).';
