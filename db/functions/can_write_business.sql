-- May this session write for the business? The condition of the message triggers.
--
-- A trigger's WHEN runs as the session's own user, its body as the owner of the tables; so here,
-- and only here, is known whether row-level security applies to the writer. When it may not
-- write, the trigger does not run: the policy refuses the row, and no row of the other tenant was
-- read, locked or timed. The body is parsed when it is created: a hostile search_path is no use.
create or replace function public.can_write_business(p_business_id bigint)
returns boolean
language sql
stable
parallel safe
return not row_security_active('public.whatsapp_message'::regclass)
  or p_business_id = nullif(current_setting('app.business_id', true), '')::bigint;

comment on function public.can_write_business(bigint) is
  'True when row-level security does not apply to this session, or app.business_id names this '
  'business.';
