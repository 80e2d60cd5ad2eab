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
      from onethread.erased_times(p_business_id, p_key) as e
      where e.erased_from <= p_from
        and e.erased_until > p_from
    ),
    p_from);
end;
$$;

comment on function onethread.after_erasure(bigint, text, timestamptz) is
  'The time itself, or, when the identifier was an erased person''s then, the end of that.';
