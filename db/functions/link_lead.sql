-- A lead with a phone takes the conversation of that phone; a lead that goes gives it back.
--
-- The phone's identity is claimed even when nobody has written yet: its row is where this lead and
-- a first message in another session meet, so that one of the two sees the other.
-- A changed phone keeps the conversation the lead has; the old phone stays an alias of it.
create or replace function public.link_lead()
returns trigger
language plpgsql
security definer
set search_path = public, pg_temp
as $$
declare
  v_address public.whatsapp_address;
  v_owned record;
  v_conversation_id bigint;
begin
  if tg_op <> 'INSERT' and old.phone_match_value is not null then
    perform public.release_lead_phone(old.business_id, old.phone_match_value);
  end if;

  if tg_op <> 'DELETE' and new.phone_match_value is not null then
    v_address := row('phone', '', new.phone_match_value, new.phone_match_value);
    if not public.is_own_address(new.business_id, v_address) then
      loop
        perform public.claim_identities(new.business_id, array[v_address]);
        v_owned := public.lock_identities(new.business_id, array[v_address]);
        exit when v_owned.is_complete;
      end loop;
      if v_owned.conversation_id is not null then
        perform public.rekey_conversation(new.business_id, v_owned.conversation_id, new.id);
      end if;
    end if;
  end if;

  if tg_op = 'DELETE' then
    select c.id into v_conversation_id
    from public.whatsapp_conversation c
    where c.business_id = old.business_id
      and c.canonical_key = public.canonical_key(old.business_id, old.id, null, null);
    if found then
      perform public.rekey_conversation(old.business_id, v_conversation_id);
    end if;
  end if;
  return null;
end;
$$;

comment on function public.link_lead() is
  'AFTER INSERT, UPDATE OF phone, DELETE on lead: promotes the phone''s conversation to the '
  'lead''s key, or re-keys the conversation that the lead had.';
