-- The person behind the identifier that stood for a conversation in a merge.
create or replace function public.merge_person(
  p_business_id bigint,
  p_state public.whatsapp_resolution,
  p_key text,
  p_at timestamptz
)
returns int
language sql
stable
as $$
select coalesce(
  public.identifier_person(p_state, p_key, coalesce(p_at, i.valid_from)),
  -- Nothing else is known of it: a person of its own.
  -i.id::int)
from public.key_address(p_key) as a
inner join public.whatsapp_identity i
  on i.business_id = p_business_id
  and i.kind = a.kind
  and i.scope = a.scope
  and i.match_value = a.match_value
order by i.valid_until is null desc, i.valid_from desc
limit 1
$$;

comment on function public.merge_person(bigint, public.whatsapp_resolution, text, timestamptz) is
  'Number of the person of an identifier_key() at a time (null: today) in a resolution; negative for '
  'one that no evidence names.';
