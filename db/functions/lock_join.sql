-- Hold everything that a join moves, or nothing.
--
-- One join at a time in a business; conversations before identities; and never more than a moment
-- for each: a session that waits here may itself be in somebody's way. "for no key update" on the
-- conversation, because a message that is being inserted holds a key share of it; the writers are
-- kept out by the identities, which every one of them reads for share.
create or replace function public.lock_join(
  p_business_id bigint,
  p_keys text[],
  p_conversation_ids bigint[]
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_key text;
  v_address public.whatsapp_address;
begin
  perform pg_advisory_xact_lock(hashtextextended('whatsapp_identity', p_business_id));
  perform
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = any (p_conversation_ids)
  order by c.id
  for no key update;

  foreach v_key in array p_keys loop
    v_address := public.key_address(v_key);
    perform
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
    order by i.id
    for no key update;
  end loop;
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function public.lock_join(bigint, text[], bigint[]) is
  'Takes the business''s resolution lock, the conversations and all identities of the keys; false, '
  'and none of them held, when one was not to be had within 100 ms.';
