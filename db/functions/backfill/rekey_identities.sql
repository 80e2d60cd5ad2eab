-- Give phones their new values and match values, and the threads that are named by them new names.
--
-- Two of today's rows may come to one match value. Then only the older one stays today's; the other
-- ends before it began, until apply_identities() says what becomes of it. The values are set apart
-- first: one phone's new match value may be another one's old one.
create or replace function onethread.rekey_identities(p_left text[])
returns void
language plpgsql
-- As in list_stale_identities().
set enable_nestloop = off
-- What is off counts as so dear that the phone functions would be compiled: seconds for nothing.
set jit = off
as $$
begin
  -- Set free, to be named again when the identities say what they are to say.
  update public.whatsapp_conversation c
  set canonical_key = null
  from onethread.list_stale_identities(p_left) s
  where c.business_id = s.business_id
    and c.id = s.conversation_id
    and c.canonical_key = 'phone:' || s.business_id || ':' || s.match_value;

  update public.whatsapp_identity i
  set value = n.value,
      match_value = '~' || n.match_value,
      valid_from = case when n.position > 1 then '1970-01-01 00:00+00' else i.valid_from end,
      valid_until = case when n.position > 1 then '1970-01-01 00:00+00' else i.valid_until end
  from (
    select
      o.business_id, o.id, s.id is not null as is_stale, coalesce(s.new_value, o.value) as value,
      coalesce(s.new_match_value, o.match_value) as match_value,
      case when o.valid_until is null then row_number() over (
        partition by
          o.business_id, coalesce(s.new_match_value, o.match_value), o.valid_until is null
        order by o.id) end as position
    from public.whatsapp_identity o
    left join onethread.list_stale_identities(p_left) s on s.business_id = o.business_id and s.id = o.id
    where o.kind = 'phone'
  ) n
  where i.business_id = n.business_id
    and i.id = n.id
    and (n.is_stale or n.position > 1);

  update public.whatsapp_identity i
  set match_value = substr(i.match_value, 2)
  from public.business b
  where i.business_id = b.id
    and i.kind = 'phone'
    and left(i.match_value, 1) = '~';
end;
$$;

comment on function onethread.rekey_identities(text[]) is
  'Carries out list_stale_identities(left). Of several current rows with one match value all but the '
  'oldest are left with valid_until 1970-01-01 00:00+00 (join_equal_phones).';
