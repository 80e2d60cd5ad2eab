-- Is a transaction of this database that wrote before a certain one still open?
--
-- Transaction numbers are the whole server's: another database's must not keep anybody waiting. Whoever
-- writes here holds a lock on a table here.
create or replace function onethread.is_older_writer_open(p_before bigint)
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
    where open.id < p_before::text::xid8
      -- A number that is still to come is another server's: this database was restored.
      and p_before::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot())
  );
end;
$$;

comment on function onethread.is_older_writer_open(bigint) is
  'True while a transaction with a number below this one that has touched a table of this database is '
  'open; false for a number that this server has not come to.';
