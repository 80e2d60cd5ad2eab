-- Whose address is this today, for somebody who only reads? Nobody's: bare digits are tried once more,
-- as the other kind of writer means them.
--
-- What acts (a merge, an erasure, an answer) asks find_conversation(), which reads one way.
create or replace function onethread.find_read_conversation(p_business_id bigint, p_raw text)
returns bigint
language plpgsql
stable
as $$
declare
  v_conversation_id bigint := onethread.find_conversation(p_business_id, p_raw);
begin
  if v_conversation_id is null and btrim(p_raw, '0123456789') = '' then
    v_conversation_id := onethread.find_conversation(
      p_business_id,
      (
        select (onethread.read_address(
          p_raw, case when b.bare_digits <> 'typed' then b.default_region end)).value
        from public.business b
        where b.id = p_business_id
      ));
  end if;
  return v_conversation_id;
end;
$$;

comment on function onethread.find_read_conversation(bigint, text) is
  'find_conversation(), and when nobody has the address: of bare digits as the business does not read '
  'them (international, or typed in its region). For looking up, never for acting.';
