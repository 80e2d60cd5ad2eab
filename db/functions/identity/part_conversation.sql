-- A conversation for somebody whom the rule parts from the one they are in.
--
-- The one they had before they were merged into it, so that its id leads to them again; else a new
-- one.
create or replace function onethread.part_conversation(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_epoch onethread.whatsapp_identity_plan
)
returns bigint
language plpgsql
as $$
declare
  v_merge onethread.whatsapp_conversation_merge;
  v_conversation_id bigint;
begin
  if p_epoch.old_conversation_id is not null then
    select g.* into v_merge
    from onethread.conversation_merges(p_business_id, p_epoch.old_conversation_id) g
    where exists (
      select
      from unnest(p_plan) as p
      where p.person = p_epoch.person
        and p.key = g.absorbed_key
        and p.valid_from <= g.absorbed_at
        and (p.valid_until is null or p.valid_until > g.absorbed_at)
    )
    order by g.absorbed_id
    limit 1;
  end if;

  if v_merge.id is not null then
    begin
      perform onethread.recreate_conversation(v_merge);
      return v_merge.absorbed_id;
    exception
      when lock_not_available or deadlock_detected then
        raise;
      -- The CRM's table does not take the row as it was: then a new one, and the message is linked.
      when others then
        raise log 'conversation % of business % does not come back: %',
          v_merge.absorbed_id, p_business_id, sqlerrm;
    end;
  end if;
  insert into public.whatsapp_conversation (business_id, kind)
  values (p_business_id, 'person')
  returning id into v_conversation_id;
  return v_conversation_id;
end;
$$;

comment on function onethread.part_conversation(
  bigint, onethread.whatsapp_identity_plan[], onethread.whatsapp_identity_plan) is
  'Creates a conversation for the person of an epoch of the plan; under its old id when a merge '
  'brought it to where it was (the merge is undone then). Returns the id.';
