-- The floor: what any writer pays that already knows the conversation. The same columns, defaults,
-- indexes and foreign keys, no trigger; the writer supplies conversation_id and identity_id.
create schema floor;

create table floor.whatsapp_message (like public.whatsapp_message including all);

do $$
declare
  v_key record;
begin
  for v_key in
    select c.conname, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c
    where c.conrelid = 'public.whatsapp_message'::regclass
      and c.contype = 'f'
  loop
    execute format(
      'alter table floor.whatsapp_message add constraint %I %s',
      v_key.conname,
      replace(v_key.definition, 'REFERENCES whatsapp_message(', 'REFERENCES floor.whatsapp_message('));
  end loop;
end;
$$;
