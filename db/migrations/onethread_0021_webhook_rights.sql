-- depends: onethread_0020_erasure_names
-- Who may delete from a table may lock it, and stop everybody's webhooks: delete_webhooks() does it.

do $$
begin
  if to_regrole('onethread_admin') is not null then
    revoke delete on onethread.webhook from onethread_admin;
  end if;
end;
$$;
