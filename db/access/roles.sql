-- The roles that rights are granted to. Nobody logs in with them: `grant onethread_reader to anna`.
--
-- They belong to the whole server: another database may have made them, or be making them now. Who
-- migrates need not be allowed to create roles; app/onethread/access.py looks whether they are there.
do $$
declare
  v_role record;
begin
  for v_role in
    select r.name, r.comment
    from (
      values
        ('onethread_admin', 'Reads its businesses, joins and parts conversations'),
        ('onethread_app', 'The application: the business in onethread.business_id, everything in it'),
        ('onethread_reader', 'Reads its businesses (business_member)'),
        ('onethread_writer', 'Adds messages, events and evidence to its businesses')
    ) as r (name, comment)
    where to_regrole(r.name) is null
  loop
    begin
      execute format('create role %I nologin', v_role.name);
      execute format('comment on role %I is %L', v_role.name, v_role.comment);
    exception
      when duplicate_object or unique_violation or insufficient_privilege then
        null;
    end;
  end loop;
end;
$$;
