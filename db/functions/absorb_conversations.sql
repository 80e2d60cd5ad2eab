-- What no identity leads to any more was joined into another conversation: log it, and drop the row.
--
-- Deleted, not flagged: nothing can be written to it any more. The way from the old id leads
-- through the log (find_conversation_by_id).
create or replace function public.absorb_conversations(
  p_business_id bigint,
  p_plan public.whatsapp_identity_plan[],
  p_cause text[]
)
returns void
language plpgsql
as $$
declare
  v_absorbed record;
  v_message_ids bigint[];
begin
  delete from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id in (select p.identity_id from unnest(p_plan) as p where p.valid_from is null);

  for v_absorbed in
    select
      old.id as absorbed_id, old.identity_ids, survivor.conversation_id as survivor_id, old.key,
      survivor.key as survivor_key
    from (
      select
        p.old_conversation_id as id, array_agg(p.identity_id) as identity_ids,
        (array_agg(p.key order by
          exists (
            select
            from public.whatsapp_conversation_merge g
            where g.business_id = p_business_id
              and g.undone_at is null
              and g.survivor_id = p.old_conversation_id
              and p.identity_id = any (g.identity_ids)
          ),
          p.is_current desc, p.identity_id))[1] as key,
        (array_agg(went.conversation_id order by p.identity_id)
          filter (where went.conversation_id is not null))[1] as conversation_id
      from unnest(p_plan) as p
      cross join lateral (
        -- Of a row that went away: where its address leads now.
        select coalesce(p.conversation_id, max(n.conversation_id)) as conversation_id
        from unnest(p_plan) as n
        where n.key = p.key and p.valid_from is null
      ) went
      where p.old_conversation_id is not null
      group by p.old_conversation_id
      having not exists (
        select
        from public.whatsapp_identity i
        where i.business_id = p_business_id and i.conversation_id = p.old_conversation_id
      )
    ) old
    cross join lateral (
      select s.conversation_id, s.key
      from unnest(p_plan) as s
      where s.conversation_id = old.conversation_id
      order by s.old_conversation_id is not distinct from s.conversation_id desc,
        -- One of its own, not one that an earlier merge brought.
        exists (
          select
          from public.whatsapp_conversation_merge g
          where g.business_id = p_business_id
            and g.undone_at is null
            and g.survivor_id = s.conversation_id
            and s.identity_id = any (g.identity_ids)
        ),
        s.is_current desc, s.identity_id
      limit 1
    ) survivor
    order by old.id
  loop
    with moved as (
      update public.whatsapp_message m
      set conversation_id = v_absorbed.survivor_id,
          duplicate_of = case
            when m.duplicate_of is not null
              or public.find_delivery(m, v_absorbed.survivor_id) is not null then m.id
          end
      where m.business_id = p_business_id
        and m.conversation_id = v_absorbed.absorbed_id
      returning m.id
    )
    select coalesce(array_agg(moved.id), '{}') into v_message_ids from moved;
    if v_message_ids <> '{}' then
      perform public.settle_duplicates(p_business_id, v_message_ids);
    end if;

    insert into public.whatsapp_conversation_merge (
      business_id, survivor_id, absorbed_id, reason, evidence_id, survivor_key, absorbed_key,
      absorbed, identity_ids, message_ids
    )
    select
      p_business_id, v_absorbed.survivor_id, v_absorbed.absorbed_id,
      coalesce(cause.relation || ' (' || cause.source || ')', cause.relation, 'evidence'),
      cause.id, v_absorbed.survivor_key, v_absorbed.key, to_jsonb(c),
      v_absorbed.identity_ids, v_message_ids
    from public.whatsapp_conversation c
    left join lateral (
      select e.id, e.relation, e.source
      from unnest(p_cause) as k (key)
      inner join public.whatsapp_identity_evidence e
        on e.business_id = p_business_id and e.a_key = k.key
      where e.relation <> 'different'
      order by e.applied_at is null desc, e.b_key = any (p_cause) desc, e.id desc
      limit 1
    ) cause on true
    where c.business_id = p_business_id
      and c.id = v_absorbed.absorbed_id;

    delete from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id = v_absorbed.absorbed_id;
  end loop;
end;
$$;

comment on function
  public.absorb_conversations(bigint, public.whatsapp_identity_plan[], text[]) is
  'Logs and deletes the conversations that the plan leaves without identities; their messages that '
  'have no identity go to the survivor too.';
