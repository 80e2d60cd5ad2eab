-- The name that a person shows with a message is kept for the search, once.
--
-- Nothing is locked and nobody is waited for: of two writers who bring one new name both keep it. Whoever
-- changes the name again and again is found by the first fifty.
create or replace function onethread.record_shown_name(
  p_business_id bigint,
  p_identity_id bigint,
  p_message_id bigint,
  p_name text,
  p_told_at timestamptz
)
returns void
language plpgsql
as $$
declare
  v_name constant text := left(p_name, 255);
  v_known text[];
begin
  v_known := array(
    select n.name
    from onethread.shown_name n
    where n.business_id = p_business_id and n.identity_id = p_identity_id);
  if v_name <> all (v_known) and cardinality(v_known) < 50 and v_name ~ '\S' then
    insert into onethread.shown_name (business_id, identity_id, message_id, name, told_at)
    select p_business_id, i.id, p_message_id, v_name, p_told_at
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.id = p_identity_id
      and i.kind in ('phone', 'lid', 'bsuid')
    on conflict do nothing;
  end if;
end;
$$;

comment on function onethread.record_shown_name(bigint, bigint, bigint, text, timestamptz) is
  'Keeps the name that came with a person''s message in shown_name, unless it is there.';
