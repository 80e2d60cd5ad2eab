-- May an answer go to this identifier of the person?
--
-- It leads to the person today, but that is not enough: the account may have been rotated, the number
-- corrected in the CRM, or the person may have another phone by now. What they wrote from after that
-- was known is theirs whatever is said; of a lead's number the CRM's word counts as much as what was
-- said before it.
create or replace function onethread.is_usable_identity(p_identity public.whatsapp_identity)
returns boolean
language plpgsql
stable
as $$
declare
  v_current public.whatsapp_identity;
  v_current_at timestamptz;
begin
  if p_identity.valid_until is not null
    or onethread.is_retired_identity(p_identity)
    or onethread.is_former_lead_phone(p_identity)
  then
    return false;
  elsif p_identity.is_current then
    return true;
  end if;

  select i.* into v_current
  from public.whatsapp_identity i
  where i.business_id = p_identity.business_id
    and i.conversation_id = p_identity.conversation_id
    and i.kind = p_identity.kind
    and i.scope = p_identity.scope
    and i.valid_until is null
    and i.is_current
    -- Another spelling of one number is no other number.
    and not exists (
      select
      from onethread.identity_key(i) as one (key)
      cross join onethread.identity_key(p_identity) as other (key)
      inner join public.whatsapp_identity_evidence e
        on e.business_id = i.business_id
        and e.relation = 'same'
        and e.weight = 'attested'
        and e.a_key in (one.key, other.key)
        and e.b_key in (one.key, other.key)
      where i.kind = 'phone'
    )
  limit 1;
  if not found then
    return true;
  end if;
  v_current_at := onethread.identity_seen_at(v_current);
  return coalesce(onethread.last_written_at(p_identity) > v_current_at, false)
    or onethread.is_lead_phone(p_identity)
      and onethread.identity_seen_at(p_identity) >= v_current_at;
end;
$$;

comment on function onethread.is_usable_identity(public.whatsapp_identity) is
  'True for an identifier of today''s that was not retired, and is current or was written from after '
  'another one became so, and is no former phone of a lead.';
