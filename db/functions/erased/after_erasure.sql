-- From when on can an identifier be somebody's, if the rule says from this time on?
create or replace function onethread.after_erasure(
  p_business_id bigint,
  p_key text,
  p_from timestamptz
)
returns timestamptz
language plpgsql
stable
as $$
begin
  return coalesce(
    (
      select max(e.erased_until)
      from onethread.erasure_secret s
      inner join onethread.erased_identifier e
        on e.business_id = s.business_id
        and e.key_hash = sha256(s.secret || convert_to(p_key, 'UTF8'))
      where s.business_id = p_business_id
        and e.erased_from <= p_from
        and e.erased_until > p_from
    ),
    p_from);
end;
$$;

comment on function onethread.after_erasure(bigint, text, timestamptz) is
  'The time itself, or, when the identifier was an erased person''s then, the end of that.';
