-- Conversations by what they are called: the lead, the address book, the person, a group's subject.
--
-- All names are searched, in three indexes; the newest conversations are not looked for first, so the
-- page is bounded by how many names fit at all. A name of contact_name is that of whoever had the
-- identifier when it was given, as in known_name().
create or replace function onethread.search_names(
  p_business_id bigint,
  p_text text,
  p_limit int
)
returns setof bigint
language plpgsql
stable
rows 50
as $$
declare
  v_query constant tsquery := quote_literal('business ' || p_business_id)::tsquery
    && onethread.name_query(p_text);
begin
  if v_query is null then
    return;
  end if;
  return query
  (
    select c.id::bigint
    from public.lead l
    inner join public.whatsapp_conversation c
      on c.business_id = l.business_id and c.lead_id = l.id
    where l.business_id = p_business_id
      and l.name is not null
      and array_to_tsvector(array['business ' || l.business_id])
        || onethread.name_words(l.name::text) @@ v_query
    limit p_limit
  )
  union
  (
    select i.conversation_id
    from onethread.shown_name n
    inner join public.whatsapp_identity i
      on i.business_id = n.business_id and i.id = n.identity_id
    where n.business_id = p_business_id
      and i.conversation_id is not null
      and array_to_tsvector(array['business ' || n.business_id]) || onethread.name_words(n.name)
        @@ v_query
    limit p_limit
  )
  union
  (
    select i.conversation_id
    from onethread.contact_name n
    cross join lateral onethread.key_identities(n.business_id, array[n.key]) as i
    where n.business_id = p_business_id
      and i.conversation_id is not null
      and n.told_at >= i.valid_from
      and (i.valid_until is null or n.told_at < i.valid_until)
      and array_to_tsvector(array['business ' || n.business_id]) || onethread.name_words(n.name)
        @@ v_query
    limit p_limit
  );
end;
$$;

comment on function onethread.search_names(bigint, text, int) is
  'Conversations whose lead, address book entry, shown name, username or subject has words that begin '
  'with these; up to so many of each kind, in no order.';
