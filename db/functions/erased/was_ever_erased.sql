-- Did an erased person ever have this identifier?
create or replace function onethread.was_ever_erased(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from onethread.erasure_secret s
    inner join onethread.erased_identifier e
      on e.business_id = s.business_id
      and e.key_hash = sha256(s.secret || convert_to(p_key, 'UTF8'))
    where s.business_id = p_business_id
  );
end;
$$;

comment on function onethread.was_ever_erased(bigint, text) is
  'True for an identifier_key() of an erased person, whether or not they are back.';
