-- The person of an account or lead.
create or replace function onethread.node_person(p_state onethread.whatsapp_resolution, p_key text)
returns int
language sql
immutable
parallel safe
return (p_state).node_person[array_position((p_state).node, p_key)];

comment on function onethread.node_person(onethread.whatsapp_resolution, text) is
  'Number of the person to whom an account or lead belongs in this state.';
