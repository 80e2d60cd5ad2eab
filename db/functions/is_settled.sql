-- Can a message be linked without a look at anything but the identity of its address?
--
-- The questions of link_message(), asked for a message that is stored already.
create or replace function public.is_settled(
  p_business_id bigint,
  p_unlinked public.whatsapp_unlinked
)
returns boolean
language plpgsql
stable
as $$
declare
  v_conversation_id bigint :=
    (public.find_owner(p_business_id, p_unlinked.address, p_unlinked.sent_at)).conversation_id;
begin
  return v_conversation_id is not null
    and p_unlinked.names is null
    and (
      p_unlinked.lead_id is null
      or public.is_lead_known(p_business_id, v_conversation_id, p_unlinked.lead_id)
      or not exists (
        select
        from public.lead l
        where l.business_id = p_business_id and l.id = p_unlinked.lead_id
      ));
end;
$$;

comment on function public.is_settled(bigint, public.whatsapp_unlinked) is
  'True when the owner of the message''s address has a conversation, and the message says nothing '
  'about aliases or a lead that is not known.';
