-- Forget a phone that was only ever a lead's: no message, and no other lead has it.
--
-- Skip locked: who holds the row is just linking its first message, and may be waiting for the
-- lead that this transaction deletes.
create or replace function public.release_lead_phone(
  p_business_id bigint,
  p_match_value text
)
returns void
language sql
as $$
delete from public.whatsapp_identity d
where d.business_id = p_business_id
  and d.id in (
    select i.id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = 'phone'
      and i.scope = ''
      and i.match_value = p_match_value
      and i.valid_until is null
      and i.conversation_id is null
      and not exists (
        select
        from public.lead l
        where l.business_id = p_business_id
          and l.phone_match_value = p_match_value
      )
    for update of i skip locked
  )
$$;

comment on function public.release_lead_phone(bigint, text) is
  'Deletes the identity of a phone that nobody has written to or from and no lead has any more.';
