-- Which identifier names a person best; the smallest number wins.
create or replace function onethread.identifier_rank(p_kind text, p_scope text)
returns int
language sql
immutable
parallel safe
as $$
select case p_kind
  when 'phone' then 1
  when 'bsuid' then case when p_scope = '' then 2 else 3 end
  when 'lid' then 4
  else 5
end
$$;

comment on function onethread.identifier_rank(text, text) is
  'Order of identifiers for the canonical key: phone, bsuid, parent bsuid, lid, any other kind.';
