-- depends: 0012_backfill
-- Roles that people may run any SQL with: which businesses they see is written in a table.
--
-- A setting is no wall against them, they set it as they like; it stays the rule for the
-- application's own role alone (onethread_app).

create table onethread.business_member (
  business_id bigint not null,
  role_name name not null,
  created_at timestamptz not null default now(),
  constraint business_member_pkey primary key (business_id, role_name),
  constraint business_member_business_fkey foreign key (business_id) references public.business (id)
);

create index business_member_role_idx on onethread.business_member (role_name);

comment on table onethread.business_member is
  'Which roles see which business. For roles that people or reporting tools log in with: in their '
  'sessions onethread.business_id means nothing. Only the owner of the tables writes here.';
comment on column onethread.business_member.role_name is
  'The role as current_user has it: the login, or the role of SET ROLE. A name: dropping the role '
  'does not delete the row.';

alter table onethread.business_member enable row level security;

create policy business_member_self on onethread.business_member for select
  using (role_name = current_user);

-- Every policy asks it, so a role without rights must be able to: it sees its own rows.
grant select on onethread.business_member to public;

-- The rule of all policies. Sees nothing until db/functions is loaded, right after the migrations.
create function onethread.visible_businesses(p_role name)
returns setof bigint
language plpgsql
stable
as $$
begin
  return;
end;
$$;

-- All policies of tenants that there are. A new table writes the expression itself:
--   create policy business_isolation on x
--     using (business_id = any (array(select onethread.visible_businesses(current_user))));
do $$
declare
  v_table regclass;
begin
  for v_table in
    select p.polrelid
    from pg_policy p
    inner join pg_class c on c.oid = p.polrelid
    where p.polname = 'business_isolation'
      and c.relnamespace in ('public'::regnamespace, 'onethread'::regnamespace)
    order by c.relname
  loop
    execute format(
      'alter policy business_isolation on %s '
      'using (%I = any (array(select onethread.visible_businesses(current_user))))',
      v_table,
      case when v_table = 'public.business'::regclass then 'id' else 'business_id' end);
  end loop;
end;
$$;
