-- Conversations by a part of a number: the last digits, which the index finds, else any part of it.
--
-- Also without the zeros that people put in front of a number and that are no part of it; with a + the
-- beginning is meant. A LID or the id of a group is asked for as a whole.
create or replace function onethread.search_numbers(
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
  v_typed constant text := onethread.phone_fold_digits(left(p_text, 255));
  v_digits constant text := regexp_replace(v_typed, '[^0-9]', '', 'g');
  v_is_beginning constant boolean := v_typed ~ '^\s*\+';
  v_parts constant text[] := array(
    select distinct reverse(d.digits) collate "C"
    from (values (v_digits), (ltrim(v_digits, '0'))) as d (digits)
    where length(d.digits) between 4 and 30
  );
begin
  if v_typed !~ '^[-+0-9\s().,/\u2010-\u2014]+$' or v_parts = '{}' then
    return;
  end if;
  if not v_is_beginning then
    return query
    select i.conversation_id
    from unnest(v_parts) as d (digits)
    cross join lateral (
      select i.conversation_id
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.conversation_id is not null
        and (case when i.kind = 'phone' then reverse(i.value) end collate "C") >= d.digits
        and (case when i.kind = 'phone' then reverse(i.value) end collate "C") < d.digits || ':'
      limit p_limit
    ) i;
    if found then
      return;
    end if;
  end if;
  return query
  (
    select i.conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = 'phone'
      and i.conversation_id is not null
      and reverse(i.value) collate "C" like any (
        select '%' || d.digits || case when v_is_beginning then '+' else '%' end
        from unnest(v_parts) as d (digits))
    limit p_limit
  )
  union all
  (
    select i.conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.match_value = v_digits
      and i.kind <> 'phone'
      and i.valid_until is null
      and i.conversation_id is not null
  );
end;
$$;

comment on function onethread.search_numbers(bigint, text, int) is
  'Conversations of phones that end with these digits, else of those that have them anywhere, and of a '
  'LID or group whose id this is; none when the text is no number of four digits or more.';
