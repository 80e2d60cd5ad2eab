-- Hold the row of an address, as it is; make it, when nobody has used the address yet.
--
-- Of two sessions that make the same one, the second waits for the first: the unique key decides.
-- Transaction-level advisory locks would do the same, but each one stays in the server's lock
-- table until commit: a COPY of some ten thousand new people would fail for lack of shared memory.
-- A row costs nothing there.
--
-- With a conversation it is locked for share, as on the fast path; without one more strongly:
-- whoever holds it so may give it one. Asked in the locking statement again, because it may have
-- changed while it was waited for.
create or replace function onethread.lock_current_identity(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns void
language plpgsql
as $$
declare
  v_identity record;
begin
  loop
    select i.conversation_id
    into v_identity
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = p_address.kind
      and i.scope = p_address.scope
      and i.match_value = p_address.match_value
      and i.valid_until is null;

    if not found then
      insert into public.whatsapp_identity (business_id, kind, scope, value, match_value)
      values (
        p_business_id, p_address.kind, p_address.scope, p_address.value, p_address.match_value)
      on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing;
    elsif v_identity.conversation_id is null then
      perform
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.kind = p_address.kind
        and i.scope = p_address.scope
        and i.match_value = p_address.match_value
        and i.valid_until is null
      for no key update;
    else
      perform
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.kind = p_address.kind
        and i.scope = p_address.scope
        and i.match_value = p_address.match_value
        and i.valid_until is null
        and i.conversation_id is not null
      for share;
    end if;
    exit when found;
  end loop;
end;
$$;

comment on function onethread.lock_current_identity(bigint, onethread.whatsapp_address) is
  'Locks today''s identity of an address until the end of the transaction: for share, or, without a '
  'conversation, for no key update. Created without a conversation when there is none.';
