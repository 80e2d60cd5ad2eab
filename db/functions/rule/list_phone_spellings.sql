-- Phones that evidence says are one phone (a provider was asked for one and answered another).
--
-- In the order of time; a pair is passed over when a human said of two phones that it would bring
-- together that they are different.
create or replace function onethread.list_phone_spellings(
  p_evidence public.whatsapp_identity_evidence[]
)
returns table (spelling text, spelling_of text)
language plpgsql
immutable
parallel safe
as $$
declare
  v_pair record;
  -- Few or none: all the evidence would be too much to look through for each pair.
  v_different constant public.whatsapp_identity_evidence[] := array(
    select e from unnest(p_evidence) as e where e.relation = 'different'
  );
  v_phones text[] := '{}';
  v_names text[] := '{}';
  v_a text;
  v_b text;
begin
  for v_pair in
    select e.a_key, e.b_key
    from unnest(p_evidence) as e
    where e.relation = 'same' and onethread.is_phone_key(e.a_key) and onethread.is_phone_key(e.b_key)
    order by e.observed_at, e.a_key collate "C", e.b_key collate "C"
  loop
    v_a := coalesce(v_names[array_position(v_phones, v_pair.a_key)], v_pair.a_key);
    v_b := coalesce(v_names[array_position(v_phones, v_pair.b_key)], v_pair.b_key);
    continue when exists (
      select
      from unnest(v_different) as d
      cross join lateral (
        select
          coalesce(v_names[array_position(v_phones, d.a_key)], d.a_key) as a,
          coalesce(v_names[array_position(v_phones, d.b_key)], d.b_key) as b
      ) as n
      where (n.a, n.b) in ((v_a, v_b), (v_b, v_a))
    );
    v_phones := v_phones || array[v_pair.a_key, v_pair.b_key];
    v_names := array_replace(
      v_names || array[v_a, v_b],
      greatest(v_a collate "C", v_b collate "C"), least(v_a collate "C", v_b collate "C"));
  end loop;

  return query
  select distinct p.phone, p.name
  from unnest(v_phones, v_names) as p (phone, name)
  where p.phone <> p.name;
end;
$$;

comment on function onethread.list_phone_spellings(public.whatsapp_identity_evidence[]) is
  'For each phone that is another spelling of a lesser one: that least spelling.';
