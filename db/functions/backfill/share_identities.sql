-- Hold the identities of messages for share, as the fast path of link_message_trigger() does: a
-- join waits, so that no message goes to a conversation that is being joined away.
--
-- "offset 0" keeps a probe for each message from becoming a join that reads all identities.
create or replace function onethread.share_identities(
  p_business_id bigint,
  p_unlinked onethread.whatsapp_unlinked[],
  p_last_id bigint
)
returns void
language plpgsql
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  perform
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id = any (array(
      select found.id
      from unnest(p_unlinked) as u
      cross join lateral (
        select o.id
        from public.whatsapp_identity o
        where o.business_id = p_business_id
          and o.kind = (u.address).kind
          and o.scope = (u.address).scope
          and o.match_value = (u.address).match_value
        offset 0
      ) found
      where u.message_id <= p_last_id
    ))
  order by i.id
  for share;
end;
$$;

comment on function onethread.share_identities(bigint, onethread.whatsapp_unlinked[], bigint) is
  'Locks, for share, the identities of the addresses of those messages with ids up to last_id.';
