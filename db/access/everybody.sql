-- What everybody keeps, whether the roles are there or not: nothing else of the schema is PUBLIC's.
--
-- The condition of a trigger and a policy run as the writer. Without these three a program of the
-- CRM that has a role of its own, member of none of ours, could write no message any more.
-- business_member shows each role its own rows.

grant usage on schema onethread to public;
grant execute on function
  onethread.can_write_business(bigint),
  onethread.visible_businesses(name)
  to public;
grant select on onethread.business_member to public;
