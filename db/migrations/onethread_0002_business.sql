-- depends: onethread_0001_schema
-- The tenant, who may see it, its own numbers and hours, and the CRM's people.

create sequence public.business_id_seq;

create table public.business (
  id bigint not null default nextval('public.business_id_seq'),
  name text not null,
  default_region text,
  bare_digits text not null default 'typed',
  time_zone text not null default 'UTC',
  message_retention_days int,
  reject_retention_days int,
  created_at timestamptz not null default now(),
  constraint business_pkey primary key (id),
  constraint business_default_region_check check (default_region ~ '^[A-Z]{2}$'),
  constraint business_bare_digits_check check (bare_digits in ('typed', 'international')),
  constraint business_message_retention_days_check check (message_retention_days > 0),
  constraint business_reject_retention_days_check check (reject_retention_days > 0)
);

alter sequence public.business_id_seq owned by public.business.id;

comment on table public.business is
  'The tenant. Everything carries business_id and nothing crosses it.';
comment on column public.business.default_region is
  'ISO 3166 region in which this business types national numbers (IL, BR, ...); '
  'null: only international spellings are read.';
comment on column public.business.bare_digits is
  'How digits without + are read when the writer names no provider: typed (by a person, in '
  'default_region) or international (as providers write a wa_id).';
comment on column public.business.time_zone is
  'Where its days begin and its hours are kept: a name of pg_timezone_names (Asia/Jerusalem).';
comment on column public.business.message_retention_days is
  'Messages that were sent longer ago are deleted by `onethread retention run`; null: never.';
comment on column public.business.reject_retention_days is
  'Payloads in webhook_reject that came in longer ago are deleted by `onethread retention run`; '
  'null: never.';

-- Roles that people may run any SQL with: which businesses they see is written in a table. A
-- setting is no wall against them, they set it as they like; it is the rule for the application's
-- own role alone (onethread_app).
create table onethread.business_member (
  business_id bigint not null,
  role_name name not null,
  created_at timestamptz not null default now(),
  constraint business_member_pkey primary key (business_id, role_name),
  constraint business_member_business_fkey
    foreign key (business_id) references public.business (id),
  constraint business_member_time_check
    check (created_at >= '1970-01-01 00:00+00' and created_at < '9999-12-31 00:00+00')
);

create index business_member_role_idx on onethread.business_member (role_name);

comment on table onethread.business_member is
  'Which roles see which business. For roles that people or reporting tools log in with: in their '
  'sessions onethread.business_id means nothing. Only the owner of the tables writes here.';
comment on column onethread.business_member.role_name is
  'The role as current_user has it: the login, or the role of SET ROLE. A name: dropping the role '
  'does not delete the row.';

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

-- Every policy asks it, so whoever writes must be able to; and it reads the rows of its caller.
do $$
begin
  perform onethread.revoke_from_others('function', 'onethread.visible_businesses(name)');
end;
$$;
grant execute on function onethread.visible_businesses(name) to public;

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.business_member');
end;
$$;
grant select on onethread.business_member to public;

alter table onethread.business_member enable row level security;

create policy business_member_self on onethread.business_member for select
  using (role_name = current_user);

-- The owner of the tables and superusers are not subject to row-level security. array(select ...)
-- makes it one evaluation for each statement instead of one for each row.
alter table public.business enable row level security;

create policy business_isolation on public.business
  using (id = any (array(select onethread.visible_businesses(current_user))));

create table public.business_number (
  business_id bigint not null,
  kind text not null,
  value text not null,
  constraint business_number_pkey primary key (business_id, kind, value),
  constraint business_number_business_fkey
    foreign key (business_id) references public.business (id),
  constraint business_number_kind_check check (kind in ('phone', 'lid', 'bsuid')),
  constraint business_number_value_check
    check (value ~ case kind when 'phone' then '^\+[1-9][0-9]+$' else '^[^@+ ]+$' end)
);

comment on table public.business_number is
  'The addresses of the business itself. They are never a person, on either side of a message.';
comment on column public.business_number.value is
  'As whatsapp_identifier() gives it: + and digits for a phone, the user part for a lid.';

alter table public.business_number enable row level security;

create policy business_isolation on public.business_number
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

-- The end of the day is 00:00: 24:00, which PostgreSQL knows too, is a time that other languages
-- cannot read.
create table onethread.business_hour (
  business_id bigint not null,
  weekday smallint not null,
  opens_at time not null,
  closes_at time not null,
  constraint business_hour_pkey primary key (business_id, weekday, opens_at),
  constraint business_hour_business_fkey foreign key (business_id) references public.business (id),
  constraint business_hour_weekday_check check (weekday between 1 and 7),
  constraint business_hour_midnight_check check (opens_at < '24:00' and closes_at < '24:00'),
  constraint business_hour_closes_at_check check (opens_at < closes_at or closes_at = '00:00')
);

comment on table onethread.business_hour is
  'When somebody is there to answer, in business.time_zone. No rows: always.';
comment on column onethread.business_hour.weekday is '1 Monday to 7 Sunday (ISO 8601).';
comment on column onethread.business_hour.closes_at is '00:00 is the end of the day.';

alter table onethread.business_hour enable row level security;

create policy business_isolation on onethread.business_hour
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create sequence public.lead_id_seq;

create table public.lead (
  business_id bigint not null,
  id bigint not null default nextval('public.lead_id_seq'),
  name text,
  phone text,
  phone_match_value text,
  created_at timestamptz not null default now(),
  constraint lead_pkey primary key (business_id, id),
  constraint lead_business_fkey foreign key (business_id) references public.business (id)
);

alter sequence public.lead_id_seq owned by public.lead.id;

create index lead_phone_match_value_idx on public.lead (business_id, phone_match_value)
  where phone_match_value is not null;

-- Words of the name. The tenant is a word too, one with a blank, which no name yields: so the index
-- starts with the business, as all others do, without an extension. Cut, because an index entry
-- that is too large refuses the row.
create index lead_name_idx
  on public.lead
  using gin ((
    array_to_tsvector(array['business ' || business_id])
    || to_tsvector('simple', left(coalesce(name, ''), 255))
  ))
  where name is not null;

comment on table public.lead is
  'The CRM''s record of a person. Its phone ties that phone''s conversation to it.';
comment on column public.lead.phone is
  'As typed; national spellings are read in the business''s region.';
comment on column public.lead.phone_match_value is
  'phone_match_key() of the phone, kept by a trigger; null when the phone is empty or unreadable.';

alter table public.lead enable row level security;

create policy business_isolation on public.lead
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others(
    'table',
    'public.business', 'public.business_number', 'onethread.business_hour', 'public.lead');
end;
$$;
