-- Messages go where they would go if they came now; who can be read no more stays where it is.
create or replace function onethread.relink_stale_messages(p_left text[])
returns void
language plpgsql
as $$
declare
  v_stale record;
  v_message public.whatsapp_message;
begin
  for v_stale in
    select s.business_id, s.message_id
    from onethread.list_stale_messages() s
    where s.address is not null
      and onethread.phone_change(s.business_id, s.before, (s.address).value) <> all (p_left)
  loop
    select m.* into v_message
    from public.whatsapp_message m
    where m.business_id = v_stale.business_id and m.id = v_stale.message_id;
    perform onethread.link_message_again(v_message);
  end loop;
end;
$$;

comment on function onethread.relink_stale_messages(text[]) is
  'link_message_again() for list_stale_messages(), but for those that identify nobody any more and '
  'those that are left (phone_change).';
