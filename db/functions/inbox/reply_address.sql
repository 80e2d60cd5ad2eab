-- Where an answer goes: to where the person last wrote from, as long as that is theirs.
create or replace function onethread.reply_address(
  p_business_id bigint,
  p_conversation_id bigint,
  out reply_address text,
  out own_number text
)
language plpgsql
stable
as $$
begin
  select a.address, a.own_number
  into reply_address, own_number
  from onethread.find_reply_address(p_business_id, p_conversation_id) a;
end;
$$;

comment on function onethread.reply_address(bigint, bigint) is
  'Address for an answer: the last one that the person wrote from and still has, as it came, else '
  'their strongest identifier; and our own number that they wrote to. Nulls when nobody can answer '
  'them: see explain_no_address().';
