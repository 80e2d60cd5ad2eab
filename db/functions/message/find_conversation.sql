-- Whose address is this today?
--
-- As a person types it, or, with a provider, as that one writes it.
create or replace function onethread.find_conversation(
  p_business_id bigint,
  p_raw text,
  p_provider text default null
)
returns bigint
language sql
stable
as $$
select coalesce(
  i.conversation_id,
  (
    select l.conversation_id
    from onethread.find_lid_of_digits(p_business_id, w) as d
    cross join lateral (
      select o.conversation_id
      from public.whatsapp_identity o
      where o.business_id = p_business_id
        and o.kind = d.kind
        and o.scope = d.scope
        and o.match_value = d.match_value
        and o.valid_until is null
      offset 0
    ) l
  ))
from onethread.read_business_address(p_business_id, p_provider, p_raw) as w
left join lateral (
  select i.conversation_id
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = w.kind
    and i.scope = w.scope
    and i.match_value = w.match_value
    and i.valid_until is null
  -- A probe: joined, the table would be read whole while it has no statistics.
  offset 0
) i on true
$$;

comment on function onethread.find_conversation(bigint, text, text) is
  'Id of the conversation that owns the address today, in any spelling; null when nobody has '
  'written to or from it.';
