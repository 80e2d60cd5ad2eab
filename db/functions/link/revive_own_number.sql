-- A number is the business's own no more: it may be a person, and what names it counts again.
--
-- Its messages were linked by their other side, or not at all. No index finds them: all messages of
-- the business are looked through, the spellings first, of which there are few.
create or replace function onethread.revive_own_number(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns void
language plpgsql
as $$
declare
  v_conversation_id bigint;
  v_spellings text[];
  v_message_ids bigint[];
begin
  if onethread.is_own_address(p_business_id, p_address) then
    -- In another spelling.
    return;
  end if;
  -- A program may have made one under its name.
  for v_conversation_id in
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.canonical_key is not null
      and not onethread.has_identity(p_business_id, c.id)
      and onethread.address_key(onethread.read_conversation_key(p_business_id, c.canonical_key))
        = onethread.address_key(p_address)
    order by c.id
  loop
    perform onethread.adopt_conversation(p_business_id, v_conversation_id, true);
  end loop;
  v_spellings := array(
    select distinct s.text
    from (
      select distinct
        onethread.message_counterpart(m.direction, m.from_number, m.to_number) as text, m.provider
      from public.whatsapp_message m
      where m.business_id = p_business_id
    ) s
    where onethread.address_key(
        onethread.read_business_address(p_business_id, s.provider, s.text))
      = onethread.address_key(p_address)
  );
  if v_spellings <> '{}' or exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.inert_reason is not null
  ) then
    perform onethread.wait_for_joins(p_business_id);
    perform onethread.revive_evidence(p_business_id, onethread.address_key(p_address));
  end if;
  v_message_ids := array(
    select m.id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and onethread.message_counterpart(m.direction, m.from_number, m.to_number)
        = any (v_spellings)
      and not m.is_backfill_pending
    order by m.id
  );
  perform onethread.link_messages_again(p_business_id, v_message_ids);
end;
$$;

comment on function onethread.revive_own_number(bigint, onethread.whatsapp_address) is
  'After an address has ceased to be the business''s own: evidence about it counts again, and its '
  'messages are linked anew.';
