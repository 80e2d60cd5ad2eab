-- Why is this message in this conversation?
create or replace function onethread.explain_message(p_business_id bigint, p_message_id bigint)
returns table (step text, detail text, source text, at timestamptz)
language plpgsql
stable
as $$
declare
  v_message public.whatsapp_message;
  v_identity public.whatsapp_identity;
  v_counterpart record;
begin
  select m.* into v_message
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.id = p_message_id;
  if not found then
    raise exception 'there is no message % in business %', p_message_id, p_business_id
      using errcode = 'no_data_found';
  end if;
  v_counterpart := onethread.read_counterpart(v_message);
  select i.* into v_identity
  from public.whatsapp_identity i
  where i.business_id = p_business_id and i.id = v_message.identity_id;

  return query
  select
    'address',
    coalesce(
      onethread.message_counterpart(
        v_message.direction, v_message.from_number, v_message.to_number)
        || coalesce(' = ' || onethread.address_key(v_counterpart.address), ''),
      v_counterpart.reason, 'no address'),
    coalesce(v_message.provider, v_message.source)::text, onethread.message_sent_at(v_message);
  if v_identity.id is null then
    return query
    select 'conversation', coalesce(v_message.conversation_id::text, v_counterpart.reason, 'none'),
      null::text, onethread.storable_time(v_message.created_at::timestamptz);
    return;
  end if;

  return query
  select e.step, e.detail, e.source, e.at from onethread.explain_identity(v_identity) as e;
  return query
  select e.step, e.detail, e.source, e.at
  from onethread.explain_merges(p_business_id, v_message.conversation_id) as e;
  return query
  select 'conversation', c.id || coalesce(' (' || c.canonical_key || ')', ''), null::text,
    onethread.storable_time(c.created_at::timestamptz)
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = v_message.conversation_id;
end;
$$;

comment on function onethread.explain_message(bigint, bigint) is
  'Step by step: the address, the identifier it was read as, the evidence about it with source and '
  'time, the joins, the conversation. Raises P0002 for an unknown message.';
