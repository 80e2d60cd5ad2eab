-- The first word is ours: to a number that nobody has written to or from, or to whoever has it.
--
-- A stranger gets a thread by an ordinary INSERT, as a campaign makes one. Said twice at the same time
-- with one key it is one message, by the id that the key makes.
create or replace function onethread.start_conversation(
  p_business_id bigint,
  p_address text,
  p_body text,
  p_source text default 'agent',
  p_key text default null,
  p_template jsonb default null
)
returns bigint
language plpgsql
as $$
declare
  v_conversation_id bigint := onethread.find_conversation(p_business_id, p_address);
  v_address onethread.whatsapp_address;
  v_message record;
begin
  if v_conversation_id is not null then
    perform onethread.queue_message(
      p_business_id, v_conversation_id, p_body, p_source, p_key, p_template => p_template);
    return v_conversation_id;
  end if;
  v_address := onethread.read_business_address(p_business_id, null, p_address);
  if v_address.kind is null or v_address.kind not in ('phone', 'bsuid', 'lid')
    or onethread.is_own_address(p_business_id, v_address) then
    raise exception '% is nobody''s number whom one could write to', p_address
      using errcode = 'invalid_parameter_value',
        hint = 'Write it as it is dialled, or with + and country code.';
  end if;
  insert into public.whatsapp_message (
    business_id, direction, source, to_number, kind, body, media, provider, provider_message_id,
    status
  )
  values (
    p_business_id, 'outbound', p_source, onethread.address_spelling(v_address),
    case when p_template is null then 'text' else 'template' end, p_body,
    case when p_template is not null then jsonb_build_object('template', p_template) end,
    case when p_template is not null then 'meta_cloud' end,
    'queued:' || coalesce(p_key, gen_random_uuid()::text), 'queued'
  )
  returning id, conversation_id into v_message;
  if v_message.conversation_id is null then
    raise exception '% cannot be written to', p_address
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  insert into onethread.answer_key (business_id, conversation_id, key, message_id)
  select p_business_id, v_message.conversation_id, p_key, v_message.id
  where p_key is not null
  on conflict do nothing;
  return v_message.conversation_id;
end;
$$;

comment on function onethread.start_conversation(bigint, text, text, text, text, jsonb) is
  'Queues a message to an address in any spelling, also to one that nobody has written to or from yet, '
  'and returns the conversation; key and template as in queue_message(). Raises 22023 when it is '
  'nobody''s address.';
