-- Hold everything of a person, with all evidence about it applied, until the transaction ends.
--
-- Who is in the way wins, as in a join: then once more.
create or replace function onethread.lock_person(p_business_id bigint, p_key text)
returns void
language plpgsql
as $$
declare
  v_try int := 1;
begin
  perform onethread.wait_for_joins(p_business_id);
  while not onethread.try_lock_person(p_business_id, p_key) loop
    v_try := onethread.next_try(v_try, 'cannot hold the person');
  end loop;
end;
$$;

comment on function onethread.lock_person(bigint, text) is
  'Holds a person until the end of the transaction: messages to and from them wait. Raises 55P03 '
  'when others hold them for some seconds, 55000 when not under READ COMMITTED.';
