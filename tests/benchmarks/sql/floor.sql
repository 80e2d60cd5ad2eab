-- The floor: what any writer pays that already knows whose a message is. The same tables, columns,
-- defaults, indexes and foreign keys, no trigger; the writer supplies the ids.
create schema floor;

create table floor.whatsapp_conversation (like public.whatsapp_conversation including all);

create table floor.whatsapp_identity (like public.whatsapp_identity including all);

create table floor.whatsapp_message (like public.whatsapp_message including all);

do $$
declare
  v_key record;
begin
  for v_key in
    select t.relname, c.conname, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c
    inner join pg_class t on t.oid = c.conrelid
    where t.oid in (
        'public.whatsapp_conversation'::regclass,
        'public.whatsapp_identity'::regclass,
        'public.whatsapp_message'::regclass)
      and c.contype = 'f'
  loop
    execute format(
      'alter table floor.%I add constraint %I %s',
      v_key.relname,
      v_key.conname,
      replace(v_key.definition, 'REFERENCES whatsapp_', 'REFERENCES floor.whatsapp_'));
  end loop;
end;
$$;
