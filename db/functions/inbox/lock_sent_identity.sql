-- Before it is written what became of an answer: whom it was sent to is held.
--
-- Who joins or parts conversations moves what is still to be sent in one statement, what was sent in
-- another: a row that went from one to the other meanwhile would be left behind. Held before the row,
-- in the order of all writers.
create or replace function onethread.lock_sent_identity(p_business_id bigint, p_message_id bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_identity_id bigint;
  v_held_id bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.lock_sent_identity(bigint, bigint)');
  for v_try in 1..50 loop
    select m.identity_id into v_identity_id
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.id = p_message_id;
    exit when v_identity_id is null or v_identity_id = v_held_id;
    perform
    from public.whatsapp_identity i
    where i.business_id = p_business_id and i.id = v_identity_id
    for share;
    v_held_id := v_identity_id;
  end loop;
end;
$$;

comment on function onethread.lock_sent_identity(bigint, bigint) is
  'Locks the identity of a message for share until the transaction ends; waits for who changes it.';
