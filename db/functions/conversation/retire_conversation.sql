-- A conversation was joined into another, and its messages and identities are there: its row goes.
--
-- Deleted, not flagged: nothing can be written to it any more, and the way from the old id leads through
-- the log (find_conversation_by_id). But where a row of somebody's table stays with it, it stays as
-- well, nameless and empty, rather than that a message fails or something is lost.
create or replace function onethread.retire_conversation(
  p_merge onethread.whatsapp_conversation_merge
)
returns void
language plpgsql
as $$
declare
  v_conversation public.whatsapp_conversation;
begin
  perform onethread.repoint_references(p_merge);
  select c.* into v_conversation
  from public.whatsapp_conversation c
  where c.business_id = p_merge.business_id and c.id = p_merge.absorbed_id;
  begin
    if not onethread.has_references(v_conversation) then
      delete from public.whatsapp_conversation c
      where c.business_id = p_merge.business_id and c.id = p_merge.absorbed_id;
    end if;
  exception
    when lock_not_available or deadlock_detected then
      raise;
    when others then
      raise log 'conversation % of business % stays, empty: %',
        p_merge.absorbed_id, p_merge.business_id, sqlerrm;
  end;

  delete from onethread.conversation_read r
  where r.business_id = p_merge.business_id and r.conversation_id = p_merge.absorbed_id;
  update public.whatsapp_conversation c
  set canonical_key = null,
      lead_id = null
  where c.business_id = p_merge.business_id
    and c.id = p_merge.absorbed_id
    and coalesce(c.canonical_key, c.lead_id::text) is not null;
end;
$$;

comment on function onethread.retire_conversation(onethread.whatsapp_conversation_merge) is
  'Leads rows of other tables to the survivor of a merge, then deletes the absorbed conversation; one '
  'to which rows still refer is left without a name.';
