-- First contact of nearly everybody: one plain phone, of which nothing else is known. One statement.
--
-- The identity goes in before its conversation: its unique key decides who is first. Whoever loses takes
-- the long way (resolve_message), as does all that is not plain: an own number, evidence (a lead's record
-- is evidence), an address that is or was somebody's, a LID of the same digits, everybody of a business
-- that has erased somebody.
--
-- The statement reads what was there when it began, and it may wait for the key: so what is said of a
-- person without leaving the key taken, evidence and an erasure, is asked about again when it is held.
-- And there may be a conversation of that name, or a program's own trigger may be making it: then ours
-- goes in without a name, so that the identity leads somewhere, and gives way to it.
create or replace function onethread.welcome_person(
  p_business_id bigint,
  p_phone text,
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  v_address constant onethread.whatsapp_address := row('phone', '', p_phone, p_phone);
  v_digits constant text := substr(p_phone, 2);
  v_key constant text := 'phone::' || p_phone;
  v_name constant text := 'phone:' || p_business_id || ':' || p_phone;
  v_unnamed_id bigint;
begin
  with identity as (
    insert into public.whatsapp_identity (business_id, kind, value, match_value, conversation_id)
    select
      p_business_id, 'phone', p_phone, p_phone, nextval('public.whatsapp_conversation_id_seq')
    where not exists (
        select from public.whatsapp_identity i
        where i.business_id = p_business_id and i.match_value = p_phone
      )
      and not exists (
        select from public.whatsapp_identity i
        where i.business_id = p_business_id and i.match_value = v_digits
      )
      and not onethread.has_evidence(p_business_id, v_key)
      and not onethread.is_own_address(p_business_id, v_address)
      and not exists (select from onethread.erasure_secret s where s.business_id = p_business_id)
    on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing
    returning id, whatsapp_identity.conversation_id
  ), named as (
    insert into public.whatsapp_conversation (business_id, id, canonical_key) overriding system value
    select p_business_id, i.conversation_id, v_name
    from identity i
    on conflict (business_id, canonical_key) where canonical_key is not null do nothing
    returning id
  ), unnamed as (
    insert into public.whatsapp_conversation (business_id, id) overriding system value
    select p_business_id, i.conversation_id
    from identity i
    where not exists (select from named)
    returning id
  )
  select i.conversation_id, i.id, u.id
  into welcome_person.conversation_id, welcome_person.identity_id, v_unnamed_id
  from identity i left join unnamed u on true;

  if identity_id is null then
    return;
  end if;
  if v_unnamed_id is not null then
    conversation_id := onethread.resolve_canonical_conversation(p_business_id, v_address);
    update public.whatsapp_identity i
    set conversation_id = welcome_person.conversation_id
    where i.business_id = p_business_id and i.id = identity_id;
    delete from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.id = v_unnamed_id;
  end if;
  if exists (select from onethread.erasure_secret s where s.business_id = p_business_id) then
    perform onethread.refuse_erased(p_business_id, array[v_key], '1970-01-01 00:00+00');
  end if;
  if onethread.has_evidence(p_business_id, v_key) then
    conversation_id := null;
    identity_id := null;
  end if;
end;
$$;

comment on function onethread.welcome_person(bigint, text) is
  'The new conversation and identity of a plain_phone() of which nothing is known; nulls: it is for '
  'resolve_message() to say. Raises 40001 when the person was erased while it waited.';
