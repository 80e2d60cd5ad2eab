-- An answer to a person, to be delivered by `onethread send-queued`.
--
-- It stays in the conversation it is queued in (link_answer()), and its address is asked again when
-- it is sent. The key makes it safe to say it twice, for as long as the message is kept.
create or replace function onethread.queue_message(
  p_business_id bigint,
  p_conversation_id bigint,
  p_body text,
  p_source text default 'agent',
  p_key text default null,
  p_send_after timestamptz default null,
  p_template jsonb default null
)
returns bigint
language plpgsql
as $$
declare
  v_conversation_id bigint := onethread.find_conversation_by_id(p_business_id, p_conversation_id);
  v_answer record;
  v_message record;
begin
  if v_conversation_id is null then
    raise exception 'there is no conversation % in business %', p_conversation_id, p_business_id
      using errcode = 'no_data_found';
  end if;
  if p_key is not null then
    insert into onethread.answer_key (business_id, conversation_id, key)
    values (p_business_id, p_conversation_id, p_key)
    on conflict do nothing;
    if not found then
      return null;
    end if;
  end if;

  v_answer := onethread.find_reply_address(p_business_id, v_conversation_id);
  if v_answer.address is null then
    raise exception 'conversation % of business % cannot be answered: %', p_conversation_id,
      p_business_id, onethread.explain_no_address(p_business_id, v_conversation_id)
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Insert a row with status queued and an address of theirs, or wait until they write.';
  end if;
  insert into public.whatsapp_message (
    business_id, conversation_id, direction, source, from_number, to_number, kind, body, media,
    provider, provider_message_id, status, send_after
  )
  values (
    p_business_id, v_conversation_id, 'outbound', p_source, v_answer.own_number, v_answer.address,
    case when p_template is null then 'text' else 'template' end, p_body,
    case when p_template is not null then jsonb_build_object('template', p_template) end,
    case when p_template is null then v_answer.provider else 'meta_cloud' end, 'queued:' || gen_random_uuid(), 'queued', p_send_after
  )
  returning id, conversation_id into v_message;
  if v_message.conversation_id is null then
    raise exception 'conversation % of business % has just gone', p_conversation_id, p_business_id
      using errcode = 'no_data_found';
  end if;
  update onethread.answer_key k
  set message_id = v_message.id
  where k.business_id = p_business_id
    and k.conversation_id = p_conversation_id
    and k.key = p_key;
  return v_message.id;
end;
$$;

comment on function onethread.queue_message(
  bigint, bigint, text, text, text, timestamptz, jsonb) is
  'Queues a message to the conversation''s reply address, not to be sent before send_after; template: '
  'what the Cloud API is to be sent in place of the body, {name, language, parameters}; returns '
  'its id, null when this conversation was given a message with this key before. Raises P0002 when '
  'there is no such conversation, 55000 when no address of it can be written to.';
