-- Phones that evidence says are one phone (a provider was asked for one and answered another).
create or replace function public.list_phone_spellings(
  p_evidence public.whatsapp_identity_evidence[]
)
returns table (spelling text, spelling_of text)
language plpgsql
immutable
parallel safe
as $$
begin
  if not exists (
    select
    from unnest(p_evidence) as e
    where e.relation = 'same' and public.is_phone_key(e.a_key) and public.is_phone_key(e.b_key)
  ) then
    return;
  end if;

  return query
  with recursive pair (a, b) as (
    select e.a_key, e.b_key
    from unnest(p_evidence) as e
    where e.relation = 'same' and public.is_phone_key(e.a_key) and public.is_phone_key(e.b_key)
  ),
  linked (a, b) as (
    select p.a, p.b from pair p
    union
    select p.b, p.a from pair p
    union
    select l.a, p.b
    from linked l
    inner join (select a, b from pair union select b, a from pair) as p (a, b) on p.a = l.b
  )
  select l.a, min(l.b collate "C")
  from linked l
  where l.b collate "C" < l.a collate "C"
  group by l.a;
end;
$$;

comment on function public.list_phone_spellings(public.whatsapp_identity_evidence[]) is
  'For each phone that is another spelling of a lesser one: that least spelling.';
