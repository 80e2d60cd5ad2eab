-- One business: whoever writes need not name it. It is the one that is there, else a new one, 1.
--
-- Whoever runs it has refused where there are several. A column that has a default keeps it.
do $$
declare
  v_name constant text := {name};
  v_region constant text := {region};
  v_id bigint;
  v_table regclass;
begin
  select b.id
  into v_id
  from public.business b
  order by b.id
  limit 1;
  if v_id is null then
    v_id := 1;
    insert into public.business (id, name, default_region)
    values (v_id, v_name, v_region);
    if to_regclass('public.business_id_seq') is not null then
      perform setval('public.business_id_seq', greatest(s.last_value, 1))
      from public.business_id_seq s;
    end if;
  end if;
  update public.business b
  set default_region = v_region
  where b.id = v_id
    and b.default_region is null;
  for v_table in
    select a.attrelid
    from pg_attribute a
    inner join pg_class c on c.oid = a.attrelid
    where c.oid in (
        'public.business_number'::regclass, 'public.lead'::regclass,
        'public.whatsapp_conversation'::regclass, 'public.whatsapp_message'::regclass,
        'public.whatsapp_message_event'::regclass, 'public.whatsapp_identity_evidence'::regclass,
        'onethread.business_hour'::regclass)
      and a.attname = 'business_id'
      and not a.atthasdef
    order by c.relname
  loop
    execute format('alter table %s alter column business_id set default %s', v_table, v_id);
  end loop;
end;
$$;
