-- What has changed since a reader last looked: for pages that follow the inbox, without NOTIFY.
--
-- Ids and times do not tell: transactions commit in another order than they draw ids, and one that
-- was open for an hour commits rows an hour old. A position is therefore a snapshot, and what is new
-- is what that snapshot could not see: rows of transactions that were in progress in it, or that began
-- after it. The rows seen and the position returned belong to one snapshot, that of the calling
-- statement: nothing falls between two calls, nothing comes twice.
-- Rows restored from another server, whose transactions lie in this one's future, do not count.
-- Only on a primary: a standby's snapshots do not name the transactions in progress.
create or replace function onethread.list_changes(
  p_business_id bigint,
  p_since text default null,
  out conversation_ids bigint[],
  out "position" text
)
language plpgsql
stable
as $$
declare
  v_now constant pg_snapshot := pg_current_snapshot();
  v_since pg_snapshot;
  v_in_progress bigint[];
  v_next bigint;
begin
  position := v_now::text;
  conversation_ids := '{}';
  if p_since is null then
    return;
  end if;
  begin
    v_since := p_since::pg_snapshot;
  exception when data_exception then
    raise exception 'invalid position: %', quote_literal(p_since)
      using errcode = 'invalid_parameter_value',
        hint = 'Pass null for the first call, then the position that the call before returned.';
  end;

  v_in_progress := array(select x.id::text::bigint from pg_snapshot_xip(v_since) as x (id));
  v_next := pg_snapshot_xmax(v_since)::text::bigint;

  conversation_ids := array(
    select distinct c.conversation_id
    from onethread.list_changed_rows(p_business_id, v_in_progress, v_next) c
    where c.conversation_id is not null
      and pg_visible_in_snapshot(c.changed_in::text::xid8, v_now)
    order by c.conversation_id
  );
end;
$$;

comment on function onethread.list_changes(bigint, text) is
  'Conversations with messages, events or read marks that were committed since a position, and the '
  'position for the next call; with null only that. No change is left out or told twice. Not on a '
  'standby.';
