-- link_message_again(), one after the other.
create or replace function onethread.link_messages_again(p_business_id bigint, p_message_ids bigint[])
returns void
language plpgsql
as $$
declare
  v_id bigint;
  v_message public.whatsapp_message;
begin
  foreach v_id in array coalesce(p_message_ids, '{}') loop
    select m.* into v_message
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.id = v_id;
    perform onethread.link_message_again(v_message);
  end loop;
end;
$$;

comment on function onethread.link_messages_again(bigint, bigint[]) is
  'Sets conversation_id and identity_id of these messages anew from their addresses.';
