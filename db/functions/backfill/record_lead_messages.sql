-- What the messages of a thread say about its lead, written down before the lead's phone is read anew.
--
-- A message that names the lead which its thread has is recorded nowhere: the lead is known.
create or replace function onethread.record_lead_messages(
  p_business_id bigint,
  p_lead_id bigint,
  p_match_value text
)
returns void
language plpgsql
as $$
declare
  v_named record;
begin
  for v_named in
    select n.address, min(onethread.message_sent_at(m)) as sent_at
    from public.whatsapp_identity i
    inner join public.whatsapp_message m
      on m.business_id = i.business_id and m.conversation_id = i.conversation_id
    cross join lateral (
      select onethread.main_address(
        onethread.message_addresses(m, (onethread.read_counterpart(m)).address)) as address
    ) n
    where i.business_id = p_business_id
      and i.kind = 'phone'
      and i.scope = ''
      and i.match_value = p_match_value
      and i.valid_until is null
      and m.lead_id = p_lead_id
      and (n.address).kind in ('phone', 'lid', 'bsuid')
    group by n.address
  loop
    perform onethread.record_evidence(
      p_business_id, onethread.lead_address(p_lead_id), v_named.address, 'message', v_named.sent_at);
  end loop;
end;
$$;

comment on function onethread.record_lead_messages(bigint, bigint, text) is
  'Evidence between a lead and whoever wrote a message that names it, in the thread that the phone '
  'leads to.';
