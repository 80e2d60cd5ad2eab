-- What waits for somebody, of all businesses: for monitoring.
--
-- Definer, because the application sees one business at a time. For its role alone, which may ask about
-- any business; nothing but counts. Each from a partial index that holds nothing else, and no further
-- than to the limit: a count that goes on for ever says no more, and costs.
create or replace function onethread.count_waiting(
  p_limit int,
  out pending_evidence bigint,
  out unlinked_messages bigint,
  out open_rejects bigint,
  out open_conflicts bigint,
  out unfinished_erasures bigint
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
select
  (
    select count(*)
    from (
      select from public.whatsapp_identity_evidence where applied_at is null limit p_limit
    ) e
  ),
  (
    select count(*)
    from (select from public.whatsapp_message where conversation_id is null limit p_limit) m
  ),
  (
    select count(*)
    from (
      select
      from onethread.webhook_reject
      where resolved_at is null and not is_unread
      limit p_limit
    ) r
  ),
  (
    select count(*)
    from (
      select from onethread.whatsapp_identity_conflict where settled_at is null limit p_limit
    ) k
  ),
  (select count(*) from (select from onethread.erasure where finished_at is null limit p_limit) x)
$$;

comment on function onethread.count_waiting(int) is
  'How much is pending, unlinked, rejected, in conflict and half erased, in all businesses, each '
  'counted up to the limit. Executable by onethread_app alone.';
