-- Is a message this sender's to deliver?
--
-- It is when it names no other provider and no other number of ours. A number that cannot be read, or
-- that is of another kind (the own LID), tells nothing.
create or replace function onethread.is_senders_message(
  p_message public.whatsapp_message,
  p_provider text,
  p_own_address onethread.whatsapp_address
)
returns boolean
language plpgsql
stable
as $$
declare
  v_own onethread.whatsapp_address;
begin
  if p_message.provider <> p_provider then
    return false;
  elsif p_own_address.kind is null or coalesce(p_message.from_number, '') = '' then
    return true;
  end if;
  v_own := onethread.read_business_address(
    p_message.business_id, p_message.provider, p_message.from_number);
  return v_own.kind is distinct from p_own_address.kind
    or v_own.match_value = p_own_address.match_value;
end;
$$;

comment on function onethread.is_senders_message(
  public.whatsapp_message, text, onethread.whatsapp_address) is
  'True unless the message names another provider, or another own number; null of either: any.';
