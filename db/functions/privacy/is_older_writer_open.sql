-- Is a transaction still open that may have written for this business before a certain one?
--
-- Transaction numbers are the whole server's: another database's must not keep anybody waiting, and
-- neither must another tenant's, which has nothing of this business to commit. Whoever writes here
-- holds a lock on a table here. A login that no business is written down for may have written by a
-- function of the CRM's own.
create or replace function onethread.is_older_writer_open(p_business_id bigint, p_before bigint)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from pg_snapshot_xip(pg_current_snapshot()) as open (id)
    inner join pg_locks writer
      on writer.locktype = 'transactionid'
      and writer.granted
      and writer.transactionid = open.id::xid
    inner join pg_locks here
      on here.virtualtransaction = writer.virtualtransaction
      and here.locktype = 'relation'
      and here.database = (select d.oid from pg_database d where d.datname = current_database())
    left join pg_stat_activity a on a.pid = writer.pid
    where open.id < p_before::text::xid8
      -- A number that is still to come is another server's: this database was restored.
      and p_before::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot())
      and (
        -- Prepared: nobody's session.
        a.usesysid is null
        or onethread.is_possible_writer(p_business_id, a.usesysid)
        or here.mode = 'RowExclusiveLock'
          and here.relation in (
            'public.whatsapp_message'::regclass,
            'public.whatsapp_message_event'::regclass,
            'public.whatsapp_identity_evidence'::regclass,
            'onethread.webhook_reject'::regclass)
          and not exists (
            select
            from onethread.business_member m
            inner join pg_roles r on r.rolname = m.role_name
            where pg_has_role(a.usesysid, r.oid, 'member')
          )
      )
  );
end;
$$;

comment on function onethread.is_older_writer_open(bigint, bigint) is
  'True while a transaction with a number below this one is open that has touched a table of this '
  'database and whose login may write for the business; false for a number that this server has not '
  'come to.';
