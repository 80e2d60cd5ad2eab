-- Find or create the conversation with the canonical key of a lead or of the strongest address.
--
-- select -> insert on conflict do nothing -> select, in a loop: "on conflict do update" used as a
-- look-up bloats the table, an exception block costs a subtransaction. "for key share" so that a
-- conversation found here is not merged away before this transaction points to it.
create or replace function public.resolve_canonical_conversation(
  p_business_id bigint,
  p_lead_id bigint,
  p_addresses public.whatsapp_address[]
)
returns bigint
language plpgsql
as $$
declare
  v_key text;
  v_kind text;
  v_conversation_id bigint;
begin
  select
    public.canonical_key(p_business_id, p_lead_id, a.kind, a.value),
    case when a.kind in ('phone', 'lid', 'bsuid') then 'person' else a.kind end
  into v_key, v_kind
  from unnest(p_addresses) as a
  order by public.identifier_rank(a.kind, a.scope)
  limit 1;

  loop
    select c.id into v_conversation_id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.canonical_key = v_key
    for key share;
    exit when found;

    insert into public.whatsapp_conversation (business_id, kind, canonical_key, lead_id)
    values (p_business_id, v_kind, v_key, p_lead_id)
    on conflict (business_id, canonical_key) where canonical_key is not null do nothing
    returning id into v_conversation_id;
    exit when found;
  end loop;
  return v_conversation_id;
end;
$$;

comment on function
  public.resolve_canonical_conversation(bigint, bigint, public.whatsapp_address[]) is
  'Id of the conversation with the lead''s key, or the strongest address''s key when there is no '
  'lead; created when there is none.';
