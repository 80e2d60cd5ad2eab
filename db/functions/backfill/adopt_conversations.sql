-- adopt_conversation() for those that were stored without the triggers.
create or replace function onethread.adopt_conversations(
  p_business_id bigint,
  p_after_id bigint,
  p_batch int,
  p_has_lead boolean
)
returns bigint
language plpgsql
as $$
declare
  v_id bigint;
  v_last_id bigint;
begin
  for v_id in
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id > p_after_id
      and (c.lead_id is not null) = p_has_lead
    order by c.id
    limit p_batch
  loop
    perform onethread.adopt_conversation(p_business_id, v_id, false);
    v_last_id := v_id;
  end loop;
  return v_last_id;
end;
$$;

comment on function onethread.adopt_conversations(bigint, bigint, int, boolean) is
  'Claims up to batch conversations with ids over after_id, with or without a lead: of a person''s '
  'conversations the one with a lead, else the oldest is kept, so those with leads come first. '
  'Returns the last id, null when there are no more.';
