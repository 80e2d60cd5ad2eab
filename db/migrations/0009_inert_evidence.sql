-- depends: 0008_webhook_reject
-- A statement that says nothing about a person (unreadable, a group, ...) is kept once, too.

delete from public.whatsapp_identity_evidence later
using public.whatsapp_identity_evidence first
where first.business_id = later.business_id
  and first.a = later.a
  and first.b is not distinct from later.b
  and first.relation = later.relation
  and first.inert_reason is not null
  and later.inert_reason is not null
  and first.id < later.id;

-- Hashed: such an identifier may be a text of any length.
create unique index whatsapp_identity_evidence_inert_idx
  on public.whatsapp_identity_evidence (business_id, (md5(a)), (md5(coalesce(b, ''))), relation)
  where inert_reason is not null;
