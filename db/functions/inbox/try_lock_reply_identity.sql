-- A sender is about to write to this identifier: it leads where it led until the claim is committed.
--
-- For share, as every writer holds it. Nobody is waited for: who joins, or gives the number away, has
-- it, and the message is for the next claim.
create or replace function onethread.try_lock_reply_identity(
  p_business_id bigint,
  p_identity_id bigint,
  p_conversation_id bigint
)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform onethread.check_caller(
    p_business_id, 'onethread.try_lock_reply_identity(bigint, bigint, bigint)');
  perform
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id = p_identity_id
    and i.conversation_id = p_conversation_id
    and i.valid_until is null
  for share skip locked;
  return found;
end;
$$;

comment on function onethread.try_lock_reply_identity(bigint, bigint, bigint) is
  'Locks an identity for share when it leads to this conversation today and nobody is changing it; '
  'false: not now.';
