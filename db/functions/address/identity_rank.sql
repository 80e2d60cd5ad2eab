-- Which of a conversation's identities stands for it best? The smallest number wins.
create or replace function onethread.identity_rank(p_identity public.whatsapp_identity)
returns int
language sql
immutable
parallel safe
as $$
select onethread.identifier_rank((p_identity).kind, (p_identity).scope)
  + case when (p_identity).is_current then 0 else 10 end
  + case when (p_identity).valid_until is null then 0 else 20 end
$$;

comment on function onethread.identity_rank(public.whatsapp_identity) is
  'Order of a conversation''s identities: today''s before former ones, those in use before others, '
  'then identifier_rank(). Add the id: of equals the oldest wins.';
