-- The namespace of an identifier: two identifiers of one kind and scope compete for one person.
create or replace function onethread.identifier_scope(p_kind text, p_value text)
returns text
language sql
immutable
parallel safe
return case when p_kind = 'bsuid' and substr(p_value, 3, 5) = '.ENT.' then 'ENT' else '' end;

comment on function onethread.identifier_scope(text, text) is
  'ENT for a parent BSUID (one per person across a company''s portfolios), else empty.';
