-- Where is a queued message to go, today?
--
-- To the address it has, when that may still be used; else to the one that an answer would have now;
-- else nowhere, and it says why. Nothing at all: it is another sender's.
create or replace function onethread.answer_target(
  p_message public.whatsapp_message,
  p_provider text,
  p_kinds text[],
  out identity_id bigint,
  out address text,
  out failure text
)
language plpgsql
stable
as $$
declare
  v_counterpart record := onethread.read_counterpart(p_message);
  v_provider text := coalesce(p_message.provider, p_provider);
  v_kinds text[] := coalesce(p_kinds, onethread.provider_kinds(v_provider));
  v_target record;
begin
  if p_message.conversation_id is null then
    failure := coalesce(
      'the ' || nullif(v_counterpart.reason, 'address identifies nobody'),
      case when v_counterpart.address is null then 'the address identifies nobody'
        else 'its conversation is gone' end);
    return;
  elsif p_message.send_attempts >= 8 then
    failure := 'given up: ' || p_message.send_attempts || ' times a sender took it';
    return;
  end if;

  v_target := v_counterpart.address;
  identity_id := onethread.find_usable_identity(
    p_message.business_id, p_message.conversation_id, v_counterpart.address, v_kinds);
  if identity_id is null then
    v_target := onethread.find_reply_address(
      p_message.business_id, p_message.conversation_id, v_kinds);
    identity_id := v_target.identity_id;
  end if;
  -- As its writer put it, unless that was the other side, or a number of ours.
  address := case
    when (v_target.kind, v_target.value) = (
      select r.kind, r.value
      from onethread.read_business_address(
        p_message.business_id, p_message.provider, p_message.to_number) r)
      then p_message.to_number
    else onethread.written_address(v_target.kind, v_target.value)
  end;
  if identity_id is null
    and (
      p_message.provider is not null
      or v_kinds is null
      or (onethread.find_reply_address(
        p_message.business_id, p_message.conversation_id)).identity_id is null
    )
  then
    failure := onethread.explain_wrong_address(
      p_message, v_counterpart.address, v_provider, v_kinds);
  end if;
end;
$$;

comment on function onethread.answer_target(public.whatsapp_message, text, text[]) is
  'The address to send a queued message to, and its identity; or why it cannot be sent. All null: it '
  'can, but not by a sender of these kinds (null: any), and it names no provider.';
