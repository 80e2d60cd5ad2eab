-- Where does the address of a planned row lead now? Of a row that goes away: where its others lead.
create or replace function onethread.next_conversation(
  p_plan onethread.whatsapp_identity_plan[],
  p_row onethread.whatsapp_identity_plan
)
returns bigint
language sql
immutable
parallel safe
as $$
select case
  when (p_row).valid_from is not null then (p_row).conversation_id
  else (select max(p.conversation_id) from unnest(p_plan) as p where p.key = (p_row).key)
end
$$;

comment on function onethread.next_conversation(
  onethread.whatsapp_identity_plan[], onethread.whatsapp_identity_plan) is
  'The conversation of the row after the plan, of one that goes away that of its key; null: none.';
