-- The lead and the canonical key that a conversation should have.
--
-- One lead for each conversation: of those that claim it (its present one, the given one) the
-- lowest id, else the lowest whose record has one of its phones (unless a human said "different" of
-- that lead: then only the rule gives it anybody). A lead or key that another conversation holds is
-- not taken from it.
create or replace function onethread.derive_conversation_key(
  p_business_id bigint,
  p_conversation_id bigint,
  p_lead_id bigint,
  out lead_id bigint,
  out canonical_key text,
  out is_changed boolean
)
language plpgsql
stable
as $$
declare
  v_conversation public.whatsapp_conversation;
  v_key text;
begin
  select c.* into v_conversation
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_conversation_id;

  lead_id := coalesce(
    (
      select min(l.id)
      from (values (v_conversation.lead_id), (p_lead_id)) as l (id)
      where onethread.is_key_free(
        p_business_id, onethread.canonical_key(p_business_id, l.id, null, null), p_conversation_id)
    ),
    (
      select min(l.id)
      from public.whatsapp_identity i
      inner join public.lead l
        on l.business_id = i.business_id and l.phone_match_value = i.match_value
      where i.business_id = p_business_id
        and i.conversation_id = p_conversation_id
        and i.kind = 'phone'
        and not onethread.is_contradicted(
          p_business_id, onethread.lead_key(l.id))
        and onethread.is_key_free(
          p_business_id, onethread.canonical_key(p_business_id, l.id, null, null), p_conversation_id)
    ));

  select onethread.canonical_key(p_business_id, derive_conversation_key.lead_id, i.kind, i.value)
  into v_key
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.conversation_id = p_conversation_id
    and i.is_current
  order by onethread.identifier_rank(i.kind, i.scope), i.id
  limit 1;

  -- Nobody uses an identifier of it today: a lead's, or one that a program named as it likes. What it
  -- was named by otherwise belongs to somebody else now.
  v_key := coalesce(
    v_key,
    onethread.canonical_key(p_business_id, derive_conversation_key.lead_id, null, null),
    case
      when not onethread.has_identity(p_business_id, p_conversation_id)
        and onethread.is_free_name(p_business_id, v_conversation.canonical_key)
        then v_conversation.canonical_key
    end);
  canonical_key := case
    when v_key is null then null
    when onethread.is_key_free(p_business_id, v_key, p_conversation_id) then v_key
    else v_conversation.canonical_key
  end;
  is_changed := (v_conversation.lead_id, v_conversation.canonical_key)
    is distinct from (lead_id, canonical_key);
end;
$$;

comment on function onethread.derive_conversation_key(bigint, bigint, bigint) is
  'Lead and canonical key by the rule, and whether they differ from what the row says.';
