-- lock_person(), as often as it takes.
create or replace function onethread.hold_person(p_business_id bigint, p_key text)
returns void
language plpgsql
as $$
begin
  perform onethread.wait_for_joins(p_business_id);
  for v_try in 1..50 loop
    exit when onethread.lock_person(p_business_id, p_key);
    if v_try = 50 then
      raise exception 'others hold the person''s conversations'
        using errcode = 'lock_not_available',
          hint = 'A transaction that wrote to this person is still open. Try again.';
    end if;
  end loop;
end;
$$;

comment on function onethread.hold_person(bigint, text) is
  'Holds a person until the end of the transaction: messages to and from them wait. Raises 55P03 '
  'when others hold them for some seconds, 55000 when not under READ COMMITTED.';
