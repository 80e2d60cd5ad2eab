-- From when on was whoever is behind an event the one who they were when it happened? The last time
-- before it at which its author or its address passed to somebody.
create or replace function onethread.act_since(p_event public.whatsapp_message_event)
returns timestamptz
language plpgsql
stable
as $$
declare
  v_address onethread.whatsapp_address := onethread.read_business_address(
    p_event.business_id, p_event.provider, p_event.address);
begin
  return (
    select coalesce(max(i.valid_from), '-infinity')
    from unnest(array[p_event.author_key, onethread.address_key(v_address)]) as k (key)
    cross join lateral onethread.key_address(k.key) as a
    inner join public.whatsapp_identity i
      on i.business_id = p_event.business_id
      and i.kind = a.kind
      and i.scope = a.scope
      and i.match_value = a.match_value collate "default"
    where i.valid_from > '1970-01-01 00:00+00'
      and i.valid_from <= p_event.occurred_at
  );
end;
$$;

comment on function onethread.act_since(public.whatsapp_message_event) is
  'When the epoch began in which an event happened; -infinity: nobody else had the identifiers before.';
