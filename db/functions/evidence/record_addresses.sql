-- What a message says about its people, as evidence: its identifiers are one person, its lead too.
--
-- In one order for all sessions: two may write the same pairs.
create or replace function onethread.record_addresses(
  p_business_id bigint,
  p_main onethread.whatsapp_address,
  p_addresses onethread.whatsapp_address[],
  p_source text,
  p_sent_at timestamptz
)
returns void
language plpgsql
as $$
declare
  v_address onethread.whatsapp_address;
begin
  if cardinality(p_addresses) = 1 then
    return;
  end if;
  for v_address in
    select a.kind, a.scope, a.value, a.match_value
    from unnest(p_addresses) as a
    order by onethread.address_key(a) collate "C"
  loop
    perform onethread.record_evidence(p_business_id, p_main, v_address, p_source, p_sent_at);
  end loop;
end;
$$;

comment on function onethread.record_addresses(
  bigint, onethread.whatsapp_address, onethread.whatsapp_address[], text, timestamptz) is
  'record_evidence() between the main address and each other one. The caller holds them all '
  '(lock_component): who holds a row of evidence waits for nobody''s identity.';
