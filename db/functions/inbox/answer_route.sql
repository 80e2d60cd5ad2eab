-- Through which provider, and from which own number, is an answer to this kind of address sent?
--
-- By the newest message whose provider can send there. Who has never written can be written to by
-- anybody.
create or replace function onethread.answer_route(
  p_business_id bigint,
  p_conversation_id bigint,
  p_kind text,
  out is_open boolean,
  out provider text,
  out own_number text
)
language plpgsql
stable
as $$
begin
  select m.provider, case when m.from_number <> '' then m.to_number end
  into provider, own_number
  from onethread.list_asked(p_business_id, p_conversation_id) m
  where (p_kind = any (onethread.provider_kinds(m.provider))) is not false
  order by m.sent_at desc, m.id desc
  limit 1;
  is_open := found or not exists (
    select from onethread.list_asked(p_business_id, p_conversation_id) m
  );
end;
$$;

comment on function onethread.answer_route(bigint, bigint, text) is
  'Provider and own number of the newest inbound message whose provider can send to this kind. '
  'is_open: false when the person wrote, and only through providers that cannot.';
