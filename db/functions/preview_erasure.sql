-- Who would be erased?
create or replace function public.preview_erasure(
  p_business_id bigint,
  p_address text,
  out addresses text[],
  out messages bigint,
  out leads bigint
)
language plpgsql
stable
as $$
declare
  v_key text := public.person_key(p_business_id, p_address);
  v_identities public.whatsapp_identity[] := array(
    select i from public.person_identities(p_business_id, v_key) as i);
begin
  addresses := array(
    select distinct i.value || case when i.kind = 'lid' then '@lid' else '' end
    from unnest(v_identities) as i);
  messages := (
    select count(*)
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id in (select i.conversation_id from unnest(v_identities) as i)
  );
  leads := cardinality(public.person_leads(p_business_id, v_key));
end;
$$;

comment on function public.preview_erasure(bigint, text) is
  'What start_erasure() would take: the person''s addresses, how many messages their conversations '
  'have, how many leads are theirs. Their part in groups is not counted. Raises 22023 when the '
  'address is no person''s.';
