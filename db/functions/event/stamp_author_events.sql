-- Who somebody is has become known, or was taken back: what they edited, deleted or reacted to is to be
-- read again, see list_changes().
--
-- One event for each message is enough to tell. The caller holds the people.
create or replace function onethread.stamp_author_events(p_business_id bigint, p_keys text[])
returns void
language plpgsql
as $$
declare
  v_now constant bigint := pg_current_xact_id()::text::bigint;
  v_key text;
begin
  -- One by one, as in identity_component().
  foreach v_key in array p_keys loop
    update public.whatsapp_message_event e
    set changed_in = v_now
    where e.business_id = p_business_id
      and e.id in (
        select min(o.id)
        from public.whatsapp_message_event o
        where o.business_id = p_business_id
          and o.author_key = v_key
        group by o.provider_message_id
      )
      and e.changed_in is distinct from v_now;
  end loop;
end;
$$;

comment on function onethread.stamp_author_events(bigint, text[]) is
  'Marks what the owners of these identifier_key()s did to messages as changed now.';
