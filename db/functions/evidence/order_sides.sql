-- A statement that is the same both ways round is stored one way round: the least key first.
create or replace function onethread.order_sides(p_evidence public.whatsapp_identity_evidence)
returns public.whatsapp_identity_evidence
language plpgsql
immutable
parallel safe
as $$
declare
  v_first public.whatsapp_identity_evidence := p_evidence;
begin
  if p_evidence.relation in ('same', 'different')
    and p_evidence.a_key collate "C" > p_evidence.b_key collate "C"
  then
    v_first.a := p_evidence.b;
    v_first.b := p_evidence.a;
    v_first.a_key := p_evidence.b_key;
    v_first.b_key := p_evidence.a_key;
    v_first.a_at := p_evidence.b_at;
    v_first.b_at := p_evidence.a_at;
  end if;
  return v_first;
end;
$$;

comment on function onethread.order_sides(public.whatsapp_identity_evidence) is
  'The row with a and b in byte order of their keys; as it is for replaced and merged.';
