-- What a person is called: by their leads, and by themselves.
--
-- Only in two words or more: a first name alone would be anybody's.
create or replace function onethread.person_names(
  p_business_id bigint,
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

comment on function onethread.person_names(bigint, bigint[], bigint[]) is
  'Names of two words or more that the leads have and that the person showed in the newest messages, as '
  'in readable_text().';
