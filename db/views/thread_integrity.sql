create or replace view public.thread_integrity
with (security_invoker = true) as
select i.business_id, 'two current owners of one address' as problem, min(i.id) as id
from public.whatsapp_identity i
where i.valid_until is null
group by i.business_id, i.kind, i.scope, i.match_value
having count(*) > 1

union all
select i.business_id, 'epochs of one address overlap', i.id
from public.whatsapp_identity i
inner join public.whatsapp_identity o
  on o.business_id = i.business_id
  and o.kind = i.kind
  and o.scope = i.scope
  and o.match_value = i.match_value
  and o.id > i.id
where i.valid_from < coalesce(o.valid_until, 'infinity')
  and o.valid_from < coalesce(i.valid_until, 'infinity')

union all
select i.business_id, 'match value is not that of the address', i.id
from public.whatsapp_identity i
where i.match_value <> onethread.identifier_match_value(i.kind, i.value)

union all
select i.business_id, 'a number of the business itself is a person', i.id
from public.business_number n
inner join public.whatsapp_identity i
  on i.business_id = n.business_id
  and i.kind = n.kind
  and i.match_value = onethread.identifier_match_value(n.kind, n.value)
where i.conversation_id is not null

union all
select m.business_id, 'message disagrees with its identity', m.id
from public.whatsapp_message m
left join public.whatsapp_identity i
  on i.business_id = m.business_id and i.id = m.identity_id
where m.identity_id is not null
  and not onethread.is_unsent(m.direction, m.status::text)
  and (
    i.id is null
    or m.conversation_id is distinct from i.conversation_id
    or m.sent_at < i.valid_from
    or m.sent_at >= i.valid_until)

union all
select m.business_id, 'queued message whose address leads elsewhere', m.id
from public.whatsapp_message m
cross join lateral onethread.read_counterpart(m) as other
where m.status::text in ('queued', 'sending')
  and onethread.is_unsent(m.direction, m.status::text)
  and m.conversation_id is not null
  and m.duplicate_of is null
  and onethread.current_conversation(m.business_id, other.address)
    is distinct from m.conversation_id

union all
select m.business_id, 'duplicate of a message in another conversation', m.id
from public.whatsapp_message m
inner join public.whatsapp_message o
  on o.business_id = m.business_id and o.id = m.duplicate_of
where m.conversation_id is distinct from o.conversation_id

union all
select c.business_id, 'canonical key is stale', c.id
from public.whatsapp_conversation c
cross join lateral onethread.derive_conversation_key(c.business_id, c.id, null) as d
where case
  when exists (
    select
    from public.whatsapp_identity i
    where i.business_id = c.business_id and i.conversation_id = c.id
  ) then d.is_changed
  -- Nobody's: it may be without a name, but must not have somebody else's.
  else c.canonical_key <> coalesce(d.canonical_key, '')
end

union all
select g.business_id, 'absorbed conversation is in use', g.absorbed_id
from onethread.whatsapp_conversation_merge g
inner join public.whatsapp_conversation c
  on c.business_id = g.business_id and c.id = g.absorbed_id
where g.undone_at is null
  -- Without all that its row may stay, for a row of somebody else's table (retire_conversation).
  and (
    coalesce(c.canonical_key, c.lead_id::text) is not null
    or onethread.has_identity(c.business_id, c.id)
    or exists (
      select
      from public.whatsapp_message m
      where m.business_id = c.business_id and m.conversation_id = c.id
    )
  )

union all
select e.business_id, 'evidence is pending', e.id
from public.whatsapp_identity_evidence e
where e.applied_at is null;

comment on view public.thread_integrity is
  'Every violation of the rule that an address leads to one conversation and a message is where its '
  'address led when it was sent; empty when healthy. id is that of the row the problem names. Reads '
  'whole tables: give business_id.';
comment on column public.thread_integrity.business_id is 'The tenant.';
comment on column public.thread_integrity.problem is 'What is wrong.';
comment on column public.thread_integrity.id is
  'Id of the identity, message, conversation or evidence that the problem names.';
