-- Hold leads and today's identities: the leads first, then in byte order of the keys.
--
-- The leads, because two first messages of one lead, under two addresses, meet nowhere else.
create or replace function onethread.lock_keys(
  p_business_id bigint,
  p_keys text[],
  p_addresses onethread.whatsapp_address[]
)
returns void
language plpgsql
as $$
declare
  v_key text;
  v_address onethread.whatsapp_address;
begin
  for v_key in
    select k.key
    from unnest(p_keys) as k (key)
    order by not onethread.is_lead_key(k.key), k.key collate "C"
  loop
    if onethread.is_lead_key(v_key) then
      perform
      from public.lead l
      where l.business_id = p_business_id and l.id = onethread.lead_id(v_key)
      for no key update;
    else
      v_address := onethread.key_address(v_key);
      v_address.value := coalesce(
        (select a.value from unnest(p_addresses) as a where onethread.address_key(a) = v_key limit 1),
        v_address.value);
      perform onethread.lock_current_identity(p_business_id, v_address);
    end if;
  end loop;
end;
$$;

comment on function onethread.lock_keys(bigint, text[], onethread.whatsapp_address[]) is
  'lock_current_identity() for identifiers, "for no key update" for leads; addresses: the values '
  'that new identities get.';
