-- What a person is called: by their leads, by themselves, and in an address book.
--
-- Only in two words or more: a first name alone would be anybody's.
create or replace function onethread.person_names(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_lead_ids bigint[],
  p_conversation_ids bigint[]
)
returns text[]
language plpgsql
stable
as $$
begin
  return array(
    select distinct n.name
    from (
      select l.name
      from public.lead l
      where l.business_id = p_business_id and l.id = any (p_lead_ids)
      union all
      select c.name
      from onethread.list_names(p_business_id, p_identities) as c
      union all
      select s.name
      from unnest(p_identities) as i
      inner join onethread.shown_name s on s.business_id = p_business_id and s.identity_id = i.id
      union all
      select recent.sender_name
      from unnest(p_conversation_ids) as c (id)
      cross join lateral (
        select m.direction, m.sender_name
        from public.whatsapp_message m
        where m.business_id = p_business_id and m.conversation_id = c.id
        order by m.sent_at desc, m.id desc
        limit 1000
      ) recent
      where onethread.message_direction(recent.direction) = 'inbound'
    ) given
    cross join lateral btrim(regexp_replace(
      onethread.readable_text(given.name), '\s+', ' ', 'g')) as n (name)
    where n.name ~ '[[:alpha:]].* .*[[:alpha:]]' and length(n.name) between 5 and 255);
end;
$$;

comment on function onethread.person_names(
  bigint, public.whatsapp_identity[], bigint[], bigint[]) is
  'Names of two words or more that the leads have, that the person showed and that contact_name has, as '
  'in readable_text().';
