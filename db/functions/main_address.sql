-- By which of its identifiers is a message linked?
--
-- By an account, if it names one: an account is one person's for good, a phone only for a time.
create or replace function public.main_address(p_addresses public.whatsapp_address[])
returns public.whatsapp_address
language sql
immutable
parallel safe
as $$
select row(a.kind, a.scope, a.value, a.match_value)::public.whatsapp_address
from unnest(p_addresses) with ordinality as a (kind, scope, value, match_value, position)
order by
  case when a.kind in ('lid', 'bsuid') then public.identifier_rank(a.kind, a.scope) else 9 end,
  a.position
limit 1
$$;

comment on function public.main_address(public.whatsapp_address[]) is
  'The first account among the addresses (bsuid, parent bsuid, lid), else the first address.';
