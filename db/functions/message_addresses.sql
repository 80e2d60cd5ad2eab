-- All that a message says about its counterpart: the address first, then the attested aliases.
--
-- Aliases name a person; in a group they are the participant's, and the group is nobody's.
create or replace function public.message_addresses(
  p_message public.whatsapp_message,
  p_counterpart public.whatsapp_address
)
returns public.whatsapp_address[]
language sql
stable
as $$
select array[p_counterpart] || coalesce(
  (
    select array_agg(
      row(a.kind, a.scope, a.value, a.match_value)::public.whatsapp_address
      order by a.position)
    from (
      select distinct on (w.kind, s.scope, s.match_value)
        w.kind, s.scope, w.value, s.match_value, t.position
      from unnest(p_message.contact_aliases) with ordinality as t (alias, position)
      cross join lateral public.whatsapp_identifier(t.alias, null) as w
      cross join lateral (
        select
          public.identifier_scope(w.kind, w.value),
          public.identifier_match_value(w.kind, w.value)
      ) as s (scope, match_value)
      where w.kind in ('phone', 'lid', 'bsuid')
        and (w.kind, s.scope, s.match_value)
          <> (p_counterpart.kind, p_counterpart.scope, p_counterpart.match_value)
      order by w.kind, s.scope, s.match_value, t.position
    ) a
    where not public.is_own_address(
      p_message.business_id, row(a.kind, a.scope, a.value, a.match_value)::public.whatsapp_address)
  ),
  '{}')
where p_counterpart.kind in ('phone', 'lid', 'bsuid')
union all
select array[p_counterpart]
where p_counterpart.kind not in ('phone', 'lid', 'bsuid')
$$;

comment on function public.message_addresses(public.whatsapp_message, public.whatsapp_address) is
  'The counterpart''s address and its aliases, each once; only the address itself for a group.';
