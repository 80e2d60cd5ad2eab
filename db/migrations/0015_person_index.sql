-- depends: 0014_erasure
-- The index by which every message finds its person, with the number first, which alone tells nearly
-- all apart. Behind kind and scope, each step down the index compared three texts; now it is one.

-- Writers wait while it is built, about a second for a million identities; it waits no longer for them.
set local lock_timeout = '5s';

drop index if exists public.whatsapp_identity_owner_idx;

create unique index whatsapp_identity_person_idx
  on public.whatsapp_identity (business_id, match_value, kind, scope)
  where valid_until is null;
