-- Who the other side of a message is, or why that cannot be said.
--
-- The first address that counts is the counterpart's (message_counterpart); when that turns out to
-- be the business's own number, the other one is tried: the business is never its own customer. An
-- address that says nothing leaves the attested aliases, which name the same person; in a group they
-- are the participant's.
create or replace function onethread.read_counterpart(
  p_message public.whatsapp_message,
  out address onethread.whatsapp_address,
  out reason text
)
language plpgsql
stable
as $$
declare
  v_text text := onethread.message_counterpart(
    p_message.direction, p_message.from_number, p_message.to_number);
  v_other text := case when v_text is distinct from p_message.from_number
    then p_message.from_number else p_message.to_number end;
begin
  loop
    address := onethread.read_business_address(
      p_message.business_id, p_message.provider, v_text);
    exit when address is null;
    address := coalesce(
      onethread.find_lid_of_digits(p_message.business_id, address), address);
    exit when not onethread.is_own_address(p_message.business_id, address);

    address := null;
    reason := 'address belongs to the business itself';
    exit when v_other is null;
    v_text := v_other;
    v_other := null;
  end loop;

  if address is null and reason is null and p_message.participant is null
    and p_message.contact_aliases is not null
    and onethread.message_direction(p_message.direction) is not null
  then
    address := (onethread.alias_addresses(p_message.business_id, p_message.contact_aliases))[1];
  end if;
  if address is not null then
    reason := null;
  elsif reason is null then
    reason := case
      when coalesce(btrim(p_message.from_number), '') = ''
        and coalesce(btrim(p_message.to_number), '') = '' then 'no address'
      when onethread.message_direction(p_message.direction) is null then 'unknown direction'
      when coalesce(btrim(v_text), '') = '' then 'no address of the counterpart'
      when length(v_text) > 255 then 'address is over 255 characters'
      else 'address identifies nobody'
    end;
  end if;
end;
$$;

comment on function onethread.read_counterpart(public.whatsapp_message) is
  'The counterpart of a message as (kind, scope, value, match_value); else null and the reason.';
