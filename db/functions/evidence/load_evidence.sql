-- What is known about the identifiers of a component: the input of the rule. What is only claimed is
-- not known.
create or replace function onethread.load_evidence(p_business_id bigint, p_keys text[])
returns public.whatsapp_identity_evidence[]
language plpgsql
stable
as $$
declare
  v_evidence public.whatsapp_identity_evidence[] := '{}';
  v_shared constant text[] := onethread.shared_phones(p_business_id);
  v_key text;
begin
  -- Every row has an a_key; one whose b alone is in the component cannot be (they are joined),
  -- except for "different", which connects nobody.
  foreach v_key in array p_keys loop
    v_evidence := v_evidence || array(
      select e
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id
        and e.a_key = v_key
        and e.weight = 'attested'
        and e.inert_reason is null
        and (e.relation <> 'different' or e.b_key = any (p_keys))
        and (e.b_key = any (v_shared) and onethread.is_account_key(e.a_key)) is not true);
  end loop;
  return v_evidence;
end;
$$;

comment on function onethread.load_evidence(bigint, text[]) is
  'Attested evidence among the keys of an identity_component(), without the accounts'' of '
  'shared_phones().';
