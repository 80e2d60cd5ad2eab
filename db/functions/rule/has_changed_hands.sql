-- Was a phone given up, or taken over, before this time?
create or replace function onethread.has_changed_hands(
  p_evidence public.whatsapp_identity_evidence[],
  p_phone text,
  p_before timestamptz
)
returns boolean
language sql
immutable
parallel safe
as $$
select exists (
  select
  from unnest(p_evidence) as e
  where e.relation = 'replaced'
    and p_phone in (e.a_key, e.b_key)
    and onethread.is_phone_key(e.a_key)
    and e.observed_at < p_before
)
$$;

comment on function
  onethread.has_changed_hands(public.whatsapp_identity_evidence[], text, timestamptz) is
  'True when evidence replaced ends or begins an epoch of the phone before the time.';
